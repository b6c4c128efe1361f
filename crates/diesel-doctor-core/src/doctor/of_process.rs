//! The doctor of the process.

use std::sync::{Arc, OnceLock};

use super::environment::Environment;
use super::{Doctor, DoctorBuilder};

/// The process's doctor, and the error in the environment if there was one. It is set by `make_global`, or when it is first needed.
static OF_PROCESS: OnceLock<(Arc<Doctor>, Option<String>)> = OnceLock::new();

impl Doctor {
    /// The process's doctor: the one set with [`Doctor::make_global`], else one built from the environment. When the environment is
    /// not understood, [`Doctor::builder`] and `install` return an error. Here the doctor uses the defaults, and every report says
    /// so.
    pub fn of_process() -> Arc<Self> {
        let (doctor, _) = OF_PROCESS.get_or_init(|| match Self::builder().build() {
            Ok(doctor) => (Arc::new(doctor), None),
            Err(error) => (
                Arc::new(DoctorBuilder::without_environment().assemble(&Environment::default())),
                Some(error.to_string()),
            ),
        });
        Arc::clone(doctor)
    }

    /// Makes this doctor the process's.
    ///
    /// # Errors
    /// When the process already has a doctor, which a scope may have used.
    pub fn make_global(self) -> Result<(), AlreadySet> {
        OF_PROCESS.set((Arc::new(self), None)).map_err(|_| AlreadySet(()))
    }
}

/// The error in the environment, if the process's doctor uses defaults because of it.
pub(crate) fn configuration_error() -> Option<String> {
    OF_PROCESS.get().and_then(|(_, error)| error.clone())
}

/// The process already has a doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process has a doctor already: make it global before the first scope is opened and before install(), and only once"
)]
pub struct AlreadySet(());
