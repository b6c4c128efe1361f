//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The project's tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
#[non_exhaustive]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

/// One task.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Task {
    /// Run every test, with throw-away database servers
    Test(TestArgs),
    /// Check formatting, lints, licences, features, packages, lowest versions and documentation, and run the examples
    Lint(LintArgs),
    /// Run each kind of async connection over each hop, and print whether scopes and call sites were right
    Matrix(MatrixArgs),
    /// Run the tests of a Diesel program alone and with every connection watched: both must end alike
    OwnSuite(OwnSuiteArgs),
    /// Stop the servers that `test --keep` left running
    Stop,
}

/// What `cargo xtask test` can be told.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct TestArgs {
    /// The databases to test with; SQLite is always among them
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres,mysql")]
    pub backends: Vec<Backend>,
    /// Test these packages only, instead of the whole workspace
    #[arg(short, long = "package", value_name = "PACKAGE")]
    pub packages: Vec<String>,
    /// Leave the servers running, and print their URLs (`cargo xtask stop` stops them)
    #[arg(long)]
    pub keep: bool,
    /// Install nothing: what is missing is an error
    #[arg(long)]
    pub no_install: bool,
}

/// What `cargo xtask lint` can be told.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct LintArgs {
    /// The databases whose code is linted; SQLite's always is
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres,mysql")]
    pub backends: Vec<Backend>,
    /// Install nothing: what is missing is an error
    #[arg(long)]
    pub no_install: bool,
}

/// What `cargo xtask matrix` can be told.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct MatrixArgs {
    /// How the cells are printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: MatrixFormat,
    /// Print nothing, and write the table into the documentation
    #[arg(long)]
    pub write: bool,
    /// Install nothing: what is missing is an error
    #[arg(long)]
    pub no_install: bool,
}

/// How the cells of the matrix are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum MatrixFormat {
    /// A line for each
    Text,
    /// An array of objects
    Json,
}

/// What `cargo xtask own-suite` can be told.
#[derive(Debug, Args)]
#[non_exhaustive]
pub struct OwnSuiteArgs {
    /// The folder of the program, which stays as it is
    pub program: std::path::PathBuf,
    /// Arguments for `cargo test`
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// A database that the tests can run against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum Backend {
    /// In the process: needs no server
    Sqlite,
    /// A PostgreSQL server
    Postgres,
    /// A MariaDB or MySQL server
    Mysql,
}

impl Backend {
    /// The Cargo feature that links this backend, if it is not linked always.
    pub(crate) fn feature(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("postgres"),
            Self::Mysql => Some("mysql"),
        }
    }

    /// The environment variable that tells the tests where the server is.
    pub(crate) fn url_variable(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("TEST_POSTGRES_URL"),
            Self::Mysql => Some("TEST_MYSQL_URL"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn an_unknown_backend_is_refused_with_the_known_ones() {
        let error = Cli::try_parse_from(["xtask", "test", "--backends", "sqlite,oracle"]).unwrap_err().to_string();
        for word in ["oracle", "sqlite", "postgres", "mysql"] {
            assert!(error.contains(word), "{word} is missing in: {error}");
        }
    }

    #[test]
    fn all_backends_are_the_default_and_commas_separate() {
        let backends = |arguments: &[&str]| match Cli::try_parse_from(arguments).unwrap().task {
            Task::Test(args) => args.backends,
            other => panic!("not a test run: {other:?}"),
        };
        assert_eq!(backends(&["xtask", "test"]), [Backend::Sqlite, Backend::Postgres, Backend::Mysql]);
        assert_eq!(backends(&["xtask", "test", "--backends", "mysql,sqlite"]), [Backend::Mysql, Backend::Sqlite]);
    }
}
