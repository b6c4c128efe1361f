//! The counts of a scope.

use std::time::Duration;

use diesel_doctor_analysis::QueryKind;

/// The counts of a scope. They are exact even when samples were dropped.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub user: u64,
    pub transaction: u64,
    pub ping: u64,
    pub setup: u64,
    pub type_lookup: u64,
    pub unbuildable: u64,
    pub finished: u64,
    pub failed: u64,
    pub dropped: u64,
    pub unexamined: u64,
    pub shielded_panics: u64,
    pub elapsed: Duration,
}

impl Totals {
    #[inline]
    pub(super) fn of_kind(&mut self, kind: QueryKind) -> &mut u64 {
        match kind {
            QueryKind::User => &mut self.user,
            QueryKind::Transaction => &mut self.transaction,
            QueryKind::Ping => &mut self.ping,
            QueryKind::TypeLookup => &mut self.type_lookup,
            // Set-up statements, and any other kind that is not the program's own.
            _ => &mut self.setup,
        }
    }

    /// All statements that started and reached the database.
    pub(crate) fn started(&self) -> u64 {
        self.user + self.transaction + self.ping + self.setup + self.type_lookup
    }
}
