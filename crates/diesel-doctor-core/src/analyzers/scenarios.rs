//! What the analyzers together say of whole scopes: each test is a program, written in the lines of a [page](super::page).

use diesel_doctor_sql::Dialect;

use super::conformance::{findings, findings_of};
use super::{DuplicateQuery, for_production, page};
use crate::finding::Finding;
use crate::snapshot::Snapshot;

fn snapshot(lines: &str) -> Snapshot {
    page::snapshot(lines, Dialect::Unknown).unwrap()
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{} {}: {}", finding.severity, finding.rule.name, finding.message)).collect()
}

/// A line for each number.
fn each(numbers: impl Iterator<Item = u32>, line: impl FnMut(u32) -> String) -> String {
    numbers.map(line).collect::<Vec<_>>().join("\n")
}

/// Checks what is found with the thresholds for tests.
#[track_caller]
fn check(lines: &str, expected: &[&str]) -> Vec<Finding> {
    let findings = findings(&snapshot(lines));
    assert_eq!(told(&findings), expected, "{lines}");
    findings
}

mod loops {
    use super::*;

    #[test]
    fn a_look_up_for_each_row_is_n_plus_one_in_the_loop_body() {
        let found = check(
            "SELECT * FROM posts   (at src/page.rs:10 page)
             SELECT * FROM users WHERE id = ? LIMIT ? -- binds: [1, 1]   (×20, distinct binds, at src/page.rs:12 page)",
            &["warning n-plus-one: 20 queries on users by id, 20 distinct binds, 20.0 ms of 21.0 ms"],
        );
        let site = &found[0].sites[0];
        assert_eq!((site.frames[0].line, site.likely_loop), (12, Some(0)));
        assert_eq!(found[0].queries, 20);
        assert_eq!(found[0].evidence, (1..21).collect::<Vec<u32>>());
        assert_eq!(
            found[0].prescription.code.as_deref(),
            Some("users::table.filter(users::id.eq_any(&ids)).load(conn)?")
        );
    }

    #[test]
    fn equal_binds_in_a_loop_are_duplicates_and_not_n_plus_one() {
        check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×6)",
            &["warning duplicate-query: 5 of 6 queries on users by id repeat one before, 6.0 ms of 6.0 ms"],
        );
    }

    #[test]
    fn one_below_the_threshold_is_silent() {
        check("SELECT * FROM users WHERE id = ? -- binds: [1]   (×2, distinct binds)", &[]);
        check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×3, distinct binds)",
            &["warning n-plus-one: 3 queries on users by id, 3 distinct binds, 3.0 ms of 3.0 ms"],
        );
    }

    #[test]
    fn two_distinct_binds_ten_times_are_two_duplicates() {
        check(
            "loop ×5
               SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/page.rs:12 page)
               SELECT * FROM users WHERE id = ? -- binds: [2]   (at src/page.rs:12 page)
             end",
            &[
                "warning duplicate-query: 8 of 10 queries on users by id repeat one before with 2 sets of binds, 10.0 ms of 10.0 ms",
            ],
        );
    }

    #[test]
    fn one_statement_from_lines_that_each_ask_once_is_silent() {
        check("SELECT * FROM users WHERE id = ? -- binds: [1]   (×8, distinct binds, own sites)", &[]);
    }

    #[test]
    fn the_same_read_from_two_lines_names_both() {
        let found = check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/a.rs:1 a)
             SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/b.rs:2 b)",
            &["warning duplicate-query: 1 of 2 queries on users by id repeats one before, 2.0 ms of 2.0 ms"],
        );
        let lines: Vec<u32> = found[0].sites.iter().map(|site| site.frames[0].line).collect();
        assert_eq!(lines, [1, 2]);
        assert_eq!(found[0].queries, 2);
    }

    #[test]
    fn all_keys_at_once_are_silent() {
        check("SELECT * FROM posts\nSELECT * FROM comments WHERE post_id IN (?, ?, ?) -- binds: [1, 2, 3]", &[]);
    }

    #[test]
    fn chunks_are_silent() {
        check("SELECT * FROM users WHERE id IN (?, ?, ?) -- binds: [1, 10, 20]   (×9, distinct binds)", &[]);
        check("SELECT * FROM users WHERE id = ANY($1) -- binds: [[1, 2, 3]]   (×9, distinct binds)", &[]);
        check(
            "SELECT * FROM users WHERE id IN (?, ?, ?) -- binds: [1, 10, 20]   (×4, distinct binds, at src/a.rs:1 a)
             SELECT * FROM users WHERE id IN (?) -- binds: [99]   (at src/a.rs:1 a)",
            &[],
        );
        check(
            "SELECT * FROM users WHERE tenant_id = ? AND id IN (?, ?) -- binds: [1, 2, 9]   (×5, distinct bind 2)",
            &[],
        );
    }

    #[test]
    fn lists_of_one_key_are_n_plus_one() {
        check(
            "SELECT * FROM users WHERE id IN (?) -- binds: [1]   (×5, distinct binds)",
            &["warning n-plus-one: 5 queries on users by id, 5 distinct binds, 5.0 ms of 5.0 ms"],
        );
        let found = check(
            "SELECT * FROM users WHERE id = ANY($1) -- binds: [[1]]   (×5, distinct binds)",
            &["warning n-plus-one: 5 queries on users by id, 5 distinct binds, 5.0 ms of 5.0 ms"],
        );
        assert_eq!(found[0].notes, ["the list has one element each time: it is the loop that has to go, not the list"]);
    }

    #[test]
    fn a_list_that_stays_the_same_does_not_hide_a_loop_over_keys() {
        check(
            "SELECT * FROM comments WHERE post_id = ? AND state IN (?, ?) -- binds: [1, 7, 8]   (×5, distinct binds)",
            &["warning n-plus-one: 5 queries on comments by post_id, 5 distinct binds, 5.0 ms of 5.0 ms"],
        );
    }

    #[test]
    fn pages_of_several_rows_are_silent() {
        check("SELECT id FROM posts WHERE id > ? ORDER BY id LIMIT ? -- binds: [0, 100]   (×9, distinct binds)", &[]);
        check("SELECT id FROM posts ORDER BY id LIMIT ? OFFSET ? -- binds: [100, 0]   (×9, distinct bind 2)", &[]);
        check(
            "SELECT id FROM posts WHERE user_id = ? AND id > ? ORDER BY id LIMIT 100 -- binds: [4, 0]   (×9, distinct bind 2)",
            &[],
        );
    }

    #[test]
    fn pages_after_a_key_of_two_columns_are_silent() {
        let page = "SELECT id FROM posts WHERE ((day > ?) OR ((day = ?) AND (id > ?))) ORDER BY day, id LIMIT 100";
        let lines = each(0..9, |at| format!("{page} -- binds: [{at}, {at}, {at}]   (at src/a.rs:1 a)"));
        check(&lines, &[]);
    }

    #[test]
    fn pages_of_one_row_are_n_plus_one() {
        for lines in [
            "SELECT id FROM posts WHERE id > ? ORDER BY id LIMIT ? -- binds: [0, 1]   (×9, distinct binds)",
            "SELECT id FROM posts WHERE id > ? ORDER BY id LIMIT 1 -- binds: [0]   (×9, distinct binds)",
            "SELECT id FROM posts ORDER BY id LIMIT ? OFFSET ? -- binds: [1, 0]   (×9, distinct bind 2)",
        ] {
            check(lines, &["warning n-plus-one: 9 queries on posts, 9 distinct binds, 9.0 ms of 9.0 ms"]);
        }
    }

    #[test]
    fn what_runs_between_the_rounds_changes_nothing() {
        check(
            "loop ×4
               SELECT * FROM users WHERE id = ? -- binds: [1]   (distinct binds)
               INSERT INTO log (line) VALUES (?), (?) -- binds: [1, 2]   (distinct binds, on audit)
               SELECT * FROM settings   (own sites, on replica)
               BEGIN   (control)
             end",
            &[
                "warning n-plus-one: 4 queries on users by id, 4 distinct binds, 4.0 ms of 12.0 ms",
                "warning duplicate-query: 3 of 4 queries on settings repeat one before, 4.0 ms of 12.0 ms",
            ],
        );
    }

    #[test]
    fn a_helper_called_from_two_loops_is_two_findings() {
        let found = check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×3, distinct binds, at src/lib.rs:1 find, via src/a.rs:5 a)
             SELECT * FROM users WHERE id = ? -- binds: [11]   (×4, distinct binds, at src/lib.rs:1 find, via src/b.rs:6 b)",
            &[
                "warning n-plus-one: 4 queries on users by id, 4 distinct binds, 4.0 ms of 7.0 ms",
                "warning n-plus-one: 3 queries on users by id, 3 distinct binds, 3.0 ms of 7.0 ms",
            ],
        );
        assert_eq!((found[0].sites[0].frames[1].line, found[1].sites[0].frames[1].line), (6, 5));
        assert_ne!(found[0].key(), found[1].key());
    }

    #[test]
    fn one_line_that_serves_all_callers_does_not_join_them() {
        let lines = each(0..9, |at| {
            format!(
                "SELECT * FROM users WHERE id = ? -- binds: [{at}]   (at src/repo.rs:1 find, via src/api.rs:{} page{at})",
                at + 10
            )
        });
        check(&lines, &[]);
    }

    #[test]
    fn a_first_round_through_other_frames_belongs_to_the_loop() {
        check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/a.rs:1 find, via src/once.rs:3 init, via src/a.rs:9 page)
             SELECT * FROM users WHERE id = ? -- binds: [2]   (×2, distinct binds, at src/a.rs:1 find, via src/a.rs:9 page)",
            &["warning n-plus-one: 3 queries on users by id, 3 distinct binds, 3.0 ms of 3.0 ms"],
        );
    }

    #[test]
    fn a_walk_down_a_tree_is_one_place_at_any_depth() {
        check(
            "SELECT * FROM nodes WHERE parent_id = ? -- binds: [1]   (at src/a.rs:1 walk, via src/main.rs:9 main)
             SELECT * FROM nodes WHERE parent_id = ? -- binds: [2]   (at src/a.rs:1 walk, via src/a.rs:3 walk, via src/main.rs:9 main)
             SELECT * FROM nodes WHERE parent_id = ? -- binds: [3]   (at src/a.rs:1 walk, via src/a.rs:3 walk, via src/a.rs:3 walk, via src/main.rs:9 main)",
            &["warning n-plus-one: 3 queries on nodes by parent_id, 3 distinct binds, 3.0 ms of 3.0 ms"],
        );
    }

    #[test]
    fn a_macro_is_the_line_that_calls_it() {
        let found = check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×3, distinct binds, at src/page.rs:30 page)",
            &["warning n-plus-one: 3 queries on users by id, 3 distinct binds, 3.0 ms of 3.0 ms"],
        );
        assert_eq!(found[0].sites[0].frames[0].line, 30);
    }

    #[test]
    fn values_in_the_text_count_like_binds_and_get_a_note() {
        let found = check(
            "SELECT * FROM users WHERE id = {n}   (×5, distinct literals)",
            &["warning n-plus-one: 5 queries on users by id, 5 distinct values, 5.0 ms of 5.0 ms"],
        );
        assert!(found[0].notes[0].contains("not parameterised"));
        check("SELECT * FROM users WHERE id IN ({n}, 1{n}, 2{n})   (×5, distinct literals)", &[]);
        check(
            "SELECT * FROM users WHERE id = 5   (×5)",
            &["warning duplicate-query: 4 of 5 queries on users by id repeat one before, 5.0 ms of 5.0 ms"],
        );
    }

    #[test]
    fn a_loop_that_asks_some_keys_twice_is_one_finding_with_a_note() {
        let found = check(
            "loop ×2
               SELECT * FROM users WHERE id = ? -- binds: [1]   (at src/a.rs:1 a)
               SELECT * FROM users WHERE id = ? -- binds: [2]   (at src/a.rs:1 a)
               SELECT * FROM users WHERE id = ? -- binds: [3]   (at src/a.rs:1 a)
             end",
            &["warning n-plus-one: 6 queries on users by id, 3 distinct binds, 6.0 ms of 6.0 ms"],
        );
        assert_eq!(found[0].notes, ["3 of them ask again what was asked before"]);
    }

    #[test]
    fn no_query_is_in_two_findings() {
        let lines = "SELECT * FROM users WHERE id = ? -- binds: [1]   (×5, distinct binds, at src/a.rs:1 a)
             SELECT * FROM users WHERE id = ? -- binds: [2]   (×2, at src/b.rs:1 b)
             SELECT * FROM users WHERE id = ? -- binds: [3]   (at src/c.rs:1 c)";
        let found = check(
            lines,
            &[
                "warning n-plus-one: 5 queries on users by id, 5 distinct binds, 5.0 ms of 8.0 ms",
                "warning duplicate-query: 1 of 2 queries on users by id repeats one before, 2.0 ms of 8.0 ms",
            ],
        );
        let mut evidence: Vec<u32> = found.iter().flat_map(|finding| finding.evidence.iter().copied()).collect();
        evidence.sort_unstable();
        assert_eq!(evidence, [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn without_call_sites_a_few_are_a_candidate_and_many_a_finding() {
        let found = check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×9, distinct binds, no site)",
            &["info n-plus-one: candidate: 9 queries on users by id, 9 distinct binds, 9.0 ms of 9.0 ms"],
        );
        assert!(found[0].notes[0].contains("the place is unknown"));
        check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×10, distinct binds, no site)",
            &["warning n-plus-one: 10 queries on users by id, 10 distinct binds, 10.0 ms of 10.0 ms"],
        );
    }

    #[test]
    fn binds_that_hide_themselves_are_a_candidate() {
        check(
            "SELECT * FROM users WHERE token = ? -- binds: [***]   (×5)",
            &["info n-plus-one: candidate: 5 queries on users by token, at least 1 distinct binds, 5.0 ms of 5.0 ms"],
        );
    }

    #[test]
    fn ranges_without_a_limit_are_a_candidate() {
        check(
            "SELECT * FROM sales WHERE day >= ? AND day < ? -- binds: [1, 99]   (×5, distinct binds)",
            &["info n-plus-one: candidate: 5 queries on sales, 5 distinct binds, 5.0 ms of 5.0 ms"],
        );
    }

    #[test]
    fn counts_and_existence_for_each_row_have_their_own_prescription() {
        let code = |lines: &str| findings(&snapshot(lines)).remove(0).prescription.code;
        assert_eq!(
            code("SELECT COUNT(*) FROM comments WHERE post_id = ? -- binds: [1]   (×5, distinct binds)").as_deref(),
            Some(
                "comments::table.filter(comments::post_id.eq_any(&post_ids)).group_by(comments::post_id).select((comments::post_id, count_star())).load(conn)?"
            )
        );
        assert_eq!(
            code("SELECT EXISTS (SELECT * FROM comments WHERE post_id = ?) -- binds: [1]   (×5, distinct binds)")
                .as_deref(),
            Some(
                "comments::table.filter(comments::post_id.eq_any(&post_ids)).select(comments::post_id).distinct().load(conn)?"
            )
        );
        assert_eq!(
            code(r#"SELECT * FROM "Users" WHERE id = $1 -- binds: [1]   (×5, distinct binds)"#),
            None,
            "no name is invented"
        );
    }

    #[test]
    fn two_databases_are_two_places() {
        check(
            "SELECT * FROM users WHERE id = ? -- binds: [1]   (×2, distinct binds, at src/a.rs:1 a)
             SELECT * FROM users WHERE id = ? -- binds: [1]   (×2, distinct binds, at src/a.rs:1 a, on tenant)",
            &[],
        );
    }
}

mod writes {
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
        let found =
            check(&lines, &["warning write-in-loop: 4 updates of users by id, 4 distinct binds, 4.0 ms of 4.0 ms"]);
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
}

mod changes {
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
        let lines =
            "DELETE FROM users\nSELECT * FROM users   (at src/a.rs:1 a)\nSELECT * FROM users   (at src/a.rs:1 a)";
        let mut snapshot = snapshot(lines);
        assert_eq!(findings(&snapshot).len(), 1);
        snapshot.tallies[0].tally.started += 1;
        assert_eq!(findings(&snapshot).len(), 0);
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
        assert_eq!(together, ["n-plus-one", "n-plus-one"], "two loops explain them all");
    }
}

mod silence {
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
}

#[test]
fn the_same_snapshot_gives_the_same_findings() {
    let lines = each(0..300, |at| {
        format!(
            "SELECT * FROM t{} WHERE id = ? -- binds: [{}]   (at src/a.rs:{} f{}, via src/b.rs:{} g)",
            at % 7,
            at % 11,
            at % 5,
            at % 3,
            at % 2
        )
    });
    let print = || {
        let found = findings(&snapshot(&lines));
        assert!(found.len() > 5, "{}", found.len());
        let parts = |finding: &Finding| {
            format!("{:?} {} {:?} {:?}", finding.sites, finding.key(), finding.notes, finding.evidence)
        };
        (told(&found), found.iter().map(parts).collect::<Vec<_>>())
    };
    assert_eq!(print(), print());
}
