//! Where in which statement the next token stands.

/// Where in which statement the next token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The first token of a statement.
    Start,
    /// Nothing special any more.
    Plain,
    /// `COPY`: constants are options.
    Options,
    /// `BEGIN`, `COMMIT`, `ROLLBACK`: noise words vanish.
    Transaction,
    /// A name that is a value comes next.
    Name,
    /// As `Name`, after the optional word `SAVEPOINT` or `PREPARE`.
    NoiseThenName,
    /// `FETCH`, `MOVE`, `CLOSE`: names are cursors.
    Cursor,
    /// The same after a number of rows: a word is `FROM`, `IN` or the name.
    CursorCount,
    /// The name of a setting.
    Setting,
    /// The value of a setting: everything up to the end, once its `?` is written.
    SettingValue {
        written: bool,
    },
    Pragma,
    PragmaArgument {
        written: bool,
    },
    /// A definition: constants stay.
    Definition,
    /// The first words of a definition, which say of what.
    DefinitionStart,
    /// Users, roles and whatever else has a password: it folds.
    Account,
    /// The same in `GRANT` and `REVOKE`, where the word `PASSWORD` alone is a name.
    Privilege,
    /// A password comes next.
    Secret,
    /// Functions, procedures and triggers: the body folds.
    Routine,
    Body {
        depth: u32,
    },
}

impl Mode {
    /// Whether tokens have to be looked at by the rule of the statement.
    pub(super) fn has_rule(self) -> bool {
        !matches!(self, Mode::Plain | Mode::Options | Mode::Definition)
    }

    pub(super) fn keeps_constants(self) -> bool {
        matches!(
            self,
            Mode::Setting
                | Mode::Options
                | Mode::Definition
                | Mode::DefinitionStart
                | Mode::Account
                | Mode::Privilege
                | Mode::Routine
        )
    }
}

/// Whether a word says nothing behind BEGIN, COMMIT and ROLLBACK.
pub(super) fn is_noise(word: &str) -> bool {
    ["WORK", "TRANSACTION", "TRAN"].iter().any(|noise| word.eq_ignore_ascii_case(noise))
}
