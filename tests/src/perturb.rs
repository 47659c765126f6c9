//! What may happen to a log without changing what it says: redelivery, records taken back and said again within a tick, and
//! the admitted log read once more.
//!
//! Must never enter: a change that a reader of the log would have to judge.

use crate::{
    chance::Chance,
    event_log::{Line, Log, Said},
    play::Played,
};
use std::collections::BTreeMap;
use vocab::{
    event::{Body, Event, Operation},
    name::{SourceId, SourceRecordId},
    time::{Day, Tick},
};

/// How many ticks later a copy arrives at most.
const TICKS_LATER_MAX: usize = 6;
/// Revisions are spread so that a pair fits between two of them.
const SPREAD: u32 = 10;
/// Days after its occurrence up to which a record is certainly inside the horizon of the packs of these logs.
const CERTAIN_DAYS: i32 = 400;

/// The lines of a log by tick.
fn by_tick(log: &Log) -> Vec<Vec<Line>> {
    log.lines.chunk_by(|one, next| one.clock == next.clock).map(<[Line]>::to_vec).collect()
}

fn together(log: &Log, ticks: Vec<Vec<Line>>) -> Log {
    Log { about: log.about.clone(), lines: ticks.into_iter().flatten().collect(), until: log.until }
}

/// The log with so many of a hundred events delivered again in a later tick: one of its own, or one of their own between two.
#[must_use]
pub fn with_duplicates(log: &Log, share: usize, chance: &mut Chance) -> Log {
    let mut ticks = by_tick(log);
    let rises = ticks.windows(2).all(|pair| pair[0][0].clock < pair[1][0].clock);
    let mut copies = Vec::new();
    for (at, lines) in ticks.iter().enumerate().take(ticks.len().saturating_sub(1)) {
        for line in lines {
            if matches!(line.said, Said::Event(_)) && chance.percent(share) {
                let to = at + 1 + chance.below(TICKS_LATER_MAX.min(ticks.len() - 1 - at));
                copies.push((to, line.said.clone()));
            }
        }
    }
    copies.sort_by_key(|(to, _)| *to);
    for (to, said) in copies.into_iter().rev() {
        let (before, clock) = (ticks[to - 1][0].clock.0, ticks[to][0].clock);
        let between = before + 1 + i64::try_from(chance.below(usize::try_from(clock.0 - before).unwrap_or(1))).unwrap_or(0);
        if rises && chance.percent(50) && between < clock.0 {
            ticks.insert(to, vec![Line { clock: Tick(between), said }]);
        } else {
            ticks[to].push(Line { clock, said });
        }
    }
    together(log, ticks)
}

/// The log in which so many of a hundred records that nobody speaks of again are taken back and said again within one tick.
#[must_use]
pub fn with_pairs(log: &Log, share: usize, chance: &mut Chance) -> Log {
    said_again(log, (share, &[Operation::Retract, Operation::Assert]), chance)
}

/// The log in which so many of a hundred records that nobody speaks of again are corrected to what they say already.
#[must_use]
pub fn with_empty_corrections(log: &Log, share: usize, chance: &mut Chance) -> Log {
    said_again(log, (share, &[Operation::Correct]), chance)
}

/// The log in which so many of a hundred records that nobody speaks of again are spoken of once more, in one tick, by revisions that
/// hold what the record holds.
fn said_again(log: &Log, (share, operations): (usize, &[Operation]), chance: &mut Chance) -> Log {
    let mut ticks = by_tick(log);
    let mut last: BTreeMap<(SourceId, SourceRecordId), (usize, Event, bool)> = BTreeMap::new();
    for (at, lines) in ticks.iter_mut().enumerate() {
        for line in lines {
            let Said::Event(event) = &mut line.said else { continue };
            event.revision = event.revision.saturating_mul(SPREAD);
            let key = (event.source.clone(), event.source_record_id.clone());
            // A record told twice in one revision, or not in their order, is left alone.
            let rises = last.get(&key).is_none_or(|(_, before, rises)| *rises && before.revision < event.revision);
            last.insert(key, (at, Event::clone(event), rises));
        }
    }
    let changes_of_rules: Vec<usize> = ticks.iter().enumerate().filter(|(_, lines)| lines.iter().any(is_pack)).map(|(at, _)| at).collect();
    for (at, event, rises) in last.into_values() {
        if !rises || !is_counted(&event) || !chance.percent(share) {
            continue;
        }
        let end = changes_of_rules.iter().copied().find(|change| *change >= at).unwrap_or(ticks.len() - 1);
        let to = at + chance.below(end.min(at + TICKS_LATER_MAX) - at.min(end) + 1);
        let clock = ticks[to][0].clock;
        if to > at && clock.day().0 - event.occurred.day.0 > CERTAIN_DAYS {
            continue;
        }
        for (later, operation) in (1..).zip(operations) {
            let again = Event { revision: event.revision + later, operation: *operation, ..event.clone() };
            ticks[to].push(Line { clock, said: Said::Event(Box::new(again)) });
        }
    }
    together(log, ticks)
}

fn is_pack(line: &Line) -> bool {
    matches!(&line.said, Said::Event(event) if matches!(event.body, Body::PackActivated(_)))
}

fn is_counted(event: &Event) -> bool {
    let counts = matches!(
        event.body,
        Body::InspectionPerformed(_)
            | Body::ExposureObserved(_)
            | Body::ExposureAggregate(_)
            | Body::SeizureRecorded(_)
            | Body::InterdictionOutcome(_)
    );
    counts && event.operation != Operation::Retract
}

/// The admitted log as it was stamped: what a replay of it reads.
#[must_use]
pub fn admitted_again(log: &Log, played: &Played) -> Log {
    let line =
        |one: &std::sync::Arc<vocab::record::Admitted>| Line { clock: one.known, said: Said::Event(Box::new(Event::clone(&one.event))) };
    let mut lines: Vec<Line> = played.admitted.iter().map(line).collect();
    lines.sort_by_key(|line| line.clock);
    let last = log.lines.last().map(|line| Line { clock: line.clock, said: Said::Clock });
    lines.extend(last.filter(|last| lines.last().is_some_and(|line| line.clock < last.clock)));
    Log { about: log.about.clone(), lines, until: log.until }
}

/// The days of the first and last line.
#[must_use]
pub fn days(log: &Log) -> Option<(Day, Day)> {
    Some((log.lines.first()?.clock.day(), log.lines.last()?.clock.day()))
}
