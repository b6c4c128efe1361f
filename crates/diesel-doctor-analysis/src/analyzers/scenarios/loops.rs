//! Loops of reads, and scopes that only look like loops.

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
    assert_eq!(found[0].prescription.code.as_deref(), Some("users::table.filter(users::id.eq_any(&ids)).load(conn)?"));
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
    check("SELECT * FROM users WHERE tenant_id = ? AND id IN (?, ?) -- binds: [1, 2, 9]   (×5, distinct bind 2)", &[]);
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
fn calls_of_functions_are_a_candidate() {
    check(
        "SELECT pg_advisory_xact_lock(?) -- binds: [1]   (×5, distinct binds)",
        &["info n-plus-one: candidate: 5 queries, 5 distinct binds, 5.0 ms of 5.0 ms"],
    );
    check(
        "SELECT * FROM users WHERE lower(name) = ? -- binds: [\"a\"]   (×5, distinct binds)",
        &["warning n-plus-one: 5 queries on users, 5 distinct binds, 5.0 ms of 5.0 ms"],
    );
}

#[test]
fn text_that_is_not_understood_is_still_told_unless_it_looks_paged() {
    let strange = "SELECT * FROM users FROBNICATE BY {{ id = ?";
    check(
        &format!("{strange} -- binds: [1]   (×5, distinct binds)"),
        &["warning n-plus-one: 5 queries, 5 distinct binds, 5.0 ms of 5.0 ms"],
    );
    check(
        &format!("{strange} LIMIT 5 -- binds: [1]   (×5, distinct binds)"),
        &["info n-plus-one: candidate: 5 queries, 5 distinct binds, 5.0 ms of 5.0 ms"],
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
