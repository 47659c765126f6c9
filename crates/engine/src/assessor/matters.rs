//! What is on record about the weeks and series of a regime: circumstances, outages, changes of definition, backfills.
//!
//! They say how figures are to be read, and which weeks teach nothing. What must never enter: a count, or a conclusion from what
//! coincides.

use crate::sentinel::scope::selects;
use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    assessment::{Mode, Modes},
    event::{FeedCondition, FeedStatus, Selector},
    name::SourceId,
    pack::{CalendarEntry, Pack},
    record::RecordId,
    series::{Count, SeriesKey},
    time::{Day, Occurred, Tick, Week},
};

/// Weeks that count as recent when a reader is told what else is on record: a quarter.
const RECENT_WEEKS: i32 = 13;
/// How long something is kept after its last day, weeks: two years and a half, longer than any look back.
const KEPT_WEEKS: i32 = 130;

/// Days that something covers, for the series it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    affects: Selector,
    from: Day,
    until: Day,
}

/// A change of what is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Break {
    affects: Selector,
    effective: Day,
    known: Tick,
}

/// Weeks in which a feed delivers history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Backfill {
    since: Week,
    until: Option<Week>,
}

/// Everything on record beside the counts of a regime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Matters {
    circumstances: BTreeMap<RecordId, Span>,
    outages: BTreeMap<RecordId, Span>,
    breaks: BTreeMap<RecordId, Break>,
    backfills: BTreeMap<SourceId, Backfill>,
}

impl Matters {
    pub(crate) fn circumstance(&mut self, record: RecordId, affects: Selector, occurred: &Occurred) {
        self.circumstances.insert(record, Span { affects, from: occurred.day, until: occurred.last_day });
    }

    pub(crate) fn outage(&mut self, record: RecordId, affects: Selector, (from, until): (Day, Day)) {
        self.outages.insert(record, Span { affects, from, until });
    }

    /// What is counted changes on a day, and figures before and after it are not known to be comparable.
    pub(crate) fn definition(&mut self, record: RecordId, affects: Selector, (effective, known): (Day, Tick)) {
        self.breaks.insert(record, Break { affects, effective, known });
    }

    pub(crate) fn feed(&mut self, source: &SourceId, status: &FeedStatus, known: Tick) {
        let week = known.day().week();
        match status.condition {
            FeedCondition::BackfillStarted => {
                self.backfills.insert(source.clone(), Backfill { since: week, until: None });
            }
            FeedCondition::BackfillEnded => {
                if let Some(backfill) = self.backfills.get_mut(source) {
                    backfill.until.get_or_insert(week);
                }
            }
            FeedCondition::Heartbeat | FeedCondition::GapDeclared | FeedCondition::Retired | FeedCondition::Unrecognised(_) => {}
        }
    }

    /// The weeks, first and last, that declared outages touch for a series.
    pub(crate) fn outages_of<'a>(&'a self, series: &'a SeriesKey) -> impl Iterator<Item = (Week, Week)> + 'a {
        let of_series = self.outages.values().filter(|outage| selects(&outage.affects, series));
        of_series.map(|outage| (outage.from.week(), outage.until.week()))
    }

    /// Counts of which a feed delivers history in a week.
    pub(crate) fn backfilled(&self, pack: &Pack, week: Week) -> Vec<Count> {
        let holds = |backfill: &Backfill| backfill.since <= week && backfill.until.is_none_or(|until| week <= until);
        let sources = self.backfills.iter().filter(|(_, backfill)| holds(backfill)).map(|(source, _)| source);
        let feeds = sources.filter_map(|source| pack.feeds.iter().find(|feed| feed.source == *source));
        let mut counts: Vec<Count> = feeds.flat_map(|feed| feed.counts.iter().copied()).collect();
        counts.sort_unstable();
        counts.dedup();
        counts
    }

    /// Whether there is nothing that could mark a series.
    pub(crate) fn is_empty(&self) -> bool {
        self.circumstances.is_empty() && self.outages.is_empty() && self.breaks.is_empty()
    }

    /// Marks what a reader of a series' week has to keep in mind. `since` is the onset, if there is one; `rebased` the newest tick
    /// at which its level was set anew.
    pub(crate) fn mark(&self, modes: &mut Modes, series: &SeriesKey, (week, since): (Week, Option<Week>), rebased: Option<Tick>) {
        let recent = recent(week);
        let meets = |span: &Span, since: Day| span.from <= week.sunday() && since <= span.until && selects(&span.affects, series);
        let since = looked_back(week, since);
        if self.circumstances.values().any(|span| meets(span, since)) {
            modes.raise(Mode::Coincides);
        }
        if self.outages.values().any(|span| meets(span, recent)) {
            modes.raise(Mode::OutageDeclared);
        }
        let breaks = |change: &Break| {
            let mended = rebased.is_some_and(|tick| change.known < tick && change.effective <= tick.day());
            !mended && change.effective <= week.sunday() && selects(&change.affects, series)
        };
        if self.breaks.values().any(breaks) {
            modes.raise(Mode::DefinitionBreak);
        }
    }

    /// Lets go of what is long over. A change of definition stays: only a person ends it.
    pub(crate) fn forget_before(&mut self, week: Week) {
        let oldest = Week(week.0 - KEPT_WEEKS).monday();
        self.circumstances.retain(|_, span| oldest <= span.until);
        self.outages.retain(|_, span| oldest <= span.until);
        self.backfills.retain(|_, backfill| backfill.until.is_none_or(|until| oldest.week() <= until));
    }
}

/// Marks a series' week that coincides with an entry of the calendar of the pack in force, by the rule for what events note.
pub(crate) fn mark_calendar(modes: &mut Modes, calendar: &[CalendarEntry], series: &SeriesKey, (week, since): (Week, Option<Week>)) {
    let since = looked_back(week, since);
    let meets = |CalendarEntry { circumstance, occurred }: &CalendarEntry| {
        occurred.day <= week.sunday() && since <= occurred.last_day && selects(&circumstance.affects, series)
    };
    if calendar.iter().any(meets) {
        modes.raise(Mode::Coincides);
    }
}

/// The first of the recent days at the close of a week.
fn recent(week: Week) -> Day {
    Week(week.0 - RECENT_WEEKS + 1).monday()
}

/// The first day on which something may coincide: that of the onset, if it is older than the recent days.
fn looked_back(week: Week, since: Option<Week>) -> Day {
    let recent = recent(week);
    since.map_or(recent, |onset| onset.monday().min(recent))
}
