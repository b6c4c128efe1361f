//! What is not ours in and around a pool goes on working.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error, ManageConnection, Pool, TestCustomizer};
use diesel_doctor::r2d2::ManageConnectionExt as _;
use diesel_doctor::{ConnectionExt as _, DoctorInstrumentation};
use diesel_doctor_tests::blog::diagnose;

use super::super::{Conn, url};
use super::{WithTable, builder, manager, name, pool};

#[test]
fn a_customizer_is_called_for_each_connection_as_before() {
    let customizer = WithTable::default();
    let pool = builder(&customizer, 2).build(manager()).unwrap();
    let ((), report) = diagnose(|| {
        let (mut one, mut two) = (pool.get().unwrap(), pool.get().unwrap());
        name(1, &mut one);
        name(1, &mut two);
    });
    assert_eq!((report.query_count(), report.evidence().connections.len()), (2, 2), "{report}");
    assert_eq!(report.evidence().setup_statements, 0, "what the customizer did is not the request's");
    assert_eq!(customizer.acquired.load(Ordering::Relaxed), 2);
    assert_eq!(customizer.released.load(Ordering::Relaxed), 0);

    // A connection is released when a panic goes through its user, which the pool takes for broken.
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _conn = pool.get().unwrap();
        std::panic::panic_any("the user's own");
    }));
    assert!(panic.is_err());
    assert_eq!(customizer.released.load(Ordering::Relaxed), 1);
}

#[test]
fn diesels_own_test_customizer_works_and_its_transaction_is_not_the_users() {
    let pool = Pool::builder().max_size(1).connection_customizer(Box::new(TestCustomizer)).build(manager()).unwrap();
    let (result, report) = diagnose(|| diesel::sql_query("SELECT 2").execute(&mut pool.get().unwrap()));
    assert!(result.is_ok());
    assert_eq!((report.query_count(), report.evidence().transaction_statements), (1, 0), "{report}");
}

/// A customizer that gives each connection an instrumentation of its own.
#[derive(Clone, Debug)]
struct Instrumenting {
    chained: bool,
    heard: Arc<AtomicUsize>,
}

impl CustomizeConnection<Conn, Error> for Instrumenting {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), Error> {
        let heard = Arc::clone(&self.heard);
        let listen = move |event: InstrumentationEvent<'_>| {
            heard.fetch_add(usize::from(matches!(event, InstrumentationEvent::StartQuery { .. })), Ordering::Relaxed);
        };
        if self.chained {
            conn.set_instrumentation(DoctorInstrumentation::chain(listen));
        } else {
            conn.set_instrumentation(listen);
        }
        Ok(())
    }
}

#[test]
fn an_instrumentation_from_a_customizer_is_left_alone_and_counted_and_works_with_ours_when_chained() {
    for chained in [false, true] {
        let heard = Arc::default();
        let customizer = Instrumenting { chained, heard: Arc::clone(&heard) };
        let pool = Pool::builder().max_size(1).connection_customizer(Box::new(customizer)).build(manager()).unwrap();
        let unwatched = diesel_doctor::health().unwatched;
        let ((), report) = diagnose(|| {
            let conn = &mut pool.get().unwrap();
            diesel::sql_query("SELECT 2").execute(conn).unwrap();
            assert_eq!(conn.is_doctored(), chained);
        });
        assert_eq!(heard.load(Ordering::Relaxed), 2, "the ping and the query");
        assert_eq!(report.query_count(), u64::from(chained), "{report}");
        if chained {
            assert_eq!(report.evidence().connections[0].label, "primary");
        } else {
            assert!(diesel_doctor::health().unwatched > unwatched);
            assert!(matches!(report.verdict(), diesel_doctor::Verdict::Blind(_)), "{report}");
        }
    }
}

#[test]
fn an_instrumentation_of_a_request_stays_and_blinds_no_other_connection() {
    let pool = pool(1);
    pool.get().unwrap().set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let unwatched = diesel_doctor::health().unwatched;
    let ((), report) = diagnose(|| drop(name(1, &mut pool.get().unwrap())));
    assert!(diesel_doctor::health().unwatched > unwatched);
    assert_eq!(report.query_count(), 0);

    // The program puts ours back: from the next checkout on the connection has its name again.
    pool.get().unwrap().set_instrumentation(DoctorInstrumentation::new());
    let ((), report) = diagnose(|| drop(name(1, &mut pool.get().unwrap())));
    report.assert_queries(1);
    assert_eq!(report.evidence().connections[0].label, "primary");
}

#[test]
fn a_pool_without_the_wrapper_can_be_watched_by_its_connections() {
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<Conn>::new(url())).unwrap();
    let ((), report) = diagnose(|| {
        let conn = &mut pool.get().unwrap();
        diesel::sql_query("SELECT 2").execute(conn).unwrap();
    });
    assert_eq!(report.query_count(), 0);
    let ((), report) = diagnose(|| {
        let conn = &mut pool.get().unwrap();
        conn.doctor("primary").unwrap();
        diesel::sql_query("SELECT 2").execute(conn).unwrap();
    });
    report.assert_queries(1);
}

/// Refuses connections as it is told to.
#[derive(Debug)]
struct Refusing {
    inner: ConnectionManager<Conn>,
    invalid: Arc<AtomicUsize>,
}

impl ManageConnection for Refusing {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn, Error> {
        self.inner.connect()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), Error> {
        let left = self.invalid.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() { Err(Error::QueryError(diesel::result::Error::NotFound)) } else { self.inner.is_valid(conn) }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        // Whatever a manager asks here is no query of the user's.
        diesel::sql_query("SELECT 3").execute(conn).is_err()
    }
}

#[test]
fn what_a_manager_refuses_is_refused_and_what_it_asks_is_no_query_of_the_users() {
    let invalid = Arc::new(AtomicUsize::new(0));
    let manager =
        || Refusing { inner: ConnectionManager::new(url()), invalid: Arc::clone(&invalid) }.doctored("primary");
    let conn = &mut manager().connect().unwrap();
    invalid.store(1, Ordering::Relaxed);
    assert!(matches!(manager().is_valid(conn), Err(Error::QueryError(diesel::result::Error::NotFound))));

    let pool = Pool::builder().max_size(1).build(manager()).unwrap();
    let ((), report) = diagnose(|| {
        for _ in 0..2 {
            diesel::sql_query("SELECT 2").execute(&mut pool.get().unwrap()).unwrap();
        }
    });
    assert_eq!((report.query_count(), report.evidence().pings), (2, 4), "{report}");
}

#[test]
fn a_database_that_cannot_be_reached_is_the_same_error() {
    let manager = ConnectionManager::<Conn>::new("/no/such/folder/database").doctored("primary");
    assert!(matches!(manager.connect(), Err(Error::ConnectionError(_))));
}
