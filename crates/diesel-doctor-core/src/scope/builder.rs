//! Builds a scope with its own settings.

use std::borrow::Cow;
use std::sync::Arc;

use diesel_doctor_analysis::{Level, Report};

use super::{Scope, ScopeSettings};
use crate::doctor::Doctor;

impl Scope {
    /// Starts to build a scope with its own settings.
    pub fn builder(name: impl Into<String>) -> ScopeBuilder {
        ScopeBuilder { name: name.into(), doctor: None, settings: ScopeSettings::default() }
    }
}

impl Doctor {
    /// Runs a closure once in its own scope. Returns the closure's result and the report.
    ///
    /// # Panics
    /// When the closure panics. The report then goes to the reporters.
    pub fn diagnose<T>(self: &Arc<Self>, name: impl Into<String>, f: impl FnOnce() -> T) -> (T, Report) {
        Scope::builder(name).doctor(self).diagnose(f)
    }
}

/// A scope with its own settings that is not open yet; made by [`Scope::builder`].
///
/// ```
/// use diesel_doctor_core::Scope;
///
/// let page = Scope::builder("book list").max_queries(10).allow("duplicate-query", "the menu asks on its own");
/// let (books, report) = page.diagnose(|| ["a book"]);
/// # assert_eq!(books.len(), 1);
/// # drop(report);
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is opened before `open`, `enter`, `diagnose` or `run`"]
pub struct ScopeBuilder {
    name: String,
    doctor: Option<Arc<Doctor>>,
    settings: ScopeSettings,
}

impl ScopeBuilder {
    /// The name that the scope will have.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the scope's doctor. By default it is that of the scope around this one, or else the process's.
    pub fn doctor(mut self, doctor: &Arc<Doctor>) -> Self {
        self.doctor = Some(Arc::clone(doctor));
        self
    }

    /// Sets a budget: more queries than `most` are a finding of the rule `query-budget`.
    pub fn max_queries(mut self, most: u64) -> Self {
        self.settings.rules.limit_queries(most);
        self
    }

    /// Drops the findings of a rule. The report counts them with the reason, and says so when there were none.
    pub fn allow(self, rule: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        self.level(rule.into(), Level::Allow, reason.into())
    }

    /// Turns the findings of a rule into errors.
    pub fn deny(self, rule: impl Into<Cow<'static, str>>) -> Self {
        self.level(rule.into(), Level::Deny, Cow::Borrowed(""))
    }

    /// Turns all warnings into errors.
    pub fn deny_warnings(mut self) -> Self {
        self.settings.rules.deny_warnings();
        self
    }

    /// Sends no report when the scope used no database: it made no query and touched no watched connection. For code that may have
    /// nothing to query. A report is sent all the same when something may have been missed: the process has no watched connection
    /// or has one that could not be watched, queries ran outside any scope meanwhile, or a guard of `enter` was held over an
    /// `await`.
    ///
    /// It has no effect when the report is returned: by [`diagnose`](Self::diagnose), [`diagnose_future`](Self::diagnose_future) or
    /// [`Scope::close`].
    pub fn only_if_used(mut self) -> Self {
        self.settings.only_if_used = true;
        self
    }

    fn level(mut self, rule: Cow<'static, str>, level: Level, reason: Cow<'static, str>) -> Self {
        self.settings.rules.set_level(rule, level, reason);
        self
    }

    /// Opens the scope. Its owner closes it.
    pub fn open(self) -> Scope {
        Scope::with_settings(self.name, self.doctor, self.settings)
    }

    /// Runs a closure once in the scope. Returns the closure's result and the report.
    ///
    /// # Panics
    /// When the closure panics. The report then goes to the doctor's reporters.
    pub fn diagnose<T>(self, f: impl FnOnce() -> T) -> (T, Report) {
        let scope = self.open();
        let output = scope.in_scope(f);
        (output, scope.close())
    }
}

#[cfg(test)]
mod tests {
    use diesel_doctor_analysis::Ending;

    use super::*;
    use crate::reporters::Memory;
    use crate::{DoctorBuilder, Recorder};

    fn doctor() -> (Arc<Doctor>, Memory) {
        let memory = Memory::new();
        let doctor = DoctorBuilder::without_environment().profile(crate::Profile::Test).reporter(memory.clone());
        (Arc::new(doctor.build().unwrap()), memory)
    }

    /// Makes this many queries, each for one row.
    fn queries(count: u32) {
        let mut recorder = Recorder::new();
        for _ in 0..count {
            recorder.start_query(&"SELECT name FROM users WHERE id = 1");
            recorder.finish_query(&"SELECT name FROM users WHERE id = 1", None);
        }
    }

    fn report(count: u32, settings: impl FnOnce(ScopeBuilder) -> ScopeBuilder) -> Report {
        let (doctor, _) = doctor();
        settings(Scope::builder("page").doctor(&doctor)).diagnose(|| queries(count)).1
    }

    fn names(report: &Report) -> Vec<String> {
        report.findings().iter().map(|finding| format!("{} {}", finding.severity, finding.rule.name)).collect()
    }

    #[test]
    fn a_budget_that_holds_is_silent_and_one_that_breaks_is_an_error() {
        assert_eq!(names(&report(2, |scope| scope.max_queries(2).allow("duplicate-query", "test"))), [""; 0]);
        let broken = report(3, |scope| scope.max_queries(2).allow("duplicate-query", "test"));
        assert_eq!(names(&broken), ["error query-budget"]);
        let finding = &broken.findings()[0];
        assert_eq!(finding.message, "3 queries, 1 more than the budget of 2");
        assert_eq!(finding.queries, 3);
        assert!(finding.statement.normalized().contains("users"), "the statement that ran most");
        assert!(finding.key().to_string().ends_with(":page"), "{}", finding.key());
    }

    #[test]
    fn the_key_of_a_budget_survives_other_statements_and_counts() {
        let key = |count| report(count, |scope| scope.max_queries(0)).findings()[0].key().clone();
        assert_eq!(key(1), key(7));
    }

    #[test]
    fn the_doctor_has_a_word_on_budgets_too() {
        let at = |level| {
            let doctor = DoctorBuilder::without_environment().reporter(crate::reporters::Silent);
            let doctor = Arc::new(doctor.level("query-budget", level).build().unwrap());
            names(&Scope::builder("page").doctor(&doctor).max_queries(0).diagnose(|| queries(1)).1)
        };
        assert_eq!(at(Level::Warn), ["warning query-budget"]);
        assert_eq!(at(Level::Allow), [""; 0]);
    }

    #[test]
    fn what_the_scope_allows_is_counted_with_the_reason() {
        let allowed = report(6, |scope| scope.allow("duplicate-query", "asked on purpose"));
        assert_eq!(names(&allowed), [""; 0]);
        assert_eq!(allowed.evidence().allowed_findings, 1);
        assert_eq!(allowed.evidence().notes, ["1 finding of duplicate-query allowed by the scope: asked on purpose"]);
        assert_eq!(names(&report(6, |scope| scope)), ["warning duplicate-query"], "without the word of the scope");
    }

    #[test]
    fn what_allowed_nothing_is_a_warning() {
        let unmatched = report(1, |scope| scope.allow("n-plus-one", "the list is short"));
        assert_eq!(unmatched.evidence().unused_allowances, ["n-plus-one (the list is short)"]);
        let expected =
            "\nwarning: the scope allows n-plus-one (the list is short), but nothing of that was found: take it out\n";
        assert!(unmatched.to_string().contains(expected), "{unmatched}");
    }

    #[test]
    fn a_scope_that_did_not_come_to_its_end_says_nothing_of_what_it_allows() {
        let (doctor, memory) = doctor();
        drop(Scope::builder("page").doctor(&doctor).allow("n-plus-one", "test").open());
        let reports = memory.take();
        assert_eq!((reports.len(), reports[0].evidence().unused_allowances.len()), (1, 0));
    }

    #[test]
    fn a_rule_that_does_not_exist_is_a_warning() {
        let unknown = report(1, |scope| scope.allow("n-plus-on", "test"));
        assert!(unknown.evidence().warnings[0].contains("no such rule; the rules are n-plus-one, "), "{unknown}");
    }

    #[test]
    fn denied_rules_and_warnings_are_errors() {
        assert_eq!(names(&report(6, |scope| scope.deny("duplicate-query"))), ["error duplicate-query"]);
        assert_eq!(names(&report(6, ScopeBuilder::deny_warnings)), ["error duplicate-query"]);
    }

    #[test]
    fn what_runs_is_reported_once_and_as_closed() {
        let (doctor, memory) = doctor();
        let builder = Scope::builder("page").doctor(&doctor);
        assert_eq!(builder.clone().run(|| 7), 7);
        {
            let _running = builder.enter();
            queries(1);
        }
        let reports: Vec<_> = memory.take().iter().map(|report| (report.ending(), report.query_count())).collect();
        assert_eq!(reports, [(Ending::Closed, 0), (Ending::Closed, 1)]);
    }

    #[test]
    fn what_panics_is_reported_once_and_as_panicked() {
        let (doctor, memory) = doctor();
        let builder = Scope::builder("page").doctor(&doctor);
        let run = || builder.run(|| std::panic::resume_unwind(Box::new(())));
        let panicked: Result<(), _> = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        assert!(panicked.is_err());
        let endings: Vec<_> = memory.take().iter().map(Report::ending).collect();
        assert_eq!(endings, [Ending::Panicked]);
    }
}
