//! Duties that are overdue, as the docket has told them: what the digest of a week lists.
//!
//! Whether a rule watches a duty does not matter here. One is kept from the tick at which it is told overdue until it is told met or
//! undone, however long that takes. What must never enter: a rule, a page, a day on which anything falls due.

use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    alert::OverdueRow,
    name::{CaseName, JurisdictionCode, Label, MeasureId, RegimeId},
    pack::Pack,
    quantity::Unit,
    record::RecordId,
    series::{MeasureKey, SeriesKey},
    tally::{Matter, Note},
    time::Day,
    watch::DutyStanding,
};

/// One duty: the record that opened it, the obligation, and the case. A record that moves is owed in another case in the tick in which
/// it is undone in the one before, so the case tells the two apart.
type Key = (RecordId, Label, CaseName);

/// The duties of a regime that are overdue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Overdue(BTreeMap<Key, Owed>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Owed {
    jurisdiction: JurisdictionCode,
    last_day: Day,
    measures: Vec<MeasureId>,
}

impl Overdue {
    /// Takes what is told of a duty; other notes say nothing here.
    pub(crate) fn hear(&mut self, note: &Note) {
        let (Matter::Duty(duty), Some(jurisdiction)) = (&note.matter, &note.jurisdiction) else { return };
        let key = (note.record, duty.name.clone(), duty.case.clone());
        match duty.standing {
            DutyStanding::Overdue => {
                let owed = Owed { jurisdiction: jurisdiction.clone(), last_day: duty.last_day, measures: duty.measures.clone() };
                self.0.insert(key, owed);
            }
            DutyStanding::MetLate(..) | DutyStanding::Undone(_) => _ = self.0.remove(&key),
        }
    }

    /// What is overdue, by jurisdiction, measure and obligation; none where nobody could know of any.
    ///
    /// A duty counts once in `any`, and once in each measure of the pack that its opener serves.
    pub(crate) fn rows(&self, regime: &RegimeId, pack: Option<&Pack>) -> Option<Vec<OverdueRow>> {
        if self.0.is_empty() && pack.is_none_or(|pack| pack.obligations.is_empty()) {
            return None;
        }
        let lists = |id: &MeasureId| pack.is_some_and(|pack| pack.measures.iter().any(|measure| measure.id == *id));
        let mut rows = BTreeMap::<(SeriesKey, &Label), (u32, Day)>::new();
        for ((_, duty, _), owed) in &self.0 {
            let listed = owed.measures.iter().filter(|id| lists(id)).cloned().map(MeasureKey::One);
            for measure in core::iter::once(MeasureKey::Any).chain(listed) {
                let jurisdiction = owed.jurisdiction.clone();
                let series = SeriesKey { regime: regime.clone(), jurisdiction, measure, unit: Unit::Count };
                let (overdue, oldest) = rows.entry((series, duty)).or_insert((0, owed.last_day));
                *overdue = overdue.saturating_add(1);
                *oldest = owed.last_day.min(*oldest);
            }
        }
        let row = |((series, duty), (overdue, oldest)): ((SeriesKey, &Label), (u32, Day))| OverdueRow {
            series,
            duty: duty.clone(),
            overdue,
            oldest,
        };
        Some(rows.into_iter().map(row).collect())
    }
}
