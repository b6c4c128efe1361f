//! A table, and what is written into it.

diesel::table! {
    /// Three items: `(1, 'a', 1)`, `(2, 'b', 2)`, `(3, 'c', NULL)`.
    items {
        /// Counted by the database.
        id -> Integer,
        /// Never absent.
        name -> Text,
        /// Absent in the last item.
        rank -> Nullable<Integer>,
    }
}

/// A row with an optional column: absent, it is left to the database's default.
#[derive(Clone, Copy, Debug, diesel::Insertable)]
#[diesel(table_name = items)]
pub struct RankedItem {
    /// `items.name`
    pub name: &'static str,
    /// `items.rank`
    pub rank: Option<i32>,
}

/// Three of them, the middle one without a rank.
pub const RANKED: [RankedItem; 3] = [
    RankedItem { name: "d", rank: Some(4) },
    RankedItem { name: "e", rank: None },
    RankedItem { name: "f", rank: Some(6) },
];

/// A row without optional columns.
#[derive(Clone, Copy, Debug, diesel::Insertable)]
#[diesel(table_name = items)]
pub struct NamedItem {
    /// `items.name`
    pub name: &'static str,
}

/// Two of them.
pub const NAMED: [NamedItem; 2] = [NamedItem { name: "d" }, NamedItem { name: "e" }];

/// A row whose absent columns would be written as `NULL`.
#[derive(Clone, Copy, Debug, diesel::Insertable)]
#[diesel(table_name = items, treat_none_as_default_value = false)]
pub struct ExplicitItem {
    /// `items.name`
    pub name: &'static str,
}

/// Two of them.
pub const EXPLICIT: [ExplicitItem; 2] = [ExplicitItem { name: "d" }, ExplicitItem { name: "e" }];

/// Changes nothing: a query that cannot be built.
pub const NO_CHANGES: Changes = Changes { name: None };

/// A change of an item.
#[derive(Clone, Copy, Debug, diesel::AsChangeset)]
#[diesel(table_name = items)]
pub struct Changes {
    /// `items.name`, or unchanged.
    pub name: Option<&'static str>,
}
