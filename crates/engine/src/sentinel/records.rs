//! What is on record beside the figures of a regime: circumstances, changes of definition, goals that moved.
//!
//! A transition names what meets the weeks since its onset; that they coincide is all that is said. What must never enter: a figure,
//! a conclusion.

use super::scope::{selects, within};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use vocab::{
    event::{Circumstance, DefinitionChange, Selector, TargetChange},
    name::{Label, NAME_BYTES_MAX},
    pack::CalendarEntry,
    record::RecordId,
    series::SeriesKey,
    tally::Note,
    time::{Day, Occurred},
};

/// Texts named beside a transition, at most.
const COINCIDING_MAX: usize = 5;
/// How long something is kept after its last day, weeks: two years and a half, longer than any look back.
pub(crate) const KEPT_WEEKS: i32 = 130;

/// Something on record: days, the series it concerns, and its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remark {
    affects: Selector,
    from: Day,
    until: Day,
    text: Label,
}

/// Everything on record of one regime.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Records(BTreeMap<RecordId, Remark>);

impl Records {
    /// A circumstance may coincide with a fall.
    pub(crate) fn circumstance(&mut self, note: &Note, circumstance: &Circumstance, occurred: &Occurred) {
        self.keep(note, &circumstance.affects, (occurred.day, occurred.last_day), circumstance.text.clone());
    }

    /// What is counted changed on a day.
    pub(crate) fn definition(&mut self, note: &Note, change: &DefinitionChange) {
        let text = format!("definition changed on {}: {}", change.effective, change.text);
        self.keep(note, &change.affects, (change.effective, change.effective), cut(&text));
    }

    /// A goal was moved; when it took force is not said, only when it became known.
    pub(crate) fn target(&mut self, note: &Note, change: &TargetChange) {
        let day = note.known.day();
        self.keep(note, &change.affects, (day, day), cut(&format!("target changed, known on {day}: {}", change.metric)));
    }

    fn keep(&mut self, note: &Note, affects: &Selector, (from, until): (Day, Day), text: Label) {
        let affects = within(affects, note.jurisdiction.as_ref());
        self.0.insert(note.record, Remark { affects, from, until, text });
    }

    /// It was taken back.
    pub(crate) fn remove(&mut self, record: RecordId) {
        self.0.remove(&record);
    }

    /// Lets go of what is long over.
    pub(crate) fn forget_before(&mut self, day: Day) {
        let oldest = day.plus(-7 * KEPT_WEEKS);
        self.0.retain(|_, remark| remark.until >= oldest);
    }

    /// What is on record, or in a calendar, beside a series between two days: oldest first, each text once.
    pub(crate) fn coinciding(&self, calendar: &[CalendarEntry], series: &SeriesKey, (since, until): (Day, Day)) -> Vec<Label> {
        let noted = self.0.values().map(|remark| (&remark.affects, (remark.from, remark.until), &remark.text));
        let listed = calendar
            .iter()
            .map(|CalendarEntry { circumstance, occurred }| (&circumstance.affects, (occurred.day, occurred.last_day), &circumstance.text));
        let meets =
            |(affects, (from, last), _): &(&Selector, (Day, Day), &Label)| *from <= until && since <= *last && selects(affects, series);
        let found: BTreeSet<(Day, &Label)> = noted.chain(listed).filter(meets).map(|(_, (from, _), text)| (from, text)).collect();
        let mut texts: Vec<Label> = Vec::new();
        for (_, text) in found {
            if texts.len() < COINCIDING_MAX && !texts.contains(text) {
                texts.push(text.clone());
            }
        }
        texts
    }
}

/// A text as long as a label may be.
fn cut(text: &str) -> Label {
    let end = (0..=NAME_BYTES_MAX.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    Label::parse(text.get(..end).unwrap_or_default())
        .expect("it begins with plain words and holds labels, which have no control characters")
}
