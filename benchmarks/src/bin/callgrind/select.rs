//! One case, so many times: what valgrind is given to count.

use std::convert::Infallible;

use diesel::sqlite::SqliteConnection;
use diesel_doctor_benchmarks::Case;
use diesel_doctor_benchmarks::select::{PointSelect, select_users};

/// `CASE COUNT URL`, on SQLite in memory or on the server of the URL. Ends the process: whatever a case would do at the end is left out.
pub(crate) fn select(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Infallible> {
    let case = arguments.next().as_deref().and_then(Case::from_name);
    let count = arguments.next().and_then(|count| count.parse().ok());
    let url = arguments.next().unwrap_or_else(|| ":memory:".to_owned());
    let (Some(case), Some(count)) = (case, count) else {
        let names = Case::ALL.map(Case::name).join(" | ");
        anyhow::bail!("usage: callgrind select {names} COUNT [URL]");
    };
    match url.split_once("://").map(|(scheme, _)| scheme) {
        None => run::<SqliteConnection>(case, count, &url)?,
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => run::<diesel::pg::PgConnection>(case, count, &url)?,
        #[cfg(feature = "mysql")]
        Some("mysql") => run::<diesel::mysql::MysqlConnection>(case, count, &url)?,
        Some(scheme) => anyhow::bail!("{scheme}: build with --features postgres,mysql"),
    }
    std::process::exit(0)
}

fn run<C: PointSelect>(case: Case, count: u64, url: &str) -> anyhow::Result<()> {
    let mut conn = C::establish(url)?;
    conn.fill();
    case.run(&mut conn, url, |conn| select_users(conn, count));
    Ok(())
}
