//! `#[diagnose]` on async functions and on functions that return futures.

mod diagnosed;

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use diesel_doctor::{Ending, Report};
use diesel_doctor_tests::blog::users;

use diagnosed::{findings, name, open, reports_of};

/// Written as users write it: nothing of the doctor's is imported, and Diesel's traits are.
mod pages {
    #![deny(warnings)]

    use std::error::Error;
    use std::future::Future;
    use std::pin::Pin;

    use diesel::prelude::*;
    use diesel::sqlite::SqliteConnection;
    use futures_util::future::BoxFuture;
    use tokio::task::yield_now;

    use super::{name, users};

    /// The line of the loop in `plain`.
    pub(super) const LOOP: u32 = line!() + 8;

    /// A doc comment.
    #[diesel_doctor::diagnose]
    pub(crate) async fn plain(conn: &mut SqliteConnection) -> Vec<String> {
        let mut found = Vec::new();
        for id in 1..=3 {
            yield_now().await;
            found.push(users::table.find(id).select(users::name).first(conn).unwrap());
        }
        found
    }

    #[diesel_doctor::diagnose]
    pub(super) async fn borrows<'a>(names: &'a [String], conn: &mut SqliteConnection) -> Option<&'a str> {
        let wanted = name(2, conn).ok()?;
        yield_now().await;
        names.iter().find(|name| **name == wanted).map(String::as_str)
    }

    #[diesel_doctor::diagnose]
    pub(super) async fn fails(mut id: i32, conn: &mut SqliteConnection) -> Result<(), Box<dyn Error + Send + Sync>> {
        name(1, conn)?;
        if id == 0 {
            return Err("no user has this number".into());
        }
        id += 100;
        name(id, conn)?;
        Ok(())
    }

    #[diesel_doctor::diagnose]
    pub(super) async fn opaque<C>(conn: &mut C) -> Result<impl Iterator<Item = String> + use<C>, diesel::result::Error>
    where
        C: diesel::connection::LoadConnection<Backend = diesel::sqlite::Sqlite>,
    {
        let found: Vec<String> = users::table.select(users::name).load(conn)?;
        Ok(found.into_iter())
    }

    #[diesel_doctor::diagnose]
    pub(super) fn a_future(conn: &mut SqliteConnection) -> impl Future<Output = usize> + Send {
        let first = name(1, conn).unwrap();
        async move {
            yield_now().await;
            first.len() + name(2, conn).unwrap().len()
        }
    }

    #[diesel_doctor::diagnose]
    pub(super) fn a_boxed_future<'a>(
        conn: &'a mut SqliteConnection,
    ) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
        if conn.transaction_depth() > 0 {
            return Box::pin(async { 0 });
        }
        Box::pin(async move { name(2, conn).unwrap().len() })
    }

    #[diesel_doctor::diagnose]
    pub(super) fn a_named_box(conn: &mut SqliteConnection) -> BoxFuture<'_, usize> {
        Box::pin(async move { name(2, conn).unwrap().len() })
    }

    trait Depth {
        fn transaction_depth(&mut self) -> u32;
    }

    impl Depth for SqliteConnection {
        fn transaction_depth(&mut self) -> u32 {
            use diesel::connection::TransactionManager as _;
            let status = diesel::connection::AnsiTransactionManager::transaction_manager_status_mut(self);
            status.transaction_depth().ok().flatten().map_or(0, std::num::NonZero::get)
        }
    }

    #[diesel_doctor::diagnose]
    pub(super) async fn never_ends(conn: &mut SqliteConnection) {
        name(1, conn).unwrap();
        std::future::pending::<()>().await;
    }

    #[diesel_doctor::diagnose]
    pub(super) async fn panics(conn: &mut SqliteConnection) -> u8 {
        name(1, conn).unwrap();
        yield_now().await;
        panic!("the user's own");
    }

    #[diesel_doctor::diagnose]
    pub(super) async fn for_ever() -> ! {
        loop {
            yield_now().await;
        }
    }

    #[diesel_doctor::diagnose(name = "twice", max_queries = 1)]
    pub(super) async fn twice(conn: &mut SqliteConnection) {
        for id in 1..=2 {
            drop(name(id, conn));
            yield_now().await;
        }
    }
}

fn counts(scope: &str) -> Vec<(u64, Ending)> {
    reports_of(scope).iter().map(|report| (report.query_count(), report.ending())).collect()
}

#[tokio::test]
async fn a_loop_is_found_at_its_line_and_the_future_is_still_send() {
    let mut conn = open();
    let found = tokio::spawn(async move { pages::plain(&mut conn).await }).await.unwrap();
    assert_eq!(found, ["user 1", "user 2", "user 3"]);
    let reports = reports_of("diagnose_async::pages::plain");
    assert_eq!(
        reports.iter().map(findings).collect::<Vec<_>>(),
        [[format!("n-plus-one@{}", pages::LOOP)]],
        "{reports:?}"
    );
    assert_eq!(counts("diagnose_async::pages::plain"), [(3, Ending::Closed)]);
}

#[tokio::test]
async fn what_a_future_gives_is_the_same() {
    let conn = &mut open();
    let names = ["user 2".to_owned()];
    assert_eq!(pages::borrows(&names, conn).await, Some("user 2"));
    assert_eq!(pages::fails(1, conn).await.unwrap_err().to_string(), "Record not found");
    assert_eq!(pages::fails(0, conn).await.unwrap_err().to_string(), "no user has this number");
    assert_eq!(pages::opaque(conn).await.unwrap().count(), 10);
    assert_eq!(counts("diagnose_async::pages::borrows"), [(1, Ending::Closed)]);
    assert_eq!(counts("diagnose_async::pages::fails"), [(2, Ending::Closed), (1, Ending::Closed)]);
    assert_eq!(counts("diagnose_async::pages::opaque"), [(1, Ending::Closed)]);
}

#[tokio::test]
async fn functions_that_return_futures_are_diagnosed_from_the_call_to_the_end() {
    let conn = &mut open();
    assert_eq!(pages::a_future(conn).await, 12);
    assert_eq!(pages::a_boxed_future(conn).await, 6);
    assert_eq!(pages::a_named_box(conn).await, 6);
    assert_eq!(counts("diagnose_async::pages::a_future"), [(2, Ending::Closed)]);
    assert_eq!(counts("diagnose_async::pages::a_boxed_future"), [(1, Ending::Closed)]);
    assert_eq!(counts("diagnose_async::pages::a_named_box"), [(1, Ending::Closed)]);
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_cancelled_future_is_reported_once_and_one_that_never_ran_is_not() {
    let conn = &mut open();
    let scope = "diagnose_async::pages::never_ends";
    drop(pages::never_ends(conn));
    assert_eq!(counts(scope), []);
    assert!(poll_once(pin!(pages::never_ends(conn))).is_pending());
    assert_eq!(counts(scope), [(1, Ending::Dropped)]);

    drop(pages::a_boxed_future(conn));
    assert_eq!(counts("diagnose_async::pages::a_boxed_future").iter().filter(|(queries, _)| *queries == 0).count(), 0);
    assert!(poll_once(pin!(pages::for_ever())).is_pending());
}

#[tokio::test]
async fn a_panic_goes_through_and_is_reported_once() {
    let mut conn = open();
    let error = tokio::spawn(async move { pages::panics(&mut conn).await }).await.unwrap_err();
    assert_eq!(error.into_panic().downcast_ref(), Some(&"the user's own"));
    assert_eq!(counts("diagnose_async::pages::panics"), [(1, Ending::Panicked)]);
}

#[tokio::test]
async fn calls_that_take_turns_on_one_thread_have_a_scope_each() {
    let (one, other) = (&mut open(), &mut open());
    tokio::join!(pages::twice(one), pages::twice(other));
    let reports = reports_of("twice");
    assert_eq!(reports.iter().map(Report::query_count).collect::<Vec<_>>(), [2, 2]);
    assert!(reports.iter().all(|report| report.findings()[0].rule.name == "query-budget"), "{reports:?}");
}

/// A program's own `main`, as it is without `#[tokio::main]`.
mod program {
    use super::*;

    #[diesel_doctor::diagnose]
    pub(super) async fn main() -> u8 {
        name(1, &mut open()).unwrap();
        tokio::task::yield_now().await;
        7
    }
}

#[tokio::test]
async fn an_async_main_ends_when_its_report_is_out() {
    diagnosed::install();
    assert_eq!(program::main().await, 7);
    let reports = diagnosed::reports_so_far("diagnose_async::program::main");
    assert_eq!(reports.iter().map(Report::query_count).collect::<Vec<_>>(), [1]);
}

/// Where diesel-async's own `RunQueryDsl` is imported, which every type has.
mod library {
    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel::{ExpressionMethods, QueryDsl, QueryResult};
    use diesel_async::RunQueryDsl;
    pub(super) use diesel_doctor_tests::library::Following;
    use diesel_doctor_tests::library::books;

    pub(super) static CALLS: AtomicU32 = AtomicU32::new(0);

    /// The line of the loop.
    pub(super) const LOOP: u32 = line!() + 7;

    #[diesel_doctor::diagnose(name = "titles")]
    pub(super) async fn titles(conn: &mut Following) -> QueryResult<Vec<String>> {
        CALLS.fetch_add(1, Ordering::Relaxed);
        let mut titles = Vec::new();
        for id in 1..=4 {
            titles.push(books::table.filter(books::id.eq(id)).select(books::title).first(conn).await?);
        }
        Ok(titles)
    }
}

#[tokio::test]
async fn async_connections_are_diagnosed_at_their_lines() {
    use diesel_doctor_async::prelude::*;

    drop(open());
    let mut conn: library::Following = diesel_doctor_tests::library::open(":memory:").await;
    conn.doctor("library").unwrap();
    assert_eq!(library::titles(&mut conn).await.unwrap().len(), 4);
    let reports = reports_of("titles");
    assert_eq!(reports.iter().map(findings).collect::<Vec<_>>(), [[format!("n-plus-one@{}", library::LOOP)]]);
}

/// The attribute with `async_trait`, above and below, and in traits without it.
mod methods {
    use async_trait::async_trait;
    use diesel_doctor::diagnose;

    use super::*;

    pub(super) struct Shelf(pub(super) diesel::sqlite::SqliteConnection);

    #[diagnose]
    impl Shelf {
        pub(super) async fn inherent(&mut self) -> String {
            name(1, &mut self.0).unwrap()
        }

        #[diagnose(skip)]
        pub(super) async fn quiet(&mut self) -> String {
            tokio::task::yield_now().await;
            name(1, &mut self.0).unwrap()
        }
    }

    pub(super) trait Native {
        async fn native(&mut self) -> String;
    }

    impl Native for Shelf {
        #[diagnose(name = "native")]
        async fn native(&mut self) -> String {
            name(1, &mut self.0).unwrap()
        }
    }

    #[async_trait]
    pub(super) trait Above {
        async fn above(&mut self, id: i32) -> diesel::QueryResult<String>;
    }

    #[diagnose]
    #[async_trait]
    impl Above for Shelf {
        async fn above(&mut self, mut id: i32) -> diesel::QueryResult<String> {
            id += 1;
            let found = name(id, &mut self.0)?;
            Ok(found)
        }
    }

    #[async_trait]
    pub(super) trait Below {
        async fn below(&mut self, id: i32) -> diesel::QueryResult<String>;
    }

    #[async_trait]
    #[diagnose]
    impl Below for Shelf {
        async fn below(&mut self, mut id: i32) -> diesel::QueryResult<String> {
            id += 1;
            let found = name(id, &mut self.0)?;
            Ok(found)
        }
    }

    #[async_trait]
    pub(super) trait Single {
        async fn single(&mut self) -> String;

        #[diagnose(name = "provided")]
        async fn provided(&mut self) -> String
        where
            Self: Send,
        {
            self.single().await
        }
    }

    #[async_trait]
    impl Single for Shelf {
        #[diagnose(name = "single")]
        async fn single(&mut self) -> String {
            name(1, &mut self.0).unwrap()
        }
    }
}

#[tokio::test]
async fn methods_are_diagnosed_with_async_trait_above_and_below() {
    use methods::{Above as _, Below as _, Native as _, Single as _};

    let mut shelf = methods::Shelf(open());
    let found = [shelf.inherent().await, shelf.quiet().await, shelf.native().await, shelf.provided().await];
    assert_eq!(found, ["user 1"; 4]);
    assert_eq!(shelf.above(1).await.unwrap(), "user 2");
    assert_eq!(shelf.below(100).await.unwrap_err().to_string(), "Record not found");
    let shelf = |method| format!("diagnose_async::methods::Shelf::{method}");
    for scope in [&shelf("inherent"), &shelf("above"), &shelf("below"), "native", "provided", "single"] {
        assert_eq!(counts(scope), [(1, Ending::Closed)], "{scope}");
    }
    assert_eq!(counts(&shelf("quiet")), []);
}
