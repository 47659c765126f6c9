//! The close of a week for one jurisdiction: from counts to an assessment.
//!
//! Nothing is decided here that the statistics have not decided. What must never enter: an alert's phase, a composite of several
//! figures.

use crate::{
    assessor::{
        jurisdiction::{Figures, Jurisdiction},
        regime::Terms,
        rules::feed,
        weight, wording,
        yardstick::YardstickLine,
    },
    identity,
    seal::JUDGEMENT,
};
use alloc::vec::Vec;
use surveillance::{GroupWeek, Phase, Scratch, SeriesWeek, StreamWeek};
use vocab::{
    assessment::{Assessment, Diagnosis, Mode, Modes, PoolShare, PooledEvidence, Power, SeriesAssessment, Verdict},
    pack::{Jurisdictions, Measure},
    quantity::Unit,
    series::MeasureKey,
    time::Week,
};

/// Where a close puts what it says.
pub(crate) struct Outlet<'a> {
    pub(crate) out: &'a mut Vec<Assessment>,
    /// The bare statistic, where it is computed.
    pub(crate) yardstick: &'a mut Vec<YardstickLine>,
    pub(crate) room: &'a mut Room,
}

/// What closes use one after the other, kept to spare allocations.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// What the newest close says.
    pub(crate) lines: Vec<SeriesWeek>,
    pub(crate) scratch: Scratch,
}

/// What a close of the figures says.
struct Closed {
    week: GroupWeek,
    pooled: Vec<PooledEvidence>,
    series: Vec<SeriesAssessment>,
}

impl Jurisdiction {
    /// Closes a week. What has never reported is assessed only where a pack lists the jurisdiction by name.
    pub(crate) fn close(&mut self, week: Week, terms: &Terms<'_>, outlet: &mut Outlet<'_>) {
        self.touched = true;
        let blank = self.blank(week, terms);
        let Some(figures) = &mut self.figures else {
            if terms.rules.pack.first_week.is_none_or(|first| first <= week) && self.is_listed(terms) {
                outlet.out.push(Assessment { series: never_reported(week, terms), ..blank });
            }
            return;
        };
        if week < figures.origin {
            return;
        }
        let closed = figures.close(week, terms, outlet);
        outlet.out.push(match closed {
            None => Assessment { series: figures.unknown(), ..blank },
            Some(Closed { week, pooled, series }) => {
                Assessment { silent: wording::silent(&week), held: week.held.map(wording::hold), pooled, series, ..blank }
            }
        });
    }

    fn blank(&self, week: Week, terms: &Terms<'_>) -> Assessment {
        let day = week.sunday();
        Assessment {
            id: identity::assessment(&self.regime, &self.code, day),
            regime: self.regime.clone(),
            jurisdiction: self.code.clone(),
            week,
            day,
            judgement: JUDGEMENT,
            pack: terms.rules.pack.hash,
            silent: Vec::new(),
            held: None,
            pooled: Vec::new(),
            series: Vec::new(),
            around: self.figures.as_ref().map(|figures| figures.long.looked_at(week)).unwrap_or_default(),
        }
    }

    fn is_listed(&self, terms: &Terms<'_>) -> bool {
        match &terms.rules.pack.jurisdictions {
            Jurisdictions::Listed(listed) => listed.iter().any(|jurisdiction| jurisdiction.code == self.code),
            Jurisdictions::Pattern { .. } => false,
        }
    }
}

impl Figures {
    /// Closes a week; nothing if its counts cannot be.
    fn close(&mut self, week: Week, terms: &Terms<'_>, outlet: &mut Outlet<'_>) -> Option<Closed> {
        if self.refused {
            return None;
        }
        self.prepare(week, terms);
        let number = self.number(week);
        let sharing = self.sharing.each_mut().map(|sharing| sharing.factor(number));
        let windowed = terms.rules.settings_from(self.origin);
        let settings = windowed.as_ref().unwrap_or(&terms.rules.settings);
        outlet.room.lines.clear();
        let (closed, bare) = self.close_groups(settings, sharing, outlet.room)?;
        let lines = &outlet.room.lines;
        let bare = bare
            .iter()
            .filter(|line| self.is_counted(line.series))
            .filter_map(|line| self.measured(week, terms, (line, settings.threshold())));
        outlet.yardstick.extend(bare);
        let pooled = self.pooled(&closed, sharing, lines);
        let mut series = Vec::with_capacity(lines.len());
        series.extend(lines.iter().filter_map(|line| self.assess(week, terms, line)));
        self.close_long(week, terms, (&closed, &mut series));
        // In a held week evidence cannot grow, so that it is little says nothing.
        if closed.held.is_none() {
            weight::mark_steady(&mut series, settings.threshold());
        }
        self.close_weights(number, terms, &mut series);
        Some(Closed { week: closed, pooled, series })
    }

    /// The jurisdiction's evidence as a whole, with what its members have to do with it where it matters.
    fn pooled(&self, closed: &GroupWeek, sharing: [f64; 2], lines: &[SeriesWeek]) -> Vec<PooledEvidence> {
        let of_stream = |(stream, (pooled, sharing)): (surveillance::Stream, (Option<surveillance::PooledEvidence>, f64))| {
            let pooled = pooled?;
            let matters = lines.iter().any(|line| line.stream(stream).phase != Phase::Quiet);
            let mut members = Vec::new();
            if matters {
                members.reserve_exact(lines.len());
                members.extend(lines.iter().filter_map(|line| self.pool_share(line.series, line.stream(stream))));
            }
            Some(PooledEvidence {
                stream: wording::stream(stream),
                evidence_nats: pooled.evidence,
                onset: Some(self.week(pooled.segment.onset)),
                ratio: pooled.segment.ratio,
                sharing,
                members,
            })
        };
        let streams = [surveillance::Stream::Effort, surveillance::Stream::Yield];
        streams.into_iter().zip(closed.pooled.into_iter().zip(sharing)).filter_map(of_stream).collect()
    }

    fn pool_share(&self, series: usize, line: &StreamWeek) -> Option<PoolShare> {
        let (part, key) = (line.part?, &self.members.get(series)?.key);
        Some(PoolShare { measure: key.measure.clone(), unit: key.unit, ratio: part.ratio, nats: part.nats })
    }

    /// What is known about the week beside its counts: backfills, outages, and measures that were not in force all of it.
    fn prepare(&mut self, week: Week, terms: &Terms<'_>) {
        for &count in terms.backfilled {
            self.group.declare_backfill(feed(count));
        }
        for at in 0..self.members.len() {
            let is_out = self.members.get(at).is_some_and(|member| {
                let mut outages = terms.matters.outages_of(&member.key);
                outages.any(|(from, until)| from <= week && week <= until) || !is_in_force(terms, &member.key.measure, week)
            });
            if is_out {
                self.settle(at, week, week);
            }
        }
    }

    /// Whether a series counts acts, rather than what they weigh.
    fn is_counted(&self, at: usize) -> bool {
        self.members.get(at).is_some_and(|member| member.key.unit == Unit::Count)
    }

    /// What is said of series whose counts cannot be.
    fn unknown(&self) -> Vec<SeriesAssessment> {
        let gap = |key: &vocab::series::SeriesKey| gap(&key.measure, key.unit, Modes::default());
        let mut keys: Vec<_> = self.members.iter().map(|member| &member.key).chain(self.waiting.keys()).collect();
        keys.sort();
        keys.into_iter().map(gap).collect()
    }
}

/// Whether a measure was in force on every day of a week, by the pack in force at its close.
pub(crate) fn is_in_force(terms: &Terms<'_>, measure: &MeasureKey, week: Week) -> bool {
    let MeasureKey::One(id) = measure else { return true };
    let measures = &terms.rules.pack.measures;
    let listed = measures.binary_search_by(|measure| measure.id.cmp(id)).ok().and_then(|at| measures.get(at));
    listed.is_some_and(|measure| holds_all(measure, week))
}

fn holds_all(measure: &Measure, week: Week) -> bool {
    measure.holds_on(week.monday()) && measure.holds_on(week.sunday())
}

/// No report is not zero: every measure in force is a gap.
fn never_reported(week: Week, terms: &Terms<'_>) -> Vec<SeriesAssessment> {
    let mut modes = Modes::default();
    modes.raise(Mode::NeverReported);
    let in_force = terms.rules.pack.measures.iter().filter(|measure| holds_all(measure, week));
    // Acts are counted in acts, whatever unit of account a measure has besides.
    in_force.map(|measure| gap(&MeasureKey::One(measure.id.clone()), Unit::Count, modes)).collect()
}

pub(crate) fn gap(measure: &MeasureKey, unit: Unit, modes: Modes) -> SeriesAssessment {
    SeriesAssessment {
        measure: measure.clone(),
        unit,
        verdict: Verdict::Gap,
        seen: [0; 3],
        completeness: None,
        nowcast: None,
        streams: Vec::new(),
        diagnosis: Diagnosis::ReportingGap,
        power: Power::NONE,
        modes,
        erosion: None,
        mix: None,
        consignment: None,
    }
}
