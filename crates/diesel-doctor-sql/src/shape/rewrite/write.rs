//! The clauses of `INSERT`, `UPDATE` and `DELETE`.

use sqlparser::tokenizer::Token;

use super::place::{Change, Clause, Place, names};

pub(super) fn change(place: &Place<'_>) -> Option<Change> {
    conflict_target(place).or_else(|| element(place)).or_else(|| {
        if place.is(&["OVERRIDING"]) && place.is_one_of(2, &["VALUE"]) {
            return Some(Change::left_out(3));
        }
        // `WHERE CURRENT OF c`: a filter without columns
        if place.is_behind(&["WHERE"]) && place.is(&["CURRENT", "OF"]) && place.is_value(2) {
            return Some(Change::left_out(2));
        }
        // MySQL's `DELETE t.* FROM t`
        let names_target = place.clause == Clause::Delete
            && place.token(0) == Some(&Token::Period)
            && place.token(1) == Some(&Token::Mul);
        names_target.then(|| Change::left_out(2))
    })
}

/// `CONFLICT (…) WHERE … DO`: without the condition; and without the target where that has more than names in it.
fn conflict_target(place: &Place<'_>) -> Option<Change> {
    if !place.is(&["CONFLICT"]) || place.token(1) != Some(&Token::LParen) {
        return None;
    }
    let end = place.behind_bracket(1)?;
    let condition = if place.is_one_of(end, &["WHERE"]) {
        (end..place.rest.len()).position(|at| place.is_one_of(at, &["DO"]))?
    } else {
        0
    };
    let is_plain = 2 + names(place.rest.get(2..)?) + 1 == end;
    let kept = 0..if is_plain { end } else { 1 };
    (condition > 0 || !is_plain).then_some(Change { taken: end + condition, words: &[], kept, then: &[] })
}

/// PostgreSQL's `SET a[1] = …`: the column is written.
fn element(place: &Place<'_>) -> Option<Change> {
    let name = place.name(0);
    let is_target = place.clause == Clause::Set && (place.is_behind(&["SET"]) || place.before == Some(&Token::Comma));
    if !is_target || name == 0 || place.token(name) != Some(&Token::LBracket) {
        return None;
    }
    let mut end = name;
    while place.token(end) == Some(&Token::LBracket) {
        end = place.behind_bracket(end)?;
    }
    let queries = (name..end).any(|at| place.is_one_of(at, &["SELECT"]));
    (!queries && place.token(end) == Some(&Token::Eq)).then_some(Change {
        taken: end,
        words: &[],
        kept: 0..name,
        then: &[],
    })
}
