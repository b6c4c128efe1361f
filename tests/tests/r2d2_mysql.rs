//! Pools of r2d2 on MariaDB.

type Conn = diesel::mysql::MysqlConnection;

fn url() -> String {
    diesel_doctor_tests::events::server("TEST_MYSQL_URL")
}

#[path = "pools/mod.rs"]
mod pools;
