//! Filters: which columns are compared with what.

use std::ops::Range;

use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator};

use super::parts::{is_made_of_values, is_value, uncast, unnested};
use super::resolve::Pair;
use super::walker::Walker;
use crate::shape::bind::{BatchKind, BindRole};
use crate::shape::column::{ColumnRef, ColumnRole};

impl Walker<'_> {
    /// Walks a condition; the conditions that `AND` joins in the outermost `WHERE` say how the statement looks rows up.
    pub(super) fn filter(&mut self, condition: &Expr, outermost: bool) {
        let mut open = vec![(condition, outermost, false)];
        // From the left to the right: binds and columns are noted in source order.
        while let Some((condition, outermost, negated)) = open.pop() {
            match condition {
                Expr::Nested(inner) => open.push((inner, outermost, negated)),
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                    open.push((right, outermost, negated));
                    open.push((left, outermost, negated));
                }
                Expr::BinaryOp { left, op: BinaryOperator::Or | BinaryOperator::Xor, right } => {
                    self.tree.other_filters |= outermost;
                    open.push((right, false, negated));
                    open.push((left, false, negated));
                }
                Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                    self.tree.other_filters |= outermost;
                    open.push((expr, false, !negated));
                }
                _ => self.condition(condition, outermost, negated),
            }
        }
    }

    /// Whether a condition does nothing but join tables: then it filters none of them by a value.
    pub(super) fn only_joins(&self, condition: &Expr) -> bool {
        let mut open = vec![condition];
        while let Some(condition) = open.pop() {
            match condition {
                Expr::Nested(inner) => open.push(inner),
                // `ON TRUE`
                Expr::Value(_) => {}
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([&**left, &**right]),
                // `ON 1 = 1`
                Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if is_value(left) && is_value(right) => {}
                Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::Spaceship, right } => {
                    let (left, right) = (uncast(left), uncast(right));
                    let columns = self.column(left).is_some() && self.column(right).is_some();
                    if !columns || self.pair(left, right) == Pair::Same {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        true
    }

    /// Walks a condition without `AND` and `OR`; a negated one stands below a `NOT`.
    fn condition(&mut self, condition: &Expr, outermost: bool, negated: bool) {
        use BinaryOperator as Op;
        let equal = if negated { &Op::NotEq } else { &Op::Eq };
        let unequal = if negated { &Op::Eq } else { &Op::NotEq };
        match condition {
            Expr::BinaryOp { left, op: Op::Eq | Op::Spaceship, right } | Expr::IsNotDistinctFrom(left, right) => {
                self.comparison(left, equal, right, outermost);
            }
            Expr::BinaryOp { left, op: Op::NotEq, right } | Expr::IsDistinctFrom(left, right) => {
                self.comparison(left, unequal, right, outermost);
            }
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right, outermost),
            Expr::AnyOp { left, compare_op: Op::Eq, right, .. } if !negated => self.any(left, right, outermost),
            Expr::AnyOp { left, compare_op, right, .. } | Expr::AllOp { left, compare_op, right } => {
                self.tree.other_filters |= outermost;
                let role = match role_of(compare_op) {
                    ColumnRole::FilteredEq => ColumnRole::FilteredRange,
                    other => other,
                };
                self.compared(left, role);
                self.expression(right, Some(ColumnRole::FilteredFunction));
            }
            Expr::InList { expr, list, negated: not } => self.in_list(expr, list, *not != negated, outermost),
            Expr::InSubquery { expr, subquery, negated: not } => {
                self.tree.other_filters |= outermost;
                let role = if *not == negated { ColumnRole::FilteredIn } else { ColumnRole::FilteredRange };
                self.compared(expr, role);
                self.tree.subqueries += 1;
                self.query(subquery, false);
            }
            Expr::Between { expr, low, high, .. } => {
                self.tree.other_filters |= outermost;
                self.against(expr, &[low, high], ColumnRole::FilteredRange, BindRole::Range);
            }
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. }
            | Expr::RLike { expr, pattern, .. } => {
                self.tree.other_filters |= outermost;
                self.against(expr, &[pattern], ColumnRole::FilteredPattern, BindRole::Pattern);
            }
            Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner) => {
                self.tree.other_filters |= outermost;
                let is_column = self.column(inner).is_some();
                self.expression(
                    inner,
                    Some(if is_column { ColumnRole::FilteredNull } else { ColumnRole::FilteredFunction }),
                );
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                self.tree.other_filters |= outermost;
                self.expression(condition, Some(ColumnRole::FilteredNull));
            }
            other => {
                self.tree.other_filters |= outermost;
                self.expression(other, Some(ColumnRole::FilteredFunction));
            }
        }
    }

    fn comparison(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr, outermost: bool) {
        let role = role_of(op);
        match (role, unnested(left), unnested(right)) {
            (ColumnRole::FilteredEq | ColumnRole::FilteredRange, Expr::Tuple(left), Expr::Tuple(right))
                if left.len() == right.len() =>
            {
                for (left, right) in left.iter().zip(right) {
                    self.comparison(left, op, right, outermost);
                }
            }
            (ColumnRole::FilteredEq, ..) => self.equality(left, right, outermost),
            (ColumnRole::FilteredRange, ..) => {
                self.tree.other_filters |= outermost;
                if let Some((column, _, value)) = self.column_first(left, right) {
                    self.mark(value, BindRole::Range(column));
                }
                self.sides(left, right, role);
            }
            (ColumnRole::FilteredPattern, ..) => {
                self.tree.other_filters |= outermost;
                self.against(left, &[right], role, BindRole::Pattern);
            }
            _ => {
                self.tree.other_filters |= outermost;
                self.expression(left, Some(role));
                self.expression(right, Some(role));
            }
        }
    }

    fn equality(&mut self, left: &Expr, right: &Expr, outermost: bool) {
        if let (Some(one), Some(other)) = (self.column(left), self.column(right)) {
            let pair = self.pair(left, right);
            // Columns of two tables join them; of one, they are a filter like any other.
            self.tree.other_filters |= outermost && pair != Pair::Join;
            let role = if pair == Pair::Same { ColumnRole::FilteredEq } else { ColumnRole::Joined };
            self.add_column(one, role);
            self.add_column(other, role);
            return;
        }
        let Some((key, subject, value)) = self.column_first(left, right).filter(|(.., value)| is_value(value)) else {
            self.tree.other_filters |= outermost;
            self.sides(left, right, ColumnRole::FilteredEq);
            return;
        };
        self.mark(value, BindRole::Equals(key.clone()));
        self.add_column(key.clone(), ColumnRole::FilteredEq);
        if outermost {
            // A key of another row than the one that is written looks nothing up.
            self.tree.other_filters |= self.is_beside_target(subject);
            self.tree.keys.push(key);
        }
    }

    /// The column of a comparison, the left one first, where it stands and what it is compared with.
    fn column_first<'e>(&self, left: &'e Expr, right: &'e Expr) -> Option<(ColumnRef, &'e Expr, &'e Expr)> {
        let column = self.column(left).map(|column| (column, left, right));
        column.or_else(|| self.column(right).map(|column| (column, right, left)))
    }

    /// Notes both sides of a comparison: columns have the role, unless neither side is one.
    fn sides(&mut self, left: &Expr, right: &Expr, role: ColumnRole) {
        for side in [left, right] {
            self.compared(side, role);
        }
    }

    /// Notes what is compared: a column, or those of a tuple; of anything else the columns are a function's.
    fn compared(&mut self, subject: &Expr, role: ColumnRole) -> bool {
        match (unnested(subject), self.column(subject)) {
            (_, Some(column)) => self.add_column(column, role),
            (Expr::Tuple(parts), None) => {
                for part in parts {
                    self.compared(part, role);
                }
            }
            (other, None) => {
                self.expression(other, Some(ColumnRole::FilteredFunction));
                return false;
            }
        }
        true
    }

    fn against(&mut self, subject: &Expr, values: &[&Expr], role: ColumnRole, bind: fn(ColumnRef) -> BindRole) {
        let column = self.column(subject);
        self.compared(subject, role);
        let role = if column.is_some() { role } else { ColumnRole::FilteredFunction };
        for value in values {
            if let Some(column) = &column {
                self.mark(value, bind(column.clone()));
            }
            self.expression(value, Some(role));
        }
    }

    fn any(&mut self, left: &Expr, right: &Expr, outermost: bool) {
        self.tree.other_filters |= outermost;
        let right = unnested(right);
        self.compared(left, ColumnRole::FilteredIn);
        self.expression(right, Some(ColumnRole::FilteredFunction));
        let Some(column) = self.column(left) else { return };
        let array = match right {
            Expr::Cast { expr, .. } => unnested(expr),
            other => other,
        };
        if let Expr::Array(array) = array {
            array.elem.iter().for_each(|element| self.mark_all(element, &BindRole::InList(column.clone())));
            self.batch(BatchKind::AnyArray, Some(between(left, &array.elem)), outermost);
        } else if is_value(array) {
            self.mark(array, BindRole::AnyArray(column));
            self.batch(BatchKind::AnyArray, None, outermost);
        }
    }

    fn in_list(&mut self, subject: &Expr, list: &[Expr], negated: bool, outermost: bool) {
        self.tree.other_filters |= outermost;
        let column = self.column(subject);
        let role = if negated { ColumnRole::FilteredRange } else { ColumnRole::FilteredIn };
        let is_column = self.compared(subject, role);
        let mut has_keys = false;
        for element in list {
            self.expression(element, Some(ColumnRole::FilteredFunction));
            has_keys |= match unnested(element) {
                Expr::Tuple(parts) => parts.iter().any(is_made_of_values),
                other => is_made_of_values(other),
            };
            if let Some(column) = &column {
                self.mark_all(element, &BindRole::InList(column.clone()));
            }
        }
        if !negated && has_keys && is_column {
            self.batch(BatchKind::InList, Some(between(subject, list)), outermost);
        }
    }

    /// Notes that the statement handles many keys at once; the first such construct counts. Its list starts at one of the places.
    pub(super) fn batch(&mut self, kind: BatchKind, list: Option<Range<usize>>, outermost: bool) {
        if outermost && self.tree.batch.is_none() {
            self.tree.batch = Some(kind);
            self.tree.batch_list = list;
        }
    }
}

/// The role that a comparison gives a column.
fn role_of(op: &BinaryOperator) -> ColumnRole {
    use BinaryOperator as Op;
    match op {
        Op::Eq | Op::Spaceship => ColumnRole::FilteredEq,
        Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::NotEq => ColumnRole::FilteredRange,
        Op::PGLikeMatch
        | Op::PGILikeMatch
        | Op::PGNotLikeMatch
        | Op::PGNotILikeMatch
        | Op::PGRegexMatch
        | Op::PGRegexIMatch
        | Op::PGRegexNotMatch
        | Op::PGRegexNotIMatch
        | Op::PGStartsWith
        | Op::Glob
        | Op::Regexp
        | Op::Match => ColumnRole::FilteredPattern,
        _ => ColumnRole::FilteredFunction,
    }
}

/// The places of the canonical text behind what is compared and before the elements that it is compared with; none where the parser does not
/// say where these stand.
fn between(subject: &Expr, elements: &[Expr]) -> Range<usize> {
    // The parser counts from 1, and takes 0 for a place that it does not know.
    let place = |column: u64| usize::try_from(column).ok()?.checked_sub(1);
    let behind = place(subject.span().end.column);
    let before = elements.iter().find_map(|element| place(element.span().start.column));
    behind.zip(before).map_or(0..0, |(behind, before)| behind + 1..before)
}
