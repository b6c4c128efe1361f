//! What a statement costs, beside `sqlparser`'s own tokenizer and parser, with growth over the length of a list.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use diesel_doctor_sql::{Dialect, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Tokenizer;

fn point_select() -> String {
    let columns: Vec<String> = (0..20).map(|n| format!("\"users\".\"column_{n}\"")).collect();
    format!("SELECT {} FROM \"users\" WHERE (\"users\".\"id\" = $1) LIMIT $2", columns.join(", "))
}

fn in_list(elements: usize) -> String {
    let binds: Vec<String> = (1..=elements).map(|n| format!("${n}")).collect();
    format!("SELECT \"id\", \"name\" FROM \"users\" WHERE \"id\" IN ({})", binds.join(", "))
}

fn texts(criterion: &mut Criterion) {
    for (name, sql) in
        [("point select", point_select()), ("in list of 100", in_list(100)), ("in list of 10000", in_list(10_000))]
    {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("repeated text", |bencher| {
            bencher.iter(|| Statement::new(black_box(&sql), Dialect::PostgreSql));
        });
        // A comment makes each text new, and its statement a known one.
        let mut number = 0_u64;
        group.bench_function("new text of a known statement", |bencher| {
            bencher.iter_batched(
                || {
                    number += 1;
                    format!("{sql} -- {number}")
                },
                |sql| Statement::new(black_box(&sql), Dialect::PostgreSql),
                criterion::BatchSize::SmallInput,
            );
        });
        // Another table makes each statement new.
        group.bench_function("new statement with its shape", |bencher| {
            bencher.iter_batched(
                || {
                    number += 1;
                    sql.replace("users", &format!("users_{number}"))
                },
                |sql| Statement::new(black_box(&sql), Dialect::PostgreSql).shape().is_some(),
                criterion::BatchSize::SmallInput,
            );
        });
        group.bench_with_input(BenchmarkId::from_parameter("sqlparser tokenizer"), &sql, |bencher, sql| {
            bencher.iter(|| Tokenizer::new(&PostgreSqlDialect {}, black_box(sql)).tokenize());
        });
        group.bench_with_input(BenchmarkId::from_parameter("sqlparser parser"), &sql, |bencher, sql| {
            bencher.iter(|| Parser::parse_sql(&PostgreSqlDialect {}, black_box(sql)));
        });
    }
}

criterion_group!(benches, texts);
criterion_main!(benches);
