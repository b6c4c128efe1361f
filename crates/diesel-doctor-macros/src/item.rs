//! The items that the attribute can be applied to.

use syn::parse::{Parse, ParseStream};
use syn::{Abi, Attribute, Error, ItemImpl, Token, Visibility};

use crate::function::Function;

/// An item that the attribute can be applied to.
pub(crate) enum Item {
    Function(Box<Function>),
    Impl(Box<ItemImpl>),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let ahead = input.fork();
        Attribute::parse_outer(&ahead)?;
        let start = ahead.span();
        ahead.parse::<Visibility>()?;
        ahead.parse::<Option<Token![default]>>()?;
        ahead.parse::<Option<Token![const]>>()?;
        ahead.parse::<Option<Token![async]>>()?;
        ahead.parse::<Option<Token![unsafe]>>()?;
        if ahead.peek(Token![impl]) {
            return Ok(Self::Impl(input.parse()?));
        }
        ahead.parse::<Option<Abi>>()?;
        if ahead.peek(Token![fn]) {
            return Ok(Self::Function(Box::new(input.parse()?)));
        }
        Err(Error::new(start, "#[diagnose] goes on a function, a method or an impl block"))
    }
}
