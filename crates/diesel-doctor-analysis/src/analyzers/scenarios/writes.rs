//! Rows written one by one, and rows written in one statement.

use super::*;

#[test]
fn single_row_inserts_are_found_inside_transactions_too() {
    for transaction in ["", ", in transaction 1", ", own transactions"] {
        let found = check(
            &format!("INSERT INTO tags (name) VALUES (?) -- binds: [1]   (×5, distinct binds{transaction})"),
            &["warning write-in-loop: 5 single-row inserts into tags, 5.0 ms of 5.0 ms"],
        );
        assert_eq!(
            found[0].prescription.code.as_deref(),
            Some("diesel::insert_into(tags::table).values(&rows).execute(conn)?")
        );
    }
    check("INSERT INTO tags (name) VALUES (?) -- binds: [1]   (×2, distinct binds)", &[]);
}

#[test]
fn equal_rows_are_rows_too() {
    check(
        "INSERT INTO clicks (page) VALUES (?) -- binds: [1]   (×3)",
        &["warning write-in-loop: 3 single-row inserts into clicks, 3.0 ms of 3.0 ms"],
    );
}

#[test]
fn inserts_of_several_rows_are_silent() {
    check("INSERT INTO tags (name) VALUES (?), (?) -- binds: [1, 100]   (×5, distinct binds)", &[]);
    check(
        "INSERT INTO tags (name) VALUES (?), (?), (?) -- binds: [1, 2, 3]   (×3, distinct binds, at src/a.rs:1 a)
             INSERT INTO tags (name) VALUES (?) -- binds: [99]   (at src/a.rs:1 a)",
        &[],
    );
    check("INSERT INTO archive SELECT * FROM tags WHERE id = ? -- binds: [1]   (×5, distinct binds)", &[]);
}

#[test]
fn upserts_are_inserts() {
    check(
        "INSERT INTO tags (name) VALUES (?) ON CONFLICT (name) DO NOTHING -- binds: [1]   (×5, distinct binds)",
        &["warning write-in-loop: 5 single-row inserts into tags, 5.0 ms of 5.0 ms"],
    );
}

#[test]
fn updates_and_deletes_by_key_are_found() {
    let found = check(
        "UPDATE users SET seen = ? WHERE id = ? -- binds: [1, 1]   (×4, distinct bind 2)",
        &["warning write-in-loop: 4 updates of users by id, 4 distinct binds, 4.0 ms of 4.0 ms"],
    );
    assert_eq!(
        found[0].prescription.code.as_deref(),
        Some("diesel::update(users::table.filter(users::id.eq_any(&ids))).set(/* as it is */).execute(conn)?")
    );
    let found = check(
        "DELETE FROM users WHERE id = ? -- binds: [1]   (×4, distinct binds)",
        &["warning write-in-loop: 4 deletes from users by id, 4 distinct binds, 4.0 ms of 4.0 ms"],
    );
    assert_eq!(
        found[0].prescription.code.as_deref(),
        Some("diesel::delete(users::table.filter(users::id.eq_any(&ids))).execute(conn)?")
    );
}

#[test]
fn an_update_to_another_value_each_is_prescribed_an_upsert() {
    let lines = each(1..5, |at| {
        format!("UPDATE users SET rank = ? WHERE id = ? -- binds: [{}, {at}]   (at src/a.rs:1 a)", at * 10)
    });
    let found = check(&lines, &["warning write-in-loop: 4 updates of users by id, 4 distinct binds, 4.0 ms of 4.0 ms"]);
    assert!(
        found[0]
            .prescription
            .code
            .as_deref()
            .unwrap()
            .contains(".do_update().set(users::rank.eq(excluded(users::rank)))")
    );
}

#[test]
fn writes_of_many_keys_are_silent() {
    check("DELETE FROM users WHERE id IN (?, ?) -- binds: [1, 100]   (×4, distinct binds)", &[]);
    check("UPDATE users SET seen = ? WHERE id = ANY(?) -- binds: [true, [1, 2]]   (×4, distinct bind 2)", &[]);
    check("DELETE FROM log WHERE day < ? -- binds: [1]   (×4, distinct binds)", &[]);
}

#[test]
fn one_row_written_again_and_again_is_not_row_by_row() {
    check("UPDATE counters SET n = n + 1 WHERE id = ? -- binds: [1]   (×5)", &[]);
}

#[test]
fn an_insert_whose_row_comes_back_is_a_candidate() {
    check(
        "INSERT INTO folders (parent_id) VALUES ($1) RETURNING id -- binds: [1]   (×5, distinct binds)",
        &["info write-in-loop: candidate: 5 single-row inserts into folders, 5.0 ms of 5.0 ms"],
    );
}

#[test]
fn what_diesel_splits_is_told_as_its_doing() {
    let found = check(
        "INSERT INTO tags (name) VALUES (?) -- binds: [1]   (×5, distinct binds, in transaction 1, split by diesel)",
        &["info write-in-loop: 5 inserts into tags that Diesel made of one call, 5.0 ms of 5.0 ms"],
    );
    assert_eq!(found[0].prescription.code.as_deref(), Some("#[diesel(treat_none_as_default_value = false)]"));
}
