//! The `#[diagnose]` attribute. Use it from `diesel-doctor`, with the feature `macros`.
//!
//! The expansion names everything by its full path and needs no import. It adds a scope around the body and changes nothing else:
//! attributes, visibility, signature and the body's own tokens stay as they are.

use proc_macro::TokenStream;

mod expansion;
mod function;
mod impl_block;
mod item;
mod options;
mod returned;
mod rules;

/// Diagnoses a function, or every method of an impl block. Each call is a scope of its own, and its report goes to the doctor's
/// reporters.
///
/// It works on a `fn`, an `async fn`, a function that returns `impl Future` or a boxed one, a method, and an `impl` block; also
/// with `async_trait` above or below it. On an `impl` block it covers all methods, except those with `#[diagnose(skip)]` or with a
/// `#[diagnose]` of their own.
///
/// A call that used neither a query nor a watched connection sends no report. A call inside another scope, such as a request's,
/// reports to the doctor of that scope.
///
/// A test with the attribute must be clean: else it fails with the whole report. Put the attribute above `#[test]`,
/// `#[tokio::test]` and similar. Below them it works only with Rust's own test harness, which gives each test a thread with its
/// name. A test that expects a panic, or that returns an error, keeps its own result. Outside of tests the attribute never panics.
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
/// A rule written as a literal must be one of the doctor's own. Write the name of a rule of yours as another expression, such as a
/// constant.
#[proc_macro_attribute]
pub fn diagnose(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::expand(options.into(), item.into()).into()
}
