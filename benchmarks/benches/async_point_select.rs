//! What recording adds to a point select of async connections, in time: PostgreSQL over its Unix socket (`TEST_POSTGRES_SOCKET_URL`), and
//! SQLite in memory behind diesel-async's wrapper, as it is and with blocking threads that follow their caller.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_doctor::reporters::Silent;
use diesel_doctor::{
    CallSites, DiagnoseExt as _, Doctor, DoctorBuilder, DoctorInstrumentation, Profile, Recorder, ScopeHandle,
};
use diesel_doctor_async::FollowCaller;
use diesel_doctor_benchmarks::peers::{Discard, in_trace};
use diesel_doctor_benchmarks::select::users;
use tokio::runtime::{Builder, Runtime};

/// Queries in one scope.
const QUERIES: i32 = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    None,
    NoOp,
    Outside,
    Doctor(CallSites),
    DieselTracing,
    Fastrace,
}

const CASES: [(&str, Case); 8] = [
    ("none", Case::None),
    ("no-op", Case::NoOp),
    ("outside-scope", Case::Outside),
    ("in-scope", Case::Doctor(CallSites::Off)),
    ("call-sites-repeats", Case::Doctor(CallSites::Repeats)),
    ("call-sites-always", Case::Doctor(CallSites::Always)),
    ("diesel-tracing", Case::DieselTracing),
    ("fastrace-diesel", Case::Fastrace),
];

fn doctor(call_sites: CallSites) -> Arc<Doctor> {
    let builder = DoctorBuilder::without_environment().profile(Profile::Test).reporter(Silent).call_sites(call_sites);
    Arc::new(builder.build().expect("the settings are valid"))
}

fn watch<C: AsyncConnection>(case: Case, conn: &mut C, url: &str) {
    match case {
        Case::None => {}
        Case::NoOp => conn.set_instrumentation(|event: InstrumentationEvent<'_>| drop(black_box(event))),
        Case::Outside | Case::Doctor(_) => conn.set_instrumentation(DoctorInstrumentation::new()),
        Case::DieselTracing => conn.set_instrumentation(diesel_tracing::TracingInstrumentation::new(false)),
        Case::Fastrace => conn.set_instrumentation(fastrace_diesel::FastraceInstrumentation::new(url)),
    }
}

/// Tells the connection its scope, as a pool does at a checkout: a wrapper's blocking threads see none by themselves.
fn stamp<C: AsyncConnection>(conn: &mut C) {
    if let Some(ours) = conn.instrumentation().downcast_mut::<DoctorInstrumentation>() {
        Recorder::check_out(ours.recorder(), ScopeHandle::current().as_ref());
    }
}

macro_rules! measure {
    ($group:expr, $runtime:expr, $conn:ty, $url:expr) => {{
        async fn select(conn: &mut $conn) {
            for n in 0..QUERIES {
                let name: QueryResult<String> =
                    users::table.find(n % 10 + 1).select(users::name).get_result(conn).await;
                black_box(name.expect("there is such a user"));
            }
        }
        for (name, case) in CASES {
            $group.bench_function(name, |bencher| {
                bencher.iter_batched_ref(
                    || {
                        let mut conn = $runtime.block_on(open::<$conn>($url));
                        $runtime.block_on(select(&mut conn));
                        watch(case, &mut conn, $url);
                        conn
                    },
                    |conn| match case {
                        Case::None | Case::NoOp | Case::Outside | Case::DieselTracing => {
                            $runtime.block_on(select(conn))
                        }
                        Case::Fastrace => in_trace(|| $runtime.block_on(select(conn))),
                        Case::Doctor(call_sites) => {
                            let scope = doctor(call_sites).open("benchmark");
                            scope.in_scope(|| stamp(conn));
                            $runtime.block_on(select(conn).with_scope(&scope));
                            // Closing is another matter than recording: it is left out.
                            std::mem::forget(scope);
                        }
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }};
}

async fn open<C: AsyncConnection + SimpleAsyncConnection>(url: &str) -> C {
    let mut conn = C::establish(url).await.expect("the database is there");
    let rows: Vec<_> = (1..=10).map(|id| format!("({id}, 'user {id}', 'e{id}', 'c{id}')")).collect();
    let sql = format!(
        "CREATE TEMPORARY TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(100) NOT NULL, \
         city VARCHAR(100) NOT NULL); INSERT INTO users (id, name, email, city) VALUES {}",
        rows.join(", ")
    );
    conn.batch_execute(&sql).await.expect("the table can be made");
    conn
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("{QUERIES} async point selects/{name}"));
    group.throughput(Throughput::Elements(QUERIES as u64)).sample_size(40).measurement_time(Duration::from_secs(4));
    group
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be started")
}

fn all(criterion: &mut Criterion) {
    tracing::subscriber::set_global_default(Discard).expect("nobody else has set one");
    let runtime = runtime();
    let url = std::env::var("TEST_POSTGRES_SOCKET_URL").expect("TEST_POSTGRES_SOCKET_URL is set");
    let mut postgres = group(criterion, "postgres");
    measure!(postgres, runtime, AsyncPgConnection, &url);
    postgres.finish();
    let mut stock = group(criterion, "sqlite");
    measure!(stock, runtime, SyncConnectionWrapper<SqliteConnection>, ":memory:");
    stock.finish();
    let mut following = group(criterion, "sqlite, FollowCaller");
    measure!(following, runtime, SyncConnectionWrapper<SqliteConnection, FollowCaller>, ":memory:");
    following.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
