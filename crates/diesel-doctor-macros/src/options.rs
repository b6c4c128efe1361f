//! The options between the attribute's parentheses.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Error, Expr, Ident, Lit, LitStr, Path, Token, parenthesized};

use crate::rules;

const OPTIONS: &str = "the options are name, max_queries, allow, deny, skip and crate";

/// The options of one attribute.
#[derive(Debug, Default)]
pub(crate) struct Options {
    name: Option<Expr>,
    /// Method calls on the scope's builder.
    settings: Vec<TokenStream>,
    skip: Option<Span>,
    root: Option<Path>,
    given: Vec<String>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self, Error> {
        let parser = |input: ParseStream<'_>| {
            let mut options = Self::default();
            while !input.is_empty() {
                options.option(input)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(options)
        };
        parser.parse2(tokens)
    }

    /// The path to the crate `diesel_doctor`.
    pub(crate) fn root(&self) -> TokenStream {
        self.root.as_ref().map_or_else(|| quote!(::diesel_doctor), ToTokens::to_token_stream)
    }

    /// The span of `skip`, where it is given.
    pub(crate) fn skip(&self) -> Option<Span> {
        self.skip
    }

    /// Whether `skip` is given, and nothing else.
    pub(crate) fn only_skips(&self) -> bool {
        self.skip.is_some() && self.given.len() == 1
    }

    /// The name of the scope, as an expression.
    pub(crate) fn name(&self) -> Option<&Expr> {
        self.name.as_ref()
    }

    /// The same options with another name.
    pub(crate) fn named(&self, name: Expr) -> Self {
        Self {
            name: Some(name),
            settings: self.settings.clone(),
            skip: None,
            root: self.root.clone(),
            given: Vec::new(),
        }
    }

    /// An expression for the scope's builder. The scope gets `name`, unless the options set one.
    pub(crate) fn builder(&self, name: &TokenStream) -> TokenStream {
        let root = self.root();
        let name = self.name.as_ref().map_or_else(|| name.clone(), ToTokens::to_token_stream);
        let settings = &self.settings;
        quote!(#root::Scope::builder(#name).only_if_used() #(#settings)*)
    }

    fn option(&mut self, input: ParseStream<'_>) -> Result<(), Error> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("an option comes with its name: name = \"page\"; {OPTIONS}")));
        }
        let option = input.call(Ident::parse_any)?;
        let repeats = matches!(option.to_string().as_str(), "allow" | "deny");
        if !repeats && self.given.contains(&option.to_string()) {
            return Err(Error::new(option.span(), format!("{option} is given twice")));
        }
        self.given.push(option.to_string());
        match option.to_string().as_str() {
            "name" => self.name = Some(name(&value(input, &option)?)?),
            "max_queries" => {
                let most = number(value(input, &option)?)?;
                self.settings.push(quote_spanned!(most.span()=> .max_queries(#most)));
            }
            "allow" => self.settings.push(allow(input, &option)?),
            "deny" => self.deny(input, &option)?,
            "skip" => self.skip = Some(option.span()),
            "crate" => self.root = Some(path(input, &option)?),
            unknown => return Err(Error::new(option.span(), format!("there is no option `{unknown}`; {OPTIONS}"))),
        }
        Ok(())
    }

    /// `deny = "warnings"`, `deny = "rule"` or `deny("rule", …)`.
    fn deny(&mut self, input: ParseStream<'_>, option: &Ident) -> Result<(), Error> {
        let denied = if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            Punctuated::<Expr, Token![,]>::parse_terminated(&inside)?
        } else {
            std::iter::once(value(input, option)?).collect()
        };
        if denied.is_empty() {
            return Err(Error::new(option.span(), "say what: deny = \"warnings\", or deny(\"n-plus-one\")"));
        }
        for rule in denied {
            self.settings.push(match literal(&rule) {
                Some(word) if word.value() == "warnings" => quote!(.deny_warnings()),
                _ => {
                    let rule = self::rule(rule, &["warnings"])?;
                    quote!(.deny(#rule))
                }
            });
        }
        Ok(())
    }
}

/// The expression after `=`.
fn value(input: ParseStream<'_>, option: &Ident) -> Result<Expr, Error> {
    if !input.peek(Token![=]) {
        return Err(Error::new(option.span(), format!("{option} needs a value: {option} = …")));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

fn literal(expression: &Expr) -> Option<&LitStr> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text),
            _ => None,
        },
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

fn name(name: &Expr) -> Result<Expr, Error> {
    let wrong = match (literal(name), name) {
        (Some(text), _) => text.value().trim().is_empty().then_some("the name of a scope is not empty"),
        (None, Expr::Lit(_)) => Some("the name of a scope is a string"),
        _ => None,
    };
    wrong.map_or_else(|| Ok(name.clone()), |wrong| Err(Error::new(name.span(), wrong)))
}

fn number(most: Expr) -> Result<Expr, Error> {
    let is_wrong = match &most {
        Expr::Lit(literal) => !matches!(literal.lit, Lit::Int(_)),
        Expr::Unary(_) => true,
        _ => false,
    };
    if is_wrong {
        Err(Error::new(most.span(), "max_queries is a number of queries: max_queries = 10"))
    } else {
        Ok(most)
    }
}

/// A rule: a literal with the name of one of the doctor's rules, or another expression. `others` are words that are suggested for a
/// misspelt literal.
fn rule(rule: Expr, others: &[&str]) -> Result<Expr, Error> {
    match (literal(&rule), &rule) {
        (Some(name), _) => rules::check(name, others)?,
        (None, Expr::Lit(_)) => return Err(Error::new(rule.span(), "a rule is a string: \"n-plus-one\"")),
        _ => {}
    }
    Ok(rule)
}

/// `allow("rule", reason = "…")`
fn allow(input: ParseStream<'_>, option: &Ident) -> Result<TokenStream, Error> {
    let usage = || Error::new(option.span(), "say which rule, and why: allow(\"n-plus-one\", reason = \"…\")");
    if !input.peek(syn::token::Paren) {
        return Err(usage());
    }
    let inside;
    parenthesized!(inside in input);
    if inside.is_empty() {
        return Err(usage());
    }
    let rule = self::rule(inside.parse()?, &[])?;
    if inside.is_empty() || (inside.parse::<Token![,]>().is_ok() && inside.is_empty()) {
        return Err(usage());
    }
    let Reason(reason) = inside.parse()?;
    Ok(quote!(.allow(#rule, #reason)))
}

/// `reason = "…"`, with or without a comma after it.
struct Reason(Expr);

impl Parse for Reason {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let is_reason = input.fork().parse::<Ident>().is_ok_and(|word| word == "reason");
        if !is_reason {
            return Err(input.error("one rule at a time, and why: allow(\"n-plus-one\", reason = \"…\")"));
        }
        let word: Ident = input.parse()?;
        let reason = value(input, &word)?;
        let is_empty = literal(&reason).is_some_and(|reason| reason.value().trim().is_empty());
        if is_empty || matches!((literal(&reason), &reason), (None, Expr::Lit(_))) {
            return Err(Error::new(reason.span(), "the reason is a text, and not empty"));
        }
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() { Ok(Self(reason)) } else { Err(input.error("nothing comes after the reason")) }
    }
}

/// `crate = "a::b"` or `crate = a::b`
fn path(input: ParseStream<'_>, option: &Ident) -> Result<Path, Error> {
    let value = value(input, option)?;
    match (literal(&value).cloned(), value) {
        (Some(text), _) => text.parse_with(Path::parse_mod_style),
        (None, Expr::Path(path)) => Ok(path.path),
        (None, other) => Err(Error::new(other.span(), "crate is a path: crate = \"my_crate::diesel_doctor\"")),
    }
}
