//! Real data on the whole way: a file through its shipped mapping, history, its shipped pack and every stage, as `replay` drives
//! them, with everything kept that leaves the log.
//!
//! A test may change one thing of the rules, or put an event on record beside the rows; both are said where they are done. What
//! must never enter: a copy of data or of rules, an expectation (they stand in `tests/expectations`).

use crate::{Outcome, play::Played};
use engine::{intake::Pace, register::Bucket};
use journal::Retention;
use slipwatch::{
    failure::Failure,
    history::{FileFrom, History, Reading},
    history_feed::HistoryFeed,
    replay::{Left, Outlet, Partitions, Stages, memory, replay},
    rules,
};
use stages::{
    assessor::Statistic,
    intaking::{FirstPack, Intaking},
    message::{ADMITTED, Message},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use vocab::{
    alert::{Decision, Rule, Transition},
    event::Event,
    time::Day,
};
use wire::feed::{Mapping, Rows};

/// The project's folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of real data with its rules.
#[derive(Debug)]
pub struct Real {
    mapping: Arc<Mapping>,
    pack: FirstPack,
    file: PathBuf,
    /// Events beside the rows, each put in when it became known.
    beside: Vec<Event>,
}

impl Real {
    /// The shipped mapping and pack of one name, over a file (a path within the project).
    ///
    /// # Errors
    /// When the rules cannot be read or are wrong.
    pub fn shipped(name: &str, file: &str) -> Outcome<Self> {
        let deploy = root().join("deploy");
        let mapping = rules::mapping(&deploy.join(format!("mappings/{name}.toml"))).map_err(told)?;
        let pack = rules::pack(&deploy.join(format!("regimes/{name}.toml"))).map_err(told)?;
        Ok(Self { mapping: Arc::new(mapping), pack, file: root().join(file), beside: Vec::new() })
    }

    /// The same with another text in the place of one that the pack has.
    ///
    /// # Errors
    /// When the pack does not have the text, or is wrong without it.
    pub fn with_pack_changed(self, from: &str, to: &str) -> Outcome<Self> {
        let text = std::str::from_utf8(&self.pack.bytes)?;
        if !text.contains(from) {
            return Err(format!("the pack does not say {from:?}").into());
        }
        let bytes = text.replacen(from, to, 1).into_bytes();
        let pack = Arc::new(rules::compile("the changed pack", &bytes).map_err(told)?);
        Ok(Self { pack: FirstPack { pack, bytes: Arc::from(bytes) }, ..self })
    }

    /// The same with an event on record, known when it was reported.
    #[must_use]
    pub fn with_event(mut self, event: Event) -> Self {
        self.beside.push(event);
        self
    }

    /// Every event of the file, in its order, with the day it became known.
    ///
    /// # Errors
    /// When the file cannot be read or a row is refused.
    pub fn events(&self) -> Outcome<Vec<(Day, Event)>> {
        let mut rows = Rows::open(&self.mapping, &self.file)?;
        let (mut mapper, mut events) = (rows.mapper(), Vec::new());
        while let Some(batch) = rows.next_batch()? {
            for row in batch.rows() {
                if let wire::feed::Outcome::Event(mapped) = mapper.map(&row)? {
                    let known = mapped.known.day();
                    events.push((known, mapped.event));
                    events.extend(mapped.find.map(|find| (known, *find)));
                }
            }
        }
        Ok(events)
    }

    /// Plays it on so many partitions.
    ///
    /// # Errors
    /// Whatever ended it early.
    pub fn play(&self, partitions: u32) -> Outcome<Played> {
        let (reading, files) = self.input()?;
        let history = History::open(&reading, &files, None).map_err(told)?;
        let mut store = memory(Retention::All, Partitions::even(partitions));
        let intaking = Intaking::open(&mut store, Pace::History, partitions)?;
        let mut feed = HistoryFeed::new(intaking, history, None, Box::new(|_, _| None)).with_pack(Some(self.pack.clone()));
        let mut stages = Stages::new(Partitions::even(partitions), Bucket::Day, Statistic::Off);
        let mut kept = Kept::default();
        replay(&mut store, &mut stages, &mut feed, &mut kept).map_err(told)?;
        let Kept(mut played) = kept;
        for partition in 0..partitions {
            for message in store.drain(ADMITTED, partition)? {
                match message {
                    // A pack and what is said to all partitions stand in every one; the log has them once.
                    Message::Admitted(admitted) if partition == 0 || admitted.origin != 0 => played.admitted.push(admitted),
                    _ => {}
                }
            }
        }
        let counts = feed.history().counts();
        played.received = counts.events + counts.finds + counts.refused.values().sum::<u64>() + 1;
        played.sort();
        Ok(played)
    }

    /// The rows by their mapping; with events beside them, all of it as native events.
    fn input(&self) -> Outcome<(Reading, Vec<FileFrom>)> {
        if self.beside.is_empty() {
            return Ok((Reading::Mapped(Arc::clone(&self.mapping)), FileFrom::whole(std::slice::from_ref(&self.file))));
        }
        let mut events = self.events()?;
        events.extend(self.beside.iter().map(|event| (event.reported.map_or(event.occurred.last_day, |at| at.day()), event.clone())));
        events.sort_by_key(|(known, _)| *known);
        let mut text = Vec::new();
        for (_, event) in &events {
            wire::event::event_to_json(event, &mut text);
            text.push(b'\n');
        }
        // Read once, in a process that ends with its tests.
        Ok((Reading::Native, vec![FileFrom::bundled("rows.jsonl", Box::leak(text.into_boxed_slice()))]))
    }
}

/// A failure of a command in words: it is no error of the standard library's sort.
fn told(failure: Failure) -> String {
    failure.to_string()
}

/// Keeps what leaves the log.
#[derive(Default)]
struct Kept(Played);

impl Outlet for Kept {
    fn take(&mut self, left: Left) -> Result<(), Failure> {
        left.records.into_iter().flatten().for_each(|message| self.0.take(message));
        Ok(())
    }
}

/// The transitions of a run by one rule, in their order.
#[must_use]
pub fn transitions_of(rule: Rule, played: &Played) -> Vec<&Transition> {
    transitions(played).into_iter().filter(|moved| moved.rule == rule).collect()
}

/// The transitions of a run, in their order.
#[must_use]
pub fn transitions(played: &Played) -> Vec<&Transition> {
    let moves =
        played.decisions.iter().filter_map(|(_, decision)| if let Decision::Transition(moved) = &**decision { Some(moved) } else { None });
    moves.collect()
}
