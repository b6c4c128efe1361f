//! When a read is a repetition, and when it is a new question.

use super::*;

const REPEATED: &str = "warning duplicate-query: 1 of 2 queries on users by id repeats one before, ";

#[track_caller]
fn check_between(between: &str, repeated: Option<&str>) {
    let read = "SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/a.rs:1 a)";
    let found = findings(&snapshot(&format!("{read}\n{between}\n{read}")));
    let found: Vec<String> =
        told(&found).into_iter().map(|line| line.split(", ").next().unwrap().to_owned() + ", ").collect();
    assert_eq!(found, repeated.into_iter().collect::<Vec<_>>(), "{between}");
}

#[test]
fn a_write_to_the_table_by_anyone_makes_the_read_a_new_one() {
    check_between("UPDATE users SET seen = 1 WHERE id = ? -- binds: [9]", None);
    check_between("UPDATE public.users SET seen = 1 WHERE id = ? -- binds: [9]", None);
    check_between("INSERT INTO users (id) VALUES (?) -- binds: [9]   (failed UniqueViolation)", None);
    check_between("DELETE FROM users WHERE id = ? -- binds: [9]   (unfinished)", None);
}

#[test]
fn a_write_to_another_table_or_database_does_not() {
    check_between("UPDATE posts SET seen = 1 WHERE id = ? -- binds: [9]", Some(REPEATED));
    check_between("UPDATE users SET seen = 1 WHERE id = ? -- binds: [9]   (on another)", Some(REPEATED));
    check_between("SELECT * FROM posts", Some(REPEATED));
}

#[test]
fn what_another_transaction_wrote_counts_when_it_is_committed() {
    let read = "SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/a.rs:1 a, to shop)";
    let write = "UPDATE users SET seen = 1 WHERE id = ? -- binds: [1]   (on writer, to shop, in transaction 1)";
    let commit = "COMMIT   (control, on writer, to shop)";
    let found = |lines: &[&str]| findings(&snapshot(&lines.join("\n"))).len();
    assert_eq!(found(&[write, read, commit, read]), 0);
    assert_eq!(found(&[write, commit, read, read]), 1);
    assert_eq!(found(&[read, write, read]), 0);
}

#[test]
fn a_write_that_goes_on_during_a_read_may_change_the_next() {
    let read = "SELECT * FROM users   (at src/a.rs:1 a)";
    let at = |write: &str| findings(&snapshot(&format!("{write}\n{read}\n{read}"))).len();
    assert_eq!(at("DELETE FROM users"), 1);
    assert_eq!(at("DELETE FROM users   (unfinished)"), 0);
}

#[test]
fn writes_that_left_no_record_may_have_come_at_any_time() {
    let lines = "DELETE FROM users\nSELECT * FROM users   (at src/a.rs:1 a)\nSELECT * FROM users   (at src/a.rs:1 a)";
    let snapshot = snapshot(lines);
    assert_eq!(findings(&snapshot).len(), 1);
    let mut tables = snapshot.into_tables();
    tables.tallies[0].tally.started += 1;
    assert_eq!(findings(&Snapshot::new(tables)).len(), 0);
}

#[test]
fn every_table_of_a_join_counts() {
    let read = "SELECT * FROM users JOIN posts ON posts.user_id = users.id   (at src/a.rs:1 a)";
    check(&format!("{read}\nDELETE FROM posts\n{read}"), &[]);
    check(&format!("{read}\nDELETE FROM users\n{read}"), &[]);
    assert_eq!(findings(&snapshot(&format!("{read}\nDELETE FROM tags\n{read}"))).len(), 1);
}

#[test]
fn what_is_not_understood_may_have_changed_everything() {
    check_between("CALL refresh()", None);
    check_between("TRUNCATE posts", None);
    check_between("ROLLBACK   (control)", None);
    check_between("ROLLBACK TO SAVEPOINT a   (control)", None);
    check_between("COMMIT   (control)", Some(REPEATED));
}

#[test]
fn a_setting_of_the_connection_makes_the_read_a_new_one() {
    check_between("SET search_path TO tenant   (setup)", None);
    check_between("SET search_path TO tenant   (setup, on another)", Some(REPEATED));
}

#[test]
fn connections_that_were_set_up_alike_ask_alike() {
    let lines = |second: &str| {
        format!(
            "SET search_path TO a   (setup, on one)
                 SET search_path TO {second}   (setup, on one)
                 SELECT * FROM users   (on one)
                 SELECT * FROM users   (on one)"
        )
    };
    assert_eq!(findings(&snapshot(&lines("b"))).len(), 1);
}

#[test]
fn a_second_attempt_after_an_error_is_not_a_duplicate() {
    let read = "SELECT * FROM users WHERE id = ? -- binds: [1]";
    check(&format!("{read}   (failed SerializationFailure)\n{read}"), &[]);
    check(&format!("{read}\n{read}   (failed SerializationFailure)\n{read}"), &[]);
    check_between("SELECT * FROM posts   (failed SerializationFailure)", Some(REPEATED));
}

#[test]
fn the_same_read_in_two_transactions_informs_at_most() {
    let found = check(
        "SELECT * FROM users WHERE id = ? -- binds: [1]   (×3, own transactions)",
        &["info duplicate-query: candidate: 2 of 3 queries on users by id repeat one before, 3.0 ms of 3.0 ms"],
    );
    assert_eq!(found[0].notes.len(), 1);
    check(
        "SELECT * FROM users WHERE id = ? -- binds: [1]   (×3, in transaction 1)",
        &["warning duplicate-query: 2 of 3 queries on users by id repeat one before, 3.0 ms of 3.0 ms"],
    );
}

#[test]
fn reads_that_lock_or_answer_differently_are_not_duplicates() {
    for read in [
        "SELECT * FROM jobs FOR UPDATE",
        "SELECT now()",
        "SELECT CURRENT_TIMESTAMP",
        "SELECT nextval('ids')",
        "SELECT last_insert_rowid()",
        "SELECT * FROM jobs WHERE due < datetime('now')",
        "SELECT strftime('%Y', 'now')",
        "SELECT pg_advisory_xact_lock(7)",
        "SELECT * FROM jobs ORDER BY random() LIMIT 1",
    ] {
        check(&format!("{read}   (×2)"), &[]);
    }
    for read in [
        "SELECT * FROM jobs WHERE day = date(due)",
        "SELECT strftime('%Y', due) FROM jobs",
        "SELECT uuid, now, sleep, date FROM random JOIN changes ON now = date",
        "SELECT * FROM uuid WHERE (now = 1)",
    ] {
        assert_eq!(findings(&snapshot(&format!("{read}   (×2)"))).len(), 1, "{read}");
    }
}

#[test]
fn binds_that_are_not_known_exactly_are_no_evidence_of_a_duplicate() {
    check("SELECT * FROM users WHERE token = ? -- binds: [***]   (×2)", &[]);
}

#[test]
fn lists_that_are_cut_elsewhere_are_other_questions() {
    check(
        "SELECT * FROM t WHERE a IN (?, ?) AND b IN (?) -- binds: [1, 2, 3]
             SELECT * FROM t WHERE a IN (?) AND b IN (?, ?) -- binds: [1, 2, 3]",
        &[],
    );
}

#[test]
fn places_that_share_a_question_are_one_finding_and_others_another() {
    let read = |id, line| format!("SELECT * FROM users WHERE id = ? -- binds: [{id}]   (at src/a.rs:{line} a)");
    let lines = [read(1, 1), read(1, 2), read(2, 2), read(2, 3), read(8, 4), read(8, 5)].join("\n");
    let found = check(
        &lines,
        &[
            "warning duplicate-query: 2 of 4 queries on users by id repeat one before with 2 sets of binds, 4.0 ms of 6.0 ms",
            "warning duplicate-query: 1 of 2 queries on users by id repeats one before, 2.0 ms of 6.0 ms",
        ],
    );
    assert_eq!(found.iter().map(|finding| finding.sites.len()).collect::<Vec<_>>(), [3, 2]);
}

#[test]
fn four_thousand_pairs_are_one_finding() {
    let pairs = each(0..8_000, |at| {
        format!("SELECT * FROM users WHERE id = ? -- binds: [{}]   (at src/a.rs:{} a)", at / 2, at % 2 + 1)
    });
    let found = findings_of(&[Box::new(DuplicateQuery::for_tests())], &snapshot(&pairs));
    assert_eq!(
        told(&found),
        [
            "warning duplicate-query: 4,000 of 8,000 queries on users by id repeat one before with 4,000 sets of binds, 8.0 s of 8.0 s"
        ]
    );
    assert_eq!((found[0].queries, found[0].sites.len()), (8_000, 2));
    let together: Vec<&str> = findings(&snapshot(&pairs)).iter().map(|finding| finding.rule.name).collect();
    assert_eq!(together, ["query-loop"], "one loop that asks twice a round explains them all");
}
