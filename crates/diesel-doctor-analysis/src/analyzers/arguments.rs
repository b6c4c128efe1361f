//! Compares the arguments of a group's queries: which of them change (a key, a list, a page), or whether that cannot be told.

use std::collections::{HashMap, HashSet};

use diesel_doctor_sql::{BindRole, ColumnRef, ColumnRole, Shape};

use crate::record::{BindShape, QueryRecord, StatementId, Trust};
use crate::snapshot::{Group, Snapshot};

/// The arguments of a group's answered samples, compared.
#[derive(Debug)]
pub(super) struct Arguments<'a> {
    /// The samples that the database answered, as indices into the snapshot's records.
    pub(super) answered: Vec<u32>,
    /// How many distinct arguments there are.
    pub(super) distinct: usize,
    /// Where the statement's values stand.
    pub(super) values: Values,
    /// Which argument changes from query to query.
    pub(super) by: By<'a>,
    /// How many rows each query asks for.
    pub(super) limit: Limit,
    /// Whether most queries handle several keys at once.
    pub(super) batched: bool,
    /// Whether the assigned values (`SET a = ?`) change too.
    pub(super) assigns_others: bool,
}

/// Where the values of a statement are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// All in binds.
    Bound,
    /// In binds, and some of them hide their values: more of them may be distinct than can be seen.
    Hidden,
    /// In the text of the statement.
    Inlined,
}

/// Which argument changes from query to query.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum By<'a> {
    /// The value that each of these columns is compared with, alone or as the only element of a list.
    Keys(Vec<&'a ColumnRef>),
    /// The bound of a range or the start of a page; with the limit, where it is known.
    Window(Limit),
    /// Another argument, or an unknown one.
    Other,
}

/// How many rows a query asks for at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// All of them.
    None,
    /// One.
    One,
    /// Several, or an unknown number.
    Many,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, group: &Group) -> Self {
        let sample = |index: &u32| snapshot.queries().get(*index as usize);
        let is_answered = |index: &u32| sample(index).is_some_and(QueryRecord::is_answered_user_query);
        let answered: Vec<u32> = group.query_indices().iter().copied().filter(is_answered).collect();
        let samples = || answered.iter().filter_map(sample);
        let distinct: HashSet<u64> = samples().map(|query| snapshot.argument_identity(query)).collect();

        let mut changes = Changes::default();
        samples().for_each(|query| changes.see(snapshot, query));
        let mut literals = samples().map(|query| snapshot.statement(query).literals());
        let first = literals.next();
        let values = if literals.any(|literals| Some(literals) != first) {
            Values::Inlined
        } else if samples().any(|query| query.binds.trust() == Trust::Opaque) {
            Values::Hidden
        } else {
            Values::Bound
        };
        let shape = samples().next().and_then(|query| snapshot.statement(query).shape());
        let varying = changes.varying();
        let limit = shape.map_or(Limit::None, |shape| limit(shape, samples().next(), snapshot));
        let by = match shape {
            Some(shape) if varying.is_empty() && values != Values::Bound => by_filters(shape, limit),
            Some(shape) => by_binds(shape, &varying, limit),
            None => By::Other,
        };
        Self {
            distinct: distinct.len(),
            values,
            limit,
            batched: changes.batched(values == Values::Inlined && varying.is_empty()) * 2 > answered.len(),
            assigns_others: varying.iter().any(|role| matches!(role, BindRole::Assigned(_))),
            by,
            answered,
        }
    }
}

/// Tells which binds change from query to query, by their role in the statement.
#[derive(Default)]
struct Changes<'a> {
    roles: Vec<Seen<'a>>,
    /// For each text, the role number of each bind. It is cached because looking up a role in the shape costs time.
    of_text: HashMap<StatementId, Vec<usize>>,
    /// How many queries had several elements in a list whose values stand in the text.
    batched_by_literals: usize,
}

struct Seen<'a> {
    role: &'a BindRole,
    first: Option<u64>,
    varies: bool,
    /// How many queries had several elements here.
    batched: usize,
    /// The hash for the current query.
    hash: u64,
    elements: u32,
}

impl<'a> Changes<'a> {
    fn see(&mut self, snapshot: &'a Snapshot, query: &QueryRecord) {
        let statement = snapshot.statement(query);
        let Some(shape) = statement.shape() else { return };
        let facts = snapshot.bind_facts(query);
        let roles = &mut self.roles;
        let numbers = self.of_text.entry(query.statement).or_default();
        for bind in numbers.len()..facts.len() {
            let role = shape.bind_role(bind + 1);
            let known = roles.iter().position(|seen| seen.role == role);
            numbers.push(known.unwrap_or_else(|| {
                roles.push(Seen { role, first: None, varies: false, batched: 0, hash: 0, elements: 0 });
                roles.len() - 1
            }));
        }
        for (fact, number) in facts.iter().zip(&*numbers) {
            let Some(seen) = roles.get_mut(*number) else { continue };
            seen.hash = (seen.hash.rotate_left(5) ^ fact.hash()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            seen.elements += match (seen.role, fact.shape()) {
                (BindRole::AnyArray(_) | BindRole::Other, BindShape::List(length)) => length,
                (BindRole::InList(_), _) => 1,
                _ => 0,
            };
        }
        for seen in roles {
            let hash = std::mem::take(&mut seen.hash);
            seen.varies |= *seen.first.get_or_insert(hash) != hash;
            seen.batched += usize::from(std::mem::take(&mut seen.elements) > 1);
        }
        let has_list = shape.columns_with(ColumnRole::FilteredIn).next().is_some();
        let several = has_list && statement.list_lengths().iter().any(|&length| length > 1);
        self.batched_by_literals += usize::from(several);
    }

    fn varying(&self) -> Vec<&'a BindRole> {
        self.roles.iter().filter(|seen| seen.varies).map(|seen| seen.role).collect()
    }

    /// How many queries handle several keys at once. A list that never changes does not count: it is part of the question.
    fn batched(&self, by_literals: bool) -> usize {
        if by_literals {
            return self.batched_by_literals;
        }
        self.roles.iter().filter(|seen| seen.varies).map(|seen| seen.batched).max().unwrap_or(0)
    }
}

fn by_binds<'a>(shape: &'a Shape, varying: &[&'a BindRole], limit: Limit) -> By<'a> {
    let mut keys = Vec::new();
    let mut window = false;
    for role in varying {
        match role {
            // Keyset pagination asks for `a > ? OR a = ? AND b > ?`: this equality is part of the range.
            BindRole::Equals(column) if shape.has_limit() && is_ranged(shape, column) => window = true,
            BindRole::Equals(column) | BindRole::InList(column) | BindRole::AnyArray(column) => keys.push(column),
            BindRole::Range(_) | BindRole::Limit | BindRole::Offset => window = true,
            BindRole::Assigned(_) => {}
            _ => return By::Other,
        }
    }
    match (keys.is_empty(), window) {
        (false, _) => By::Keys(keys),
        (true, true) => By::Window(limit),
        (true, false) => By::Other,
    }
}

/// When values stand in the text or are hidden, nobody can tell which of them change. So every column with an equality counts as a
/// key.
fn by_filters(shape: &Shape, limit: Limit) -> By<'_> {
    let filtered = |role| shape.columns_with(role).filter(|column| !(shape.has_limit() && is_ranged(shape, column)));
    let mut keys: Vec<&ColumnRef> = filtered(ColumnRole::FilteredEq).collect();
    if keys.is_empty() {
        keys.extend(filtered(ColumnRole::FilteredIn));
    }
    let ranged = shape.columns_with(ColumnRole::FilteredRange).next().is_some() || shape.has_offset();
    match (keys.is_empty(), ranged) {
        (false, _) => By::Keys(keys),
        (true, true) => By::Window(limit),
        (true, false) => By::Other,
    }
}

fn is_ranged(shape: &Shape, column: &ColumnRef) -> bool {
    shape.columns_with(ColumnRole::FilteredRange).any(|ranged| ranged == column)
}

/// The limit of a statement, from its text or from the bind that stands for it.
fn limit(shape: &Shape, query: Option<&QueryRecord>, snapshot: &Snapshot) -> Limit {
    let bound = || {
        let facts = query.map_or(&[][..], |query| snapshot.bind_facts(query));
        let of_limit = |(at, _): &(usize, _)| *shape.bind_role(at + 1) == BindRole::Limit;
        facts.iter().enumerate().find(of_limit).map(|(_, fact)| fact.shape())
    };
    match (shape.has_limit(), shape.limit()) {
        (false, _) => Limit::None,
        (true, Some(1)) => Limit::One,
        (true, None) if bound() == Some(BindShape::Unsigned(1)) => Limit::One,
        (true, _) => Limit::Many,
    }
}
