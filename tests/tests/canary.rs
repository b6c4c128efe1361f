//! Passwords, URLs, bind values and literals are in nothing that leaves the doctor: whatever is secret here holds one word, and every output
//! is searched for it.
//!
//! All connections are watched from their beginning on, in the whole process.

use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, Mutex};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_doctor::reporters::{Reporter as _, TracingReporter, json};
use diesel_doctor::{Analyzer, Finding, Recorder, Report, Rule, Snapshot, assert_scales, health};
use diesel_doctor_tests::blog::{self, test_doctor, users};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::with_default;
use tracing::{Event, Metadata, Subscriber};

/// Stands in whatever must not be shown. It is the password of the servers that `cargo xtask test` starts, too.
const CANARY: &str = "canary-7f3a91";

/// What was written, by whom it may be.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<String>>);

impl Written {
    fn add(&self, text: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{text:?}").unwrap();
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// Writes down what analyzers are given: those of the user's may print it.
impl Analyzer for Written {
    fn rule(&self) -> &'static Rule {
        const { &Rule::new("written", "finds nothing", "") }
    }

    fn analyze(&self, snapshot: &Snapshot, _: &mut Vec<Finding>) {
        self.add(snapshot);
    }
}

impl Visit for Written {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(&(field.name(), value));
    }
}

impl Subscriber for Written {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs `work` in a scope on whose report no assertion holds, and searches everything that tells of it.
#[track_caller]
fn search<T>(work: impl FnOnce() -> T) -> (T, Report) {
    static INSTALLED: LazyLock<()> = LazyLock::new(|| diesel_doctor::install().unwrap());
    LazyLock::force(&INSTALLED);
    let snapshot = Written::default();
    let doctor = Arc::new(test_doctor().analyzer(snapshot.clone()).build().unwrap());
    let (result, report) = doctor.diagnose("searched", work);

    let events = Written::default();
    with_default(events.clone(), || TracingReporter::new().report(&report)).unwrap();
    let outputs = [
        ("text", report.to_string()),
        ("Debug", format!("{report:?}")),
        ("JSON", json::to_string(&report)),
        ("events", events.take()),
        ("snapshot", snapshot.take()),
        ("assert_clean", panic_of(|| report.assert_clean())),
        ("assert_queries", panic_of(|| report.assert_queries(u64::MAX))),
        ("assert_max_queries", panic_of(|| report.assert_max_queries(0))),
    ];
    for (name, output) in outputs {
        assert!(output.contains("searched"), "the name of the scope is no secret: {name}: {output}");
        assert_hidden(name, &output);
    }
    assert_hidden("health", &format!("{0} {0:?}", health()));
    (result, report)
}

fn panic_of(assertion: impl FnOnce()) -> String {
    *catch_unwind(AssertUnwindSafe(assertion)).unwrap_err().downcast().unwrap()
}

#[track_caller]
fn assert_hidden(name: &str, output: &str) {
    assert!(!output.contains(CANARY), "{name}: {output}");
}

/// Asks with secrets in binds and in texts, where the database answers and where it refuses.
macro_rules! ask {
    ($conn:expr, $literals:expr) => {{
        let conn = $conn;
        for n in 1..=4 {
            let secret = format!("{CANARY} {n}");
            let same = users::table.filter(users::name.eq(&secret));
            assert_eq!(same.select(users::id).first::<i32>(conn), Err(diesel::NotFound));
            let insert = diesel::insert_into(users::table).values(users::name.eq(&secret));
            assert_eq!(insert.execute(conn), Ok(1));
            insert.execute(conn).unwrap_err();
            let pattern = users::table.filter(users::name.like(format!("%{secret}")));
            assert_eq!(pattern.count().get_result(conn), Ok(1));
            let list = users::table.filter(users::name.eq_any([&secret, "user 1"]));
            assert_eq!(list.count().get_result(conn), Ok(2));
            for literal in $literals {
                let literal = literal.replace("{}", &secret);
                diesel::sql_query(format!("SELECT id FROM users WHERE name = {literal}")).execute(conn).unwrap();
                diesel::sql_query(format!("SELECT {literal} FROM nowhere")).execute(conn).unwrap_err();
                conn.batch_execute(&format!("UPDATE users SET name = {literal} WHERE id = 0; SELECT {literal}"))
                    .unwrap();
            }
            diesel::sql_query(format!("SELECT id FROM users WHERE name = '{secret}")).execute(conn).unwrap_err();
            diesel::sql_query(format!("SELECT id /* {secret} */ FROM users -- {secret}\n")).execute(conn).unwrap();
        }
    }};
}

/// Of what [`ask`] asked with so many literals, the database refused what it should, and there are findings on the rest.
#[track_caller]
fn assert_refused(report: &Report, literals: u64) {
    assert_eq!(report.evidence().failed, 4 * (2 + literals), "{report}");
    assert!(!report.findings().is_empty(), "{report}");
}

/// Watches a connection of its own in the scope of a caller, as if it had been opened with this URL.
fn open_and_ask(url: &str) -> Recorder {
    let mut recorder = Recorder::new();
    recorder.start_establish(url);
    recorder.finish_establish(false);
    for n in 1..=4 {
        let query = format!("SELECT name FROM users WHERE id = $1 -- binds: [{n}]");
        recorder.start_query(&query);
        recorder.finish_query(&query, None);
    }
    recorder
}

#[test]
fn what_stands_in_an_address_beside_host_and_database() {
    let addresses = [
        "postgres://ann:{}@db.local:5433/shop?sslmode=require",
        "postgres://{}:password@db.local/shop",
        "postgres://{}@db.local/shop",
        "postgres://db.local/shop?user=ann&password={}",
        "postgres:///shop?host=/run/{}",
        "mysql://ann:{}@db.local/shop?ssl_ca=/{}",
        "MySQL://ann:{}@db.local",
        "host=db.local user=ann password={} dbname=shop",
        "host = db.local user = ann password = {} dbname = shop",
        "dbname='shop' password='{}' host='db.local' sslkey=/{}",
        "password='of two words: {}' host=db.local",
        "password='with a quote\\' {}' host=db.local",
        "password='like a name dbname={}' dbname=shop",
        "password=with\\ blanks\\ {} dbname=shop",
        "dbname=postgres://ann:{}@db.local/shop",
        "password={}",
        "user={}",
        "service=shop passfile=/{}",
        "/home/{}/shop.db",
        "file:shop.db?key={}",
        "file:/srv/{}/shop.db?mode=rwc",
        "sqlite:///srv/{}/shop.db",
    ];
    for address in addresses {
        let (recorder, report) = search(|| open_and_ask(&address.replace("{}", CANARY)));
        assert_hidden("Debug", &format!("{recorder:?}"));
        assert_eq!(report.evidence().connections.len(), 1, "{address} was seen: {report}");
    }
}

#[test]
fn passwords_that_should_have_been_escaped() {
    for scheme in ["postgres", "postgresql", "mysql", "unknown"] {
        for separator in ["#", "?", "/", "@", ":", " ", "=", "&", "'", "\"", "%", "\\", "//", "://", "@/", "/@", "?@#"]
        {
            for password in [format!("{CANARY}{separator}x"), format!("x{separator}{CANARY}")] {
                let address = format!("{scheme}://ann:{password}@db.local/shop");
                let (recorder, report) = search(|| open_and_ask(&address));
                assert_hidden(&address, &format!("{recorder:?}"));
                assert_eq!(report.findings().len(), 1, "{report}");
            }
        }
    }
}

#[test]
fn on_sqlite() {
    let ((), report) = search(|| {
        let address = format!("file:shop?mode=memory&key={CANARY}");
        let conn = &mut SqliteConnection::establish(&address).unwrap();
        conn.batch_execute("CREATE TEMPORARY TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE)")
            .unwrap();
        diesel::insert_into(users::table).values(users::name.eq("user 1")).execute(conn).unwrap();
        ask!(conn, ["'{}'", "'it''s {}'", "'{}' || 'x'"]);
    });
    assert_eq!(report.evidence().connections[0].label, "sqlite:shop");
    assert_refused(&report, 3);

    let failed = health().connections_failed;
    let (refused, _) = search(|| SqliteConnection::establish(&format!("/no/such/{CANARY}/shop.db")).map(drop));
    assert!(refused.is_err());
    assert!(health().connections_failed > failed);
}

#[test]
fn in_the_message_of_an_assertion_on_sizes() {
    let conn = &mut SqliteConnection::establish(":memory:").unwrap();
    blog::prepare(conn, "INTEGER PRIMARY KEY");
    let message = panic_of(|| {
        assert_scales("searched", [1, 4], |size| {
            let rows = size.get();
            size.measure(|| {
                for n in 0..rows {
                    let secret = format!("{CANARY} {n}");
                    let found = users::table.filter(users::name.eq(&secret)).select(users::id).load::<i32>(conn);
                    assert_eq!(found, Ok(vec![]));
                    let query = format!("SELECT id FROM users WHERE name = '{secret}'");
                    diesel::sql_query(query).execute(conn).unwrap();
                }
            });
        });
    });
    assert!(message.starts_with("searched: 2 of 2 queries"), "{message}");
    assert_hidden("assert_scales", &message);
}

#[cfg(feature = "postgres")]
#[test]
fn on_postgresql() {
    use diesel_doctor_tests::events::server;

    let url = server("TEST_POSTGRES_URL");
    let parameter = if url.contains('?') { '&' } else { '?' };
    for address in [format!("{url}{parameter}application_name={CANARY}"), keywords(&url)] {
        let ((), report) = search(|| {
            let conn = &mut PgConnection::establish(&address).unwrap();
            blog::prepare(conn, "SERIAL PRIMARY KEY");
            conn.batch_execute(&format!("SET application_name TO '{CANARY}'")).unwrap();
            ask!(conn, ["'{}'", "E'it\\'s {}'", "$${}$$", "$tag$'{}$tag$", "U&'{}'", "'it''s {}'", "'{}'::text"]);
        });
        assert_refused(&report, 7);
    }
    let refused = [
        "postgres://ann:{}@127.0.0.1:1/shop",
        "postgres://ann:{}#x@127.0.0.1:1/shop",
        "host=127.0.0.1 port=1 user=ann password='{} x' dbname=shop",
        "password={} host",
        "{}",
    ];
    for address in refused {
        let (refused, _) = search(|| PgConnection::establish(&address.replace("{}", CANARY)).map(drop));
        assert!(refused.is_err());
    }
}

/// A URL in libpq's other form, with the canary in it.
#[cfg(feature = "postgres")]
fn keywords(url: &str) -> String {
    let (account, place) = url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).unwrap();
    let (user, password) = account.split_once(':').unwrap();
    let (host, database) = place.split(['?', '#']).next().and_then(|place| place.split_once('/')).unwrap();
    let (host, port) = host.split_once(':').unwrap_or((host, "5432"));
    format!(
        "user='{user}' password = '{password}' host={host} port={port} dbname='{database}' application_name='{CANARY} host=x'"
    )
}

#[cfg(feature = "mysql")]
#[test]
fn on_mariadb() {
    use diesel_doctor_tests::events::server;

    let ((), report) = search(|| {
        let conn = &mut MysqlConnection::establish(&server("TEST_MYSQL_URL")).unwrap();
        blog::prepare(conn, "INTEGER AUTO_INCREMENT PRIMARY KEY");
        conn.batch_execute(&format!("SET @secret = '{CANARY}'")).unwrap();
        ask!(conn, ["'{}'", "\"{}\"", "'it\\'s {}'", "\"it\\\"s {}\"", "N'{}'", "_utf8mb4'{}'", "'x' '{}'"]);
    });
    assert_refused(&report, 7);
    for address in ["mysql://ann:{}@127.0.0.1:1/shop", "mysql://ann:{}#x@127.0.0.1:1/shop", "mysql://{}", "{}"] {
        let (refused, _) = search(|| MysqlConnection::establish(&address.replace("{}", CANARY)).map(drop));
        assert!(refused.is_err());
    }
}
