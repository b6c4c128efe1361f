//! Definitions and other statements: the tables they name.

use std::ops::ControlFlow;

use sqlparser::ast::{CopySource, Ident, ObjectName, ObjectType, Statement};

use super::names::{place_of, table_of};
use super::outside::{Part, visit_outside};
use super::walker::Walker;
use crate::Operation;
use crate::shape::summary::{named, quoted};

impl Walker<'_> {
    /// Notes the tables of a definition or the like, and walks the queries in it.
    pub(super) fn any_other(&mut self, statement: &Statement) {
        self.note(0, &self.kind(statement));
        let names = Names::of(statement);
        if let Some(name) = policy(statement) {
            self.note(1, &quoted(&name.value));
        }
        let operation = self.tree.operation.unwrap_or(Operation::Other);
        let writes = operation.is_write() || operation == Operation::Ddl;
        for (at, name) in names.tables.iter().enumerate() {
            let Some(table) = table_of(name, None) else { continue };
            if !names.hidden {
                self.note(place_of(name).max(1), &named(&table));
            }
            if writes && at < names.written {
                self.writes(Some(table.clone()), at == 0);
            }
            self.add_table(table);
        }
        if self.tree.writes.len() > 1 {
            self.tree.write_target = None;
        }
        match statement {
            Statement::Prepare { statement, .. } => {
                match &**statement {
                    Statement::Query(query) => self.query(query, false),
                    other => self.write(other, false),
                }
                self.writes_nothing();
            }
            other => self.inside(other, None),
        }
    }

    /// The verb, and what kind of thing a definition is of.
    fn kind(&self, statement: &Statement) -> String {
        const KINDS: [&str; 10] =
            ["TABLE", "index", "VIEW", "schema", "TRIGGER", "database", "sequence", "type", "function", "policy"];
        let mut words = self.canonical.text.split(' ').take(4);
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        let kind = match statement {
            // MySQL has its options before the kind.
            Statement::CreateView(_) => Some("VIEW"),
            _ if matches!(verb.as_str(), "SHOW" | "GRANT" | "REVOKE") => None,
            _ => words.find(|word| KINDS.contains(word)),
        };
        kind.map_or(verb.clone(), |kind| format!("{verb} {}", kind.to_ascii_uppercase()))
    }
}

/// The name of the policy that a statement defines: it stands before its table.
fn policy(statement: &Statement) -> Option<&Ident> {
    match statement {
        Statement::CreatePolicy(policy) => Some(&policy.name),
        Statement::AlterPolicy(policy) => Some(&policy.name),
        Statement::DropPolicy(policy) => Some(&policy.name),
        _ => None,
    }
}

/// The tables that a statement names outside of queries.
#[derive(Debug, Default)]
struct Names {
    tables: Vec<ObjectName>,
    /// How many of them, from the first one on, are written if any is.
    written: usize,
    /// Whether they are only mentioned, and no part of the summary.
    hidden: bool,
}

impl Names {
    fn of(statement: &Statement) -> Self {
        let all = |tables: Vec<ObjectName>| Self { written: tables.len(), tables, ..Self::default() };
        match statement {
            Statement::Drop {
                object_type: ObjectType::Table | ObjectType::View | ObjectType::MaterializedView,
                names,
                ..
            } => all(names.clone()),
            Statement::Truncate(truncate) => {
                all(truncate.table_names.iter().map(|target| target.name.clone()).collect())
            }
            Statement::RenameTable(renamed) => {
                let before = renamed.iter().map(|table| table.old_name.clone());
                let after = renamed.iter().map(|table| table.new_name.clone());
                Self { tables: before.chain(after).collect(), written: renamed.len(), ..Self::default() }
            }
            Statement::LockTables { tables } => {
                Self { tables: tables.iter().map(|lock| lock.table.clone().into()).collect(), ..Self::default() }
            }
            Statement::Copy { source: CopySource::Table { table_name, .. }, to, .. } => {
                Self { tables: vec![table_name.clone()], written: usize::from(!to), ..Self::default() }
            }
            // What these name holds tables, or is walked as a statement of its own.
            Statement::ShowTables { .. }
            | Statement::ShowViews { .. }
            | Statement::ShowObjects(_)
            | Statement::Prepare { .. } => Self::default(),
            other => {
                let mut names = Self { written: 1, hidden: policy(other).is_some(), ..Self::default() };
                let _: ControlFlow<()> = visit_outside(other, |part| {
                    if let Part::Relation(relation) = part {
                        names.tables.push(relation.clone());
                    }
                    ControlFlow::Continue(())
                });
                names
            }
        }
    }
}
