//! Scopes in which no rule may speak: unavoidable queries, and queries that do not matter.

use super::*;

#[test]
fn workers_and_polling_are_silent() {
    check(
        "SELECT id FROM jobs WHERE state = ? LIMIT ? FOR UPDATE SKIP LOCKED -- binds: [0, 1]   (×9, own transactions)",
        &[],
    );
    check(
        "SELECT id FROM jobs WHERE queue = ? LIMIT 1 FOR UPDATE SKIP LOCKED -- binds: [0]   (×9, distinct binds)",
        &[],
    );
    check(
        "loop ×5
               SELECT id FROM jobs WHERE state = ? LIMIT ? FOR UPDATE SKIP LOCKED -- binds: [0, 1]
               UPDATE jobs SET state = ? WHERE id = ? -- binds: [1, 1]   (distinct bind 2)
             end",
        &[],
    );
    check("SELECT state FROM jobs WHERE id = ? -- binds: [1]   (×9, after 10 ms)", &[]);
    check("SELECT id FROM events WHERE at > ? -- binds: [1]   (×9, distinct binds, after 10 ms)", &[]);
}

#[test]
fn a_loop_with_pauses_is_still_a_loop() {
    check(
        "SELECT * FROM users WHERE id = ? -- binds: [1]   (×3, distinct binds, after 50 ms)",
        &["warning n-plus-one: 3 queries on users by id, 3 distinct binds, 3.0 ms of 3.0 ms"],
    );
    check(
        "loop ×3
               SELECT * FROM users WHERE id = ? -- binds: [1]   (after 50 ms)
               SELECT * FROM posts   (own sites)
               DELETE FROM posts
             end",
        &["warning duplicate-query: 2 of 3 queries on users by id repeat one before, 3.0 ms of 9.0 ms"],
    );
}

#[test]
fn errors_are_not_evidence() {
    check("SELECT * FROM users WHERE id = ? -- binds: [1]   (×9, distinct binds, failed UndefinedTable)", &[]);
    check("INSERT INTO tags (name) VALUES (?) -- binds: [1]   (×9, distinct binds, failed UniqueViolation)", &[]);
    check(
        "UPDATE users SET seen = 1 WHERE id = ? -- binds: [1]   (×9, distinct binds, failed SerializationFailure)",
        &[],
    );
    check("SELECT * FROM users WHERE id = ? -- binds: [1]   (×9, failed SerializationFailure)", &[]);
}

#[test]
fn what_nobody_saw_the_end_of_is_not_evidence() {
    check("SELECT * FROM users WHERE id = ? -- binds: [1]   (×9, distinct binds, unfinished)", &[]);
    check("SELECT * FROM users WHERE id = ? -- binds: [1]   (×9, unfinished)", &[]);
}

#[test]
fn what_is_not_a_query_of_the_program_is_not_judged() {
    check("SET search_path TO a   (×9, setup)\nBEGIN   (×9, control)\nSELECT 1   (×9, control)", &[]);
}

#[test]
fn in_production_a_loop_must_cost_time() {
    let lines = |times: u32, time: u32| {
        format!("SELECT * FROM users WHERE id = ? -- binds: [1]   (×{times}, distinct binds, {time} ms)")
    };
    let found = |lines: &str| findings_of(&for_production(), &snapshot(lines)).len();
    assert_eq!(found(&lines(20, 0)), 0, "nothing at all");
    assert_eq!(found(&lines(19, 1)), 0, "19 ms together");
    assert_eq!(found(&lines(20, 1)), 1, "20 ms together");
    assert_eq!(found(&lines(4, 50)), 0, "four");
    assert_eq!(found(&lines(5, 50)), 1, "five");
    assert_eq!(findings(&snapshot(&lines(20, 0))).len(), 1, "in tests time does not matter");
    assert_eq!(found("INSERT INTO t (a) VALUES (?) -- binds: [1]   (×4, 50 ms)"), 0);
    assert_eq!(found("INSERT INTO t (a) VALUES (?) -- binds: [1]   (×5, 50 ms)"), 1);
    assert_eq!(found("SELECT * FROM users WHERE id = ? -- binds: [1]   (×2, 9 ms)"), 0);
    assert_eq!(found("SELECT * FROM users WHERE id = ? -- binds: [1]   (×2, 10 ms)"), 1);
}
