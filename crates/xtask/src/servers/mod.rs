//! Throw-away database servers on the loopback interface.
//!
//! Invariants: a server dies with the process that started it, however that dies; two runs at once share nothing; a
//! server that insists on an unprivileged user gets one.

mod account;
mod directory;
mod engine;
mod mariadb;
mod port;
mod postgres;
mod process;
mod server;
mod set_up;
mod watcher;

pub(crate) use directory::{stop_kept, sweep};
pub(crate) use server::Server;

/// The database that the tests use, and its owner.
const DATABASE: &str = "diesel_doctor_test";
const USER: &str = "diesel_doctor";
/// A word that must never show up in any output: tests look for it.
const PASSWORD: &str = "canary-7f3a91";
