//! How a process ends: the exit codes that supervisors know.
//!
//! 75 means: start me again. What must never enter: an error's text, a decision to go on.

/// The exit codes of every command and service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The answer is no.
    No,
    /// Wrong use of the command line.
    Usage,
    /// An input is missing or unreadable.
    Input,
    /// A needed service stayed away.
    Away,
    /// A bug.
    Bug,
    /// The disk is full, read-only or failing.
    Disk,
    /// Fenced, locked by another, or the drain missed its deadline: start me again.
    Again,
    /// Configuration is wrong, or the log was written under another.
    Configuration,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Input => 66,
            Self::Away => 69,
            Self::Bug => 70,
            Self::Disk => 74,
            Self::Again => 75,
            Self::Configuration => 78,
        }
    }
}
