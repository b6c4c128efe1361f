//! What is known of a request before its handler runs, and the name that its scope gets.

use crate::path_names::PathNames;

/// What is known of a request before its handler runs.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    route: Route<'a>,
}

/// What is known of the route.
#[derive(Clone, Copy, Debug)]
enum Route<'a> {
    /// Its template.
    Template(&'a str),
    /// A service that was nested under this template; what is inside is its own affair.
    Beneath(&'a str),
    /// No route matched.
    Unmatched,
    /// There is no framework that knows routes.
    Untold,
}

impl<'a> RequestLine<'a> {
    /// The parts of a request, with the template of its route, if one matched: for adapters, and for tests of filters.
    pub fn new(method: &'a str, path: &'a str, template: Option<&'a str>) -> Self {
        Self { method, path, route: template.map_or(Route::Unmatched, Route::Template) }
    }

    /// A request to a service that is nested under this template, and in which no route matched.
    pub fn beneath(method: &'a str, path: &'a str, template: &'a str) -> Self {
        Self { method, path, route: Route::Beneath(template) }
    }

    /// A request where no framework knows routes.
    pub fn without_routes(method: &'a str, path: &'a str) -> Self {
        Self { method, path, route: Route::Untold }
    }

    /// The method, such as `GET`.
    pub fn method(&self) -> &'a str {
        self.method
    }

    /// The path as it was asked for, without the query string.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The route's template, such as `/posts/{id}`; `None` where the framework does not tell it, and where no route matched.
    pub fn template(&self) -> Option<&'a str> {
        match self.route {
            Route::Template(template) => Some(template),
            Route::Beneath(_) | Route::Unmatched | Route::Untold => None,
        }
    }

    /// The name of the request's scope. There are as many as the application has routes, whatever clients ask for; where nobody knows
    /// routes, it has the parts of the path that look like words: others could be keys of rows or secrets.
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

/// The methods that have names of their own: those of RFC 9110, and PATCH.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Segments that are shown of a path without a template.
const MAX_SEGMENTS: usize = 8;
/// Longer segments are no words.
const MAX_WORD: usize = 24;

/// The path with `{}` for what does not look like a word.
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
