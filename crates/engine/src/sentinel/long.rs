//! Alerts and notices about years and places: long erosion, breaks in what is counted, displacement by the quotient.
//!
//! The assessor says where each stands; here that becomes the life of an alert of its own rule, beside the one about slippage. What
//! must never enter: a threshold, a merge of these with the weekly evidence.

use super::{
    life::Request,
    notice::Matter,
    quotient,
    regime::{Regime, Subject},
    weigh::{Weighed, Weighing, of_no_series},
};
use alloc::{boxed::Box, vec::Vec};
use vocab::{
    alert::{Change, Decision, Evidence, LongView, Look, LookFound, Rule},
    assessment::{Diagnosis, Erosion, ErosionState, ErosionTurn, FiredBy, Kind, Mode, SeriesAssessment},
    pack::Severity,
    series::SeriesKey,
    time::Week,
};

impl Regime {
    /// Erosion and breaks of one series.
    pub(crate) fn weigh_long(&mut self, weighing: &Weighing<'_>, of: &Weighed<'_>, key: &SeriesKey, out: &mut Vec<Decision>) {
        self.weigh_erosion(weighing, of, (Rule::EffortErosion, key.clone()), out);
        let matter = if of.series.modes.has(Mode::DefinitionBreak) {
            let long = of.series.mix.as_deref().cloned().map(LongView::Mix);
            Matter::Holds(beside(of, long))
        } else {
            Matter::Over
        };
        self.notice(weighing, (Rule::DefinitionBreak, key.clone()), matter, out);
    }

    fn weigh_erosion(&mut self, weighing: &Weighing<'_>, of: &Weighed<'_>, subject: Subject, out: &mut Vec<Decision>) {
        let erosion = of.series.erosion.as_deref().copied();
        let is_open = self.is_open(&subject);
        let Some(erosion) = erosion.filter(stands) else {
            // Also where a pack declares another reference, or none: the claim rests on nothing then.
            return if is_open {
                self.end_long(weighing, &subject, erosion.map(|erosion| beside(of, Some(LongView::Erosion(erosion)))), out)
            };
        };
        let evidence = beside(of, Some(LongView::Erosion(erosion)));
        match (erosion.turn, is_open) {
            (Some(ErosionTurn::Warned | ErosionTurn::Critical), false) => {
                self.fire(weighing, &subject, (Kind::Erosion, FiredBy::Erosion, evidence), out);
            }
            (Some(ErosionTurn::Critical), true) => {
                self.learn_long(&subject, evidence);
                let at = weighing.day.last_tick();
                if self.request(at, &subject, Request::Escalate).is_ok() {
                    self.tell(at, &subject, Change::Escalated(FiredBy::Erosion), out);
                }
            }
            (None | Some(ErosionTurn::Warned | ErosionTurn::Ended), true) => self.learn_long(&subject, evidence),
            // Closed by a person: it is not fired again before it has ended, or got worse.
            (None | Some(ErosionTurn::Ended), false) => {}
        }
    }

    /// Looks at interventions that are due: they open or end an alert, and all are told in the digest.
    pub(crate) fn weigh_looks(&mut self, weighing: &Weighing<'_>, out: &mut Vec<Decision>) -> Vec<Look> {
        let (Some(pack), Some(first)) = (self.pack().cloned(), weighing.assessments.first()) else { return Vec::new() };
        let looks = quotient::looks(&pack, first.week, weighing.assessments);
        for look in &looks {
            let subject = (Rule::DisplacementQuotient, look.series.clone());
            let evidence = looked(first.week, look);
            match (look.found, self.is_open(&subject)) {
                (LookFound::Displaced, false) => {
                    self.fire(weighing, &subject, (Kind::Displacement, FiredBy::Quotient, evidence), out);
                }
                (LookFound::Displaced, true) => self.learn_long(&subject, evidence),
                (LookFound::NotDisplaced, true) => self.end_long(weighing, &subject, Some(evidence), out),
                // What cannot be told ends nothing.
                (LookFound::NotDisplaced, false) | (LookFound::Unknown, _) => {}
            }
        }
        looks
    }

    fn learn_long(&mut self, subject: &Subject, evidence: Evidence) {
        if let Some(alert) = self.alerts.get_mut(subject) {
            alert.learn(evidence);
        }
    }

    fn end_long(&mut self, weighing: &Weighing<'_>, subject: &Subject, evidence: Option<Evidence>, out: &mut Vec<Decision>) {
        if let Some(evidence) = evidence {
            self.learn_long(subject, evidence);
        }
        let at = weighing.day.last_tick();
        if self.request(at, subject, Request::Recover).is_ok() {
            self.tell(at, subject, Change::Ended, out);
        }
    }
}

/// Whether a series says something that may move an alert of these rules.
pub(crate) fn speaks(series: &SeriesAssessment) -> bool {
    series.modes.has(Mode::DefinitionBreak) || series.erosion.as_deref().is_some_and(|erosion| erosion.turn.is_some())
}

/// How grave erosion is: as far as it has gone.
pub(crate) fn severity(evidence: &Evidence) -> Severity {
    match evidence.long.as_deref() {
        Some(LongView::Erosion(Erosion { state: ErosionState::Critical, .. })) => Severity::Critical,
        None | Some(LongView::Erosion(_) | LongView::Mix(_) | LongView::Look(_) | LongView::Watched(_)) => Severity::Warning,
    }
}

fn stands(erosion: &Erosion) -> bool {
    match erosion.state {
        ErosionState::Warning | ErosionState::Critical => true,
        ErosionState::Unseen | ErosionState::Gathering | ErosionState::Steady => false,
    }
}

/// The evidence of a claim that rests on no stream: the streams stand beside it.
fn beside(of: &Weighed<'_>, long: Option<LongView>) -> Evidence {
    Evidence { long: long.map(Box::new), ..of.evidence() }
}

/// The evidence of a look: several places, so no series' own figures.
fn looked(week: Week, look: &Look) -> Evidence {
    Evidence { long: Some(Box::new(LongView::Look(look.clone()))), ..of_no_series(week, Diagnosis::Steady) }
}
