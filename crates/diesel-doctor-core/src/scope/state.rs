//! The state of a scope, shared by its owner and its handles.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel_doctor_analysis::{Outcome, ScopeRules};

use super::ScopeSettings;
use crate::doctor::Doctor;
use crate::doctor::counters::COUNTERS;
use crate::recording::{Recording, Slot, Started};

/// The state that the owner and the handles share.
pub(crate) struct ScopeState {
    name: String,
    doctor: Arc<Doctor>,
    opened: Instant,
    parent: Option<Arc<ScopeState>>,
    /// `None` once closed.
    recording: Mutex<Option<Recording>>,
    settings: ScopeSettings,
    /// The number of the process's queries outside any scope when this one was opened.
    unscoped_before: u64,
    /// Whether queries inside are ignored: not recorded, and not counted as missed.
    ignored: bool,
    late: AtomicU64,
    /// Guards that were held over an `await`: those of this scope, and those of other scopes in its tasks.
    held_guards: AtomicU64,
    /// Whether a future ran inside it, or inside the scope in which it was opened. Then a task may be waiting on the thread where
    /// the scope ends.
    has_tasks: AtomicBool,
    panicked: AtomicBool,
}

impl ScopeState {
    /// An open scope. It counts until it is closed, if its doctor is on. Its queries also count in `parent` and in the scopes
    /// around that.
    pub(super) fn open(name: String, doctor: Arc<Doctor>, parent: Option<Arc<Self>>, settings: ScopeSettings) -> Self {
        let recording = doctor.is_on().then(Recording::default);
        Self { parent, settings, recording: Mutex::new(recording), ..Self::closed(name, doctor) }
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

    /// The scope's own levels and budget.
    pub(crate) fn rules(&self) -> &ScopeRules {
        &self.settings.rules
    }

    pub(crate) fn parent(&self) -> Option<&Arc<ScopeState>> {
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

    fn lock(&self) -> MutexGuard<'_, Option<Recording>> {
        // A panic under the lock can only be our own, and the shield counts it. The tables stay usable.
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a query that starts; `None` when the scope is closed.
    pub(crate) fn start(&self, started: &Started<'_>) -> Option<Slot> {
        self.lock().as_mut().map(|recording| recording.start(started))
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

    /// The scope and every scope around it, innermost first.
    pub(crate) fn outwards(self: &Arc<Self>) -> impl Iterator<Item = &Arc<Self>> {
        std::iter::successors(Some(self), |scope| scope.parent.as_ref())
    }

    /// Calls `f` with the recording while the scope is open; `None` when it is closed.
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Recording) -> T) -> Option<T> {
        self.lock().as_mut().map(f)
    }

    /// Whether it still counts queries.
    pub(super) fn is_open(&self) -> bool {
        self.lock().is_some()
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
        let mut recording = self.lock().take()?;
        recording.settle(self.opened);
        Some(recording)
    }
}

impl fmt::Debug for ScopeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("name", &self.name).finish_non_exhaustive()
    }
}
