//! The numbers of enums on the wire, both ways. Number 0 is "not said" and never a value.
//!
//! Open enums keep a number of a later version; closed ones have none. What a value means stands in `vocab`.

use vocab::{
    act::Staleness,
    alert::{AlertPhase, Grade, LookFound, Reason, Rule},
    assessment::{ConditionPhase, Diagnosis, ErosionState, ErosionTurn, EvidenceOf, FiredBy, Hold, Kind, Modes, Stream, Verdict},
    event::{
        CircumstanceEffect, CircumstanceKind, ExposureKind, FeedCondition, InspectionDepth, InspectionResult, InterdictionEnd, Marking,
        Mode, Operation, Purpose, Reliability, SeizureGround, Trigger,
    },
    pack::{Part, Severity},
    quantity::Unit,
    record::{BadValue, Encoding},
    series::Count,
    time::Precision,
    unlisted::What,
    watch::About,
};

/// A value with a number on the wire.
pub(crate) trait Numbered: Sized + Copy {
    /// Its number; never 0.
    fn number(self) -> i32;
    /// The value of a number other than 0.
    fn of_number(number: i32) -> Option<Self>;
}

macro_rules! open {
    ($($name:ident)*) => {$(
        impl Numbered for $name {
            fn number(self) -> i32 {
                if let Self::Unrecognised(number) = self {
                    return number;
                }
                let place = Self::KNOWN.iter().position(|known| *known == self);
                place.map_or(0, |place| place as i32 + 1)
            }
            fn of_number(number: i32) -> Option<Self> {
                let place = usize::try_from(i64::from(number) - 1).ok();
                Some(place.and_then(|place| Self::KNOWN.get(place)).copied().unwrap_or(Self::Unrecognised(number)))
            }
        }
    )*};
}

macro_rules! closed {
    ($($name:ident { $($variant:ident = $number:literal)* })*) => {$(
        impl Numbered for $name {
            fn number(self) -> i32 {
                match self { $(Self::$variant => $number,)* }
            }
            fn of_number(number: i32) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

open! {
    InspectionDepth Trigger InspectionResult Mode ExposureKind SeizureGround Purpose InterdictionEnd CircumstanceKind CircumstanceEffect FeedCondition
}

closed! {
    Operation { Assert = 1 Correct = 2 Retract = 3 }
    Precision { Instant = 1 Day = 2 Month = 3 }
    Reliability { A = 1 B = 2 C = 3 D = 4 E = 5 F = 6 }
    Marking { Clear = 1 Green = 2 Amber = 3 AmberStrict = 4 Red = 5 }
    Encoding { Protobuf = 1 Json = 2 Csv = 3 }
    Count { Inspections = 1 Interdictions = 2 Exposure = 3 }
    Hold { Silence = 1 Backlog = 2 }
    Verdict { Slip = 1 Gap = 2 Watch = 3 Insufficient = 4 Learning = 5 Normal = 6 }
    ConditionPhase { Quiet = 1 Pending = 2 Firing = 3 }
    FiredBy { Evidence = 1 Pool = 2 Collapse = 3 Erosion = 4 Quotient = 5 Fact = 6 }
    EvidenceOf { Own = 1 Pool = 2 }
    AlertPhase { Firing = 1 Acknowledged = 2 Resolved = 3 Recalled = 4 }
    Kind { Effort = 1 Reporting = 2 Yield = 3 Timeliness = 4 Displacement = 5 Deterrence = 6 Erosion = 7 Definition = 8 Incident = 9 }
    Stream { Effort = 1 Yield = 2 Timeliness = 3 ExposureDown = 4 ExposureUp = 5 }
    Diagnosis {
        Slippage = 1 NarrowerTargeting = 2 LossOfQuality = 3 LateReports = 4 ReportingGap = 5 DeterrenceOrSupply = 6 OutcomeChange = 7
        DilutedEffort = 8 ExposureFell = 9 Insufficient = 10 Learning = 11 Steady = 12 YieldFell = 13
    }
    ErosionState { Unseen = 1 Gathering = 2 Steady = 3 Warning = 4 Critical = 5 }
    ErosionTurn { Warned = 1 Critical = 2 Ended = 3 }
    Part { Treated = 1 Neighbour = 2 Control = 3 }
    LookFound { Displaced = 1 NotDisplaced = 2 Unknown = 3 }
    Grade { Confirmed = 1 Suspected = 2 }
    About { Record = 1 Jurisdiction = 2 }
    Reason {
        LittleEvidence = 1 LessEvidence = 2 NearOne = 3 Unbalanced = 4 OtherOnset = 5 TooOld = 6 NoNeighbour = 7 NeighboursHold = 8
        Unadjusted = 9 SlippageFires = 10 ReportsArrive = 11
    }
    Severity { Notice = 1 Warning = 2 Critical = 3 }
    What { Regime = 1 Jurisdiction = 2 Measure = 3 Lapsed = 4 Type = 5 Precision = 6 }
    BadValue {
        Empty = 1 TooLong = 2 Control = 3 NotANumber = 4 NotFinite = 5 Negative = 6 Zero = 7 TooLarge = 8 NotATime = 9 AbsurdTime = 10
        Backwards = 11 UnknownWord = 12 WrongType = 13 Contradicts = 14
    }
}

impl Numbered for Unit {
    fn number(self) -> i32 {
        match self {
            Self::Count => 1,
            Self::Tonne => 2,
            Self::Kilogram => 3,
            Self::Barrel => 4,
            Self::Teu => 5,
            Self::Usd => 6,
            Self::InspectorDay => 7,
            Self::ShipDay => 8,
            Self::FlightHour => 9,
            Self::Unrecognised(number) => number,
        }
    }
    fn of_number(number: i32) -> Option<Self> {
        Some(match number {
            1 => Self::Count,
            2 => Self::Tonne,
            3 => Self::Kilogram,
            4 => Self::Barrel,
            5 => Self::Teu,
            6 => Self::Usd,
            7 => Self::InspectorDay,
            8 => Self::ShipDay,
            9 => Self::FlightHour,
            number => Self::Unrecognised(number),
        })
    }
}

impl Numbered for Rule {
    fn number(self) -> i32 {
        Self::ALL.iter().position(|rule| *rule == self).map_or(0, |place| place as i32 + 1)
    }
    fn of_number(number: i32) -> Option<Self> {
        Self::ALL.get(usize::try_from(i64::from(number) - 1).ok()?).copied()
    }
}

/// The number of a reason for staleness; what it carries travels beside it.
pub(crate) const fn staleness(reason: Staleness) -> i32 {
    match reason {
        Staleness::NoSuchAlert => 1,
        Staleness::Ended => 2,
        Staleness::Moved { .. } => 3,
        Staleness::Expired => 4,
        Staleness::Unlisted => 5,
        Staleness::EmptyWindow => 6,
    }
}

/// The numbers of the modes that hold: bit k is number k + 1.
pub(crate) fn modes(modes: Modes) -> impl Iterator<Item = i32> {
    (0..16).filter(move |bit| modes.0 >> bit & 1 == 1).map(|bit| bit + 1)
}

/// The modes of some numbers; a number beyond the set is ignored, as an unknown flag is.
pub(crate) fn modes_of(numbers: &[i32]) -> Modes {
    Modes(numbers.iter().filter(|number| (1..=16).contains(*number)).fold(0, |bits, number| bits | 1 << (number - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    /// The words of the contract are the words of the vocabulary, behind the name of their enum.
    #[test]
    fn words_and_numbers_of_open_enums_agree() {
        macro_rules! check {
            ($($name:ident $words:ident $prefix:literal)*) => {$(
                let words: Vec<&str> = table::$words.iter().map(|word| word.strip_prefix($prefix).unwrap()).collect();
                let known: Vec<String> = $name::KNOWN.iter().map(|value| value.as_str().to_uppercase()).collect();
                assert_eq!(words[0], "UNSPECIFIED");
                assert_eq!(words[1..], known, "{}", $prefix);
                for (place, value) in $name::KNOWN.iter().enumerate() {
                    assert_eq!(value.number(), i32::try_from(place).unwrap() + 1);
                    assert_eq!($name::of_number(value.number()), Some(*value));
                }
                for strange in [i32::MIN, -1, 99, i32::MAX] {
                    assert_eq!($name::of_number(strange).map(Numbered::number), Some(strange));
                    assert!($name::of_number(strange).unwrap().is_unrecognised());
                }
            )*};
        }
        check! {
            InspectionDepth INSPECTION_DEPTH "INSPECTION_DEPTH_"
            Trigger TRIGGER "TRIGGER_"
            InspectionResult INSPECTION_RESULT "INSPECTION_RESULT_"
            Mode TRANSPORT_MODE "TRANSPORT_MODE_"
            ExposureKind EXPOSURE_KIND "EXPOSURE_KIND_"
            SeizureGround SEIZURE_GROUND "SEIZURE_GROUND_"
            Purpose PURPOSE "PURPOSE_"
            InterdictionEnd INTERDICTION_END "INTERDICTION_END_"
            CircumstanceKind CIRCUMSTANCE_KIND "CIRCUMSTANCE_KIND_"
            CircumstanceEffect CIRCUMSTANCE_EFFECT "CIRCUMSTANCE_EFFECT_"
            FeedCondition FEED_CONDITION "FEED_CONDITION_"
        }
    }

    #[test]
    fn words_and_numbers_of_closed_enums_agree() {
        macro_rules! check {
            ($($words:ident: $prefix:literal, $values:expr;)*) => {$(
                let words: Vec<&str> = table::$words.iter().map(|word| word.strip_prefix($prefix).unwrap()).collect();
                for value in $values {
                    let place = usize::try_from(value.number()).unwrap();
                    assert_eq!(words[place], value.as_str().to_uppercase());
                }
                assert_eq!(words.len(), $values.len() + 1, "{}", $prefix);
            )*};
        }
        check! {
            VERDICT: "VERDICT_", Verdict::ALL;
            COUNT: "COUNT_", Count::ALL;
            WHAT: "WHAT_", What::ALL;
            ALERT_PHASE: "ALERT_PHASE_", [AlertPhase::Firing, AlertPhase::Acknowledged, AlertPhase::Resolved, AlertPhase::Recalled];
            KIND: "KIND_", Kind::ALL;
            STREAM: "STREAM_", Stream::ALL;
            DIAGNOSIS: "DIAGNOSIS_", Diagnosis::ALL;
            GRADE: "GRADE_", [Grade::Confirmed, Grade::Suspected];
            ABOUT: "ABOUT_", [About::Record, About::Jurisdiction];
            REASON: "REASON_", Reason::ALL;
            SEVERITY: "SEVERITY_", [Severity::Notice, Severity::Warning, Severity::Critical];
        }
    }

    #[test]
    fn rules_are_numbered_as_they_are_named() {
        assert_eq!(table::RULE.len(), Rule::ALL.len() + 1);
        for rule in Rule::ALL {
            let word = rule.as_str().to_uppercase().replace('-', "_");
            assert_eq!(table::RULE[usize::try_from(rule.number()).unwrap()], format!("RULE_{word}"));
            assert_eq!(Rule::of_number(rule.number()), Some(rule));
        }
        assert_eq!([-1, 0, 10, i32::MIN].map(Rule::of_number), [None; 4]);
    }

    #[test]
    fn modes_are_numbered_by_their_bits() {
        for (mode, word) in vocab::assessment::Mode::ALL {
            let mut set = Modes::default();
            set.raise(mode);
            let numbers: Vec<i32> = modes(set).collect();
            assert_eq!(table::MODE[usize::try_from(numbers[0]).unwrap()], format!("MODE_{}", word.to_uppercase()));
            assert_eq!((numbers.len(), modes_of(&numbers)), (1, set));
        }
        assert_eq!(modes_of(&modes(Modes(u16::MAX)).collect::<Vec<_>>()), Modes(u16::MAX));
        assert_eq!(modes_of(&[-1, 0, 17, i32::MAX]), Modes(0));
    }
}
