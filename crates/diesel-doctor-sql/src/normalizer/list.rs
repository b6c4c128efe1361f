//! Lists: `IN`, `ARRAY`, the rows of `VALUES`, the branches of a `UNION ALL`. Elements that read the same become one.

use std::hash::Hasher;

use super::frame::{Element, Frame, Role};
use super::previous::{Previous, What};
use super::state::Normalizer;
use crate::keyword::Keyword;

/// A list keeps so many elements to compare others with; the next ones stay as they are.
const MAX_KEPT: usize = 16;

impl<H: Hasher> Normalizer<'_, H> {
    pub(super) fn role_of_opening(&mut self, bracket: u8) -> Role {
        let previous = self.previous.what;
        let frame = self.frame();
        if bracket == b'[' {
            return match previous {
                What::Keyword(Keyword::Array) => Role::Array,
                What::Open | What::Comma if frame.role == Role::Array => Role::Array,
                _ if self.previous.is_operand() => Role::Subscript,
                _ => Role::Other,
            };
        }
        match previous {
            What::Keyword(Keyword::In) => Role::InList,
            What::Keyword(Keyword::Values) | What::Comma | What::Name if frame.in_values => Role::Row,
            _ => Role::Other,
        }
    }

    /// Whether a bracket that opens now holds ordinals: `GROUP BY (1)`, `ROLLUP (1, 2)`.
    pub(super) fn holds_ordinals(&mut self, role: Role) -> bool {
        let starts_term = self.previous.is(Keyword::By)
            || matches!(self.previous.what, What::Comma | What::Open)
            || self.previous_word_is(&["rollup", "cube", "sets"]);
        role == Role::Other && starts_term && self.frame().ordinals
    }

    pub(super) fn comma(&mut self) {
        if self.untracked > 0 {
            self.write(",", What::Comma);
            return;
        }
        let what = self.previous.what;
        let directly = self.before == Some(Keyword::Limit);
        let frame = self.frame();
        if frame.limit && directly && matches!(what, What::Value | What::Text) {
            frame.limit = false;
            self.limit = None;
            self.limit_after_offset = Some(self.writer.slots.len());
            self.write_keyword(Keyword::Offset);
            return;
        }
        if frame.in_values && what != What::Close {
            self.leave_values();
        }
        if matches!(self.frame().role, Role::InList | Role::Array) {
            self.finish_element();
            self.take_values();
        }
        let separator = self.writer.text.len();
        self.write(",", What::Comma);
        let (element, slot) = (self.writer.text.len() + 1, self.writer.slots.len());
        let frame = self.frame();
        frame.separator = separator;
        frame.element = element;
        frame.element_slot = slot;
    }

    pub(super) fn close_frame(&mut self, bracket: u8) {
        let role = self.frame().role;
        let start = match role {
            Role::InList | Role::Array => {
                self.finish_element();
                self.frame().open
            }
            Role::Row => {
                self.fold_row();
                self.frame().open
            }
            Role::Other => {
                self.end_branch();
                self.frame().open
            }
            Role::Statement | Role::Subscript => self.frame().open,
        };
        let Some(frame) = self.frames.pop() else { return };
        self.seen.truncate(frame.seen);
        self.write(if bracket == b')' { ")" } else { "]" }, What::Close);
        match role {
            Role::InList if frame.elements > 0 => self.lists.push((start, frame.elements)),
            Role::Array if frame.elements > 0 && self.frame().role != Role::Array => {
                self.lists.push((start, frame.elements));
            }
            Role::Row => self.finish_row(),
            _ => {}
        }
    }

    // ---- elements of IN and ARRAY ----

    fn finish_element(&mut self) {
        let frame = self.frame();
        let &mut Frame { role, seen, element, separator, element_slot, .. } = frame;
        if element >= self.writer.text.len() {
            return;
        }
        let frame = self.frame();
        frame.elements = frame.elements.saturating_add(1);
        let text = self.writer.text.get(element..).unwrap_or("");
        if role == Role::Array && matches!(text, "[?]" | "ARRAY[?]") {
            self.binds.fold(element_slot, |_| element_slot);
            self.cut(element);
            self.writer.trim();
            let start = self.writer.value();
            self.previous = Previous { what: What::Value, start };
        }
        // An element without a value, such as a column, stays as often as it is written.
        let has_value = self.writer.slots.len() > element_slot
            || self.writer.text.get(element..).is_some_and(|text| text.contains('?'));
        if has_value {
            self.fold_element(seen, element, separator, element_slot);
        }
    }

    /// Cuts the last element when one that is kept reads the same, else keeps it.
    fn fold_element(&mut self, seen: usize, start: usize, separator: usize, slot: usize) -> bool {
        let text = &self.writer.text;
        let element = text.get(start..).unwrap_or("");
        let kept = self.seen.get(seen..).unwrap_or_default();
        if let Some(same) = kept.iter().find(|kept| text.get(kept.start..kept.end) == Some(element)).copied() {
            self.binds.fold(slot, |from| same.slot + (from - slot));
            self.cut(separator);
            self.previous = Previous { what: What::Close, start: separator };
            return true;
        }
        if kept.len() < MAX_KEPT {
            self.seen.push(Element { start, end: text.len(), slot });
        }
        false
    }

    // ---- rows of VALUES ----

    pub(super) fn enter_values(&mut self) {
        if self.untracked > 0 {
            return;
        }
        let (values, element, slot, seen) =
            (self.previous.start, self.writer.text.len() + 1, self.writer.slots.len(), self.seen.len());
        let frame = self.frame();
        if !matches!(frame.role, Role::Statement | Role::Other) {
            return;
        }
        frame.in_values = true;
        frame.values = values;
        frame.rows = 0;
        frame.rows_seen = seen;
        frame.element = element;
        frame.separator = element;
        frame.element_slot = slot;
    }

    /// Any token but a row or a comma ends the rows.
    pub(super) fn leave_values(&mut self) {
        let frame = self.frame();
        if !frame.in_values {
            return;
        }
        frame.in_values = false;
        let (values, rows, seen) = (frame.values, frame.rows, frame.rows_seen);
        if rows > 0 {
            self.lists.push((values, rows));
        }
        self.seen.truncate(seen);
    }

    /// `(?, ?, ?)` becomes `(?)`.
    fn fold_row(&mut self) {
        let content = self.frame().content;
        let text = self.writer.text.get(content..).unwrap_or("");
        if text.starts_with('?') && text.bytes().all(|byte| matches!(byte, b'?' | b',' | b' ')) {
            let slot = self.writer.slots.partition_point(|&slot| (slot as usize) < content);
            self.binds.fold(slot, |_| slot);
            self.cut(content + 1);
        }
    }

    fn finish_row(&mut self) {
        let frame = self.frame();
        frame.rows = frame.rows.saturating_add(1);
        let (seen, start, separator, slot) = (frame.rows_seen, frame.element, frame.separator, frame.element_slot);
        self.fold_element(seen, start, separator, slot);
        self.take_rows();
    }

    // ---- branches of UNION ALL ----

    pub(super) fn start_combination(&mut self) {
        let length = self.writer.text.len();
        self.frame().combination = length;
    }

    /// `UNION ALL` stands before the branch that starts now.
    pub(super) fn next_branch(&mut self) {
        if self.frame().role != Role::Other || self.untracked > 0 {
            return;
        }
        let end = self.frame().combination;
        if self.fold_branch(end) {
            self.write_keyword(Keyword::Union);
        }
        let (branch, slot) = (self.writer.text.len() + " ALL ".len(), self.writer.slots.len());
        let frame = self.frame();
        frame.branch = branch;
        frame.branch_slot = slot;
    }

    fn end_branch(&mut self) {
        if self.frame().previous_branch.is_some() {
            let end = self.writer.text.len();
            self.fold_branch(end);
        }
    }

    fn fold_branch(&mut self, end: usize) -> bool {
        let frame = self.frame().clone();
        let text = &self.writer.text;
        let branch = text.get(frame.branch..end);
        if let Some(previous) = frame.previous_branch
            && branch.is_some_and(|branch| text.get(previous.start..previous.end) == Some(branch))
        {
            self.binds.fold(frame.branch_slot, |slot| previous.slot + (slot - frame.branch_slot));
            self.cut(previous.end);
            return true;
        }
        self.frame().previous_branch = Some(Element { start: frame.branch, end, slot: frame.branch_slot });
        false
    }

    /// Takes back the canonical text after a length, with what was noted of it.
    pub(super) fn cut(&mut self, length: usize) {
        self.writer.cut(length);
        while self.lists.last().is_some_and(|&(start, _)| start >= length) {
            self.lists.pop();
        }
    }
}
