//! What one scope asks beyond its doctor's settings.

use diesel_doctor_analysis::ScopeRules;

/// The settings of one scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeSettings {
    pub(crate) rules: ScopeRules,
    /// No report of a scope that used nothing.
    pub(crate) only_if_used: bool,
}
