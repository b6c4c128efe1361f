//! The extension trait that adds scopes to all futures.

use std::future::Future;
use std::sync::Arc;

use super::{Diagnosed, Scoped};
use crate::doctor::Doctor;
use crate::scope::{Scope, ScopeHandle};

/// Diagnoses futures, and carries scopes into tasks.
///
/// ```
/// use diesel_doctor_core::{DiagnoseExt, Scope};
///
/// async fn load_books() -> Vec<String> { Vec::new() }
///
/// # async fn page() {
/// let (books, report) = load_books().diagnose("book list").await;
///
/// let scope = Scope::open("job");
/// load_books().with_scope(&scope).await;
/// let report = scope.close_async().await;
/// # }
/// ```
pub trait DiagnoseExt: Future + Sized {
    /// Runs the future in its own scope, which opens at the first poll. It completes with the future's output and the report.
    ///
    /// diesel-async starts a query when its future is built. So wrap the code that builds it, as in `async { query.load(conn).await
    /// }`. The query's own future would be too late: its query started before the scope opened.
    ///
    /// A thread of the doctor makes the report. When the future panics or is dropped before it completes, the report goes to the
    /// doctor's reporters.
    fn diagnose(self, name: impl Into<String>) -> Diagnosed<Self> {
        Scope::builder(name).diagnose_future(self)
    }

    /// Like [`diagnose`](Self::diagnose), with this doctor.
    fn diagnose_with(self, doctor: &Arc<Doctor>, name: impl Into<String>) -> Diagnosed<Self> {
        Scope::builder(name).doctor(doctor).diagnose_future(self)
    }

    /// Runs the future inside a scope, on whatever thread it is polled. It does not keep the scope open.
    fn with_scope(self, scope: impl Into<ScopeHandle>) -> Scoped<Self> {
        Scoped::new(self, Some(scope.into()))
    }

    /// Runs the future inside the scope that is current at this call; for tasks that are spawned. It does not keep the scope open.
    /// Without a current scope it changes nothing.
    ///
    /// ```
    /// # use diesel_doctor_core::DiagnoseExt;
    /// # fn spawn(_: impl Future) {}
    /// # async fn page() {
    /// spawn(async { /* queries made here belong to the spawning scope */ }.in_current_scope());
    /// # }
    /// ```
    fn in_current_scope(self) -> Scoped<Self> {
        Scoped::new(self, ScopeHandle::current())
    }
}

impl<F: Future> DiagnoseExt for F {}
