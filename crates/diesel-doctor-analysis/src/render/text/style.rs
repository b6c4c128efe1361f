//! With or without colours.

use annotate_snippets::Renderer;
use annotate_snippets::renderer::{self, AnsiColor, Effects};

/// With or without colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// What a piece of text is, for those who see colours.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    Heading,
    Good,
    Doubtful,
    Dim,
}

impl Style {
    pub(super) fn renderer(self) -> Renderer {
        match self {
            Self::Plain => Renderer::plain(),
            Self::Coloured => Renderer::styled(),
        }
    }

    /// The text, which must be clean already, in its tone.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if self == Self::Plain {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Heading => renderer::Style::new().effects(Effects::BOLD),
            Tone::Good => AnsiColor::BrightGreen.on_default().effects(Effects::BOLD),
            Tone::Doubtful => renderer::DEFAULT_WARNING_STYLE,
            Tone::Dim => renderer::Style::new().effects(Effects::DIMMED),
        };
        format!("{style}{text}{style:#}")
    }
}
