//! The register's figures recomputed from the whole log at once, slowly, from what the words mean.
//!
//! Written apart: it shares the vocabulary with the product and nothing else. Must never enter: a call into the engine.

use crate::run::Log;
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    event::{Body, Operation},
    name::RegimeId,
    pack::{Jurisdictions, Pack},
    quantity::Unit,
    record::{Admitted, CaseId, RecordId},
    series::{Count, MeasureKey, SeriesKey},
    tally::{Cell, Ledger, Sum},
    time::{Day, Precision, Tick},
};

/// What a log amounts to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) cells: BTreeMap<Cell, (i64, i64, i64)>,
    pub(crate) ledger: BTreeMap<(String, Day), Ledger>,
    pub(crate) cases: BTreeMap<(CaseId, RecordId, Day), i64>,
    pub(crate) late: Vec<(RecordId, Tick, u32)>,
}

struct Packs(Vec<(Tick, Arc<Pack>)>);

impl Packs {
    fn of(log: &Log) -> Self {
        let mut packs: Vec<(Tick, Arc<Pack>)> = Vec::new();
        let mut seen = Vec::new();
        for (tick, records) in log {
            let mut records: Vec<&Admitted> = records.iter().collect();
            records.sort_by_key(|record| record.id);
            for record in records {
                if let Body::PackActivated(activation) = &record.event.body
                    && !seen.contains(&record.id)
                {
                    seen.push(record.id);
                    packs.push((*tick, activation.pack.clone().unwrap()));
                }
            }
        }
        Self(packs)
    }

    fn at(&self, tick: Tick, regime: &RegimeId) -> Option<&Pack> {
        let held = self.0.iter().rfind(|(from, pack)| *from < tick && pack.regime == *regime);
        held.map(|(_, pack)| &**pack)
    }

    /// First day inside the horizon; it never falls. One regime has packs here, the others share its horizon.
    fn floor(&self, tick: Tick) -> Day {
        let ends = self.0.iter().skip(1).map(|(tick, _)| *tick).chain([Tick(i64::MAX)]);
        // One that is replaced in the tick in which it was told has held at none.
        let floors = self.0.iter().zip(ends).filter(|((from, _), end)| *from < tick && from < end);
        floors.map(|((_, pack), end)| end.min(tick).day().plus(-7 * i32::from(pack.policy.horizon_weeks))).max().unwrap_or(Day(i32::MIN))
    }
}

/// Recomputes everything.
pub(crate) fn figures(log: &Log) -> Figures {
    let packs = Packs::of(log);
    let mut by_record = BTreeMap::<RecordId, Vec<&Admitted>>::new();
    for record in log.values().flatten() {
        by_record.entry(record.id).or_default().push(record);
    }
    let mut figures = Figures::default();
    for messages in by_record.values_mut() {
        messages.sort_by_key(|message| (message.known, message.event.revision, message.content));
        one_record(&packs, messages, &mut figures);
    }
    figures.late.sort_unstable();
    figures.ledger.retain(|_, sum| *sum != Ledger::default());
    figures.cells.retain(|_, sum| *sum != (0, 0, 0));
    figures
}

/// The one that stands: the highest revision; of it the earliest; of that tick the lowest content.
fn standing<'a>(messages: &[&'a Admitted]) -> Option<&'a Admitted> {
    let highest = messages.iter().map(|message| message.event.revision).max()?;
    messages.iter().filter(|message| message.event.revision == highest).min_by_key(|message| (message.known, message.content)).copied()
}

fn one_record(packs: &Packs, messages: &[&Admitted], figures: &mut Figures) {
    let annotates = |message: &Admitted| matches!(message.event.body, Body::PackActivated(_) | Body::ContextNoted(_));
    let mut heard: Vec<&Admitted> = Vec::new();
    let mut last_day = Day(i32::MIN);
    for same_tick in messages.chunk_by(|one, next| one.known == next.known) {
        let tick = same_tick[0].known;
        let floor = packs.floor(tick);
        if !heard.is_empty() && !annotates(same_tick[0]) && last_day < floor {
            settle(packs, &heard, figures);
            heard.clear();
        }
        let old = standing(&heard).is_some_and(|message| message.event.occurred.day < floor);
        let mut fresh = Vec::new();
        for message in same_tick {
            if !annotates(message) && (old || message.event.occurred.day < floor) {
                figures.late.push((message.id, tick, message.event.revision));
                figures.ledger.entry((message.event.source.to_string(), tick.day())).or_default().late += 1;
                // What is late leaves nothing of its own, but keeps in mind what is there.
                if !heard.is_empty() || same_tick.iter().any(|other| other.event.occurred.day >= floor) {
                    last_day = last_day.max(message.event.occurred.day);
                }
            } else {
                fresh.push(*message);
            }
        }
        if heard.is_empty() && !fresh.is_empty() {
            last_day = tick.day();
        }
        heard.extend(fresh);
        last_day = heard.iter().map(|message| message.event.occurred.day).chain([last_day]).max().unwrap();
    }
    settle(packs, &heard, figures);
}

/// Books the messages of one record that were heard while it was remembered.
fn settle(packs: &Packs, heard: &[&Admitted], figures: &mut Figures) {
    let Some(stands) = standing(heard) else { return };
    for (n, message) in heard.iter().enumerate() {
        let line = figures.ledger.entry((message.event.source.to_string(), message.known.day())).or_default();
        let before = &heard[..n];
        let highest = before.iter().map(|earlier| earlier.event.revision).max();
        if std::ptr::eq(*message, stands) {
            line.effective += 1;
        } else if highest == Some(message.event.revision) {
            let rival = standing(before).unwrap();
            if rival.content == message.content { line.duplicates += 1 } else { line.conflicts += 1 }
        } else {
            line.superseded += 1;
        }
    }
    let told = contribution(packs, stands);
    if told == Told::Unlisted {
        figures.ledger.entry((stands.event.source.to_string(), stands.known.day())).or_default().unlisted += 1;
    }
    let first_known = heard[0].known.day();
    if let Told::In(series, count) = told {
        let acts = i64::from(stands.event.count);
        let served = i64::try_from(series.len()).unwrap();
        let any = SeriesKey { measure: MeasureKey::Any, ..series[0].clone() };
        let sums = series.into_iter().map(|series| (series, (acts, 0, 0))).chain([(any, (acts, acts * served, acts * served * served))]);
        for (series, sum) in sums {
            let cell = Cell { series, count, stratum: stands.event.stratum.clone(), occurred: stands.event.occurred.day, first_known };
            let at = figures.cells.entry(cell).or_default();
            *at = (at.0 + sum.0, at.1 + sum.1, at.2 + sum.2);
        }
    }
    if let Some(case) = stands.case.filter(|_| stands.event.operation != Operation::Retract) {
        *figures.cases.entry((case, stands.id, stands.event.occurred.day)).or_default() += 1;
    }
}

#[derive(PartialEq)]
enum Told {
    Nothing,
    Unlisted,
    In(Vec<SeriesKey>, Count),
}

fn contribution(packs: &Packs, message: &Admitted) -> Told {
    let event = &message.event;
    let count = match event.body {
        _ if event.operation == Operation::Retract => return Told::Nothing,
        Body::InspectionPerformed(_) => Count::Inspections,
        Body::SeizureRecorded(_) | Body::InterdictionOutcome(_) => Count::Interdictions,
        Body::ExposureObserved(_) | Body::ExposureAggregate(_) => Count::Exposure,
        Body::Unrecognised(_) => return Told::Unlisted,
        _ => return Told::Nothing,
    };
    let days = event.occurred.last_day.0 - event.occurred.day.0 + 1;
    let Some(pack) = packs.at(message.known, &event.regime) else { return Told::Unlisted };
    let Jurisdictions::Listed(places) = &pack.jurisdictions else { panic!("the tests list") };
    let place = places.iter().find(|place| Some(&place.code) == event.jurisdiction.as_ref());
    let mut measures: Vec<_> = pack.measures.iter().filter(|measure| event.measures.contains(&measure.id)).collect();
    measures.retain(|measure| {
        measure.from.is_none_or(|from| from <= event.occurred.day) && measure.to.is_none_or(|to| event.occurred.day < to)
    });
    match place {
        Some(place) if event.occurred.precision != Precision::Month && days <= 7 && !measures.is_empty() => Told::In(
            measures
                .into_iter()
                .map(|measure| SeriesKey {
                    regime: event.regime.clone(),
                    jurisdiction: place.code.clone(),
                    measure: MeasureKey::One(measure.id.clone()),
                    unit: Unit::Count,
                })
                .collect(),
            count,
        ),
        _ => Told::Unlisted,
    }
}

/// Adds a sum.
pub(crate) fn add(at: &mut (i64, i64, i64), sum: Sum) {
    *at = (at.0 + sum.acts, at.1 + sum.measures, at.2 + sum.measures_squared);
}
