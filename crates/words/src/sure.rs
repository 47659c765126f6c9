//! How sure an alert is: its weight of evidence and what that means, whose evidence it is, and what could have been seen.
//!
//! The weight is shown in powers of ten and never called a probability of anything. What must never enter: a threshold that is not
//! the pack's.

use super::{Rules, percent, weight};
use vocab::{
    alert::{Change, Grade, Transition},
    assessment::{EvidenceOf, FiredBy, Power, Stream},
    pack::Policy,
};

/// Nats beyond which a factor is only said to be large.
const NATS_TOLD_MAX: f64 = 13.8;

/// How sure it is, in sentences.
#[must_use]
pub fn sure(transition: &Transition, rules: Option<Rules<'_>>) -> Vec<String> {
    let Some(leading) = transition.evidence.leading() else { return Vec::new() };
    let Some(nats) = leading.evidence_nats else { return vec!["There is no evidence any more.".to_owned()] };
    // A notice has a threshold of its own, and pages nobody.
    let rules = rules.filter(|_| transition.kind.is_slippage());
    let needs = rules.map(|rules| format!("; an alert needs {}", weight(rules.alert_weight_nats))).unwrap_or_default();
    let mut sentences = vec![format!(
        "Weight of evidence for {}: {} powers of ten ({nats:.2} nats{needs}). {}.",
        change_of(leading.stream),
        weight(nats),
        meaning(nats, leading.stream)
    )];
    sentences.push(whose(transition, leading.by, leading.own_evidence_nats));
    sentences.extend(rules.map(|rules| rate(&rules.pack.policy)));
    if is_collapse(&transition.change) {
        sentences.push(
            "By collapse: a fall so deep that nobody should wait for evidence to gather, to which a single week may add only so much."
                .to_owned(),
        );
    }
    sentences
}

const fn change_of(stream: Stream) -> &'static str {
    match stream {
        Stream::Effort | Stream::Yield | Stream::ExposureDown => "a fall",
        Stream::Timeliness | Stream::ExposureUp => "a rise",
    }
}

/// What a weight means, in one clause.
fn meaning(nats: f64, stream: Stream) -> String {
    let change = change_of(stream);
    if nats > NATS_TOLD_MAX {
        return format!(
            "Summed over the weeks in which it may have begun, the counts are over a million times as likely under {change} as under none"
        );
    }
    if nats <= 0.0 {
        return format!("The counts are no likelier under {change} than under none");
    }
    format!(
        "Summed over the weeks in which it may have begun, the counts are {} times as likely under {change} as under none",
        rounded(nats.exp())
    )
}

/// A factor with two digits that count.
fn rounded(factor: f64) -> String {
    let step = 10_f64.powf(factor.log10().floor() - 1.0);
    if factor < 10.0 { format!("{factor:.1}") } else { super::whole((factor / step).round() * step) }
}

fn whose(transition: &Transition, by: EvidenceOf, own: Option<f64>) -> String {
    let own = own.map_or_else(|| "the series alone shows none".to_owned(), |nats| format!("the series alone shows {}", weight(nats)));
    match (transition.evidence.grade, by) {
        (Grade::Confirmed, EvidenceOf::Own) => "Confirmed: this is the series' own evidence.".to_owned(),
        (Grade::Confirmed, EvidenceOf::Pool) => {
            format!("Confirmed: the jurisdiction as a whole fell, and the series bears it out ({own}).")
        }
        (Grade::Suspected, EvidenceOf::Own) => "Suspected: the jurisdiction as a whole fell, and the series agrees.".to_owned(),
        (Grade::Suspected, EvidenceOf::Pool) => {
            format!("Suspected: the jurisdiction as a whole fell, and the series agrees ({own}).")
        }
    }
}

fn rate(policy: &Policy) -> String {
    let rate = policy.false_alarms_per_series_year;
    format!("This pack accepts {rate} false pages a series and year, one in {:.0} years.", 1.0 / rate)
}

const fn is_collapse(change: &Change) -> bool {
    matches!(change, Change::Fired(FiredBy::Collapse) | Change::Reopened(FiredBy::Collapse) | Change::Escalated(FiredBy::Collapse))
}

/// What the series could have shown by its own evidence.
#[must_use]
pub fn power(power: &Power) -> String {
    let thirty = match power.weeks_for_30_percent {
        Some(weeks) => format!("a fall of 30 % would be seen within {} with probability .8", in_weeks(weeks)),
        None => "a fall of 30 % would not be seen within a year with probability .8".to_owned(),
    };
    let smallest = match power.smallest_fall_in_13_weeks {
        Some(fall) => format!("one of {} or more within 13 weeks at least every other time", percent(fall)),
        None => "no fall within 13 weeks as often as not".to_owned(),
    };
    match power.weeks_for_half {
        Some(weeks) => format!("{thirty}; {smallest}; one by half within {} at least every other time", in_weeks(weeks)),
        None => format!("{thirty}; {smallest}; not even one by half within a year"),
    }
}

fn in_weeks(weeks: u16) -> String {
    if weeks == 1 { "a week".to_owned() } else { format!("{weeks} weeks") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_told_as_a_factor_with_two_digits() {
        for (nats, want) in
            [(-1.0, "no likelier"), (1.0, " 2.7 times"), (7.82, " 2,500 times"), (6.0, " 400 times"), (20.0, "over a million times")]
        {
            assert!(meaning(nats, Stream::Effort).contains(want), "{nats}: {}", meaning(nats, Stream::Effort));
        }
    }
}
