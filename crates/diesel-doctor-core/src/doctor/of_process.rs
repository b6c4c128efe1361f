//! The process's doctor.

use std::sync::{Arc, OnceLock};

use super::environment::Environment;
use super::{Doctor, DoctorBuilder};

/// The process's doctor, and what was wrong with the environment when it was made without being asked for.
static OF_PROCESS: OnceLock<(Arc<Doctor>, Option<String>)> = OnceLock::new();

impl Doctor {
    /// The process's doctor: the one that was made so with [`Doctor::make_global`], else one as the environment says. An environment
    /// that says nonsense is reported by [`Doctor::builder`] and `install`; here it gives the defaults and a line in every report.
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

    /// Makes it the process's doctor.
    ///
    /// # Errors
    /// When the process has one already: a scope may have used it.
    pub fn make_global(self) -> Result<(), AlreadySet> {
        OF_PROCESS.set((Arc::new(self), None)).map_err(|_| AlreadySet(()))
    }
}

/// What is wrong with the environment, if the process's doctor runs on defaults because of it.
pub(crate) fn configuration_error() -> Option<String> {
    OF_PROCESS.get().and_then(|(_, error)| error.clone())
}

/// The process has a doctor already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process has a doctor already: make it global before the first scope is opened and before install(), and only once"
)]
pub struct AlreadySet(());
