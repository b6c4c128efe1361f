//! The list of what has no shape is right: each statement of it has none, and each around which a way was found has one.

use diesel_doctor_sql::{Dialect, Level, Statement};

#[test]
fn the_list_of_fallbacks_is_right() {
    let mut fence: Option<(Dialect, Level)> = None;
    let (mut missing, mut found, mut wrong) = (0, 0, Vec::new());
    for line in include_str!("../src/fallbacks.md").lines() {
        if let Some(tags) = line.strip_prefix("```") {
            let dialect = match tags.split(',').nth(1) {
                Some("postgres") => Dialect::PostgreSql,
                Some("mysql") => Dialect::MySql,
                _ => Dialect::Sqlite,
            };
            let level = if tags.ends_with(",parsed") { Level::Parsed } else { Level::Tokens };
            fence = (!tags.is_empty()).then_some((dialect, level));
        } else if let Some((dialect, level)) = fence {
            *if level == Level::Parsed { &mut found } else { &mut missing } += 1;
            let statement = Statement::new(line, dialect);
            if statement.level() != level {
                wrong.push(format!("{dialect:?}, {:?} and not {level:?}: {line}", statement.level()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((missing, found), (25, 79), "statements on the list");
}
