//! What futures get by one import.

use std::future::Future;
use std::sync::Arc;

use super::{Diagnosed, Scoped};
use crate::doctor::Doctor;
use crate::scope::{Scope, ScopeHandle};

/// Diagnoses futures, and carries scopes to the tasks that they become.
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
    /// Runs the future in a scope of its own, which opens with the first poll, and completes with its output and the report.
    ///
    /// diesel-async begins a query when its future is built: wrap what builds it, as in `async { query.load(conn).await }`, and not the
    /// query's own future, which was begun before the scope was there.
    ///
    /// The report is made on a thread of the doctor's. When the future is dropped before it completes, or panics, the report goes to
    /// the doctor's reporters.
    fn diagnose(self, name: impl Into<String>) -> Diagnosed<Self> {
        Scope::builder(name).diagnose_future(self)
    }

    /// The same under this doctor.
    fn diagnose_with(self, doctor: &Arc<Doctor>, name: impl Into<String>) -> Diagnosed<Self> {
        Scope::builder(name).doctor(doctor).diagnose_future(self)
    }

    /// Runs the future inside a scope, wherever it is polled. It does not keep the scope open.
    fn with_scope(self, scope: impl Into<ScopeHandle>) -> Scoped<Self> {
        Scoped::new(self, Some(scope.into()))
    }

    /// Runs the future inside the scope in which this is called: for tasks that are spawned. It does not keep the scope open, and
    /// without a scope it changes nothing.
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
