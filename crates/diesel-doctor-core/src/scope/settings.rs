//! The settings of one scope, beyond its doctor's.

use diesel_doctor_analysis::ScopeRules;

/// The settings of one scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeSettings {
    pub(crate) rules: ScopeRules,
    /// Whether to send no report when the scope used no database.
    pub(crate) only_if_used: bool,
}
