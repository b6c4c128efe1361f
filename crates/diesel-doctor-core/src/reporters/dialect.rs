//! How reports call a dialect.

use diesel_doctor_sql::Dialect;

/// `postgresql`, `mysql`, `sqlite`, or `unknown`.
pub(crate) fn dialect_name(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::PostgreSql => "postgresql",
        Dialect::MySql => "mysql",
        Dialect::Sqlite => "sqlite",
        _ => "unknown",
    }
}
