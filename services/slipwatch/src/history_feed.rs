//! The feed of history into a log, whichever store it is: days are admitted in turn and committed with their marks.
//!
//! The position of the intake task says which days are in; a restart reads the files again, lets those days go by, and goes
//! on with the next. What must never enter: a clock, a decision.

use crate::{
    failure::Failure,
    history::{History, KnownDay},
};
use journal::{Commit, JournalError, Store};
use service_kit::{Feed, Flow};
use stages::{
    admission::activation,
    intaking::{FirstPack, Intaking},
    message::Message,
};
use vocab::time::{Day, Tick};

/// Records put into the log at once, about: a day is never cut.
const RECORDS_AT_ONCE: usize = 2_000;

/// Files of history on their way into a log.
pub struct HistoryFeed {
    /// Where they are admitted.
    pub intaking: Intaking,
    history: History,
    first_pack: Option<FirstPack>,
    /// Days up to this one are in already: they are read again and let go by.
    done: Option<Day>,
    until: Option<Day>,
    page: InputsPage,
    failure: Option<Failure>,
    has_ended: bool,
}

/// How far the files are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Up to a day.
    Day(Day),
    /// All of them.
    End,
}

/// Writes the page of inputs; nothing in a log that is not resumed.
pub type InputsPage = Box<dyn Fn(Reached, &History) -> Option<Vec<u8>>>;

impl HistoryFeed {
    /// A feed of files; `done` is the last day of them that is in already.
    #[must_use]
    pub fn new(intaking: Intaking, history: History, done: Option<Day>, page: InputsPage) -> Self {
        Self { intaking, history, first_pack: None, done, until: None, page, failure: None, has_ended: false }
    }

    /// The same, activating a pack before the first day.
    #[must_use]
    pub fn with_pack(self, first_pack: Option<FirstPack>) -> Self {
        Self { first_pack, ..self }
    }

    /// The same, letting days pass up to this one after the end of the files.
    #[must_use]
    pub fn until(self, until: Option<Day>) -> Self {
        Self { until, ..self }
    }

    /// The files.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What ended the feed early, if anything did.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn day(&mut self, day: Day, known: KnownDay) {
        if self.done >= Some(day) {
            return;
        }
        if let Some(FirstPack { pack, bytes }) = self.first_pack.take() {
            let before = day.plus(-1);
            self.intaking.admit(activation(&pack, &bytes, before), before.last_tick());
            self.intaking.mark(before.last_tick());
        }
        for refused in known.refused {
            self.intaking.refuse(refused, day.last_tick());
        }
        for (claimed, event) in known.events {
            self.intaking.admit_prepared(event, claimed.last_tick());
        }
        self.intaking.mark(day.last_tick());
    }

    fn end(&mut self) {
        let day = self.intaking.marked().map_or(vocab::time::DAY_MIN, Tick::day);
        for refused in self.history.take_refused() {
            self.intaking.refuse(refused, day.last_tick());
        }
        if let Some(until) = self.until.filter(|until| *until > day) {
            self.intaking.mark(until.last_tick());
        }
    }

    /// Puts days in until there are enough for a commit; how far that is.
    fn advance(&mut self) -> Result<Reached, Failure> {
        while self.intaking.waiting() < RECORDS_AT_ONCE {
            match self.history.next_day()? {
                Some((day, known)) => self.day(day, known),
                None => {
                    self.end();
                    return Ok(Reached::End);
                }
            }
        }
        Ok(Reached::Day(self.intaking.marked().map_or(vocab::time::DAY_MIN, Tick::day)))
    }
}

impl crate::replay::Reading for HistoryFeed {
    fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }
}

impl<S: Store<Record = Message>> Feed<S> for HistoryFeed {
    fn fill(&mut self, _store: &mut S, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.has_ended {
            return Ok(Flow::Ended);
        }
        let reached = self.advance().unwrap_or_else(|failure| {
            self.failure = Some(failure);
            Reached::End
        });
        self.has_ended = reached == Reached::End;
        if self.failure.is_none() {
            let page = (self.page)(reached, &self.history);
            parts.push(self.intaking.part(page));
        }
        Ok(if self.has_ended { Flow::Ended } else { Flow::More })
    }
}
