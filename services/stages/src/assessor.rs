//! The assessor as a task: tallies and notes in, assessments out.
//!
//! All measures of a jurisdiction meet in one task, because evidence is pooled across them. What the assessor decides stands
//! in the engine; what must never enter is a decision, or a state of its own.

use crate::{
    bad, key,
    message::{ASSESSMENTS, Message, STATISTIC, WEIGHED},
};
use engine::assessor::Assessor;
use journal::{Page, PageChange, partition_for};
use service_kit::{BadState, Outputs, Stage};
use std::sync::Arc;
use vocab::{assessment::Assessment, tally::Note, time::Tick};

/// The assessor of one partition of jurisdictions.
pub struct AssessorStage {
    assessor: Assessor,
    place: (u32, u32),
    statistic: Statistic,
    said: Vec<Assessment>,
}

/// Whether the bare statistic is computed beside the judgement, for the detection benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// No.
    Off,
    /// Yes; it costs as much again.
    On,
}

impl Statistic {
    /// An assessor for partition `place.0` of `place.1`.
    #[must_use]
    pub fn assessor(self, place: (u32, u32)) -> Assessor {
        let assessor = Assessor::new().at_home(move |regime, jurisdiction| {
            if place.1 == 1 {
                return true;
            }
            let mut key = Vec::new();
            key::of_jurisdiction(regime, jurisdiction, &mut key);
            partition_for(&key, place.1) == place.0
        });
        match self {
            Self::Off => assessor,
            Self::On => assessor.with_yardstick(),
        }
    }
}

impl AssessorStage {
    /// The assessor of partition `place.0` of `place.1`.
    #[must_use]
    pub fn new(place: (u32, u32), statistic: Statistic) -> Self {
        Self { assessor: statistic.assessor(place), place, statistic, said: Vec::new() }
    }

    fn send(&mut self, out: &mut Outputs<Message>) {
        for line in self.assessor.take_yardstick() {
            out.send_to(STATISTIC, 0, Message::Statistic(line.week.sunday().last_tick(), Arc::new(line)));
        }
        for assessment in self.said.drain(..) {
            let assessment = Arc::new(assessment);
            // In memory the sentinel has a copy of its own, for what it read is let go; on Kafka both read one topic.
            if out.partitions(WEIGHED) > 0 {
                key::send(out, WEIGHED, Message::Assessment(Arc::clone(&assessment)));
            }
            key::send(out, ASSESSMENTS, Message::Assessment(assessment));
        }
    }
}

impl Stage for AssessorStage {
    type Record = Message;

    fn step(&mut self, tick: i64, records: &[Message], out: &mut Outputs<Message>) {
        let (mut tallies, mut notes) = (Vec::new(), Vec::new());
        for message in records {
            match message {
                Message::Tallies(told) => tallies.push(&told.tallies),
                Message::Note(note) => notes.push(Note::clone(note)),
                _ => {}
            }
        }
        self.assessor.step(Tick(tick), tallies.into_iter().flatten(), &notes, &mut self.said);
        self.send(out);
    }

    fn pass(&mut self, tick: i64, out: &mut Outputs<Message>) {
        self.assessor.pass(Tick(tick), &mut self.said);
        self.send(out);
    }

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.extend(self.assessor.pages_due().into_iter().map(|page| PageChange { key: page.key, body: Some(page.body) }));
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        self.assessor = self.statistic.assessor(self.place);
        self.assessor.restore(pages.iter().map(|page| page.body.as_slice())).map_err(bad("assessor"))
    }
}
