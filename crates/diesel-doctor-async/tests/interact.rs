//! `interact_in_scope` on a real pool of deadpool-diesel.

use deadpool_diesel::sqlite::{Manager, Pool, Runtime};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_doctor_async::prelude::*;

diesel::table! {
    /// Four users.
    users (id) {
        /// 1 to 4.
        id -> Integer,
        /// Never absent.
        name -> Text,
    }
}

/// One connection, so that all work shares the database in memory.
fn pool() -> Pool {
    Pool::builder(Manager::new(":memory:", Runtime::Tokio1)).max_size(1).build().unwrap()
}

fn name(id: i32, conn: &mut SqliteConnection) -> String {
    users::table.find(id).select(users::name).first(conn).unwrap()
}

#[tokio::test]
async fn work_on_a_blocking_thread_belongs_to_the_scope_that_asks_for_it() {
    let pool = pool();
    let conn = pool.get().await.unwrap();
    let fill = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
                INSERT INTO users (name) VALUES ('a'), ('b'), ('c'), ('d')";
    conn.interact(|conn| conn.batch_execute(fill)).await.unwrap().unwrap();
    drop(conn);

    let page = async {
        let conn = pool.get().await.unwrap();
        for id in 1..=4 {
            conn.interact_in_scope("users", move |conn| name(id, conn)).await.unwrap();
        }
    };
    let ((), report) = page.diagnose("page").await;
    report.assert_queries(4);
    assert_eq!(report.evidence().connections[0].label, "users");
    let site = report.findings()[0].sites[0].innermost().unwrap();
    assert!(site.function.ends_with("interact::name"), "{report}");

    // Without it the work is done, and counted as outside any scope.
    let unscoped = diesel_doctor_async::diesel_doctor::health().unscoped;
    let page = async {
        let conn = pool.get().await.unwrap();
        conn.interact(|conn| name(1, conn)).await.unwrap()
    };
    let (found, report) = page.diagnose("page").await;
    assert_eq!((found.as_str(), report.query_count()), ("a", 0));
    assert!(diesel_doctor_async::diesel_doctor::health().unscoped > unscoped);
}

#[tokio::test]
async fn outside_any_scope_and_on_a_panic_it_is_the_plain_interact() {
    let pool = pool();
    let conn = pool.get().await.unwrap();
    let one = conn.interact_in_scope("users", |conn| {
        diesel::select(1.into_sql::<diesel::sql_types::Integer>()).get_result::<i32>(conn)
    });
    assert_eq!(one.await.unwrap(), Ok(1));
    let panicked = conn.interact_in_scope("users", |_| panic!("the work's own")).await.map(|(): ()| ());
    assert!(panicked.is_err());
}
