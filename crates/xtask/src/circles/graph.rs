//! Which file imports which, and the circles in that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

/// The imports between files.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// By importing file and imported file: each path that is imported, with its first line.
    imports: BTreeMap<String, BTreeMap<String, BTreeMap<String, usize>>>,
}

/// Files each of which imports, by way of others, all the others.
#[derive(Debug)]
pub(super) struct Circle<'a> {
    graph: &'a Graph,
    files: BTreeSet<&'a str>,
    /// The shortest way around, from a file back to itself.
    way: Vec<&'a str>,
}

impl Graph {
    /// Notes that `from` imports `path`, which is defined in `to`.
    pub(super) fn add(&mut self, from: &str, to: &str, line: usize, path: &str) {
        if from != to {
            let paths = self.imports.entry(from.to_owned()).or_default().entry(to.to_owned()).or_default();
            let first = paths.entry(path.to_owned()).or_insert(line);
            *first = line.min(*first);
        }
    }

    /// All circles; no file is in two of them.
    pub(super) fn circles(&self) -> Vec<Circle<'_>> {
        let ways: BTreeMap<&str, _> = self.imports.keys().map(|file| (file.as_str(), self.ways_from(file))).collect();
        let reaches = |from: &str, to: &str| ways.get(from).is_some_and(|ways| ways.contains_key(to));
        let mut circles: Vec<Circle<'_>> = Vec::new();
        for file in ways.keys().filter(|file| reaches(file, file)) {
            if circles.iter().any(|circle| circle.files.contains(file)) {
                continue;
            }
            let files: BTreeSet<&str> =
                ways.keys().filter(|other| reaches(file, other) && reaches(other, file)).copied().collect();
            let shortest = files.iter().map(|file| ways[file][file].clone()).min_by_key(Vec::len);
            circles.push(Circle { graph: self, files, way: shortest.unwrap_or_default() });
        }
        circles
    }

    /// The shortest way from `start` to each file that can be reached, back to `start` too if there is one.
    fn ways_from<'a>(&'a self, start: &'a str) -> BTreeMap<&'a str, Vec<&'a str>> {
        let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut waiting = VecDeque::from([vec![start]]);
        while let Some(way) = waiting.pop_front() {
            let imported = way.last().and_then(|file| self.imports.get(*file));
            for to in imported.into_iter().flat_map(BTreeMap::keys).map(String::as_str) {
                if !ways.contains_key(to) {
                    let longer: Vec<_> = way.iter().copied().chain([to]).collect();
                    ways.insert(to, longer.clone());
                    waiting.push_back(longer);
                }
            }
        }
        ways
    }
}

impl fmt::Display for Circle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} files import each other in a circle:", self.files.len())?;
        for step in self.way.windows(2) {
            writeln!(f, "  {} imports {}", step[0], step[1])?;
            let mut paths: Vec<_> = self.graph.imports[step[0]][step[1]].iter().collect();
            paths.sort_by_key(|(_, line)| **line);
            for (path, line) in paths {
                writeln!(f, "    {}:{line}: {path}", step[0])?;
            }
        }
        let others: Vec<_> = self.files.iter().filter(|file| !self.way.contains(file)).copied().collect();
        if !others.is_empty() {
            writeln!(f, "  and by other ways: {}", others.join(", "))?;
        }
        Ok(())
    }
}
