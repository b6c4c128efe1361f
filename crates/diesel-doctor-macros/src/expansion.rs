//! Expands the attribute and its item.

use proc_macro2::TokenStream;
use syn::Error;

use crate::impl_block;
use crate::item::Item;
use crate::options::Options;

/// Returns what the item expands to. After a mistake the item is returned unchanged, so that the mistake is the only error.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    try_expand(options, item.clone()).unwrap_or_else(|error| {
        let mut tokens = error.into_compile_error();
        // Attributes inside an impl block would only repeat the same error.
        tokens.extend(match syn::parse2(item.clone()) {
            Ok(Item::Impl(block)) => impl_block::without_own(*block),
            _ => item,
        });
        tokens
    })
}

fn try_expand(options: TokenStream, item: TokenStream) -> Result<TokenStream, Error> {
    let options = Options::parse(options)?;
    if let Some(skip) = options.skip() {
        return Err(Error::new(skip, "skip is for the methods of an impl block that has a #[diagnose] itself"));
    }
    match syn::parse2(item)? {
        Item::Function(function) => function.expand(&options),
        Item::Impl(block) => impl_block::expand(&options, *block),
    }
}
