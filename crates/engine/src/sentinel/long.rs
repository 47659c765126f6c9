//! Alerts and notices about years and places: long erosion, breaks in what is counted, displacement by the quotient.
//!
//! The assessor says where each stands; here that becomes the life of an alert of its own rule, beside the one about slippage. What
//! must never enter: a threshold, a merge of these with the weekly evidence.

use super::{
    alert::Alert,
    life::Request,
    notice::Matter,
    opening::Firing,
    quotient,
    regime::{Regime, Subject},
    weigh::{Weighed, Weighing},
};
use crate::identity;
use alloc::{boxed::Box, vec::Vec};
use vocab::{
    alert::{Change, Decision, Evidence, Grade, LongView, Look, LookFound, Rule},
    assessment::{Diagnosis, Erosion, ErosionState, ErosionTurn, FiredBy, Kind, Mode, Modes, Power, SeriesAssessment},
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
                self.fire_long(weighing, &subject, (Kind::Erosion, FiredBy::Erosion, evidence), out);
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
                    self.fire_long(weighing, &subject, (Kind::Displacement, FiredBy::Quotient, evidence), out);
                }
                (LookFound::Displaced, true) => self.learn_long(&subject, evidence),
                (LookFound::NotDisplaced, true) => self.end_long(weighing, &subject, Some(evidence), out),
                // What cannot be told ends nothing.
                (LookFound::NotDisplaced, false) | (LookFound::Unknown, _) => {}
            }
        }
        looks
    }

    fn is_open(&self, subject: &Subject) -> bool {
        self.alerts.get(subject).is_some_and(|alert| alert.phase().is_open())
    }

    fn learn_long(&mut self, subject: &Subject, evidence: Evidence) {
        if let Some(alert) = self.alerts.get_mut(subject) {
            alert.learn(evidence);
        }
    }

    fn fire_long(
        &mut self,
        weighing: &Weighing<'_>,
        subject: &Subject,
        (kind, by, evidence): (Kind, FiredBy, Evidence),
        out: &mut Vec<Decision>,
    ) {
        let change = match self.alerts.get_mut(subject) {
            Some(alert) => match alert.fire(weighing.day, kind, (evidence, weighing.merge_weeks)) {
                Ok(Firing::Again) => Change::Reopened(by),
                Ok(Firing::Anew) => Change::Fired(by),
                Err(_) => return,
            },
            None => {
                let claim = identity::claim(self.id(), subject.0, &subject.1);
                self.alerts.insert(subject.clone(), Alert::first(claim, weighing.day, (kind, evidence)));
                Change::Fired(by)
            }
        };
        self.tell(weighing.day.last_tick(), subject, change, out);
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
        None | Some(LongView::Erosion(_) | LongView::Mix(_) | LongView::Look(_)) => Severity::Warning,
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
    Evidence {
        week: of.week,
        seen: of.series.seen,
        completeness: of.series.completeness,
        streams: of.series.streams.clone(),
        stream: None,
        grade: Grade::Confirmed,
        ruled_out: Vec::new(),
        diagnosis: of.series.diagnosis,
        power: of.series.power,
        modes: of.series.modes,
        long: long.map(Box::new),
    }
}

/// The evidence of a look: several places, so no series' own figures.
fn looked(week: Week, look: &Look) -> Evidence {
    Evidence {
        week,
        seen: [0; 3],
        completeness: None,
        streams: Vec::new(),
        stream: None,
        grade: Grade::Confirmed,
        ruled_out: Vec::new(),
        diagnosis: Diagnosis::Steady,
        power: Power { half_in_26_weeks: 0.0, smallest_fall_in_13_weeks: None, weeks_for_half: None, weeks_for_30_percent: None },
        modes: Modes::default(),
        long: Some(Box::new(LongView::Look(look.clone()))),
    }
}
