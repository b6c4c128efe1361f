//! The state of a scope, shared by its owner and its handles.

use std::fmt;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use diesel_doctor_analysis::{Outcome, ScopeRules};

use super::ScopeSettings;
use crate::doctor::Doctor;
use crate::doctor::blinding::{self, Dropped};
use crate::doctor::counters::COUNTERS;
use crate::doctor::inside::{Inside, inside};
use crate::recording::{Recording, Slot, Started};

/// In so many of the scopes around it a scope's queries count, too: the nearest, and the outermost. So a query costs in any nesting what it
/// costs in a moderate one.
const MAX_AROUND: usize = 8;

/// What owner and followers share.
pub(crate) struct ScopeState {
    name: String,
    doctor: Arc<Doctor>,
    opened: Instant,
    /// The scopes in which its queries count, too: those that were open around it when it was opened, the nearest first. The references keep
    /// nothing alive: a chain of scopes in which each was opened inside the one before leaves nothing behind.
    around: Box<[Weak<ScopeState>]>,
    /// Whether it was opened inside another scope of its doctor.
    is_inner: bool,
    /// Scopes that were opened so deep inside it that their queries do not count here.
    deeper: AtomicU64,
    /// `None` once closed.
    recording: Mutex<Option<Recording>>,
    settings: ScopeSettings,
    /// The number of the process's queries outside any scope when this one was opened.
    unscoped_before: u64,
    /// The process that opened it.
    process: u32,
    /// Where instrumentations were dropped before, on the thread that opened it.
    dropped_before: Vec<Dropped>,
    /// Left out on purpose: what runs inside is neither recorded nor missed.
    ignored: bool,
    /// Opened inside a reporter or an analyzer.
    is_of_report: bool,
    late: AtomicU64,
    /// Guards that were held over an `await`: those of this scope, and those of other scopes in its tasks.
    held_guards: AtomicU64,
    /// Whether a future ran inside it, or inside the scope in which it was opened. Then a task may be waiting on the thread where
    /// the scope ends.
    has_tasks: AtomicBool,
    panicked: AtomicBool,
}

impl ScopeState {
    /// A scope that counts, if its doctor is on, until it is closed; its queries count in `parent` and the scopes around that, too.
    pub(super) fn open(name: String, doctor: Arc<Doctor>, parent: Option<&Arc<Self>>, settings: ScopeSettings) -> Self {
        let recording = doctor.is_on().then(Recording::default);
        let is_inner = parent.is_some_and(|parent| Arc::ptr_eq(&parent.doctor, &doctor));
        let around = parent.map_or_else(Box::default, Self::around_inner);
        Self { around, is_inner, settings, recording: Mutex::new(recording), ..Self::closed(name, doctor) }
    }

    /// What is around a scope that is opened inside this one. Where that is too much, all but the nearest and the outermost is left out, and
    /// told so: those further out were told when the scopes between were opened.
    fn around_inner(self: &Arc<Self>) -> Box<[Weak<Self>]> {
        let mut around = vec![Arc::clone(self)];
        around.extend(self.open_around());
        if around.len() > MAX_AROUND {
            let left_out = around.remove(MAX_AROUND - 1);
            left_out.deeper.fetch_add(1, Ordering::Relaxed);
        }
        around.iter().map(Arc::downgrade).collect()
    }

    /// A scope whose queries are ignored: they are not recorded, and not counted as missed.
    pub(super) fn ignored(doctor: Arc<Doctor>) -> Self {
        Self { ignored: true, ..Self::closed("ignored".to_owned(), doctor) }
    }

    /// A closed scope without a scope around it.
    fn closed(name: String, doctor: Arc<Doctor>) -> Self {
        Self {
            name,
            doctor,
            opened: Instant::now(),
            around: Box::default(),
            is_inner: false,
            deeper: AtomicU64::new(0),
            recording: Mutex::new(None),
            settings: ScopeSettings::default(),
            unscoped_before: COUNTERS.unscoped.get(),
            process: process::id(),
            dropped_before: blinding::of_thread(),
            ignored: false,
            is_of_report: inside() != Inside::Nothing,
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

    /// The scope's own levels and budget.
    pub(crate) fn rules(&self) -> &ScopeRules {
        &self.settings.rules
    }

    /// Whether it was opened inside another scope of its doctor.
    pub(crate) fn is_inner(&self) -> bool {
        self.is_inner
    }

    /// Scopes that were opened so deep inside it that their queries do not count here.
    pub(crate) fn deeper(&self) -> u64 {
        self.deeper.load(Ordering::Relaxed)
    }

    /// Whether it was opened inside another scope.
    #[inline]
    pub(crate) fn has_around(&self) -> bool {
        !self.around.is_empty()
    }

    /// The scopes around it that are still there, the nearest first. Some may be closed.
    #[inline]
    pub(crate) fn around(&self) -> impl Iterator<Item = Arc<Self>> {
        self.around.iter().filter_map(Weak::upgrade)
    }

    /// The scopes around it that are still open, the nearest first.
    pub(super) fn open_around(&self) -> impl Iterator<Item = Arc<Self>> {
        self.around().filter(|scope| scope.is_open())
    }

    pub(crate) fn is_ignored(&self) -> bool {
        self.ignored
    }

    /// Whether it was opened inside a reporter or an analyzer: its report goes to no reporter.
    pub(crate) fn is_of_report(&self) -> bool {
        self.is_of_report
    }

    /// Where instrumentations were dropped before, on the thread that opened it.
    pub(crate) fn dropped_before(&self) -> &[Dropped] {
        &self.dropped_before
    }

    pub(crate) fn since_opened(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.opened)
    }

    pub(crate) fn late(&self) -> u64 {
        self.late.load(Ordering::Relaxed)
    }

    /// Whether to send no report when the scope used no database.
    pub(super) fn reports_only_if_used(&self) -> bool {
        self.settings.only_if_used
    }

    /// Notes that a future runs inside it.
    pub(super) fn note_task(&self) {
        self.has_tasks.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_tasks(&self) -> bool {
        self.has_tasks.load(Ordering::Relaxed)
    }

    /// Notes that a panic went through a future of the scope.
    pub(super) fn mark_panicked(&self) {
        self.panicked.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_panicked(&self) -> bool {
        self.panicked.load(Ordering::Relaxed)
    }

    /// Notes a guard that was held over an `await`.
    pub(super) fn count_held_guard(&self) {
        self.held_guards.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn held_guards(&self) -> u64 {
        self.held_guards.load(Ordering::Relaxed)
    }

    /// The recording, behind its lock. In a forked child the lock may be held by a thread that the child does not have: then there is none.
    fn lock(&self) -> Option<MutexGuard<'_, Option<Recording>>> {
        // A panic under the lock can only be our own, and is counted where it is shielded; the tables stay usable.
        match self.recording.try_lock() {
            Ok(recording) => Some(recording),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if process::id() == self.process => {
                Some(self.recording.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Counts a query that starts; `None` when the scope is closed.
    pub(crate) fn start(&self, started: &Started<'_>) -> Option<Slot> {
        self.with(|recording| recording.start(started))
    }

    /// Counts a query that came after the close.
    pub(crate) fn count_late(&self) {
        self.late.fetch_add(1, Ordering::Relaxed);
        COUNTERS.late.add(1);
    }

    /// Notes the end of a query. After the close this has no effect, and the query counts as unfinished.
    pub(crate) fn finish(&self, slot: Slot, elapsed: Duration, outcome: Outcome) {
        self.with(|recording| recording.finish(slot, elapsed, outcome));
    }

    /// Does something with its recording, and with those of the scopes around it, as far as they are open.
    pub(crate) fn with_each(&self, mut f: impl FnMut(&mut Recording)) {
        self.with(&mut f);
        for scope in self.around() {
            scope.with(&mut f);
        }
    }

    /// Calls `f` with the recording while the scope is open; `None` when it is closed.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Recording) -> T) -> Option<T> {
        self.lock()?.as_mut().map(f)
    }

    /// Whether it still counts queries.
    pub(super) fn is_open(&self) -> bool {
        self.lock().is_some_and(|recording| recording.is_some())
    }

    /// Whether no query was made inside, counting also those that were not kept. A closed scope returns `true`.
    pub(super) fn was_never_asked(&self) -> bool {
        self.with(|recording| recording.totals.started() == 0).unwrap_or(true)
    }

    /// Whether the scope certainly used no database. That is not certain when the process has no watched connection, when a
    /// connection could not be watched, when queries ran outside any scope meanwhile, or when a guard was held over an `await`.
    pub(super) fn is_unused(&self) -> bool {
        let saw_nothing = self.with(|recording| recording.totals.started() == 0 && recording.connections.is_empty());
        let is_blind = COUNTERS.silenced.get() > 0 || COUNTERS.unwatched.get() > 0;
        let is_sure = COUNTERS.connections.get() > 0 && !is_blind && self.unscoped_meanwhile() == 0;
        saw_nothing.unwrap_or(true) && is_sure && self.held_guards() == 0
    }

    /// Queries of the process outside any scope since this one was opened.
    pub(crate) fn unscoped_meanwhile(&self) -> u64 {
        COUNTERS.unscoped.get().saturating_sub(self.unscoped_before)
    }

    /// Ends the recording. Only the first call returns it.
    pub(super) fn close(&self) -> Option<Recording> {
        let mut recording = self.lock()?.take()?;
        recording.settle(self.opened);
        Some(recording)
    }
}

impl fmt::Debug for ScopeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("name", &self.name).finish_non_exhaustive()
    }
}
