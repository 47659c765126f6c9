//! One week of one jurisdiction: exposure flows, strands of acts inspect a part of it, and some acts find something.
//!
//! A strand is one process of acts: each series has its own, and where acts serve several measures one more is shared. What
//! must never enter: a row of the file.

use crate::generate::{
    chance::Chance,
    change::{Factors, Feed, YEAR_WEEKS},
    desk::{Desk, Timing, seconds},
    mix::Mix,
    pending::{DAY_SECONDS, Pending, Report, WEEK_SECONDS},
    plan::{Place, Series},
    scenario::{Scenario, Sharing},
};
use std::f64::consts::TAU;

/// The yearly wave of effort runs this far ahead of the wave of exposure, in radians.
const EFFORT_AHEAD: f64 = 1.0;
/// A return of exposure is drawn up when its day is nearly over.
const RETURN_AT: f64 = 0.99;

/// Exposure of one series, or of all where acts are shared.
#[derive(Clone, Debug)]
struct Flow {
    measures: u16,
    series: usize,
    counts: Chance,
    reports: Chance,
    ordinal: u32,
}

/// One process of acts.
#[derive(Clone, Debug)]
struct Strand {
    /// The measures it may serve.
    measures: u16,
    /// How many of them an act serves.
    serves: u16,
    /// The series whose level it has.
    series: usize,
    /// Its mean over that of a series.
    share: f64,
    /// Where its correlated level stands, on the scale of logarithms.
    drift: Option<f64>,
    counts: Chance,
    acts: Chance,
    reports: Chance,
    ordinal: u32,
}

/// A jurisdiction on its way through the weeks.
#[derive(Clone, Debug)]
pub struct Way<'s> {
    place: Place<'s>,
    number: u32,
    weeks: u16,
    flows: Vec<Flow>,
    strands: Vec<Strand>,
    desk: Desk<'s>,
    mix: Mix,
}

impl<'s> Way<'s> {
    /// The way of a jurisdiction, the `number`-th of all, from the first week on.
    #[must_use]
    pub fn of(place: Place<'s>, number: u32, scenario: &Scenario, seed: u64) -> Self {
        let (desk, mix) = (Desk::of(&place), Mix::of(place.group, &scenario.strata()));
        let all = place.series.iter().fold(0, |mask, series| mask | 1 << series.measure);
        let alone = |at: usize| (at, 1 << place.series[at].measure, scenario.measures[place.series[at].measure].as_str());
        let shared = place.group.sharing;
        let flow = |(series, measures, name): (usize, u16, &str)| Flow {
            measures,
            series,
            counts: place.chance(seed, name, "exposure"),
            reports: place.chance(seed, name, "returns"),
            ordinal: 0,
        };
        let strand = |(series, measures, name): (usize, u16, &str), serves: u16, share: f64| Strand {
            measures,
            serves,
            series,
            share,
            drift: None,
            counts: place.chance(seed, name, "counts"),
            acts: place.chance(seed, name, "acts"),
            reports: place.chance(seed, name, "reports"),
            ordinal: 0,
        };
        let of_series = shared.map_or(0.0, |sharing| shared_share_of_series(sharing, place.series.len()));
        let mut strands: Vec<Strand> = (0..place.series.len()).map(|at| strand(alone(at), 1, 1.0 - of_series)).collect();
        let flows = match shared {
            Some(_) => vec![flow((0, all, "shared"))],
            None => (0..place.series.len()).map(|at| flow(alone(at))).collect(),
        };
        if let Some(sharing) = shared {
            let acts = of_series * place.series.len() as f64 / f64::from(sharing.measures);
            strands.push(strand((0, all, "shared"), sharing.measures, acts));
        }
        Self { place, number, weeks: scenario.weeks, flows, strands, desk, mix }
    }

    /// The jurisdiction.
    #[must_use]
    pub const fn place(&self) -> &Place<'s> {
        &self.place
    }

    /// The measures that a source's acts may serve, one bit each.
    #[must_use]
    pub fn serves(&self, feed: Feed, source: u16) -> u16 {
        let source = usize::from(source);
        match feed {
            Feed::Exposure => self.flows[source].measures,
            Feed::Inspections | Feed::Interdictions => self.strands[source].measures,
        }
    }

    /// Draws a week.
    pub fn week(&mut self, week: u16, pending: &mut Pending) {
        let factors: Vec<Factors> = self.place.series.iter().map(|series| self.place.factors(series, week)).collect();
        let exposure: Vec<f64> = (0..self.flows.len()).map(|flow| self.flow(flow, week, &factors, pending)).collect();
        for at in 0..self.strands.len() {
            let flow = if exposure.len() == 1 { 0 } else { at };
            self.strand(at, (week, exposure[flow]), &factors, pending);
        }
    }

    /// Exposure of a flow in a week, reported day by day. Without exposure in the scenario: what it would be on average, in
    /// inspections.
    fn flow(&mut self, at: usize, week: u16, factors: &[Factors], pending: &mut Pending) -> f64 {
        let (group, flow) = (self.place.group, &mut self.flows[at]);
        let series = &self.place.series[flow.series];
        let middle = f64::from(week) - f64::from(self.weeks) / 2.0;
        let growth = (group.growth_per_year * middle / YEAR_WEEKS).exp();
        let season = wave(group.season.exposure.map_or(0.0, |share| share.value()), series, week, 0.0);
        let inspections = series.level.inspections_per_week * growth * season * factors[flow.series].exposure;
        let Some(ratio) = series.level.exposure_per_inspection else { return inspections };
        let total = flow.counts.count(inspections * ratio, group.noise.exposure_dispersion);
        for (count, day) in flow.counts.by_day(total).into_iter().zip(0..).filter(|(count, _)| *count > 0) {
            let occurred = i64::from(week) * WEEK_SECONDS + day * DAY_SECONDS + seconds(RETURN_AT);
            let line = report((self.number, Feed::Exposure, at, flow.ordinal), occurred, (flow.measures, count));
            flow.ordinal += 1;
            self.desk.send(line, (occurred, group.delays.exposure, 1.0), &mut flow.reports, pending);
        }
        f64::from(total)
    }

    fn strand(&mut self, at: usize, (week, exposure): (u16, f64), factors: &[Factors], pending: &mut Pending) {
        let (place, strand) = (&self.place, &mut self.strands[at]);
        let (group, series) = (place.group, &place.series[strand.series]);
        let per_exposure = strand.share / series.level.exposure_per_inspection.unwrap_or(1.0);
        let season = wave(group.season.effort.map_or(0.0, |share| share.value()), series, week, EFFORT_AHEAD);
        // A shared act leaves the series that do less, one by one, below; a strand of one series is drawn as it is.
        let effort = if strand.serves > 1 { 1.0 } else { factors[strand.series].effort };
        let mean = exposure * per_exposure * season * effort * strand.drift(place);
        let acts = strand.counts.count(mean, group.noise.dispersion);
        if place.outages.contains(&week) {
            return;
        }
        for _ in 0..acts {
            let stratum = self.mix.stratum(series.course, week, strand.acts.share());
            let drawing = Drawing { place, factors, week, stratum, line: (self.number, at) };
            strand.act(&drawing, |line, timing, chance| self.desk.send(line, timing, chance, pending));
        }
    }
}

/// Share of a series' acts that are shared ones, from the share of a jurisdiction's acts that are.
fn shared_share_of_series(sharing: Sharing, measures: usize) -> f64 {
    let (share, serves) = (sharing.share_of_acts.value(), f64::from(sharing.measures));
    debug_assert!(usize::from(sharing.measures) <= measures, "checked with the scenario");
    share * serves / (share * serves + 1.0 - share)
}

fn wave(amplitude: f64, series: &Series, week: u16, ahead: f64) -> f64 {
    (amplitude * (TAU * f64::from(week) / YEAR_WEEKS + series.level.phase + ahead).sin()).exp()
}

fn report((place, feed, source, ordinal): (u32, Feed, usize, u32), occurred: i64, (measures, count): (u16, u32)) -> Report {
    // A jurisdiction has at most one source more than measures.
    let source = source as u16;
    Report { stands: occurred, place, feed, source, ordinal, known: occurred, occurred, measures, count, stratum: None }
}

/// What the acts of a strand have in common in a week.
#[derive(Clone, Copy)]
struct Drawing<'p> {
    place: &'p Place<'p>,
    factors: &'p [Factors],
    week: u16,
    stratum: Option<u8>,
    line: (u32, usize),
}

impl Strand {
    /// The factor of the correlated level, moved on by a week.
    fn drift(&mut self, place: &Place<'_>) -> f64 {
        let noise = place.group.noise;
        let (Some(correlation), Some(sd)) = (noise.autocorrelation, noise.autocorrelation_sd) else { return 1.0 };
        let (correlation, sd) = (correlation.value(), sd.value());
        let drawn = sd * self.counts.normal();
        let level = self.drift.map_or(drawn, |before| correlation * before + (1.0 - correlation * correlation).sqrt() * drawn);
        self.drift = Some(level);
        level.exp()
    }

    /// Draws an act and, where it finds something, its find.
    fn act(&mut self, drawing: &Drawing<'_>, mut send: impl FnMut(Report, Timing, &mut Chance) -> i64) {
        let Drawing { place, factors, week, stratum, line: (number, at) } = *drawing;
        let group = place.group;
        let day = i64::from(week) * WEEK_SECONDS + i64::from(self.acts.weekday()) * DAY_SECONDS;
        let occurred = day + seconds(self.acts.share());
        let (kept, found) = (self.acts.share(), self.acts.share());
        let mut measures = self.measures_of_act();
        if self.serves > 1 {
            measures = only(measures, place, |series| kept < factors[series].effort);
        }
        let line = Report { stratum, ..report((number, Feed::Inspections, at, self.ordinal), occurred, (measures, 1)) };
        self.ordinal += 1;
        if measures == 0 {
            return;
        }
        let times = factors[self.series].delay;
        let known = send(line, (occurred, group.delays.inspections, times), &mut self.reports);
        let rate = |at: usize| place.series[at].level.hit_rate.unwrap_or(0.0) * factors[at].found;
        let finds = only(measures, place, |series| found < rate(series));
        if finds != 0 {
            let find = Report { feed: Feed::Interdictions, measures: finds, ..line };
            send(find, (known, group.delays.interdictions, times), &mut self.reports);
        }
    }

    /// The measures an act serves: all the strand has, or as many as it shall, drawn anew.
    fn measures_of_act(&mut self) -> u16 {
        let mut measures = self.measures;
        let mut many = measures.count_ones();
        while many > u32::from(self.serves) {
            // Takes one out, each as likely as the others.
            let nth = self.acts.below(many as u16);
            let bit = (0..16).filter(|bit| measures & 1 << bit != 0).nth(usize::from(nth));
            measures &= bit.map_or(0, |bit: u32| !(1 << bit));
            many = measures.count_ones();
        }
        measures
    }
}

/// The measures that a test of their series lets through.
fn only(measures: u16, place: &Place<'_>, test: impl Fn(usize) -> bool) -> u16 {
    let kept = place.series.iter().enumerate().filter(|(at, _)| test(*at));
    measures & kept.fold(0, |mask, (_, series)| mask | 1 << series.measure)
}
