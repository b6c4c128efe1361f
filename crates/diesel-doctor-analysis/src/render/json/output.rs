//! Turns reports into JSON values and texts.

use serde::Serialize;
use serde_json::{Serializer, Value};

use super::document::Document;
use super::escape::Escaping;
use crate::report::Report;

/// The report as a JSON object.
pub fn to_value(report: &Report) -> Value {
    // Serialization cannot fail: the document holds only strings, whole numbers, lists and structures, and JSON has all of them.
    serde_json::to_value(Document::new(report)).unwrap_or_default()
}

/// The report as a JSON object on one line, without a line break at the end.
///
/// Characters that would control a terminal are escaped, so it is safe to print.
pub fn to_string(report: &Report) -> String {
    serialize(&Document::new(report))
}

/// Several reports as one JSON array on one line, without a line break at the end.
pub fn array<'a>(reports: impl IntoIterator<Item = &'a Report>) -> String {
    serialize(&reports.into_iter().map(Document::new).collect::<Vec<_>>())
}

fn serialize(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, Escaping)) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        // Writing to a vector cannot fail, nor can the document; see `to_value`.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixtures;

    #[test]
    fn a_report_is_one_object_with_everything_in_it() {
        let report = fixtures::with_findings(vec![fixtures::n_plus_one(), fixtures::duplicate()]);
        let value = to_value(&report);
        assert_eq!(serde_json::from_str::<Value>(&to_string(&report)).unwrap(), value);
        let pretty = serde_json::to_string_pretty(&Document::new(&report)).unwrap();
        insta::assert_snapshot!(fixtures::stable(&pretty, &report));
    }

    #[test]
    fn many_reports_are_one_array() {
        let reports = [fixtures::clean("first", 1), fixtures::clean("second", 2)];
        assert_eq!(array(&reports), format!("[{},{}]", to_string(&reports[0]), to_string(&reports[1])));
        assert_eq!(array(&[]), "[]");
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped_and_comes_back() {
        let evil = "a\u{1b}[2J\u{7f}\u{9b}\"\\\u{e0001}\u{202e}\n größe 🦀";
        let report = fixtures::clean(evil, 1);
        let text = to_string(&report);
        assert!(text.contains(r#""a\u001b[2J\u007f\u009b\"\\\udb40\udc01\u202e\n größe 🦀""#), "{text}");
        assert!(!text.chars().any(char::is_control));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["scope"], evil);
    }
}
