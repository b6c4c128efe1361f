//! Checks that the schema, the page in `docs` and the written reports agree: each property stands in all of them.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel_doctor_sql::Dialect;
use serde_json::{Map, Value};

use super::to_value;
use crate::finding::{Confidence, Severity};
use crate::render::fixtures;
use crate::report::{ConnectionEvidence, Ending, MissingCallSites, Report};
use crate::setting::Profile;

const SCHEMA: &str = include_str!("../../../../../docs/report.schema.json");
const PAGE: &str = include_str!("../../../../../docs/report.md");

/// Reports that together hold every value of each enumerated property, and both null and not null where either may be.
fn reports() -> Vec<Report> {
    let mut reports = vec![
        fixtures::clean("", 1),
        fixtures::with_findings(vec![fixtures::n_plus_one(), fixtures::duplicate()]),
        fixtures::with_findings(vec![fixtures::duplicate()]),
    ];
    reports[1].findings[0].severity = Severity::Error;
    reports[1].findings[1].severity = Severity::Warning;
    reports[2].findings[0].confidence = Confidence::Low;
    let missing = [
        MissingCallSites::TurnedOff,
        MissingCallSites::NoDebugInfo,
        MissingCallSites::CompressedDebugInfo,
        MissingCallSites::Stripped,
        MissingCallSites::NoUserFrame,
    ];
    for missing in missing {
        let mut report = fixtures::clean("GET /posts", u64::MAX);
        report.evidence.call_sites.missing = Some(missing);
        report.evidence.database_time = Duration::MAX;
        report.evidence.profile = Profile::Production;
        report.evidence.unused_allowances = vec!["n-plus-one (the list is short)".to_owned()];
        report.evidence.warnings = vec!["a warning".to_owned()];
        report.evidence.notes = vec!["a note".to_owned()];
        reports.push(report);
    }
    for ending in [Ending::Closed, Ending::Dropped, Ending::Panicked, Ending::Off] {
        let mut report = fixtures::clean("GET /posts", 0);
        report.ending = ending;
        let dialects = [Dialect::PostgreSql, Dialect::MySql, Dialect::Sqlite, Dialect::Unknown];
        report.evidence.connections = dialects.map(|dialect| ConnectionEvidence::new("main", dialect, 0)).to_vec();
        reports.push(report);
    }
    reports
}

/// Checks values against the schema. It supports only the keywords that our schema uses; any other keyword is an error.
struct Checker<'a> {
    root: &'a Value,
    /// What of the schema the values have shown: properties, the values of enumerations, types.
    seen: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    fn check(&mut self, schema: &'a Value, value: &Value, path: &str) {
        let schema = object(schema);
        if let Some(name) = schema.get("$ref") {
            let name = name.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
            return self.check(&self.root["$defs"][name], value, name);
        }
        for (keyword, argument) in schema {
            match keyword.as_str() {
                "$schema" | "$comment" | "$defs" | "title" | "description" | "required" => {}
                "type" => self.check_type(argument, value, path),
                "const" => assert_eq!(argument, value, "{path}"),
                "enum" => {
                    assert!(argument.as_array().unwrap().contains(value), "{path}: {value}");
                    self.seen.insert(format!("{path}: {value}"));
                }
                "minimum" => assert!(value.is_null() || value.as_u64() >= argument.as_u64(), "{path}: {value}"),
                "pattern" => {
                    assert_eq!(argument, "^[0-9a-f]{16}$");
                    let text = value.as_str().unwrap();
                    assert!(
                        text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
                        "{path}: {text}"
                    );
                }
                "items" => {
                    let path = format!("{path}[]");
                    for item in value.as_array().unwrap() {
                        self.check(argument, item, &path);
                    }
                }
                "properties" => self.check_properties(object(argument), object(value), path),
                "additionalProperties" => assert_eq!(argument, false),
                other => panic!("{path}: this test does not know the keyword {other}"),
            }
        }
    }

    fn check_type(&mut self, types: &Value, value: &Value, path: &str) {
        let actual = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(types_of(types).contains(&actual), "{path}: {value}");
        self.seen.insert(format!("{path}: {actual}"));
    }

    fn check_properties(&mut self, properties: &'a Map<String, Value>, value: &Map<String, Value>, path: &str) {
        assert_eq!(names(properties), names(value), "{path}");
        for (name, schema) in properties {
            self.check(schema, &value[name], &format!("{path}.{name}"));
        }
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("not an object: {value}"))
}

fn names(map: &Map<String, Value>) -> BTreeSet<&str> {
    map.keys().map(String::as_str).collect()
}

fn types_of(types: &Value) -> Vec<&str> {
    match types {
        Value::Array(types) => types.iter().map(|name| name.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    }
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The objects that the schema describes, by name.
fn objects(schema: &Value) -> Vec<(&str, &Map<String, Value>)> {
    let described = object(&schema["$defs"]).iter().map(|(name, schema)| (name.as_str(), schema));
    std::iter::once(("report", schema))
        .chain(described)
        .filter_map(|(name, schema)| Some((name, schema.get("properties")?.as_object().unwrap())))
        .collect()
}

/// Every type and every value of an enumeration that the schema allows, as `Checker::seen` names them.
fn promises(schema: &Value, path: &str, promised: &mut BTreeSet<String>) {
    let schema = object(schema);
    let promise = |values: Vec<String>| values.into_iter().map(|value| format!("{path}: {value}")).collect::<Vec<_>>();
    promised.extend(promise(
        schema.get("type").map_or_else(Vec::new, |types| types_of(types).into_iter().map(str::to_owned).collect()),
    ));
    promised.extend(promise(
        schema
            .get("enum")
            .map_or_else(Vec::new, |values| values.as_array().unwrap().iter().map(Value::to_string).collect()),
    ));
    if let Some(items) = schema.get("items") {
        promises(items, &format!("{path}[]"), promised);
    }
    for (name, schema) in schema.get("properties").map(object).into_iter().flatten() {
        promises(schema, &format!("{path}.{name}"), promised);
    }
    for (name, schema) in schema.get("$defs").map(object).into_iter().flatten() {
        promises(schema, name, promised);
    }
}

#[test]
fn every_report_is_valid_and_nothing_is_promised_that_never_comes() {
    let schema = schema();
    let mut checker = Checker { root: &schema, seen: BTreeSet::new() };
    for report in reports() {
        checker.check(&schema, &to_value(&report), "report");
    }
    let mut promised = BTreeSet::new();
    promises(&schema, "report", &mut promised);
    assert_eq!(checker.seen, promised);
    assert!(promised.len() > 90, "{}", promised.len());
}

#[test]
fn every_property_is_required() {
    let schema = schema();
    for (name, properties) in objects(&schema) {
        let described = if name == "report" { &schema } else { &schema["$defs"][name] };
        let required: BTreeSet<&str> =
            described["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(required, names(properties), "{name}");
    }
}

#[test]
#[should_panic(expected = "report.findings[]")]
fn the_check_fails_where_a_type_is_another() {
    let schema = schema();
    let mut value = to_value(&fixtures::clean("", 1));
    value["findings"] = serde_json::json!(["text"]);
    let broken = serde_json::json!({"properties": {"findings": {"items": {"type": "object"}}}});
    let value = serde_json::json!({"findings": value["findings"]});
    Checker { root: &schema, seen: BTreeSet::new() }.check(&broken, &value, "report");
}

/// The fingerprint is replaced on both sides, because this test is not about it.
#[test]
fn the_page_shows_a_report_as_it_is_printed() {
    let finding = fixtures::n_plus_one();
    let fingerprint = finding.statement.fingerprint().to_string();
    let text = fixtures::with_findings(vec![finding]).to_string().replace(&fingerprint, "3abd8338d16507eb");
    assert!(PAGE.contains(&format!("```text\n{text}```\n")), "{text}");
}

/// The page must have a heading with the name of each object, and a table with a row for each property.
#[test]
fn the_page_describes_every_property_and_no_other() {
    let schema = schema();
    let sections: Vec<(&str, &str)> =
        PAGE.split("\n### ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    for (name, properties) in objects(&schema) {
        let (_, text) = sections
            .iter()
            .find(|(heading, _)| *heading == format!("`{name}`"))
            .unwrap_or_else(|| panic!("no section on {name}"));
        let rows: BTreeSet<&str> =
            text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(rows, names(properties), "{name}");
    }
    assert_eq!(sections.len(), objects(&schema).len());
}
