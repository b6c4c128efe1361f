//! What recording adds to a point select, in time. The servers are those of the tests: `TEST_POSTGRES_SOCKET_URL` and `TEST_MYSQL_URL`.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use diesel_doctor_benchmarks::Case;
use diesel_doctor_benchmarks::select::{PointSelect, select_users};

/// Queries in one scope: a request has tens, a scope keeps a sample of each up to 16,384.
const QUERIES: u64 = 100;

fn measure<C: PointSelect>(criterion: &mut Criterion, backend: &str, url: &str) {
    let mut group = criterion.benchmark_group(format!("{QUERIES} point selects/{backend}"));
    group.throughput(criterion::Throughput::Elements(QUERIES));
    for case in Case::ALL {
        group.bench_function(case.name(), |bencher| {
            bencher.iter_batched_ref(
                || {
                    let mut conn = C::establish(url).expect("the server is there");
                    conn.fill();
                    select_users(&mut conn, 10);
                    conn
                },
                |conn| case.run(conn, url, |conn| select_users(conn, QUERIES)),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn sqlite(criterion: &mut Criterion) {
    measure::<diesel::sqlite::SqliteConnection>(criterion, "sqlite", ":memory:");
}

#[cfg(feature = "postgres")]
fn postgres(criterion: &mut Criterion) {
    let url = std::env::var("TEST_POSTGRES_SOCKET_URL").expect("TEST_POSTGRES_SOCKET_URL is set");
    measure::<diesel::pg::PgConnection>(criterion, "postgres", &url);
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &mut Criterion) {}

#[cfg(feature = "mysql")]
fn mysql(criterion: &mut Criterion) {
    let url = std::env::var("TEST_MYSQL_URL").expect("TEST_MYSQL_URL is set");
    measure::<diesel::mysql::MysqlConnection>(criterion, "mysql", &url);
}

#[cfg(not(feature = "mysql"))]
fn mysql(_: &mut Criterion) {}

criterion_group!(benches, sqlite, postgres, mysql);
criterion_main!(benches);
