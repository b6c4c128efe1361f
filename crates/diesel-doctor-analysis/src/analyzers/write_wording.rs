//! Writes the messages, notes and prescriptions of findings about row-by-row writes.

use diesel_doctor_sql::{ColumnRef, ColumnRole, Dialect, Shape, Statement};

use super::arguments::{Arguments, Values};
use super::wording::{self, CANDIDATE, PLACE_UNKNOWN, Totals, counted, diesel_key, diesel_name, number};
use crate::finding::{Confidence, Prescription};
use crate::snapshot::Group;

/// What a statement does to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write {
    Insert,
    Update,
    Delete,
}

/// The facts that the texts of one finding are made of.
#[derive(Debug)]
pub(super) struct Words<'a> {
    pub(super) totals: &'a Totals,
    pub(super) statement: &'a Statement,
    pub(super) group: &'a Group,
    pub(super) arguments: &'a Arguments<'a>,
    pub(super) write: Write,
    pub(super) keys: &'a [&'a ColumnRef],
    pub(super) confidence: Confidence,
}

impl Words<'_> {
    pub(super) fn message(&self) -> String {
        let count = self.group.count;
        let time = self.totals.share(self.group.elapsed);
        let subject = |preposition| wording::subject(preposition, self.statement, self.keys);
        if self.group.split_by_diesel {
            return format!(
                "{}{} that Diesel made of one call, {time}",
                counted(count, "insert", "inserts"),
                subject("into")
            );
        }
        let candidate = if self.confidence == Confidence::Low { CANDIDATE } else { "" };
        let what = match self.write {
            Write::Insert => {
                format!("{}{}", counted(count, "single-row insert", "single-row inserts"), subject("into"))
            }
            Write::Update => format!("{}{}", counted(count, "update", "updates"), subject("of")),
            Write::Delete => format!("{}{}", counted(count, "delete", "deletes"), subject("from")),
        };
        let at_least = if (self.group.query_indices().len() as u64) < count { "at least " } else { "" };
        let distinct = match self.write {
            Write::Insert => String::new(),
            _ => format!(", {at_least}{} distinct binds", number(self.arguments.distinct as u64)),
        };
        format!("{candidate}{what}{distinct}, {time}")
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.group.split_by_diesel {
            notes.push("SQLite has no DEFAULT in VALUES: where a row may leave a column out, Diesel inserts row by row, in a transaction".to_owned());
        }
        if self.group.site.is_none() {
            notes.push(PLACE_UNKNOWN.to_owned());
        }
        if self.group.failed > 0 {
            notes.push(format!("{} of them failed", number(self.group.failed)));
        }
        if self.write == Write::Insert && self.returns() {
            notes.push("each returns a row: where the next write needs it, there is no batch".to_owned());
        }
        if self.arguments.values == Values::Inlined && self.write != Write::Insert {
            notes.push("the values stand in the text of the query: it is not parameterised; use bind values, which cannot be read as SQL".to_owned());
        }
        notes
    }

    fn returns(&self) -> bool {
        !self.group.split_by_diesel && self.statement.shape().is_some_and(Shape::returning)
    }

    pub(super) fn prescription(&self) -> Prescription {
        match self.write {
            Write::Insert => self.for_inserts(),
            Write::Delete => self.for_deletes(),
            Write::Update => self.for_updates(),
        }
    }

    fn for_inserts(&self) -> Prescription {
        if self.group.split_by_diesel {
            let advice =
                "give every column a value: on the Insertable struct, let None mean NULL instead of the default";
            return Prescription::new(advice).code("#[diesel(treat_none_as_default_value = false)]");
        }
        let advice = "collect the rows and insert them all at once, in chunks where there are thousands";
        let table = self.statement.shape().and_then(|shape| diesel_name(wording::table(shape, &[])?));
        let Some(table) = table else { return Prescription::new(advice) };
        let conflict =
            if self.statement.shape().is_some_and(Shape::on_conflict) { "/* .on_conflict as it is */" } else { "" };
        let end = if self.returns() { "get_results" } else { "execute" };
        Prescription::new(advice)
            .code(format!("diesel::insert_into({table}::table).values(&rows){conflict}.{end}(conn)?"))
    }

    fn for_deletes(&self) -> Prescription {
        let advice = "delete the rows of all keys at once, with eq_any";
        let code = self.filtered().map(|(filtered, ..)| format!("diesel::delete({filtered}).execute(conn)?"));
        code.map_or_else(|| Prescription::new(advice), |code| Prescription::new(advice).code(code))
    }

    fn for_updates(&self) -> Prescription {
        if self.arguments.assigns_others {
            let advice = "write the rows with their new values at once, with an upsert; or update the keys of equal values together";
            return self
                .upsert()
                .map_or_else(|| Prescription::new(advice), |code| Prescription::new(advice).code(code));
        }
        let advice = "update the rows of all keys at once, with eq_any";
        let code = self
            .filtered()
            .map(|(filtered, ..)| format!("diesel::update({filtered}).set(/* as it is */).execute(conn)?"));
        code.map_or_else(|| Prescription::new(advice), |code| Prescription::new(advice).code(code))
    }

    /// The filter `users::table.filter(users::id.eq_any(&ids))`, with its table and its key.
    fn filtered(&self) -> Option<(String, String, String)> {
        let ([key], shape) = (self.keys, self.statement.shape()?) else { return None };
        let (table, column, list) = diesel_key(shape, key)?;
        // Other conditions stay as they are in the user's code. Only a plain key is written out in full.
        shape.single_key().or_else(|| shape.columns_with(ColumnRole::FilteredIn).next())?;
        Some((
            format!("{table}::table.filter({table}::{column}.eq_any(&{list}))"),
            table.into_owned(),
            column.into_owned(),
        ))
    }

    fn upsert(&self) -> Option<String> {
        if self.statement.dialect() == Dialect::MySql {
            return None;
        }
        let (_, table, key) = self.filtered()?;
        let written = self.statement.shape()?.columns_with(ColumnRole::Written);
        let sets: Option<Vec<String>> = written
            .map(|column| {
                let column = diesel_name(&column.name)?;
                Some(format!("{table}::{column}.eq(excluded({table}::{column}))"))
            })
            .collect();
        let sets = match sets?.as_slice() {
            [] => return None,
            [set] => set.clone(),
            sets => format!("({})", sets.join(", ")),
        };
        Some(format!(
            "diesel::insert_into({table}::table).values(&rows)\n    .on_conflict({table}::{key}).do_update().set({sets})\n    .execute(conn)?"
        ))
    }
}
