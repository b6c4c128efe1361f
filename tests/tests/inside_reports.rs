//! Reporters and analyzers are user code. They may use the doctor themselves, hang, or bring panics that go on panicking.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use diesel_doctor::reporters::{Callback, Memory};
use diesel_doctor::{
    Analyzer, DiagnoseExt as _, Doctor, DoctorBuilder, Finding, Recorder, Report, Reporter, Rule, Scope, Snapshot,
    Verdict, flush, health,
};

const LONG: Duration = Duration::from_secs(100);

/// One test at a time: they look at the counters of the process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn query() {
    let mut recorder = Recorder::new();
    recorder.start_query(&"SELECT 1");
    recorder.finish_query(&"SELECT 1", None);
}

/// A reporter that stores each report by a function that is diagnosed itself.
#[derive(Debug, Default)]
struct Stores {
    calls: AtomicU64,
    doctor: Mutex<Option<Arc<Doctor>>>,
    is_async: bool,
}

impl Reporter for Stores {
    fn report(&self, _: &Report) -> io::Result<()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let doctor = self.doctor.lock().unwrap().clone().unwrap();
        if self.is_async {
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            runtime.block_on(Scope::builder("save").doctor(&doctor).run_future(async { query() }));
        } else {
            Scope::builder("save").doctor(&doctor).run(query);
        }
        Ok(())
    }
}

fn storing(is_async: bool) -> (Arc<Doctor>, Arc<Stores>) {
    let stores = Arc::new(Stores { is_async, ..Stores::default() });
    let doctor = Arc::new(DoctorBuilder::without_environment().reporter(Arc::clone(&stores)).build().unwrap());
    *stores.doctor.lock().unwrap() = Some(Arc::clone(&doctor));
    (doctor, stores)
}

#[test]
fn a_reporter_that_stores_reports_by_a_diagnosed_function_comes_to_an_end() {
    let _alone = alone();
    for is_async in [false, true] {
        let (doctor, stores) = storing(is_async);
        let before = health().reports_inside;
        Scope::builder("page").doctor(&doctor).run(query);
        assert!(flush(LONG));
        assert_eq!(stores.calls.load(Ordering::Relaxed), 1, "the page, and not what storing it did");
        assert_eq!(health().reports_inside - before, 1, "which is counted");
    }
}

#[test]
fn the_same_on_the_doctors_own_thread() {
    let _alone = alone();
    for is_async in [false, true] {
        let (doctor, stores) = storing(is_async);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Scope::builder("page").doctor(&doctor).run_future(async { query() }));
        assert!(flush(LONG));
        assert_eq!(stores.calls.load(Ordering::Relaxed), 1);
    }
}

static MINE: Rule = Rule::new("mine", "an analyzer of the user's", "");

/// An analyzer that diagnoses something under the doctor that it belongs to.
#[derive(Debug, Default, Clone)]
struct Diagnoses {
    calls: Arc<AtomicU64>,
    doctor: Arc<Mutex<Option<Arc<Doctor>>>>,
}

impl Analyzer for Diagnoses {
    fn rule(&self) -> &'static Rule {
        &MINE
    }

    fn analyze(&self, _: &Snapshot, _: &mut Vec<Finding>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let doctor = self.doctor.lock().unwrap().clone().unwrap();
        let ((), report) = doctor.diagnose("inside", query);
        assert_eq!(report.query_count(), 1);
        assert!(matches!(report.verdict(), Verdict::Blind(_)), "it was not analysed: {report}");
        drop(doctor.open("dropped inside"));
    }
}

#[test]
fn an_analyzer_that_diagnoses_comes_to_an_end() {
    let _alone = alone();
    let (analyzer, memory) = (Diagnoses::default(), Memory::new());
    let builder = DoctorBuilder::without_environment().analyzer(analyzer.clone()).reporter(memory.clone());
    let doctor = Arc::new(builder.build().unwrap());
    *analyzer.doctor.lock().unwrap() = Some(Arc::clone(&doctor));
    let before = health().reports_inside;
    let ((), report) = doctor.diagnose("page", query);
    assert_eq!((report.verdict(), report.evidence().shielded_panics), (Verdict::Clean, 0), "{report}");
    assert_eq!(analyzer.calls.load(Ordering::Relaxed), 1);
    assert_eq!((memory.reports().len(), health().reports_inside - before), (0, 1));
}

/// An analyzer that does not return before it is told to.
#[derive(Debug)]
struct Hangs(Mutex<mpsc::Receiver<()>>);

impl Analyzer for Hangs {
    fn rule(&self) -> &'static Rule {
        &MINE
    }

    fn analyze(&self, _: &Snapshot, _: &mut Vec<Finding>) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

#[test]
fn an_analyzer_that_never_returns_holds_up_no_other_future() {
    let _alone = alone();
    let (release, hangs) = mpsc::channel();
    let hanging = DoctorBuilder::without_environment().analyzer(Hangs(Mutex::new(hangs))).build().unwrap();
    let (hanging, sound) = (Arc::new(hanging), Arc::new(DoctorBuilder::without_environment().build().unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let before = health().not_analysed;
    runtime.block_on(async {
        let (seven, late) = async { 7 }.diagnose_with(&hanging, "hangs").await;
        assert_eq!(seven, 7, "the output comes all the same");
        assert!(late.to_string().contains("the scope was not analysed: it took too long"), "{late}");
        assert!(matches!(late.verdict(), Verdict::Blind(_)));
        assert_eq!(health().not_analysed - before, 1);

        let ((), report) = async { query() }.diagnose_with(&sound, "another").await;
        assert_eq!(report.verdict(), Verdict::Clean, "another thread does it: {report}");
    });
    release.send(()).unwrap();
    assert!(flush(LONG));
}

/// Panics when it is dropped, for ever.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::panic_any(Self);
    }
}

#[test]
fn a_panic_whose_payload_panics_passes_no_shield() {
    let _alone = alone();
    let memory = Memory::new();
    let throws = Callback::new(|_: &Report| std::panic::panic_any(Bomb));
    let doctor = DoctorBuilder::without_environment().reporter(throws).reporter(memory.clone()).build().unwrap();
    let doctor = Arc::new(doctor);
    drop(doctor.open("page"));
    assert_eq!(memory.reports().len(), 1);
}
