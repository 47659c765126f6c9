//! How the command ends: the exit codes of the field, and the one place where an error becomes one.
//!
//! A failure says what was tried, what went wrong and what would help. It never hides a cause.

use service_kit::{admin::BadPort, config::BadConfig};
use std::{fmt, process::ExitCode};
use wire::feed::OpenError;

/// Why the command did not do what it was asked. Every variant is one exit code.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no.
    No(String),
    /// The command line asks for something that cannot be.
    Usage(String),
    /// An input is missing or unreadable.
    Input(String),
    /// A file cannot be written.
    Output(String),
    /// Another process holds it.
    Locked(String),
    /// A pack, mapping or other configuration is wrong.
    Configuration(String),
    /// A service ended early.
    Service {
        /// Its exit code.
        code: u8,
        /// What it says.
        text: String,
    },
    /// An error with a chain of causes that none of the above names.
    Other(anyhow::Error),
}

impl Failure {
    /// An error that knows its exit code.
    pub fn of(code: u8, error: impl Into<anyhow::Error>) -> Self {
        let error = error.into();
        let text = error.to_string();
        match code {
            66 => Self::Input(text),
            74 => Self::Output(text),
            75 => Self::Locked(text),
            78 => Self::Configuration(text),
            69 => Self::Service { code, text },
            1 => Self::No(text),
            _ => Self::Other(error),
        }
    }

    /// The exit code (documented in `--help`).
    pub fn code(&self) -> u8 {
        match self {
            Self::Service { code, .. } => *code,
            Self::No(_) => 1,
            Self::Usage(_) => 2,
            Self::Input(_) => 66,
            Self::Other(_) => 70,
            Self::Output(_) => 74,
            Self::Locked(_) => 75,
            Self::Configuration(_) => 78,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No(text)
            | Self::Usage(text)
            | Self::Input(text)
            | Self::Output(text)
            | Self::Locked(text)
            | Self::Configuration(text)
            | Self::Service { text, .. } => f.write_str(text),
            Self::Other(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<BadConfig> for Failure {
    fn from(error: BadConfig) -> Self {
        Self::of(error.exit().code(), anyhow::anyhow!(error.to_string()))
    }
}

impl From<BadPort> for Failure {
    fn from(error: BadPort) -> Self {
        Self::of(error.exit().code(), anyhow::anyhow!(error.to_string()))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}

/// A file that does not fit its mapping is a wrong mapping; anything else about opening it is about the file.
impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let text = error.to_string();
        match error {
            OpenError::Columns { .. } => Self::Configuration(text),
            OpenError::Unreadable { .. } | OpenError::Mislabelled { .. } | OpenError::Utf16 { .. } | OpenError::Empty { .. } => {
                Self::Input(text)
            }
        }
    }
}

impl From<Failure> for ExitCode {
    fn from(failure: Failure) -> Self {
        Self::from(failure.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::Exit;

    #[test]
    fn an_error_that_knows_its_exit_code_ends_in_it() {
        for code in [Exit::Away, Exit::Bug, Exit::Again, Exit::Configuration].map(Exit::code).into_iter().chain([1, 66, 74]) {
            assert_eq!(Failure::of(code, anyhow::anyhow!("a test")).code(), code);
        }
    }
}
