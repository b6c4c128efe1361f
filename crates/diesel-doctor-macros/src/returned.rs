//! Decides from a return type when the work of a function ends.

use proc_macro2::Span;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeInfer, TypeParamBound, parse_quote};

/// When the work of a function that is not `async` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returned {
    /// When the function returns.
    Value,
    /// When the returned future completes: `impl Future`.
    Future,
    /// When the returned future completes: a boxed one, as `async_trait` writes it.
    BoxedFuture,
}

impl Returned {
    pub(crate) fn of(output: &ReturnType) -> Self {
        let ReturnType::Type(_, returned) = output else { return Self::Value };
        match bare(returned) {
            Type::ImplTrait(returned) if returned.bounds.iter().any(is_future) => Self::Future,
            returned if is_boxed_future(returned) => Self::BoxedFuture,
            _ => Self::Value,
        }
    }
}

/// The type inside parentheses and invisible groups.
fn bare(of: &Type) -> &Type {
    match of {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

fn is_future(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|segment| segment.ident == "Future"))
}

/// `Pin<Box<dyn Future>>`, or the names that the `futures` crate has for it.
fn is_boxed_future(returned: &Type) -> bool {
    let is_dynamic = |of: &Type| matches!(bare(of), Type::TraitObject(object) if object.bounds.iter().any(is_future));
    match last_segment(returned) {
        Some((name, _)) if name == "BoxFuture" || name == "LocalBoxFuture" => true,
        Some((name, Some(inner))) if name == "Pin" => {
            matches!(last_segment(inner), Some((name, Some(inner))) if name == "Box" && is_dynamic(inner))
        }
        _ => false,
    }
}

/// The last segment of a path, with its first type argument.
fn last_segment(of: &Type) -> Option<(String, Option<&Type>)> {
    let Type::Path(path) = bare(of) else { return None };
    let segment = path.path.segments.last()?;
    let argument = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(argument) => Some(argument),
            _ => None,
        }),
        _ => None,
    };
    Some((segment.ident.to_string(), argument))
}

/// The return type in a form that is allowed inside the function: `_` for each `impl Trait`.
pub(crate) fn nameable(output: &ReturnType) -> Type {
    struct Eraser;
    impl VisitMut for Eraser {
        fn visit_type_mut(&mut self, of: &mut Type) {
            if let Type::ImplTrait(_) = of {
                let underscore_token = syn::Token![_](Span::mixed_site());
                *of = Type::Infer(TypeInfer { attrs: Vec::new(), underscore_token });
            } else {
                visit_mut::visit_type_mut(self, of);
            }
        }
    }
    match output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, returned) => {
            let mut returned = returned.as_ref().clone();
            Eraser.visit_type_mut(&mut returned);
            returned
        }
    }
}

/// Whether the return type contains an `impl Trait`.
pub(crate) fn is_opaque(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, returned) if **returned != nameable(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(output: &str, expected: Returned) {
        assert_eq!(Returned::of(&syn::parse_str(output).unwrap()), expected, "{output}");
    }

    #[test]
    fn futures_are_known_by_their_usual_names() {
        check("-> impl Future<Output = u8>", Returned::Future);
        check("-> impl Send + ::core::future::Future<Output = u8> + use<'_>", Returned::Future);
        check("-> Pin<Box<dyn Future<Output = u8> + Send + 'async_trait>>", Returned::BoxedFuture);
        check("-> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = u8>>>", Returned::BoxedFuture);
        check("-> futures::future::BoxFuture<'_, u8>", Returned::BoxedFuture);
    }

    #[test]
    fn what_only_looks_like_a_future_is_a_value() {
        check("", Returned::Value);
        check("-> impl Iterator<Item = Box<dyn Future<Output = u8>>>", Returned::Value);
        check("-> Pin<Box<u8>>", Returned::Value);
        check("-> Vec<BoxFuture<'static, u8>>", Returned::Value);
    }

    #[test]
    fn impl_trait_is_erased_wherever_it_is() {
        let output: ReturnType = syn::parse_str("-> Result<impl Iterator<Item = u8>, Error>").unwrap();
        assert_eq!(nameable(&output), parse_quote!(Result<_, Error>));
        assert!(is_opaque(&output));
        assert!(!is_opaque(&syn::parse_str("-> Result<u8, Error>").unwrap()));
    }
}
