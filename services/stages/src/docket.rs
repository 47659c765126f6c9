//! The docket as a task: records joining and leaving cases, and packs, in; facts about duties out.
//!
//! One task per partition of cases. Its facts go where those of the register go, from origins of its own: the sentinel passes a
//! tick when both have. What is owed stands in the engine; what must never enter is a decision, or a state of its own.

use crate::{
    bad, key,
    message::{FACTS, Message},
};
use engine::{docket::Docket, page::Page as EnginePage};
use journal::{Page, PageChange};
use service_kit::{BadState, Outputs, Stage};
use std::sync::Arc;
use vocab::{pack::Pack, record::Version, tally::Fact, time::Tick};

/// The docket of one partition of cases.
#[derive(Debug, Default)]
pub struct DocketStage {
    docket: Docket,
    told: Vec<Fact>,
}

impl DocketStage {
    fn send(&mut self, out: &mut Outputs<Message>) {
        self.told.drain(..).for_each(|fact| key::send(out, FACTS, Message::Fact(Arc::new(fact))));
    }
}

/// The pack that a message tells of, if it tells of one.
fn pack(message: &Message) -> Option<Arc<Pack>> {
    match message {
        Message::Note(note) => note.matter.pack().cloned(),
        _ => None,
    }
}

fn version(message: &Message) -> Option<&Version> {
    match message {
        Message::Version(version) => Some(version),
        _ => None,
    }
}

impl Stage for DocketStage {
    type Record = Message;

    fn step(&mut self, tick: i64, records: &[Message], out: &mut Outputs<Message>) {
        let packs: Vec<Arc<Pack>> = records.iter().filter_map(pack).collect();
        let versions: Vec<&Version> = records.iter().filter_map(version).collect();
        self.docket.step(Tick(tick), &versions, &packs, &mut self.told);
        self.send(out);
    }

    fn pass(&mut self, tick: i64, out: &mut Outputs<Message>) {
        self.docket.pass(Tick(tick), &mut self.told);
        self.send(out);
    }

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.extend(self.docket.pages_due().into_iter().map(|page| PageChange { key: page.key, body: Some(page.body) }));
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        let pages = pages.into_iter().map(|page| EnginePage { key: page.key, body: page.body });
        self.docket = Docket::restore(pages).map_err(bad("docket"))?;
        Ok(())
    }
}
