//! The yearly season: two harmonics of 52.1775 weeks, evaluated once a week and shared by every series of a group.
//!
//! A cache, not state: a value depends on its week alone, so forgetting it changes nothing. What must never enter: a calendar.
//! Weeks are numbers counted from the group's first one.

use core::f64::consts::PI;

use crate::settings::WEEKS_KEPT;

const WEEKS_PER_YEAR: f64 = 52.1775;

/// cos ω, sin ω, cos 2ω, sin 2ω of a week; the intercept's 1 is left out.
pub(crate) type Harmonics = [f64; 4];

/// The design of one week (§3.4).
pub(crate) fn harmonics(week: i64) -> Harmonics {
    let angle = 2.0 * PI * week as f64 / WEEKS_PER_YEAR;
    [libm::cos(angle), libm::sin(angle), libm::cos(2.0 * angle), libm::sin(2.0 * angle)]
}

/// The harmonics of the newest 52 weeks, newest first, one row per harmonic.
#[derive(Clone, Debug)]
pub(crate) struct Seasons {
    newest: Option<i64>,
    rows: [[f64; WEEKS_KEPT]; 4],
}

impl Default for Seasons {
    fn default() -> Self {
        Self { newest: None, rows: [[0.0; WEEKS_KEPT]; 4] }
    }
}

impl Seasons {
    /// Rows that begin with week `newest`; from one week to the next only one value is new.
    pub(crate) fn rows(&mut self, newest: i64) -> &[[f64; WEEKS_KEPT]; 4] {
        if self.newest == Some(newest - 1) {
            for row in &mut self.rows {
                row.copy_within(..WEEKS_KEPT - 1, 1);
            }
            self.set(0, newest);
        } else if self.newest != Some(newest) {
            for back in 0..WEEKS_KEPT {
                self.set(back, newest - back as i64);
            }
        }
        self.newest = Some(newest);
        &self.rows
    }

    fn set(&mut self, back: usize, week: i64) {
        for (row, value) in self.rows.iter_mut().zip(harmonics(week)) {
            row[back] = value;
        }
    }
}
