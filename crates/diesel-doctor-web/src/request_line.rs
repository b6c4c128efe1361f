//! What is known of a request before its handler runs, and the name that its scope gets.

/// What is known of a request before its handler runs.
#[derive(Clone, Copy, Debug)]
pub struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    template: Option<&'a str>,
}

impl<'a> RequestLine<'a> {
    /// The parts of a request: for adapters, and for tests of filters.
    pub fn new(method: &'a str, path: &'a str, template: Option<&'a str>) -> Self {
        Self { method, path, template }
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
        self.template
    }

    /// The name of the request's scope. Without a template it has the parts of the path that look like words: others could be keys of
    /// rows or secrets, and would make a name of its own for each request.
    pub(crate) fn scope_name(&self) -> String {
        match self.template {
            Some(template) => format!("{} {template}", self.method),
            None => format!("{} {}", self.method, words(self.path)),
        }
    }
}

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
        assert_eq!(RequestLine::new("GET", "/posts/7", Some("/posts/{id}")).scope_name(), "GET /posts/{id}");
    }

    #[test]
    fn without_a_template_only_words_are_shown() {
        for (path, name) in [
            ("/", "GET /"),
            ("/posts/7/comments", "GET /posts/{}/comments"),
            ("/reset/aGVsbG8gd29ybGQ", "GET /reset/{}"),
            ("/a/b/c/d/e/f/g/h/i/j", "GET /a/b/c/d/e/f/g/h/…"),
            ("/über", "GET /{}"),
            ("*", "GET /{}"),
            ("", "GET /"),
        ] {
            assert_eq!(RequestLine::new("GET", path, None).scope_name(), name);
        }
    }
}
