//! Asks everything of nested syntax on stacks of several sizes, in whatever profile it is built: `README.md` has the commands.
//!
//! Each stack has a child process, so that an overflow is found and named.

use std::io::stdout;
use std::process::{Command, ExitCode};

mod constructs;
mod probe;

use probe::Place;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let deepest = arguments.next().and_then(|deepest| deepest.parse().ok()).unwrap_or(200_000);
    if let Some(place) = arguments.next().and_then(|name| Place::of(&name)) {
        return if probe::ask(place, deepest, &mut stdout()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut overflows = 0;
    for place in Place::ALL {
        let child = std::env::current_exe()
            .and_then(|program| Command::new(program).args([deepest.to_string(), place.name()]).output());
        match child {
            Ok(child) if child.status.success() => println!("{place:?}: nothing overflowed"),
            Ok(child) => {
                let said = String::from_utf8_lossy(&child.stdout).into_owned();
                println!("{place:?}: {} at {:?}", child.status, said.lines().last());
                overflows += 1;
            }
            Err(error) => {
                println!("{place:?}: {error}");
                overflows += 1;
            }
        }
    }
    if overflows == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
