//! The rules by which the figures of a regime are judged: the pack in force, its parameters in the detector's words, and which
//! strata have counted as effort since when.
//!
//! What must never enter: a count, a jurisdiction's state, a parameter that no pack states.

use alloc::{sync::Arc, vec::Vec};
use serde::{Deserialize, Serialize};
use surveillance::{Adoption, Feed, Life, Pooling, ReferenceWindow, Reports, Settings, Traffic};
use vocab::{
    name::Stratum,
    pack::{self, Arrival, CompletenessRule, ExposureRule, Pack, Policy, Pool},
    series::Count,
    time::{Day, Week},
};

/// Counts to a lot, where a feed's reports come in lots (`detection.md` §2).
const LOT: u32 = 4;

/// A pack in force, with what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) pack: Arc<Pack>,
    /// Its parameters in the detector's words.
    pub(crate) settings: Settings,
}

impl Rules {
    pub(crate) fn of(pack: Arc<Pack>) -> Self {
        Self { settings: settings(&pack), pack }
    }

    /// The parameters for a jurisdiction whose week 0 is `origin`; only a declared reference window depends on it.
    pub(crate) fn settings_from(&self, origin: Week) -> Option<Settings> {
        let declared = self.pack.policy.reference?;
        let number = |week: Week| i64::from(week.0) - i64::from(origin.0);
        let adoption = match declared.adoption {
            pack::Adoption::Adopt => Adoption::Adopt,
            pack::Adoption::Keep => Adoption::Keep,
        };
        let window = ReferenceWindow { from: number(declared.first), until: number(declared.last) + 1, adoption };
        Some(Settings { reference: Some(window), ..self.settings.clone() })
    }
}

/// Which strata count as effort, by the day on which a record was first known.
///
/// A record is told of under the rule of that day for life: what a later pack counts differently must not be taken back from
/// figures it never entered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EffortStrata(Vec<(Day, Vec<Stratum>)>);

impl EffortStrata {
    /// A pack counts these strata (none listed: all) for records first known after a day; the first pack for all records.
    pub(crate) fn hold_after(&mut self, day: Day, strata: &[Stratum]) {
        match self.0.last_mut() {
            None => self.0.push((Day(i32::MIN), strata.to_vec())),
            Some((_, last)) if last == strata => {}
            Some((since, last)) if *since == day => *last = strata.to_vec(),
            Some(_) => self.0.push((day, strata.to_vec())),
        }
    }

    /// Whether an inspection of a stratum counts.
    pub(crate) fn count(&self, first_known: Day, stratum: Option<&Stratum>) -> bool {
        let rule = self.0.iter().rev().find(|(after, _)| *after < first_known).or_else(|| self.0.first());
        rule.is_none_or(|(_, strata)| strata.is_empty() || stratum.is_some_and(|stratum| strata.contains(stratum)))
    }
}

/// The detector's name of a count.
pub(crate) const fn feed(count: Count) -> Feed {
    match count {
        Count::Inspections => Feed::Inspections,
        Count::Interdictions => Feed::Interdictions,
        Count::Exposure => Feed::Traffic,
    }
}

/// The threshold of evidence under a pack, nats.
pub(crate) fn threshold_nats(pack: &Pack) -> f64 {
    parameters(&pack.policy).threshold()
}

fn settings(pack: &Pack) -> Settings {
    let policy = &pack.policy;
    Settings {
        lots: Count::ALL.map(|count| lot(pack, count)),
        life: Life::On,
        traffic: match pack.exposure {
            ExposureRule::Reported => Traffic::Expected,
            ExposureRule::Absent => Traffic::Absent,
        },
        reference: None,
        ..parameters(policy)
    }
}

fn parameters(policy: &Policy) -> Settings {
    Settings {
        false_alarms_per_series_year: policy.false_alarms_per_series_year,
        slip_sizes: policy.slip_sizes,
        drifts_per_week: policy.drift_per_week,
        lookback_weeks: policy.lookback_weeks.into(),
        guard_weeks: policy.guard_weeks.into(),
        min_reported_share: policy.min_reported_share,
        reports: match policy.completeness {
            CompletenessRule::Estimated => Reports::Estimated,
            CompletenessRule::Assumed => Reports::TakenAsComplete,
        },
        silence_hold_weeks: policy.silence_hold_weeks.into(),
        silence_grace_weeks: policy.silence_grace_weeks.into(),
        outage_cap_sd: policy.outage_cap_sd,
        pool: match policy.pool {
            Pool::Off => Pooling::Off,
            Pool::Jurisdiction { penalty, own_floor } => Pooling::Group { penalty, own_floor },
            Pool::Mixture { part, penalty, own_floor } => Pooling::Mixture { part, penalty, own_floor },
        },
        recovered_at: policy.recovered_at,
        recovery_evidence: policy.recovery_evidence,
        fade_weeks: policy.fade_weeks.into(),
        recall_weeks: policy.recall_weeks.into(),
        merge_weeks: policy.merge_weeks.into(),
        escalation: policy.escalation,
        ..Settings::default()
    }
}

fn lot(pack: &Pack, count: Count) -> u32 {
    // A feed that brings exposure beside other counts speaks of its exposure: acts are told one by one, traffic in returns.
    let concerns =
        |feed: &vocab::pack::Feed| feed.counts.contains(&count) && (count == Count::Exposure || !feed.counts.contains(&Count::Exposure));
    if pack.feeds.iter().any(|feed| feed.arrives_in == Arrival::Lots && concerns(feed)) { LOT } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::EffortStrata;
    use vocab::{name::Stratum, time::Day};

    #[test]
    fn a_record_is_counted_by_the_rule_of_the_day_it_was_first_known() {
        let [binding, remote] = ["binding", "remote"].map(|code| Stratum::parse(code).unwrap());
        let mut strata = EffortStrata::default();
        strata.hold_after(Day(100), core::slice::from_ref(&binding));
        strata.hold_after(Day(200), &[]);
        for (first_known, stratum, counts) in [
            (50, Some(&binding), true),
            (50, Some(&remote), false),
            (200, Some(&remote), false),
            (200, None, false),
            (201, Some(&remote), true),
            (201, None, true),
        ] {
            assert_eq!(strata.count(Day(first_known), stratum), counts, "{stratum:?} first known on {first_known}");
        }
    }
}
