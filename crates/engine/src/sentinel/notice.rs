//! Notices: what is noted and never pages. A silence of a jurisdiction, and exposure that fell without slippage.
//!
//! A notice stands as long as what it is about; closed by hand it is not noted again until that has ended once. What must never
//! enter: a page, a condition.

use super::{
    life::Request,
    regime::{Regime, Subject},
    weigh::{Weighed, Weighing, of_no_series},
};
use alloc::vec::Vec;
use vocab::{
    alert::{Change, Decision, Evidence, Rule},
    assessment::{ConditionPhase, Diagnosis, Kind, SeriesAssessment, Stream},
    quantity::Unit,
    series::{Count, MeasureKey, SeriesKey},
};

/// Evidence of fallen exposure at which deterrence is noted, nats (`detection.md` §4.2).
const NOTED_NATS: f64 = 5.0;
/// Evidence below which it fades: half of that.
const FADED_NATS: f64 = 2.5;
/// Unheld weeks running below it after which the notice ends.
const FADED_WEEKS: u8 = 4;

/// Whether what a notice is about holds at a close.
pub(crate) enum Matter {
    /// It holds; the evidence of it.
    Holds(Evidence),
    /// It is over.
    Over,
}

impl Regime {
    /// Silences of a jurisdiction, one notice per count: whether or not the week is held, and however long it lasts.
    pub(crate) fn weigh_silences(&mut self, weighing: &Weighing<'_>, of: &vocab::assessment::Assessment, out: &mut Vec<Decision>) {
        for count in [Count::Inspections, Count::Exposure] {
            let rule = Rule::ReportingSilence(count);
            let is_silent = of.silent.contains(&count);
            let series =
                SeriesKey { regime: of.regime.clone(), jurisdiction: of.jurisdiction.clone(), measure: MeasureKey::Any, unit: Unit::Count };
            let matter = if is_silent { Matter::Holds(silence(of)) } else { Matter::Over };
            self.notice(weighing, (rule, series), matter, out);
        }
    }

    /// Exposure that fell while no condition of the series fires. While a count is silent across the jurisdiction nobody can tell, also
    /// where the silence has outlasted the hold: no report is not zero.
    pub(crate) fn weigh_deterrence(&mut self, weighing: &Weighing<'_>, of: &Weighed<'_>, key: &SeriesKey, out: &mut Vec<Decision>) {
        let subject = (Rule::Deterrence, key.clone());
        let fires = of.series.streams.iter().any(|stream| stream.phase == ConditionPhase::Firing);
        let cannot_tell = of.is_held || !of.of.silent.is_empty();
        let nats = fallen(of.series);
        let noted = self.alerts.get_mut(&subject).filter(|alert| alert.is_about());
        let is_over = match noted {
            None if fires || cannot_tell || !is_noted(of.series) => return,
            None => false,
            Some(_) if fires => true,
            Some(_) if cannot_tell => return,
            Some(alert) if nats.is_some_and(|nats| nats >= FADED_NATS) => {
                alert.strengthen();
                false
            }
            Some(alert) => alert.weaken() >= FADED_WEEKS,
        };
        let matter = if is_over { Matter::Over } else { Matter::Holds(deterrence(weighing, of)) };
        self.notice(weighing, subject, matter, out);
    }

    /// Notes, goes on, or ends a notice.
    pub(crate) fn notice(&mut self, weighing: &Weighing<'_>, subject: Subject, matter: Matter, out: &mut Vec<Decision>) {
        let at = weighing.day.last_tick();
        let change = match (matter, self.alerts.get_mut(&subject)) {
            (Matter::Over, None) => return,
            (Matter::Over, Some(alert)) => {
                if !alert.leave() || self.request(at, &subject, Request::Recover).is_err() {
                    return;
                }
                Change::Ended
            }
            (Matter::Holds(evidence), Some(alert)) if alert.is_about() => {
                alert.learn(evidence);
                return;
            }
            (Matter::Holds(evidence), Some(_) | None) => {
                if self.begin(weighing, &subject, (kind_of(subject.0), evidence)).is_err() {
                    return;
                }
                Change::Noted
            }
        };
        self.tell(at, &subject, change, out);
    }
}

/// The kind that an alert of a rule begins with; that of slippage depends on its streams.
const fn kind_of(rule: Rule) -> Kind {
    match rule {
        Rule::Slippage => Kind::Effort,
        Rule::ReportingSilence(_) => Kind::Reporting,
        Rule::Deterrence => Kind::Deterrence,
        Rule::EffortErosion => Kind::Erosion,
        Rule::DefinitionBreak => Kind::Definition,
        Rule::DisplacementQuotient => Kind::Displacement,
        Rule::Watch => Kind::Incident,
    }
}

/// Evidence that the exposure of a series fell, nats; none without a level of it.
pub(crate) fn fallen(series: &SeriesAssessment) -> Option<f64> {
    series.stream(Stream::ExposureDown)?.evidence_nats
}

/// Whether exposure fell far enough for a notice.
pub(crate) fn is_noted(series: &SeriesAssessment) -> bool {
    fallen(series).is_some_and(|nats| nats > NOTED_NATS)
}

fn silence(of: &vocab::assessment::Assessment) -> Evidence {
    let mut seen = [0_i64; 3];
    for series in &of.series {
        seen.iter_mut().zip(series.seen).for_each(|(sum, one)| *sum += one);
    }
    Evidence { seen, ..of_no_series(of.week, Diagnosis::ReportingGap) }
}

fn deterrence(weighing: &Weighing<'_>, of: &Weighed<'_>) -> Evidence {
    let ruled_out = weighing.sighting(of).ruled_out(Kind::Deterrence);
    Evidence { stream: Some(Stream::ExposureDown), ruled_out, ..of.evidence() }
}
