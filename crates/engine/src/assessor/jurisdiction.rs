//! What the assessor keeps of one jurisdiction: its series in key order, their counts and statistics, and the alerts they opened.
//!
//! The numbers of the detector's weeks are at home here and nowhere else; outside there are only weeks of the calendar. What must
//! never enter: another jurisdiction, an alert's phase, the order in which tallies of one tick came.

use crate::{
    assessor::{
        close::Room,
        long::{Counts, Long},
        regime::Terms,
        rules::{Rules, feed},
        sharing::Sharing,
        weight::Waiting,
    },
    identity,
    sentinel::opening::{Moved, Opening, moved},
};
use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use surveillance::{Breach, Cell, Group, GroupWeek, Life, Role, SeriesWeek, Settings, Stream};
use vocab::{
    alert::Rule,
    assessment::{Onset, StreamAssessment, Turn},
    name::{JurisdictionCode, RegimeId},
    quantity::Unit,
    record::ClaimId,
    series::{Count, MeasureKey, SeriesKey},
    tally::Tally,
    time::{Day, Tick, Week},
};

/// One series of a jurisdiction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) key: SeriesKey,
    pub(crate) claim: ClaimId,
    pub(crate) opening: Option<Opening>,
    /// When what a standing condition of effort, yield or timeliness speaks of began, as it was seen when it fired.
    onsets: [Option<Onset>; 3],
    /// The newest tick at which its level was set anew.
    pub(crate) rebased: Option<Tick>,
    /// Of a series by weight: the typical consignment in which it is judged.
    pub(crate) consignment: Option<f64>,
    /// A week of it weighs more than can be held: it is judged no more.
    pub(crate) overflowed: bool,
}

/// The counts of a jurisdiction that has reported at least once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// The calendar's name of week 0.
    pub(crate) origin: Week,
    pub(crate) group: Group,
    /// The same counts judged without the life of conditions, where somebody wants to compare.
    pub(crate) bare: Option<Group>,
    /// In key order; positions are those of the group.
    pub(crate) members: Vec<Member>,
    /// Series by weight that are not judged yet.
    pub(crate) waiting: BTreeMap<SeriesKey, Waiting>,
    /// Of inspections and of interdictions.
    pub(crate) sharing: [Sharing; 2],
    /// What is kept beside the detector.
    pub(crate) long: Long,
    /// Counts that cannot be: nothing is judged any more until the log is read again.
    pub(crate) refused: bool,
}

/// Whether the bare statistic is computed beside the judgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Yardstick {
    #[default]
    Off,
    On,
}

impl Figures {
    /// The first report comes while a week is open: week 0 is the declared first week, or else the open one.
    pub(crate) fn begin((open, code): (Week, &JurisdictionCode), rules: &Rules, yardstick: Yardstick) -> Self {
        let origin = rules.pack.first_week.unwrap_or(open);
        let mut figures = Self {
            origin,
            group: Group::new(),
            bare: matches!(yardstick, Yardstick::On).then(Group::new),
            members: Vec::new(),
            waiting: BTreeMap::new(),
            sharing: Default::default(),
            long: Long::default(),
            refused: false,
        };
        figures.long.declare(code, &rules.pack, origin);
        // Weeks before the first report are weeks all the same: a declared first week dates every clock and season.
        let room = &mut Room::default();
        for _ in origin.0..open.0 {
            figures.close_groups(&rules.settings, [1.0; 2], room);
        }
        figures
    }

    /// The detector's number of a week.
    pub(crate) fn number(&self, week: Week) -> i64 {
        i64::from(week.0) - i64::from(self.origin.0)
    }

    /// The calendar's name of a numbered week.
    pub(crate) fn week(&self, number: i64) -> Week {
        let week = i64::from(self.origin.0).saturating_add(number);
        Week(i32::try_from(week).unwrap_or(if week < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The position of a series.
    pub(crate) fn position(&self, measure: &MeasureKey, unit: Unit) -> Result<usize, usize> {
        self.members.binary_search_by(|member| (&member.key.measure, member.key.unit).cmp(&(measure, unit)))
    }

    /// Adds a tally. What a broken count refuses is remembered as the state of the whole jurisdiction.
    pub(crate) fn add(&mut self, tally: &Tally, terms: &Terms<'_>) {
        let key = &tally.cell.series;
        let occurred = tally.cell.occurred.week();
        let counts = match tally.cell.count {
            Count::Inspections => terms.strata.count(tally.cell.first_known, tally.cell.stratum.as_ref()),
            Count::Interdictions | Count::Exposure => true,
        };
        let first_week = self.first_week(terms);
        if key.unit == Unit::Count {
            self.long.add(tally, if counts { Counts::Effort } else { Counts::Besides }, self.week(first_week));
        }
        if !counts || self.refused {
            return;
        }
        if key.measure == MeasureKey::Any {
            let number = self.number(occurred);
            let [of_inspections, of_interdictions] = &mut self.sharing;
            match tally.cell.count {
                Count::Inspections => of_inspections.add(number, tally.sum),
                Count::Interdictions => of_interdictions.add(number, tally.sum),
                Count::Exposure => {}
            }
            return;
        }
        let (week, known_week) = (self.number(occurred), self.number(tally.cell.first_known.week()));
        let cell = Cell { series: 0, feed: feed(tally.cell.count), week, known_week };
        if key.unit != Unit::Count {
            return self.add_weight(key, (cell, tally.cell.count, tally.sum), first_week);
        }
        let at = self.position(&key.measure, key.unit).unwrap_or_else(|at| {
            self.join(at, key, first_week);
            self.settle_outages(at, terms);
            at
        });
        let cell = Cell { series: at, ..cell };
        let added = self.group.add(cell, tally.sum.acts);
        let beside = self.bare.as_mut().map_or(Ok(()), |bare| bare.add(cell, tally.sum.acts));
        self.refused = added.and(beside).is_err();
    }

    /// A series enters with its first tally; where the first week is declared, its clock starts there.
    pub(crate) fn join(&mut self, at: usize, key: &SeriesKey, first_week: i64) {
        // What acts weigh is not independent of how many there are, so it adds nothing to a pool and is not listened to.
        let role = if key.unit == Unit::Count { Role::Measure } else { Role::Total };
        self.group.join(at, first_week, role);
        if let Some(bare) = &mut self.bare {
            bare.join(at, first_week, role);
        }
        let claim = identity::claim(&key.regime, Rule::Slippage, key);
        let member =
            Member { key: key.clone(), claim, opening: None, onsets: [None; 3], rebased: None, consignment: None, overflowed: false };
        self.members.insert(at, member);
    }

    /// Settles the weeks of the outages on record that concern a series.
    pub(crate) fn settle_outages(&mut self, at: usize, terms: &Terms<'_>) {
        let Some(key) = self.members.get(at).map(|member| member.key.clone()) else { return };
        for (from, until) in terms.matters.outages_of(&key) {
            self.settle(at, from, until);
        }
    }

    /// The detector's number of the week in which the clock of a series starts that is first told of now.
    fn first_week(&self, terms: &Terms<'_>) -> i64 {
        if terms.rules.pack.first_week.is_some() { 0 } else { self.group.open_week() }
    }

    /// Settles the weeks `from` to `until`, inclusive, of a series.
    pub(crate) fn settle(&mut self, at: usize, from: Week, until: Week) {
        let open = self.week(self.group.open_week());
        if let Some(member) = self.members.get(at).filter(|member| member.key.unit == Unit::Count) {
            self.long.settle(&member.key.measure, (from, until), open);
        }
        let (from, until) = (self.number(from), self.number(until));
        self.refused |= self.group.settle(at, from, until.saturating_add(1)).is_err();
    }

    /// Closes the open week of both statistics.
    pub(crate) fn close_groups(&mut self, settings: &Settings, sharing: [f64; 2], room: &mut Room) -> Option<(GroupWeek, Vec<SeriesWeek>)> {
        let Room { lines, scratch } = room;
        let closed = self.group.close_on(scratch, settings, sharing, lines);
        let bare = self.bare.as_mut().map(|bare| {
            let mut lines = Vec::new();
            let settings = Settings { life: Life::Off, ..settings.clone() };
            bare.close_on(scratch, &settings, sharing, &mut lines).map(|_| lines)
        });
        let outcome: Result<_, Breach> = closed.and_then(|week| Ok((week, bare.transpose()?.unwrap_or_default())));
        self.refused |= outcome.is_err();
        outcome.ok()
    }
}

impl Member {
    /// Keeps when a condition's change began from its firing to its end, and gives what is to be shown at this close.
    pub(crate) fn keep_onset(&mut self, stream: Stream, turn: Option<Turn>, newest: Option<Onset>) -> Option<Onset> {
        let kept = self.onsets.get_mut(stream.at())?;
        let stood = *kept;
        match turn {
            None | Some(Turn::Pended | Turn::Calmed | Turn::Escalated(_)) => {}
            Some(Turn::Fired(_)) => *kept = newest,
            Some(Turn::Recalled | Turn::Recovered(_) | Turn::Faded) => *kept = None,
        }
        kept.or(stood)
    }

    /// What its conditions did at a close opens or ends the alert of the series.
    pub(crate) fn follow(&mut self, day: Day, streams: &[StreamAssessment], merge_weeks: u16) {
        match (moved(streams), &mut self.opening) {
            (None, _) | (Some(Moved::Ends), None) => {}
            (Some(Moved::Fires), opening @ None) => *opening = Some(Opening::on(day)),
            (Some(Moved::Fires), Some(opening)) => {
                opening.fire(day, merge_weeks);
            }
            (Some(Moved::Ends), Some(opening)) => opening.end(day),
        }
    }

    /// An act ends its alert, and every condition with it.
    pub(crate) fn end(&mut self, day: Day) {
        self.onsets = [None; 3];
        if let Some(opening) = &mut self.opening {
            opening.end(day);
        }
    }

    /// Whether its alert stands.
    pub(crate) fn stands(&self) -> bool {
        self.opening.is_some_and(|opening| opening.is_open())
    }

    /// Whether its alert stands and is the one meant.
    pub(crate) fn is_named(&self, alert: vocab::record::AlertId) -> bool {
        self.opening.is_some_and(|opening| opening.is_open() && identity::alert(self.claim, opening.opened) == alert)
    }
}

/// A jurisdiction with a page: it has reported, or a pack lists it by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Jurisdiction {
    pub(crate) regime: RegimeId,
    pub(crate) code: JurisdictionCode,
    pub(crate) figures: Option<Figures>,
    #[serde(skip)]
    pub(crate) touched: bool,
}
