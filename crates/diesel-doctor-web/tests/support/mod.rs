//! What the tests of all adapters share: queries without a database, and the reports that come of them.

#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod load;

use std::fmt::Display;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel_doctor_core::reporters::Memory;
use diesel_doctor_core::{Dialect, Doctor, DoctorBuilder, Profile, Recorder, Report, Reporter};
use diesel_doctor_web::{Requests, RequestsBuilder};

/// Nothing waits so long unless it fails.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A doctor that depends on no environment, and what it shows.
pub(crate) fn doctor(profile: Profile) -> (Doctor, Memory) {
    let memory = Memory::new();
    let builder = DoctorBuilder::without_environment().profile(profile);
    (builder.reporter(memory.clone()).build().unwrap(), memory)
}

/// The reports of all requests, in the order of their ends.
#[derive(Debug)]
pub(crate) struct Reports(Receiver<Report>);

impl Reports {
    pub(crate) fn next(&self) -> Report {
        self.0.recv_timeout(LONG).expect("the report comes")
    }

    /// Those that are there once the doctor has nothing more to do.
    pub(crate) fn rest(&self) -> Vec<Report> {
        assert!(diesel_doctor_core::flush(LONG));
        self.0.try_iter().collect()
    }
}

/// Requests under such a doctor.
pub(crate) fn requests() -> (Requests, Reports, Memory) {
    requests_with(|builder| builder)
}

pub(crate) fn requests_with(settings: impl FnOnce(RequestsBuilder) -> RequestsBuilder) -> (Requests, Reports, Memory) {
    let (doctor, memory) = doctor(Profile::Test);
    let (sender, receiver): (Sender<Report>, _) = channel();
    let builder = Requests::builder().doctor(Arc::new(doctor)).on_report(move |report| {
        let _ = sender.send(report.clone());
    });
    (settings(builder).build(), Reports(receiver), memory)
}

/// Holds every report until it is told to go on.
#[derive(Debug)]
pub(crate) struct Stuck {
    go_on: Mutex<Receiver<()>>,
    holds: Sender<()>,
}

impl Stuck {
    /// It goes on for good when the sender is dropped. Sending fails when it has given up.
    pub(crate) fn new() -> (Sender<()>, Self) {
        let (go_on, _, stuck) = Self::telling();
        (go_on, stuck)
    }

    /// One that tells, too, when it holds a report.
    pub(crate) fn telling() -> (Sender<()>, Receiver<()>, Self) {
        let (go_on, told) = channel();
        let (tells, holds) = channel();
        (go_on, holds, Self { go_on: Mutex::new(told), holds: tells })
    }
}

impl Reporter for Stuck {
    fn report(&self, _: &Report) -> io::Result<()> {
        // Not everybody listens.
        let _ = self.holds.send(());
        match self.go_on.lock().unwrap().recv_timeout(LONG) {
            Err(RecvTimeoutError::Timeout) => panic!("nobody told it to go on"),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(()),
        }
    }
}

/// Makes a query on a connection that is watched.
pub(crate) fn query(sql: &dyn Display) {
    let mut recorder = Recorder::new();
    recorder.describe("main", Dialect::Sqlite);
    recorder.start_query(sql);
    recorder.finish_query(sql, None);
}

/// Makes queries that are an N+1 loop on this table.
pub(crate) fn n_plus_one(table: &str) {
    for id in 0..5 {
        query(&Query { sql: format!("SELECT * FROM {table} WHERE id = ?"), bind: id });
    }
}

/// A query as Diesel prints it: the SQL, the marker, the binds, each in a piece of its own.
struct Query {
    sql: String,
    bind: i32,
}

impl Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sql)?;
        f.write_str(" -- binds: ")?;
        write!(f, "[{}]", self.bind)
    }
}

/// How many queries a route of a load test makes.
pub(crate) fn expected_queries(route: usize) -> usize {
    route % 7
}

/// Counts the reports of a load test, whose routes are named by numbers, and keeps those with a wrong number of queries.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<(u64, Vec<String>)>);

impl Tally {
    pub(crate) fn count(&self, report: &Report) {
        let route: usize = report.scope.strip_prefix("GET /").unwrap().parse().unwrap();
        let mut tally = self.0.lock().unwrap();
        tally.0 += 1;
        if report.query_count() != expected_queries(route) as u64 {
            tally.1.push(format!("{}: {}", report.scope, report.query_count()));
        }
    }

    pub(crate) fn reports(&self) -> u64 {
        self.0.lock().unwrap().0
    }

    pub(crate) fn wrong(&self) -> Vec<String> {
        self.0.lock().unwrap().1.clone()
    }
}

/// The description of a `Server-Timing` header of ours, whose time must be milliseconds with three decimals, however many.
pub(crate) fn timed(header: &str) -> &str {
    let (duration, description) = header.strip_prefix("db;dur=").unwrap().split_once(';').unwrap();
    let (whole, fraction) = duration.split_once('.').unwrap();
    assert!(fraction.len() == 3 && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()), "{header}");
    description
}
