//! The doctor of a scope or of the process, its environment variables, and the health of the process.

pub(crate) mod backlog;
pub(crate) mod blinding;
mod builder;
pub(crate) mod counters;
mod doctor;
mod environment;
mod health;
mod of_process;

pub use builder::{BuildError, DoctorBuilder};
pub use doctor::Doctor;
pub(crate) use environment::Environment;
pub use environment::EnvironmentError;
pub use health::Health;
pub use of_process::AlreadySet;
pub(crate) use of_process::configuration_error;
