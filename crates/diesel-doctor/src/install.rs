//! Watches every connection that is opened from now on.

use std::cell::Cell;
use std::sync::{OnceLock, PoisonError, RwLock};

use diesel::connection::{Instrumentation, get_default_instrumentation, set_default_instrumentation};
use diesel_doctor_core::{BuildError, Doctor, Health};

use crate::instrumentation::DoctorInstrumentation;

/// The function that Diesel calls for each new connection.
type Constructor = fn() -> Option<Box<dyn Instrumentation>>;

static CHAINED: RwLock<Option<Constructor>> = RwLock::new(None);
static INSTALLED: OnceLock<()> = OnceLock::new();

thread_local! {
    /// While it is set, our constructor is only called to see whether it is ours. Then the user's constructor is not called.
    static PROBING: Cell<bool> = const { Cell::new(false) };
}

/// Watches all connections that are opened from now on, in the whole process. Call it first in `main`, before any pool is built.
/// Further calls change nothing. With `DIESEL_DOCTOR=off` it does nothing.
///
/// # Errors
/// When a `DIESEL_DOCTOR` variable is not understood. Also when the process already has a default instrumentation: pass its
/// constructor to [`install_with`], so that both work.
pub fn install() -> Result<(), InstallError> {
    install_constructor(None)
}

/// Like [`install`], but each connection also gets the instrumentation that `constructor` makes. Pass the constructor that you
/// would pass to Diesel's `set_default_instrumentation`.
///
/// # Errors
/// When a `DIESEL_DOCTOR` variable is not understood.
pub fn install_with(constructor: fn() -> Option<Box<dyn Instrumentation>>) -> Result<(), InstallError> {
    install_constructor(Some(constructor))
}

fn install_constructor(chained: Option<Constructor>) -> Result<(), InstallError> {
    // Built only for its errors: a mistake in the environment must be reported now, not in the middle of a request.
    let doctor = Doctor::builder().build()?;
    if !doctor.is_on() {
        return chained.map_or(Ok(()), set);
    }
    if chained.is_none() && !is_ours() && get_default_instrumentation().is_some() {
        return Err(InstallError::ForeignDefault);
    }
    if chained.is_some() {
        *CHAINED.write().unwrap_or_else(PoisonError::into_inner) = chained;
    }
    set(construct)?;
    let _ = INSTALLED.set(());
    Ok(())
}

fn set(constructor: Constructor) -> Result<(), InstallError> {
    set_default_instrumentation(constructor).map_err(|_| InstallError::Poisoned)
}

/// Makes the instrumentation of a new connection.
#[expect(clippy::unnecessary_wraps, reason = "the signature is Diesel's")]
fn construct() -> Option<Box<dyn Instrumentation>> {
    let chained = if PROBING.get() { None } else { *CHAINED.read().unwrap_or_else(PoisonError::into_inner) };
    Some(Box::new(match chained.and_then(|constructor| constructor()) {
        Some(inner) => DoctorInstrumentation::chain_boxed(inner),
        None => DoctorInstrumentation::new(),
    }))
}

/// Whether Diesel's default instrumentation is ours.
fn is_ours() -> bool {
    PROBING.set(true);
    let ours =
        get_default_instrumentation().is_some_and(|instrumentation| instrumentation.is::<DoctorInstrumentation>());
    PROBING.set(false);
    ours
}

/// The health of the process: what was watched, and what may have been missed.
pub fn health() -> Health {
    let mut health = Health::of_process();
    health.default_overridden = INSTALLED.get().is_some() && !is_ours();
    health
}

/// Why the doctor could not be installed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// A variable of the environment is not understood.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Other code has already set a default instrumentation.
    #[error(
        "Diesel has a default instrumentation already: pass its constructor to diesel_doctor::install_with, so that it goes on working"
    )]
    ForeignDefault,
    /// Diesel's own lock on the default instrumentation is poisoned.
    #[error("Diesel refuses to change its default instrumentation: a panic happened while it was being read")]
    Poisoned,
}
