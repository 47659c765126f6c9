//! From what a line does to what the catalogue counts: names of topics, stages, causes.
//!
//! Counts follow commits and what was said aloud, so a silent re-run or a commit that was rolled back feeds nothing. The log hears of what
//! people should look at: an origin that holds everything back, what the client says of the broker. Must never enter: a decision, a count
//! that anything rests on.

use crate::{
    behind::Behind,
    crew::Kind,
    message::Message,
    skew::{Least, Skews},
    space::Space,
};
use catalogue::{
    closed::{Cause, Leap, Move, Outcome, Stage},
    process::{Output, Process},
    reading::{Input, Mark},
};
use journal::{Change, Entry, JournalError, Lag, Output as JournalOutput, Topic};
use service_kit::{Count, Gathered, Observer, Post, Reading, Seen, say_notice};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use vocab::{record::Refused, tally::LedgerLine, time::Tick};

/// What a part of a process counts and says.
#[derive(Debug)]
pub struct Numbers {
    process: Arc<Process>,
    stage: Stage,
    space: Space,
    post: Post,
    behind: Behind,
    skews: SharedSkews,
}

/// What is seen of the clocks of sources: noted when a commit stands, told with the readings.
pub type SharedSkews = Arc<Mutex<Skews>>;

/// The stage of a kind of task, as numbers call it.
#[must_use]
pub const fn stage_of(kind: Kind) -> Stage {
    match kind {
        Kind::Register => Stage::Register,
        Kind::Docket => Stage::Docket,
        Kind::Assessor => Stage::Assessor,
        Kind::Watch => Stage::Watch,
        Kind::Weigh => Stage::Weigh,
    }
}

/// What ailed the log.
#[must_use]
pub const fn cause_of(error: &JournalError) -> Cause {
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

impl Numbers {
    /// The numbers of a stage in a process, with the names of a space.
    #[must_use]
    pub fn new(process: Arc<Process>, stage: Stage, space: &Space, post: &Post) -> Self {
        Self { process, stage, space: space.clone(), post: post.clone(), behind: Behind::default(), skews: SharedSkews::default() }
    }

    fn name(&self, topic: Topic) -> String {
        // What exists in memory only is never an input on a broker.
        self.space.name(topic).unwrap_or_else(|| format!("topic {}", topic.0))
    }

    fn tasks(&mut self, readings: &[Reading]) {
        let stage = self.stage;
        let age = readings.iter().filter_map(|reading| reading.since_checkpoint).max();
        self.process.observe(Output::CheckpointAge(stage, age));
        let mut known: BTreeMap<(Topic, u32), Option<i64>> = BTreeMap::new();
        for (topic, origin, tick) in readings.iter().flat_map(|reading| &reading.marks) {
            let newest = known.entry((*topic, *origin)).or_default();
            *newest = (*tick).max(*newest);
        }
        let names: BTreeMap<Topic, String> = known.keys().map(|(topic, _)| (*topic, self.name(*topic))).collect();
        let mark = |(&(topic, origin), tick): (&(Topic, u32), &Option<i64>)| Mark { topic: &names[&topic], origin, tick: tick.map(Tick) };
        let marks: Vec<Mark<'_>> = known.iter().map(mark).collect();
        self.process.observe(Output::Marks(stage, &marks));
        if self.stage == Stage::Intake {
            tell_skews(&self.process, &self.skews);
        }
        for said in self.behind.look(&marks, Instant::now()) {
            said.say(self.post.part);
        }
    }

    fn inputs(&self, lags: &[Lag]) {
        let named: Vec<(String, &Lag)> = lags.iter().map(|lag| (self.name(lag.topic), lag)).collect();
        let inputs: Vec<Input<'_>> =
            named.iter().map(|(topic, lag)| Input { topic, partition: lag.partition, next: lag.next, lag: lag.entries }).collect();
        self.process.observe(Output::Inputs(self.stage, &inputs));
    }

    fn moved(&self, change: &Change) {
        let (how, inputs) = match change {
            Change::Gained(inputs) => (Move::Gained, inputs),
            Change::Losing(inputs) => (Move::GivenBack, inputs),
            Change::Lost(inputs) => (Move::Lost, inputs),
        };
        for (topic, partition) in inputs {
            tracing::info!(part = self.post.part, topic = self.name(*topic), partition, r#move = how.as_str(), "partition");
        }
        self.process.observe(Output::Moved(how, inputs.len() as u64));
    }
}

impl Observer<Message> for Numbers {
    fn gathered(&mut self, part: &Gathered<'_, Message>) -> Count {
        let (process, stage, taken, repeats) = (Arc::clone(&self.process), self.stage, part.taken, part.repeats);
        let (written, skews) = (Written::of(part.outputs), Arc::clone(&self.skews));
        Box::new(move || {
            process.observe(Output::Records(stage, Outcome::Taken, taken));
            process.observe(Output::Records(stage, Outcome::Repeated, repeats));
            written.count(&process, stage, &skews);
        })
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let reachable = format!("{}: broker", self.post.part);
        match seen {
            Seen::Committed(took) => self.process.observe(Output::Committed(*took)),
            Seen::Failed(error) => {
                self.process.observe(Output::Failed(cause_of(error)));
                if error.is_passing() {
                    self.post.health.wrong(&reachable, &error.to_string());
                }
            }
            Seen::Moved(change) => self.moved(change),
            Seen::Tasks(readings) => self.tasks(readings),
            Seen::Inputs(lags) => {
                self.post.health.right(&reachable);
                self.inputs(lags);
            }
            Seen::Notice(notice) => {
                if notice.is_failure() {
                    self.process.observe(Output::Failed(Cause::Other));
                }
                say_notice(notice, self.post.part);
            }
            Seen::Leapt(by_ms) => leapt(&self.process, *by_ms, self.post.part),
        }
    }
}

/// Counts a leap of the host's clock, and says it.
pub fn leapt(process: &Process, by_ms: i64, part: &str) {
    let way = if by_ms < 0 { Leap::Back } else { Leap::Ahead };
    process.observe(Output::Leapt(way));
    tracing::warn!(part, by_ms, "the clock of the host leapt; what is stamped rises past every mark all the same");
}

/// Tells what is known of the clocks of sources.
pub fn tell_skews(process: &Process, skews: &SharedSkews) {
    let told = skews.lock().unwrap_or_else(PoisonError::into_inner).seconds(Instant::now());
    process.observe(Output::Skews(&told));
}

/// What a part of a commit writes, to be counted once it stands.
#[derive(Debug)]
pub struct Written {
    emitted: u64,
    least: Least,
    refused: Vec<Arc<Refused>>,
    ledger: Vec<Arc<LedgerLine>>,
}

impl Written {
    /// What these outputs are.
    #[must_use]
    pub fn of(outputs: &[JournalOutput<Message>]) -> Self {
        let mut written = Self { emitted: 0, least: Least::default(), refused: Vec::new(), ledger: Vec::new() };
        for output in outputs {
            match &output.entry {
                Entry::Mark(_) => {}
                Entry::Record { record: Message::Refused(_, refused, _), .. } => {
                    written.refused.push(Arc::clone(refused));
                }
                Entry::Record { record, .. } => {
                    written.emitted += 1;
                    match record {
                        Message::Ledger(_, line) => written.ledger.push(Arc::clone(line)),
                        Message::Kept(admitted, _) | Message::Admitted(admitted) => written.least.admitted(admitted),
                        _ => {}
                    }
                }
            }
        }
        written
    }

    /// Counts it for a stage.
    pub fn count(&self, process: &Process, stage: Stage, skews: &SharedSkews) {
        process.observe(Output::Records(stage, Outcome::Emitted, self.emitted));
        process.observe(Output::Records(stage, Outcome::Refused, self.refused.len() as u64));
        self.refused.iter().for_each(|refused| process.observe(Output::Refused(refused)));
        self.ledger.iter().for_each(|line| process.observe(Output::Ledger(line)));
        skews.lock().unwrap_or_else(PoisonError::into_inner).take(&self.least, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_moved_is_no_second_process_of_one_name() {
        let moved = JournalError::Fenced { task: "intake/1".to_owned() };
        assert_eq!(cause_of(&moved), Cause::RolledBack, "it is read again where it is now");
        assert_eq!(cause_of(&JournalError::Superseded { instance: "slipwatch.g1.intake-0".to_owned() }), Cause::Fenced);
    }
}
