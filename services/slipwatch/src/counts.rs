//! `counts.csv`: daily counts in the source's own words, as they stand when their day leaves the horizon.
//!
//! One row per jurisdiction, measure, kind, outcome and day that is not zero. Memory is bounded by the horizon, and as a quarter
//! of a million cells wait in it, a cell is a number: its names are kept once.

use crate::{answers::Lines, failure::Failure};
use std::{
    collections::{BTreeMap, HashMap},
    io::Write as _,
};
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
    /// Numbers of keys, in the order in which they were first met: they never decide the order of rows.
    numbers: HashMap<Key, u32>,
    keys: Vec<Key>,
    days: BTreeMap<Day, BTreeMap<u32, i64>>,
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
        let horizon_days = 7 * i32::from(horizon_weeks);
        let (numbers, keys, days) = (HashMap::new(), Vec::new(), BTreeMap::new());
        Ok(Self { file, words, horizon_days, numbers, keys, days, known: None, rows: 0 })
    }

    /// Adds a tally; days that have left the horizon since are written.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn take(&mut self, tally: &Tally) -> Result<(), Failure> {
        let MeasureKey::One(measure) = &tally.cell.series.measure else { return Ok(()) };
        let key = (tally.cell.series.jurisdiction.clone(), measure.clone(), tally.cell.count, tally.cell.stratum.clone());
        let number = self.number(key);
        *self.days.entry(tally.cell.occurred).or_default().entry(number).or_default() += tally.sum.acts;
        let known = tally.known.day();
        if self.known.replace(known).is_none_or(|before| before < known) {
            self.write_before(known.plus(-self.horizon_days))?;
        }
        Ok(())
    }

    fn number(&mut self, key: Key) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.keys.len()).expect("a pack lists fewer series than four thousand million");
        self.keys.push(key.clone());
        self.numbers.insert(key, number);
        number
    }

    fn write_before(&mut self, day: Day) -> Result<(), Failure> {
        while let Some(entry) = self.days.first_entry().filter(|entry| *entry.key() < day) {
            let (day, cells) = entry.remove_entry();
            let named = cells.into_iter().filter(|(_, n)| *n != 0).map(|(number, n)| (&self.keys[number as usize], n));
            let mut named: Vec<(&Key, i64)> = named.collect();
            named.sort_unstable();
            let day = day.to_string();
            for ((jurisdiction, measure, count, stratum), n) in named {
                let outcome = stratum.as_ref().map_or("", Stratum::as_str);
                self.rows += 1;
                self.file.line(|out| {
                    for text in [jurisdiction.as_str(), measure.as_str(), &self.words[*count as usize], outcome] {
                        push_field(text, out);
                        out.push(b',');
                    }
                    let written = write!(out, "{day},{n}");
                    debug_assert!(written.is_ok(), "a vector takes every byte");
                })?;
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

/// Appends a field; nearly every one stands as it is.
fn push_field(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend_from_slice(field(text).as_bytes());
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
