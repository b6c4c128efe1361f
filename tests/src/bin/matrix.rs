//! Prints the matrix of connections, pools and hops: `matrix [text|json|markdown]`.

use std::process::ExitCode;

use diesel_doctor_tests::matrix::{Scope, Site, json, markdown, run, text};

fn main() -> ExitCode {
    let print = match std::env::args().nth(1).as_deref() {
        None | Some("text") => text,
        Some("json") => json,
        Some("markdown") => markdown,
        Some(other) => {
            eprintln!("there is no format `{other}`: text, json or markdown");
            return ExitCode::FAILURE;
        }
    };
    let cells = run();
    print!("{}", print(&cells));
    let wrong = cells.iter().any(|cell| cell.scope == Scope::Wrong || cell.site == Site::Wrong);
    if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
