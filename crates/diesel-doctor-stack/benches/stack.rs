//! What capturing a stack costs by its depth, and what telling the lines of an address costs.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use diesel_doctor_stack::{Boundary, Frame, capture, resolve};

criterion_group!(benches, captures, boundaries, resolutions);
criterion_main!(benches);

fn captures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("capture");
    for frames in [8, 16, 32, 64] {
        // Two of them are the function that notes the boundary and the one that captures.
        let run = move || bounded(black_box(frames - 2));
        assert_eq!(run(), frames);
        group.bench_function(BenchmarkId::from_parameter(frames), |bencher| bencher.iter(run));
    }
}

fn boundaries(criterion: &mut Criterion) {
    criterion.bench_function("boundary", |bencher| bencher.iter(|| black_box(Boundary::here())));
}

fn resolutions(criterion: &mut Criterion) {
    let known = resolve as fn(usize) -> Arc<[Frame]> as usize + 1;
    assert!(!resolve(known).is_empty());

    let mut group = criterion.benchmark_group("resolve");
    group.bench_function("known address", |bencher| bencher.iter(|| resolve(black_box(known))));
    // The code around is known to the symbolizer, the address is not.
    let mut address = known;
    group.bench_function("new address", |bencher| {
        bencher.iter(|| {
            address = address.wrapping_add(1);
            resolve(black_box(address))
        });
    });
}

#[inline(never)]
fn bounded(depth: usize) -> usize {
    let boundary = Boundary::here();
    black_box(recurse(depth - 1, boundary))
}

#[inline(never)]
fn recurse(depth: usize, boundary: Boundary) -> usize {
    if depth == 0 {
        return capture(&mut [0; 128], boundary).len;
    }
    black_box(recurse(black_box(depth - 1), boundary))
}
