//! The sentinel as a task: facts and assessments in, decisions out.
//!
//! One task per partition of regimes. What the sentinel decides stands in the engine; what must never enter is a decision, or
//! a state of its own.

use crate::{
    bad, key,
    message::{DECISIONS, Message},
};
use engine::sentinel::{Part, Sentinel};
use journal::{Page, PageChange, Voice};
use service_kit::{BadState, Outputs, Stage};
use std::sync::Arc;
use vocab::{tally::Fact, time::Tick};

/// The sentinel of one partition of regimes.
#[derive(Default)]
pub struct SentinelStage {
    sentinel: Sentinel,
    place: u32,
}

impl SentinelStage {
    /// A part of the sentinel of partition `place`, whose decisions go to that partition of [`DECISIONS`], or to the one that
    /// stands for it.
    #[must_use]
    pub fn part(part: Part, place: u32) -> Self {
        Self { sentinel: Sentinel::of(part), place }
    }
}

impl Stage for SentinelStage {
    type Record = Message;

    fn step(&mut self, tick: i64, records: &[Message], out: &mut Outputs<Message>) {
        let (mut facts, mut assessments) = (Vec::new(), Vec::new());
        for message in records {
            match message {
                Message::Fact(fact) => facts.push(Fact::clone(fact)),
                Message::Assessment(assessment) => assessments.push(&**assessment),
                _ => {}
            }
        }
        let mut said = Vec::new();
        self.sentinel.step(Tick(tick), &facts, &mut said);
        if !assessments.is_empty() {
            self.sentinel.weigh(Tick(tick).day(), &assessments, &mut said);
        }
        send_decisions(said, self.place, out);
    }

    fn pass(&mut self, tick: i64, out: &mut Outputs<Message>) {
        let mut said = Vec::new();
        self.sentinel.pass(Tick(tick), &mut said);
        send_decisions(said, self.place, out);
    }

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.extend(self.sentinel.pages_due().into_iter().map(|page| PageChange { key: page.key, body: Some(page.body) }));
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        self.sentinel.restore(pages.iter().map(|page| page.body.as_slice())).map_err(bad("sentinel"))
    }
}

/// Sends decisions with the tick each was made at. An answer names no regime, so the place of the regime's task says where it
/// goes: all decisions of a regime stand in one partition, in their order.
pub fn send_decisions(decisions: Vec<vocab::alert::Decision>, place: u32, out: &mut Outputs<Message>) {
    if out.voice() == Voice::Silent {
        return;
    }
    for decision in decisions {
        let tick = match &decision {
            vocab::alert::Decision::Transition(transition) => transition.at,
            vocab::alert::Decision::Answer(answer) => answer.at,
            vocab::alert::Decision::Digest(digest) => digest.day.last_tick(),
            vocab::alert::Decision::Seal(seal) => seal.day.last_tick(),
        };
        let message = Message::Decision(tick, Arc::new(decision));
        let partition = key::partition(&message, out.partitions(DECISIONS), place);
        out.send_to(DECISIONS, partition, message);
    }
}
