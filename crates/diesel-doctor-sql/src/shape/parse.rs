//! Parses a canonical text, on a stack that is large enough.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserOptions};
use sqlparser::tokenizer::TokenWithSpan;

use super::Tree;
use super::rewrite::rewrite;
use super::tokens::{Canonical, ValueStyle, tokens};
use super::walk::Walker;
use crate::{Dialect, Operation};

/// The stack that parsing, walking and dropping a tree within the limits may need, in bytes, with a wide margin.
const STACK: usize = if cfg!(debug_assertions) { 8 << 20 } else { 4 << 20 };
const RED_ZONE: usize = if cfg!(debug_assertions) { 6 << 20 } else { 1 << 20 };

/// The tree of a canonical text and its summary's parts, where one of the grammars knows it.
pub(crate) fn parse(canonical: Canonical<'_>, operation: Operation) -> Option<Tree> {
    if let Some(tree) = super::simple::tree(canonical, operation) {
        return Some(tree);
    }
    let parsed = stacker::maybe_grow(RED_ZONE, STACK, || {
        catch_unwind(AssertUnwindSafe(|| {
            let statements = statements(canonical)?;
            let mut walker = Walker::new(canonical);
            walker.statements(&statements);
            Some(walker.finish(operation))
        }))
    });
    parsed.ok().flatten()
}

/// Tries the grammar of the dialect, then the same with what it lacks rewritten, then the others.
fn statements(canonical: Canonical<'_>) -> Option<Vec<Statement>> {
    let (tokens_as_they_are, depth) = tokens(canonical, ValueStyle::Placeholder)?;
    let grammars: &[&dyn Grammar] = match canonical.dialect {
        Dialect::PostgreSql | Dialect::Unknown => &[&PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}],
        Dialect::MySql => &[&MySqlDialect {}, &PostgreSqlDialect {}],
        Dialect::Sqlite => &[&SQLiteDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}],
    };
    let first = *grammars.first()?;
    if let Some(statements) = attempt(first, tokens_as_they_are, depth) {
        return Some(statements);
    }
    // Few get here: the tokens are cut anew rather than kept for all.
    let rewritten = rewrite(&tokens(canonical, ValueStyle::Placeholder)?.0);
    for grammar in grammars {
        if let Some(statements) = attempt(*grammar, rewritten.clone(), depth) {
            return Some(statements);
        }
    }
    let (texts, depth) = tokens(canonical, ValueStyle::Text)?;
    let texts = rewrite(&texts);
    grammars.iter().find_map(|grammar| attempt(*grammar, texts.clone(), depth))
}

fn attempt(grammar: &dyn Grammar, tokens: Vec<TokenWithSpan>, depth: usize) -> Option<Vec<Statement>> {
    /// What the parser allows by itself.
    const USUAL_DEPTH: usize = 50;
    Parser::new(grammar)
        .with_options(ParserOptions::default())
        .with_recursion_limit(USUAL_DEPTH + 3 * depth)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .ok()
        .filter(|statements| !statements.is_empty())
}
