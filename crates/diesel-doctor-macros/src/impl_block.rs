//! Applies `#[diagnose]` on an impl block to each of its methods.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Expr, ImplItem, ImplItemFn, ItemImpl, Meta, Type, parse_quote};

use crate::function::Function;
use crate::options::Options;

/// Expands all methods, except those that are skipped or have an attribute of their own.
pub(crate) fn expand(options: &Options, mut block: ItemImpl) -> Result<TokenStream, Error> {
    let prefix = prefix(options, &block.self_ty);
    let mut methods = 0;
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let own = own(method)?;
        methods += usize::from(own != Own::Skip);
        if own == Own::None && method.sig.constness.is_none() {
            let name = method.sig.ident.unraw().to_string();
            let options = options.named(parse_quote!(::core::concat!(#prefix, "::", #name)));
            *item = ImplItem::Verbatim(Function::from(method.clone()).expand_method(&options));
        }
    }
    if methods == 0 {
        return Err(Error::new(block.self_ty.span(), "there is no method here to diagnose"));
    }
    Ok(block.into_token_stream())
}

/// The block without our attributes on its methods.
pub(crate) fn without_own(mut block: ItemImpl) -> TokenStream {
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            method.attrs.retain(|attribute| !is_own(attribute));
        }
    }
    block.into_token_stream()
}

fn is_own(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "diagnose")
}

/// The attribute that a method has of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Own {
    None,
    Skip,
    Options,
}

/// Looks for our attribute on the method. Removes it if it only says to skip the method.
fn own(method: &mut ImplItemFn) -> Result<Own, Error> {
    let Some(at) = method.attrs.iter().position(is_own) else { return Ok(Own::None) };
    let options = match &method.attrs[at].meta {
        Meta::List(list) => Options::parse(list.tokens.clone())?,
        _ => return Ok(Own::Options),
    };
    match options.skip() {
        Some(_) if options.only_skips() => {
            method.attrs.remove(at);
            Ok(Own::Skip)
        }
        Some(skip) => Err(Error::new(skip, "what is skipped has no other options")),
        None => Ok(Own::Options),
    }
}

/// The part of the scope's name before the name of the method.
fn prefix(options: &Options, of: &Type) -> Expr {
    if let Some(name) = options.name() {
        return name.clone();
    }
    let name = match of {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.unraw().to_string()),
        _ => None,
    };
    let name = name.unwrap_or_else(|| quote!(#of).to_string());
    parse_quote!(::core::concat!(::core::module_path!(), "::", #name))
}
