//! What a case expected beside what came: rows in two columns, and the differences between them.
//!
//! Weeks with one expectation and one answer are one row; transitions are aligned by series, change and kind. What must never
//! enter: colour, a width (`show`).

use super::{Case, WantedAlert, WantedVerdict, Weeks, play::Played, reason, weeks::Calendar};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::BTreeMap;
use vocab::{
    alert::Transition,
    assessment::{Assessment, SeriesAssessment, Verdict},
    time::Week,
};

/// One line of what was expected or what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which weeks, or which day.
    pub when: String,
    /// The series.
    pub series: String,
    /// The verdict, or the change and kind.
    pub what: String,
    /// Why it came; empty for what was expected.
    pub why: String,
}

/// Whether a row was expected, came, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Expected and came.
    Both,
    /// Expected, and did not come.
    Expected,
    /// Came, and was not expected.
    Got,
}

/// What a case came to, beside what it expected.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Rows in their order.
    pub rows: Vec<(Side, Row)>,
    /// How many rows differ.
    pub differences: usize,
    /// Verdicts looked at, a series and week each.
    pub verdicts: usize,
    /// Transitions looked at.
    pub transitions: usize,
}

impl Compared {
    fn add(&mut self, side: Side, row: Row) {
        self.differences += usize::from(side != Side::Both);
        self.rows.push((side, row));
    }
}

/// Compares.
#[must_use]
pub fn compare(case: &Case, played: &Played) -> Compared {
    let mut compared = Compared::default();
    let answers = Answers::of(played);
    for wanted in &case.verdicts {
        verdicts(case, wanted, &answers, &mut compared);
    }
    if let Some(wanted) = &case.alerts {
        alerts(wanted, &played.transitions, &mut compared);
    }
    compared
}

/// Assessments by series and week.
struct Answers<'a>(BTreeMap<(String, Week), (&'a Assessment, &'a SeriesAssessment)>);

impl<'a> Answers<'a> {
    fn of(played: &'a Played) -> Self {
        let each = played.assessments.iter().flat_map(|assessment| assessment.series.iter().map(move |series| (&**assessment, series)));
        Self(each.map(|(at, series)| ((at.key(series).to_string(), at.week), (at, series))).collect())
    }
}

/// Weeks with one answer.
struct Run {
    weeks: Weeks,
    got: Option<Verdict>,
    why: String,
}

fn verdicts(case: &Case, wanted: &WantedVerdict, answers: &Answers<'_>, compared: &mut Compared) {
    let mut runs: Vec<Run> = Vec::new();
    for number in wanted.weeks.first.0..=wanted.weeks.last.0 {
        let week = Week(number);
        compared.verdicts += 1;
        let found = answers.0.get(&(wanted.series.clone(), week));
        let got = found.map(|(_, series)| series.verdict);
        match runs.last_mut().filter(|run| run.got == got) {
            Some(run) => run.weeks.last = week,
            None => {
                let why = found.map(|(at, series)| reason::verdict(at, series, &case.pack.pack));
                let why = why.unwrap_or_else(|| "the series has no reports up to then".to_owned());
                runs.push(Run { weeks: Weeks { first: week, last: week }, got, why });
            }
        }
    }
    let expected: Vec<&str> = wanted.verdicts.iter().map(|verdict| verdict.as_str()).collect();
    let calendar = Calendar { first: case.first_week, last: None };
    for Run { weeks, got, why } in runs {
        let row = |what: String, why: String| Row { when: span(&calendar, weeks), series: wanted.series.clone(), what, why };
        let what = got.map_or("not assessed", Verdict::as_str).to_owned();
        if got.is_some_and(|got| wanted.verdicts.contains(&got)) {
            compared.add(Side::Both, row(what, String::new()));
        } else {
            compared.add(Side::Expected, row(expected.join(" or "), String::new()));
            compared.add(Side::Got, row(what, first_of(weeks, why)));
        }
    }
}

/// Of several weeks the first gives its reason.
fn first_of(weeks: Weeks, why: String) -> String {
    if weeks.first == weeks.last { why } else { format!("first: {why}") }
}

fn span(calendar: &Calendar, weeks: Weeks) -> String {
    let first = calendar.name(weeks.first);
    if weeks.first == weeks.last { first } else { format!("{first} to {}", calendar.name(weeks.last)) }
}

fn alerts(wanted: &[WantedAlert], got: &[Transition], compared: &mut Compared) {
    let got: Vec<Row> = got.iter().map(came).collect::<Vec<_>>();
    let mut free: Vec<Option<&Row>> = got.iter().map(Some).collect();
    // What an expectation admits stands in for it, so that days may be open and rows still be equal.
    let wanted: Vec<Row> = wanted
        .iter()
        .map(|wanted| {
            let found = free.iter().position(|row| row.is_some_and(|row| admits(wanted, row)));
            found.and_then(|at| free[at].take()).cloned().unwrap_or_else(|| expected(wanted))
        })
        .collect();
    compared.transitions += got.len().max(wanted.len());
    for op in capture_diff_slices(Algorithm::Myers, &keys(&wanted), &keys(&got)) {
        let (old, new) = (op.old_range(), op.new_range());
        match op {
            DiffOp::Equal { .. } => got[new].iter().for_each(|row| compared.add(Side::Both, Row { why: String::new(), ..row.clone() })),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                wanted[old].iter().for_each(|row| compared.add(Side::Expected, Row { why: String::new(), ..row.clone() }));
                got[new].iter().for_each(|row| compared.add(Side::Got, row.clone()));
            }
        }
    }
}

fn keys(rows: &[Row]) -> Vec<(&str, &str, &str)> {
    rows.iter().map(|row| (row.when.as_str(), row.series.as_str(), row.what.as_str())).collect()
}

fn came(transition: &Transition) -> Row {
    Row {
        when: transition.at.day().to_string(),
        series: transition.series.to_string(),
        what: format!("{} {}", transition.change.as_str(), transition.kind.as_str()),
        why: reason::transition(transition),
    }
}

fn expected(wanted: &WantedAlert) -> Row {
    let (first, last) = wanted.days;
    Row {
        when: if first == last { first.to_string() } else { format!("{first} to {last}") },
        series: wanted.series.clone(),
        what: format!("{} {}", wanted.change, wanted.kind.as_deref().unwrap_or("of any kind")),
        why: String::new(),
    }
}

fn admits(wanted: &WantedAlert, row: &Row) -> bool {
    let (change, kind) = row.what.split_once(' ').unwrap_or((&row.what, ""));
    let day = vocab::time::Day::parse(&row.when);
    wanted.series == row.series
        && wanted.change == change
        && wanted.kind.as_deref().is_none_or(|wanted| wanted == kind)
        && day.is_ok_and(|day| (wanted.days.0..=wanted.days.1).contains(&day))
}
