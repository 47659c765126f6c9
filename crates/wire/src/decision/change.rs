//! What happened to an alert, both ways: the change and what it carries.
//!
//! One flat message, so that a line can be searched for `change.kind`; which fields belong to which kind is checked on reading.

use crate::{
    numbers::Numbered as _,
    pb,
    read::{LIST_MAX, Reading, bad, choice, hex, instant, missing, name, week},
    sink::Sink,
    table,
};
use vocab::{
    alert::Change,
    assessment::FiredBy,
    name::{ActorId, Label},
    record::{BadValue, RecordId},
};

/// The number of a change.
const fn kind(change: &Change) -> i32 {
    match change {
        Change::Fired(_) => 1,
        Change::Reopened(_) => 2,
        Change::Escalated(_) => 3,
        Change::Acknowledged { .. } => 4,
        Change::AcknowledgementExpired => 5,
        Change::Recovered(_) => 6,
        Change::Faded => 7,
        Change::Closed { .. } => 8,
        Change::Rebased { .. } => 9,
        Change::Recalled { .. } => 10,
        Change::Reclassified { .. } => 11,
        Change::Noted => 12,
        Change::Ended => 13,
    }
}

/// Tells a change.
pub(super) fn write<S: Sink>(out: &mut S, change: &Change) {
    use table::change as f;
    out.choice(&f::KIND, kind(change));
    match change {
        Change::Fired(by) | Change::Reopened(by) | Change::Escalated(by) => out.choice(&f::BY, by.number()),
        Change::Acknowledged { who, why, until } => {
            out.text(&f::WHO, who.as_str());
            out.text(&f::WHY, why.as_str());
            out.time(&f::UNTIL, *until);
        }
        Change::AcknowledgementExpired | Change::Faded | Change::Noted | Change::Ended => {}
        Change::Recovered(week) => out.shown(&f::WEEK, week),
        Change::Closed { who, why } | Change::Rebased { who, why } => {
            out.text(&f::WHO, who.as_str());
            out.text(&f::WHY, why.as_str());
        }
        Change::Recalled { undone_by, withdrawn } => {
            out.texts(&f::UNDONE_BY, undone_by);
            out.natural(&f::WITHDRAWN, u64::from(*withdrawn));
        }
        Change::Reclassified { from, to } => {
            out.choice(&f::FROM, from.number());
            out.choice(&f::TO, to.number());
        }
    }
}

/// Reads a change.
pub(super) fn read(change: &pb::Change) -> Reading<Change> {
    let by = || choice::<FiredBy>("change.by", change.by);
    let author = || Ok((name("change.who", &change.who, ActorId::parse)?, name("change.why", &change.why, Label::parse)?));
    Ok(match change.kind {
        0 => return Err(missing("change.kind")),
        1 => Change::Fired(by()?),
        2 => Change::Reopened(by()?),
        3 => Change::Escalated(by()?),
        4 => {
            let (who, why) = author()?;
            Change::Acknowledged { who, why, until: instant("change.until", change.until)? }
        }
        5 => Change::AcknowledgementExpired,
        6 => Change::Recovered(week("change.week", &change.week)?),
        7 => Change::Faded,
        8 => author().map(|(who, why)| Change::Closed { who, why })?,
        9 => author().map(|(who, why)| Change::Rebased { who, why })?,
        10 => Change::Recalled { undone_by: records(&change.undone_by)?, withdrawn: change.withdrawn },
        11 => Change::Reclassified { from: choice("change.from", change.from)?, to: choice("change.to", change.to)? },
        12 => Change::Noted,
        13 => Change::Ended,
        _ => return Err(bad("change.kind", BadValue::UnknownWord)),
    })
}

fn records(texts: &[String]) -> Reading<Vec<RecordId>> {
    if texts.len() > LIST_MAX {
        return Err(bad("change.undone_by", BadValue::TooLong));
    }
    texts.iter().map(|text| hex("change.undone_by", text, RecordId::parse)).collect()
}
