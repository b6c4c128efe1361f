//! Chooses between text with colours and without.

use annotate_snippets::Renderer;
use annotate_snippets::renderer::{self, AnsiColor, Effects};

/// Whether text has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Coloured,
}

/// The role of a piece of text, which decides its colour.
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

    /// Adds the colour of the tone to the text. The text must be clean already.
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
