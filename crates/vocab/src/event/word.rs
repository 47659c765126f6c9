//! The closed sets of words that bodies of events use, each open to values of later versions.
//!
//! A value this version does not know is kept by its number, flagged and counted. What must never enter: a judgement of a
//! word, its number on the wire.

use serde::{Deserialize, Serialize};

macro_rules! closed_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A value of a later version, by its number: accepted, flagged and counted.
            Unrecognised(i32),
        }
        impl $name {
            /// The known values in the order of their numbers on the wire, which start at 1.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];
            /// The word a mapping or a screen uses for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* Self::Unrecognised(_) => "unrecognised" }
            }
            /// The value of a word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                match word { $($text => Some(Self::$variant),)* _ => None }
            }
            /// Whether it belongs to a later version.
            #[must_use]
            pub const fn is_unrecognised(self) -> bool {
                matches!(self, Self::Unrecognised(_))
            }
        }
    };
}

closed_enum! {
    /// How deep an inspection went.
    InspectionDepth { /// First visit.
        Initial = "initial", /// More detailed.
        MoreDetailed = "more_detailed", /// Expanded.
        Expanded = "expanded", /// Follow-up of an earlier one.
        FollowUp = "follow_up", /// Without anyone on board or on site.
        Remote = "remote" }
}
closed_enum! {
    /// Why an inspection was made.
    Trigger { /// By schedule.
        Routine = "routine", /// By risk score.
        Risk = "risk", /// By intelligence.
        Intelligence = "intelligence", /// Drawn at random.
        Random = "random", /// Under a catch-all clause.
        CatchAll = "catch_all" }
}
closed_enum! {
    /// What an inspection found.
    InspectionResult { /// Nothing to object to.
        Clear = "clear", /// Deficiencies noted.
        Deficient = "deficient", /// The vessel or vehicle was detained.
        Detained = "detained", /// Goods were seized.
        Seized = "seized", /// Released after a stop.
        Released = "released", /// Referred to another authority.
        Referred = "referred" }
}
closed_enum! {
    /// Mode of transport.
    Mode { /// Sea.
        Sea = "sea", /// Air.
        Air = "air", /// Rail.
        Rail = "rail", /// Road.
        Road = "road", /// Parcel post.
        Parcel = "parcel" }
}
closed_enum! {
    /// What sort of exposure.
    ExposureKind { /// A port call.
        PortCall = "port_call", /// A transit.
        Transit = "transit", /// A declaration.
        Declaration = "declaration" }
}
closed_enum! {
    /// Under which rule goods were taken.
    SeizureGround { /// The item is listed.
        Listed = "listed", /// A sector ban.
        Sector = "sector", /// A quota.
        Quota = "quota", /// A catch-all clause.
        CatchAll = "catch_all" }
}
closed_enum! {
    /// What a measure or item is for.
    Purpose { /// Economic pressure.
        Economic = "economic", /// Against proliferation.
        Proliferation = "proliferation", /// Both.
        Both = "both", /// Not known.
        Unknown = "unknown" }
}
closed_enum! {
    /// How a boarding request ended.
    InterdictionEnd { /// Boarded.
        Boarded = "boarded", /// Diverted to a port.
        Diverted = "diverted", /// Turned back.
        TurnedBack = "turned_back", /// Lost.
        Lost = "lost", /// Refused.
        Refused = "refused" }
}
closed_enum! {
    /// What sort of circumstance.
    CircumstanceKind { /// A summit.
        Summit = "summit", /// A statement.
        Statement = "statement", /// A military exercise.
        Exercise = "exercise", /// A storm.
        Storm = "storm", /// A holiday.
        Holiday = "holiday", /// A strike.
        Strike = "strike", /// An emergency.
        Emergency = "emergency" }
}
closed_enum! {
    /// Which figures a circumstance may move.
    CircumstanceEffect { /// What could be inspected.
        Exposure = "exposure", /// The inspections.
        Effort = "effort", /// The reports about them.
        Reporting = "reporting" }
}
closed_enum! {
    /// What a feed says of itself.
    FeedCondition { /// Alive.
        Heartbeat = "heartbeat", /// A gap is declared.
        GapDeclared = "gap_declared", /// A backfill begins.
        BackfillStarted = "backfill_started", /// A backfill is done.
        BackfillEnded = "backfill_ended", /// It will send no more.
        Retired = "retired" }
}
