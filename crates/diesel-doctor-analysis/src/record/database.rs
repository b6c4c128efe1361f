//! The address of a database, reduced to the parts that may be shown.

use std::fmt;
use std::hash::BuildHasher;

use diesel_doctor_sql::Dialect;

/// The harmless part of a database URL: no user, no password, no parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    text: String,
    /// A keyed hash of the whole address, where nothing of it may be shown. It tells such addresses apart.
    hidden: Option<u64>,
    private: bool,
    dialect: Dialect,
}

impl Database {
    /// Reduces a URL, a libpq keyword string or a SQLite path. Parts that are not understood are left out. When nothing of the
    /// address may be shown, only its hash is kept. The hasher's key must be secret, and the same for all addresses that are
    /// compared.
    pub fn from_url(url: &str, hasher: &impl BuildHasher) -> Self {
        if let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
            return Self::from_parts(scheme, rest, url, hasher);
        }
        if url.starts_with("file:") {
            return Self::from_path(url, hasher);
        }
        match keywords(url) {
            Keywords::Read(keywords) => Self::from_keywords(&keywords, url, hasher),
            Keywords::Broken => Self::hidden("postgresql", Dialect::PostgreSql, hasher.hash_one(url)),
            Keywords::None => Self::from_path(url, hasher),
        }
    }

    fn from_parts(scheme: &str, rest: &str, url: &str, hasher: &impl BuildHasher) -> Self {
        let scheme = scheme.to_ascii_lowercase();
        let dialect = match scheme.as_str() {
            "postgres" | "postgresql" => Dialect::PostgreSql,
            "mysql" | "mariadb" => Dialect::MySql,
            "file" | "sqlite" => return Self::from_path(rest, hasher),
            _ => Dialect::Unknown,
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        // A password may hold an `@` that was not escaped: everything up to the last one is left out. It may hold any of the other
        // separators, too: where an `@` stands behind one, what precedes it may be a part of the password.
        let host = authority.rsplit('@').next().unwrap_or_default();
        let (database, parameters) = match path.strip_prefix('/') {
            Some(path) => path.split_once('?').unwrap_or((path, "")),
            None => ("", path),
        };
        // Nothing is shown of what may be anything else than a host and a name: not what only looks like one.
        if !is_host(host) || !is_name(database) || parameters.contains('@') {
            return Self::hidden(&scheme, dialect, hasher.hash_one(url));
        }
        let separator = if database.is_empty() { "" } else { "/" };
        Self { text: format!("{scheme}://{host}{separator}{database}"), hidden: None, private: false, dialect }
    }

    fn from_keywords(keywords: &[(&str, String)], text: &str, hasher: &impl BuildHasher) -> Self {
        let value = |key: &str| keywords.iter().rfind(|(name, _)| *name == key).map_or("", |(_, value)| value);
        let (host, database) = (value("host"), value("dbname"));
        // libpq accepts a whole address as the name of a database.
        if !is_name(database) || !(is_host(host) || is_name(host.trim_start_matches('/'))) {
            return Self::hidden("postgresql", Dialect::PostgreSql, hasher.hash_one(text));
        }
        let text = format!("postgresql://{host}/{database}");
        Self { text, hidden: None, private: false, dialect: Dialect::PostgreSql }
    }

    /// An address of which only the scheme is shown.
    fn hidden(scheme: &str, dialect: Dialect, hash: u64) -> Self {
        Self { text: format!("{scheme}://"), hidden: Some(hash), private: false, dialect }
    }

    fn from_path(path: &str, hasher: &impl BuildHasher) -> Self {
        let whole = path;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.strip_prefix("file:").unwrap_or(path);
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let in_memory = path.is_empty() || path == ":memory:" || query.contains("mode=memory");
        let private = in_memory && !query.contains("cache=shared");
        // What may be a connection string of an unknown form shows nothing.
        if !is_file_name(name) || path.contains(['@', ';']) {
            let hidden = Self::hidden("sqlite", Dialect::Sqlite, hasher.hash_one(whole));
            return Self { text: "sqlite:".to_owned(), private, ..hidden };
        }
        let text = if in_memory && (path.is_empty() || path == ":memory:") {
            "sqlite::memory:".to_owned()
        } else {
            format!("sqlite:{name}")
        };
        Self { text, hidden: None, private, dialect: Dialect::Sqlite }
    }

    /// Whether only one connection can see it.
    pub fn is_private(&self) -> bool {
        self.private
    }

    /// The dialect that the address implies.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
}

/// Whether the text is one or several hosts, each perhaps with a port, or nothing.
fn is_host(text: &str) -> bool {
    text.split(',').all(|host| {
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
            None => host.split_once(':').unwrap_or((host, "")),
        };
        let is_address = host.starts_with('[');
        let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_') || (is_address && c == ':');
        name.chars().all(is_of_name) && port.chars().all(|c| c.is_ascii_digit())
    })
}

/// Whether the text is the name of a database, or nothing.
fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '$'))
}

/// Whether the text is the name of a file, or nothing.
fn is_file_name(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '$' | ' ' | '(' | ')' | '+' | ',' | '~' | ':'))
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// The result of reading libpq's form of a connection string.
enum Keywords<'a> {
    Read(Vec<(&'a str, String)>),
    /// It names a server or a secret, but cannot be read to its end.
    Broken,
    /// It is something else: a path may hold `=`, too.
    None,
}

/// Reads `key = value` pairs as libpq does: blanks around the `=`, values in single quotes, a backslash before an escaped
/// character.
fn keywords(text: &str) -> Keywords<'_> {
    let is_known = |key: &str| {
        matches!(
            key,
            "host" | "hostaddr" | "dbname" | "port" | "user" | "service" | "password" | "passfile" | "sslpassword"
        )
    };
    let mut pairs = Vec::new();
    let mut rest = text.trim_ascii_start();
    while !rest.is_empty() {
        let Some((key, after)) = rest.split_once('=') else { break };
        let Some((value, left)) = keyword_value(after.trim_ascii_start()) else { break };
        pairs.push((key.trim_ascii_end(), value));
        rest = left.trim_ascii_start();
    }
    let is_keyword =
        |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_whole = rest.is_empty() && pairs.iter().all(|(key, _)| is_keyword(key));
    let names_server = pairs.iter().any(|(key, _)| is_known(key));
    let names_secret =
        text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("password"));
    match (is_whole, names_server) {
        (true, true) => Keywords::Read(pairs),
        (false, true) => Keywords::Broken,
        (_, false) if names_secret && text.contains('=') => Keywords::Broken,
        (_, false) => Keywords::None,
    }
}

/// A value and the text after it; `None` when its quote is not closed.
fn keyword_value(text: &str) -> Option<(String, &str)> {
    let (quoted, text) = text.strip_prefix('\'').map_or((false, text), |text| (true, text));
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if quoted => return Some((value, text.get(at + 1..)?)),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            blank if !quoted && blank.is_ascii_whitespace() => return Some((value, text.get(at..)?)),
            other => value.push(other),
        }
    }
    (!quoted).then_some((value, ""))
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasherDefault, DefaultHasher};

    use super::*;

    fn read(url: &str) -> Database {
        Database::from_url(url, &BuildHasherDefault::<DefaultHasher>::default())
    }

    #[track_caller]
    fn check(url: &str, text: &str, dialect: Dialect, private: bool) {
        let database = read(url);
        assert_eq!(
            (database.to_string().as_str(), database.dialect(), database.is_private()),
            (text, dialect, private),
            "{url}"
        );
    }

    #[test]
    fn urls_keep_scheme_host_and_database_only() {
        check(
            "postgres://ann:s3cret@db.local:5433/shop?sslmode=require",
            "postgres://db.local:5433/shop",
            Dialect::PostgreSql,
            false,
        );
        check("postgresql:///shop?host=/run", "postgresql:///shop", Dialect::PostgreSql, false);
        check("mysql://root:a@b@db/shop", "mysql://db/shop", Dialect::MySql, false);
        check("mysql://root:pa/ss@db/shop", "mysql://", Dialect::MySql, false);
        check(
            "host=db.local user=ann password=s3cret dbname=shop",
            "postgresql://db.local/shop",
            Dialect::PostgreSql,
            false,
        );
    }

    #[test]
    fn passwords_that_were_not_escaped_show_nothing() {
        for password in ["pa#ss", "pa?ss", "pa/ss", "pa@ss", "p:a", "p a", "a=b", "@#@"] {
            for scheme in ["postgres", "mysql", "oracle"] {
                let database = read(&format!("{scheme}://ann:{password}@db.local/shop?x=1"));
                let shown = database.to_string();
                assert!(["://", "://db.local/shop"].iter().any(|rest| shown == format!("{scheme}{rest}")), "{shown}");
            }
        }
        assert_eq!(read("mysql://db/shop?password=a@b").to_string(), "mysql://");
    }

    #[test]
    fn strings_of_an_unknown_form_show_a_scheme_and_nothing_else() {
        for (url, text) in [
            ("Server=db;Database=shop;Uid=ann;Pwd=s3cret", "sqlite:"),
            ("ann/s3cret@db", "sqlite:"),
            ("ann:s3cret@db.local/shop", "sqlite:"),
            ("jdbc:mysql://db/shop?password=s3cret", "postgresql://"),
            ("odbc://db;password=s3cret", "odbc://"),
            ("odbc://db/shop;password=s3cret", "odbc://"),
            ("postgres://ann:s3cret%40db/shop", "postgres://"),
            ("postgres://ann:s3cret/shop", "postgres://"),
            ("mysql://db/shop#s3cret", "mysql://"),
            ("file:x#key=s3cret", "sqlite:"),
            ("file:x;key=s3cret", "sqlite:"),
            ("x.db?key=s3cret", "sqlite:x.db"),
        ] {
            assert_eq!(read(url).to_string(), text, "{url}");
        }
        for url in ["postgres://[::1]:5432/shop", "mysql://db-1.local,db-2.local:3306/shop_test"] {
            assert_eq!(read(url).to_string(), url);
        }
    }

    #[test]
    fn what_shows_nothing_is_told_apart_all_the_same() {
        let [one, same, other] = ["mysql://a:p#q@one/x", "mysql://a:p#q@one/x", "mysql://a:p#q@two/x"].map(read);
        assert_eq!((one == same, one == other), (true, false));
    }

    #[test]
    fn keyword_strings_are_read_as_libpq_does() {
        let pg = |url: &str, text: &str| check(url, text, Dialect::PostgreSql, false);
        pg("host = db  password = s3cret dbname = shop", "postgresql://db/shop");
        pg(r"host='db' password='a b\'c dbname=x' dbname='shop'", "postgresql://db/shop");
        pg(r"password=a\ b dbname=shop", "postgresql:///shop");
        pg("service=shop", "postgresql:///");
        pg("dbname=postgres://ann:s3cret@db/shop", "postgresql://");
        pg("host=db password='never closed", "postgresql://");
        pg("password = 's3cret", "postgresql://");
        pg("host=db dbname", "postgresql://");
    }

    #[test]
    fn sqlite_paths_keep_the_file_name_only() {
        check("/home/ann/secret/shop.db", "sqlite:shop.db", Dialect::Sqlite, false);
        check(":memory:", "sqlite::memory:", Dialect::Sqlite, true);
        check("", "sqlite::memory:", Dialect::Sqlite, true);
        check("file:shop.db?mode=rwc", "sqlite:shop.db", Dialect::Sqlite, false);
        check("file:shared?mode=memory&cache=shared", "sqlite:shared", Dialect::Sqlite, false);
        check("file:shop?mode=memory&password=x", "sqlite:shop", Dialect::Sqlite, true);
        check("sqlite://data/shop.db", "sqlite:shop.db", Dialect::Sqlite, false);
        check("/srv/a=b/my shop.db", "sqlite:my shop.db", Dialect::Sqlite, false);
    }
}
