//! What kind of slippage a series shows, and what it was not (`detection.md` §4.2).
//!
//! Pure: from the streams of one series, and what is seen next door, to a label and the numbers that decided against the others.
//! What must never enter: the life of an alert, a decision to page; the kind changes nothing but a name.

use alloc::vec::Vec;
use vocab::{
    alert::{Reason, RuledOut},
    assessment::{ConditionPhase, Kind, Mode, Modes, Stream, StreamAssessment},
    series::Count,
    time::Week,
};

/// Weeks by which the onsets of effort and timeliness may lie apart where late reports account for both, for kind and diagnosis alike.
pub(crate) const TOGETHER_WEEKS: i32 = 2;
/// How old a shortfall may be that late reports explain, weeks since its onset.
const LATE_WEEKS: i32 = 6;
/// Evidence of timeliness that explains a young shortfall, nats.
const LATE_NATS: f64 = 3.0;
/// Late arrivals over expected ones that explain it.
const LATE_RATIO: f64 = 1.25;
/// Evidence of risen exposure that speaks of displacement, nats.
const DISPLACED_NATS: f64 = 1.5;
/// Exposure over expected that does.
const DISPLACED_RATIO: f64 = 1.15;
/// What effort keeps of its volume: the product of the ratios of effort and exposure.
const KEPT_RATIO: f64 = 0.8;
/// Evidence of fallen exposure next door, nats.
const NEIGHBOUR_NATS: f64 = 1.0;

/// What is seen at the declared neighbours of a series, in the same measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Neighbours {
    /// None is declared.
    Undeclared,
    /// The largest evidence of fallen exposure among them, nats; none where no neighbour has any.
    Largest(Option<f64>),
}

/// A series whose conditions are looked at together.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// The week that closed.
    pub week: Week,
    /// Its streams.
    pub streams: &'a [StreamAssessment],
    /// How it was judged.
    pub modes: Modes,
    /// Share of the week's inspections known by now.
    pub completeness: Option<f64>,
    /// Counts that are silent across the jurisdiction.
    pub silent: &'a [Count],
    /// What is seen next door.
    pub neighbours: Neighbours,
    /// The threshold of the conditions, nats.
    pub threshold_nats: f64,
}

/// What a series is called, and by which stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The firing stream with the most evidence.
    pub stream: Stream,
    /// The kind.
    pub kind: Kind,
}

/// Why something is not so: the reason, its stream, the number found, the number it was held against.
type Against = (Reason, Option<Stream>, Option<f64>, Option<f64>);

impl<'a> Sighting<'a> {
    /// What the series is called; nothing while no condition fires.
    #[must_use]
    pub fn label(&self) -> Option<Label> {
        let stream = self.leading()?.stream;
        let kind = match stream {
            Stream::Effort if self.against_timeliness().is_none() => Kind::Timeliness,
            Stream::Effort if self.against_displacement().is_none() => Kind::Displacement,
            Stream::Effort => Kind::Effort,
            Stream::Yield => Kind::Yield,
            Stream::Timeliness => Kind::Timeliness,
            // Exposure has no condition that could fire.
            Stream::ExposureDown | Stream::ExposureUp => return None,
        };
        Some(Label { stream, kind })
    }

    /// The firing stream with the largest combined evidence; of equal ones the first.
    fn leading(&self) -> Option<&'a StreamAssessment> {
        let firing = self.streams.iter().filter(|stream| stream.phase == ConditionPhase::Firing);
        let weight = |stream: &StreamAssessment| stream.evidence_nats.unwrap_or(f64::NEG_INFINITY);
        firing.reduce(|best, next| if weight(next) > weight(best) { next } else { best })
    }

    fn stream(&self, stream: Stream) -> Option<&'a StreamAssessment> {
        self.streams.iter().find(|one| one.stream == stream)
    }

    fn nats(&self, stream: Stream) -> Option<f64> {
        self.stream(stream)?.evidence_nats
    }

    fn ratio(&self, stream: Stream) -> Option<f64> {
        self.stream(stream)?.size.map(|size| size.estimate)
    }

    fn onset(&self, stream: Stream) -> Option<Week> {
        self.stream(stream)?.onset.map(|onset| onset.week)
    }

    /// Why late reports do not explain a shortfall of effort; nothing if they do. They do when the condition of timeliness fires as
    /// well and began with it, or when both are young and timeliness has some evidence of its own.
    fn against_timeliness(&self) -> Option<Against> {
        let of = Some(Stream::Timeliness);
        let apart = match (self.onset(Stream::Effort), self.onset(Stream::Timeliness)) {
            (Some(one), Some(other)) => Some((one.0 - other.0).abs()),
            (Some(_) | None, Some(_) | None) => None,
        };
        let together = apart.is_some_and(|apart| apart <= TOGETHER_WEEKS);
        let other_onset = (Reason::OtherOnset, of, apart.map(f64::from), Some(f64::from(TOGETHER_WEEKS)));
        if self.stream(Stream::Timeliness).is_some_and(|timeliness| timeliness.phase == ConditionPhase::Firing) {
            return (!together).then_some(other_onset);
        }
        let age = self.onset(Stream::Effort).map(|onset| self.week.0 - onset.0);
        let (nats, ratio) = (self.nats(Stream::Timeliness), self.ratio(Stream::Timeliness));
        if !nats.is_some_and(|nats| nats > LATE_NATS) {
            Some((Reason::LittleEvidence, of, nats, Some(LATE_NATS)))
        } else if !ratio.is_some_and(|ratio| ratio > LATE_RATIO) {
            Some((Reason::NearOne, of, ratio, Some(LATE_RATIO)))
        } else if !together {
            Some(other_onset)
        } else if age.is_some_and(|age| age <= LATE_WEEKS) {
            None
        } else {
            Some((Reason::TooOld, Some(Stream::Effort), age.map(f64::from), Some(f64::from(LATE_WEEKS))))
        }
    }

    /// Why a shortfall of effort is not displaced effort; nothing if it is: exposure rose here, fell next door, and the number of
    /// inspections held.
    fn against_displacement(&self) -> Option<Against> {
        let up = Some(Stream::ExposureUp);
        if self.modes.has(Mode::Unadjusted) {
            return Some((Reason::Unadjusted, None, None, None));
        }
        let (nats, risen) = (self.nats(Stream::ExposureUp), self.ratio(Stream::ExposureUp));
        let kept = self.ratio(Stream::Effort).zip(risen).map(|(effort, exposure)| effort * exposure);
        if !nats.is_some_and(|nats| nats > DISPLACED_NATS) {
            return Some((Reason::LittleEvidence, up, nats, Some(DISPLACED_NATS)));
        }
        if !risen.is_some_and(|risen| risen > DISPLACED_RATIO) {
            return Some((Reason::NearOne, up, risen, Some(DISPLACED_RATIO)));
        }
        if !kept.is_some_and(|kept| kept > KEPT_RATIO) {
            return Some((Reason::Unbalanced, None, kept, Some(KEPT_RATIO)));
        }
        match self.neighbours {
            Neighbours::Undeclared => Some((Reason::NoNeighbour, None, None, None)),
            Neighbours::Largest(Some(nats)) if nats > NEIGHBOUR_NATS => None,
            Neighbours::Largest(nats) => Some((Reason::NeighboursHold, Some(Stream::ExposureDown), nats, Some(NEIGHBOUR_NATS))),
        }
    }

    /// Why a stream does not lead: it does not fire, or has less evidence than the one that does.
    fn against_stream(&self, stream: Stream) -> Option<Against> {
        let leading = self.leading();
        if leading.is_some_and(|leading| leading.stream == stream) {
            return None;
        }
        let found = self.nats(stream);
        let fires = self.stream(stream).is_some_and(|stream| stream.phase == ConditionPhase::Firing);
        let bound = leading.filter(|_| fires).and_then(|leading| leading.evidence_nats).unwrap_or(self.threshold_nats);
        Some((if fires { Reason::LessEvidence } else { Reason::LittleEvidence }, Some(stream), found, Some(bound)))
    }

    fn against(&self, kind: Kind) -> Option<Against> {
        let effort_leads = self.leading().is_some_and(|leading| leading.stream == Stream::Effort);
        match kind {
            Kind::Effort => self.against_stream(Stream::Effort),
            Kind::Yield => self.against_stream(Stream::Yield),
            Kind::Timeliness if effort_leads => self.against_timeliness(),
            Kind::Timeliness => self.against_stream(Stream::Timeliness),
            Kind::Displacement if effort_leads => self.against_displacement(),
            Kind::Displacement => self.against_stream(Stream::Effort),
            Kind::Deterrence if self.modes.has(Mode::Unadjusted) => Some((Reason::Unadjusted, None, None, None)),
            Kind::Deterrence => self.leading().map(|leading| (Reason::SlippageFires, Some(leading.stream), leading.evidence_nats, None)),
            Kind::Reporting => self.silent.is_empty().then_some((Reason::ReportsArrive, None, self.completeness, None)),
            // Rules of their own, with alerts of their own.
            Kind::Erosion | Kind::Definition | Kind::Incident => None,
        }
    }

    /// What a series of some kind was not, or may have been and cannot be told, in the order of kinds.
    #[must_use]
    pub fn ruled_out(&self, called: Kind) -> Vec<RuledOut> {
        let others = Kind::ALL.into_iter().filter(|kind| *kind != called);
        let ruled = others.filter_map(|kind| self.against(kind).map(|against| (kind, against)));
        ruled.map(|(kind, (reason, stream, found, bound))| RuledOut { kind, reason, stream, found, bound }).collect()
    }
}
