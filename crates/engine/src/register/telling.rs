//! Telling: what the messages of one record within one tick make of its story.
//!
//! The highest revision stands; of one revision the earliest tick, and inside it the lowest content hash. What a tick
//! changes is told as one difference, so that a message taken back in the tick it came in leaves no trace. Must never enter:
//! a look at another record.

use super::{
    Output, Register,
    listing::{self, weight},
    notes::{self, Told},
    open::Change,
    shelf::Place,
    story::{NONE, Story, Trait, Traits},
    turn::{Fate, Turn},
};
use crate::identity;
use alloc::{sync::Arc, vec::Vec};
use core::borrow::Borrow;
use vocab::{
    event::{Event, Operation},
    name::{EventTypeName, JurisdictionCode},
    record::{Admitted, ContentHash, Late, Step, Version},
    tally::{Fact, Matter, Note, Withdrawal},
    time::Day,
    unlisted::What,
};

/// The message that stands while a record's messages are heard one after the other.
struct Standing<'a> {
    revision: u32,
    content: ContentHash,
    known: Day,
    /// The message, if it came in this tick.
    message: Option<&'a Admitted>,
}

/// What a message is to the one that stands.
enum Compared {
    Newer,
    Same,
    Rival,
    Older,
}

impl Standing<'_> {
    fn against(&self, message: &Admitted) -> Compared {
        match message.event.revision.cmp(&self.revision) {
            core::cmp::Ordering::Greater => Compared::Newer,
            core::cmp::Ordering::Less => Compared::Older,
            core::cmp::Ordering::Equal if message.content == self.content => Compared::Same,
            core::cmp::Ordering::Equal => Compared::Rival,
        }
    }
}

/// What was heard of one record in one tick, once it changes which message stands.
struct Heard<'a> {
    place: Place,
    before: Option<Story>,
    message: &'a Admitted,
    /// Whether this task is the one to tell of it.
    voice: Voice,
    /// The last day named by anything heard of the record.
    last_day: Day,
}

/// Whether a task tells of a record or only listens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Tells,
    Listens,
}

impl Register {
    /// Hears every message of one record in one tick, sorted by revision and content.
    pub(super) fn tell<R: Borrow<Admitted>>(&mut self, turn: &mut Turn, messages: &[R], out: &mut Vec<Output>) {
        let Some(first) = messages.first().map(Borrow::borrow) else { return };
        let place = self.shelf.place(first.id);
        let floors = self.rules.floors(&first.event.regime);
        let before = self.shelf.at(place).filter(|story| !story.is_behind(floors.gone));
        let heard_of = |last: Day, message: &R| last.max(message.borrow().event.occurred.day);
        let last_day = messages.iter().fold(before.map_or(turn.day, |story| story.last_day), heard_of);
        let mut standing =
            before.map(|story| Standing { revision: story.revision, content: story.content, known: story.known, message: None });
        for message in messages.iter().map(Borrow::borrow) {
            let elsewhere = message.event.regime != first.event.regime;
            let floor = if elsewhere { self.rules.floors(&message.event.regime).late } else { floors.late };
            if is_late(before.as_ref(), message, floor) {
                turn.enter(&message.event.source, turn.day, Fate::Late);
                out.push(Output::Late(late(message)));
            } else {
                let voice = self.voice(message);
                hear(turn, &mut standing, message, voice);
            }
        }
        if let Some(message) = standing.and_then(|standing| standing.message) {
            let voice = self.voice(message);
            self.stand(turn, &Heard { place, before, message, voice, last_day }, out);
        } else if let Some(before) = before.filter(|story| story.last_day < last_day) {
            self.keep(place, Story { last_day, ..before });
        }
    }

    /// A record that every task reads is told of by one of them only.
    fn voice(&self, message: &Admitted) -> Voice {
        let elsewhere = notes::is_broadcast(&message.event.body) && identity::home(message.id, self.partitions) != self.partition;
        if elsewhere { Voice::Listens } else { Voice::Tells }
    }

    /// Lets a message stand for its record from now on.
    fn stand(&mut self, turn: &mut Turn, heard: &Heard<'_>, out: &mut Vec<Output>) {
        let (event, before) = (&*heard.message.event, heard.before);
        let (mut cell, mut case, mut traits) = (NONE, NONE, Traits::default());
        if event.operation != Operation::Retract {
            let listed = self.listing.of(event, &mut self.rules, &mut self.cells);
            cell = listed.cell;
            if heard.voice == Voice::Tells {
                listed.unlisted.iter().for_each(|unlisted| turn.unlisted(&event.regime, unlisted.clone(), event.count));
            }
            if cell == NONE && !listed.unlisted.is_empty() {
                traits = traits.with(Trait::Unlisted);
            }
            if let (Some(id), Some(name)) = (heard.message.case, event.case()) {
                case = self.cases.number(id, name);
            }
        }
        if notes::is_kept(&event.body) {
            traits = traits.with(Trait::Kept);
        }
        if self.note(turn, heard, out) {
            traits = traits.with(Trait::Told);
        }
        if heard.voice == Voice::Tells {
            enter_unlisted(turn, heard, traits);
        }
        let story = Story {
            id: heard.message.id,
            content: heard.message.content,
            revision: event.revision,
            first_known: before.map_or(turn.day, |story| story.first_known),
            known: turn.day,
            occurred: event.occurred.day,
            last_day: heard.last_day,
            count: event.count,
            weight: self.cells.cell(cell).filter(|cell| cell.weighed.is_some()).and(weight(&event.body)).map_or(0, |(_, weight)| weight),
            cell,
            case,
            traits,
        };
        self.differ(turn, (before.as_ref(), &story), event, out);
        self.keep(heard.place, story);
    }

    /// Tells what a record contributes now instead of what it contributed.
    fn differ(&mut self, turn: &Turn, (before, after): (Option<&Story>, &Story), event: &Event, out: &mut Vec<Output>) {
        let cell_of = |story: &Story| (story.cell != NONE).then_some((story.cell, story.occurred, story.count, story.weight));
        if before.and_then(cell_of) != cell_of(after) {
            if let Some(before) = before.filter(|story| story.cell != NONE) {
                self.add(turn, before, -1);
                let recounts = (before.cell, before.occurred, before.count) != (after.cell, after.occurred, after.count);
                let of = if recounts { Taken::Counts } else { Taken::Weight };
                out.extend(self.withdrawal(turn, before, of).map(|withdrawal| Output::Fact(Fact::Withdrawn(withdrawal))));
            }
            if after.cell != NONE {
                self.add(turn, after, 1);
            }
        }
        // Any other content may be another step of the case.
        let case_of = |story: &Story| (story.case != NONE).then_some((story.case, story.content));
        if before.and_then(case_of) != case_of(after) {
            let left = before.and_then(|story| self.version(turn, story, None));
            let joined = self.version(turn, after, Some(step(event)));
            out.extend(left.into_iter().chain(joined).map(Output::Version));
        }
    }

    fn add(&mut self, turn: &Turn, story: &Story, sign: i64) {
        let acts = sign * i64::from(story.count);
        // Several acts told together weigh the same each, for all that is known.
        let (weight, each) = (i128::from(story.weight), i128::from(story.count.max(1)));
        let weight = (sign * i64::from(story.weight), i128::from(sign) * (weight * weight / each));
        let change = Change { cell: story.cell, occurred: story.occurred, first_known: story.first_known, acts, weight };
        self.open.add(turn.tick, change);
    }

    fn withdrawal(&self, turn: &Turn, before: &Story, of: Taken) -> Option<Withdrawal> {
        let cell = self.cells.cell(before.cell)?;
        Some(Withdrawal {
            record: before.id,
            regime: cell.regime.clone(),
            known: turn.tick,
            occurred: before.occurred,
            series: match of {
                Taken::Counts => cell.counted().chain(cell.weighed()).collect(),
                Taken::Weight => cell.weighed().collect(),
            },
        })
    }

    fn version(&self, turn: &Turn, story: &Story, step: Option<Step>) -> Option<Version> {
        let (case, name) = self.cases.case(story.case)?;
        let sign = if step.is_some() { 1 } else { -1 };
        Some(Version { case: *case, case_name: name.clone(), record: story.id, sign, occurred: story.occurred, known: turn.tick, step })
    }

    /// The fact of an event whose type a rule of its regime watches, if the pack lists where it is accounted for. What it does not
    /// list is counted as such, and no rule is asked.
    fn incident(&mut self, turn: &mut Turn, heard: &Heard<'_>) -> Option<(Note, Told)> {
        let event = &*heard.message.event;
        let is_watched =
            event.operation != Operation::Retract && self.rules.of(&event.regime).is_some_and(|rules| rules.watches(&event.body));
        if !is_watched {
            return None;
        }
        let code = event.jurisdiction.clone();
        let Some(code) = code.filter(|code| self.rules.admits(&event.regime, code)) else {
            if listing::is_silent(&event.body) {
                let code = event.jurisdiction.as_ref().map_or(listing::UNNAMED, JurisdictionCode::as_str);
                turn.unlisted(&event.regime, (What::Jurisdiction, listing::label(code)), event.count);
            }
            return None;
        };
        Some((notes::incident(heard.message, code), Told::Sentinel))
    }

    /// Tells a note, once; says whether its record has been told of, now or before.
    fn note(&mut self, turn: &mut Turn, heard: &Heard<'_>, out: &mut Vec<Output>) -> bool {
        let told_before = heard.before.is_some_and(|story| story.traits.has(Trait::Told));
        let retracted = heard.message.event.operation == Operation::Retract;
        let Some((note, told)) = notes::note(heard.message).or_else(|| self.incident(turn, heard)) else {
            // A source may take a note back with a message that no longer says what it was.
            if told_before && heard.voice == Voice::Tells {
                out.push(unsaid(turn, heard.message));
            }
            return false;
        };
        let stands = match &note.matter {
            // What a person did happened; saying it again, or otherwise, does not make it happen twice.
            Matter::Act(_) if told_before => return true,
            Matter::Act(_) | Matter::Feed(..) => Stands::ForItself,
            Matter::Pack(pack, _) => {
                if !retracted {
                    turn.pack(Arc::clone(pack));
                }
                Stands::ForItself
            }
            Matter::Circumstance(..) | Matter::Definition(_) | Matter::Target(_) | Matter::Incident(_) | Matter::Duty(_) => {
                Stands::UntilWithdrawn
            }
        };
        if heard.voice == Voice::Tells && told_before && stands == Stands::UntilWithdrawn {
            out.push(unsaid(turn, heard.message));
        }
        if heard.voice == Voice::Tells && !retracted {
            match told {
                Told::Both => out.extend([Output::Note(note.clone()), Output::Fact(Fact::Told(note))]),
                Told::Sentinel => out.push(Output::Fact(Fact::Told(note))),
            }
        }
        !retracted
    }
}

/// What a record is within its case.
fn step(event: &Event) -> Step {
    Step {
        regime: event.regime.clone(),
        event: type_name(event),
        jurisdiction: event.jurisdiction.clone(),
        measures: notes::measures(event),
        stratum: event.stratum.clone(),
    }
}

pub(super) fn type_name(event: &Event) -> EventTypeName {
    EventTypeName::parse(event.body.type_name()).expect("the type of an event is a name")
}

/// What of a contribution is taken back.
#[derive(Clone, Copy)]
enum Taken {
    /// All of it.
    Counts,
    /// What it weighed; the acts stand.
    Weight,
}

/// Whether a note has to be taken back before another of the same record replaces it.
#[derive(PartialEq, Eq)]
enum Stands {
    ForItself,
    UntilWithdrawn,
}

/// Whether a message would change figures that the horizon has left behind: those of its own day, or of the day on which
/// its record counts now. Rules and annotations are never late.
fn is_late(before: Option<&Story>, message: &Admitted, floor: Day) -> bool {
    let counted_before = before.is_some_and(|story| !story.traits.has(Trait::Kept) && story.occurred < floor);
    let body = &message.event.body;
    (message.event.occurred.day < floor || counted_before) && !notes::is_kept(body) && !notes::is_broadcast(body)
}

fn hear<'a>(turn: &mut Turn, standing: &mut Option<Standing<'a>>, message: &'a Admitted, voice: Voice) {
    let (source, today) = (&message.event.source, turn.day);
    let compared = standing.as_ref().map_or(Compared::Newer, |standing| standing.against(message));
    let mut enter = |day, fate| match voice {
        Voice::Tells => turn.enter(source, day, fate),
        Voice::Listens => {}
    };
    match compared {
        Compared::Same => enter(today, Fate::Duplicate),
        Compared::Rival => enter(today, Fate::Conflict),
        Compared::Older => enter(today, Fate::Superseded),
        Compared::Newer => {
            enter(today, Fate::Effective);
            let next = Standing { revision: message.event.revision, content: message.content, known: today, message: Some(message) };
            if let Some(before) = standing.replace(next)
                && voice == Voice::Tells
            {
                turn.take_back(source, before.known, Fate::Effective);
                turn.enter(source, before.known, Fate::Superseded);
            }
        }
    }
}

/// The ledger's column of effective messages that count nowhere follows the message that stands.
fn enter_unlisted(turn: &mut Turn, heard: &Heard<'_>, traits: Traits) {
    let source = &heard.message.event.source;
    if let Some(before) = heard.before.filter(|story| story.traits.has(Trait::Unlisted)) {
        turn.take_back(source, before.known, Fate::Unlisted);
    }
    if traits.has(Trait::Unlisted) {
        turn.enter(source, turn.day, Fate::Unlisted);
    }
}

/// A note is taken back: a withdrawal without series.
fn unsaid(turn: &Turn, message: &Admitted) -> Output {
    let (regime, occurred) = (message.event.regime.clone(), message.event.occurred.day);
    Output::Fact(Fact::Withdrawn(Withdrawal { record: message.id, regime, known: turn.tick, occurred, series: Vec::new() }))
}

fn late(message: &Admitted) -> Late {
    let event = &*message.event;
    Late {
        id: message.id,
        revision: event.revision,
        source: event.source.clone(),
        source_record_id: event.source_record_id.clone(),
        occurred: event.occurred.day,
        known: message.known,
        count: event.count,
    }
}
