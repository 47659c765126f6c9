//! The records behind an alert: which admitted rows its evidence rests on, and what came in late or was taken back since.
//!
//! Found while the log is read for verification. What must never enter: a judgement of a record.

use crate::{archive::hexadecimal, failure::Failure, file};
use journal::sqlite::{Reader, StoredRow};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use vocab::{
    alert::{Change, LongView, Transition},
    assessment::Kind,
    event::{Body, Event, Operation},
    record::{Admitted, RecordId},
    series::{Count, MeasureKey, SeriesKey},
    time::{Tick, Week},
};

/// Ranges of positions shown.
const RANGES_SHOWN_MAX: usize = 6;

/// Records of a series in the weeks of its evidence, and those that undid it.
pub struct Behind {
    series: SeriesKey,
    /// The records it rests on one by one, where it rests on facts and not on counts.
    facts: BTreeSet<RecordId>,
    /// What the alert counts.
    count: Count,
    weeks: (Week, Week),
    at: Tick,
    records: u64,
    acts: i64,
    ranges: Vec<(u64, u64)>,
    ends: Option<[(u64, String); 2]>,
    links: Vec<String>,
    /// Corrections and retractions of these weeks that became known afterwards.
    taken_back: u64,
    /// Reports of these weeks that became known afterwards.
    arrived: u64,
    /// Records that undid the alert, with where each was first met.
    undone: BTreeMap<RecordId, Option<(u64, String)>>,
    /// The row before the one that is looked at, whatever it held: positions between rows are marks.
    row_before: Option<u64>,
    /// The pack in force.
    pub pack: Option<Pack>,
}

/// The pack in force at a decision.
pub struct Pack {
    /// What it says.
    pub rules: Arc<vocab::pack::Pack>,
    position: u64,
}

impl Pack {
    /// In sentences.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        vec![
            format!("Pack \"{}\", version {}, activated by record at position {}.", self.rules.title, self.rules.version, self.position),
            format!("Pack SHA-256 {}.", self.rules.hash),
            format!("Judgement version {}, slipwatch {}.", engine::seal::JUDGEMENT, env!("CARGO_PKG_VERSION")),
        ]
    }

    /// As JSON.
    #[must_use]
    pub fn value(&self) -> Value {
        json!({
            "title": self.rules.title.as_str(), "version": self.rules.version, "sha256": self.rules.hash.to_string(),
            "position": self.position, "judgement": engine::seal::JUDGEMENT,
        })
    }
}

fn undone(change: &Change) -> &[RecordId] {
    match change {
        Change::Recalled { undone_by, .. } => undone_by,
        Change::Fired(_)
        | Change::Reopened(_)
        | Change::Escalated(_)
        | Change::Acknowledged { .. }
        | Change::AcknowledgementExpired
        | Change::Recovered(_)
        | Change::Faded
        | Change::Closed { .. }
        | Change::Rebased { .. }
        | Change::Reclassified { .. }
        | Change::Noted
        | Change::Ended => &[],
    }
}

/// The count that an alert of a kind rests on.
const fn count_of(kind: Kind) -> Count {
    match kind {
        Kind::Effort | Kind::Timeliness | Kind::Displacement | Kind::Reporting | Kind::Erosion | Kind::Definition | Kind::Incident => {
            Count::Inspections
        }
        Kind::Yield => Count::Interdictions,
        Kind::Deterrence => Count::Exposure,
    }
}

/// The records of the facts that an alert rests on, if it rests on facts.
fn facts(transition: &Transition) -> BTreeSet<RecordId> {
    match transition.evidence.long.as_deref() {
        Some(LongView::Watched(watched)) => watched.facts.iter().map(|fact| fact.record).collect(),
        None | Some(LongView::Erosion(_) | LongView::Mix(_) | LongView::Look(_)) => BTreeSet::new(),
    }
}

impl Behind {
    /// Of a transition: records of its series from its onset to its week, known by then; and what undid the alert in its life.
    #[must_use]
    pub fn of(transition: &Transition, life: &[&Transition]) -> Self {
        let week = transition.evidence.week;
        let onset = transition.evidence.onset().map_or(week, |onset| onset.week);
        Self {
            series: transition.series.clone(),
            facts: facts(transition),
            count: count_of(transition.kind),
            weeks: (onset, week),
            at: transition.at,
            records: 0,
            acts: 0,
            ranges: Vec::new(),
            ends: None,
            links: Vec::new(),
            taken_back: 0,
            arrived: 0,
            undone: life.iter().flat_map(|transition| undone(&transition.change)).map(|record| (*record, None)).collect(),
            row_before: None,
            pack: None,
        }
    }

    /// Looks at a row on the way.
    pub fn see(&mut self, row: &StoredRow, record: &Admitted) {
        let before = self.row_before.replace(row.position);
        if let Some(found) = self.undone.get_mut(&record.id) {
            *found = Some((row.position, row.key.clone()));
        }
        let event = &record.event;
        if let Body::PackActivated(activation) = &event.body {
            let pack = activation.pack.as_ref().filter(|pack| record.known < self.at && pack.regime == self.series.regime);
            if let Some(pack) = pack {
                self.pack = Some(Pack { rules: Arc::clone(pack), position: row.position });
            }
            return;
        }
        let week = event.occurred.day.week();
        let is_behind = if self.facts.is_empty() {
            (self.weeks.0..=self.weeks.1).contains(&week) && self.concerns(event)
        } else {
            self.facts.contains(&record.id)
        };
        if !is_behind {
            return;
        }
        if record.known > self.at {
            match event.operation {
                Operation::Assert => self.arrived += 1,
                Operation::Correct | Operation::Retract => self.taken_back += 1,
            }
            return;
        }
        self.records += 1;
        self.acts += if event.operation == Operation::Retract { 0 } else { i64::from(event.count) };
        match self.ranges.last_mut() {
            Some((_, last)) if Some(*last) == before => *last = row.position,
            Some(_) | None => self.ranges.push((row.position, row.position)),
        }
        let end = (row.position, row.key.clone());
        self.ends = Some(self.ends.take().map_or_else(|| [end.clone(), end.clone()], |[first, _]| [first, end.clone()]));
    }

    fn concerns(&self, event: &Event) -> bool {
        let measure = match &self.series.measure {
            MeasureKey::Any => true,
            MeasureKey::One(measure) => event.measures.contains(measure),
        };
        self.counts(event)
            && measure
            && event.regime == self.series.regime
            && event.jurisdiction.as_ref() == Some(&self.series.jurisdiction)
    }

    /// Whether an event adds to the count that the alert rests on.
    fn counts(&self, event: &Event) -> bool {
        match self.count {
            Count::Inspections => {
                let strata = self.pack.as_ref().map_or(&[][..], |pack| &pack.rules.effort_strata);
                let is_effort = strata.is_empty() || event.stratum.as_ref().is_some_and(|stratum| strata.contains(stratum));
                matches!(event.body, Body::InspectionPerformed(_)) && is_effort
            }
            Count::Interdictions => matches!(event.body, Body::SeizureRecorded(_) | Body::InterdictionOutcome(_)),
            Count::Exposure => matches!(event.body, Body::ExposureObserved(_) | Body::ExposureAggregate(_)),
        }
    }

    /// Reads the links of the first and the last row.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn link(&mut self, reader: &Reader) -> Result<(), Failure> {
        for (position, _) in self.ends.iter().flatten() {
            let link = reader.link_at("admitted", *position).map_err(file::failed)?;
            self.links.push(hexadecimal(&link));
        }
        Ok(())
    }

    fn ranges(&self) -> Vec<String> {
        self.ranges.iter().map(|(first, last)| if first == last { first.to_string() } else { format!("{first}–{last}") }).collect()
    }

    /// Where the records stand: a few ranges, and how many there are.
    fn positions(&self) -> Option<String> {
        let ranges = self.ranges();
        let last = ranges.last()?;
        if ranges.len() <= RANGES_SHOWN_MAX {
            return Some(format!("Positions in `admitted`: {}.", ranges.join(", ")));
        }
        let first = ranges.iter().take(RANGES_SHOWN_MAX - 1).cloned().collect::<Vec<_>>().join(", ");
        Some(format!("Positions in `admitted`: {first}, … {last} ({} ranges; -o json lists them all).", ranges.len()))
    }

    /// In sentences.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let (from, until) = self.weeks;
        let rests_on_facts = !self.facts.is_empty();
        let mut lines = vec![if rests_on_facts {
            format!("It rests on {} records, told in {} rows that were known by then.", self.facts.len(), self.records)
        } else {
            format!(
                "{} records of counted {} ({} acts) occurred in weeks {from} to {until} and were known by then.",
                self.records,
                self.count.as_str(),
                self.acts
            )
        }];
        lines.extend(self.positions());
        for (which, ((position, key), link)) in ["First", "Last"].iter().zip(self.ends.iter().flatten().zip(&self.links)) {
            lines.push(format!("{which}: position {position}, record {key}, link {link}."));
        }
        lines.extend(self.undone.iter().map(|(record, found)| match found {
            Some((position, key)) => format!("Undone by record {key}, last told at position {position}."),
            None => format!("Undone by record {record}."),
        }));
        let of = if rests_on_facts { "these records" } else { "these weeks" };
        lines.push(format!("Known only afterwards: {} reports of {of}, {} corrections or retractions.", self.arrived, self.taken_back));
        lines
    }

    /// As JSON.
    #[must_use]
    pub fn value(&self) -> Value {
        let ends: Vec<Value> = self
            .ends
            .iter()
            .flatten()
            .zip(&self.links)
            .map(|((position, key), link)| json!({ "position": position, "record": key, "link": link }))
            .collect();
        json!({
            "from": self.weeks.0.to_string(), "until": self.weeks.1.to_string(), "records": self.records, "acts": self.acts,
            "undoneBy": self.undone.iter().map(|(record, found)| json!({ "id": record.to_string(), "position": found.as_ref().map(|found| found.0), "record": found.as_ref().map(|found| &found.1) })).collect::<Vec<_>>(),
            "positions": self.ranges, "ends": ends, "arrivedAfterwards": self.arrived, "takenBackAfterwards": self.taken_back,
        })
    }
}
