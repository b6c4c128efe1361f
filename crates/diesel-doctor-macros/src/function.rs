//! A function whose body is put inside a scope.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::token::Brace;
use syn::{
    AttrStyle, Attribute, Error, Ident, ImplItemFn, ReturnType, Safety, Signature, Token, Type, Visibility, braced,
};

use crate::options::Options;
use crate::returned::{Returned, is_opaque, nameable};

/// The last path segment of attributes that make a function a test.
const TESTS: [&str; 5] = ["test", "async_test", "rstest", "test_case", "test_matrix"];

/// A function or method with a body. The body's tokens are not parsed.
pub(crate) struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    default: Option<Token![default]>,
    signature: Signature,
    body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let default = input.parse()?;
        let signature: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(Error::new(signature.ident.span(), "#[diagnose] needs a function with a body"));
        }
        let inside;
        let braces = braced!(inside in input);
        attributes.extend(inside.call(Attribute::parse_inner)?.into_iter().map(outer));
        let body = body(braces, inside.parse()?);
        Ok(Self { attributes, visibility, default, signature, body })
    }
}

impl From<ImplItemFn> for Function {
    fn from(method: ImplItemFn) -> Self {
        let statements = method.block.stmts.iter().map(quote::ToTokens::to_token_stream).collect();
        Self {
            attributes: method.attrs.into_iter().map(outer).collect(),
            visibility: method.vis,
            default: method.modifiers.defaultness,
            signature: method.sig,
            body: body(method.block.brace_token, statements),
        }
    }
}

/// The body in braces. They have the place of the user's braces but come from the expansion, so that lints of needless braces
/// ignore them.
fn body(braces: Brace, statements: TokenStream) -> Group {
    let mut body = Group::new(Delimiter::Brace, statements);
    body.set_span(Span::mixed_site().located_at(braces.span.join()));
    body
}

/// Turns an attribute inside the body into one before the function.
fn outer(mut attribute: Attribute) -> Attribute {
    attribute.style = AttrStyle::Outer;
    attribute
}

impl Function {
    /// The function with its body in a scope.
    pub(crate) fn expand(&self, options: &Options) -> Result<TokenStream, Error> {
        if let Some(constness) = &self.signature.constness {
            return Err(Error::new(constness.span, "a const fn makes no queries: there is nothing to diagnose"));
        }
        if self.is_test() {
            return Ok(self.with_body(&TokenStream::new(), &self.test_body(options)));
        }
        let body = self.body_in_scope(options);
        if !self.may_be_test() {
            return Ok(self.with_body(&TokenStream::new(), &body));
        }
        let in_tests = self.with_body(&quote!(#[cfg(test)]), &self.body_of_perhaps_a_test(options));
        let elsewhere = self.with_body(&quote!(#[cfg(not(test))]), &body);
        Ok(quote!(#in_tests #elsewhere))
    }

    /// The method with its body in a scope. A method is never a test.
    pub(crate) fn expand_method(&self, options: &Options) -> TokenStream {
        self.with_body(&TokenStream::new(), &self.body_in_scope(options))
    }

    fn with_body(&self, condition: &TokenStream, body: &TokenStream) -> TokenStream {
        let Self { attributes, visibility, default, signature, .. } = self;
        quote! {
            #condition
            #(#attributes)*
            #visibility #default #signature { #body }
        }
    }

    fn has_attribute(&self, names: &[&str]) -> bool {
        self.attributes.iter().any(|attribute| {
            attribute.path().segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
        })
    }

    /// Whether it is a test that must fail with the report. A test that expects a panic does not count: the report's panic would
    /// make it pass.
    fn is_test(&self) -> bool {
        self.has_attribute(&TESTS) && !self.expects_panic()
    }

    fn expects_panic(&self) -> bool {
        self.has_attribute(&["should_panic"])
    }

    /// Whether it may be a test whose attribute stood above ours. Such an attribute is already removed when ours is expanded.
    fn may_be_test(&self) -> bool {
        let signature = &self.signature;
        let is_plain = signature.inputs.is_empty()
            && signature.generics.params.is_empty()
            && signature.abi.is_none()
            && matches!(signature.safety, Safety::Default);
        let returns_value = signature.asyncness.is_none()
            && Returned::of(&signature.output) == Returned::Value
            && !is_opaque(&signature.output);
        is_plain && returns_value && !self.is_main() && !self.expects_panic() && !self.has_attribute(&TESTS)
    }

    fn is_main(&self) -> bool {
        self.signature.ident == "main"
    }

    /// The path of the function, as an expression.
    fn path(&self) -> TokenStream {
        let name = self.signature.ident.unraw().to_string();
        quote!(::core::concat!(::core::module_path!(), "::", #name))
    }

    /// The body in a scope whose report goes to the reporters.
    fn body_in_scope(&self, options: &Options) -> TokenStream {
        let Self { signature, body, .. } = self;
        let root = options.root();
        let builder = options.builder(&self.path());
        if signature.asyncness.is_some() {
            let future = self.future(options);
            let flush = self.is_main().then(|| quote!(#root::__private::flush();));
            let output = private("output");
            return if flush.is_some() {
                quote! {
                    let #output = #builder.run_future(#future).await;
                    #flush
                    #output
                }
            } else {
                quote!(#builder.run_future(#future).await)
            };
        }
        match Returned::of(&signature.output) {
            Returned::Value => {
                let scope = private("_scope");
                quote! {
                    let #scope = #builder.enter();
                    #body
                }
            }
            Returned::Future => {
                let future = quote!(#builder.run_future_of(move || #body));
                if self.ends_in_async_block() { with_shape(&future, |block| block) } else { future }
            }
            Returned::BoxedFuture => {
                let output = &signature.output;
                let future = quote!(#builder.run_future_of(move || #output #body));
                with_shape(&future, |block| quote!(::std::boxed::Box::pin(#block)))
            }
        }
    }

    /// Whether it returns an expression written as `async { … }` or `async move { … }`.
    fn ends_in_async_block(&self) -> bool {
        let tokens: Vec<TokenTree> = self.body.stream().into_iter().collect();
        matches!(&tokens[..], [.., TokenTree::Ident(word), TokenTree::Group(block)]
            if block.delimiter() == Delimiter::Brace && (word == "async" || word == "move"))
    }

    /// The body of an async function, as a future of its own.
    fn future(&self, options: &Options) -> TokenStream {
        let body = &self.body;
        let hint = match nameable(&self.signature.output) {
            Type::Never(_) => None,
            // The first `return` gives the block's type to the later ones, and to `?`. It is never reached.
            returned => {
                let root = options.root();
                Some(quote!(if false { return #root::__private::never::<#returned>(); }))
            }
        };
        quote!(async move { #hint #body })
    }

    /// A closure with the body.
    fn closure(&self) -> TokenStream {
        let body = &self.body;
        match &self.signature.output {
            output @ ReturnType::Type(..) if !is_opaque(output) => quote!(move || #output #body),
            ReturnType::Default => quote!(move || -> () #body),
            ReturnType::Type(..) => quote!(move || #body),
        }
    }

    fn test_body(&self, options: &Options) -> TokenStream {
        let builder = options.builder(&self.path());
        let run = if self.signature.asyncness.is_some() {
            let future = self.future(options);
            quote!(#builder.diagnose_future(#future).await)
        } else {
            let closure = self.closure();
            quote!(#builder.diagnose(#closure))
        };
        let (output, report) = (private("output"), private("report"));
        let finish = finish_test(options, &output, &report);
        quote! {
            let (#output, #report) = #run;
            #finish
            #output
        }
    }

    fn body_of_perhaps_a_test(&self, options: &Options) -> TokenStream {
        let (root, builder, path, closure) =
            (options.root(), options.builder(&self.path()), self.path(), self.closure());
        let (output, report) = (private("output"), private("report"));
        let finish = finish_test(options, &output, &report);
        quote! {
            let (#output, #report) = #root::__private::run_perhaps_a_test(#builder, #path, #closure);
            if let ::core::option::Option::Some(#report) = #report {
                #finish
            }
            #output
        }
    }
}

/// Fails the test with the report, unless the test has failed already.
fn finish_test(options: &Options, output: &Ident, report: &Ident) -> TokenStream {
    let root = options.root();
    quote! {
        {
            use #root::__private::{AnyOutput as _, ResultOutput as _};
            #root::__private::finish_test(&#report, (&#root::__private::Output(&#output)).is_failure());
        }
    }
}

/// Makes a future now, and returns it as an async block inside what `returned` puts around it. Attributes below ours, such as
/// tracing's `instrument`, recognise a function that returns a future by this form.
fn with_shape(future: &TokenStream, returned: impl FnOnce(TokenStream) -> TokenStream) -> TokenStream {
    let made = private("future");
    let returned = returned(quote!(async move { #made.await }));
    quote! {
        let #made = #future;
        #returned
    }
}

/// A name that the body can neither see nor shadow.
fn private(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
