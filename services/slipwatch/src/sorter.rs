//! The sorting window of history: rows become known in the order of their days, not of their lines.
//!
//! A day is let go when a row more than the window's days younger has been seen. What comes for a day that has gone is
//! late for the window: it is handed out with the open day, so that intake stamps it with the open tick and flags it.

use std::collections::BTreeMap;
use vocab::time::Day;

/// Rows waiting for their day.
#[derive(Debug)]
pub struct Sorter<T> {
    window_days: i32,
    waiting: BTreeMap<Day, Vec<(Day, T)>>,
    newest: Option<Day>,
    released: Option<Day>,
}

impl<T> Sorter<T> {
    /// A sorter that waits `window_days` days for stragglers; `released` is the last day that was let go before a restart.
    pub fn new(window_days: u16, released: Option<Day>) -> Self {
        Self { window_days: i32::from(window_days), waiting: BTreeMap::new(), newest: None, released }
    }

    /// Takes a row that became known on a day.
    pub fn push(&mut self, known: Day, row: T) {
        let open = self.released.map_or(known, |released| released.plus(1));
        self.newest = self.newest.max(Some(known));
        self.waiting.entry(known.max(open)).or_default().push((known, row));
    }

    /// The oldest day that is complete, with its rows and the day each claims.
    pub fn due(&mut self) -> Option<(Day, Vec<(Day, T)>)> {
        let oldest = *self.waiting.first_key_value()?.0;
        if self.newest? <= oldest.plus(self.window_days) {
            return None;
        }
        self.release()
    }

    /// The oldest day, complete or not: for the end of the input.
    pub fn release(&mut self) -> Option<(Day, Vec<(Day, T)>)> {
        let (day, rows) = self.waiting.pop_first()?;
        self.released = Some(day);
        Some((day, rows))
    }

    /// The last day that was let go.
    pub fn released(&self) -> Option<Day> {
        self.released
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(window_days: u16, days: &[i32]) -> Vec<(i32, Vec<i32>)> {
        let mut sorter = Sorter::new(window_days, None);
        let mut out = Vec::new();
        for day in days {
            sorter.push(Day(*day), ());
            out.extend(std::iter::from_fn(|| sorter.due()));
        }
        out.extend(std::iter::from_fn(|| sorter.release()));
        out.into_iter().map(|(day, rows)| (day.0, rows.into_iter().map(|(known, ())| known.0).collect())).collect()
    }

    #[test]
    fn rows_inside_the_window_are_sorted() {
        assert_eq!(released(2, &[10, 12, 11, 10, 13]), [(10, vec![10, 10]), (11, vec![11]), (12, vec![12]), (13, vec![13])]);
    }

    #[test]
    fn a_row_older_than_the_window_goes_with_the_open_day_and_keeps_its_claim() {
        assert_eq!(released(1, &[10, 12, 10, 13]), [(10, vec![10]), (11, vec![10]), (12, vec![12]), (13, vec![13])]);
    }
}
