//! Asks everything of nested texts, on stacks of several sizes.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::thread;

use diesel_doctor_sql::{Dialect, Level, Statement};

use super::constructs::{CONSTRUCTS, Construct};

const DIALECTS: [(&str, Dialect); 4] = [
    ("postgres", Dialect::PostgreSql),
    ("mysql", Dialect::MySql),
    ("sqlite", Dialect::Sqlite),
    ("unknown", Dialect::Unknown),
];

/// The stack that is asked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The first thread's.
    Main,
    /// A thread's, of so many KiB.
    Thread(usize),
}

impl Place {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Thread(64), Self::Thread(256), Self::Thread(2048), Self::Thread(8192), Self::Main];

    /// What it is called.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Main => "main".to_owned(),
            Self::Thread(size) => size.to_string(),
        }
    }

    /// The place of that name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        if name == "main" { Some(Self::Main) } else { name.parse().ok().map(Self::Thread) }
    }

    fn run(self, ask: impl FnOnce() + Send) {
        match self {
            Self::Main => ask(),
            Self::Thread(size) => thread::scope(|scope| {
                thread::Builder::new().stack_size(size << 10).spawn_scoped(scope, ask).unwrap();
            }),
        }
    }
}

/// Asks everything of all constructs, at every power of two up to a depth. A line says what comes before it is asked, and one how deep each construct
/// still had a shape.
pub(crate) fn ask(place: Place, deepest: usize, out: &mut (impl Write + Send)) -> io::Result<()> {
    for construct in CONSTRUCTS {
        for (name, dialect) in DIALECTS {
            let mut parsed = 0;
            for depth in (0..).map(|power| 1 << power).take_while(|&depth| depth <= deepest) {
                writeln!(out, "ask\t{}\t{name}\t{depth}", construct.name)?;
                out.flush()?;
                let mut level = Level::Bytes;
                place.run(|| level = understand(construct, depth, dialect));
                if level == Level::Parsed {
                    parsed = depth;
                }
            }
            writeln!(out, "parsed\t{}\t{name}\t{parsed}", construct.name)?;
        }
    }
    Ok(())
}

/// Asks everything of a text.
fn understand(construct: &Construct, depth: usize, dialect: Dialect) -> Level {
    let statement = Statement::new(&construct.nested(depth), dialect);
    let level = statement.level();
    let mut written = String::new();
    let _ = write!(written, "{:?} {}", statement, statement.summary());
    if let Some(shape) = statement.shape() {
        let _ = write!(written, "{shape:?} {:?}", shape.clone().bind_role(1));
    }
    drop(statement.clone());
    level
}
