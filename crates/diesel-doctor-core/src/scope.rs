//! Scopes: whose queries are diagnosed together.
//!
//! [`Scope`] is the owner and yields the report. [`ScopeHandle`] follows it to other threads and never keeps it open. Either is entered
//! like a `tracing` span. A query counts in the innermost scope it runs in, and in every scope that was entered when that one was opened.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use diesel_doctor_stack::Boundary;

use crate::ambient;
use crate::closing::Ended;
use crate::connection::Connection;
use crate::doctor::Doctor;
use crate::health::COUNTERS;
use crate::live::Live;
use crate::query::Outcome;
use crate::recording::{Recording, Slot, Started};
use crate::report::{Ending, Report};
use crate::settings::{ScopeBuilder, ScopeSettings};
use crate::worker::{self, Job};

/// What owner and followers share.
pub(crate) struct Inner {
    name: String,
    doctor: Arc<Doctor>,
    opened: Instant,
    parent: Option<Arc<Inner>>,
    /// `None` once closed.
    recording: Mutex<Option<Recording>>,
    settings: ScopeSettings,
    /// Queries of the process that no scope had seen when this one was opened.
    unscoped_before: u64,
    /// Left out on purpose: what runs inside is neither recorded nor missed.
    ignored: bool,
    late: AtomicU64,
    /// Guards of the scope, or of others in its tasks, that were held over an `await`.
    held_guards: AtomicU64,
    /// Whether a future ran inside it, or inside a scope in which it was opened: a task may wait for whatever thread it ends on.
    has_tasks: AtomicBool,
    panicked: AtomicBool,
}

impl Inner {
    /// A scope that is closed, without a scope around it.
    fn new(name: String, doctor: Arc<Doctor>) -> Self {
        Self {
            name,
            doctor,
            opened: Instant::now(),
            parent: None,
            recording: Mutex::new(None),
            settings: ScopeSettings::default(),
            unscoped_before: COUNTERS.unscoped.get(),
            ignored: false,
            late: AtomicU64::new(0),
            held_guards: AtomicU64::new(0),
            has_tasks: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn doctor(&self) -> &Arc<Doctor> {
        &self.doctor
    }

    pub(crate) fn settings(&self) -> &ScopeSettings {
        &self.settings
    }

    pub(crate) fn parent(&self) -> Option<&Arc<Inner>> {
        self.parent.as_ref()
    }

    pub(crate) fn is_ignored(&self) -> bool {
        self.ignored
    }

    pub(crate) fn since_opened(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.opened)
    }

    pub(crate) fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    pub(crate) fn held_guards(&self) -> u64 {
        self.held_guards.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Recording>> {
        // A panic under the lock can only be our own, and is counted where it is shielded; the tables stay usable.
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a query that starts; `None` when the scope is closed.
    pub(crate) fn start(&self, started: &Started<'_>) -> Option<Slot> {
        self.lock().as_mut().map(|recording| recording.start(started))
    }

    /// Counts a query that the closed scope did not get.
    pub(crate) fn count_late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
        COUNTERS.late.add(1);
    }

    /// Takes note of a query's end; after the close it is too late, and the query counts as unfinished.
    pub(crate) fn finish(&self, slot: Slot, elapsed: Duration, outcome: Outcome) {
        self.with(|recording| recording.finish(slot, elapsed, outcome));
    }

    /// Does something with the recording while the scope is open.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Recording) -> T) -> Option<T> {
        self.lock().as_mut().map(f)
    }

    /// Whether nothing inside asked for a database, as far as anybody can know: a process without a watched connection cannot, nor one with
    /// a connection that could not be watched, nor where queries ran outside any scope meanwhile.
    fn is_unused(&self) -> bool {
        let saw_nothing = self.with(|recording| recording.totals.started() == 0 && recording.connections.is_empty());
        let is_blind = COUNTERS.silenced.get() > 0 || COUNTERS.unwatched.get() > 0;
        let is_sure = COUNTERS.connections.get() > 0 && !is_blind && self.unscoped_meanwhile() == 0;
        saw_nothing.unwrap_or(true) && is_sure && self.held_guards() == 0
    }

    /// Queries of the process that no scope has seen since this one was opened.
    pub(crate) fn unscoped_meanwhile(&self) -> u64 {
        COUNTERS.unscoped.get().saturating_sub(self.unscoped_before)
    }

    /// Ends the recording; only the first call gets it.
    fn close(&self) -> Option<Recording> {
        let mut recording = self.lock().take()?;
        recording.settle(self.opened);
        Some(recording)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A scope, owned: whoever holds it closes it and receives the report.
///
/// When it is dropped instead (an early return, a panic, a cancelled future) the report goes to the doctor's reporters. The default one
/// (`DIESEL_DOCTOR_REPORT=once`) prints news only: nothing where all was said before, or where there is nothing to say.
#[derive(Debug)]
#[must_use = "a scope that is dropped at once sees nothing"]
pub struct Scope {
    inner: Arc<Inner>,
}

impl Scope {
    /// Opens a scope under the doctor of the scope around it, or else the process's.
    pub fn open(name: impl Into<String>) -> Self {
        Self::with_settings(name.into(), None, ScopeSettings::default())
    }

    /// Starts to open one with settings of its own.
    pub fn builder(name: impl Into<String>) -> ScopeBuilder {
        ScopeBuilder::new(name.into())
    }

    /// Without a doctor it takes that of the open scope around: what is opened inside a scope reports to where that does.
    pub(crate) fn with_settings(name: String, doctor: Option<Arc<Doctor>>, settings: ScopeSettings) -> Self {
        let parent = open_around();
        let of_parent = || parent.as_ref().map_or_else(Doctor::of_process, |parent| Arc::clone(&parent.doctor));
        let doctor = doctor.unwrap_or_else(of_parent);
        let recording = doctor.is_on().then(Recording::default);
        let is_of_task = ambient::current().is_some_and(|(scope, _)| scope.has_tasks.load(Ordering::Relaxed));
        Self {
            inner: Arc::new(Inner {
                parent,
                settings,
                recording: Mutex::new(recording),
                has_tasks: AtomicBool::new(is_of_task),
                ..Inner::new(name, doctor)
            }),
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// Makes it the current thread's innermost scope until the guard is dropped. Not for async code: a guard that is held over an
    /// `await` stays entered while other tasks run.
    pub fn enter(&self) -> Entered<'_> {
        Entered::new(&self.inner, Boundary::NONE)
    }

    /// Runs a closure inside the scope.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(&self.inner, Boundary::here());
        f()
    }

    /// A handle that follows the scope to other threads and tasks.
    pub fn handle(&self) -> ScopeHandle {
        ScopeHandle { inner: Arc::clone(&self.inner) }
    }

    /// Closes the scope: resolves call sites, analyses, and reports. Queries that come later are counted as late.
    ///
    /// Not for async code, where [`Scope::close_async`] does this work elsewhere.
    /// The first call of a process may take tens of milliseconds to set up symbolization.
    pub fn close(self) -> Report {
        self.end(Ending::Closed).map_or_else(|| Report::off(self.name()), Ended::report)
    }

    /// Closes the scope and sends the report to the doctor's reporters: for owners that do not look at it.
    pub fn deliver(self) {
        self.leave(Ending::Closed);
    }

    /// Ends the recording, and has the report sent from where nobody waits for it.
    fn leave(&self, ending: Ending) {
        if self.inner.settings.only_if_used && self.inner.is_unused() {
            drop(self.inner.close());
            return;
        }
        let Some(ended) = self.end(ending) else { return };
        if self.inner.has_tasks.load(Ordering::Relaxed) || ambient::in_task() {
            worker::leave(Job::close(ended));
        } else {
            self.inner.doctor.send(&ended.report());
        }
    }

    /// Ends a scope in which nothing was asked without a report; another comes back.
    pub(crate) fn forget_if_never_asked(self) -> Option<Self> {
        let never_asked = self.inner.with(|recording| recording.totals.started() == 0).unwrap_or(true);
        if never_asked {
            drop(self.inner.close());
        }
        (!never_asked).then_some(self)
    }

    /// Ends the recording; only the first call gets it.
    pub(crate) fn end(&self, ending: Ending) -> Option<Ended> {
        self.inner.close().map(|recording| Ended::new(&self.inner, recording, ending))
    }

    /// A panic went through a future of the scope: for adapters, which are dropped when the panic is over.
    pub fn mark_panicked(&self) {
        self.inner.panicked.store(true, Ordering::Relaxed);
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let panicked = std::thread::panicking() || self.inner.panicked.load(Ordering::Relaxed);
        self.leave(if panicked { Ending::Panicked } else { Ending::Dropped });
    }
}

/// The innermost open scope of the thread. Closed ones count nothing any more, and a chain of them would grow with every task that opens
/// a scope and starts the next one inside it.
fn open_around() -> Option<Arc<Inner>> {
    let innermost = ambient::current().map(|(scope, _)| scope);
    std::iter::successors(innermost, |scope| scope.parent.clone()).find(|scope| scope.lock().is_some())
}

/// Keeps a scope entered on the current thread.
#[derive(Debug)]
#[must_use = "the scope is left when the guard is dropped"]
pub struct Entered<'a> {
    token: u64,
    // Not `Send`: it must be dropped on the thread that it entered.
    _scope: PhantomData<(&'a Inner, *const ())>,
}

impl Entered<'_> {
    fn new(inner: &Arc<Inner>, boundary: Boundary) -> Self {
        Self::with(inner, boundary, None)
    }

    /// For a guard that owns the scope as well.
    pub(crate) fn owned(scope: &Scope, boundary: Boundary) -> Self {
        Self::new(&scope.inner, boundary)
    }

    /// Enters a scope on behalf of another thread, whose stack is given.
    pub(crate) fn carrying(scope: &ScopeHandle, boundary: Boundary, stack: Arc<[usize]>) -> Self {
        Self::with(&scope.inner, boundary, Some(stack))
    }

    fn with(inner: &Arc<Inner>, boundary: Boundary, carried: Option<Arc<[usize]>>) -> Self {
        // A doctor that is off must not even hide the scope around it.
        let token = if inner.doctor.is_on() { ambient::enter(Arc::clone(inner), boundary, carried) } else { 0 };
        Self { token, _scope: PhantomData }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        ambient::leave(self.token);
    }
}

/// A follower of a scope. It never keeps the scope open: what it brings after the close counts as late.
#[derive(Clone, Debug)]
pub struct ScopeHandle {
    inner: Arc<Inner>,
}

impl ScopeHandle {
    /// The innermost scope of the current thread.
    pub fn current() -> Option<Self> {
        ambient::current().map(|(inner, _)| Self { inner })
    }

    /// The name of the scope.
    pub fn name(&self) -> &str {
        self.inner.name()
    }

    /// Makes it the current thread's innermost scope until the guard is dropped. Not for async code.
    pub fn enter(&self) -> Entered<'_> {
        Entered::new(&self.inner, Boundary::NONE)
    }

    /// Runs a closure inside the scope, on whatever thread: for the closures of rayon and other thread pools.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(&self.inner, Boundary::here());
        f()
    }

    /// Binds a closure to the scope, to be run on another thread.
    pub fn bind<T>(self, f: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || self.in_scope(f)
    }

    pub(crate) fn of(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    /// A handle of no scope: what runs inside belongs to nobody, and is not missed.
    pub(crate) fn ignored(doctor: Arc<Doctor>) -> Self {
        Self { inner: Arc::new(Inner { ignored: true, ..Inner::new("ignored".to_owned(), doctor) }) }
    }

    /// What the scope has counted so far; `None` when it is closed, and when the doctor is off.
    pub fn live(&self) -> Option<Live> {
        self.inner.with(|recording| Live::of(&recording.totals))
    }

    /// Polls or drops a future inside the scope: for adapters of what is polled and no future, such as a response's body. Guards that it leaves entered are taken out, so that other tasks of the thread do not
    /// run inside their scopes, and reported.
    #[inline(never)]
    pub fn in_task<T>(&self, f: impl FnOnce() -> T) -> T {
        struct InTask<'a>(u64, &'a Inner);
        impl Drop for InTask<'_> {
            fn drop(&mut self) {
                let held = ambient::leave_task(self.0);
                for scope in &held {
                    scope.held_guards.fetch_add(1, Ordering::Relaxed);
                    self.1.held_guards.fetch_add(1, Ordering::Relaxed);
                    COUNTERS.held_guards.add(1);
                }
            }
        }

        if !self.inner.doctor.is_on() {
            return f();
        }
        self.inner.has_tasks.store(true, Ordering::Relaxed);
        let _in_task = InTask(ambient::enter_task(Arc::clone(&self.inner), Boundary::here()), &self.inner);
        f()
    }

    /// A reference for a connection's stamp: it keeps nothing alive.
    pub(crate) fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.inner)
    }
}

impl From<&Scope> for ScopeHandle {
    fn from(scope: &Scope) -> Self {
        scope.handle()
    }
}

impl From<&ScopeHandle> for ScopeHandle {
    fn from(handle: &ScopeHandle) -> Self {
        handle.clone()
    }
}

/// Binds a closure to the current thread's innermost scope, to be run on another thread; without a scope it runs as it is.
///
/// ```
/// use diesel_doctor_core::{bind, Scope};
///
/// let scope = Scope::open("job");
/// let _entered = scope.enter();
/// std::thread::spawn(bind(|| { /* queries made here belong to the scope */ })).join().unwrap();
/// ```
pub fn bind<T>(f: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let handle = ScopeHandle::current();
    move || match handle {
        Some(handle) => handle.in_scope(f),
        None => f(),
    }
}

/// How many scopes the current thread is in. An adapter compares it before and after running foreign code.
pub fn entered_depth() -> usize {
    ambient::depth()
}

pub(crate) fn touch(connection: &Connection) {
    let mut scope = ambient::current().map(|(scope, _)| scope);
    while let Some(inner) = scope {
        inner.with(|recording| recording.touch(connection));
        scope = inner.parent().cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_stands_in_the_innermost_open_one() {
        let outer = Scope::open("outer");
        let within = outer.in_scope(|| Scope::open("within"));
        assert!(within.inner.parent.as_ref().is_some_and(|parent| Arc::ptr_eq(parent, &outer.inner)));

        let handle = within.handle();
        handle.in_scope(|| drop(within.close()));
        handle.in_scope(|| {
            let late = Scope::open("late");
            assert!(late.inner.parent.as_ref().is_some_and(|parent| Arc::ptr_eq(parent, &outer.inner)));
        });
        drop(outer.close());
        handle.in_scope(|| assert!(Scope::open("last").inner.parent.is_none()));
    }

    #[test]
    fn a_scope_in_what_is_left_out_or_over_has_the_doctor_of_the_process() {
        let doctor = Arc::new(crate::DoctorBuilder::without_environment().build().unwrap());
        let is_of_process = || Arc::ptr_eq(&Scope::open("inner").inner.doctor, &Doctor::of_process());
        assert!(ScopeHandle::ignored(Arc::clone(&doctor)).in_scope(is_of_process));
        let scope = doctor.open("over");
        let handle = scope.handle();
        assert!(!handle.in_scope(is_of_process));
        drop(scope.close());
        assert!(handle.in_scope(is_of_process));
    }
}
