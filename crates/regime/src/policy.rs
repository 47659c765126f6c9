//! The policy: thresholds and parameters, each read from the pack or from the shipped policy that the pack extends.
//!
//! A shipped policy is a file that never changes once it is published, so a pack that names it is hashed without it. What
//! must never enter: a value of a parameter. The bounds are here; they say what the statistics can do.

use crate::{
    findings::{Fault, Findings},
    form::{POLICY, REFERENCE},
    section::{Entry, Section, suggestion},
    source::Source,
    word::{ADOPTIONS, COMPLETENESS, SEVERITIES},
};
use std::{ops::RangeInclusive, sync::LazyLock};
use toml::de::{DeTable, DeValue};
use vocab::pack::{Adoption, CompletenessRule, Policy, Pool, ReferenceWindow};

/// The policies that come with the program: name, file, text.
const SHIPPED: [(&str, &str, &str); 1] =
    [("standard-1", "deploy/regimes/policy/standard-1.toml", include_str!("../../../deploy/regimes/policy/standard-1.toml"))];

static TABLES: LazyLock<Vec<DeTable<'static>>> = LazyLock::new(|| {
    let parsed = SHIPPED.iter().map(|(_, _, text)| DeTable::parse_recoverable(text));
    parsed.map(|(table, _)| table.into_inner()).collect()
});

/// Keys that a policy may go without.
const OPTIONAL: [&str; 6] = ["extends", "completeness", "pool_part", "pool_penalty", "pool_own_floor", "reference"];
/// Weeks a reference window must have at least, so that its level means something.
const REFERENCE_WEEKS_MIN: i32 = 6;
/// Weeks that the statistics keep.
const RING_WEEKS: i64 = 52;

/// What a policy says of pooling.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pooled {
    Whole,
    Mixture,
    Off,
}

/// Bounds of a number that is no whole one.
struct Bounds {
    admit: fn(f64) -> bool,
    words: &'static str,
}

const POSITIVE: Bounds = Bounds { admit: |number| number > 0.0, words: "a number above 0" };
const NOT_NEGATIVE: Bounds = Bounds { admit: |number| number >= 0.0, words: "0 or a number above 0" };
const SHARE: Bounds = Bounds { admit: |number| number > 0.0 && number <= 1.0, words: "a share above 0, at most 1" };
const PART: Bounds = Bounds { admit: |number| number > 0.0 && number < 1.0, words: "a share between 0 and 1, as in 0.2 for 20 %" };
const RATE: Bounds = Bounds {
    admit: |number| number > 0.0 && number <= 0.25,
    words: "a rate above 0, at most 0.25: at higher ones a false alert is open so often that it hides the true one",
};

/// The sections a value may stand in, the pack's own first.
struct Layers<'t> {
    own: Option<Section<'t>>,
    shipped: Option<Section<'t>>,
}

/// Reads `policy`: the name of a shipped one, or a section that is whole or extends one.
pub(crate) fn policy<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Policy> {
    let layers = match entry.value {
        DeValue::String(_) => Layers { own: None, shipped: Some(shipped(entry, out)?) },
        DeValue::Table(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
            own(entry, out)?
        }
    };
    let policy = layers.read(out)?;
    layers.find_contradictions(&policy, out);
    Some(policy)
}

fn own<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Layers<'t>> {
    let section = entry.section(&POLICY, out);
    let section = out.keep(section)?;
    let shipped = match section.entry("extends") {
        Some(extends) => Some(shipped(&extends, out)?),
        None => {
            find_missing(&section, out);
            None
        }
    };
    let own = Some(section);
    Some(Layers { own, shipped })
}

/// One fault for all missing keys, since what is missing is most likely the line that extends a shipped policy.
fn find_missing<'t>(section: &Section<'t>, out: &mut Findings<'t>) {
    let needed = POLICY.names().filter(|name| !OPTIONAL.contains(name));
    let missing: Vec<&str> = needed.filter(|name| section.entry(name).is_none()).collect();
    if !missing.is_empty() {
        let problem = format!("parameters are missing: {}", missing.join(", "));
        let help = r#"write extends = "standard-1" to take them from the shipped policy, or write them all"#;
        out.add(section.fault(problem, help));
    }
}

fn shipped<'t>(name: &Entry<'t>, out: &mut Findings<'t>) -> Option<Section<'t>> {
    let text = out.keep(name.text())?;
    let mut known = SHIPPED.iter().zip(TABLES.iter());
    let Some(((_, file, text), table)) = known.find(|((name, _, _), _)| *name == text) else {
        let help = suggestion(text, || SHIPPED.iter().map(|(name, _, _)| *name), "shipped: ");
        out.add(name.fault(format!("{} is no shipped policy", name.found()), help));
        return None;
    };
    let source = Source { file, text };
    Some(Section::top(source, table, &POLICY, out))
}

impl<'t> Layers<'t> {
    fn entry(&self, key: &str) -> Option<Entry<'t>> {
        let own = self.own.as_ref().and_then(|section| section.entry(key));
        own.or_else(|| self.shipped.as_ref().and_then(|section| section.entry(key)))
    }

    fn whole(&self, key: &str, bounds: RangeInclusive<i64>, out: &mut Findings<'t>) -> Option<u16> {
        let entry = self.entry(key)?;
        out.keep(entry.whole(bounds))
    }

    fn real(&self, key: &str, bounds: &Bounds, out: &mut Findings<'t>) -> Option<f64> {
        let entry = self.entry(key)?;
        out.keep(bounded(&entry, bounds))
    }

    fn read(&self, out: &mut Findings<'t>) -> Option<Policy> {
        let false_alarms = self.real("false_alarms_per_series_year", &RATE, out);
        let slip_sizes = self.rising("slip_sizes", out);
        let drift_per_week = self.rising("drift_per_week", out);
        let lookback_weeks = self.whole("lookback_weeks", 2..=RING_WEEKS, out);
        let guard_weeks = self.whole("guard_weeks", 1..=26, out);
        let min_reported_share = self.real("min_reported_share", &SHARE, out);
        let completeness = self.entry("completeness").map(|entry| out.keep(entry.word(&COMPLETENESS)));
        let silence_hold_weeks = self.whole("silence_hold_weeks", 1..=RING_WEEKS, out);
        let silence_grace_weeks = self.whole("silence_grace_weeks", 0..=RING_WEEKS, out);
        let outage_cap_sd = self.real("outage_cap_sd", &POSITIVE, out);
        let pool = self.pool(out);
        let recovered_at = self.real("recovered_at", &SHARE, out);
        let recovery_evidence = self.real("recovery_evidence", &POSITIVE, out);
        let fade_weeks = self.whole("fade_weeks", 1..=RING_WEEKS, out);
        let recall_weeks = self.whole("recall_weeks", 1..=RING_WEEKS, out);
        let merge_weeks = self.whole("merge_weeks", 1..=RING_WEEKS, out);
        let escalation = self.real("escalation", &NOT_NEGATIVE, out);
        let horizon_weeks = self.whole("horizon_weeks", 1..=i64::from(u16::MAX), out);
        let severity = self.entry("effort_severity");
        let effort_severity = severity.and_then(|entry| out.keep(entry.word(&SEVERITIES)));
        let reference = self.entry("reference").map(|entry| reference(&entry, out));
        Some(Policy {
            false_alarms_per_series_year: false_alarms?,
            slip_sizes: slip_sizes?,
            drift_per_week: drift_per_week?,
            lookback_weeks: lookback_weeks?,
            guard_weeks: guard_weeks?,
            min_reported_share: min_reported_share?,
            completeness: completeness.unwrap_or(Some(CompletenessRule::Estimated))?,
            silence_hold_weeks: silence_hold_weeks?,
            silence_grace_weeks: silence_grace_weeks?,
            outage_cap_sd: outage_cap_sd?,
            pool: pool?,
            recovered_at: recovered_at?,
            recovery_evidence: recovery_evidence?,
            fade_weeks: fade_weeks?,
            recall_weeks: recall_weeks?,
            merge_weeks: merge_weeks?,
            escalation: escalation?,
            horizon_weeks: horizon_weeks?,
            effort_severity: effort_severity?,
            reference: reference.map_or(Some(None), |window| window.map(Some))?,
        })
    }

    fn rising<const N: usize>(&self, key: &str, out: &mut Findings<'t>) -> Option<[f64; N]> {
        let entry = self.entry(key)?;
        let items = out.keep(entry.items())?;
        let read = items.iter().map(|item| out.keep(bounded(item, &PART)));
        let numbers: Vec<f64> = read.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?;
        let fault = |problem: String| {
            let help = format!("{N} shares, each above the one before: {}", entry.example);
            entry.fault(problem, help)
        };
        if let Some(at) = numbers.windows(2).position(|pair| pair[0] >= pair[1]) {
            out.add(fault(format!("{} is not above {}", numbers[at + 1], numbers[at])));
            return None;
        }
        let count = numbers.len();
        let numbers = <[f64; N]>::try_from(numbers);
        out.keep(numbers.map_err(|_| fault(format!("the list has length {count}, not {N}"))))
    }

    fn pool(&self, out: &mut Findings<'t>) -> Option<Pool> {
        let entry = self.entry("pool")?;
        let words = [("jurisdiction", Pooled::Whole), ("mixture", Pooled::Mixture), ("off", Pooled::Off)];
        let pooled = out.keep(entry.word(&words))?;
        let keys: &[&str] = match pooled {
            Pooled::Whole => &["pool_part"],
            Pooled::Mixture => &[],
            Pooled::Off => &["pool_part", "pool_penalty", "pool_own_floor"],
        };
        self.find_strays(keys, out);
        if pooled == Pooled::Off {
            return Some(Pool::Off);
        }
        let part = if pooled == Pooled::Mixture { Some(self.pooling("pool_part", &entry, &PART, out)) } else { None };
        let penalty = self.pooling("pool_penalty", &entry, &NOT_NEGATIVE, out);
        let own_floor = self.pooling("pool_own_floor", &entry, &NOT_NEGATIVE, out);
        let (penalty, own_floor) = (penalty?, own_floor?);
        match part {
            None => Some(Pool::Jurisdiction { penalty, own_floor }),
            Some(part) => Some(Pool::Mixture { part: part?, penalty, own_floor }),
        }
    }

    /// Parameters of the policy's own that mean nothing beside its word on pooling.
    fn find_strays(&self, keys: &[&str], out: &mut Findings<'t>) {
        for key in keys {
            if let Some(stray) = self.own.as_ref().and_then(|section| section.entry(key)) {
                let (problem, help) = if *key == "pool_part" {
                    ("the series of a jurisdiction are not mixed, so this has no meaning", r#"leave it out, or write pool = "mixture""#)
                } else {
                    ("nothing is pooled, so this has no meaning", r#"leave it out, or write pool = "jurisdiction""#)
                };
                out.add(stray.fault(problem, help));
            }
        }
    }

    fn pooling(&self, key: &str, pool: &Entry<'t>, bounds: &Bounds, out: &mut Findings<'t>) -> Option<f64> {
        if self.entry(key).is_none() {
            let help = match key {
                "pool_part" => "write pool_part, as in pool_part = 0.75".to_owned(),
                _ => format!("write {key}, as in pool_penalty = 1.0 and pool_own_floor = 0.5"),
            };
            out.add(pool.fault(format!("evidence is pooled, yet `{key}` is missing"), help));
        }
        self.real(key, bounds, out)
    }

    /// Finds parameters that are right one by one and wrong together.
    fn find_contradictions(&self, policy: &Policy, out: &mut Findings<'t>) {
        let (lookback, guard) = (policy.lookback_weeks, policy.guard_weeks);
        let needed = lookback + guard;
        let horizon = self.entry("horizon_weeks");
        if let Some(entry) = horizon.filter(|_| policy.horizon_weeks < needed) {
            let problem = format!("{} weeks are too few to look back over", policy.horizon_weeks);
            let parts = format!("lookback_weeks = {lookback} and guard_weeks = {guard}");
            out.add(entry.fault(problem, format!("at least {needed}, for {parts} together")));
        }
    }
}

fn bounded<'t>(entry: &Entry<'t>, bounds: &Bounds) -> Result<f64, Fault<'t>> {
    let number = entry.real()?;
    if (bounds.admit)(number) {
        return Ok(number);
    }
    Err(entry.fault(format!("{} is out of bounds", entry.found()), bounds.words))
}

fn reference<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<ReferenceWindow> {
    let section = entry.section(&REFERENCE, out);
    let section = out.keep(section)?;
    let first = out.keep(section.needed("first"));
    let first = first.and_then(|entry| out.keep(entry.week()));
    let last = out.keep(section.needed("last"));
    let last = last.and_then(|entry| out.keep(entry.week()));
    let once_learnt = section.entry("once_learnt");
    let adoption = once_learnt.map_or(Some(Adoption::Adopt), |entry| out.keep(entry.word(&ADOPTIONS)));
    let (first, last) = (first?, last?);
    let weeks = last.0 - first.0 + 1;
    if last < first {
        let help = "write the earlier week as `first`";
        out.add(entry.fault(format!("it ends in {last}, before it begins in {first}"), help));
    } else if weeks < REFERENCE_WEEKS_MIN || i64::from(weeks) > RING_WEEKS {
        let long = if weeks < REFERENCE_WEEKS_MIN { "short" } else { "long" };
        let help = format!("{REFERENCE_WEEKS_MIN} to {RING_WEEKS} weeks, both ends counted");
        out.add(entry.fault(format!("a window of {weeks} weeks is too {long}"), help));
    }
    Some(ReferenceWindow { first, last, adoption: adoption? })
}
