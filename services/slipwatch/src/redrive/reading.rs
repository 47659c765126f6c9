//! A refused row of a database, read again: as a native event, or by the mapping of its feed.
//!
//! The bytes are those of the row; which columns it has is said by the mapping or by a file of the feed. What must never enter: a
//! stamp, a guess whose row it is.

use crate::failure::Failure;
use engine::intake::Prepared;
use stages::admission::label;
use std::path::Path;
use vocab::{
    event::Event,
    name::SourceId,
    record::{Refusal, Refused},
    time::{Day, Instant},
};
use wire::feed::{Ending, Mapper, Mapping, Outcome, RawRow, Rows};

/// It is a row of a feed, and none that the mapping at hand is for.
pub(super) const OTHER_FEED: &str = "a row of a feed whose mapping was not given (--mapping FILE)";

/// How refused rows are read again.
pub struct Rereading {
    mapped: Option<(Mapper, SourceId)>,
}

/// What a refused row is now.
pub(super) enum Reread {
    /// Events, with the day their file says they became known.
    Events(Vec<(Prepared, Day)>),
    /// Nothing: the mapping passes over it.
    PassedOver,
    /// It is refused again.
    Refused(Refusal),
    /// Nothing here can read it.
    Foreign,
}

impl Rereading {
    /// By a mapping; `columns_of` is a file of the feed, needed where the first line of a file names the columns.
    ///
    /// # Errors
    /// [`Failure::Usage`] when it is needed and not given, [`Failure`] of a file that does not fit the mapping.
    pub fn of(mapping: Option<&Mapping>, columns_of: Option<&Path>) -> Result<Self, Failure> {
        let Some(mapping) = mapping else { return Ok(Self { mapped: None }) };
        let own = mapping.mapper().map_err(|mistakes| Failure::Configuration(mistakes.to_string()))?;
        let mapper = match (own, columns_of) {
            (Some(mapper), _) => mapper,
            (None, Some(file)) => Rows::open(mapping, file)?.mapper(),
            (None, None) => {
                return Err(Failure::Usage(
                    "--columns-of FILE is needed: a refused row of CSV does not say what its columns are; any file of that feed that \
                     begins with the same line of names will do"
                        .to_owned(),
                ));
            }
        };
        Ok(Self { mapped: Some((mapper, mapping.source().clone())) })
    }

    /// Reads a refusal again.
    pub(super) fn read(&mut self, refused: &Refused) -> Reread {
        if let Some(event) = as_event(refused) {
            return one(event);
        }
        match (&mut self.mapped, &refused.source) {
            (Some((mapper, source)), Some(of)) if of == source => map(mapper, refused),
            (_, Some(_)) => Reread::Foreign,
            // Nobody said whose it was: it was read without a mapping. Perhaps it needed one.
            (mapped, None) => match (wire::event::event_from_json(&refused.bytes), mapped) {
                (Ok(event), _) => one(event),
                (Err(_), Some((mapper, _))) => map(mapper, refused),
                (Err(refusal), None) => Reread::Refused(refusal),
            },
        }
    }
}

/// The event that a refusal is of, where intake turned an event away and not a row: then its place is what the event is called.
fn as_event(refused: &Refused) -> Option<Event> {
    let event = wire::event::event_from_json(&refused.bytes).ok()?;
    let is_named = refused.position.input == label(event.source_record_id.as_str()) && refused.position.at == u64::from(event.revision);
    is_named.then_some(event)
}

fn one(event: Event) -> Reread {
    let known = event.reported.map_or(event.occurred.last_day, Instant::day);
    Reread::Events(vec![(Prepared::of(event), known)])
}

fn map(mapper: &mut Mapper, refused: &Refused) -> Reread {
    let row = RawRow { line: refused.position.at, offset: 0, bytes: &refused.bytes, ending: Ending::OfLine, broken: None };
    match mapper.map(&row) {
        Ok(Outcome::Event(mapped)) => {
            let day = mapped.known.day();
            let find = mapped.find.map(|find| (Prepared::of(*find), day));
            Reread::Events(std::iter::once((Prepared::of(mapped.event), day)).chain(find).collect())
        }
        Ok(Outcome::Skipped(_)) => Reread::PassedOver,
        Err(refusal) => Reread::Refused(refusal),
    }
}
