//! What it takes to group and analyse a scope, over its size: the time for each query must not grow.
//!
//! `cargo bench -p diesel-doctor-analysis --bench analysis`. The throughput in the output is queries per second; it stays level when the
//! work is linear.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use diesel_doctor_analysis::{Dialect, Finding, Snapshot, SnapshotBuilder, analyzers};

/// A scope of so many queries.
type Program = fn(u32) -> SnapshotBuilder;

const PROGRAMS: [(&str, Program, [u32; 4]); 4] = [
    ("pairs", pairs, [1_000, 2_000, 4_000, 8_000]),
    ("loop", one_loop, [12_500, 25_000, 50_000, 100_000]),
    ("inlined", inlined, [1_000, 2_000, 4_000, 8_000]),
    ("places", places, [1_000, 2_000, 4_000, 8_000]),
];

/// Each question asked twice, by two lines of its own: as many duplicates as there can be.
fn pairs(queries: u32) -> SnapshotBuilder {
    (0..queries).fold(builder(), |builder, at| {
        builder.query("SELECT * FROM users WHERE id = ?", |query| {
            query.binds(&[(at / 2).to_string()]).at("src/main.rs", at / 4 * 2 + at % 2, "page")
        })
    })
}

/// One loop over all keys.
fn one_loop(queries: u32) -> SnapshotBuilder {
    (0..queries).fold(builder(), |builder, at| {
        builder.query("SELECT * FROM users WHERE id = ?", |query| {
            query.binds(&[at.to_string()]).at("src/main.rs", 12, "page").at("src/main.rs", 30, "main")
        })
    })
}

/// The same, with each key in a text of its own.
fn inlined(queries: u32) -> SnapshotBuilder {
    (0..queries).fold(builder(), |builder, at| {
        builder.query(&format!("SELECT * FROM users WHERE id = {at}"), |query| query.at("src/main.rs", 12, "page"))
    })
}

/// Reads and writes of a hundred tables, in turn, from a thousand lines.
fn places(queries: u32) -> SnapshotBuilder {
    (0..queries).fold(builder(), |builder, at| {
        let sql = match at % 5 {
            0 => format!("UPDATE t{} SET a = ? WHERE id = ?", at % 100),
            _ => format!("SELECT * FROM t{} WHERE a = ? AND id = ?", at % 100),
        };
        builder.query(&sql, |query| {
            query.binds(&["1".to_owned(), (at % 40).to_string()]).at("src/main.rs", at % 1_000, "page")
        })
    })
}

fn builder() -> SnapshotBuilder {
    SnapshotBuilder::new("bench", Dialect::Sqlite)
}

fn analyze(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    for analyzer in analyzers::for_tests() {
        analyzer.analyze(snapshot, &mut findings);
    }
    findings
}

fn grouping(criterion: &mut Criterion) {
    for (name, program, sizes) in PROGRAMS {
        let mut group = criterion.benchmark_group(format!("group/{name}"));
        for size in sizes {
            group.throughput(Throughput::Elements(u64::from(size)));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter_batched(|| program(size), |builder| black_box(builder.build()), BatchSize::PerIteration);
            });
        }
    }
}

fn analysis(criterion: &mut Criterion) {
    for (name, program, sizes) in PROGRAMS {
        let mut group = criterion.benchmark_group(format!("analyze/{name}"));
        for size in sizes {
            let snapshot = program(size).build();
            assert!(!analyze(&snapshot).is_empty(), "{name} gives findings");
            group.throughput(Throughput::Elements(u64::from(size)));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| black_box(analyze(black_box(&snapshot))));
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(1));
    targets = analysis, grouping
}
criterion_main!(benches);
