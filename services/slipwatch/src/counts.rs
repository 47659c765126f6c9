//! `counts.csv`: daily counts in the source's own words, as they stand when their day leaves the horizon.
//!
//! One row per jurisdiction, measure, kind, outcome and day that is not zero. Memory is bounded by the horizon.

use crate::{answers::Lines, failure::Failure};
use std::collections::BTreeMap;
use vocab::{
    name::{JurisdictionCode, MeasureId, Stratum},
    series::{Count, MeasureKey},
    tally::Tally,
    time::Day,
};

type Key = (JurisdictionCode, MeasureId, Count, Option<Stratum>);

/// Daily counts on their way to a file.
pub struct Counts {
    file: Lines,
    words: [String; 3],
    horizon_days: i32,
    days: BTreeMap<Day, BTreeMap<Key, i64>>,
    known: Option<Day>,
    rows: u64,
}

impl Counts {
    /// Counts on their way to a file, with the words for inspections, interdictions and exposure.
    ///
    /// # Errors
    /// [`Failure::Output`] when the header cannot be written.
    pub(crate) fn new(mut file: Lines, words: [String; 3], horizon_weeks: u16) -> Result<Self, Failure> {
        file.line(|out| out.extend_from_slice(b"jurisdiction,measure,kind,outcome,occurred_day,n"))?;
        Ok(Self { file, words, horizon_days: 7 * i32::from(horizon_weeks), days: BTreeMap::new(), known: None, rows: 0 })
    }

    /// Adds a tally; days that have left the horizon since are written.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn take(&mut self, tally: &Tally) -> Result<(), Failure> {
        let MeasureKey::One(measure) = &tally.cell.series.measure else { return Ok(()) };
        let key = (tally.cell.series.jurisdiction.clone(), measure.clone(), tally.cell.count, tally.cell.stratum.clone());
        *self.days.entry(tally.cell.occurred).or_default().entry(key).or_default() += tally.sum.acts;
        let known = tally.known.day();
        if self.known.replace(known).is_none_or(|before| before < known) {
            self.write_before(known.plus(-self.horizon_days))?;
        }
        Ok(())
    }

    fn write_before(&mut self, day: Day) -> Result<(), Failure> {
        while let Some(entry) = self.days.first_entry().filter(|entry| *entry.key() < day) {
            let (day, cells) = entry.remove_entry();
            for ((jurisdiction, measure, count, stratum), n) in cells.into_iter().filter(|(_, n)| *n != 0) {
                let kind = &self.words[count as usize];
                let outcome = stratum.as_ref().map_or("", Stratum::as_str);
                self.rows += 1;
                let fields = [jurisdiction.as_str(), measure.as_str(), kind, outcome].map(field);
                self.file.line(|out| out.extend_from_slice(format!("{},{day},{n}", fields.join(",")).as_bytes()))?;
            }
        }
        Ok(())
    }

    /// Writes what is left and gives the number of rows.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn finish(mut self) -> Result<u64, Failure> {
        self.write_before(Day(i32::MAX))?;
        self.file.finish()?;
        Ok(self.rows)
    }
}

/// A field of CSV (RFC 4180), with what a spreadsheet would take for a formula made text.
pub(crate) fn field(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_cannot_break_a_row_or_become_a_formula() {
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("=1+1"), "'=1+1");
        assert_eq!(field("say \"no\""), "\"say \"\"no\"\"\"");
    }
}
