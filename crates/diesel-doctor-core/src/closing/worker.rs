//! The threads that make and send the reports of async code, so that an executor's thread never resolves, analyses or prints. One
//! thread closes scopes. Another feeds the reporters, so that a reporter which hangs does not delay a future that awaits its
//! report.
//!
//! The threads start when they are first needed. A forked child starts its own, because it must never touch a lock that a thread of
//! its parent may have held. Work that cannot be done is counted in the health, and no caller waits for ever.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use diesel_doctor_analysis::Report;

use super::ended::not_analysed;
use super::job::{Job, Work};
use super::queue::Queue;
use super::ticket::{Ticket, wake};
use crate::doctor::backlog;
use crate::doctor::counters::COUNTERS;

/// How many generations of forked processes get workers. The scopes of later generations are counted as not analysed.
const GENERATIONS: usize = 8;

/// The result of submitting a job.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// The report will arrive through the ticket.
    Taken(Ticket),
    /// There is no room now. The waker is called when there is.
    Full(Job),
    /// It cannot be done. The report has no analysis and says so.
    Impossible(Box<Report>),
}

/// Submits a job whose report a future awaits.
pub(crate) fn submit(mut job: Job, waker: &Waker) -> Submitted {
    let Work::Close(ended) = &job.work else { return Submitted::Full(job) };
    let ticket = Ticket::new(ended.scope());
    job.ticket = Some(ticket.clone());
    if is_own_thread() {
        // A reporter or analyzer of the user's may itself diagnose something. It must not wait for its own thread.
        run(job);
        return Submitted::Taken(ticket);
    }
    let Some(worker) = Worker::current(Role::Closes) else {
        COUNTERS.not_analysed.add(1);
        let Work::Close(ended) = job.work else { return Submitted::Full(job) };
        return Submitted::Impossible(Box::new(not_analysed(*ended)));
    };
    backlog::begin();
    match worker.push(job, Some(waker)) {
        Ok(()) => Submitted::Taken(ticket),
        Err(mut job) => {
            backlog::end();
            job.ticket = None;
            Submitted::Full(job)
        }
    }
}

/// Submits a job whose report goes to the reporters.
pub(crate) fn leave(job: Job) {
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

/// The workers of one process. The slot holds the number of the process: a forked child finds it taken and takes the next one.
struct Slot {
    process: AtomicU32,
    closes: OnceLock<Option<Arc<Worker>>>,
    reports: OnceLock<Option<Arc<Worker>>>,
}

impl Slot {
    const fn free() -> Self {
        Self { process: AtomicU32::new(0), closes: OnceLock::new(), reports: OnceLock::new() }
    }

    fn worker(&self, role: Role) -> &OnceLock<Option<Arc<Worker>>> {
        match role {
            Role::Closes => &self.closes,
            Role::Reports => &self.reports,
        }
    }
}

static SLOTS: [Slot; GENERATIONS] = [const { Slot::free() }; GENERATIONS];

impl Worker {
    /// The worker of this process, started when needed; `None` when it cannot be started.
    fn current(role: Role) -> Option<&'static Arc<Self>> {
        let process = process::id();
        let slot = SLOTS.iter().find(|slot| {
            let claimed = slot.process.compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed);
            claimed.is_ok() || claimed == Err(process)
        })?;
        slot.worker(role).get_or_init(|| Self::start(role)).as_ref()
    }

    /// The worker of this process, if it was started.
    fn started(role: Role) -> Option<&'static Arc<Self>> {
        let process = process::id();
        let slot = SLOTS.iter().find(|slot| slot.process.load(Ordering::Relaxed) == process)?;
        slot.worker(role).get().and_then(Option::as_ref)
    }

    fn start(role: Role) -> Option<Arc<Self>> {
        let worker = Arc::new(Self { queue: Mutex::default(), arrived: Condvar::new(), done: Condvar::new() });
        let of_thread = Arc::clone(&worker);
        let name = match role {
            Role::Closes => "diesel-doctor",
            Role::Reports => "diesel-doctor-reports",
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || of_thread.run());
        thread.is_ok().then_some(worker)
    }

    fn run(&self) {
        let _ = IS_OWN.try_with(|own| own.set(true));
        loop {
            let job = self.next();
            let (ticket, counter) = (job.ticket.clone(), job.counter());
            // Panics of analyzers and reporters are caught one by one. This catches the rest, such as a panic in a user's `Drop`.
            if catch_unwind(AssertUnwindSafe(|| run(job))).is_err() {
                COUNTERS.shielded_panics.add(1);
                counter.add(1);
                drop(ticket.map(|ticket| ticket.fail()));
            }
            backlog::end();
            self.finish();
        }
    }

    fn next(&self) -> Job {
        let mut queue = self.lock();
        loop {
            match queue.pop() {
                Some(job) => return job,
                None => queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn finish(&self) {
        let mut queue = self.lock();
        queue.finished = queue.finished.wrapping_add(1);
        let waiting = if queue.is_half_empty() { std::mem::take(&mut queue.waiting) } else { Vec::new() };
        drop(queue);
        self.done.notify_all();
        waiting.into_iter().for_each(wake);
    }

    /// Adds a job, unless there is no room. Then it returns the job, and the waker is called once there is room.
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
