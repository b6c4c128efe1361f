//! Paths through the user's code. They tell places apart.

use std::collections::{HashMap, HashSet};

use crate::record::{SourceFrame, StackId, Tables};

/// The place of a stack, as precise as grouping needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The path of this number through the user's code.
    Path(u32),
    /// Lines are not known. Equal stacks are the same place.
    Stack(StackId),
    /// No stack.
    Unknown,
}

/// Paths through user code, folded and numbered.
pub(super) struct Paths<'a> {
    of_stack: Vec<Option<u32>>,
    paths: Vec<Vec<&'a SourceFrame>>,
}

impl<'a> Paths<'a> {
    pub(super) fn of(tables: &'a Tables) -> Self {
        let mut numbers: HashMap<Vec<&SourceFrame>, u32> = HashMap::new();
        let mut paths = Vec::new();
        let of_stack = tables
            .stacks
            .iter()
            .map(|stack| {
                let path = folded(&stack.user_frames);
                (!path.is_empty()).then(|| {
                    *numbers.entry(path.clone()).or_insert_with(|| {
                        paths.push(path);
                        paths.len() as u32 - 1
                    })
                })
            })
            .collect();
        Self { of_stack, paths }
    }

    pub(super) fn place(&self, stack: Option<StackId>) -> Place {
        let Some(id) = stack else { return Place::Unknown };
        self.of_stack.get(id.get()).copied().flatten().map_or(Place::Stack(id), Place::Path)
    }

    pub(super) fn path(&self, number: u32) -> &[&'a SourceFrame] {
        self.paths.get(number as usize).map_or(&[], Vec::as_slice)
    }
}

/// Keeps each frame once, at its first position, so that recursion of any depth has one path.
fn folded(frames: &[SourceFrame]) -> Vec<&SourceFrame> {
    let mut seen = HashSet::with_capacity(frames.len());
    frames.iter().filter(|frame| seen.insert(*frame)).collect()
}

/// Whether the long path is the short one with extra frames.
pub(super) fn is_subsequence(short: &[&SourceFrame], long: &[&SourceFrame]) -> bool {
    let mut long = long.iter();
    short.iter().all(|frame| long.any(|other| other == frame))
}
