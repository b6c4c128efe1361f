//! Time of every case on every text, in one run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use diesel_doctor_sql_benchmarks::{Case, texts};

fn normalizers(criterion: &mut Criterion) {
    static ROUND: AtomicU64 = AtomicU64::new(0);
    for text in texts() {
        let mut group = criterion.benchmark_group(format!("{} ({} bytes)", text.name, text.sql.len()));
        group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800)).sample_size(20);
        for &case in Case::ALL {
            group.bench_function(case.name(), |bencher| {
                bencher.iter(|| case.run(&text.sql, ROUND.fetch_add(1, Ordering::Relaxed)));
            });
        }
    }
}

criterion_group!(benches, normalizers);
criterion_main!(benches);
