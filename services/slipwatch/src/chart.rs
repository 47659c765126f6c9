//! A small chart for the terminal: inspections reported a week and the number expected.
//!
//! Drawn from assessments as they were decided. A chart is never alone: the sentence below it says what it shows.

use crate::{book::Book, failure::Failure};
use textplots::{Chart, Plot, Shape};
use vocab::{assessment::Stream, time::Week};

/// Weeks shown around the page: before and after it.
const WEEKS: (i32, i32) = (64, 92);

/// One week of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeekPoint {
    /// The week.
    pub week: Week,
    /// Inspections reported.
    pub seen: f64,
    /// Inspections expected.
    pub expected: Option<f64>,
}

/// The weeks of the first series of every assessment.
///
/// # Errors
/// [`Failure`] of the log.
pub fn weeks(book: &Book) -> Result<Vec<WeekPoint>, Failure> {
    let mut points = Vec::new();
    book.assessments(|assessment| {
        points.extend(assessment.series.first().map(|series| WeekPoint {
            week: assessment.week,
            seen: real(series.seen[0]),
            expected: series.stream(Stream::Effort).and_then(|effort| effort.expected).map(|expected| expected.estimate),
        }));
    })?;
    Ok(points)
}

#[expect(clippy::cast_precision_loss, reason = "weekly counts are far below 2^53")]
fn real(count: i64) -> f64 {
    count as f64
}

/// Draws the weeks around a page.
#[must_use]
pub fn draw(weeks: &[WeekPoint], page: Week) -> String {
    let near: Vec<&WeekPoint> = weeks.iter().filter(|point| (page.0 - WEEKS.0..=page.0 + WEEKS.1).contains(&point.week.0)).collect();
    let (Some(first), Some(last)) = (near.first(), near.last()) else { return String::new() };
    let line = |value: &dyn Fn(&WeekPoint) -> Option<f64>| -> Vec<(f32, f32)> {
        near.iter().filter_map(|point| Some((single(f64::from(point.week.0 - first.week.0)), single(value(point)?)))).collect()
    };
    let (seen, expected) = (line(&|point| Some(point.seen)), line(&|point| point.expected));
    let top = seen.iter().chain(&expected).map(|point| point.1).fold(1.0, f32::max);
    let mut chart = Chart::new_with_y_range(150, 44, 0.0, single(f64::from(last.week.0 - first.week.0)), 0.0, top * 1.05);
    let (shown, wanted) = (Shape::Lines(&seen), Shape::Points(&expected));
    let drawn = chart.lineplot(&shown).lineplot(&wanted);
    drawn.axis();
    drawn.figures();
    let frame: Vec<String> = drawn.to_string().lines().take(12).map(|line| format!("  {}", line.trim_end())).collect();
    let at = weeks.iter().find(|point| point.week == page);
    let sentence = at.map(|point| {
        let expected = point.expected.map_or_else(|| "no".to_owned(), words::whole);
        format!("In week {page}, {} were reported and {expected} expected", words::whole(point.seen))
    });
    format!(
        "\nInspections reported a week (line) and expected (dots), {} to {}; 0 to {}\n{}\n  {}.\n",
        first.week,
        last.week,
        words::whole(f64::from(top)),
        frame.join("\n"),
        sentence.unwrap_or_default()
    )
}

#[expect(clippy::cast_possible_truncation, reason = "a terminal shows a few hundred points")]
fn single(value: f64) -> f32 {
    value as f32
}
