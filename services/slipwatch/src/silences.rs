//! The weeks in which the feeds of a jurisdiction brought no inspections at all, as its assessments say.
//!
//! An alert may rest on them: a silence that lasts counts as a stopped service. So what an alert was not is said with them
//! at hand. What must never enter: a judgement of what is silent.

use crate::{book::Book, failure::Failure};
use std::collections::BTreeSet;
use vocab::{
    alert::Transition,
    assessment::Assessment,
    name::{JurisdictionCode, RegimeId},
    series::Count,
    time::Week,
};

/// Silent weeks by regime and jurisdiction.
#[derive(Debug, Default)]
pub struct Silences(BTreeSet<(RegimeId, JurisdictionCode, Week)>);

impl Silences {
    /// Those of a log.
    ///
    /// # Errors
    /// [`Failure`] of the file, or of a row that cannot be read.
    pub fn read(book: &Book) -> Result<Self, Failure> {
        let mut silences = Self::default();
        book.assessments(|assessment| silences.see(&assessment))?;
        Ok(silences)
    }

    /// Takes down whether an assessment says so.
    pub fn see(&mut self, assessment: &Assessment) {
        if assessment.silent.contains(&Count::Inspections) {
            self.0.insert((assessment.regime.clone(), assessment.jurisdiction.clone(), assessment.week));
        }
    }

    /// How many weeks from the onset of a fall to the week of a transition were silent.
    #[must_use]
    pub fn behind(&self, transition: &Transition) -> usize {
        let evidence = &transition.evidence;
        let first = evidence.onset().map_or(evidence.week, |onset| onset.week);
        let key = |week| (transition.series.regime.clone(), transition.series.jurisdiction.clone(), week);
        self.0.range(key(first)..=key(evidence.week.max(first))).count()
    }
}
