//! A stage whose state moves by answers from outside: it is saved when it asks, also while nothing is read, and is told
//! when that is durable.
//!
//! Must never enter: a wait for a clock.

use std::sync::mpsc::{Receiver, channel};

use journal::{Commit, JournalError, Memory, Page, PageChange, Retention, Sequenced, Store, TaskPlan, Topic, TopicShape};
use service_kit::{BadState, Feed, Flow, Line, Outputs, Pace, Stage, Stop};

#[derive(Clone, Copy, Debug)]
struct Nothing;

impl Sequenced for Nothing {
    type Order = ();
    fn tick(&self) -> i64 {
        0
    }
    fn order(&self) {}
}

/// Takes answers in; each is a page, and counts as told only once it is saved.
struct Asker {
    answers: Receiver<u8>,
    fresh: Vec<u8>,
    offered: Vec<u8>,
    durable: Vec<u8>,
}

impl Stage for Asker {
    type Record = Nothing;
    fn step(&mut self, _tick: i64, _records: &[Nothing], _out: &mut Outputs<Nothing>) {}
    fn pass(&mut self, _tick: i64, _out: &mut Outputs<Nothing>) {}
    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        self.offered = std::mem::take(&mut self.fresh);
        pages.extend(self.offered.iter().map(|answer| PageChange { key: answer.to_string(), body: Some(vec![*answer]) }));
    }
    fn restore(&mut self, _pages: Vec<Page>) -> Result<(), BadState> {
        Ok(())
    }
    fn must_save(&mut self) -> bool {
        self.fresh.extend(self.answers.try_iter());
        !self.fresh.is_empty()
    }
    fn saved(&mut self) {
        self.durable.append(&mut self.offered);
    }
}

/// Brings nothing, some rounds long.
struct Quiet(u32);

impl<S: Store> Feed<S> for Quiet {
    fn fill(&mut self, _store: &mut S, _parts: &mut Vec<Commit<S::Record>>) -> Result<Flow, JournalError> {
        self.0 = self.0.saturating_sub(1);
        Ok(if self.0 == 0 { Flow::Ended } else { Flow::Idle })
    }
}

#[test]
fn a_stage_that_asks_is_saved_while_nothing_comes_and_hears_of_it() {
    let (said, answers) = channel();
    let mut asker = Asker { answers, fresh: Vec::new(), offered: Vec::new(), durable: Vec::new() };
    let mut store = Memory::<Nothing>::new(Retention::All, &[TopicShape { partitions: 1, readers: 1 }]);
    let plan = TaskPlan {
        name: "asker".to_owned(),
        stage: 1,
        origin: 0,
        inputs: vec![(Topic(0), 0)],
        targets: Vec::new(),
        generation: 1,
        judgement: "v1".to_owned(),
        held_bytes_max: 1_024,
    };
    said.send(7).unwrap();
    said.send(9).unwrap();
    let mut line = Line::new(Pace { idle_rounds: u32::MAX, ..Pace::default() });
    line.seat(&mut store, plan, &mut asker).unwrap();
    line.run(&mut store, &mut Quiet(3), &Stop::new()).unwrap();
    drop(line);
    assert_eq!(asker.durable, [7, 9]);
    let pages = store.pages("asker").unwrap();
    assert_eq!(pages.iter().map(|page| page.key.as_str()).collect::<Vec<_>>(), ["7", "9"]);
}
