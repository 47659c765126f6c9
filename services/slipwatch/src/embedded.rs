//! The embedded log: one file, every stage fused, driven by the one loop.
//!
//! Opening takes the lock; closing leaves a checkpoint. What must never enter: where records come from (a feed's), a decision.

use crate::{
    counting::Counting,
    failure::Failure,
    file::{self, Rows},
    fused::FusedStage,
};
use engine::register::Bucket;
use journal::{HELD_BYTES_MAX, Store, Target, TaskPlan, sqlite::SqliteStore};
use service_kit::{Feed, Line, Pace, Stop};
use stages::{
    GENERATION, judgement,
    message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, Message, UNLISTED},
};
use std::{path::Path, time::Duration};

/// How changes are put together before the assessor sees them: by the day, live as in a replay. Weeks close on days, and an
/// act in the middle of one (a level set anew) must meet the same counts whichever way the log is judged.
pub const BUCKET: Bucket = Bucket::Day;
/// The task of the fused stages.
pub const FUSED: &str = "fused";

/// The plan of the fused stages.
#[must_use]
pub fn plan() -> TaskPlan {
    TaskPlan {
        name: FUSED.to_owned(),
        stage: 1,
        origin: 0,
        inputs: vec![(ADMITTED, 0)],
        targets: [ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, UNLISTED].map(|topic| Target { topic, origins: 1 }).to_vec(),
        generation: GENERATION,
        judgement: judgement(),
        held_bytes_max: HELD_BYTES_MAX,
    }
}

/// An open embedded log.
#[derive(Debug)]
pub struct Embedded {
    /// The file behind its codec.
    pub store: SqliteStore<Rows>,
    /// Where acts of other processes are noted.
    pub rows: Rows,
    counting: Option<Counting>,
}

impl Embedded {
    /// Opens a file, made when absent.
    ///
    /// # Errors
    /// [`Failure`] with its exit code: locked, read-only, not a journal, of a newer version.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let rows = Rows::default();
        Ok(Self { store: file::open(path, rows.clone())?, rows, counting: None })
    }

    /// The same, with somebody who counts what it does.
    #[must_use]
    pub fn counted_by(self, counting: Option<Counting>) -> Self {
        Self { counting, ..self }
    }

    /// Drives the stages until the feed ends or somebody asks to stop; leaves a checkpoint.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn drive(&mut self, feed: &mut impl Feed<SqliteStore<Rows>>, stop: &Stop) -> Result<(), Failure> {
        let mut stage = FusedStage::new(BUCKET);
        let line = match self.counting.clone() {
            Some(counting) => line().observed_by(counting),
            None => line(),
        };
        along(line, (&mut self.store, &mut stage), feed, stop)
    }
}

/// Drives a fused stage on any store.
///
/// # Errors
/// [`Failure`] of the store.
pub fn drive<S: Store<Record = Message>>(
    store: &mut S,
    stage: &mut FusedStage,
    feed: &mut impl Feed<S>,
    stop: &Stop,
) -> Result<(), Failure> {
    along(line(), (store, stage), feed, stop)
}

fn line<'a>() -> Line<'a, Message> {
    Line::new(Pace { idle: Duration::from_millis(10), ..Pace::default() })
}

fn along<'a, S: Store<Record = Message>>(
    mut line: Line<'a, Message>,
    (store, stage): (&mut S, &'a mut FusedStage),
    feed: &mut impl Feed<S>,
    stop: &Stop,
) -> Result<(), Failure> {
    line.seat(store, plan(), stage).map_err(file::fatal)?;
    line.run(store, feed, stop).map_err(file::fatal)?;
    Ok(())
}
