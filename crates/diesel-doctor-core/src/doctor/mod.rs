//! The doctor of a scope or of the process, its environment variables, and the health of the process.

pub(crate) mod backlog;
pub(crate) mod blinding;
mod builder;
pub(crate) mod counters;
mod doctor;
mod environment;
mod health;
pub(crate) mod inside;
mod of_process;
mod per_process;

pub use builder::{BuildError, DoctorBuilder};
pub use doctor::Doctor;
pub use environment::EnvironmentError;
pub(crate) use environment::{Environment, wait};
pub use health::Health;
pub use of_process::AlreadySet;
pub(crate) use of_process::configuration_error;
pub(crate) use per_process::PerProcess;
