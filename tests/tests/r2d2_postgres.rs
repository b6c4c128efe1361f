//! Pools of r2d2 on PostgreSQL.

type Conn = diesel::pg::PgConnection;

fn url() -> String {
    diesel_doctor_tests::events::server("TEST_POSTGRES_URL")
}

#[path = "pools/mod.rs"]
mod pools;
