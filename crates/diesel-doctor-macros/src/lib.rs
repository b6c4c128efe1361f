//! The `#[diagnose]` attribute of diesel-doctor; use it from there, with the feature `macros`.
//!
//! What it expands to names everything by its full path and needs no import. It adds a scope around the body and changes nothing else:
//! attributes, visibility, signature and the body's own tokens stay as they are.

use proc_macro::TokenStream;

mod expansion;
mod function;
mod impl_block;
mod item;
mod options;
mod returned;
mod rules;

/// Diagnoses a function, or every method of an impl block: each call is a scope of its own, whose report goes to the doctor's reporters.
///
/// It goes on a `fn`, an `async fn`, a function that returns `impl Future` or a boxed one, a method, and an `impl` block; with
/// `async_trait` above or below. On an `impl` block it serves all methods but those that are marked with `#[diagnose(skip)]` or have a
/// `#[diagnose]` of their own.
///
/// A call that used neither a query nor a watched connection leaves no report. A call inside another scope, such as a request's, reports to
/// the doctor of that scope.
///
/// On a test the report is asserted to be clean: the test fails with the whole report. Put the attribute above `#[test]`,
/// `#[tokio::test]` and the like. Below them it works as well where the harness is Rust's own, which names the thread of each test. A test
/// that expects a panic, or returns an error, is left to its own failure. Outside of tests nothing panics.
///
/// | option | |
/// |---|---|
/// | `name = "page"` | the name of the scope, by default the path of the function; on an `impl` block the part before the method's name |
/// | `max_queries = 10` | a budget: more queries than that are a finding of the rule `query-budget` |
/// | `allow("n-plus-one", reason = "…")` | drops the findings of a rule; when there were none, the report warns |
/// | `deny("n-plus-one")`, `deny = "n-plus-one"` | makes the findings of a rule errors |
/// | `deny = "warnings"` | makes all warnings errors |
/// | `crate = "path::to::diesel_doctor"` | where the expansion finds `diesel_doctor` |
///
/// A rule that is written as a literal must be one of the doctor's own; the name of a rule of yours is given as an expression.
#[proc_macro_attribute]
pub fn diagnose(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::expand(options.into(), item.into()).into()
}
