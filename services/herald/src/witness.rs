//! What the herald's loop counts and says: records heard, commits of the outbox, how far alerts are read, and what ails the log.
//!
//! Deliveries are told elsewhere (`voice`). What must never enter: a letter, a decision, a count that anything rests on.

use crate::heard::Heard;
use catalogue::{
    closed::{Cause, Move, Outcome, Stage},
    process::{Output, Process},
    reading::{Input, Mark},
};
use journal::{Change, JournalError};
use service_kit::{Count, Gathered, Health, Observer, Post, Reading, Seen, Starting, Stop, say_notice};
use std::sync::Arc;
use vocab::time::Tick;

/// Name of the part whose loop it is.
pub const PART: &str = "herald";

/// Where a herald counts and reports.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Probes.
    pub health: Health,
    /// Numbers.
    pub numbers: Arc<Process>,
}

impl Witness {
    /// The part that the loop is, for probes and signals.
    pub(crate) fn post(&self, stop: &Stop) -> Post {
        Post::new(PART, (&self.health, stop), &Starting::of(1))
    }

    /// Who is told what the loop does; `topic` is what numbers call the log of alerts.
    pub(crate) fn counts(&self, topic: String) -> Counts {
        Counts { witness: self.clone(), topic }
    }

    /// Counts a failure of the log.
    pub(crate) fn failed(&self, error: &JournalError) {
        self.numbers.observe(Output::Failed(cause_of(error)));
    }
}

/// What ailed the log.
const fn cause_of(error: &JournalError) -> Cause {
    match error {
        // A task that moved with the group (a broker that was away for a session is enough) is read again where it is now: nobody took
        // this process's name, and nobody need be woken.
        JournalError::Aborted { .. } | JournalError::Fenced { .. } => Cause::RolledBack,
        JournalError::Unavailable { .. } | JournalError::Busy { .. } => Cause::Away,
        JournalError::Denied { .. } => Cause::Denied,
        JournalError::Untrusted { .. } => Cause::Untrusted,
        JournalError::Superseded { .. } | JournalError::Locked { .. } => Cause::Fenced,
        JournalError::Full { .. } | JournalError::Failing { .. } | JournalError::ReadOnly { .. } => Cause::Disk,
        _ => Cause::Other,
    }
}

/// Counts what the loop does.
#[derive(Debug)]
pub(crate) struct Counts {
    witness: Witness,
    topic: String,
}

impl Counts {
    fn observe(&self, output: Output<'_>) {
        self.witness.numbers.observe(output);
    }

    fn tasks(&self, readings: &[Reading]) {
        self.observe(Output::CheckpointAge(Stage::Herald, readings.iter().filter_map(|reading| reading.since_checkpoint).max()));
        let told = readings.iter().flat_map(|reading| &reading.marks);
        let mark =
            |(_, origin, tick): &(journal::Topic, u32, Option<i64>)| Mark { topic: &self.topic, origin: *origin, tick: tick.map(Tick) };
        let marks: Vec<Mark<'_>> = told.map(mark).collect();
        self.observe(Output::Marks(Stage::Herald, &marks));
    }

    fn moved(&self, change: &Change) {
        let (how, inputs) = match change {
            Change::Gained(inputs) => (Move::Gained, inputs),
            Change::Losing(inputs) => (Move::GivenBack, inputs),
            Change::Lost(inputs) => (Move::Lost, inputs),
        };
        for (_, partition) in inputs {
            tracing::info!(topic = self.topic, partition, r#move = how.as_str(), "partition");
        }
        self.observe(Output::Moved(how, inputs.len() as u64));
    }
}

impl Observer<Heard> for Counts {
    fn gathered(&mut self, part: &Gathered<'_, Heard>) -> Count {
        let (numbers, taken, repeats) = (Arc::clone(&self.witness.numbers), part.taken, part.repeats);
        Box::new(move || {
            numbers.observe(Output::Records(Stage::Herald, Outcome::Taken, taken));
            numbers.observe(Output::Records(Stage::Herald, Outcome::Repeated, repeats));
        })
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let reachable = format!("{PART}: log");
        match seen {
            Seen::Committed(took) => self.observe(Output::Committed(*took)),
            Seen::Failed(error) => {
                self.witness.failed(error);
                if error.is_passing() {
                    self.witness.health.wrong(&reachable, &error.to_string());
                }
            }
            Seen::Moved(change) => self.moved(change),
            Seen::Tasks(readings) => self.tasks(readings),
            Seen::Inputs(lags) => {
                self.witness.health.right(&reachable);
                let input = |lag: &journal::Lag| Input { topic: &self.topic, partition: lag.partition, next: lag.next, lag: lag.entries };
                let inputs: Vec<Input<'_>> = lags.iter().map(input).collect();
                self.observe(Output::Inputs(Stage::Herald, &inputs));
            }
            Seen::Notice(notice) => {
                if notice.is_failure() {
                    self.observe(Output::Failed(Cause::Other));
                }
                say_notice(notice, PART);
            }
            // It reads no clock of the host.
            Seen::Leapt(_) => {}
        }
    }
}
