//! How differences are shown: rows in columns, `-` expected and `+` got, with one row of what agrees around them.
//!
//! Text and ink apart, so that a file gets none of the ink. What must never enter: a comparison.

use super::compare::{Compared, Row, Side};
use crate::output::Ink;

/// A line with its ink.
pub type Line = (Ink, String);

/// The differences of a case with the rows around them.
#[must_use]
pub fn differences(compared: &Compared) -> Vec<Line> {
    let rows = &compared.rows;
    let differs = |at: usize| rows.get(at).is_some_and(|(side, _)| *side != Side::Both);
    let near = |at: usize| differs(at) || at.checked_sub(1).is_some_and(differs) || differs(at + 1);
    let shown: Vec<usize> = (0..rows.len()).filter(|at| near(*at)).collect();
    let width = |of: fn(&Row) -> &String| shown.iter().map(|at| of(&rows[*at].1).chars().count()).max().unwrap_or(0);
    let (when, series, what) = (width(|row| &row.when), width(|row| &row.series), width(|row| &row.what));
    let mut lines = Vec::new();
    let mut before = None;
    for at in shown {
        if before.is_some_and(|before| before + 1 != at) {
            lines.push((Ink::Faint, "    …".to_owned()));
        }
        before = Some(at);
        let (side, row) = &rows[at];
        let (ink, sign) = match side {
            Side::Both => (Ink::Faint, ' '),
            Side::Expected => (Ink::Bad, '-'),
            Side::Got => (Ink::Good, '+'),
        };
        let line = format!("  {sign} {:<when$}  {:<series$}  {:<what$}  {}", row.when, row.series, row.what, row.why);
        lines.push((ink, line.trim_end().to_owned()));
    }
    lines
}
