//! The threads that make and send the reports of async code, so that an executor's thread never resolves, analyses or prints. One
//! thread closes scopes. Another feeds the reporters, so that a reporter which hangs does not delay a future that awaits its
//! report.
//!
//! The threads start when they are first needed. A forked child starts its own, because it must never touch a lock that a thread of
//! its parent may have held. Work that cannot be done is counted in the health, and no caller waits for ever.

use std::cell::Cell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use diesel_doctor_analysis::{Report, shielded};

use super::ended::not_analysed;
use super::exit;
use super::job::{Job, Work};
use super::queue::{Queue, Running};
use super::ticket::wake;
use crate::doctor::counters::COUNTERS;
use crate::doctor::{PerProcess, backlog, wait};

/// So many threads may be stuck at once. When one more is, nothing is analysed until one of them comes back.
const MAX_STUCK: u32 = 8;

/// A job that has run for less is not taken for stuck, whatever the settings say.
const SHORT: Duration = Duration::from_millis(100);

/// The result of submitting a job.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// The report will come by the job's ticket.
    Taken,
    /// There is no room now; the waker is called when there is.
    Full(Job),
    /// It cannot be done. The report has no analysis and says so.
    Impossible(Box<Report>),
}

/// Hands over a job whose report somebody awaits, by its ticket.
pub(crate) fn submit(job: Job, waker: &Waker) -> Submitted {
    if is_own_thread() {
        // A reporter or analyzer of the user's may itself diagnose something. It must not wait for its own thread.
        run(job);
        return Submitted::Taken;
    }
    let Some(worker) = Worker::current(Role::Closes).filter(|worker| !worker.is_dead()) else {
        COUNTERS.not_analysed.add(1);
        return match job.work {
            Work::Close(ended) => {
                let reason = "the thread that does so could not be started, or is stuck";
                Submitted::Impossible(Box::new(not_analysed(*ended, reason)))
            }
            Work::Send(..) => Submitted::Full(job),
        };
    };
    backlog::begin();
    match worker.push(job, Some(waker)) {
        Ok(()) => Submitted::Taken,
        Err(job) => {
            backlog::end();
            Submitted::Full(job)
        }
    }
}

/// Submits a job whose report goes to the reporters.
pub(crate) fn leave(job: Job) {
    if job.is_of_report() {
        COUNTERS.reports_inside.add(1);
        return;
    }
    let role = match job.work {
        Work::Close(_) => Role::Closes,
        Work::Send(..) => Role::Reports,
    };
    let counter = job.counter();
    backlog::begin();
    let refused = match Worker::current(role) {
        Some(worker) => worker.push(job, None).is_err(),
        None => true,
    };
    if refused {
        backlog::end();
        counter.add(1);
    }
}

/// Does the job.
fn run(job: Job) {
    let (scope, report) = match job.work {
        Work::Send(scope, report) => {
            scope.doctor().send(&report);
            return;
        }
        Work::Close(ended) => (Arc::clone(ended.scope()), ended.report()),
    };
    let unclaimed = match &job.ticket {
        Some(ticket) => ticket.complete(report),
        None => Some(report),
    };
    if let Some(report) = unclaimed {
        leave(Job::send(&scope, Box::new(report)));
    }
}

/// Waits until the reports of all scopes that async code has ended are made and sent to the reporters. Returns `false` when that
/// took longer than `timeout`.
///
/// Call it at the end of a program or a test: unfinished reports are lost when the process ends. It blocks the thread, except on
/// the doctor's own threads, where it returns at once.
pub fn flush(timeout: Duration) -> bool {
    let begun = Instant::now();
    is_own_thread()
        || ROLES.into_iter().all(|role| {
            let left = timeout.saturating_sub(begun.elapsed());
            Worker::started(role).is_none_or(|worker| worker.flush(left))
        })
}

/// What the end of the process does: it waits for what is pending, within bounds, and says what was lost.
fn at_exit() {
    let in_time = flush(wait());
    let lost = backlog::len();
    if !in_time || lost > 0 {
        exit::say_lost(lost.max(1));
    }
}

/// Puts another thread in place of the one that closes scopes, if that has worked on one scope for too long. What was to be done there counts
/// as done.
pub(super) fn replace_if_stuck() {
    if let Some(worker) = Worker::started(Role::Closes) {
        worker.replace_if_stuck();
    }
}

thread_local! {
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is a worker's thread.
fn is_own_thread() -> bool {
    IS_OWN.try_with(Cell::get).unwrap_or(false)
}

/// The two kinds of workers.
#[derive(Clone, Copy, Debug)]
enum Role {
    Closes,
    Reports,
}

/// The order in which a report passes through them.
const ROLES: [Role; 2] = [Role::Closes, Role::Reports];

/// A worker of one process.
#[derive(Debug)]
struct Worker {
    queue: Mutex<Queue>,
    arrived: Condvar,
    done: Condvar,
}

static CLOSES: PerProcess<Option<Arc<Worker>>> = PerProcess::new();
static REPORTS: PerProcess<Option<Arc<Worker>>> = PerProcess::new();

impl Role {
    fn worker(self) -> &'static PerProcess<Option<Arc<Worker>>> {
        match self {
            Self::Closes => &CLOSES,
            Self::Reports => &REPORTS,
        }
    }

    fn thread_name(self) -> &'static str {
        match self {
            Self::Closes => "diesel-doctor",
            Self::Reports => "diesel-doctor-reports",
        }
    }
}

impl Worker {
    /// The worker of this process, started when needed; `None` when it cannot be started.
    fn current(role: Role) -> Option<&'static Arc<Self>> {
        role.worker().get_or_init(|| Self::start(role))?.as_ref()
    }

    /// The worker of this process, if it was started.
    fn started(role: Role) -> Option<&'static Arc<Self>> {
        role.worker().get()?.as_ref()
    }

    fn start(role: Role) -> Option<Arc<Self>> {
        exit::register(at_exit);
        let worker = Arc::new(Self { queue: Mutex::default(), arrived: Condvar::new(), done: Condvar::new() });
        worker.spawn(role, 0).then_some(worker)
    }

    /// Starts a thread; `crew` is how many were replaced before.
    fn spawn(self: &Arc<Self>, role: Role, crew: u32) -> bool {
        let worker = Arc::clone(self);
        thread::Builder::new().name(role.thread_name().to_owned()).spawn(move || worker.run(crew)).is_ok()
    }

    fn run(&self, crew: u32) {
        let _ = IS_OWN.try_with(|own| own.set(true));
        loop {
            let job = self.next();
            let (ticket, counter) = (job.ticket.clone(), job.counter());
            // Analyzers and reporters are shielded one by one; this is for what is left, such as a panic in a user's `Drop`.
            if shielded(|| run(job)).is_none() {
                COUNTERS.shielded_panics.add(1);
                counter.add(1);
                drop(ticket.map(|ticket| ticket.fail()));
            }
            if !self.goes_on(crew) {
                return;
            }
        }
    }

    fn next(&self) -> Job {
        let mut queue = self.lock();
        loop {
            match queue.pop() {
                Some(job) => {
                    queue.running = Some(Running { since: Instant::now(), is_awaited: job.ticket.is_some() });
                    return job;
                }
                None => queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Ends a job. Returns whether its thread goes on: not one that was replaced, unless its successors are stuck as well.
    fn goes_on(&self, crew: u32) -> bool {
        let mut queue = self.lock();
        if queue.crew == crew {
            drop(queue);
            backlog::end();
            self.finish();
            return true;
        }
        queue.stuck = queue.stuck.saturating_sub(1);
        if !queue.is_dead {
            return false;
        }
        queue.is_dead = false;
        queue.crew = crew;
        true
    }

    fn finish(&self) {
        let mut queue = self.lock();
        queue.running = None;
        queue.finished = queue.finished.wrapping_add(1);
        let waiting = if queue.is_half_empty() { std::mem::take(&mut queue.waiting) } else { Vec::new() };
        drop(queue);
        self.done.notify_all();
        waiting.into_iter().for_each(wake);
    }

    fn replace_if_stuck(self: &Arc<Self>) {
        let mut queue = self.lock();
        // A report was awaited for as long as may be, and this one came to it later than that began.
        let long = (wait() / 2).max(SHORT);
        let Some(stuck) = queue.running.filter(|running| running.since.elapsed() >= long) else { return };
        queue.crew = queue.crew.wrapping_add(1);
        queue.stuck += 1;
        let (crew, is_enough) = (queue.crew, queue.stuck > MAX_STUCK);
        drop(queue);
        if !stuck.is_awaited {
            COUNTERS.not_analysed.add(1);
        }
        backlog::end();
        self.finish();
        if is_enough || !self.spawn(Role::Closes, crew) {
            self.lock().is_dead = true;
        }
    }

    /// Whether all its threads are stuck.
    fn is_dead(&self) -> bool {
        self.lock().is_dead
    }

    /// Takes a job, unless there is no room; then the waker is called when there is.
    fn push(&self, job: Job, waker: Option<&Waker>) -> Result<(), Job> {
        let mut queue = self.lock();
        if !queue.has_room(job.bytes) {
            if let Some(waker) = waker
                && !queue.waiting.iter().any(|known| known.will_wake(waker))
            {
                queue.waiting.push(waker.clone());
            }
            return Err(job);
        }
        queue.push(job);
        drop(queue);
        self.arrived.notify_one();
        Ok(())
    }

    fn flush(&self, timeout: Duration) -> bool {
        let begun = Instant::now();
        let mut queue = self.lock();
        let wanted = queue.accepted;
        while queue.finished < wanted {
            let Some(left) = timeout.checked_sub(begun.elapsed()) else { return false };
            queue = self.done.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Only our code runs under the lock, so the queue is intact even when the lock is poisoned.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel_doctor_analysis::Ending;

    use super::*;
    use crate::closing::queue::{MAX_BYTES, MAX_JOBS};
    use crate::reporters::Silent;
    use crate::{Doctor, DoctorBuilder, Recorder};

    /// A worker without a thread: its jobs stay in the queue.
    fn worker() -> Worker {
        Worker { queue: Mutex::default(), arrived: Condvar::new(), done: Condvar::new() }
    }

    fn doctor() -> Arc<Doctor> {
        Arc::new(DoctorBuilder::without_environment().reporter(Silent).build().unwrap())
    }

    /// A scope that has ended, with this many texts of 32 KiB.
    fn job(doctor: &Arc<Doctor>, texts: usize) -> Job {
        let scope = doctor.open("heavy");
        let long = "0".repeat(32 << 10);
        scope.in_scope(|| {
            let mut recorder = Recorder::new();
            for number in 0..texts {
                recorder.start_query(&format_args!("SELECT {number}{long}"));
            }
        });
        Job::close(scope.end(Ending::Closed).unwrap())
    }

    #[test]
    fn many_small_scopes_and_few_large_ones_fill_the_queue() {
        let doctor = doctor();
        for (texts, room) in [(0, MAX_JOBS..=MAX_JOBS), (100, 15..=20)] {
            let worker = worker();
            let taken = (0..2 * MAX_JOBS).take_while(|_| worker.push(job(&doctor, texts), None).is_ok()).count();
            assert!(room.contains(&taken), "{taken} scopes of {texts} texts");
            let held = worker.lock().bytes;
            assert!(held <= MAX_BYTES && (texts == 0 || held >= MAX_BYTES / 2), "{held}");

            drop(worker.next());
            worker.push(job(&doctor, texts), None).unwrap();
            (0..taken).for_each(|_| drop(worker.next()));
            assert_eq!(worker.lock().bytes, 0);
        }
    }

    #[test]
    fn who_found_no_room_for_a_large_scope_is_woken_when_half_of_the_memory_is_free() {
        struct Woken(AtomicU32);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        let (doctor, worker) = (doctor(), worker());
        let woken = Arc::new(Woken(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&woken));
        while worker.push(job(&doctor, 100), Some(&waker)).is_ok() {}
        let full = worker.lock().bytes;
        while woken.0.load(Ordering::Relaxed) == 0 {
            assert!(worker.lock().bytes > MAX_BYTES / 2);
            drop(worker.next());
            worker.finish();
        }
        assert!(full > MAX_BYTES / 2 && worker.lock().bytes <= MAX_BYTES / 2);
    }
}
