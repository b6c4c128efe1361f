//! How the types look to `serde`: words as strings, a fingerprint as its 16 hexadecimal digits.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{BatchKind, ColumnRole, Dialect, Fingerprint, Level, Operation, Shape};

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Serializes a type as a word of its own.
macro_rules! word {
    ($($kind:ty: $value:ident => $word:expr;)*) => {
        $(impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = *self;
                serializer.serialize_str($word)
            }
        })*
    };
}

word! {
    Dialect: dialect => match dialect {
        Dialect::PostgreSql => "postgresql",
        Dialect::MySql => "mysql",
        Dialect::Sqlite => "sqlite",
        Dialect::Unknown => "unknown",
    };
    Level: level => level.as_str();
    Operation: operation => operation.as_str();
    BatchKind: kind => match kind {
        BatchKind::InList => "in_list",
        BatchKind::AnyArray => "any_array",
        BatchKind::MultiRowValues => "multi_row_values",
    };
    ColumnRole: role => match role {
        ColumnRole::Projected => "projected",
        ColumnRole::FilteredEq => "filtered_eq",
        ColumnRole::FilteredIn => "filtered_in",
        ColumnRole::FilteredRange => "filtered_range",
        ColumnRole::FilteredPattern => "filtered_pattern",
        ColumnRole::FilteredFunction => "filtered_function",
        ColumnRole::FilteredNull => "filtered_null",
        ColumnRole::Joined => "joined",
        ColumnRole::Ordered => "ordered",
        ColumnRole::Grouped => "grouped",
        ColumnRole::Written => "written",
    };
}

/// All that a shape says of the statement, but for the value of its `LIMIT`, which is a literal, and the roles of binds, which are asked for
/// by number.
impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shape = serializer.serialize_struct("Shape", 19)?;
        shape.serialize_field("operation", &self.operation())?;
        shape.serialize_field("tables", self.tables())?;
        shape.serialize_field("write_target", &self.write_target())?;
        shape.serialize_field("writes", self.writes())?;
        shape.serialize_field("columns", self.columns())?;
        shape.serialize_field("single_key", &self.single_key())?;
        shape.serialize_field("key_filters", self.key_filters())?;
        shape.serialize_field("has_other_filters", &self.has_other_filters())?;
        shape.serialize_field("batched", &self.batched())?;
        shape.serialize_field("has_filter", &self.has_filter())?;
        shape.serialize_field("has_limit", &self.has_limit())?;
        shape.serialize_field("has_offset", &self.has_offset())?;
        shape.serialize_field("locking", &self.locking())?;
        shape.serialize_field("returning", &self.returning())?;
        shape.serialize_field("on_conflict", &self.on_conflict())?;
        shape.serialize_field("distinct", &self.distinct())?;
        shape.serialize_field("single_row_aggregate", &self.single_row_aggregate())?;
        shape.serialize_field("selects_star", &self.selects_star())?;
        shape.serialize_field("subqueries", &self.subqueries())?;
        shape.end()
    }
}
