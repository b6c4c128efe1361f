//! What the statements of a scope cost that is at its bounds when it closes: 4,096 distinct texts, or 4 MiB of them.
//!
//! `cargo bench -p diesel-doctor-sql --bench scope`, in a build without optimization with `--profile dev`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use diesel_doctor_sql::{Dialect, Statement};

/// Distinct texts that a scope keeps, and their bytes.
const TEXTS: usize = 4096;
const BYTES: usize = 4 << 20;

/// As many distinct texts as a scope keeps, of one kind.
fn scope(text: impl Fn(usize) -> String) -> Vec<String> {
    let mut left = BYTES;
    let texts = (0..TEXTS).map(text);
    texts
        .take_while(|text| {
            left.checked_sub(text.len()).is_some_and(|rest| {
                left = rest;
                true
            })
        })
        .collect()
}

fn list(length: usize, item: impl Fn(usize) -> String, between: &str) -> String {
    (0..length).map(item).collect::<Vec<_>>().join(between)
}

/// A query as Diesel writes it: two joins, filters in brackets.
fn joined(number: usize) -> String {
    let columns = list(24, |column| format!("\"posts_{number}\".\"column_{column}\""), ", ");
    format!(
        "SELECT {columns} FROM ((\"posts_{number}\" INNER JOIN \"users\" ON (\"posts_{number}\".\"user_id\" = \"users\".\"id\")) \
         INNER JOIN \"blogs\" ON (\"posts_{number}\".\"blog_id\" = \"blogs\".\"id\")) WHERE (((\"posts_{number}\".\"id\" = $1) \
         AND (\"users\".\"name\" = $2)) AND \"blogs\".\"id\" IN ($3, $4)) ORDER BY \"posts_{number}\".\"id\" LIMIT $5"
    )
}

/// Many columns.
fn wide(number: usize) -> String {
    format!("SELECT {} FROM posts_{number} WHERE id = $1", list(700, |column| format!("column_{column}"), ", "))
}

/// Many filters.
fn filtered(number: usize) -> String {
    format!(
        "SELECT id FROM posts_{number} WHERE {}",
        list(290, |column| format!("(column_{column} = ${column})"), " AND ")
    )
}

/// Nested as deep as it has a shape.
fn nested(number: usize) -> String {
    format!("SELECT a FROM t_{number} WHERE {}b = 1{}", "(a = 1 AND ".repeat(150), ")".repeat(150))
}

/// Queries in each other.
fn subqueries(number: usize) -> String {
    let open = "id IN (SELECT id FROM posts WHERE name = 'x' AND ";
    format!("SELECT a FROM t_{number} WHERE {}b = 1{}", open.repeat(60), ")".repeat(60))
}

/// What no grammar knows in the end.
fn unknown(number: usize) -> String {
    format!("SELECT {} FROM t_{number} WHERE a IS OF (int)", list(700, |column| format!("column_{column}"), ", "))
}

/// Brackets that the parser reads in two ways each.
fn ambiguous(number: usize) -> String {
    format!("SELECT * FROM {}t_{number}{}", "(".repeat(150), " AS x)".repeat(150))
}

fn closes(criterion: &mut Criterion) {
    type Kind = (&'static str, fn(usize) -> String);
    const KINDS: [Kind; 7] = [
        ("joined", joined),
        ("wide", wide),
        ("filtered", filtered),
        ("nested", nested),
        ("subqueries", subqueries),
        ("unknown", unknown),
        ("ambiguous", ambiguous),
    ];
    let mut group = criterion.benchmark_group("scope at its bounds");
    group.sample_size(10).measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(1));
    let mut round = 0;
    for (name, text) in KINDS {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                let mut taken = Duration::ZERO;
                for _ in 0..rounds {
                    // Nothing of it is known from the round before.
                    round += TEXTS;
                    let texts = scope(|number| text(round + number));
                    let start = Instant::now();
                    for text in &texts {
                        black_box(Statement::new(text, Dialect::PostgreSql).shape().is_some());
                    }
                    taken += start.elapsed();
                }
                taken
            });
        });
    }
    group.finish();
}

criterion_group!(benches, closes);
criterion_main!(benches);
