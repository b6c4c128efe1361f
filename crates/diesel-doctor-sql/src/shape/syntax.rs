//! Parses one statement: in the grammar of its dialect, then with what that lacks rewritten, then in the others.
//!
//! What is parsed is bounded before, by the [guard](super::guard), and while it is, by the [grammar](super::grammar).

use std::cell::Cell;

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::grammar::Counted;
use super::guard::Nesting;
use super::prepare::{quote_names, without_modifiers};
use super::rewrite::rewrite;
use super::room::Room;
use super::tokens::{Canonical, ValueStyle, tokens};
use super::tree::Tree;
use super::walk::Walker;
use crate::{Dialect, Operation};

/// Questions that the parser may ask about a statement, and about each token of it, in all attempts together. A reading of a statement that is no
/// trap takes two for a token at most.
const QUESTIONS: usize = 512;
const QUESTIONS_FOR_TOKEN: usize = 4;

/// The tree of a statement, where a grammar knows it.
pub(super) fn tree(canonical: Canonical<'_>, operation: Operation) -> Option<Tree> {
    let (tokens, nesting) = tokens(canonical, ValueStyle::Placeholder)?;
    let attempts = Attempts::new(canonical, nesting, tokens.len());
    Room::of(nesting).run(|| {
        let statement = attempts.all(tokens)?;
        let mut walker = Walker::new(canonical, operation);
        walker.outermost(&statement);
        Some(walker.finish())
    })
}

/// The attempts to parse a statement.
struct Attempts<'a> {
    canonical: Canonical<'a>,
    nesting: Nesting,
    /// How many questions the parser may ask in all of them.
    questions: usize,
    asked: Cell<usize>,
}

/// Why there is no syntax tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// The grammar does not know the statement.
    Unknown,
    /// It is too deep, or was too much work: another grammar would fare no better.
    Stopped,
}

impl<'a> Attempts<'a> {
    fn new(canonical: Canonical<'a>, nesting: Nesting, tokens: usize) -> Self {
        Self { canonical, nesting, questions: QUESTIONS + QUESTIONS_FOR_TOKEN * tokens, asked: Cell::new(0) }
    }

    fn all(&self, tokens: Vec<TokenWithSpan>) -> Option<Statement> {
        let dialect = self.canonical.dialect;
        let grammars: &[&'static dyn Grammar] = match dialect {
            Dialect::PostgreSql | Dialect::Unknown => &[&PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}],
            Dialect::MySql => &[&MySqlDialect {}, &PostgreSqlDialect {}],
            Dialect::Sqlite => &[&SQLiteDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}],
        };
        let mut named = without_modifiers(tokens, dialect);
        quote_names(&mut named);
        match self.one(*grammars.first()?, named) {
            Ok(statement) => return Some(statement),
            Err(Failure::Stopped) => return None,
            Err(Failure::Unknown) => {}
        }
        // Few get here: the tokens are cut anew rather than kept for all.
        let mut tried: Vec<Vec<TokenWithSpan>> = Vec::new();
        for (style, quotes) in
            [(ValueStyle::Placeholder, true), (ValueStyle::Placeholder, false), (ValueStyle::Text, false)]
        {
            let mut rewritten = rewrite(&without_modifiers(self.tokens(style)?, dialect), dialect);
            if quotes {
                quote_names(&mut rewritten);
            }
            if tried.contains(&rewritten) {
                continue;
            }
            for grammar in grammars {
                match self.one(*grammar, rewritten.clone()) {
                    Ok(statement) => return Some(statement),
                    Err(Failure::Stopped) => return None,
                    Err(Failure::Unknown) => {}
                }
            }
            tried.push(rewritten);
        }
        None
    }

    fn tokens(&self, style: ValueStyle) -> Option<Vec<TokenWithSpan>> {
        Some(tokens(self.canonical, style)?.0)
    }

    /// One reading in one grammar.
    fn one(&self, grammar: &'static dyn Grammar, tokens: Vec<TokenWithSpan>) -> Result<Statement, Failure> {
        let grammar = Counted::new(grammar, self.questions.saturating_sub(self.asked.get()));
        let mut parser = Parser::new(&grammar)
            .with_options(ParserOptions::default())
            .with_recursion_limit(self.nesting.parser_levels())
            .with_tokens_with_locations(tokens);
        let parsed = parser.parse_statement();
        // A statement that ends before its text does was misread.
        let complete = parser.peek_token_ref().token == Token::EOF;
        self.asked.set(self.asked.get() + grammar.asked());
        match parsed {
            _ if grammar.is_stopped() => Err(Failure::Stopped),
            Err(ParserError::RecursionLimitExceeded) => Err(Failure::Stopped),
            Ok(statement) if complete => Ok(statement),
            _ => Err(Failure::Unknown),
        }
    }
}

#[cfg(test)]
mod tests;
