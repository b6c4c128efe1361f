//! What the types look like to `serde`.

use diesel_doctor_sql::{Dialect, Fingerprint, Operation, Statement};
use serde_json::{json, to_value};

#[test]
fn a_fingerprint_is_its_hexadecimal_digits_and_comes_back() {
    let fingerprint = Statement::new("SELECT a FROM t", Dialect::Sqlite).fingerprint();
    let value = to_value(fingerprint).unwrap();
    assert_eq!(value, json!(fingerprint.to_string()));
    assert_eq!(serde_json::from_value::<Fingerprint>(value).unwrap(), fingerprint);
    assert!(serde_json::from_value::<Fingerprint>(json!("no digits")).is_err());
}

#[test]
fn words_are_strings() {
    let statement = Statement::new("SELECT ' ", Dialect::Unknown);
    assert_eq!(to_value(statement.dialect()).unwrap(), json!("unknown"));
    assert_eq!(to_value(statement.level()).unwrap(), json!("bytes"));
    assert_eq!(to_value(Operation::RollbackTo).unwrap(), json!("ROLLBACK TO SAVEPOINT"));
}

#[test]
fn a_shape_is_what_its_accessors_say_and_holds_no_literal() {
    let statement = Statement::new("SELECT u.name FROM s.users u WHERE u.id IN (7, 8) LIMIT 9", Dialect::PostgreSql);
    assert_eq!(
        to_value(statement.shape().unwrap()).unwrap(),
        json!({
            "operation": "SELECT",
            "tables": [{ "schema": "s", "name": "users", "alias": "u" }],
            "write_target": null,
            "writes": [],
            "columns": [
                { "column": { "table": "users", "name": "name" }, "role": "projected" },
                { "column": { "table": "users", "name": "id" }, "role": "filtered_in" },
            ],
            "single_key": null,
            "key_filters": [],
            "has_other_filters": true,
            "batched": { "kind": "in_list", "len": 2 },
            "has_filter": true,
            "has_limit": true,
            "has_offset": false,
            "locking": false,
            "returning": false,
            "on_conflict": false,
            "distinct": false,
            "single_row_aggregate": false,
            "selects_star": false,
            "subqueries": 0,
        })
    );
}

#[test]
fn a_bind_role_names_its_column() {
    let statement = Statement::new("SELECT a FROM t WHERE a = $1 LIMIT $2", Dialect::PostgreSql);
    let shape = statement.shape().unwrap();
    assert_eq!(to_value(shape.bind_role(1)).unwrap(), json!({ "equals": { "table": "t", "name": "a" } }));
    assert_eq!(to_value(shape.bind_role(2)).unwrap(), json!("limit"));
}
