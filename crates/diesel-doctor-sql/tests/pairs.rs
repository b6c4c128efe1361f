//! Every rule of the fingerprint, as pairs of texts that it makes one or keeps apart.

use diesel_doctor_sql::{Dialect, Statement};

/// One line of `pairs.txt`.
struct Pair<'a> {
    line: usize,
    rule: u8,
    dialects: &'a str,
    same: bool,
    left: String,
    right: String,
}

fn pairs() -> Vec<Pair<'static>> {
    let lines = include_str!("pairs.txt").lines().enumerate();
    lines.filter(|(_, line)| !line.starts_with('#')).map(|(at, line)| pair(at + 1, line)).collect()
}

fn pair(line: usize, text: &'static str) -> Pair<'static> {
    let mut parts = text.splitn(4, ' ');
    let (rule, dialects, relation, texts) = (parts.next(), parts.next(), parts.next(), parts.next());
    let (left, right) =
        texts.and_then(|texts| texts.split_once(" ⟷ ")).unwrap_or_else(|| panic!("line {line}: no pair"));
    let unescaped = |text: &str| text.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
    Pair {
        line,
        rule: rule.and_then(|rule| rule.parse().ok()).unwrap_or_else(|| panic!("line {line}: no rule")),
        dialects: dialects.unwrap_or_default(),
        same: relation == Some("="),
        left: unescaped(left),
        right: unescaped(right),
    }
}

fn dialect(letter: char) -> Dialect {
    match letter {
        'p' => Dialect::PostgreSql,
        'm' => Dialect::MySql,
        's' => Dialect::Sqlite,
        _ => Dialect::Unknown,
    }
}

#[test]
fn texts_are_one_statement_or_two_as_the_rules_say() {
    let mut failures = Vec::new();
    for pair in pairs() {
        for letter in pair.dialects.chars() {
            let [left, right] = [&pair.left, &pair.right].map(|text| Statement::new(text, dialect(letter)));
            if (left.fingerprint() == right.fingerprint()) != pair.same {
                let relation = if pair.same { "must be one" } else { "must differ" };
                failures.push(format!(
                    "line {}, rule {}, {letter}: {relation}\n  {}\n  {}",
                    pair.line,
                    pair.rule,
                    left.normalized(),
                    right.normalized()
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_rule_has_pairs() {
    let pairs = pairs();
    assert!(pairs.len() >= 400, "only {}", pairs.len());
    for rule in 1..=34 {
        let of_rule = pairs.iter().filter(|pair| pair.rule == rule).count();
        assert!(of_rule >= 4, "rule {rule} has {of_rule} pairs");
    }
}

#[test]
fn the_canonical_text_is_a_fixed_point() {
    for pair in pairs() {
        for letter in pair.dialects.chars() {
            for text in [&pair.left, &pair.right] {
                let once = Statement::new(text, dialect(letter));
                let twice = Statement::new(once.normalized(), dialect(letter));
                assert_eq!(once.normalized(), twice.normalized(), "{letter}: {text}");
            }
        }
    }
}

#[test]
fn the_canonical_text_has_one_space_between_tokens() {
    for pair in pairs() {
        for letter in pair.dialects.chars() {
            for text in [&pair.left, &pair.right] {
                let statement = Statement::new(text, dialect(letter));
                let canonical = statement.normalized();
                for wrong in ["  ", " ,", " )", " ]", " .", " ;", "( ", "[ ", ". "] {
                    assert!(
                        !canonical.contains(wrong) || canonical.contains('"') || canonical.contains('`'),
                        "{canonical}"
                    );
                }
            }
        }
    }
}
