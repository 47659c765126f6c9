//! The figures of a backtest: each from the scores of any choice of series, so that a resampled choice is counted the same way.
//!
//! A figure without cases to count has no value. What must never enter: a figure made of others, an interval.

use crate::backtest::score::{Page, Score, Slip};

/// Days of a year, as the detection benchmark counts them.
const YEAR_DAYS: f64 = 52.1775 * 7.0;
/// Weeks a miss counts for in the capped mean of delays.
const HORIZON_WEEKS: f64 = 26.0;
/// An onset this near is right.
const ONSET_DAYS_MAX: i32 = 28;

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// Share of slips with an open alert within 26 weeks.
    FoundOpen,
    /// Share of slips with a new page within 26 weeks.
    FoundPaged,
    /// Weeks from onset to page, first quartile.
    DelayQuarter,
    /// The median.
    DelayMedian,
    /// The third quartile.
    DelayThreeQuarters,
    /// The 95th percentile.
    DelayP95,
    /// The mean, a miss counted as 26 weeks.
    DelayCapped,
    /// Weeks from page to the day others noticed, median.
    LeadMedian,
    /// False pages per series and year.
    FalsePages,
    /// Share of false ones among pages that were counted.
    FalseShare,
    /// Share of found slips that were called by their kind.
    KindRight,
    /// The same, asked eight weeks later.
    KindRightLater,
    /// Weeks between true and said onset, median.
    OnsetError,
    /// Share of onsets within four weeks of the true one.
    OnsetNear,
    /// Share of dips that recovered and were paged.
    DipsPaged,
    /// Share of standing slips with an open alert 26 weeks after their page.
    Standing26,
    /// The same after 52 weeks.
    Standing52,
    /// Share of slips that ended whose alert had closed within 8 weeks.
    Resolved8,
    /// The same within 26 weeks.
    Resolved26,
    /// Firings per found slip.
    Firings,
    /// Share of right pages that were recalled while the slip stood.
    Recalled,
}

/// In what a figure is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A share, 0 to 1.
    Share,
    /// Weeks.
    Weeks,
    /// Events per series and year.
    PerYear,
    /// Events per case.
    PerCase,
}

impl Figure {
    /// All of them, as they are shown.
    pub const ALL: [Self; 21] = [
        Self::FoundOpen,
        Self::FoundPaged,
        Self::DelayQuarter,
        Self::DelayMedian,
        Self::DelayThreeQuarters,
        Self::DelayP95,
        Self::DelayCapped,
        Self::LeadMedian,
        Self::FalsePages,
        Self::FalseShare,
        Self::KindRight,
        Self::KindRightLater,
        Self::OnsetError,
        Self::OnsetNear,
        Self::DipsPaged,
        Self::Standing26,
        Self::Standing52,
        Self::Resolved8,
        Self::Resolved26,
        Self::Firings,
        Self::Recalled,
    ];
    /// Those that two packs are compared by.
    pub const COMPARED: [Self; 11] = [
        Self::FoundOpen,
        Self::FoundPaged,
        Self::DelayMedian,
        Self::DelayCapped,
        Self::FalsePages,
        Self::FalseShare,
        Self::KindRightLater,
        Self::OnsetNear,
        Self::Standing26,
        Self::Firings,
        Self::Recalled,
    ];
    /// Those that every group is told by.
    pub const OF_GROUPS: [Self; 5] = [Self::FoundOpen, Self::FoundPaged, Self::DelayMedian, Self::FalsePages, Self::KindRightLater];

    /// The name of it in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FoundOpen => "foundOpen",
            Self::FoundPaged => "foundPaged",
            Self::DelayQuarter => "delayQuarterWeeks",
            Self::DelayMedian => "delayMedianWeeks",
            Self::DelayThreeQuarters => "delayThreeQuartersWeeks",
            Self::DelayP95 => "delayP95Weeks",
            Self::DelayCapped => "delayCappedMeanWeeks",
            Self::LeadMedian => "leadMedianWeeks",
            Self::FalsePages => "falsePagesPerSeriesYear",
            Self::FalseShare => "falseShareOfPages",
            Self::KindRight => "kindRight",
            Self::KindRightLater => "kindRightAfter8Weeks",
            Self::OnsetError => "onsetErrorMedianWeeks",
            Self::OnsetNear => "onsetWithin4Weeks",
            Self::DipsPaged => "dipsPaged",
            Self::Standing26 => "openAfter26Weeks",
            Self::Standing52 => "openAfter52Weeks",
            Self::Resolved8 => "closedWithin8Weeks",
            Self::Resolved26 => "closedWithin26Weeks",
            Self::Firings => "firingsPerSlip",
            Self::Recalled => "rightPagesRecalled",
        }
    }

    /// What it says, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::FoundOpen => "slips found within 26 weeks, an alert open",
            Self::FoundPaged => "slips found within 26 weeks by a new page",
            Self::DelayQuarter => "weeks from onset to page, a quarter",
            Self::DelayMedian => "weeks from onset to page, half",
            Self::DelayThreeQuarters => "weeks from onset to page, three quarters",
            Self::DelayP95 => "weeks from onset to page, 95 %",
            Self::DelayCapped => "weeks from onset to page, mean, a miss as 26",
            Self::LeadMedian => "weeks before others noticed, half",
            Self::FalsePages => "false pages per series and year",
            Self::FalseShare => "false among the pages counted",
            Self::KindRight => "kind right when paged",
            Self::KindRightLater => "kind right 8 weeks later",
            Self::OnsetError => "weeks the onset is off, half",
            Self::OnsetNear => "onset within 4 weeks",
            Self::DipsPaged => "dips that recovered, paged",
            Self::Standing26 => "standing slips still open after 26 weeks",
            Self::Standing52 => "standing slips still open after 52 weeks",
            Self::Resolved8 => "ended slips closed within 8 weeks",
            Self::Resolved26 => "ended slips closed within 26 weeks",
            Self::Firings => "firings per slip found",
            Self::Recalled => "right pages recalled though the slip stood",
        }
    }

    /// In what it is counted.
    #[must_use]
    pub const fn measure(self) -> Measure {
        match self {
            Self::DelayQuarter
            | Self::DelayMedian
            | Self::DelayThreeQuarters
            | Self::DelayP95
            | Self::DelayCapped
            | Self::LeadMedian
            | Self::OnsetError => Measure::Weeks,
            Self::FalsePages => Measure::PerYear,
            Self::Firings => Measure::PerCase,
            Self::FoundOpen
            | Self::FoundPaged
            | Self::FalseShare
            | Self::KindRight
            | Self::KindRightLater
            | Self::OnsetNear
            | Self::DipsPaged
            | Self::Standing26
            | Self::Standing52
            | Self::Resolved8
            | Self::Resolved26
            | Self::Recalled => Measure::Share,
        }
    }

    /// Its value over some series; none without cases.
    #[must_use]
    pub fn of(self, scores: &[&Score]) -> Option<f64> {
        match self {
            Self::FoundOpen => share(slips(scores).map(|slip| slip.open_days.is_some())),
            Self::FoundPaged => share(slips(scores).map(|slip| slip.page.is_some())),
            Self::DelayQuarter => quantile(delays(scores), 0.25),
            Self::DelayMedian => quantile(delays(scores), 0.5),
            Self::DelayThreeQuarters => quantile(delays(scores), 0.75),
            Self::DelayP95 => quantile(delays(scores), 0.95),
            Self::DelayCapped => mean(slips(scores).map(|slip| slip.page.as_ref().map_or(HORIZON_WEEKS, |page| weeks(page.delay_days)))),
            Self::LeadMedian => quantile(pages(scores).filter_map(|page| page.lead_days).map(weeks), 0.5),
            Self::FalsePages => false_rate(scores),
            Self::FalseShare => false_share(scores),
            Self::KindRight => share(paged(scores).map(|(slip, page)| is_named(slip, page.kind))),
            Self::KindRightLater => share(paged(scores).map(|(slip, page)| is_named(slip, page.kind_later))),
            Self::OnsetError => quantile(pages(scores).filter_map(|page| page.onset_error_days).map(|days| weeks(days.abs())), 0.5),
            Self::OnsetNear => share(pages(scores).filter_map(|page| page.onset_error_days).map(|days| days.abs() <= ONSET_DAYS_MAX)),
            Self::DipsPaged => share(scores.iter().flat_map(|score| score.dips.iter().copied())),
            Self::Standing26 => share(slips(scores).filter_map(|slip| slip.standing[0])),
            Self::Standing52 => share(slips(scores).filter_map(|slip| slip.standing[1])),
            Self::Resolved8 => share(slips(scores).filter_map(|slip| slip.resolved[0])),
            Self::Resolved26 => share(slips(scores).filter_map(|slip| slip.resolved[1])),
            Self::Firings => mean(paged(scores).map(|(slip, _)| f64::from(slip.firings))),
            Self::Recalled => share(pages(scores).map(|page| page.is_recalled)),
        }
    }
}

/// Series-years in which a page would be false.
#[must_use]
pub fn exposure_years(scores: &[&Score]) -> f64 {
    scores.iter().map(|score| f64::from(score.exposure_days)).sum::<f64>() / YEAR_DAYS
}

/// False pages.
#[must_use]
pub fn false_pages(scores: &[&Score]) -> u32 {
    scores.iter().map(|score| score.false_pages).sum()
}

fn slips<'a>(scores: &'a [&'a Score]) -> impl Iterator<Item = &'a Slip> {
    scores.iter().flat_map(|score| score.slips.iter())
}

fn paged<'a>(scores: &'a [&'a Score]) -> impl Iterator<Item = (&'a Slip, &'a Page)> {
    slips(scores).filter_map(|slip| Some((slip, slip.page.as_ref()?)))
}

fn pages<'a>(scores: &'a [&'a Score]) -> impl Iterator<Item = &'a Page> {
    slips(scores).filter_map(|slip| slip.page.as_ref())
}

fn delays<'a>(scores: &'a [&'a Score]) -> impl Iterator<Item = f64> {
    pages(scores).map(|page| weeks(page.delay_days))
}

/// Slippage whose kind the truth does not say is named right by any.
fn is_named(slip: &Slip, kind: &str) -> bool {
    slip.kind == kind || slip.kind == crate::backtest::truth::UNTYPED
}

fn false_rate(scores: &[&Score]) -> Option<f64> {
    let years = exposure_years(scores);
    (years > 0.0).then(|| f64::from(false_pages(scores)) / years)
}

fn false_share(scores: &[&Score]) -> Option<f64> {
    let (wrong, right) = (f64::from(false_pages(scores)), pages(scores).map(|_| 1.0).sum::<f64>());
    (wrong + right > 0.0).then(|| wrong / (wrong + right))
}

fn weeks(days: i32) -> f64 {
    f64::from(days) / 7.0
}

fn share(cases: impl Iterator<Item = bool>) -> Option<f64> {
    mean(cases.map(|holds| if holds { 1.0 } else { 0.0 }))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// A quantile, linear between the two nearest values.
pub(crate) fn quantile(values: impl Iterator<Item = f64>, at: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    sorted_quantile(&values, at)
}

/// The same of values that rise.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places among a few thousand values"
)]
pub(crate) fn sorted_quantile(values: &[f64], at: f64) -> Option<f64> {
    let place = at * values.len().checked_sub(1)? as f64;
    let below = values[place.floor() as usize];
    let above = values[place.ceil() as usize];
    Some(below + (above - below) * place.fract())
}
