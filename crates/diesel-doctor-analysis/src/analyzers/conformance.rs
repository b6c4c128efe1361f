//! Checks that each analyzer has its file, its page and its registration, and runs the pages' blocks through all analyzers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::page::{Block, blocks};
use crate::analyzers::{Analyzer, for_production, for_tests};
use crate::finding::{Finding, Rule};
use crate::judging::{Levels, judge};
use crate::snapshot::Snapshot;

const SECTIONS: [&str; 6] =
    ["## What it finds", "## Why it matters", "## Example", "## Prescription", "## Options", "## Known limits"];

/// Runs all analyzers with the thresholds for tests and judges their findings.
pub(super) fn findings(snapshot: &Snapshot) -> Vec<Finding> {
    findings_of(&for_tests(), snapshot)
}

pub(super) fn findings_of(analyzers: &[Box<dyn Analyzer>], snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    for analyzer in analyzers {
        analyzer.analyze(snapshot, &mut findings);
    }
    judge(findings, &Levels::new()).0
}

/// The three pieces of an analyzer, as far as they exist.
#[derive(Default)]
struct Pieces {
    source: Option<String>,
    page: Option<String>,
    rule: Option<&'static Rule>,
}

impl Pieces {
    /// What is wrong with them.
    fn flaws(&self, name: &str) -> Vec<String> {
        let (Some(source), Some(page), Some(rule)) = (&self.source, &self.page, self.rule) else {
            let missing = [
                ("its file", self.source.is_some()),
                ("its page", self.page.is_some()),
                ("its line in the list", self.rule.is_some()),
            ];
            return missing
                .iter()
                .filter(|(_, there)| !there)
                .map(|(piece, _)| format!("{name}: {piece} is missing"))
                .collect();
        };
        let mut flaws = Vec::new();
        let mut flaw = |what: String| flaws.push(format!("{name}: {what}"));
        if rule.documentation != page {
            flaw("the rule's documentation is not its page".to_owned());
        }
        let title = format!("# {}", rule.name);
        let mut headings = page.lines().filter(|line| line.starts_with('#')).peekable();
        for heading in std::iter::once(title.as_str()).chain(SECTIONS) {
            if headings.next_if_eq(&heading).is_none() {
                flaw(format!("`{heading}` is not where it belongs"));
            }
        }
        for option in options(source) {
            if !page.contains(&format!("`{option}`")) {
                flaw(format!("the page does not explain `{option}`"));
            }
        }
        match blocks(page) {
            Ok(blocks) => {
                if !blocks.iter().any(|block| block.expected.iter().any(|expected| expected == rule.name)) {
                    flaw("no block of the page fires".to_owned());
                }
                if !blocks.iter().any(|block| block.expected.is_empty()) {
                    flaw("no block of the page is silent".to_owned());
                }
                blocks.iter().filter_map(unmet).for_each(flaw);
            }
            Err(error) => flaw(error),
        }
        flaws
    }
}

/// The public fields in a source file.
fn options(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("    pub ")?.split_once(": "))
        .map(|(name, _)| name)
        .filter(|name| !name.contains(' '))
}

/// Describes how the findings differ from what the block expects; `None` when they agree.
fn unmet(block: &Block) -> Option<String> {
    let snapshot = match block.snapshot() {
        Ok(snapshot) => snapshot,
        Err(error) => return Some(error),
    };
    let findings = findings(&snapshot);
    let mut names: Vec<&str> = findings.iter().map(|finding| finding.rule.name).collect();
    names.sort_unstable();
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    if names != block.expected {
        return Some(format!("line {}: expected {:?}, found {names:?}: {messages:?}", block.line, block.expected));
    }
    let other = |finding: &Finding| block.severity.as_ref().is_some_and(|severity| finding.severity.name() != severity);
    if let Some(finding) = findings.iter().find(|finding| other(finding)) {
        return Some(format!("line {}: the severity is {}: {}", block.line, finding.severity, finding.message));
    }
    messages
        .iter()
        .find(|message| !is_in_style(message))
        .map(|message| format!("line {}: not in style: {message}", block.line))
}

/// Lower case, no period, and numbers in it.
fn is_in_style(message: &str) -> bool {
    !message.starts_with(char::is_uppercase)
        && !message.ends_with('.')
        && message.contains(|c: char| c.is_ascii_digit())
}

fn all_pieces() -> BTreeMap<String, Pieces> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/analyzers");
    let mut pieces: BTreeMap<String, Pieces> = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("md") => pieces.entry(name).or_default().page = Some(text),
            Some("rs") if text.lines().any(|line| line.starts_with("impl Analyzer for")) => {
                pieces.entry(name).or_default().source = Some(text);
            }
            _ => {}
        }
    }
    for analyzer in for_tests() {
        pieces.entry(analyzer.rule().name.replace('-', "_")).or_default().rule = Some(analyzer.rule());
    }
    pieces
}

#[test]
fn every_analyzer_conforms() {
    let pieces = all_pieces();
    assert!(pieces.len() >= 3, "there are three analyzers at least, found {}", pieces.len());
    let flaws: Vec<String> = pieces.iter().flat_map(|(name, pieces)| pieces.flaws(name)).collect();
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

#[test]
fn both_profiles_have_the_same_rules() {
    let names =
        |analyzers: Vec<Box<dyn Analyzer>>| analyzers.iter().map(|analyzer| analyzer.rule().name).collect::<Vec<_>>();
    assert_eq!(names(for_tests()), names(for_production()));
}

#[test]
fn a_rule_yields_only_to_rules_that_ran_before_it() {
    let analyzers = for_tests();
    for (at, analyzer) in analyzers.iter().enumerate() {
        for other in analyzer.rule().yields_to {
            assert!(
                analyzers[..at].iter().any(|before| before.rule().name == *other),
                "{} yields to {other}",
                analyzer.rule().name
            );
        }
    }
}

mod what_the_test_itself_catches {
    use super::*;

    #[track_caller]
    fn check(spoil: impl FnOnce(&mut Pieces), flaw: &str) {
        let mut pieces = all_pieces().remove("n_plus_one").unwrap();
        assert_eq!(pieces.flaws("n_plus_one"), Vec::<String>::new());
        spoil(&mut pieces);
        let flaws = pieces.flaws("n_plus_one");
        assert!(flaws.iter().any(|found| found.contains(flaw)), "{flaw}: {flaws:?}");
    }

    fn replace_in_page(from: &'static str, to: &'static str) -> impl FnOnce(&mut Pieces) {
        move |pieces| {
            let page = pieces.page.take().unwrap();
            assert!(page.contains(from));
            pieces.page = Some(page.replace(from, to));
        }
    }

    #[test]
    fn a_missing_piece() {
        check(|pieces| pieces.page = None, "its page is missing");
        check(|pieces| pieces.source = None, "its file is missing");
        check(|pieces| pieces.rule = None, "its line in the list is missing");
    }

    #[test]
    fn a_missing_heading() {
        check(replace_in_page("## Known limits\n", ""), "`## Known limits` is not where it belongs");
    }

    #[test]
    fn a_page_of_which_no_block_fires_or_none_is_silent() {
        check(replace_in_page("expect=n-plus-one", "expect=none"), "no block of the page fires");
        check(replace_in_page("expect=none", "expect=n-plus-one"), "no block of the page is silent");
    }

    #[test]
    fn a_block_that_does_not_hold() {
        check(replace_in_page("expect=none", "expect=n-plus-one"), "expected [\"n-plus-one\"], found []");
    }

    #[test]
    fn an_option_that_is_not_explained() {
        check(replace_in_page("`min_distinct`", "it"), "the page does not explain `min_distinct`");
    }
}
