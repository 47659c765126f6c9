//! A sentinel with a script's hand on it: assessments, facts and acts as a test wants them, and what is told of them.

use crate::judged::{act, day, instant, line, note, pack, regime, series, week};
use engine::{identity, seal, sentinel::Sentinel};
use std::sync::Arc;
use vocab::{
    act::Deed,
    alert::{Decision, Rule, Seal, Transition},
    assessment::{
        Assessment, ConditionPhase, Diagnosis, EvidenceOf, FiredBy, Modes, Onset, Power, SeriesAssessment, Stream, StreamAssessment, Turn,
        Verdict,
    },
    pack::Pack,
    quantity::Unit,
    record::{AlertId, AssessmentId, PackHash},
    tally::{Fact, Matter},
    time::{Day, Tick},
};

/// A sentinel with a script's hand on it.
pub(crate) struct Script {
    pub(crate) sentinel: Sentinel,
    pub(crate) out: Vec<Decision>,
}

impl Script {
    /// A pack holds from the first tick of a day.
    pub(crate) fn from(first: &str) -> Self {
        Self::under(pack(), first)
    }

    pub(crate) fn under(pack: Pack, first: &str) -> Self {
        let mut script = Self { sentinel: Sentinel::new(), out: Vec::new() };
        script.told(day(first).plus(-1).last_tick(), 0, Matter::Pack(Arc::new(pack), Arc::default()));
        script
    }

    /// A Sunday's assessments, as they are.
    pub(crate) fn weigh_all(&mut self, assessments: &[Assessment]) {
        self.sentinel.weigh(assessments[0].day, assessments, &mut self.out);
    }

    pub(crate) fn transitions(&self) -> Vec<&Transition> {
        self.out.iter().filter_map(|decision| if let Decision::Transition(moved) = decision { Some(moved) } else { None }).collect()
    }

    pub(crate) fn told(&mut self, at: Tick, record: u8, matter: Matter) {
        self.facts(at, &[Fact::Told(note(record, at, matter))]);
    }

    pub(crate) fn facts(&mut self, at: Tick, facts: &[Fact]) {
        self.sentinel.step(at, facts, &mut self.out);
    }

    pub(crate) fn act(&mut self, at: &str, record: u8, deed: Deed) {
        self.told(Tick::of(instant(at)), record, act(deed));
    }

    /// A Sunday's assessment of one series.
    pub(crate) fn weigh(&mut self, sunday: &str, of: &str, turn: Option<Turn>) {
        let assessment = assessment(day(sunday), of, turn);
        self.sentinel.weigh(day(sunday), &[assessment], &mut self.out);
    }

    pub(crate) fn passed(&mut self, until: &str) -> &mut Self {
        self.sentinel.pass(day(until).last_tick(), &mut self.out);
        self
    }

    pub(crate) fn check(&self, expected: &str) {
        let told: Vec<String> = self.out.iter().filter_map(line).collect();
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(told, expected);
    }

    pub(crate) fn seals(&self) -> Vec<Seal> {
        self.out.iter().filter_map(|decision| if let Decision::Seal(seal) = decision { Some(seal.clone()) } else { None }).collect()
    }
}

/// Sundays from 2020-03-22 on.
pub(crate) fn sunday(number: i32) -> Day {
    day("2020-03-22").plus(7 * number)
}

/// A series whose effort did something, at the close of a Sunday.
pub(crate) fn assessment(sunday: Day, of: &str, turn: Option<Turn>) -> Assessment {
    let onset = Onset { week: week("2020-W09"), earliest: week("2020-W08"), latest: week("2020-W10") };
    let ends = matches!(turn, Some(Turn::Recalled | Turn::Recovered(_) | Turn::Faded));
    let phase = if ends { ConditionPhase::Quiet } else { ConditionPhase::Firing };
    let effort = StreamAssessment { phase, turn, onset: Some(onset), ..stream(Stream::Effort, Some(7.5)) };
    assessed(sunday, of, vec![effort])
}

/// A quiet stream with some evidence.
pub(crate) fn stream(stream: Stream, nats: Option<f64>) -> StreamAssessment {
    StreamAssessment {
        stream,
        phase: ConditionPhase::Quiet,
        turn: None,
        expected: None,
        evidence_nats: nats,
        own_evidence_nats: nats,
        by: EvidenceOf::Own,
        onset: None,
        size: None,
        recent: None,
        power: None,
        shares: Vec::new(),
    }
}

/// A jurisdiction with one series that says all of this at the close of a Sunday.
pub(crate) fn assessed(sunday: Day, of: &str, streams: Vec<StreamAssessment>) -> Assessment {
    let key = series(of);
    let series = SeriesAssessment {
        measure: key.measure,
        unit: Unit::Count,
        verdict: Verdict::Slip,
        seen: [5, 1, 100],
        completeness: Some(0.9),
        nowcast: None,
        streams,
        diagnosis: Diagnosis::Slippage,
        power: Power {
            half_in_26_weeks: 0.9,
            smallest_fall_in_13_weeks: Some(0.4),
            weeks_for_half: Some(9),
            weeks_for_30_percent: Some(21),
        },
        modes: Modes::default(),
        erosion: None,
        mix: None,
        consignment: None,
    };
    Assessment {
        id: AssessmentId([3; 16]),
        regime: regime(),
        jurisdiction: key.jurisdiction,
        week: sunday.week(),
        day: sunday,
        judgement: seal::JUDGEMENT,
        pack: PackHash([1; 32]),
        silent: Vec::new(),
        held: None,
        pooled: Vec::new(),
        around: Vec::new(),
        series: vec![series],
    }
}

pub(crate) fn alert(of: &str, opened: &str) -> AlertId {
    identity::alert(identity::claim(&regime(), Rule::Slippage, &series(of)), day(opened))
}

pub(crate) const FIRED: Option<Turn> = Some(Turn::Fired(FiredBy::Evidence));
