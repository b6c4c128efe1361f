//! Which database a text is written for.

/// The SQL dialect that decides how a text is cut into tokens.
///
/// The dialect is not part of a [`Fingerprint`](crate::Fingerprint): two texts with one canonical form share it, whichever databases they
/// were sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// Not known: rules that are right for as much as possible of all three.
    #[default]
    Unknown,
}

impl Dialect {
    /// Whether a text of this dialect may be one of the other: of an unknown one it may be any.
    pub(crate) fn may_be(self, other: Self) -> bool {
        self == other || self == Self::Unknown
    }
}
