//! One round, for the closure that prepares the data and measures the code under test.

use std::future::Future;
use std::sync::{Arc, LazyLock};

use diesel_doctor_analysis::{CallSites, Ending, Profile};

use super::measured::Measured;
use crate::doctor::{Doctor, DoctorBuilder, Environment};
use crate::future::DiagnoseExt as _;
use crate::reporters::Silent;
use crate::scope::Scope;

/// One of the sizes at which code is measured; see [`assert_scales`](crate::assert_scales).
#[derive(Debug)]
pub struct Size {
    name: String,
    pub(super) rows: usize,
    pub(super) measured: Option<Measured>,
}

impl Size {
    pub(super) fn new(name: &str, rows: usize) -> Self {
        Self { name: name.to_owned(), rows, measured: None }
    }

    /// How many rows there should be.
    pub fn get(&self) -> usize {
        self.rows
    }

    /// Runs the code under test once and counts its queries. Several calls are added up.
    pub fn measure<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let scope = self.open();
        let output = scope.in_scope(f);
        self.close(&scope);
        output
    }

    /// Like `measure`, for a future.
    pub async fn measure_async<F: Future>(&mut self, future: F) -> F::Output {
        let scope = self.open();
        let output = future.with_scope(&scope).await;
        self.close(&scope);
        output
    }

    fn open(&self) -> Scope {
        static DOCTOR: LazyLock<Arc<Doctor>> = LazyLock::new(|| {
            let builder = DoctorBuilder::without_environment().profile(Profile::Test).call_sites(CallSites::Always);
            Arc::new(builder.reporter(Silent).assemble(&Environment::default()))
        });
        DOCTOR.open(format!("{} at size {}", self.name, self.rows))
    }

    fn close(&mut self, scope: &Scope) {
        if let Some(ended) = scope.end(Ending::Closed) {
            self.measured.get_or_insert_default().add(ended);
        }
    }
}
