//! The names of the doctor's own rules, so that a misspelt one is a compile error.

use syn::{Error, LitStr};

/// Sorted by name. A test compares them with the doctor's rules.
const RULES: &[&str] = &["duplicate-query", "n-plus-one", "query-budget", "query-loop", "write-in-loop"];

/// Checks that a rule with this name exists. `others` are further words that may have been meant.
pub(crate) fn check(rule: &LitStr, others: &[&str]) -> Result<(), Error> {
    let name = rule.value();
    if RULES.contains(&name.as_str()) {
        return Ok(());
    }
    let hint = match similar(&name, others) {
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("the rules are `{}`", RULES.join("`, `")),
    };
    Err(Error::new(rule.span(), format!("there is no rule `{name}`: {hint}")))
}

/// The word with the longest common beginning, if that is at least half of the name.
fn similar<'a>(name: &str, others: &[&'a str]) -> Option<&'a str> {
    let alike =
        |word: &str| name.chars().zip(word.chars()).take_while(|(a, b)| a == b || (*a == '_' && *b == '-')).count();
    let best = RULES.iter().chain(others).copied().max_by_key(|word| alike(word))?;
    (alike(best) * 2 >= name.len()).then_some(best)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The names in the sources of the analyzers and of the budget.
    fn rules_of_the_doctor() -> Vec<String> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../diesel-doctor-analysis/src");
        let files = fs::read_dir(sources.join("analyzers")).unwrap().map(|entry| entry.unwrap().path());
        let mut rules: Vec<String> = files
            .chain([sources.join("judging/budget.rs")])
            .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
            .filter_map(|file| {
                let text = fs::read_to_string(file).unwrap();
                let (_, rule) = text.split_once("RULE: Rule =").or_else(|| text.split_once("QUERY_BUDGET: Rule ="))?;
                Some(rule.split('"').nth(1)?.to_owned())
            })
            .collect();
        rules.sort_unstable();
        rules
    }

    #[test]
    fn every_rule_of_the_doctor_is_known() {
        assert_eq!(RULES, rules_of_the_doctor(), "RULES in {}", file!());
    }

    #[test]
    fn a_misspelt_name_gets_the_one_that_it_begins_like() {
        assert_eq!(similar("n_plus_one", &[]), Some("n-plus-one"));
        assert_eq!(similar("duplicates", &[]), Some("duplicate-query"));
        assert_eq!(similar("warning", &["warnings"]), Some("warnings"));
        assert_eq!(similar("no-such-rule", &[]), None);
    }
}
