//! What is kept of a jurisdiction beside the weekly detector: erosion and mix by measure, counts around interventions.
//!
//! It is told every tally that its figures are told, and speaks at the same closes. What must never enter: the detector's state; a
//! judgement that changes the weekly one.

use super::{
    around::Arounds,
    erosion::{Erosion, Known},
    jurisdiction::Figures,
    mix::Mix,
    regime::Terms,
};
use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use surveillance::{Feed, GroupWeek};
use vocab::{
    assessment::{Around, Mode, SeriesAssessment},
    name::{JurisdictionCode, MeasureId},
    pack::{ErosionReference, Pack},
    quantity::Unit,
    series::{Count, MeasureKey},
    tally::Tally,
    time::Week,
};

/// A week is looked at once so much of it is expected to be known: shares of a mix are only as whole as the weeks they are of.
const KNOWN_SHARE_MIN: f64 = 0.9;

/// What is kept of one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OfMeasure {
    mix: Mix,
    erosion: Option<Erosion>,
}

/// What is kept of a jurisdiction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Long {
    window: Option<ErosionReference>,
    measures: BTreeMap<MeasureId, OfMeasure>,
    arounds: Arounds,
}

impl Long {
    /// A pack holds. What it newly declares is counted from a week on; what it no longer declares is forgotten.
    pub(crate) fn declare(&mut self, code: &JurisdictionCode, pack: &Pack, since: Week) {
        self.window = pack.erosion;
        self.arounds.declare(code, &pack.interventions, since);
        for of_measure in self.measures.values_mut() {
            let same = of_measure.erosion.take().filter(|erosion| pack.erosion.is_some_and(|window| erosion.is_against(window)));
            of_measure.erosion = same.or_else(|| pack.erosion.map(|window| Erosion::begin(window, since)));
        }
    }

    /// Adds a tally; `counts` says whether its stratum is effort. The first one of a measure begins it at the week `first`.
    pub(crate) fn add(&mut self, tally: &Tally, counts: Counts, first: Week) {
        let MeasureKey::One(measure) = &tally.cell.series.measure else { return };
        let (count, occurred, acts) = (tally.cell.count, tally.cell.occurred, tally.sum.acts);
        if counts == Counts::Effort && !self.arounds.is_empty() {
            self.arounds.add(measure, count, (occurred, acts));
        }
        let of_measure = match self.measures.get_mut(measure) {
            Some(of_measure) => of_measure,
            None => {
                let erosion = self.window.map(|window| Erosion::begin(window, first));
                self.measures.entry(measure.clone()).or_insert(OfMeasure { mix: Mix::begin(first), erosion })
            }
        };
        if count == Count::Inspections {
            of_measure.mix.add(occurred.week(), tally.cell.stratum.as_ref(), acts);
        }
        if let Some(erosion) = of_measure.erosion.as_mut().filter(|_| counts == Counts::Effort) {
            erosion.add(occurred.week(), count, acts);
        }
    }

    /// Weeks of a measure are an outage, or it was not in force in them.
    pub(crate) fn settle(&mut self, measure: &MeasureKey, (from, until): (Week, Week), open: Week) {
        if let Some(erosion) = self.of(measure).and_then(|of_measure| of_measure.erosion.as_mut()) {
            erosion.settle(from, until, open);
        }
    }

    /// A person set the level of a measure anew.
    pub(crate) fn rebase(&mut self, measure: &MeasureKey, from: Week) {
        if let Some(of_measure) = self.of(measure) {
            of_measure.mix.rebase(from);
        }
    }

    /// What is told at the close of a week about interventions.
    pub(crate) fn looked_at(&self, week: Week) -> Vec<Around> {
        self.arounds.looked_at(week)
    }

    fn of(&mut self, measure: &MeasureKey) -> Option<&mut OfMeasure> {
        match measure {
            MeasureKey::Any => None,
            MeasureKey::One(measure) => self.measures.get_mut(measure),
        }
    }
}

/// Whether a tally is of what the pack counts: inspections of the declared strata, and every other count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// It is.
    Effort,
    /// It is an inspection of another stratum.
    Besides,
}

impl Figures {
    /// Closes a week of all that is kept beside the detector, and puts what it says into the assessments of the series.
    pub(crate) fn close_long(&mut self, week: Week, terms: &Terms<'_>, (closed, series): (&GroupWeek, &mut [SeriesAssessment])) {
        for assessed in series.iter_mut().filter(|assessed| assessed.unit == Unit::Count) {
            let Ok(at) = self.position(&assessed.measure, assessed.unit) else { continue };
            let group = &self.group;
            let known = |feed| group.completeness(&terms.rules.settings, at, feed);
            let Some(of_measure) = self.long.of(&assessed.measure) else { continue };
            of_measure.mix.close(week, || {
                let shares = known(Feed::Inspections);
                shares.iter().take_while(|share| **share < KNOWN_SHARE_MIN).count()
            });
            if let Some(shift) = of_measure.mix.shift() {
                assessed.modes.raise(Mode::DefinitionBreak);
                assessed.mix = Some(Box::new(shift.clone()));
            }
            assessed.erosion = of_measure.erosion.as_mut().map(|erosion| {
                let known = || Known { inspections: known(Feed::Inspections), exposure: known(Feed::Traffic) };
                Box::new(erosion.close(week, (closed.held, terms.rules.pack.exposure), known))
            });
        }
    }
}
