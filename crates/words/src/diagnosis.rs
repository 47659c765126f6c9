//! What the streams of a series come to together, in a neutral sentence each; and how a stream is called.
//!
//! Independent pressure is never known here: where a reading would need it, the sentence names both. What must never enter: a cause.

use vocab::assessment::{Diagnosis, Mode, Modes, Stream};

/// What a diagnosis says of a series, adjusted by exposure or not.
#[must_use]
pub const fn diagnosis(diagnosis: Diagnosis, modes: Modes) -> &'static str {
    match diagnosis {
        Diagnosis::Slippage if modes.has(Mode::Unadjusted) => {
            "Slippage: less was inspected than was inspected before, and what was found per inspection did not move or is not reported. How much there was to inspect is not reported."
        }
        Diagnosis::Slippage => {
            "Slippage: less was inspected than there was to inspect, and what was found per inspection did not move or is not reported."
        }
        Diagnosis::NarrowerTargeting => {
            "Perhaps narrower targeting: less was inspected, and more was found per inspection. Ask whether volume is the obligation."
        }
        Diagnosis::LossOfQuality => "Slippage with loss of quality: less was inspected, and less was found per inspection.",
        Diagnosis::LateReports => "Late reports: what was done is reported later than it used to be, and the newest weeks will fill in.",
        Diagnosis::ReportingGap => "A reporting gap: reports do not come, so nothing is said of effort.",
        Diagnosis::DeterrenceOrSupply => {
            "Deterrence or less supply: there was less to inspect and less was found, while effort held. Which of the two it is needs data on pressure, which are not here."
        }
        Diagnosis::OutcomeChange => "A change of outcomes or rules: more was found per inspection while effort held.",
        Diagnosis::DilutedEffort => {
            "Perhaps diluted effort: more was inspected, and less was found per inspection. Look at the mix: remote, short, warnings."
        }
        Diagnosis::ExposureFell => "Less to inspect: exposure fell, and inspections fell with it.",
        Diagnosis::Insufficient => "Too few acts to tell: even a fall by half could be missed.",
        Diagnosis::Learning => "No level yet: there is nothing to hold the counts against.",
        Diagnosis::Steady => "As expected.",
        Diagnosis::YieldFell => {
            "Less was found per inspection while effort and exposure held: evasion, or worse inspections. Which of the two it is needs data on pressure, which are not here."
        }
    }
}

/// How a stream is called.
#[must_use]
pub const fn stream(stream: Stream, modes: Modes) -> &'static str {
    match stream {
        Stream::Effort if modes.has(Mode::Unadjusted) => "inspections",
        Stream::Effort => "inspections per exposure",
        Stream::Yield => "finds per inspection",
        Stream::Timeliness => "late reports",
        Stream::ExposureDown => "exposure, a fall",
        Stream::ExposureUp => "exposure, a rise",
    }
}
