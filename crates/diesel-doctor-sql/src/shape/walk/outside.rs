//! Visits a tree, but nothing inside of the queries in it.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, ObjectName, Query, Visit, Visitor};

/// What is met outside of queries.
pub(super) enum Part<'t> {
    /// A query, before what is in it is passed over.
    Query(&'t Query),
    Relation(&'t ObjectName),
    Expression(&'t Expr),
}

/// Shows what stands in a tree, outside of the queries in it, in source order, until told to break.
pub(super) fn visit_outside<F>(tree: &impl Visit, see: F) -> ControlFlow<()>
where
    F: FnMut(Part<'_>) -> ControlFlow<()>,
{
    tree.visit(&mut Outside { see, depth: 0 })
}

struct Outside<F> {
    see: F,
    /// How many queries the visitor is inside of.
    depth: u32,
}

impl<F: FnMut(Part<'_>) -> ControlFlow<()>> Outside<F> {
    fn show(&mut self, part: Part<'_>) -> ControlFlow<()> {
        if self.depth == 0 { (self.see)(part) } else { ControlFlow::Continue(()) }
    }
}

impl<F: FnMut(Part<'_>) -> ControlFlow<()>> Visitor for Outside<F> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let shown = self.show(Part::Query(query));
        self.depth += 1;
        shown
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth = self.depth.saturating_sub(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        self.show(Part::Relation(relation))
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.show(Part::Expression(expression))
    }
}
