//! Reads the blocks in an analyzer's page that specify it, and makes snapshots of them.
//!
//! A block is fenced as `scope,expect=RULE`, `scope,expect=RULE+RULE` or `scope,expect=none`; `,dialect=postgres`, `mysql` or
//! `sqlite` and `,severity=info` or `warning` may follow. Each of its lines is one of
//!
//! - a statement: the SQL, then ` -- binds: [1, "x"]` where it has any, then, after three spaces, its options in
//!   parentheses, separated by commas;
//! - `loop ×3` … `end`: the lines between, that many times; loops nest.
//!
//! The options. Each applies to all repetitions of the line:
//!
//! | | |
//! |---|---|
//! | `×5` | five times; once by default |
//! | `distinct binds` | the first bind differs each time; else all are equal |
//! | `distinct bind 2` | the second bind differs each time |
//! | `distinct literals` | `{n}` in the SQL is another number each time |
//! | `one site` | the block's line stands for one line of the program; this is also the default |
//! | `at src/a.rs:7 load` | the program's line, and its function |
//! | `via src/b.rs:9 page` | its caller; may be repeated for the caller's caller |
//! | `own sites` | another line of the program each time |
//! | `no site` | no call stack |
//! | `5 ms` | each takes this long; 1 ms by default |
//! | `after 50 ms` | each starts this long after the query before |
//! | `in transaction 1` | in this transaction; none by default |
//! | `own transactions` | each in a transaction of its own |
//! | `failed UniqueViolation` | with this error |
//! | `unfinished` | its end was not seen |
//! | `on replica` | on this connection; `main` by default |
//! | `to shop` | the connection goes to this database; by default each connection has its own |
//! | `setup`, `control` | a session setting; transaction control |
//! | `split by diesel` | Diesel made several statements of one call |

use std::time::Duration;

use diesel_doctor_sql::Dialect;

use crate::record::QueryKind;
use crate::snapshot::{QueryBuilder, Snapshot, SnapshotBuilder};

/// A fenced block that says what is found in a scope.
#[derive(Debug)]
pub(super) struct Block {
    /// The line in the page where the block starts, from 1.
    pub(super) line: usize,
    /// The names of the rules that fire, sorted.
    pub(super) expected: Vec<String>,
    /// The severity of the findings, where the block names one.
    pub(super) severity: Option<String>,
    dialect: Dialect,
    body: String,
}

/// The blocks of a page.
///
/// # Errors
/// Describes what cannot be understood in the page.
pub(super) fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut other = false;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(""), Some(_)) => blocks.extend(open.take()),
            (Some(_), None) if other => other = false,
            (Some(info), None) if info.split(',').next() == Some("scope") => {
                open = Some(Block::open(number + 1, info)?);
            }
            (Some(_), None) => other = true,
            (Some(_), Some(block)) => {
                return Err(format!("line {}: the block of line {} is open", number + 1, block.line));
            }
            (None, Some(block)) => {
                block.body.push_str(line);
                block.body.push('\n');
            }
            (None, None) => {}
        }
    }
    match open {
        Some(block) => Err(format!("line {}: the block is not closed", block.line)),
        None => Ok(blocks),
    }
}

/// The snapshot that these lines describe.
///
/// # Errors
/// Describes what cannot be understood in the lines.
pub(super) fn snapshot(lines: &str, dialect: Dialect) -> Result<Snapshot, String> {
    Block { line: 0, expected: Vec::new(), severity: None, dialect, body: lines.to_owned() }.snapshot()
}

impl Block {
    fn open(line: usize, info: &str) -> Result<Self, String> {
        let mut block =
            Self { line, expected: Vec::new(), severity: None, dialect: Dialect::Unknown, body: String::new() };
        let mut says_what = false;
        for word in info.split(',').skip(1) {
            match word.split_once('=') {
                Some(("expect", "none")) => says_what = true,
                Some(("expect", rules)) => {
                    says_what = true;
                    block.expected = rules.split('+').map(str::to_owned).collect();
                    block.expected.sort();
                }
                Some(("severity", severity)) => block.severity = Some(severity.to_owned()),
                Some(("dialect", "postgres")) => block.dialect = Dialect::PostgreSql,
                Some(("dialect", "mysql")) => block.dialect = Dialect::MySql,
                Some(("dialect", "sqlite")) => block.dialect = Dialect::Sqlite,
                _ => return Err(format!("line {line}: `{word}` is not understood")),
            }
        }
        if says_what { Ok(block) } else { Err(format!("line {line}: the block does not say what to expect")) }
    }

    /// The snapshot that the block describes.
    ///
    /// # Errors
    /// Describes what cannot be understood in the block.
    pub(super) fn snapshot(&self) -> Result<Snapshot, String> {
        let mut lines = self.body.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let mut steps = steps(&mut lines, 0).map_err(|(at, what)| format!("line {}: {what}", self.line + at + 1))?;
        let builder = SnapshotBuilder::new("page", self.dialect);
        Ok(steps.iter_mut().fold(builder, |builder, step| step.run(builder)).build())
    }
}

enum Step {
    Query(Box<Line>),
    Loop(u32, Vec<Step>),
}

impl Step {
    fn run(&mut self, builder: SnapshotBuilder) -> SnapshotBuilder {
        match self {
            Self::Query(line) => (0..line.times).fold(builder, |builder, _| line.run(builder)),
            Self::Loop(times, steps) => (0..*times)
                .fold(builder, |builder, _| steps.iter_mut().fold(builder, |builder, step| step.run(builder))),
        }
    }
}

type Flaw = (usize, String);

fn steps<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>, depth: u32) -> Result<Vec<Step>, Flaw> {
    let mut steps = Vec::new();
    while let Some((at, text)) = lines.next() {
        let text = text.trim();
        if text == "end" && depth > 0 {
            return Ok(steps);
        } else if let Some(times) = text.strip_prefix("loop ×") {
            let times = times.parse().map_err(|_| (at, format!("`{times}` is no number")))?;
            steps.push(Step::Loop(times, self::steps(lines, depth + 1)?));
        } else {
            steps.push(Step::Query(Box::new(Line::read(at, text).map_err(|what| (at, what))?)));
        }
    }
    if depth == 0 { Ok(steps) } else { Err((0, "a loop has no end".to_owned())) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    Literals,
    Sites,
    Transactions,
}

#[derive(Default)]
struct Line {
    sql: String,
    binds: Vec<String>,
    times: u32,
    /// Which bind changes, from 0.
    varying: Option<usize>,
    frames: Vec<(String, u32, String)>,
    /// What differs each time, besides binds.
    own: Vec<Own>,
    elapsed: Option<Duration>,
    after: Duration,
    transaction: u32,
    failed: Option<&'static str>,
    unfinished: bool,
    connection: Option<String>,
    database: Option<String>,
    kind: Option<QueryKind>,
    split_by_diesel: bool,
    /// How often it ran.
    rounds: u32,
}

impl Line {
    fn read(at: usize, text: &str) -> Result<Self, String> {
        let (text, notes) = match text.rsplit_once("   (") {
            Some((text, notes)) => (text.trim_end(), notes.strip_suffix(')').ok_or("a parenthesis is not closed")?),
            None => (text, ""),
        };
        let (sql, binds) = text.split_once(" -- binds: ").unwrap_or((text, "[]"));
        let binds =
            binds.strip_prefix('[').and_then(|binds| binds.strip_suffix(']')).ok_or("binds stand in brackets")?;
        let mut line = Self { sql: sql.to_owned(), binds: elements(binds), times: 1, ..Self::default() };
        line.frames.push(("src/main.rs".to_owned(), at as u32 + 1, "main".to_owned()));
        for note in notes.split(", ").filter(|note| !note.is_empty()) {
            line.note(note).ok_or_else(|| format!("`{note}` is not understood"))?;
        }
        Ok(line)
    }

    fn note(&mut self, note: &str) -> Option<()> {
        if let Some(times) = note.strip_prefix('×') {
            self.times = times.parse().ok()?;
            return Some(());
        }
        match note.split_once(' ').unwrap_or((note, "")) {
            ("distinct", "binds") => self.varying = Some(0),
            ("distinct", "literals") => self.own.push(Own::Literals),
            ("distinct", number) => self.varying = Some(number.strip_prefix("bind ")?.parse::<usize>().ok()? - 1),
            ("one", "site") => {}
            ("no", "site") => self.frames.clear(),
            ("own", "sites") => self.own.push(Own::Sites),
            ("own", "transactions") => self.own.push(Own::Transactions),
            ("at", place) => self.frames = vec![frame(place)?],
            ("via", place) => self.frames.push(frame(place)?),
            ("after", time) => self.after = milliseconds(time)?,
            ("in", transaction) => self.transaction = transaction.strip_prefix("transaction ")?.parse().ok()?,
            ("failed", class) => self.failed = Some(String::leak(class.to_owned())),
            ("unfinished", "") => self.unfinished = true,
            ("to", database) => self.database = Some(format!("postgres://localhost/{database}")),
            ("on", connection) => self.connection = Some(connection.to_owned()),
            ("setup", "") => self.kind = Some(QueryKind::Setup),
            ("control", "") => self.kind = Some(QueryKind::Transaction),
            ("split", "by diesel") => self.split_by_diesel = true,
            _ => self.elapsed = Some(milliseconds(note)?),
        }
        Some(())
    }

    fn run(&mut self, builder: SnapshotBuilder) -> SnapshotBuilder {
        let round = self.rounds;
        self.rounds += 1;
        let sql = if self.own.contains(&Own::Literals) {
            self.sql.replace("{n}", &(round + 1).to_string())
        } else {
            self.sql.clone()
        };
        builder.query(&sql, |query| self.describe(query, round))
    }

    fn describe(&self, mut query: QueryBuilder, round: u32) -> QueryBuilder {
        let mut binds = self.binds.clone();
        if let Some(bind) = self.varying.and_then(|varying| binds.get_mut(varying)) {
            *bind = another(bind, round);
        }
        query = query.binds(&binds).after(self.after);
        for (at, (file, line, function)) in self.frames.iter().enumerate() {
            query = query.at(
                file,
                if self.own.contains(&Own::Sites) && at == 0 { line + 1000 * round } else { *line },
                function,
            );
        }
        if let Some(elapsed) = self.elapsed {
            query = query.elapsed(elapsed);
        }
        if let Some(class) = self.failed {
            query = query.failed(class);
        }
        if let Some(connection) = &self.connection {
            query = query.connection(connection);
        }
        if let Some(database) = &self.database {
            query = query.database(database);
        }
        if let Some(kind) = self.kind {
            query = query.kind(kind);
        }
        if self.unfinished {
            query = query.unfinished();
        }
        if self.split_by_diesel {
            query = query.split_by_diesel();
        }
        query.transaction(if self.own.contains(&Own::Transactions) { round + 1 } else { self.transaction })
    }
}

/// The bind of another round. Numbers grow, in lists by a thousand so that the lists do not overlap; texts get a number.
fn another(bind: &str, round: u32) -> String {
    if let Some(inside) = bind.strip_prefix('[').and_then(|bind| bind.strip_suffix(']')) {
        let shifted: Vec<String> = elements(inside).iter().map(|element| another(element, round * 1000)).collect();
        return format!("[{}]", shifted.join(", "));
    }
    match (bind.parse::<u32>(), bind.strip_suffix('"')) {
        (Ok(number), _) => (number + round).to_string(),
        (_, Some(text)) => format!("{text} {round}\""),
        _ => format!("{bind} {round}"),
    }
}

fn elements(list: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0, false);
    let parts = list.split(|c| {
        quoted ^= c == '"';
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0 && !quoted
    });
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

fn frame(place: &str) -> Option<(String, u32, String)> {
    let (place, function) = place.split_once(' ')?;
    let (file, line) = place.split_once(':')?;
    Some((file.to_owned(), line.parse().ok()?, function.to_owned()))
}

fn milliseconds(text: &str) -> Option<Duration> {
    text.strip_suffix(" ms")?.parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(body: &str) -> Result<Snapshot, String> {
        super::snapshot(body, Dialect::Unknown)
    }

    #[test]
    fn a_line_is_repeated_as_it_says() {
        let snapshot =
            snapshot("SELECT ? -- binds: [[1], 7]   (×3, distinct bind 2, 5 ms, after 2 ms, in transaction 4)")
                .unwrap();
        let queries = snapshot.queries();
        assert_eq!(queries.len(), 3);
        assert_ne!(queries[0].binds.identity(), queries[1].binds.identity());
        assert_eq!(snapshot.bind_facts(&queries[0])[0], snapshot.bind_facts(&queries[2])[0]);
        assert_eq!(queries[1].started, Duration::from_millis(9));
        assert_eq!(queries[2].transaction, 4);
        assert_eq!(snapshot.stack(&queries[0]).unwrap(), snapshot.stack(&queries[2]).unwrap());
    }

    #[test]
    fn loops_take_their_lines_in_turn() {
        let snapshot = snapshot("loop ×2\n  SELECT 1\n  loop ×2\n    SELECT 2\n  end\nend\nSELECT 3").unwrap();
        let lines: Vec<u32> =
            snapshot.queries().iter().map(|query| snapshot.stack(query).unwrap().user_frames[0].line).collect();
        assert_eq!(lines, [2, 4, 4, 2, 4, 4, 7]);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for body in
            ["SELECT 1   (×x)", "SELECT 1   (twice)", "loop ×2\nSELECT 1", "SELECT 1 -- binds: 1", "loop ×x\nend"]
        {
            assert!(snapshot(body).is_err(), "{body}");
        }
        for page in ["```scope\n```", "```scope,expect=none\n", "```scope,expect=none,often\n```"] {
            assert!(blocks(page).is_err(), "{page}");
        }
    }

    #[test]
    fn other_blocks_are_not_read() {
        let page = "```rust\nlet a = 1;\n```\n```scope,expect=b+a,severity=info\nSELECT 1\n```\n";
        let blocks = blocks(page).unwrap();
        assert_eq!(blocks.len(), 1);
        assert_eq!((blocks[0].line, blocks[0].expected.as_slice()), (4, ["a".to_owned(), "b".to_owned()].as_slice()));
    }
}
