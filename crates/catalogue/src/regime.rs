//! What the newest assessments and alerts say, as samples: rendered anew when that changes, so that nothing stale stays.
//!
//! Unknown is absent: never 0, never NaN. A series of which effort cannot be told has a verdict that says so. Beyond the budget the series
//! that slip keep their own samples, and `__other__` says the worst of the rest. What must never enter: a threshold, a verdict of our own.

use crate::{
    closed::{OPEN_PHASES, SEVERITIES},
    declared::{
        ALERTS, ANSWER_KNOWN, CLAIMS_MAX, COMPLETENESS_RATIO, DUTIES_OVERDUE, EFFORT_RATIO, EFFORT_RECENT_RATIO, EVIDENCE_NATS,
        POWER_RATIO, SERIES_MAX, VERDICT, YIELD_RATIO, YIELD_RECENT_RATIO,
    },
    exposition::Families,
    metric::Metric,
    table::Table,
};
use std::collections::BTreeMap;
use vocab::{
    alert::{Digest, Transition},
    assessment::{Assessment, Power, SeriesAssessment, Stream, StreamAssessment, Verdict},
    quantity::Unit,
    record::ClaimId,
    series::{Count, MeasureKey, SeriesKey},
    time::TICKS_PER_SECOND,
};

/// What is known of regimes: the newest assessment of each jurisdiction, and the newest transition of each claim.
#[derive(Debug, Default)]
pub struct Known<'a> {
    assessments: Vec<&'a Assessment>,
    alerts: BTreeMap<ClaimId, &'a Transition>,
    digests: Vec<&'a Digest>,
}

impl<'a> Known<'a> {
    /// What is known. Of several transitions of one claim the last decision counts.
    pub fn new(assessments: impl IntoIterator<Item = &'a Assessment>, transitions: impl IntoIterator<Item = &'a Transition>) -> Self {
        let mut known = Self { assessments: assessments.into_iter().collect(), alerts: BTreeMap::new(), digests: Vec::new() };
        known.assessments.sort_by(|one, other| (&one.regime, &one.jurisdiction).cmp(&(&other.regime, &other.jurisdiction)));
        for transition in transitions {
            let newest = known.alerts.entry(transition.claim).or_insert(transition);
            if (newest.at, newest.opened, newest.n) <= (transition.at, transition.opened, transition.n) {
                *newest = transition;
            }
        }
        known
    }

    /// The same with the newest digest of each regime: what of duties is known.
    #[must_use]
    pub fn with_digests(mut self, digests: impl IntoIterator<Item = &'a Digest>) -> Self {
        self.digests = digests.into_iter().collect();
        self
    }

    /// How many duties are overdue, by regime, jurisdiction and measure; 0 where a digest knows of duties and lists none.
    fn overdue(&self) -> BTreeMap<(&'a str, &'a str, String), u32> {
        let mut overdue = BTreeMap::new();
        for digest in &self.digests {
            let Some(rows) = &digest.overdue else { continue };
            let of_regime = self.assessments.iter().filter(|at| at.regime == digest.regime);
            for at in of_regime {
                let counted = at.series.iter().filter(|series| series.unit == Unit::Count);
                let measures = counted.map(|series| measure(&at.key(series)));
                for measure in measures.chain(core::iter::once(MeasureKey::Any.to_string())) {
                    overdue.entry((at.regime.as_str(), at.jurisdiction.as_str(), measure)).or_insert(0);
                }
            }
            for row in rows {
                let key = (row.series.regime.as_str(), row.series.jurisdiction.as_str(), measure(&row.series));
                *overdue.entry(key).or_insert(0) += row.overdue;
            }
        }
        overdue
    }

    /// The samples.
    #[must_use]
    pub fn families(&self) -> Families {
        let mut figures = Figures::default();
        let mut series: Vec<(&Assessment, &SeriesAssessment)> =
            self.assessments.iter().flat_map(|at| at.series.iter().map(move |series| (*at, series))).collect();
        // Stable: of equals the order of keys stays, so that who has a place of its own does not change from scrape to scrape.
        series.sort_by_key(|(_, series)| series.verdict != Verdict::Slip);
        for (place, (at, series)) in series.into_iter().enumerate() {
            figures.series(at, series, Room::of(place, SERIES_MAX));
        }
        self.assessments.iter().for_each(|at| figures.answered(at));
        let mut alerts: Vec<&Transition> = self.alerts.values().copied().collect();
        alerts.sort_by_key(|alert| !alert.phase.is_open());
        for (place, alert) in alerts.into_iter().enumerate() {
            figures.alert(alert, Room::of(place, CLAIMS_MAX));
        }
        let mut overdue: Vec<_> = self.overdue().into_iter().collect();
        overdue.sort_by_key(|(_, overdue)| core::cmp::Reverse(*overdue));
        for (place, ((regime, jurisdiction, measure), overdue)) in overdue.into_iter().enumerate() {
            let labels = [regime, jurisdiction, measure.as_str()];
            figures.set(&DUTIES_OVERDUE, &labels, (Some(f64::from(overdue)), Room::of(place, SERIES_MAX)));
        }
        figures.families()
    }
}

/// Whether samples have a place of their own.
#[derive(Clone, Copy)]
enum Room {
    Own,
    Other,
}

impl Room {
    const fn of(place: usize, max: usize) -> Self {
        if place < max { Self::Own } else { Self::Other }
    }
}

struct Figures(BTreeMap<&'static str, Table>);

impl Default for Figures {
    fn default() -> Self {
        Self(crate::declared::REGIME.iter().map(|metric| (metric.name, Table::new(metric))).collect())
    }
}

impl Figures {
    fn families(&self) -> Families {
        let mut families = Families::default();
        self.0.values().for_each(|table| families.take(table));
        families
    }

    fn set(&mut self, metric: &Metric, labels: &[&str], (value, room): (Option<f64>, Room)) {
        // A figure that is no number was never computed.
        let (Some(value), Some(table)) = (value.filter(|value| value.is_finite()), self.0.get_mut(metric.name)) else { return };
        match room {
            Room::Own => table.set(labels, value),
            Room::Other => table.set_beyond(labels, value),
        }
    }

    fn series(&mut self, at: &Assessment, series: &SeriesAssessment, room: Room) {
        let measure = measure(&at.key(series));
        let key = [at.regime.as_str(), at.jurisdiction.as_str(), measure.as_str()];
        let with = |last: &'static str| [key[0], key[1], key[2], last];
        for verdict in Verdict::ALL {
            let holds = f64::from(u8::from(verdict == series.verdict));
            self.set(&VERDICT, &with(verdict.as_str()), (Some(holds), room));
        }
        let says = Says::of(at, series);
        self.set(&EFFORT_RATIO, &key, (says.ratio(Stream::Effort, Count::Inspections), room));
        self.set(&YIELD_RATIO, &key, (says.ratio(Stream::Yield, Count::Interdictions), room));
        self.set(&COMPLETENESS_RATIO, &key, (says.completeness(), room));
        self.set(&POWER_RATIO, &key, (says.power().map(|power| power.half_in_26_weeks), room));
        for (metric, stream) in [(&EFFORT_RECENT_RATIO, Stream::Effort), (&YIELD_RECENT_RATIO, Stream::Yield)] {
            let Some(recent) = says.stream(stream).and_then(|stream| stream.recent) else { continue };
            for (bound, value) in [("estimate", recent.estimate), ("low", recent.low), ("high", recent.high)] {
                self.set(metric, &with(bound), (Some(value), room));
            }
        }
        for stream in Stream::ALL {
            let nats = says.stream(stream).and_then(|stream| stream.evidence_nats);
            self.set(&EVIDENCE_NATS, &with(stream.as_str()), (nats, room));
        }
    }

    fn answered(&mut self, at: &Assessment) {
        #[expect(clippy::cast_precision_loss, reason = "a tick of the years 1970 to 2199 has 36 bits")]
        let seconds = (at.day.last_tick().0 + 1) as f64 / TICKS_PER_SECOND as f64;
        self.set(&ANSWER_KNOWN, &[at.regime.as_str(), at.jurisdiction.as_str()], (Some(seconds), Room::Own));
    }

    /// One that stands counts in its severity and phase; everywhere else it is 0, so that an end is a sample and not an absence. Several
    /// rules of a pack on one series share their labels.
    fn alert(&mut self, alert: &Transition, room: Room) {
        let SeriesKey { regime, jurisdiction, .. } = &alert.series;
        let measure = measure(&alert.series);
        for severity in SEVERITIES {
            for phase in OPEN_PHASES {
                let stands = alert.severity.as_str() == *severity && alert.phase.as_str() == *phase;
                let labels = [regime.as_str(), jurisdiction.as_str(), &measure, alert.rule.as_str(), severity, phase];
                let stands = f64::from(u8::from(stands));
                match (room, self.0.get_mut(ALERTS.name)) {
                    (Room::Own, Some(table)) => table.add(&labels, stands),
                    (Room::Other, Some(table)) => table.set_beyond(&labels, stands),
                    (Room::Own | Room::Other, None) => {}
                }
            }
        }
    }
}

/// What a series says, and whether it can.
struct Says<'a> {
    at: &'a Assessment,
    series: &'a SeriesAssessment,
}

impl<'a> Says<'a> {
    const fn of(at: &'a Assessment, series: &'a SeriesAssessment) -> Self {
        Self { at, series }
    }

    /// Whether anything is known of the week: a held week, and one without reports or a level, says nothing.
    const fn is_known(&self) -> bool {
        match self.series.verdict {
            Verdict::Gap | Verdict::Learning => false,
            Verdict::Slip | Verdict::Watch | Verdict::Insufficient | Verdict::Normal => self.at.held.is_none(),
        }
    }

    fn stream(&self, stream: Stream) -> Option<&'a StreamAssessment> {
        if self.is_known() && self.series.verdict != Verdict::Insufficient { self.series.stream(stream) } else { None }
    }

    /// Seen over expected of the last week, unless its reports have stopped.
    fn ratio(&self, stream: Stream, count: Count) -> Option<f64> {
        if self.at.silent.contains(&count) {
            return None;
        }
        let expected = self.stream(stream)?.expected?.estimate;
        let seen = *self.series.seen.get(count as usize)?;
        #[expect(clippy::cast_precision_loss, reason = "a week's count is far below 2^53")]
        let seen = seen as f64;
        (expected > 0.0).then(|| seen / expected)
    }

    fn completeness(&self) -> Option<f64> {
        if self.is_known() && !self.at.silent.contains(&Count::Inspections) { self.series.completeness } else { None }
    }

    /// Also where it is too little to say anything: that is why.
    const fn power(&self) -> Option<&'a Power> {
        if self.is_known() { Some(&self.series.power) } else { None }
    }
}

/// The measure, with its unit where it is not counted one by one: as in every other text, without the jurisdiction.
fn measure(key: &SeriesKey) -> String {
    let text = key.to_string();
    text.get(key.jurisdiction.as_str().len() + 1..).unwrap_or_default().to_owned()
}
