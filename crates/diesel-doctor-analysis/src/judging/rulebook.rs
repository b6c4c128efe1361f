//! The analyzers that look, and the user's word on their rules.

use std::sync::Arc;

use super::Levels;
use super::budget::QUERY_BUDGET;
use crate::analyzers::{Analyzer, for_production, for_tests};
use crate::finding::Level;
use crate::setting::Profile;

/// The analyzers that look, and the user's word on their rules. Clones share the analyzers.
#[derive(Clone, Debug)]
pub struct Rulebook {
    analyzers: Arc<[Box<dyn Analyzer>]>,
    levels: Levels,
}

impl Rulebook {
    /// The analyzers of a profile. One of `own` replaces the analyzer with the same rule, or comes after all others.
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

    /// The names of the rules that a level can be given for: those of the analyzers, and of the budget.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> {
        self.analyzers.iter().map(|analyzer| analyzer.rule().name).chain([QUERY_BUDGET.name])
    }

    /// Sets the level of a rule.
    ///
    /// # Errors
    /// With the names of all rules, when there is none of this name.
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

    /// The user's word on rules.
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    pub(super) fn analyzers(&self) -> &[Box<dyn Analyzer>] {
        &self.analyzers
    }
}
