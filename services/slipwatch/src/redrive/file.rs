//! Refusals of a database, through the same admission as an import, into the same database.
//!
//! What is admitted, what is refused again and which refusals were sent are one commit: killed anywhere, the next run goes on behind
//! it. What must never enter: a decision, a deletion, a stamp in what is promised.

use super::{
    ACT, BY_REFERENCE, Deed, PIECE, Redriven,
    reading::{OTHER_FEED, Reread, Rereading},
};
use crate::{
    embedded::Embedded,
    failure::Failure,
    file::{self, Rows},
    refused::{Again, InFile, Kept, REDRIVE, Sent, Which, turned},
    signals::{self, Drain},
};
use engine::intake::{Pace, Prepared, is_action};
use journal::{Checkpoint, Commit, Extent, JournalError, Lease, Store as _, sqlite::SqliteStore};
use service_kit::{Feed, Flow};
use stages::{
    admission::{Admission, EVENTS},
    intaking::{Intaking, position},
    message::Message,
};
use std::path::Path;
use vocab::{
    record::{Refusal, Refused},
    time::{Day, Tick},
};

/// Refusals sent in one commit, about.
const SENT_AT_ONCE: usize = 1_000;
/// Origins of an embedded log: acts and events.
const ORIGINS: u32 = 2;

/// Sends refusals of a database in again, at most so many, the oldest first; or only says what would come of it.
///
/// # Errors
/// [`Failure`] with its exit code; [`Failure::Locked`] while another process holds the database.
pub fn in_file(db: &Path, (which, limit): (Which, Option<u64>), rereading: Rereading, deed: Deed) -> Result<Redriven, Failure> {
    let from = InFile::open(db)?;
    let chosen =
        Chosen { which: Which { again: Some(Again::Waiting), ..which }, left: limit.unwrap_or(u64::MAX), next: 0, end: from.end()? };
    match deed {
        Deed::Try => tried(&from, chosen, rereading),
        Deed::Send => sent(db, chosen, rereading),
    }
}

fn sent(db: &Path, chosen: Chosen, rereading: Rereading) -> Result<Redriven, Failure> {
    let mut log = Embedded::open(db)?;
    let lease = log.store.restore(REDRIVE).map_err(file::failed)?.lease;
    // Another redrive may have sent some before this one had the lock.
    let from = InFile::open(db)?;
    let intaking = Intaking::open(&mut log.store, Pace::Live, 1).map_err(file::failed)?;
    if intaking.marked().is_none() {
        return Err(Failure::Input(format!("{} has no pack and no records yet: import the files again instead", db.display())));
    }
    let mut feed = Redrive {
        intaking,
        lease,
        sent: from.sent().clone(),
        from,
        chosen,
        rereading,
        told: Redriven::default(),
        has_caught_up: false,
        failure: None,
    };
    let stop = signals::stop(Drain::Patient)?;
    log.drive(&mut feed, &stop)?;
    feed.failure.take().map_or(Ok(()), Err)?;
    Ok(Redriven { stopped: stop.is_asked(), ..feed.told })
}

/// What would come of it: all is the same as far as intake, which has no log behind it.
fn tried(from: &InFile, mut chosen: Chosen, mut rereading: Rereading) -> Result<Redriven, Failure> {
    let mut told = Redriven::default();
    let mut trial = Admission::resume(Pace::Live, ORIGINS, from.marked()?);
    let now = intake::clock::now();
    while let Some(some) = chosen.some(from, from.sent())? {
        for (_, refused, kept) in some {
            let found = found(&mut rereading, &refused, kept);
            told.take(found, |event, known| trial.admit_prepared(event, EVENTS, clock(known, now)).map(drop));
        }
    }
    Ok(told)
}

/// The tick at which intake is handed an event: when its file says that it became known, but not in the future. Intake never stamps
/// into what is promised, so that nearly always it becomes known with the first tick that is open.
fn clock(known: Day, now: Tick) -> Tick {
    known.last_tick().min(now)
}

/// A refusal with its row, and how much of the message it holds.
type Stored = (u64, Refused, Kept);

/// Which refusals are left to look at.
struct Chosen {
    which: Which,
    left: u64,
    next: u64,
    /// Where they ended when it began: what is refused again is not sent in the same run.
    end: u64,
}

impl Chosen {
    /// The next few; none at the end.
    fn some(&mut self, from: &InFile, sent: &Sent) -> Result<Option<Vec<Stored>>, Failure> {
        if self.left == 0 || self.next >= self.end {
            return Ok(None);
        }
        let rows = from.some(self.next)?;
        let Some((last, ..)) = rows.last() else { return Ok(None) };
        self.next = last + 1;
        let mut chosen = Vec::new();
        for (row, tick, refused) in rows.into_iter().filter(|(row, ..)| *row < self.end) {
            let shown = turned((row, tick), &refused, sent);
            if self.left > 0 && self.which.has(&shown) {
                self.left -= 1;
                chosen.push((row, refused, shown.kept));
            }
        }
        Ok(Some(chosen))
    }
}

/// What a refusal is before intake has seen it.
enum Found {
    Events(Vec<(Prepared, Day)>),
    Refused(Refusal),
    PassedOver,
    Left(&'static str),
}

fn found(rereading: &mut Rereading, refused: &Refused, kept: Kept) -> Found {
    match kept {
        Kept::Beginning => return Found::Left(BY_REFERENCE),
        Kept::Piece => return Found::Left(PIECE),
        Kept::Whole => {}
    }
    match rereading.read(refused) {
        Reread::Events(events) if events.iter().any(|(event, _)| is_action(&event.event().body)) => Found::Left(ACT),
        Reread::Events(events) => Found::Events(events),
        Reread::Refused(refusal) => Found::Refused(refusal),
        Reread::PassedOver => Found::PassedOver,
        Reread::Foreign => Found::Left(OTHER_FEED),
    }
}

/// What became of a refusal.
enum Became {
    /// It stays as it is.
    Left,
    /// It was sent; the new reason, if it was refused again.
    Sent(Option<Refusal>),
}

impl Redriven {
    /// Hands what was found to intake and counts what came of it.
    fn take(&mut self, found: Found, mut admit: impl FnMut(Prepared, Day) -> Result<(), Refusal>) -> Became {
        let refusal = match found {
            Found::Left(why) => {
                self.leave(why);
                return Became::Left;
            }
            Found::PassedOver => {
                self.passed_over += 1;
                None
            }
            Found::Refused(refusal) => Some(refusal),
            Found::Events(events) => {
                let mut turned_away = None;
                for (event, known) in events {
                    match admit(event, known) {
                        Ok(()) => self.admitted += 1,
                        Err(refusal) => turned_away = Some(refusal),
                    }
                }
                turned_away
            }
        };
        self.sent += 1;
        if let Some(refusal) = &refusal {
            self.refuse(refusal.code(), refusal.to_string());
        }
        Became::Sent(refusal)
    }
}

/// The refusals as a feed.
struct Redrive {
    intaking: Intaking,
    lease: Lease,
    from: InFile,
    sent: Sent,
    chosen: Chosen,
    rereading: Rereading,
    told: Redriven,
    has_caught_up: bool,
    failure: Option<Failure>,
}

impl Redrive {
    /// Puts some in and marks them; which, or none where there are no more.
    fn send(&mut self) -> Result<Option<Vec<(u32, u64)>>, Failure> {
        let now = intake::clock::now();
        let (mut sent, mut stamped) = (Vec::new(), None);
        while sent.len() < SENT_AT_ONCE
            && let Some(some) = self.chosen.some(&self.from, &self.sent)?
        {
            for (row, refused, kept) in some {
                let (found, intaking) = (found(&mut self.rereading, &refused, kept), &mut self.intaking);
                let became = self.told.take(found, |event, known| {
                    let admitted = intaking.try_admit(event, clock(known, now))?;
                    stamped = stamped.max(Some(admitted.known));
                    Ok(())
                });
                let Became::Sent(refusal) = became else { continue };
                sent.push((0, row));
                if let Some(reason) = refusal {
                    self.intaking.refuse(Refused { reason, day: now.day(), ..refused }, now);
                }
            }
        }
        if let Some(stamped) = stamped {
            self.intaking.mark(stamped);
        }
        Ok(if sent.is_empty() { None } else { Some(sent) })
    }
}

impl Feed<SqliteStore<Rows>> for Redrive {
    fn fill(&mut self, _store: &mut SqliteStore<Rows>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        // What a process that was stopped has left is judged first.
        if !std::mem::replace(&mut self.has_caught_up, true) {
            return Ok(Flow::More);
        }
        match self.send() {
            Ok(None) => Ok(Flow::Ended),
            Ok(Some(sent)) => {
                let checkpoint = Some(Checkpoint { extent: Extent::Touched, pages: self.sent.note(&sent) });
                let position = position(REDRIVE, None, Vec::new());
                parts.push(self.intaking.part(None));
                parts.push(Commit { lease: self.lease.clone(), outputs: Vec::new(), position, checkpoint });
                Ok(Flow::More)
            }
            Err(failure) => {
                self.failure = Some(failure);
                Ok(Flow::Ended)
            }
        }
    }
}
