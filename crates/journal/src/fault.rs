//! Fail-points: named steps of a commit at which a test may stop a store.
//!
//! A hook that returns an error stops the step as a dying process would; a hook may also end the process. Before
//! [`Step::Sent`] nothing of the commit may survive; from there on all of it must. Must never enter: a default hook.

use crate::error::JournalError;

/// A step of a store at which a fault may be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `commit.begin`: nothing is written.
    Begin,
    /// `commit.outputs`: the outputs are written.
    Outputs,
    /// `commit.state`: the pages due are written as well.
    State,
    /// `commit.positions`: the positions are written as well.
    Positions,
    /// `commit.asked`: the end was asked for, and on its way it got lost. Only a store that asks somebody else has this step.
    Asked,
    /// `commit.sent`: the commit is done, its answer is not yet heard.
    Sent,
    /// `commit.done`: the answer was heard.
    Done,
    /// `restore.half`: half of what a restart needs is loaded.
    Restore,
}

impl Step {
    /// Every step of a commit that all stores have, in order.
    pub const COMMIT: [Self; 6] = [Self::Begin, Self::Outputs, Self::State, Self::Positions, Self::Sent, Self::Done];

    /// The name used in fault tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "commit.begin",
            Self::Outputs => "commit.outputs",
            Self::State => "commit.state",
            Self::Positions => "commit.positions",
            Self::Asked => "commit.asked",
            Self::Sent => "commit.sent",
            Self::Done => "commit.done",
            Self::Restore => "restore.half",
        }
    }
}

/// What a test hangs into a store: called at every step, stops it by returning an error.
pub type FailHook = Box<dyn FnMut(Step) -> Result<(), JournalError> + Send>;

/// The place a store keeps its hook in.
#[derive(Default)]
pub(crate) struct FailPoint(Option<FailHook>);

impl FailPoint {
    pub(crate) fn hang(&mut self, hook: Option<FailHook>) {
        self.0 = hook;
    }

    pub(crate) fn at(&mut self, step: Step) -> Result<(), JournalError> {
        match &mut self.0 {
            Some(hook) => hook(step),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for FailPoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(if self.0.is_some() { "FailPoint(hung)" } else { "FailPoint(none)" })
    }
}
