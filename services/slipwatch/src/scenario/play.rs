//! Plays a case: its records through intake and the fused stages, on a log in memory.
//!
//! The stages are those that judge a live log; only the feed is of its own. What must never enter: a decision, a second way to
//! admit.

use super::{Case, LogFile};
use crate::{
    embedded,
    failure::Failure,
    file::{self, failed},
    fused::FusedStage,
    history::{FileFrom, History},
    replay::{Partitions, memory},
};
use engine::intake::{Pace, Prepared};
use journal::{Commit, JournalError, Memory, Retention};
use service_kit::{Feed, Flow, Stop};
use stages::{
    intaking::{FirstPack, Intaking},
    message::{ASSESSMENTS, DECISIONS, Message, REFUSED, UNLISTED},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};
use vocab::{
    act::Outcome,
    alert::{Decision, Transition},
    assessment::Assessment,
    record::Refused,
    time::{Day, Tick},
};

/// Records put into the log at once, about: a tick is never cut.
const RECORDS_AT_ONCE: usize = 2_000;

/// What a case came to.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Every assessment, by jurisdiction and week.
    pub assessments: Vec<Arc<Assessment>>,
    /// Every transition, in the order of decision.
    pub transitions: Vec<Transition>,
    /// What a reader of a failure should know about the input: what was refused, not listed, or answered otherwise.
    pub remarks: Vec<String>,
}

/// Plays a case.
///
/// # Errors
/// [`Failure`] of its file of records, or of the stages.
pub fn play(case: &Case) -> Result<Played, Failure> {
    let mut store = memory(Retention::All, Partitions::even(1));
    let intaking = Intaking::open(&mut store, Pace::History, 1).map_err(failed)?;
    let mut refused = Vec::new();
    let mut feed = CaseFeed::new(case, intaking, &mut refused)?;
    embedded::drive(&mut store, &mut FusedStage::new(embedded::BUCKET), &mut feed, &Stop::new())?;
    collect(&mut store, &refused)
}

/// What becomes known at one tick.
type Group = Vec<(Tick, Prepared)>;

/// The records of a case on their way into the log.
struct CaseFeed {
    groups: VecDeque<(Tick, Group)>,
    pack: Option<FirstPack>,
    until: Option<Day>,
    intaking: Intaking,
    has_ended: bool,
}

impl CaseFeed {
    fn new(case: &Case, intaking: Intaking, refused: &mut Vec<Refused>) -> Result<Self, Failure> {
        let mut groups: BTreeMap<Tick, Group> = BTreeMap::new();
        if let Some(log) = &case.log {
            read(log, &mut groups, refused)?;
        }
        for (tick, event) in &case.events {
            groups.entry(*tick).or_default().push((*tick, Prepared::of(event.clone())));
        }
        Ok(Self { groups: groups.into_iter().collect(), pack: Some(case.pack.clone()), until: case.until, intaking, has_ended: false })
    }

    fn put(&mut self, tick: Tick, group: Group) {
        if let Some(FirstPack { pack, bytes }) = self.pack.take() {
            let before = tick.day().plus(-1);
            self.intaking.admit(stages::admission::activation(&pack, &bytes, before), before.last_tick());
            self.intaking.mark(before.last_tick());
        }
        for (claimed, prepared) in group {
            self.intaking.admit_prepared(prepared, claimed);
        }
        self.intaking.mark(tick);
    }
}

/// Reads a file of records whole: cases are small.
fn read(log: &LogFile, groups: &mut BTreeMap<Tick, Group>, refused: &mut Vec<Refused>) -> Result<(), Failure> {
    let mut history = History::open(&log.reading, &FileFrom::whole(std::slice::from_ref(&log.path)), None)?;
    while let Some((day, known)) = history.next_day()? {
        let events = known.events.into_iter().map(|(claimed, event)| (claimed.last_tick(), event));
        groups.entry(day.last_tick()).or_default().extend(events);
        refused.extend(known.refused);
    }
    refused.extend(history.take_refused());
    Ok(())
}

impl Feed<Memory<Message>> for CaseFeed {
    fn fill(&mut self, _store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.has_ended {
            return Ok(Flow::Ended);
        }
        while self.intaking.waiting() < RECORDS_AT_ONCE {
            let Some((tick, group)) = self.groups.pop_front() else {
                self.has_ended = true;
                let marked = self.intaking.marked().map_or(vocab::time::DAY_MIN, Tick::day);
                self.intaking.mark(self.until.unwrap_or(marked).max(marked).last_tick());
                break;
            };
            self.put(tick, group);
        }
        parts.push(self.intaking.part(None));
        Ok(if self.has_ended { Flow::Ended } else { Flow::More })
    }
}

fn collect(store: &mut Memory<Message>, refused: &[Refused]) -> Result<Played, Failure> {
    let mut played = Played::default();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for refused in refused {
        *counts.entry(format!("refused: {}", refused.reason)).or_default() += 1;
    }
    for topic in [ASSESSMENTS, DECISIONS, UNLISTED, REFUSED] {
        for message in store.drain(topic, 0).map_err(failed)? {
            played.take(message, &mut counts);
        }
    }
    played.assessments.sort_by_key(|one| (one.jurisdiction.clone(), one.week));
    let remarks = counts.into_iter().map(|(remark, times)| if times > 1 { format!("{remark} ({times} times)") } else { remark });
    played.remarks.extend(remarks);
    Ok(played)
}

impl Played {
    fn take(&mut self, message: Message, counts: &mut BTreeMap<String, u64>) {
        match message {
            Message::Assessment(assessment) => self.assessments.push(assessment),
            Message::Decision(_, decision) => self.decided(&decision),
            Message::Refused(_, refused, _) => *counts.entry(format!("refused: {}", refused.reason)).or_default() += 1,
            Message::Unlisted(_, unlisted) => {
                let remark = format!("counted in no series: no pack lists {} {}", unlisted.what.as_str(), unlisted.code);
                *counts.entry(remark).or_default() += unlisted.count;
            }
            Message::Admitted(_)
            | Message::Kept(..)
            | Message::Raw(_)
            | Message::Tallies(_)
            | Message::Note(_)
            | Message::Fact(_)
            | Message::Late(_)
            | Message::Version(_)
            | Message::Ledger(..)
            | Message::Statistic(..) => {}
        }
    }

    fn decided(&mut self, decision: &Decision) {
        match decision {
            Decision::Transition(transition) => self.transitions.push(transition.clone()),
            Decision::Answer(answer) => match answer.outcome {
                Outcome::Applied => {}
                Outcome::Stale(_) => {
                    self.remarks.push(format!("{}: an act was answered `{}`", answer.at.day(), file::outcome(answer.outcome)));
                }
            },
            Decision::Digest(_) | Decision::Seal(_) => {}
        }
    }
}
