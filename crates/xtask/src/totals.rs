//! Sums what the test binaries print.

use std::fmt;

/// How many tests ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Totals {
    /// Adds one line of a test binary's output, if it is the line that tells its result.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some((_, counts)) = line.trim_start().strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for count in counts.split(';') {
            let mut words = count.split_whitespace();
            if let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) {
                match what {
                    "passed" => self.passed += number,
                    "failed" => self.failed += number,
                    _ => {}
                }
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &str) {
        let mut totals = Totals::default();
        output.lines().for_each(|line| totals.add_line(line));
        assert_eq!(totals.to_string(), expected, "{output}");
    }

    #[test]
    fn results_of_several_binaries_are_summed() {
        check(
            "running 3 tests\n\
             test a ... ok\n\
             test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s\n\
             test result: FAILED. 40 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s\n",
            "43 passed, 2 failed",
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        check(
            "test passed ... ok\n5 passed; 5 failed\ntest result: \ntest result: ok. x passed; failed\n",
            "0 passed, 0 failed",
        );
    }
}
