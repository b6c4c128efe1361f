//! Filters: which columns are compared with what.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::Walker;
use super::expression::{unnested, value_of};
use crate::shape::{BatchKind, BindRole, ColumnRef, ColumnRole};

impl Walker<'_> {
    /// Walks a condition; the conditions that `AND` joins in the outermost `WHERE` say how the statement looks rows up.
    pub(super) fn filter(&mut self, condition: &Expr, outermost: bool) {
        let mut open = vec![(condition, outermost)];
        // From the left to the right: binds and columns are noted in source order.
        while let Some((condition, outermost)) = open.pop() {
            match condition {
                Expr::Nested(inner) => open.push((inner, outermost)),
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                    open.push((right, outermost));
                    open.push((left, outermost));
                }
                Expr::BinaryOp { left, op: BinaryOperator::Or | BinaryOperator::Xor, right } => {
                    self.tree.other_filters |= outermost;
                    open.push((right, false));
                    open.push((left, false));
                }
                Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                    self.tree.other_filters |= outermost;
                    open.push((expr, false));
                }
                _ => self.condition(condition, outermost),
            }
        }
    }

    fn condition(&mut self, condition: &Expr, outermost: bool) {
        match condition {
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right, outermost),
            Expr::IsNotDistinctFrom(left, right) => self.comparison(left, &BinaryOperator::Eq, right, outermost),
            Expr::IsDistinctFrom(left, right) => self.comparison(left, &BinaryOperator::NotEq, right, outermost),
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => self.any(left, right, outermost),
            Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated, outermost),
            Expr::InSubquery { expr, negated, .. } => {
                self.tree.other_filters |= outermost;
                let role = if *negated { ColumnRole::FilteredRange } else { ColumnRole::FilteredIn };
                let column = self.column(expr);
                self.note_column(column.as_ref(), role);
                self.expression(condition, column.is_none().then_some(ColumnRole::FilteredFunction));
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
        use BinaryOperator as Op;
        let is_equality = matches!(op, Op::Eq | Op::Spaceship);
        let (left_column, right_column) = (self.column(left), self.column(right));
        if is_equality && left_column.is_some() && right_column.is_some() {
            // Columns of two tables join them; of one, they are a filter like any other.
            self.tree.other_filters |= outermost && !joins(left, right);
            self.note_column(left_column.as_ref(), ColumnRole::Joined);
            self.note_column(right_column.as_ref(), ColumnRole::Joined);
            return;
        }
        let (column, value) = if left_column.is_some() { (left_column, right) } else { (right_column, left) };
        match op {
            Op::Eq | Op::Spaceship => {
                if let (Some(key), true) = (&column, value_of(value).is_some()) {
                    self.mark(value, BindRole::Equals(key.clone()));
                    self.note_column(Some(key), ColumnRole::FilteredEq);
                    if outermost {
                        self.tree.keys.push(key.clone());
                    }
                    return;
                }
                self.tree.other_filters |= outermost;
                let role = if column.is_some() { ColumnRole::FilteredEq } else { ColumnRole::FilteredFunction };
                self.sides(column.as_ref(), value, left, right, role);
            }
            Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::NotEq => {
                self.tree.other_filters |= outermost;
                if let Some(column) = &column {
                    self.mark(value, BindRole::Range(column.clone()));
                }
                self.sides(column.as_ref(), value, left, right, ColumnRole::FilteredRange);
            }
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
            | Op::Match => {
                self.tree.other_filters |= outermost;
                self.against(left, &[right], ColumnRole::FilteredPattern, BindRole::Pattern);
            }
            _ => {
                self.tree.other_filters |= outermost;
                self.expression(left, Some(ColumnRole::FilteredFunction));
                self.expression(right, Some(ColumnRole::FilteredFunction));
            }
        }
    }

    /// Notes the column with its role, and what else stands in the comparison.
    fn sides(&mut self, column: Option<&ColumnRef>, value: &Expr, left: &Expr, right: &Expr, role: ColumnRole) {
        if column.is_some() {
            self.note_column(column, role);
            let other = if self.column(value).is_some() { role } else { ColumnRole::FilteredFunction };
            self.expression(value, Some(other));
        } else {
            self.expression(left, Some(ColumnRole::FilteredFunction));
            self.expression(right, Some(ColumnRole::FilteredFunction));
        }
    }

    fn against(&mut self, subject: &Expr, values: &[&Expr], role: ColumnRole, bind: fn(ColumnRef) -> BindRole) {
        let column = self.column(subject);
        let role = if column.is_some() { role } else { ColumnRole::FilteredFunction };
        self.expression(subject, Some(role));
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
        let Some(column) = self.column(left) else {
            self.expression(left, Some(ColumnRole::FilteredFunction));
            self.expression(right, Some(ColumnRole::FilteredFunction));
            return;
        };
        self.note_column(Some(&column), ColumnRole::FilteredIn);
        self.expression(right, Some(ColumnRole::FilteredFunction));
        let array = match right {
            Expr::Cast { expr, .. } => unnested(expr),
            other => other,
        };
        if let Expr::Array(array) = array {
            let first = array.elem.first().and_then(value_of);
            array.elem.iter().for_each(|element| self.mark_all(element, &BindRole::InList(column.clone())));
            self.batch(BatchKind::AnyArray, first, outermost);
        } else if value_of(array).is_some() {
            self.mark(array, BindRole::AnyArray(column));
            self.batch(BatchKind::AnyArray, None, outermost);
        }
    }

    fn in_list(&mut self, subject: &Expr, list: &[Expr], negated: bool, outermost: bool) {
        self.tree.other_filters |= outermost;
        let column = self.column(subject);
        let role = if negated { ColumnRole::FilteredRange } else { ColumnRole::FilteredIn };
        let role = if column.is_some() || matches!(unnested(subject), Expr::Tuple(_)) {
            role
        } else {
            ColumnRole::FilteredFunction
        };
        self.expression(subject, Some(role));
        let mut first = None;
        for element in list {
            self.expression(element, Some(ColumnRole::FilteredFunction));
            first = first.or_else(|| match unnested(element) {
                Expr::Tuple(parts) => parts.first().and_then(value_of),
                other => value_of(other),
            });
            if let Some(column) = &column {
                self.mark_all(element, &BindRole::InList(column.clone()));
            }
        }
        if !negated && first.is_some() && role == ColumnRole::FilteredIn {
            self.batch(BatchKind::InList, first, outermost);
        }
    }

    /// Notes that the statement handles many keys at once; the first such construct counts.
    pub(super) fn batch(&mut self, kind: BatchKind, first_value: Option<usize>, outermost: bool) {
        if outermost && self.tree.batch.is_none() {
            self.tree.batch = Some(kind);
            self.tree.batch_slot = first_value;
        }
    }

    fn note_column(&mut self, column: Option<&ColumnRef>, role: ColumnRole) {
        if let Some(column) = column {
            self.add_column(column.clone(), role);
        }
    }
}

/// Whether two columns are of two tables, by the names that stand before them.
fn joins(left: &Expr, right: &Expr) -> bool {
    let qualifier = |expression: &Expr| match unnested(expression) {
        Expr::CompoundIdentifier(parts) => parts.iter().rev().nth(1).map(|table| table.value.clone()),
        _ => None,
    };
    matches!((qualifier(left), qualifier(right)), (Some(left), Some(right)) if left != right)
}
