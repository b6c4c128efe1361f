//! The shape of a canonical text, statement by statement.

use super::bind::BindRole;
use super::guard::limits;
use super::summary::summary;
use super::tokens::{Canonical, statements};
use super::tree::Tree;
use super::{simple, syntax};
use crate::Operation;
use crate::settings::behind_settings;

/// The tree of a canonical text, where a grammar knows each of its statements.
pub(crate) fn parse(canonical: Canonical<'_>) -> Option<Tree> {
    if !canonical.text.contains(';') {
        return one(canonical);
    }
    if canonical.text.len() > limits::TEXT {
        return None;
    }
    let mut whole: Option<Tree> = None;
    let mut several = false;
    for (text, slots) in statements(canonical) {
        let part = Canonical { text, slots: &slots, dialect: canonical.dialect };
        let mut tree = one(part)?;
        let parts = summary(text, tree.operation.unwrap_or(Operation::Other), Some(&tree));
        tree.summary = vec![(0, parts)];
        several |= whole.is_some();
        match &mut whole {
            Some(whole) => whole.append(tree),
            None => whole = Some(tree),
        }
    }
    if several && let Some(whole) = &mut whole {
        // Of several statements none is a look-up or a batch.
        whole.keys.clear();
        whole.other_filters = true;
        whole.batch = None;
    }
    whole
}

/// The tree of one statement.
fn one(canonical: Canonical<'_>) -> Option<Tree> {
    let start = behind_settings(canonical.text);
    if start == 0 {
        return alone(canonical);
    }
    let settings = canonical.slots.partition_point(|&slot| (slot as usize) < start);
    let slots: Vec<u32> = canonical.slots.iter().skip(settings).map(|&slot| slot - start as u32).collect();
    let text = canonical.text.get(start..)?;
    let mut tree = alone(Canonical { text, slots: &slots, dialect: canonical.dialect })?;
    tree.slots.splice(0..0, std::iter::repeat_n(BindRole::Other, settings));
    tree.batch_list = tree.batch_list.map(|list| list.start + start..list.end + start);
    Some(tree)
}

/// The tree of one statement without settings before it.
fn alone(canonical: Canonical<'_>) -> Option<Tree> {
    let operation = Operation::of(canonical.text);
    simple::tree(canonical, operation).or_else(|| syntax::tree(canonical, operation))
}
