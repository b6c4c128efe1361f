//! The matrix of connections, pools and hops: what is true of each cell, and that the documentation says the same.

use diesel_doctor_tests::matrix::{Scope, Site, json, markdown, run, text};

#[test]
fn no_cell_is_wrong_and_the_documentation_has_the_same_table() {
    let cells = run();
    let table = text(&cells);
    assert!(cells.len() >= 60, "{table}");
    assert!(cells.iter().all(|cell| cell.scope != Scope::Wrong && cell.site != Site::Wrong), "{table}");
    for cell in cells.iter().filter(|cell| cell.scope == Scope::Helped) {
        let aided = cells.iter().find(|other| {
            (other.connection, other.pool) == (cell.connection, cell.pool)
                && cell.note.ends_with(&format!("`{}`", other.hop))
        });
        assert_eq!(aided.map(|aided| aided.scope), Some(Scope::Right), "{cell:?}");
    }
    for hop in ["rayon, bind()", "thread, bind()", "cancelled in mid-query"] {
        assert!(cells.iter().any(|cell| cell.hop == hop), "{hop}");
    }
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&json(&cells)).unwrap().len(), cells.len());

    let documentation = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/async.md")).unwrap();
    assert!(documentation.contains(&markdown(&cells)), "write it there with `cargo xtask matrix --write`\n{table}");
}
