//! What was written last.

use crate::keyword::Keyword;

/// The token written last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Previous {
    pub(super) what: What,
    /// Where in the canonical text it starts.
    pub(super) start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Start,
    Keyword(Keyword),
    Name,
    /// A word or operator after which a value stands, though it is no keyword (`DATE '…'`).
    Type,
    Value,
    Text,
    Ordinal,
    Comparison,
    Operator,
    Open,
    Close,
    Comma,
    Dot,
}

impl Previous {
    pub(super) const START: Self = Self { what: What::Start, start: 0 };

    pub(super) fn is_operand(self) -> bool {
        matches!(
            self.what,
            What::Name
                | What::Type
                | What::Value
                | What::Text
                | What::Ordinal
                | What::Close
                | What::Keyword(Keyword::End | Keyword::Null | Keyword::True | Keyword::False)
        )
    }

    pub(super) fn is(self, keyword: Keyword) -> bool {
        self.what == What::Keyword(keyword)
    }
}
