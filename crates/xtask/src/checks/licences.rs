//! Whether the licence of every dependency lets anybody use, change and sell what is built with it.
//!
//! Expressions are read by the crate `spdx`: it brings in nothing that the workspace does not have, knows every identifier there is, and
//! reads the old `MIT/Apache-2.0`, too.

use std::process::Command;

use anyhow::ensure;
use spdx::{Expression, LicenseReq, ParseMode};

use super::dependencies::{Dependencies, Follow};

/// Licences that ask for no more than to be named.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What may follow one of these after `WITH`. An exception gives more rights than the licence, but each is read before it is trusted.
const EXCEPTIONS: &[&str] = &["LLVM-exception"];

/// What more is allowed where others' crates are only measured and nobody gets them from us: the licence demands that changes of the crate
/// itself are open, and nothing of what uses it.
pub(crate) const ALLOWED_TO_MEASURE: &[&str] = &["MPL-2.0"];

/// Fails when a crate that the workspace depends on has a licence that is not allowed; `also` is allowed beside the list.
pub(crate) fn check(cargo: Command, also: &[&str]) -> anyhow::Result<()> {
    let refused = refused(&Dependencies::load(cargo)?, also);
    ensure!(
        refused.is_empty(),
        "crates whose licence is not allowed:\n{}\nways out:\n  do without the crate, or take another one\n  \
         if its licence asks for no more than {} do, add it to the list in crates/xtask/src/checks/licences.rs",
        refused.join("\n"),
        ALLOWED.join(", "),
    );
    Ok(())
}

fn refused(dependencies: &Dependencies, also: &[&str]) -> Vec<String> {
    let ways = dependencies.reached(dependencies.members(), Follow::All);
    let refused = ways.iter().filter_map(|way| {
        let package = way.end();
        let reason = match &package.license {
            None => "names no licence".to_owned(),
            Some(licence) if !is_allowed(licence, also) => format!("has the licence `{licence}`"),
            Some(_) => return None,
        };
        Some(format!("  {package} {reason}; it comes in by {way}"))
    });
    refused.collect()
}

/// Whether the expression can be met with allowed licences alone. What cannot be read is not allowed.
fn is_allowed(licence: &str, also: &[&str]) -> bool {
    let expression = Expression::parse_mode(licence, ParseMode::LAX);
    expression.is_ok_and(|expression| expression.evaluate(|licence| is_listed(licence, also)))
}

fn is_listed(licence: &LicenseReq, also: &[&str]) -> bool {
    let named = licence.license.id().is_some_and(|id| ALLOWED.iter().chain(also).any(|name| *name == id.name));
    named && licence.addition.as_ref().is_none_or(|addition| EXCEPTIONS.contains(&addition.to_string().as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::fixture;
    use super::*;

    fn check(allowed: bool, licences: &[&str]) {
        for licence in licences {
            assert_eq!(is_allowed(licence, &[]), allowed, "{licence}");
        }
    }

    #[test]
    fn every_allowed_licence_has_a_name_that_is_known() {
        check(true, ALLOWED);
    }

    #[test]
    fn copyleft_and_what_cannot_be_read_is_refused() {
        check(false, &["GPL-3.0", "GPL-3.0-only", "AGPL-3.0-or-later", "LGPL-2.1", "MPL-2.0", "SSPL-1.0"]);
        check(false, &["", "as you like", "MIT OR", "(MIT", "LicenseRef-ours"]);
    }

    #[test]
    fn one_allowed_choice_is_enough_and_every_demand_counts() {
        check(true, &["MIT OR GPL-3.0-only", "MIT OR Apache-2.0 OR LGPL-2.1-or-later", "(Apache-2.0 OR MIT) AND Zlib"]);
        check(false, &["MIT AND GPL-3.0-only", "(MIT OR Apache-2.0) AND MPL-2.0", "GPL-2.0-only OR AGPL-3.0-only"]);
        // AND binds more tightly than OR.
        check(true, &["MIT OR Apache-2.0 AND GPL-3.0-only"]);
        check(false, &["(MIT OR Apache-2.0) AND GPL-3.0-only"]);
    }

    #[test]
    fn a_slash_is_an_or() {
        check(true, &["MIT/Apache-2.0", "Apache-2.0 / MIT", "GPL-3.0/MIT"]);
        check(false, &["GPL-3.0/AGPL-3.0"]);
    }

    #[test]
    fn an_exception_needs_an_allowed_licence_and_to_be_known() {
        check(true, &["Apache-2.0 WITH LLVM-exception"]);
        check(false, &["GPL-3.0-only WITH LLVM-exception", "Apache-2.0 WITH Classpath-exception-2.0"]);
    }

    #[test]
    fn what_is_allowed_beside_the_list_is_allowed_only_where_it_is_named() {
        assert!(is_allowed("MPL-2.0", ALLOWED_TO_MEASURE));
        assert!(!is_allowed("GPL-3.0-only", ALLOWED_TO_MEASURE));
        check(false, ALLOWED_TO_MEASURE);
    }

    #[test]
    fn a_refused_crate_is_named_with_its_licence_and_who_brings_it_in() {
        let mit = r#""license": "MIT""#;
        let all = [("ours", mit), ("tool", mit), ("near", mit), ("dev", mit)];
        let with = |far| refused(&fixture::dependencies(&[&all[..], &[("far", far)]].concat()), &[]);
        assert_eq!(with(mit), [""; 0]);
        assert_eq!(
            with(r#""license": "GPL-3.0-only""#),
            ["  far 1.0.0 has the licence `GPL-3.0-only`; it comes in by ours → near → far"]
        );
        assert_eq!(with(r#""license": null"#), ["  far 1.0.0 names no licence; it comes in by ours → near → far"]);
    }
}
