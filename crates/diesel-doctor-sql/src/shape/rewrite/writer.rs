//! Goes through the tokens once and writes them anew.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::place::{Bracket, Change, Clause, Place, is_lone_name};
use super::spelled::spelled;
use super::{definition, expression, query, tables, utility, write};
use crate::Dialect;
use crate::shape::words::word;

/// The tokens with what the parser does not know replaced.
pub(in crate::shape) fn rewrite(tokens: &[TokenWithSpan], dialect: Dialect) -> Vec<TokenWithSpan> {
    let tokens = utility::stand_in(tokens).unwrap_or_else(|| tokens.to_vec());
    let mut writer = Writer { written: Vec::with_capacity(tokens.len()), open: Vec::new(), clause: Clause::Other };
    let tokens = tables::join(&tokens);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        writer.see(token, rest);
        let place = Place {
            rest,
            before: writer.written.last().map(|before| &before.token),
            start: &tokens,
            bracket: writer.open.last(),
            clause: writer.clause,
            dialect,
        };
        let change = change(&place).filter(|change| change.taken > 0).unwrap_or(Change::NONE);
        writer.write(&change, rest);
        if token.token == Token::RParen {
            writer.close();
        }
        at += change.taken;
    }
    writer.written
}

fn change(place: &Place<'_>) -> Option<Change> {
    expression::change(place)
        .or_else(|| query::change(place))
        .or_else(|| write::change(place))
        .or_else(|| definition::change(place))
}

/// The tokens so far, and where they lead.
struct Writer {
    written: Vec<TokenWithSpan>,
    open: Vec<Bracket>,
    clause: Clause,
}

impl Writer {
    /// Notes where the next token leads.
    fn see(&mut self, token: &TokenWithSpan, rest: &[TokenWithSpan]) {
        match &token.token {
            Token::LParen => {
                let is_char = self.written.last().and_then(|before| word(&before.token)) == Some("char");
                self.open.push(Bracket { is_char, is_lone_name: is_lone_name(rest), around: self.clause });
                self.clause = Clause::Other;
            }
            Token::Word(_) => self.clause = self.clause.behind(word(&token.token)),
            _ => {}
        }
    }

    fn close(&mut self) {
        self.clause = self.open.pop().map_or(Clause::Other, |bracket| bracket.around);
    }

    fn write(&mut self, change: &Change, rest: &[TokenWithSpan]) {
        let Some(span) = rest.first().map(|token| token.span) else { return };
        let spelled = |text: &&str| TokenWithSpan { token: spelled(text), span };
        self.written.extend(change.words.iter().map(spelled));
        self.written.extend_from_slice(rest.get(change.kept.clone()).unwrap_or_default());
        self.written.extend(change.then.iter().map(spelled));
    }
}
