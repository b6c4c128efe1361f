//! What the kinds of servers differ in.

use std::path::Path;
use std::process::Command;

use super::account::Account;

/// A kind of server.
pub(super) trait Engine {
    /// Names the directory.
    const NAME: &'static str;
    /// The accounts that may run it when the task runs as root, best first.
    const ACCOUNTS: &'static [&'static str];
    /// The signal that ends it at once: its data is thrown away.
    const SIGNAL: &'static str;

    /// Makes the data directory in `directory`, with the database and the user.
    fn initialize(directory: &Path, account: Account) -> anyhow::Result<()>;
    /// The command that runs the server in the foreground.
    fn command(directory: &Path, port: u16) -> anyhow::Result<Command>;
    /// Whether the server of this directory answers on this port.
    fn ready(directory: &Path, port: u16) -> bool;
    /// The environment that tells the tests where it is.
    fn environment(directory: &Path, port: u16) -> Vec<(&'static str, String)>;
}
