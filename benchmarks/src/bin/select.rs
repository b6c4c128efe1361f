//! Runs one case so many times on SQLite in memory: `select CASE COUNT`, for a tool that counts instructions.

use diesel::connection::Connection as _;
use diesel::sqlite::SqliteConnection;
use diesel_doctor_benchmarks::Case;
use diesel_doctor_benchmarks::select::{PointSelect as _, select_users};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let case = arguments.next().as_deref().and_then(Case::from_name);
    let count = arguments.next().and_then(|count| count.parse().ok());
    let (Some(case), Some(count)) = (case, count) else {
        let names = Case::ALL.map(Case::name).join(" | ");
        anyhow::bail!("usage: select {names} COUNT");
    };
    let mut conn = SqliteConnection::establish(":memory:")?;
    conn.fill();
    case.run(&mut conn, ":memory:", |conn| select_users(conn, count));
    // Whatever a case would do at the end is left out.
    std::process::exit(0)
}
