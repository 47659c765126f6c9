//! All stages of the engine in one task: what an embedded log runs, and what verifies it.
//!
//! The same stages in the same order as on a log of several partitions, joined day by day. Every day that passes is closed in
//! turn: tallies whose bucket has passed, the week, the weighing, the seal. Must never enter: a decision.

use engine::{
    assessor::{Assessor, Contribution},
    docket::Docket,
    page::Page as EnginePage,
    register::{Bucket, Output, Register},
    sentinel::Sentinel,
};
use journal::{Page, PageChange};
use service_kit::{BadState, Outputs, Stage};
use stages::{
    assessor::Statistic,
    bad,
    message::{ASSESSMENTS, DOCKETS, LATE, LEDGER, Message, UNLISTED},
    sentinel::send_decisions,
};
use std::sync::Arc;
use vocab::{
    alert::Decision,
    assessment::{Assessment, Stream},
    pack::Pack,
    record::{Admitted, Version},
    series::SeriesKey,
    tally::{Fact, Note, Tally, Withdrawal},
    time::{Day, Tick},
};

/// Register, docket, assessor and sentinel, one after the other.
pub struct FusedStage {
    register: Register,
    docket: Docket,
    assessor: Assessor,
    sentinel: Sentinel,
    bucket: Bucket,
    /// The last tick that has passed.
    passed: Option<Tick>,
    inbox: Inbox,
    witness: Option<Witness>,
}

/// What the register said and nobody has taken yet.
#[derive(Default)]
struct Inbox {
    said: Vec<Output>,
    tallies: Vec<Tally>,
    notes: Vec<Note>,
    facts: Vec<Fact>,
    versions: Vec<Arc<Version>>,
}

/// Somebody who wants to see what made a series' evidence on a day.
struct Witness {
    series: SeriesKey,
    day: Day,
    seen: Vec<Contribution>,
}

impl FusedStage {
    /// Stages that know nothing.
    #[must_use]
    pub fn new(bucket: Bucket) -> Self {
        Self {
            register: Register::new(0, 1, bucket),
            docket: Docket::new(),
            assessor: Statistic::Off.assessor((0, 1)),
            sentinel: Sentinel::new(),
            bucket,
            passed: None,
            inbox: Inbox::default(),
            witness: None,
        }
    }

    /// The same, taking down which weeks made the evidence of a series when a day closes.
    #[must_use]
    pub fn with_witness(self, series: SeriesKey, day: Day) -> Self {
        Self { witness: Some(Witness { series, day, seen: Vec::new() }), ..self }
    }

    /// What the witness has seen, newest week first.
    #[must_use]
    pub fn witnessed(&self) -> &[Contribution] {
        self.witness.as_ref().map_or(&[], |witness| &witness.seen)
    }

    /// Lets everything up to a tick pass, day after day.
    fn advance(&mut self, to: Tick, out: &mut Outputs<Message>) {
        if let Some(passed) = self.passed {
            let mut day = Tick(passed.0.saturating_add(1)).day();
            while day.last_tick() < to {
                self.pass_tick(day.last_tick(), out);
                day = day.plus(1);
            }
        }
        if self.passed < Some(to) {
            self.pass_tick(to, out);
        }
    }

    /// Lets a tick pass that lies in the same day as the last one, or ends it.
    fn pass_tick(&mut self, tick: Tick, out: &mut Outputs<Message>) {
        self.register.pass(tick, &mut self.inbox.said);
        self.inbox.sort(tick, out);
        let mut said = Vec::new();
        self.inbox.tell(&mut self.assessor, &mut said);
        self.assessor.pass(tick, &mut said);
        self.look(tick);
        let mut decisions = Vec::new();
        self.fall_due(tick, &mut decisions);
        if !said.is_empty() {
            self.sentinel.weigh(tick.day(), &said, &mut decisions);
        }
        self.sentinel.pass(tick, &mut decisions);
        send_assessments(said, out);
        send_decisions(decisions, 0, out);
        self.passed = Some(tick);
    }

    /// Duties become overdue, each at its instant: before the day it lies in is weighed.
    fn fall_due(&mut self, to: Tick, decisions: &mut Vec<Decision>) {
        let mut due = Vec::new();
        self.docket.pass(to, &mut due);
        for of_tick in due.chunk_by(|one, next| known(one) == known(next)) {
            self.sentinel.step(of_tick.first().map_or(to, known), of_tick, decisions);
        }
    }

    fn look(&mut self, tick: Tick) {
        if let Some(witness) = self.witness.as_mut().filter(|witness| witness.day.last_tick() == tick) {
            witness.seen = self.assessor.contributions(&witness.series, Stream::Effort);
        }
    }
}

/// The tick at which a fact is known.
const fn known(fact: &Fact) -> Tick {
    match fact {
        Fact::Told(Note { known, .. }) | Fact::Withdrawn(Withdrawal { known, .. }) => *known,
    }
}

/// The pack that a fact tells of, if it tells of one.
fn pack(fact: &Fact) -> Option<Arc<Pack>> {
    match fact {
        Fact::Told(note) => note.matter.pack().cloned(),
        Fact::Withdrawn(_) => None,
    }
}

fn send_assessments(said: Vec<Assessment>, out: &mut Outputs<Message>) {
    for assessment in said {
        out.send(ASSESSMENTS, b"", Message::Assessment(Arc::new(assessment)));
    }
}

impl Inbox {
    /// Tells the assessor what waits, tick by tick. Notes of a tick have waited for the tallies that its passing let go: on a log
    /// of several partitions both are one step, and a level set anew is taken from all that is known at its tick.
    fn tell(&mut self, assessor: &mut Assessor, said: &mut Vec<Assessment>) {
        let told = self.tallies.first().map(|tally| tally.known);
        if let Some(noted) = self.notes.first().map(|note| note.known).filter(|noted| Some(*noted) != told) {
            assessor.step(noted, &[] as &[Tally], &self.notes, said);
            self.notes.clear();
        }
        if let Some(told) = told {
            assessor.step(told, &self.tallies, &self.notes, said);
        }
        self.tallies.clear();
        self.notes.clear();
    }

    /// Sends on what leaves the pipeline, and keeps what the next stages want.
    fn sort(&mut self, tick: Tick, out: &mut Outputs<Message>) {
        for output in self.said.drain(..) {
            match output {
                Output::Tally(tally) => self.tallies.push(tally),
                Output::Note(note) => self.notes.push(note),
                Output::Fact(fact) => self.facts.push(fact),
                Output::Version(version) => {
                    let version = Arc::new(version);
                    self.versions.push(Arc::clone(&version));
                    out.send(DOCKETS, b"", Message::Version(version));
                }
                Output::Late(late) => out.send(LATE, b"", Message::Late(Arc::new(late))),
                Output::Ledger(line) => out.send(LEDGER, b"", Message::Ledger(tick, Arc::new(line))),
                Output::Unlisted(unlisted) => out.send(UNLISTED, b"", Message::Unlisted(tick, Arc::new(unlisted))),
            }
        }
    }
}

impl Stage for FusedStage {
    type Record = Message;

    fn step(&mut self, tick: i64, records: &[Message], out: &mut Outputs<Message>) {
        let tick = Tick(tick);
        self.advance(Tick(tick.0.saturating_sub(1)), out);
        let admitted: Vec<&Admitted> = records
            .iter()
            .filter_map(|message| match message {
                Message::Admitted(admitted) => Some(&**admitted),
                _ => None,
            })
            .collect();
        self.register.step(tick, &admitted, &mut self.inbox.said);
        self.inbox.sort(tick, out);
        let packs: Vec<Arc<Pack>> = self.inbox.facts.iter().filter_map(pack).collect();
        self.docket.step(tick, &self.inbox.versions, &packs, &mut self.inbox.facts);
        self.inbox.versions.clear();
        let mut decisions = Vec::new();
        self.sentinel.step(tick, &self.inbox.facts, &mut decisions);
        self.inbox.facts.clear();
        send_decisions(decisions, 0, out);
    }

    fn pass(&mut self, tick: i64, out: &mut Outputs<Message>) {
        self.advance(Tick(tick), out);
    }

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        let named = |stage: &str, key: &str| format!("{stage}/{key}");
        pages.extend(self.register.pages_due().into_iter().map(|page| PageChange { key: named("register", &page.key), body: page.body }));
        let mut keep = |stage: &str, due: Vec<EnginePage>| {
            pages.extend(due.into_iter().map(|page| PageChange { key: named(stage, &page.key), body: Some(page.body) }));
        };
        keep("docket", self.docket.pages_due());
        keep("assessor", self.assessor.pages_due());
        keep("sentinel", self.sentinel.pages_due());
        let passed = self.passed.map_or(Vec::new(), |tick| tick.0.to_le_bytes().to_vec());
        pages.push(PageChange { key: "passed".to_owned(), body: Some(passed) });
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        let (mut register, mut docket, mut assessor, mut sentinel, mut passed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), None);
        for Page { key, body } in pages {
            match key.split_once('/') {
                Some(("register", key)) => register.push(EnginePage { key: key.to_owned(), body }),
                Some(("docket", key)) => docket.push(EnginePage { key: key.to_owned(), body }),
                Some(("assessor", _)) => assessor.push(body),
                Some(("sentinel", _)) => sentinel.push(body),
                None if key == "passed" => passed = <[u8; 8]>::try_from(body.as_slice()).ok().map(|bytes| Tick(i64::from_le_bytes(bytes))),
                Some(_) | None => return Err(BadState { key, why: "no stage has such a page".to_owned() }),
            }
        }
        self.register = Register::restore(0, 1, self.bucket, register).map_err(bad("register"))?;
        self.docket = Docket::restore(docket).map_err(bad("docket"))?;
        self.assessor = Statistic::Off.assessor((0, 1));
        self.assessor.restore(assessor.iter().map(Vec::as_slice)).map_err(bad("assessor"))?;
        self.sentinel.restore(sentinel.iter().map(Vec::as_slice)).map_err(bad("sentinel"))?;
        self.passed = passed;
        Ok(())
    }
}
