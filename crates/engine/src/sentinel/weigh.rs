//! Weighing: what the assessments of a closed day do to the alerts of a regime.
//!
//! Conditions have decided already; here their turns become moves of the series' one alert, the alert gets its kind and learns the
//! newest evidence. What must never enter: a threshold of the statistics, a rule on single facts.

use super::{
    alert::Alert,
    digest,
    kind::{Label, Neighbours, Sighting},
    life::{Request, Unmoved},
    long, notice,
    opening::{Firing, Moved, moved},
    regime::{Regime, Subject},
};
use crate::{assessor::rules, identity, seal::Assessed};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use vocab::{
    alert::{Change, Decision, Evidence, Grade, Rule},
    assessment::{Assessment, Diagnosis, FiredBy, Kind, Modes, Power, SeriesAssessment, Stream, Turn},
    name::JurisdictionCode,
    pack::{Jurisdictions, Pack},
    quantity::Unit,
    series::{MeasureKey, SeriesKey},
    time::{Day, Week},
};

/// A member's own log ratio at the pooled effect from which it bears the fall out by itself, nats (`detection.md` §4.1).
const CONFIRMED_NATS: f64 = 1.5;

/// What a day is weighed with.
pub(crate) struct Weighing<'a> {
    pub(crate) day: Day,
    pub(crate) merge_weeks: u16,
    /// The threshold of the conditions, nats.
    threshold_nats: f64,
    pack: Option<Arc<Pack>>,
    /// Of the regime, sorted by jurisdiction.
    pub(crate) assessments: &'a [&'a Assessment],
}

/// A series as it is weighed.
pub(crate) struct Weighed<'a> {
    pub(crate) week: Week,
    pub(crate) is_held: bool,
    pub(crate) of: &'a Assessment,
    pub(crate) series: &'a SeriesAssessment,
}

impl Regime {
    /// Weighs all assessments of a closed day, sorted by jurisdiction.
    pub(crate) fn weigh(&mut self, day: Day, assessments: &[&Assessment], out: &mut Vec<Decision>) {
        self.enforce(day.last_tick());
        self.assess(day, Assessed::of(assessments));
        let pack = self.pack().cloned();
        let weighing = Weighing {
            day,
            merge_weeks: pack.as_ref().map_or(0, |pack| pack.policy.merge_weeks),
            threshold_nats: pack.as_ref().map_or(f64::INFINITY, |pack| rules::threshold_nats(pack)),
            pack,
            assessments,
        };
        let subjects = self.subjects();
        for of in assessments {
            let known = subjects.get(&of.jurisdiction);
            let has_alert = |measure: &MeasureKey| known.is_some_and(|measures| measures.contains(measure));
            if !of.silent.is_empty() || has_alert(&MeasureKey::Any) {
                self.weigh_silences(&weighing, of, out);
            }
            // Alerts rest on counts: what the same acts weigh opens none, by the rule that the assessor reads alike.
            for series in of.series.iter().filter(|series| series.unit == Unit::Count) {
                let weighed = Weighed { week: of.week, is_held: of.held.is_some(), of, series };
                // Most series are quiet and have no alert: their key is not even made.
                if weighed.speaks() || has_alert(&series.measure) {
                    let key = of.key(series);
                    self.weigh_slippage(&weighing, &weighed, &key, out);
                    self.weigh_deterrence(&weighing, &weighed, &key, out);
                    self.weigh_long(&weighing, &weighed, &key, out);
                }
            }
        }
        let looks = self.weigh_looks(&weighing, out);
        let lookback_weeks = weighing.pack.as_ref().map_or(0, |pack| pack.policy.lookback_weeks);
        let overdue = self.overdue.rows(self.id(), weighing.pack.as_deref());
        if let Some(digest) = digest::of(day, (assessments, lookback_weeks), looks, overdue) {
            self.decide(Decision::Digest(digest), out);
        }
    }

    /// What there is an alert or notice of, or was, by jurisdiction.
    fn subjects(&self) -> BTreeMap<JurisdictionCode, BTreeSet<MeasureKey>> {
        let mut subjects: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (_, series) in self.alerts.keys() {
            subjects.entry(series.jurisdiction.clone()).or_default().insert(series.measure.clone());
        }
        subjects
    }

    fn weigh_slippage(&mut self, weighing: &Weighing<'_>, of: &Weighed<'_>, key: &SeriesKey, out: &mut Vec<Decision>) {
        let subject = (Rule::Slippage, key.clone());
        let is_open = self.is_open(&subject);
        match moved(&of.series.streams) {
            Some(Moved::Fires) if !is_open => self.open(weighing, of, subject, out),
            None if !is_open => {}
            // A fall that an act has ended already.
            Some(Moved::Ends) if !is_open => {}
            moved @ (None | Some(Moved::Fires | Moved::Ends)) => self.go_on(weighing, of, (subject, moved), out),
        }
    }

    /// The first condition of a series fires.
    fn open(&mut self, weighing: &Weighing<'_>, of: &Weighed<'_>, subject: Subject, out: &mut Vec<Decision>) {
        let sighting = weighing.sighting(of);
        let Some(label) = sighting.label() else { return };
        let (evidence, by) = (weighing.evidence(of, (label, &sighting)), of.fired_by(label.stream));
        self.fire(weighing, &subject, (label.kind, by, evidence), out);
    }

    /// The alert of a claim that has none standing fires: the last one again, or a new one.
    pub(crate) fn fire(
        &mut self,
        weighing: &Weighing<'_>,
        subject: &Subject,
        (kind, by, evidence): (Kind, FiredBy, Evidence),
        out: &mut Vec<Decision>,
    ) {
        let change = match self.begin(weighing, subject, (kind, evidence)) {
            Ok(Firing::Again) => Change::Reopened(by),
            Ok(Firing::Anew) => Change::Fired(by),
            Err(_) => return,
        };
        self.tell(weighing.day.last_tick(), subject, change, out);
    }

    /// The alert or notice of a claim stands from this day on; nothing is told yet.
    pub(crate) fn begin(
        &mut self,
        weighing: &Weighing<'_>,
        subject: &Subject,
        (kind, evidence): (Kind, Evidence),
    ) -> Result<Firing, Unmoved> {
        if let Some(alert) = self.alerts.get_mut(subject) {
            return alert.fire(weighing.day, kind, (evidence, weighing.merge_weeks));
        }
        let claim = identity::claim(self.id(), subject.0, &subject.1);
        self.alerts.insert(subject.clone(), Alert::first(claim, weighing.day, (kind, evidence)));
        Ok(Firing::Anew)
    }

    pub(crate) fn is_open(&self, subject: &Subject) -> bool {
        self.alerts.get(subject).is_some_and(|alert| alert.phase().is_open())
    }

    /// The alert of a series stands: it learns, escalates, gets another name, or ends.
    fn go_on(&mut self, weighing: &Weighing<'_>, of: &Weighed<'_>, (subject, moved): (Subject, Option<Moved>), out: &mut Vec<Decision>) {
        let Some(alert) = self.alerts.get_mut(&subject) else { return };
        let sighting = weighing.sighting(of);
        let label = sighting.label();
        let now = label.unwrap_or(Label { stream: alert.evidence().stream.unwrap_or(Stream::Effort), kind: alert.kind() });
        // In a held week nothing is known anew, and a series whose counts cannot be has nothing to say.
        if !of.is_held && !of.series.streams.is_empty() {
            alert.learn(weighing.evidence(of, (now, &sighting)));
        }
        for turn in of.series.streams.iter().filter_map(|stream| stream.turn) {
            match turn {
                Turn::Recalled | Turn::Recovered(_) | Turn::Faded => alert.note_end(turn),
                Turn::Pended | Turn::Calmed | Turn::Fired(_) | Turn::Escalated(_) => {}
            }
        }
        if moved == Some(Moved::Ends) {
            return self.end(weighing, &subject, out);
        }
        let renamed =
            label.filter(|_| !of.is_held).and_then(|label| Some(Change::Reclassified { from: alert.look(label.kind)?, to: label.kind }));
        let at = weighing.day.last_tick();
        if let Some(by) = of.escalated_by()
            && self.request(at, &subject, Request::Escalate).is_ok()
        {
            self.tell(at, &subject, Change::Escalated(by), out);
        }
        if let Some(change) = renamed {
            self.tell(at, &subject, change, out);
        }
    }

    /// The last condition of a series has ended.
    fn end(&mut self, weighing: &Weighing<'_>, subject: &Subject, out: &mut Vec<Decision>) {
        let Some(alert) = self.alerts.get(subject) else { return };
        let (request, change) = match alert.ended() {
            Some(Turn::Recalled) => (Request::Recall, alert.recalled()),
            Some(Turn::Recovered(since)) => (Request::Recover, Change::Recovered(since)),
            Some(Turn::Faded) => (Request::Fade, Change::Faded),
            None | Some(Turn::Pended | Turn::Calmed | Turn::Fired(_) | Turn::Escalated(_)) => return,
        };
        let at = weighing.day.last_tick();
        if self.request(at, subject, request).is_ok() {
            self.tell(at, subject, change, out);
        }
    }
}

impl Weighing<'_> {
    /// The series with all that its kind rests on.
    pub(crate) fn sighting<'s>(&self, of: &Weighed<'s>) -> Sighting<'s> {
        Sighting {
            week: of.week,
            streams: &of.series.streams,
            modes: of.series.modes,
            completeness: of.series.completeness,
            silent: &of.of.silent,
            neighbours: self.neighbours(of),
            threshold_nats: self.threshold_nats,
        }
    }

    /// What the declared neighbours of a series show in the same measure.
    fn neighbours(&self, of: &Weighed<'_>) -> Neighbours {
        let declared = self.pack.as_ref().map_or(&[][..], |pack| declared_neighbours(pack, &of.of.jurisdiction));
        if declared.is_empty() {
            return Neighbours::Undeclared;
        }
        let fallen = declared.iter().filter_map(|code| {
            let at = self.assessments.binary_search_by(|assessment| assessment.jurisdiction.cmp(code)).ok()?;
            let same = |series: &&SeriesAssessment| series.measure == of.series.measure && series.unit == of.series.unit;
            self.assessments.get(at)?.series.iter().find(same).and_then(notice::fallen)
        });
        Neighbours::Largest(fallen.reduce(f64::max))
    }

    fn evidence(&self, of: &Weighed<'_>, (label, sighting): (Label, &Sighting<'_>)) -> Evidence {
        Evidence {
            stream: Some(label.stream),
            grade: self.grade(of, label.stream),
            ruled_out: sighting.ruled_out(label.kind),
            ..of.evidence()
        }
    }

    /// Confirmed where the series' own evidence passes the threshold, where it fell by a collapse (which looks at own counts alone), or
    /// where it bears the jurisdiction's fall out by itself.
    fn grade(&self, of: &Weighed<'_>, stream: Stream) -> Grade {
        let own = of.series.stream(stream).is_some_and(|stream| {
            let has_passed = stream.own_evidence_nats.is_some_and(|nats| nats > self.threshold_nats);
            has_passed || stream.turn == Some(Turn::Fired(FiredBy::Collapse))
        });
        let pool = of.of.pooled.iter().find(|pool| pool.stream == stream);
        let members = pool.map_or(&[][..], |pool| &pool.members);
        let member = members.iter().find(|member| member.measure == of.series.measure && member.unit == of.series.unit);
        if own || member.is_some_and(|member| member.nats > CONFIRMED_NATS) { Grade::Confirmed } else { Grade::Suspected }
    }
}

impl Weighed<'_> {
    /// Whether there may be something to decide where no alert is.
    fn speaks(&self) -> bool {
        self.series.streams.iter().any(|stream| stream.turn.is_some()) || notice::is_noted(self.series) || long::speaks(self.series)
    }

    /// All that is seen of the series, led by no stream.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            week: self.week,
            seen: self.series.seen,
            completeness: self.series.completeness,
            streams: self.series.streams.clone(),
            stream: None,
            grade: Grade::Confirmed,
            ruled_out: Vec::new(),
            diagnosis: self.series.diagnosis,
            power: self.series.power,
            modes: self.series.modes,
            long: None,
        }
    }

    /// What made the alert fire: the leading stream, if it is among those that fired now, or else the first that did.
    fn fired_by(&self, leading: Stream) -> FiredBy {
        let fired = |stream: &vocab::assessment::StreamAssessment| match stream.turn {
            Some(Turn::Fired(by)) => Some(by),
            None | Some(Turn::Pended | Turn::Calmed | Turn::Escalated(_) | Turn::Recalled | Turn::Recovered(_) | Turn::Faded) => None,
        };
        let of_leading = self.series.stream(leading).and_then(fired);
        of_leading.or_else(|| self.series.streams.iter().find_map(fired)).unwrap_or(FiredBy::Evidence)
    }

    fn escalated_by(&self) -> Option<FiredBy> {
        self.series.streams.iter().find_map(|stream| match stream.turn {
            Some(Turn::Escalated(by)) => Some(by),
            None | Some(Turn::Pended | Turn::Calmed | Turn::Fired(_) | Turn::Recalled | Turn::Recovered(_) | Turn::Faded) => None,
        })
    }
}

/// The evidence of a claim about several series or places: no series' own figures.
pub(crate) const fn of_no_series(week: Week, diagnosis: Diagnosis) -> Evidence {
    Evidence {
        week,
        seen: [0; 3],
        completeness: None,
        streams: Vec::new(),
        stream: None,
        grade: Grade::Confirmed,
        ruled_out: Vec::new(),
        diagnosis,
        power: Power::NONE,
        modes: Modes(0),
        long: None,
    }
}

fn declared_neighbours<'p>(pack: &'p Pack, code: &JurisdictionCode) -> &'p [JurisdictionCode] {
    match &pack.jurisdictions {
        Jurisdictions::Listed(listed) => listed.iter().find(|one| one.code == *code).map_or(&[][..], |one| &one.neighbours),
        Jurisdictions::Pattern { .. } => &[],
    }
}
