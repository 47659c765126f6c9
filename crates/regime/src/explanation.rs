//! What a compiled pack amounts to, as plain lines that a command prints or writes as JSON.
//!
//! What must never enter: a judgement of a pack, or the threshold that follows from its rate of false alarms.

use crate::{
    erosion::remark,
    obligation::{ObligationLine, obligation_line},
    shape::Shape,
    watch::{WatchLine, watch_line},
    word::{ADOPTIONS, ARRIVALS, BASES, COUNTS, DIRECTIONS, EFFECTS, EXPOSURES, KINDS, PURPOSES, UNITS, word_of},
};
use serde::Serialize;
use std::fmt;
use vocab::{
    name::JurisdictionCode,
    pack::{CalendarEntry, CompletenessRule, Feed, Intervention, Jurisdictions, Measure, Pack, Policy, Pool, ReferenceWindow},
    series::Count,
};

/// A pack in plain words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The regime's id.
    pub regime: String,
    /// Its name for people.
    pub title: String,
    /// Version of the pack.
    pub version: u32,
    /// SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// The declared first week, such as `2019-W01`.
    pub first_week: Option<String>,
    /// The measures, by id.
    pub measures: Vec<MeasureLine>,
    /// How many measures are known in which way: read, recalled, measured.
    pub measures_by_basis: [(&'static str, usize); 3],
    /// How many jurisdictions are listed, or may appear.
    pub jurisdictions_max: u32,
    /// How jurisdictions are named: `listed`, or the pattern.
    pub jurisdictions: String,
    /// Pairs (jurisdiction, neighbour) declared.
    pub neighbours: usize,
    /// The feeds, by source.
    pub feeds: Vec<FeedLine>,
    /// Strata that count as effort; empty for all of them.
    pub effort_strata: Vec<String>,
    /// `reported` or `absent`.
    pub exposure: &'static str,
    /// The calendar, by first day.
    pub calendar: Vec<CalendarLine>,
    /// The frozen window that long erosion is measured against, such as `2003-W01 to 2007-W52`.
    pub erosion: Option<String>,
    /// Interventions after which displacement is looked for, by day.
    pub displacement: Vec<InterventionLine>,
    /// Obligations with a clock, by name.
    pub obligations: Vec<ObligationLine>,
    /// Rules on facts, by name.
    pub watch: Vec<WatchLine>,
    /// What to keep in mind about the pack, though nothing of it is wrong.
    pub remarks: Vec<String>,
    /// False pages accepted per series and year.
    pub false_alarms_per_series_year: f64,
    /// Every parameter of the policy in force, as key and value.
    pub policy: Vec<(&'static str, String)>,
}

/// A measure in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeasureLine {
    /// Its id.
    pub id: String,
    /// In words.
    pub title: String,
    /// What it rests on.
    pub instrument: String,
    /// How that is known.
    pub basis: &'static str,
    /// Who issued it.
    pub issuer: String,
    /// What it is for.
    pub purpose: &'static str,
    /// HS codes in scope.
    pub hs: Vec<String>,
    /// Which way the goods go.
    pub direction: &'static str,
    /// Its unit of account.
    pub unit: &'static str,
    /// The unit in which its acts are weighed besides, if they are.
    pub weighed_in: Option<&'static str>,
    /// First day in force, such as `2017-12-22`.
    pub from: Option<String>,
    /// First day no longer in force.
    pub to: Option<String>,
}

/// A feed in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedLine {
    /// Its id.
    pub source: String,
    /// What it counts.
    pub counts: Vec<&'static str>,
    /// Days between two reports.
    pub every_days: u16,
    /// `singly` or `lots`.
    pub arrives: &'static str,
}

/// An entry of the calendar in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalendarLine {
    /// What it is.
    pub label: String,
    /// Its first day, such as `2019-03-04`.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// What sort of circumstance.
    pub kind: &'static str,
    /// Which figures it may move.
    pub effect: Option<&'static str>,
    /// The jurisdiction that it concerns, if not all.
    pub jurisdiction: Option<String>,
    /// The measure that it concerns, if not all.
    pub measure: Option<String>,
}

/// An intervention in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterventionLine {
    /// What it was.
    pub label: String,
    /// The first day after it, such as `2004-07-20`.
    pub day: String,
    /// Where it was done.
    pub treated: Vec<String>,
    /// Where traffic may have gone.
    pub neighbours: Vec<String>,
    /// Where neither is expected.
    pub controls: Vec<String>,
    /// Which count is compared.
    pub counts: &'static str,
    /// Weeks before the day that are compared.
    pub before_weeks: u16,
    /// The looks it is given, weeks after the day.
    pub looks_weeks: Vec<u16>,
}

/// Says what a pack amounts to.
#[must_use]
pub fn explain(pack: &Pack) -> Explanation {
    let (jurisdictions, jurisdictions_max, neighbours) = places(&pack.jurisdictions);
    let known = |basis| pack.measures.iter().filter(|measure| measure.basis == basis).count();
    Explanation {
        regime: pack.regime.to_string(),
        title: pack.title.to_string(),
        version: pack.version,
        hash: pack.hash.to_string(),
        first_week: pack.first_week.map(|week| week.to_string()),
        measures: pack.measures.iter().map(measure_line).collect(),
        measures_by_basis: BASES.map(|(word, basis)| (word, known(basis))),
        jurisdictions_max,
        jurisdictions,
        neighbours,
        feeds: pack.feeds.iter().map(feed_line).collect(),
        effort_strata: pack.effort_strata.iter().map(ToString::to_string).collect(),
        exposure: word_of(&EXPOSURES, &pack.exposure),
        calendar: pack.calendar.iter().map(calendar_line).collect(),
        erosion: pack.erosion.map(|reference| format!("{} to {}", reference.first, reference.last)),
        displacement: pack.interventions.iter().map(intervention_line).collect(),
        obligations: pack.obligations.iter().map(obligation_line).collect(),
        watch: pack.watches.iter().map(watch_line).collect(),
        remarks: pack.erosion.and_then(remark).into_iter().chain(without_effort(pack)).collect(),
        false_alarms_per_series_year: pack.policy.false_alarms_per_series_year,
        policy: parameters(&pack.policy),
    }
}

fn places(jurisdictions: &Jurisdictions) -> (String, u32, usize) {
    match jurisdictions {
        Jurisdictions::Listed(list) => {
            let neighbours = list.iter().map(|place| place.neighbours.len()).sum();
            let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
            ("listed".to_owned(), count, neighbours)
        }
        Jurisdictions::Pattern { shape, max } => (pattern(shape), *max, 0),
    }
}

/// A shape written as a pattern again, one class per character.
fn pattern(shape: &Shape) -> String {
    let class = |ranges: &Vec<(char, char)>| match ranges.as_slice() {
        [(low, high)] if low == high => low.to_string(),
        ranges => {
            let inside = ranges.iter().map(|(low, high)| match low == high {
                true => low.to_string(),
                false => format!("{low}-{high}"),
            });
            format!("[{}]", inside.collect::<String>())
        }
    };
    shape.iter().map(class).collect()
}

fn measure_line(measure: &Measure) -> MeasureLine {
    MeasureLine {
        id: measure.id.to_string(),
        title: measure.title.to_string(),
        instrument: measure.instrument.to_string(),
        basis: word_of(&BASES, &measure.basis),
        issuer: measure.issuer.to_string(),
        purpose: word_of(&PURPOSES, &measure.purpose),
        hs: measure.hs_scope.iter().map(ToString::to_string).collect(),
        direction: word_of(&DIRECTIONS, &measure.direction),
        unit: word_of(&UNITS, &measure.unit),
        weighed_in: measure.weighed_in.map(|unit| word_of(&UNITS, &unit)),
        from: measure.from.map(|day| day.to_string()),
        to: measure.to.map(|day| day.to_string()),
    }
}

fn feed_line(feed: &Feed) -> FeedLine {
    FeedLine {
        source: feed.source.to_string(),
        counts: feed.counts.iter().map(|count| word_of(&COUNTS, count)).collect(),
        every_days: feed.expected_interval_days,
        arrives: word_of(&ARRIVALS, &feed.arrives_in),
    }
}

fn calendar_line(CalendarEntry { circumstance, occurred }: &CalendarEntry) -> CalendarLine {
    CalendarLine {
        label: circumstance.text.to_string(),
        from: occurred.day.to_string(),
        to: occurred.last_day.to_string(),
        kind: word_of(&KINDS, &circumstance.kind),
        effect: circumstance.effect.map(|effect| word_of(&EFFECTS, &effect)),
        jurisdiction: circumstance.affects.jurisdiction.as_ref().map(ToString::to_string),
        measure: circumstance.affects.measure.as_ref().map(ToString::to_string),
    }
}

/// What it costs that no listed feed brings inspections; of a pack without feeds its site knows.
fn without_effort(pack: &Pack) -> Option<String> {
    let brings = |feed: &Feed| feed.counts.contains(&Count::Inspections);
    let is_without = !pack.feeds.is_empty() && !pack.feeds.iter().any(brings);
    is_without.then(|| "feeds: none brings inspections, so effort is not judged and every verdict on it is `gap`".to_owned())
}

fn intervention_line(intervention: &Intervention) -> InterventionLine {
    let codes = |codes: &[JurisdictionCode]| codes.iter().map(ToString::to_string).collect();
    InterventionLine {
        label: intervention.label.to_string(),
        day: intervention.day.to_string(),
        treated: codes(&intervention.treated),
        neighbours: codes(&intervention.neighbours),
        controls: codes(&intervention.controls),
        counts: word_of(&COUNTS, &intervention.counts),
        before_weeks: intervention.before_weeks,
        looks_weeks: intervention.looks().collect(),
    }
}

/// Every parameter by its key; the keys are those of a pack.
fn parameters(policy: &Policy) -> Vec<(&'static str, String)> {
    let list = |numbers: &[f64]| {
        let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        format!("[{}]", texts.join(", "))
    };
    let mut lines = vec![
        ("false_alarms_per_series_year", policy.false_alarms_per_series_year.to_string()),
        ("slip_sizes", list(&policy.slip_sizes)),
        ("drift_per_week", list(&policy.drift_per_week)),
        ("lookback_weeks", policy.lookback_weeks.to_string()),
        ("guard_weeks", policy.guard_weeks.to_string()),
        ("min_reported_share", policy.min_reported_share.to_string()),
        ("silence_hold_weeks", policy.silence_hold_weeks.to_string()),
        ("silence_grace_weeks", policy.silence_grace_weeks.to_string()),
        ("outage_cap_sd", policy.outage_cap_sd.to_string()),
    ];
    lines.extend(match policy.pool {
        Pool::Off => vec![("pool", "off".to_owned())],
        Pool::Jurisdiction { penalty, own_floor } => {
            vec![("pool", "jurisdiction".to_owned()), ("pool_penalty", penalty.to_string()), ("pool_own_floor", own_floor.to_string())]
        }
        Pool::Mixture { part, penalty, own_floor } => vec![
            ("pool", "mixture".to_owned()),
            ("pool_part", part.to_string()),
            ("pool_penalty", penalty.to_string()),
            ("pool_own_floor", own_floor.to_string()),
        ],
    });
    lines.extend([
        ("recovered_at", policy.recovered_at.to_string()),
        ("recovery_evidence", policy.recovery_evidence.to_string()),
        ("fade_weeks", policy.fade_weeks.to_string()),
        ("recall_weeks", policy.recall_weeks.to_string()),
        ("merge_weeks", policy.merge_weeks.to_string()),
        ("escalation", policy.escalation.to_string()),
        ("horizon_weeks", policy.horizon_weeks.to_string()),
        ("effort_severity", policy.effort_severity.as_str().to_owned()),
    ]);
    if policy.completeness != CompletenessRule::Estimated {
        lines.push(("completeness", policy.completeness.as_str().to_owned()));
    }
    let window = policy.reference.map(|window| {
        let ReferenceWindow { first, last, adoption } = window;
        format!("{first} to {last}, once learnt: {}", word_of(&ADOPTIONS, &adoption))
    });
    lines.extend(window.map(|window| ("reference", window)));
    lines
}

impl fmt::Display for Explanation {
    /// The summary for a terminal: what is counted, by whom, and with what thresholds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}), version {}", self.title, self.regime, self.version)?;
        writeln!(f, "sha256         {}", self.hash)?;
        let bases = self.measures_by_basis.map(|(word, count)| format!("{count} {word}"));
        writeln!(f, "measures       {} ({})", self.measures.len(), bases.join(", "))?;
        let (places, max) = (&self.jurisdictions, self.jurisdictions_max);
        match places.as_str() {
            "listed" => writeln!(f, "jurisdictions  {max} listed, {} neighbours", self.neighbours)?,
            pattern => writeln!(f, "jurisdictions  {pattern}, at most {max}")?,
        }
        writeln!(f, "feeds          {}", self.feeds.len())?;
        for FeedLine { source, counts, every_days, arrives } in &self.feeds {
            writeln!(f, "  {source}: {}, every {every_days} d, {arrives}", counts.join(", "))?;
        }
        let strata = self.effort_strata.join(", ");
        let strata = if strata.is_empty() { "every stratum" } else { strata.as_str() };
        writeln!(f, "effort         {strata}")?;
        writeln!(f, "exposure       {}", self.exposure)?;
        let first = self.first_week.as_deref().unwrap_or("of the first report");
        writeln!(f, "first week     {first}")?;
        writeln!(f, "calendar       {}", self.calendar.len())?;
        self.calendar.iter().try_for_each(|entry| writeln!(f, "  {entry}"))?;
        writeln!(f, "erosion        {}", self.erosion.as_deref().unwrap_or("no reference"))?;
        writeln!(f, "displacement   {}", self.displacement.len())?;
        self.displacement.iter().try_for_each(|entry| writeln!(f, "  {entry}"))?;
        writeln!(f, "obligations    {}", self.obligations.len())?;
        self.obligations.iter().try_for_each(|entry| writeln!(f, "  {entry}"))?;
        writeln!(f, "watch          {}", self.watch.len())?;
        self.watch.iter().try_for_each(|entry| writeln!(f, "  {entry}"))?;
        self.remarks.iter().try_for_each(|remark| writeln!(f, "remark         {remark}"))?;
        writeln!(f, "policy")?;
        for (key, value) in &self.policy {
            writeln!(f, "  {key:29}{value}")?;
        }
        writeln!(f, "measures in full")?;
        self.measures.iter().try_for_each(|measure| writeln!(f, "  {measure}"))
    }
}

impl fmt::Display for CalendarLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { label, from, to, kind, .. } = self;
        let (place, measure) = (self.jurisdiction.as_deref().unwrap_or("all"), self.measure.as_deref().unwrap_or("all"));
        write!(f, "{from}..{to} {kind:9} {place}/{measure}: {label}")
    }
}

impl fmt::Display for InterventionLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { label, day, counts, before_weeks, .. } = self;
        let [treated, neighbours, controls] = [&self.treated, &self.neighbours, &self.controls].map(|codes| codes.join(" "));
        let looks: Vec<String> = self.looks_weeks.iter().map(ToString::to_string).collect();
        write!(f, "{day} {label}: {counts} of {treated} and next to it {neighbours}, against {controls}, ")?;
        write!(f, "{before_weeks} weeks before and {} after", looks.join(", "))
    }
}

impl fmt::Display for MeasureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.as_deref().unwrap_or(""), self.to.as_deref().unwrap_or(""));
        let Self { id, basis, unit, weighed_in, instrument, title, .. } = self;
        write!(f, "{id:24} {basis:8} {unit:5} {from:10}..{to:10} {instrument}: {title}")?;
        weighed_in.map_or(Ok(()), |weighed_in| write!(f, "; weighed in {weighed_in} besides"))
    }
}
