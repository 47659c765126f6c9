//! What the tests of the judgement share: a small pack, short names for times and series, and a run of assessors and sentinel
//! over a log as a shell would make it, in any number of partitions, at any pace, restarted anywhere.
#![expect(dead_code, reason = "each test binary uses its own part of this")]
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

pub(crate) mod disturbed;
pub(crate) mod weeks;

use engine::{assessor::Assessor, sentinel::Sentinel};
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    act::{Act, Deed, Seen},
    alert::{Decision, Rule, Transition},
    assessment::{Assessment, ConditionPhase, SeriesAssessment, Stream, StreamAssessment},
    event::{Circumstance, CircumstanceKind, Purpose, Selector},
    name::{ActorId, JurisdictionCode, Label, MeasureId, RegimeId, Stratum},
    pack::{
        Basis, CalendarEntry, CompletenessRule, Direction, ExposureRule, Jurisdiction, Jurisdictions, Measure, Pack, Policy, Pool, Severity,
    },
    quantity::Unit,
    record::{AlertId, PackHash, RecordId},
    series::{Count, MeasureKey, SeriesKey},
    tally::{Cell, Fact, Matter, Note, Sum, Tally},
    time::{Day, Instant, Occurred, Tick, Week},
};

pub(crate) fn regime() -> RegimeId {
    RegimeId::parse("trial").unwrap()
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub(crate) fn code(text: &str) -> JurisdictionCode {
    JurisdictionCode::parse(text).unwrap()
}

pub(crate) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

pub(crate) fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

pub(crate) fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub(crate) fn record(number: u8) -> RecordId {
    RecordId([number; 16])
}

/// `KR/coal`, or `KR/any`.
pub(crate) fn series(text: &str) -> SeriesKey {
    let (jurisdiction, measure) = text.split_once('/').unwrap();
    let measure = if measure == "any" { MeasureKey::Any } else { MeasureKey::One(MeasureId::parse(measure).unwrap()) };
    SeriesKey { regime: regime(), jurisdiction: code(jurisdiction), measure, unit: Unit::Count }
}

pub(crate) fn measure(id: &str) -> Measure {
    Measure {
        id: MeasureId::parse(id).unwrap(),
        title: label(id),
        instrument: label("UNSCR 2397 (2017), para 9"),
        basis: Basis::Recalled,
        issuer: label("UNSC"),
        purpose: Purpose::Unknown,
        hs_scope: Vec::new(),
        direction: Direction::Any,
        unit: Unit::Count,
        weighed_in: None,
        from: None,
        to: None,
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        false_alarms_per_series_year: 0.07,
        slip_sizes: [0.2, 0.35, 0.5, 0.7, 0.88],
        drift_per_week: [0.015, 0.035],
        lookback_weeks: 52,
        guard_weeks: 26,
        min_reported_share: 0.25,
        silence_hold_weeks: 8,
        silence_grace_weeks: 2,
        outage_cap_sd: 2.5,
        pool: Pool::Jurisdiction { penalty: 1.0, own_floor: 0.5 },
        recovered_at: 0.9,
        recovery_evidence: 2.0,
        fade_weeks: 4,
        recall_weeks: 26,
        merge_weeks: 8,
        escalation: 4.0,
        horizon_weeks: 78,
        effort_severity: Severity::Critical,
        completeness: CompletenessRule::Estimated,
        reference: None,
    }
}

/// A pack with three measures for any jurisdiction of two capitals, without exposure.
pub(crate) fn pack() -> Pack {
    Pack {
        regime: regime(),
        title: label("Trial"),
        version: 1,
        hash: PackHash([1; 32]),
        first_week: None,
        measures: ["arms", "coal", "fish"].map(measure).into(),
        jurisdictions: Jurisdictions::Pattern { shape: vec![vec![('A', 'Z')]; 2], max: 40 },
        feeds: Vec::new(),
        effort_strata: Vec::new(),
        exposure: ExposureRule::Absent,
        calendar: Vec::new(),
        erosion: None,
        interventions: Vec::new(),
        obligations: Vec::new(),
        watches: Vec::new(),
        policy: policy(),
    }
}

/// An entry of a pack's calendar.
pub(crate) fn dated(text: &str, (from, until): (&str, &str), affects: Selector) -> CalendarEntry {
    let circumstance = Circumstance { kind: CircumstanceKind::Storm, effect: None, affects, text: label(text) };
    CalendarEntry { circumstance, occurred: Occurred::on(day(from)).until(day(until)).unwrap() }
}

pub(crate) fn listed(codes: &[&str]) -> Jurisdictions {
    let jurisdiction = |text: &&str| Jurisdiction { code: code(text), title: label(text), neighbours: Vec::new() };
    Jurisdictions::Listed(codes.iter().map(jurisdiction).collect())
}

/// A tally of inspections that became known on the day they occurred.
pub(crate) fn inspections(of: &str, occurred: Day, acts: i64) -> Tally {
    tally(of, Count::Inspections, (occurred, occurred), acts)
}

pub(crate) fn tally(of: &str, count: Count, (occurred, first_known): (Day, Day), acts: i64) -> Tally {
    let cell = Cell { series: series(of), count, stratum: None, occurred, first_known };
    Tally { cell, known: first_known.last_tick(), sum: Sum { acts, ..Sum::default() } }
}

pub(crate) fn in_stratum(mut tally: Tally, stratum: &str) -> Tally {
    tally.cell.stratum = Some(Stratum::parse(stratum).unwrap());
    tally
}

pub(crate) fn note(number: u8, known: Tick, matter: Matter) -> Note {
    Note { record: record(number), known, regime: regime(), jurisdiction: None, matter }
}

pub(crate) fn act(deed: Deed) -> Matter {
    Matter::Act(Act { who: ActorId::parse("ada").unwrap(), why: label("checked"), deed })
}

pub(crate) fn seen(of: &str, alert: AlertId, transition: u32) -> Seen {
    Seen { alert, transition, series: series(of) }
}

pub(crate) fn affects(jurisdiction: Option<&str>, measure: Option<&str>) -> Selector {
    Selector { jurisdiction: jurisdiction.map(code), measure: measure.map(|id| MeasureId::parse(id).unwrap()) }
}

/// What became known in one tick.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) tallies: Vec<Tally>,
    pub(crate) notes: Vec<Note>,
    pub(crate) facts: Vec<Fact>,
}

/// A log of what the register told, by tick.
pub(crate) type Log = BTreeMap<Tick, Batch>;

/// What a series says of its effort.
pub(crate) fn effort(series: &SeriesAssessment) -> &StreamAssessment {
    series.stream(Stream::Effort).unwrap()
}

/// Where the condition of its effort stands; one without a level is quiet.
pub(crate) fn phase(series: &SeriesAssessment) -> ConditionPhase {
    series.stream(Stream::Effort).map_or(ConditionPhase::Quiet, |effort| effort.phase)
}

/// Something told to both sides of the judgement.
pub(crate) fn told(log: &mut Log, note: Note) {
    let batch = log.entry(note.known).or_default();
    batch.facts.push(Fact::Told(note.clone()));
    batch.notes.push(note);
}

/// A log in which a pack holds from a day on.
pub(crate) fn log_with(pack: Pack, from: Day) -> Log {
    let mut log = Log::new();
    told(&mut log, note(0, from.plus(-1).last_tick(), Matter::Pack(Arc::new(pack), Arc::default())));
    log
}

pub(crate) fn count(log: &mut Log, tally: Tally) {
    log.entry(tally.known).or_default().tallies.push(tally);
}

/// Everything a run says, in its order, and its state.
pub(crate) struct Run {
    pub(crate) assessors: Vec<Assessor>,
    pub(crate) sentinel: Sentinel,
    pub(crate) assessments: Vec<Assessment>,
    pub(crate) decisions: Vec<Decision>,
}

fn home(code: &JurisdictionCode, partitions: usize) -> usize {
    code.as_str().bytes().map(usize::from).sum::<usize>() % partitions
}

fn assessor(own: usize, partitions: usize) -> Assessor {
    Assessor::new().at_home(move |_, code| home(code, partitions) == own)
}

impl Run {
    pub(crate) fn new(partitions: usize) -> Self {
        let assessors = (0..partitions).map(|own| assessor(own, partitions)).collect();
        Self { assessors, sentinel: Sentinel::new(), assessments: Vec::new(), decisions: Vec::new() }
    }

    pub(crate) fn of(log: &Log, until: Day) -> Self {
        let mut run = Self::new(1);
        for (&tick, batch) in log {
            run.step(tick, batch);
        }
        run.pass(until.last_tick());
        run
    }

    pub(crate) fn step(&mut self, tick: Tick, batch: &Batch) {
        let partitions = self.assessors.len();
        let mut told = Vec::new();
        for (own, assessor) in self.assessors.iter_mut().enumerate() {
            let is_home = |tally: &&Tally| home(&tally.cell.series.jurisdiction, partitions) == own;
            let tallies: Vec<Tally> = batch.tallies.iter().filter(is_home).cloned().collect();
            assessor.step(tick, &tallies, &batch.notes, &mut told);
        }
        self.weigh(told);
        self.sentinel.step(tick, &batch.facts, &mut self.decisions);
    }

    pub(crate) fn pass(&mut self, tick: Tick) {
        let mut told = Vec::new();
        for assessor in &mut self.assessors {
            assessor.pass(tick, &mut told);
        }
        self.weigh(told);
        self.sentinel.pass(tick, &mut self.decisions);
    }

    fn weigh(&mut self, mut told: Vec<Assessment>) {
        // Every task closes the same weeks; a day is weighed once all of them have.
        told.sort_by(|one, other| (one.day, &one.jurisdiction).cmp(&(other.day, &other.jurisdiction)));
        for of_day in told.chunk_by(|one, next| one.day == next.day) {
            self.sentinel.weigh(of_day[0].day, of_day, &mut self.decisions);
        }
        self.assessments.extend(told);
    }

    /// Writes all state down and goes on from what was written.
    pub(crate) fn restart(&mut self, pages: &mut BTreeMap<(usize, String), Vec<u8>>) {
        let partitions = self.assessors.len();
        for own in 0..partitions {
            let due = self.assessors[own].pages_due();
            pages.extend(due.into_iter().map(|page| ((own, page.key), page.body)));
            self.assessors[own] = assessor(own, partitions);
            let saved = pages.range((own, String::new())..(own + 1, String::new()));
            self.assessors[own].restore(saved.map(|(_, body)| body.as_slice())).unwrap();
        }
        let due = self.sentinel.pages_due();
        pages.extend(due.into_iter().map(|page| ((partitions, page.key), page.body)));
        self.sentinel = Sentinel::new();
        let saved = pages.range((partitions, String::new())..);
        self.sentinel.restore(saved.map(|(_, body)| body.as_slice())).unwrap();
    }

    pub(crate) fn transitions(&self) -> impl Iterator<Item = &Transition> {
        self.decisions.iter().filter_map(|decision| if let Decision::Transition(moved) = decision { Some(moved) } else { None })
    }

    /// The transitions and answers, one a line: when, which series, what, and where the alert stands.
    pub(crate) fn told(&self) -> String {
        self.decisions.iter().filter_map(line).collect::<Vec<_>>().join("\n")
    }
}

/// One line about a decision; seals have none.
pub(crate) fn line(decision: &Decision) -> Option<String> {
    match decision {
        Decision::Transition(transition) => {
            let at = transition.at.start().to_string();
            let (series, n, phase) = (&transition.series, transition.n, transition.phase.as_str());
            let rule = if transition.rule == Rule::Slippage { String::new() } else { format!(" {}", transition.rule.as_str()) };
            Some(format!("{at} {series}{rule} {n} {} -> {phase}", what(transition)))
        }
        Decision::Answer(answer) => Some(format!("{} act {} {:?}", answer.at.start(), answer.act.0[0], answer.outcome)),
        Decision::Digest(_) | Decision::Seal(_) => None,
    }
}

fn what(transition: &Transition) -> String {
    use vocab::alert::Change;
    let word = transition.change.as_str();
    match &transition.change {
        Change::Fired(by) | Change::Reopened(by) | Change::Escalated(by) => format!("{word} by {by:?}").to_lowercase(),
        Change::Recovered(since) => format!("{word} since {since}"),
        Change::Recalled { undone_by, withdrawn } => {
            format!("{word} {withdrawn} withdrawn {:?}", undone_by.iter().map(|record| record.0[0]).collect::<Vec<_>>())
        }
        Change::Acknowledged { until, .. } => format!("{word} until {until}"),
        Change::Reclassified { from, to } => format!("{word} from {} to {}", from.as_str(), to.as_str()),
        Change::AcknowledgementExpired | Change::Faded | Change::Noted | Change::Ended | Change::Closed { .. } | Change::Rebased { .. } => {
            word.to_owned()
        }
    }
}
