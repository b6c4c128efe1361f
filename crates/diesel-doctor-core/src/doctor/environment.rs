//! Reads the environment variables: `DIESEL_DOCTOR` and related ones.

use std::ffi::OsString;
use std::sync::OnceLock;
use std::time::Duration;

use diesel_doctor_analysis::{BindReading, CallSites, Profile};

/// The settings in the environment; `None` for those that are not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub off: bool,
    pub profile: Option<Profile>,
    pub call_sites: Option<CallSites>,
    pub bind_reading: Option<BindReading>,
    pub output: Option<Output>,
}

/// Where reports go that no caller receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Output {
    /// As text, each finding once.
    #[default]
    Once,
    /// As text, every report.
    Text,
    Json,
    None,
}

/// A variable that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// A value is not one of the valid ones.
    #[error("{variable}={value} is not understood; valid values are {}", valid.join(", "))]
    Value {
        /// The variable.
        variable: &'static str,
        /// What it was set to.
        value: String,
        /// What it may be set to.
        valid: &'static [&'static str],
    },
    /// A variable has our prefix, but no variable of this name exists.
    #[error("there is no variable {variable}; valid ones are {}", valid.join(", "))]
    Variable {
        /// The variable.
        variable: String,
        /// The names of all variables.
        valid: &'static [&'static str],
    },
}

const DOCTOR: &str = "DIESEL_DOCTOR";
const CALL_SITES: &str = "DIESEL_DOCTOR_CALL_SITES";
const REPORT: &str = "DIESEL_DOCTOR_REPORT";
const BINDS: &str = "DIESEL_DOCTOR_BINDS";
const WAIT: &str = "DIESEL_DOCTOR_WAIT";
const VARIABLES: [&str; 5] = [DOCTOR, CALL_SITES, REPORT, BINDS, WAIT];

/// How long the program waits for a report at the most, where the environment does not say.
const USUAL_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: u64 = 3_600;

/// How long the program waits for the doctor at the most: a future for its report, and the end of the process for those that are under way.
pub(crate) fn wait() -> Duration {
    static OF_PROCESS: OnceLock<Duration> = OnceLock::new();
    *OF_PROCESS.get_or_init(|| {
        let said = std::env::var(WAIT).ok().and_then(|value| seconds(value.trim()).ok());
        said.unwrap_or(USUAL_WAIT)
    })
}

/// Whole seconds.
fn seconds(value: &str) -> Result<Duration, EnvironmentError> {
    let seconds = value.parse().ok().filter(|seconds| *seconds <= LONGEST_WAIT).map(Duration::from_secs);
    seconds.ok_or_else(|| EnvironmentError::Value {
        variable: WAIT,
        value: value.to_owned(),
        valid: &["whole seconds from 0 to 3600"],
    })
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// When a variable or its value is not understood.
    pub(crate) fn of_process() -> Result<Self, EnvironmentError> {
        Self::read(std::env::vars_os())
    }

    fn read(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, EnvironmentError> {
        let mut environment = Self::default();
        for (name, value) in variables {
            let name = name.to_string_lossy();
            if !name.starts_with(DOCTOR) {
                continue;
            }
            let value = value.to_string_lossy().trim().to_ascii_lowercase();
            match &*name {
                _ if value.is_empty() && VARIABLES.contains(&&*name) => {}
                DOCTOR => {
                    let chosen = choice(
                        DOCTOR,
                        &value,
                        &["off", "test", "production"],
                        &[None, Some(Profile::Test), Some(Profile::Production)],
                    )?;
                    environment.off = chosen.is_none();
                    environment.profile = chosen;
                }
                CALL_SITES => {
                    let choices = [CallSites::Always, CallSites::Repeats, CallSites::Off];
                    environment.call_sites = Some(choice(CALL_SITES, &value, &["always", "repeats", "off"], &choices)?);
                }
                REPORT => {
                    let choices = [Output::Once, Output::Text, Output::Json, Output::None];
                    environment.output = Some(choice(REPORT, &value, &["once", "text", "json", "none"], &choices)?);
                }
                BINDS => {
                    let choices = [BindReading::Read, BindReading::Off];
                    environment.bind_reading = Some(choice(BINDS, &value, &["read", "off"], &choices)?);
                }
                WAIT => drop(seconds(&value)?),
                _ => return Err(EnvironmentError::Variable { variable: name.into_owned(), valid: &VARIABLES }),
            }
        }
        Ok(environment)
    }
}

fn choice<T: Copy>(
    variable: &'static str,
    value: &str,
    valid: &'static [&'static str],
    meanings: &[T],
) -> Result<T, EnvironmentError> {
    let chosen = valid.iter().zip(meanings).find(|(name, _)| **name == value).map(|(_, meaning)| *meaning);
    chosen.ok_or_else(|| EnvironmentError::Value { variable, value: value.to_owned(), valid })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, String> {
        Environment::read(variables.iter().map(|(name, value)| (name.into(), value.into())))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_set_is_not_decided() {
        assert_eq!(read(&[("PATH", "/bin"), ("DIESEL_DOCTOR", "")]), Ok(Environment::default()));
    }

    #[test]
    fn the_variables_decide() {
        let read = read(&[
            ("DIESEL_DOCTOR", "Production"),
            ("DIESEL_DOCTOR_CALL_SITES", "off"),
            ("DIESEL_DOCTOR_REPORT", "json"),
            ("DIESEL_DOCTOR_BINDS", "off"),
        ]);
        let expected = Environment {
            off: false,
            profile: Some(Profile::Production),
            call_sites: Some(CallSites::Off),
            bind_reading: Some(BindReading::Off),
            output: Some(Output::Json),
        };
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn reports_are_all_printed_or_each_finding_once() {
        let output = |value| read(&[("DIESEL_DOCTOR_REPORT", value)]).unwrap().output;
        assert_eq!(
            [output("once"), output("text"), output("none")].map(Option::unwrap),
            [Output::Once, Output::Text, Output::None]
        );
        assert_eq!(Output::default(), Output::Once);
    }

    #[test]
    fn off_is_off() {
        assert!(read(&[("DIESEL_DOCTOR", "off")]).is_ok_and(|environment| environment.off));
    }

    #[test]
    fn an_error_lists_what_is_valid() {
        let message = read(&[("DIESEL_DOCTOR", "prod")]).unwrap_err();
        assert_eq!(message, "DIESEL_DOCTOR=prod is not understood; valid values are off, test, production");
        let message = read(&[("DIESEL_DOCTOR_CALLSITES", "off")]).unwrap_err();
        assert!(
            message.ends_with(
                "valid ones are DIESEL_DOCTOR, DIESEL_DOCTOR_CALL_SITES, DIESEL_DOCTOR_REPORT, DIESEL_DOCTOR_BINDS, DIESEL_DOCTOR_WAIT"
            ),
            "{message}"
        );
        for value in ["soon", "-1", "3601", "1.5"] {
            let message = read(&[("DIESEL_DOCTOR_WAIT", value)]).unwrap_err();
            let expected =
                format!("DIESEL_DOCTOR_WAIT={value} is not understood; valid values are whole seconds from 0 to 3600");
            assert_eq!(message, expected);
        }
        assert!(read(&[("DIESEL_DOCTOR_WAIT", " 30 ")]).is_ok());
    }
}
