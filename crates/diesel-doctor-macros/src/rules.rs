//! The names of the doctor's own rules, so that a misspelt one is a compile error.

use syn::{Error, LitStr};

/// In the order of the analyzers, then those that no analyzer has. A test compares them with the doctor's.
const RULES: &[&str] = &["n-plus-one", "write-in-loop", "duplicate-query", "query-budget"];

/// Checks that there is a rule of this name.
pub(crate) fn check(rule: &LitStr) -> Result<(), Error> {
    let name = rule.value();
    if RULES.contains(&name.as_str()) {
        return Ok(());
    }
    let known = RULES.join("`, `");
    Err(Error::new(rule.span(), format!("there is no rule `{name}`; the rules are `{known}`")))
}

#[cfg(test)]
mod tests {
    use diesel_doctor_core::{QUERY_BUDGET, analyzers};

    use super::*;

    #[test]
    fn every_rule_of_the_doctor_is_known() {
        let of_analyzers = analyzers::for_tests();
        let mut rules: Vec<&str> = of_analyzers.iter().map(|analyzer| analyzer.rule().name).collect();
        rules.push(QUERY_BUDGET.name);
        assert_eq!(RULES, rules, "RULES in {}", file!());
    }
}
