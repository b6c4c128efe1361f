//! The analyzers to run, and the user's levels for their rules.

use std::sync::Arc;

use super::Levels;
use super::budget::QUERY_BUDGET;
use crate::analyzers::{Analyzer, for_production, for_tests};
use crate::finding::Level;
use crate::setting::Profile;

/// The analyzers to run, and the user's levels for their rules. Clones share the analyzers.
#[derive(Clone, Debug)]
pub struct Rulebook {
    analyzers: Arc<[Box<dyn Analyzer>]>,
    levels: Levels,
}

impl Rulebook {
    /// The analyzers of a profile. Each of `own` replaces the analyzer with the same rule; without one it runs after all others.
    pub fn new(profile: Profile, own: Vec<Box<dyn Analyzer>>) -> Self {
        let mut analyzers = match profile {
            Profile::Test => for_tests(),
            Profile::Production => for_production(),
        };
        for analyzer in own {
            match analyzers.iter_mut().find(|known| known.rule().name == analyzer.rule().name) {
                Some(known) => *known = analyzer,
                None => analyzers.push(analyzer),
            }
        }
        Self { analyzers: analyzers.into(), levels: Levels::new() }
    }

    /// The names of all rules that can have a level: those of the analyzers, and the budget's.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> {
        self.analyzers.iter().map(|analyzer| analyzer.rule().name).chain([QUERY_BUDGET.name])
    }

    /// Sets the level of a rule.
    ///
    /// # Errors
    /// Returns the names of all rules when none has this name.
    pub fn set_level(&mut self, rule: &str, level: Level) -> Result<(), Vec<&'static str>> {
        let known: Vec<&'static str> = self.rules().collect();
        match known.iter().find(|name| **name == rule) {
            Some(name) => {
                self.levels.insert(*name, level);
                Ok(())
            }
            None => Err(known),
        }
    }

    /// The user's levels for rules.
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    pub(super) fn analyzers(&self) -> &[Box<dyn Analyzer>] {
        &self.analyzers
    }
}
