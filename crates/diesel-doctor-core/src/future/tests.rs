//! Tests of futures in scopes, on a small executor of our own.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use super::{Closing, DiagnoseExt, Diagnosed, Scoped};
use crate::reporters::Memory;
use crate::scope::entered_depth;
use crate::{CallSites, Doctor, DoctorBuilder, Ending, Health, Recorder, Scope, ScopeHandle, Verdict, bind, flush};

const LONG: Duration = Duration::from_secs(60);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A future that is pending once, then ready.
fn pause() -> impl Future<Output = ()> {
    let mut paused = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

fn query(recorder: &mut Recorder) {
    recorder.start_query(&"SELECT 1");
    recorder.finish_query(&"SELECT 1", None);
}

fn doctor() -> (Arc<Doctor>, Memory) {
    let memory = Memory::new();
    let builder = DoctorBuilder::without_environment().call_sites(CallSites::Off).reporter(memory.clone());
    (Arc::new(builder.build().unwrap()), memory)
}

#[test]
fn a_future_gets_its_output_and_a_report() {
    let (doctor, memory) = doctor();
    let work = async {
        let mut recorder = Recorder::new();
        query(&mut recorder);
        pause().await;
        query(&mut recorder);
        "done"
    };
    let (output, report) = block_on(work.diagnose_with(&doctor, "work"));
    assert_eq!((output, report.query_count(), report.ending()), ("done", 2, Ending::Closed));
    assert_eq!(entered_depth(), 0);
    assert_eq!(memory.reports().len(), 0, "whoever awaits it gets it, and nobody else");
}

#[test]
fn the_report_is_made_on_a_thread_of_the_doctors() {
    #[derive(Debug)]
    struct OnWhichThread(Mutex<mpsc::Sender<Option<String>>>);
    impl crate::Analyzer for OnWhichThread {
        fn rule(&self) -> &'static crate::Rule {
            static RULE: crate::Rule = crate::Rule::new("which-thread", "tells where it runs", "");
            &RULE
        }

        fn analyze(&self, _: &crate::Snapshot, _: &mut Vec<crate::Finding>) {
            let _ = self.0.lock().unwrap().send(thread::current().name().map(str::to_owned));
        }
    }

    let (sender, receiver) = mpsc::channel();
    let builder = DoctorBuilder::without_environment().analyzer(OnWhichThread(Mutex::new(sender)));
    block_on(async { query(&mut Recorder::new()) }.diagnose_with(&Arc::new(builder.build().unwrap()), "where"));
    assert_eq!(receiver.recv_timeout(LONG).unwrap().as_deref(), Some("diesel-doctor"));
}

#[test]
fn two_futures_that_take_turns_on_one_thread_keep_their_queries() {
    let (doctor, _) = doctor();
    let work = |queries: usize| async move {
        let mut recorder = Recorder::new();
        for _ in 0..queries {
            query(&mut recorder);
            pause().await;
        }
    };
    let mut first = pin!(work(3).diagnose_with(&doctor, "first"));
    let mut second = pin!(work(5).diagnose_with(&doctor, "second"));
    for _ in 0..3 {
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(second.as_mut()).is_pending());
    }
    assert_eq!(block_on(first).1.query_count(), 3);
    assert_eq!(block_on(second).1.query_count(), 5);
}

#[test]
fn a_future_that_was_never_polled_reports_nothing() {
    let (doctor, memory) = doctor();
    drop(async {}.diagnose_with(&doctor, "never"));
    assert!(flush(LONG));
    assert_eq!(memory.reports().len(), 0);
}

#[test]
fn a_cancelled_future_reports_to_the_reporters_and_is_dropped_inside_its_scope() {
    struct QueriesWhenDropped(Recorder);
    impl Drop for QueriesWhenDropped {
        fn drop(&mut self) {
            query(&mut self.0);
        }
    }

    let (doctor, memory) = doctor();
    let mut work = Box::pin(
        async {
            let _guard = QueriesWhenDropped(Recorder::new());
            std::future::pending::<()>().await;
        }
        .diagnose_with(&doctor, "cancelled"),
    );
    assert!(poll_once(work.as_mut()).is_pending());
    drop(work);
    assert!(flush(LONG));
    let reports = memory.take();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].query_count(), reports[0].ending()), (1, Ending::Dropped));
}

#[test]
fn a_panic_goes_through_and_the_report_still_comes_once() {
    let (doctor, memory) = doctor();
    let mut work = Box::pin(
        async {
            query(&mut Recorder::new());
            pause().await;
            panic!("of the user");
        }
        .diagnose_with(&doctor, "panics"),
    );
    assert!(poll_once(work.as_mut()).is_pending());
    let panic = catch_unwind(AssertUnwindSafe(|| poll_once(work.as_mut()))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"of the user"));
    assert_eq!(entered_depth(), 0);
    drop(work);
    assert!(flush(LONG));
    let reports = memory.take();
    assert_eq!(reports.len(), 1);
    assert_eq!((reports[0].query_count(), reports[0].ending()), (1, Ending::Panicked));
}

#[test]
fn a_report_that_is_not_awaited_to_its_end_goes_to_the_reporters() {
    let (doctor, memory) = doctor();
    let mut work = Box::pin(async { query(&mut Recorder::new()) }.diagnose_with(&doctor, "hasty"));
    let early = poll_once(work.as_mut());
    drop(work);
    assert!(flush(LONG));
    let reported = memory.take();
    match early {
        Poll::Ready(_) => assert_eq!(reported.len(), 0, "what was handed over is not reported again"),
        Poll::Pending => assert_eq!((reported.len(), reported[0].query_count()), (1, 1)),
    }
}

#[test]
fn a_task_carries_the_scope_it_was_made_in_and_does_not_keep_it_open() {
    let (doctor, _) = doctor();
    let scope = doctor.open("request");
    let task = scope.in_scope(|| {
        async {
            let mut recorder = Recorder::new();
            query(&mut recorder);
            pause().await;
            query(&mut recorder);
        }
        .in_current_scope()
    });
    let mut task = Box::pin(task);
    thread::scope(|threads| {
        threads.spawn(|| assert!(poll_once(task.as_mut()).is_pending())).join().unwrap();
    });
    let late = Health::of_process().late;
    let report = block_on(scope.close_async());
    assert_eq!(report.query_count(), 1);
    block_on(task);
    assert_eq!(report.evidence().late, 0, "it had not come when the report was made");
    assert!(Health::of_process().late > late);
}

#[test]
fn without_a_scope_a_task_runs_as_it_is() {
    assert!(ScopeHandle::current().is_none());
    assert_eq!(block_on(async { entered_depth() }.in_current_scope()), 0);
}

#[test]
fn a_guard_that_is_held_over_an_await_is_taken_out_and_reported() {
    let (doctor, _) = doctor();
    let outer = doctor.open("task");
    let inner = doctor.open("guarded");
    let mut task = Box::pin(
        async {
            let guard = inner.enter();
            pause().await;
            drop(guard);
        }
        .with_scope(&outer),
    );
    let before = Health::of_process().held_guards;
    assert!(poll_once(task.as_mut()).is_pending());
    assert_eq!(entered_depth(), 0, "the next task on this thread is not inside");
    block_on(task);
    assert!(Health::of_process().held_guards > before);
    for scope in [outer, inner] {
        let report = scope.close();
        assert!(report.evidence().warnings.iter().any(|warning| warning.contains("held over an await")), "{report}");
    }
}

#[test]
fn a_guard_that_is_dropped_before_the_await_is_none_that_was_held() {
    let (doctor, _) = doctor();
    let outer = doctor.open("task");
    let inner = doctor.open("guarded");
    block_on(
        async {
            drop(inner.enter());
            pause().await;
        }
        .with_scope(&outer),
    );
    assert_eq!(outer.close().evidence().notes, [""; 0]);
}

#[test]
fn a_scope_that_is_dropped_with_its_task_is_reported_by_the_worker() {
    #[derive(Debug)]
    struct OnWhichThread(mpsc::Sender<Option<String>>);
    impl crate::Reporter for OnWhichThread {
        fn report(&self, _: &crate::Report) -> std::io::Result<()> {
            let _ = self.0.send(thread::current().name().map(str::to_owned));
            Ok(())
        }
    }

    let (sender, receiver) = mpsc::channel();
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(OnWhichThread(sender)).build().unwrap());
    let mut task = Box::pin(async {
        let scope = doctor.open("owned by the task");
        std::future::pending::<()>().with_scope(&scope).await;
    });
    assert!(poll_once(task.as_mut()).is_pending());
    drop(task);
    assert_eq!(receiver.recv_timeout(LONG).unwrap().as_deref(), Some("diesel-doctor-reports"));
}

/// A reporter that blocks on every report until the test releases it.
#[derive(Debug)]
struct Hangs(Mutex<mpsc::Receiver<()>>);

impl crate::Reporter for Hangs {
    fn report(&self, _: &crate::Report) -> std::io::Result<()> {
        let _ = self.0.lock().unwrap().recv_timeout(LONG);
        Ok(())
    }
}

#[test]
fn a_scope_on_a_thread_that_a_task_waits_for_is_reported_by_the_worker() {
    let (doctor, _) = doctor();
    for task in [doctor.open("task").handle(), doctor.ignored()] {
        let (release, wait) = mpsc::channel();
        let builder = DoctorBuilder::without_environment().reporter(Hangs(Mutex::new(wait)));
        let hanging = Arc::new(builder.build().unwrap());
        let blocking = task.in_task(|| bind(|| Scope::builder("blocking").doctor(&hanging).run(|| "done")));
        let done = thread::scope(|threads| threads.spawn(blocking).join().unwrap());
        assert_eq!((done, release.send(())), ("done", Ok(())), "the reporter has not given up");
        assert!(flush(LONG));
    }
}

#[test]
fn a_reporter_that_hangs_holds_up_nobody_who_awaits_a_report() {
    let (release, wait) = mpsc::channel();
    let builder = DoctorBuilder::without_environment().reporter(Hangs(Mutex::new(wait)));
    let hanging = Arc::new(builder.build().unwrap());
    let mut task = Box::pin(std::future::pending::<()>().diagnose_with(&hanging, "hangs"));
    assert!(poll_once(task.as_mut()).is_pending());
    drop(task);
    let ((), report) = block_on(async { query(&mut Recorder::new()) }.diagnose_with(&doctor().0, "awaited"));
    assert_eq!(report.query_count(), 1);
    release.send(()).unwrap();
}

#[test]
fn a_reporter_may_diagnose_something_itself() {
    #[derive(Debug)]
    struct Diagnoses(Arc<Doctor>, mpsc::Sender<u64>);
    impl crate::Reporter for Diagnoses {
        fn report(&self, _: &crate::Report) -> std::io::Result<()> {
            let work = async { query(&mut Recorder::new()) };
            let ((), report) = block_on(work.diagnose_with(&self.0, "of the reporter"));
            assert!(flush(LONG), "it does not wait for itself");
            let _ = self.1.send(report.query_count());
            Ok(())
        }
    }

    let (sender, receiver) = mpsc::channel();
    let reporter = Diagnoses(doctor().0, sender);
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(reporter).build().unwrap());
    let mut task = Box::pin(std::future::pending::<()>().diagnose_with(&doctor, "reported"));
    assert!(poll_once(task.as_mut()).is_pending());
    drop(task);
    assert_eq!(receiver.recv_timeout(LONG), Ok(1));
}

#[test]
fn more_scopes_than_the_worker_has_room_for_all_get_their_report() {
    let (doctor, _) = doctor();
    let work = || Box::pin(async { query(&mut Recorder::new()) }.diagnose_with(&doctor, "one of many"));
    let mut tasks: Vec<_> = (0..1_500).map(|_| work()).collect();
    let mut done = 0;
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    while !tasks.is_empty() {
        tasks.retain_mut(|task| match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(((), report)) => {
                assert_eq!(report.query_count(), 1);
                done += 1;
                false
            }
            Poll::Pending => true,
        });
        if !tasks.is_empty() {
            thread::park();
        }
    }
    assert_eq!(done, 1_500);
}

#[test]
fn a_doctor_that_is_off_says_so_at_once() {
    let doctor = Arc::new(DoctorBuilder::without_environment().build_off());
    let (output, report) = block_on(async { entered_depth() }.diagnose_with(&doctor, "off"));
    assert_eq!((output, report.ending()), (0, Ending::Off));
    assert!(matches!(report.verdict(), Verdict::Blind(_)));
}

#[test]
fn the_futures_are_send_when_what_they_wrap_is() {
    fn check<T: Send>(_: &T) {}
    fn all<T: Send + Unpin>() {}
    check(&async {}.diagnose("a"));
    check(&async {}.in_current_scope());
    check(&Scope::open("b").close_async());
    all::<Closing>();
    all::<Scoped<std::future::Ready<()>>>();
    all::<Diagnosed<std::future::Ready<()>>>();
}
