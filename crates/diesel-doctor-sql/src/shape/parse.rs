//! Parses a canonical text, statement by statement, on a stack that is large enough.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserOptions};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::bind::BindRole;
use super::prepare::{quote_names, without_modifiers};
use super::rewrite::rewrite;
use super::simple;
use super::summary::summary;
use super::tokens::{Canonical, ValueStyle, limits, statements, tokens};
use super::tree::Tree;
use super::walk::Walker;
use crate::{Dialect, Operation};

/// The stack that parsing, walking and dropping a tree within the limits may need, in bytes, with a wide margin.
const STACK: usize = if cfg!(debug_assertions) { 8 << 20 } else { 4 << 20 };
const RED_ZONE: usize = if cfg!(debug_assertions) { 6 << 20 } else { 1 << 20 };

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
    // MariaDB's settings for one statement say nothing of it.
    if canonical.text.starts_with("SET statement ")
        && let Some((settings, text)) = canonical.text.split_once(" FOR ")
    {
        let start = settings.len() + " FOR ".len();
        let settings = canonical.slots.partition_point(|&slot| (slot as usize) < start);
        let slots: Vec<u32> = canonical.slots.iter().skip(settings).map(|&slot| slot - start as u32).collect();
        let mut tree = one(Canonical { text, slots: &slots, dialect: canonical.dialect })?;
        tree.slots.splice(0..0, std::iter::repeat_n(BindRole::Other, settings));
        tree.batch_list = tree.batch_list.map(|list| list.start + start..list.end + start);
        return Some(tree);
    }
    let operation = Operation::of(canonical.text);
    if let Some(tree) = simple::tree(canonical, operation) {
        return Some(tree);
    }
    let parsed = stacker::maybe_grow(RED_ZONE, STACK, || {
        catch_unwind(AssertUnwindSafe(|| {
            let statement = statement(canonical)?;
            let mut walker = Walker::new(canonical, operation);
            walker.outermost(&statement);
            Some(walker.finish())
        }))
    });
    parsed.ok().flatten()
}

/// Tries the grammar of the dialect, then the same with what it lacks rewritten, then the others.
fn statement(canonical: Canonical<'_>) -> Option<Statement> {
    let dialect = canonical.dialect;
    let grammars: &[&dyn Grammar] = match dialect {
        Dialect::PostgreSql | Dialect::Unknown => &[&PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}],
        Dialect::MySql => &[&MySqlDialect {}, &PostgreSqlDialect {}],
        Dialect::Sqlite => &[&SQLiteDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}],
    };
    let first = *grammars.first()?;
    let (named, depth) = tokens(canonical, ValueStyle::Placeholder)?;
    let mut named = without_modifiers(named, dialect);
    quote_names(&mut named);
    if let Some(statement) = attempt(first, named, depth) {
        return Some(statement);
    }
    // Few get here: the tokens are cut anew rather than kept for all.
    for (style, quotes) in
        [(ValueStyle::Placeholder, true), (ValueStyle::Placeholder, false), (ValueStyle::Text, false)]
    {
        let mut rewritten = rewrite(&without_modifiers(tokens(canonical, style)?.0, dialect), dialect);
        if quotes {
            quote_names(&mut rewritten);
        }
        for grammar in grammars {
            if let Some(statement) = attempt(*grammar, rewritten.clone(), depth) {
                return Some(statement);
            }
        }
    }
    None
}

fn attempt(grammar: &dyn Grammar, tokens: Vec<TokenWithSpan>, depth: usize) -> Option<Statement> {
    /// What the parser allows by itself.
    const USUAL_DEPTH: usize = 50;
    let mut parser = Parser::new(grammar)
        .with_options(ParserOptions::default())
        .with_recursion_limit(USUAL_DEPTH + 3 * depth)
        .with_tokens_with_locations(tokens);
    let statement = parser.parse_statement().ok()?;
    // A statement that ends before its text does was misread.
    (parser.peek_token_ref().token == Token::EOF).then_some(statement)
}
