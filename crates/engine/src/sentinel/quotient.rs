//! Displacement by the quotient: where jurisdictions meet, their counts around an intervention become a look at it.
//!
//! What must never enter: a count that no assessment brought, a look that is not due, which place is whose neighbour (the pack's).

use alloc::{collections::BTreeMap, vec::Vec};
use surveillance::statistics::{self, Quotient};
use vocab::{
    alert::{Look, LookFound},
    assessment::{Around, Assessment, BeforeAfter, Interval},
    name::{JurisdictionCode, MeasureId},
    pack::{Intervention, Pack, Part},
    quantity::Unit,
    series::{MeasureKey, SeriesKey},
    time::Week,
};

/// Before and after: treated, neighbours, controls.
type Counts = [[u64; 2]; 3];

/// The looks that are due at the close of a week, by intervention and measure, in the order of the pack. Of an intervention without
/// any count there is none.
pub(crate) fn looks(pack: &Pack, week: Week, assessments: &[&Assessment]) -> Vec<Look> {
    let due = pack.interventions.iter().filter_map(|intervention| Some((intervention, intervention.look_at(week)?)));
    due.flat_map(|(intervention, after_weeks)| look(pack, (intervention, after_weeks), assessments)).collect()
}

fn look(pack: &Pack, (intervention, after_weeks): (&Intervention, u16), assessments: &[&Assessment]) -> Vec<Look> {
    let of_look = |around: &&Around| around.label == intervention.label && around.after_weeks == after_weeks;
    let mut told: Vec<&JurisdictionCode> = Vec::new();
    let mut sums: BTreeMap<&MeasureId, Counts> = BTreeMap::new();
    for assessment in assessments {
        let Some(around) = assessment.around.iter().find(of_look) else { continue };
        told.push(&assessment.jurisdiction);
        for BeforeAfter { measure, before, after } in &around.counts {
            let [sum_before, sum_after] = &mut sums.entry(measure).or_default()[row(around.part)];
            (*sum_before, *sum_after) = (sum_before.saturating_add(*before), sum_after.saturating_add(*after));
        }
    }
    let parts = intervention.treated.iter().chain(&intervention.neighbours).chain(&intervention.controls);
    let mut missing: Vec<JurisdictionCode> = parts.filter(|code| !told.contains(code)).cloned().collect();
    missing.sort();
    let Some(first) = intervention.treated.first() else { return Vec::new() };
    let series = |measure: &MeasureId| SeriesKey {
        regime: pack.regime.clone(),
        jurisdiction: first.clone(),
        measure: MeasureKey::One(measure.clone()),
        unit: Unit::Count,
    };
    let taken = sums.iter().map(|(measure, counts)| {
        let quotient = if missing.is_empty() { quotient(counts) } else { None };
        let [treated, neighbours, controls] = *counts;
        Look {
            label: intervention.label.clone(),
            series: series(measure),
            after_weeks,
            treated,
            neighbours,
            controls,
            quotient: quotient.and_then(interval),
            missing: missing.clone(),
            found: found(quotient),
        }
    });
    taken.collect()
}

const fn row(part: Part) -> usize {
    match part {
        Part::Treated => 0,
        Part::Neighbour => 1,
        Part::Control => 2,
    }
}

fn quotient(counts: &Counts) -> Option<Quotient> {
    let [treated, neighbours, controls] = counts.map(|[before, after]| statistics::BeforeAfter { before, after });
    Quotient::of(treated, neighbours, controls)
}

fn interval(quotient: Quotient) -> Option<Interval> {
    let interval = quotient.interval?;
    Some(Interval { estimate: quotient.quotient, low: interval.low, high: interval.high })
}

fn found(quotient: Option<Quotient>) -> LookFound {
    match quotient {
        Some(quotient) if quotient.is_displacement() => LookFound::Displaced,
        Some(Quotient { interval: Some(_), .. }) => LookFound::NotDisplaced,
        Some(Quotient { interval: None, .. }) | None => LookFound::Unknown,
    }
}
