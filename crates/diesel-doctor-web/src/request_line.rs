//! The part of a request that is known before its handler runs, and the name of its scope.

use crate::path_names::PathNames;

/// The part of a request that is known before its handler runs.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    route: Route<'a>,
}

/// What the framework says about the route.
#[derive(Clone, Copy, Debug)]
enum Route<'a> {
    /// Its template.
    Template(&'a str),
    /// A service that is nested under this template. Its own routes are not known.
    Beneath(&'a str),
    /// No route matched.
    Unmatched,
    /// No framework with routes is used.
    Untold,
}

impl<'a> RequestLine<'a> {
    /// Makes a request line from its parts, with the template of its route, if one matched. For adapters, and for tests of filters.
    pub fn new(method: &'a str, path: &'a str, template: Option<&'a str>) -> Self {
        Self { method, path, route: template.map_or(Route::Unmatched, Route::Template) }
    }

    /// A request to a service that is nested under this template, and in which no route matched.
    pub fn beneath(method: &'a str, path: &'a str, template: &'a str) -> Self {
        Self { method, path, route: Route::Beneath(template) }
    }

    /// A request without a framework that knows routes.
    pub fn without_routes(method: &'a str, path: &'a str) -> Self {
        Self { method, path, route: Route::Untold }
    }

    /// The method, such as `GET`.
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The requested path, without the query string.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The route's template, such as `/posts/{id}`; `None` when the framework does not provide it, or when no route matched.
    pub fn template(&self) -> Option<&'a str> {
        match self.route {
            Route::Template(template) => Some(template),
            Route::Beneath(_) | Route::Unmatched | Route::Untold => None,
        }
    }

    /// The name of the request's scope. There are only as many names as the application has routes, whatever clients ask for. Where
    /// routes are not known, the name keeps only the parts of the path that look like words. Other parts could be keys of rows, or
    /// secrets.
    pub(crate) fn scope_name(&self, names: &PathNames) -> String {
        let method = if METHODS.contains(&self.method) { self.method } else { "OTHER" };
        match self.route {
            Route::Template(template) => format!("{method} {template}"),
            Route::Beneath(template) => format!("{method} {}/…", template.trim_end_matches('/')),
            Route::Unmatched => format!("{method} (no route)"),
            Route::Untold => format!("{method} {}", names.admit(words(self.path))),
        }
    }
}

/// The methods that appear in names: those of RFC 9110, and PATCH.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// How many segments of a path without a template are shown.
const MAX_SEGMENTS: usize = 8;
/// A segment that is longer than this is not taken for a word.
const MAX_WORD: usize = 24;

/// The path, with `{}` for each part that does not look like a word.
fn words(path: &str) -> String {
    let mut segments = path.split('/').skip(usize::from(path.starts_with('/')));
    let mut words = String::new();
    for segment in segments.by_ref().take(MAX_SEGMENTS) {
        words.push('/');
        words.push_str(if is_word(segment) { segment } else { "{}" });
    }
    if segments.next().is_some() {
        words.push_str("/…");
    }
    words
}

fn is_word(segment: &str) -> bool {
    segment.len() <= MAX_WORD && segment.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_named_by_method_and_template() {
        let name = |method| RequestLine::new(method, "/posts/7", Some("/posts/{id}")).scope_name(&PathNames::default());
        assert_eq!(name("GET"), "GET /posts/{id}");
        assert_eq!([name("XQZ"), name("get")], ["OTHER /posts/{id}"; 2], "a client may send any word");
    }

    #[test]
    fn what_no_route_matched_has_one_name() {
        let line = RequestLine::new("GET", "/wp-admin/setup", None);
        assert_eq!((line.scope_name(&PathNames::default()).as_str(), line.template()), ("GET (no route)", None));
    }

    #[test]
    fn a_nested_service_has_the_name_of_where_it_is_nested() {
        for (template, name) in [("/files", "GET /files/…"), ("/", "GET /…")] {
            let line = RequestLine::beneath("GET", "/a.css", template);
            assert_eq!((line.scope_name(&PathNames::default()).as_str(), line.template()), (name, None));
        }
    }

    #[test]
    fn where_nobody_knows_routes_only_words_are_shown() {
        for (path, name) in [
            ("/", "GET /"),
            ("/posts/7/comments", "GET /posts/{}/comments"),
            ("/reset/aGVsbG8gd29ybGQ", "GET /reset/{}"),
            ("/a/b/c/d/e/f/g/h/i/j", "GET /a/b/c/d/e/f/g/h/…"),
            ("/über", "GET /{}"),
            ("*", "GET /{}"),
            ("", "GET /"),
        ] {
            assert_eq!(RequestLine::without_routes("GET", path).scope_name(&PathNames::default()), name);
        }
    }
}
