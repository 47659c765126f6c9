//! A scenario file drawn after a log of one's own: the same volumes, unevenness and delays, steady and with a fall by half.
//!
//! A text for people, to be read and changed before it is used. What must never enter: a name of a jurisdiction or a measure
//! of the log; a figure that was not counted.

use crate::generate::{
    likeness::{FEEDS, Likeness, Volume},
    scenario::MEASURES_MAX,
};
/// Weeks of a scenario: two years to learn from, and at least as many to look at.
const WEEKS: std::ops::RangeInclusive<u16> = 208..=520;
/// Weeks from which a backtest scores.
const SCORED_FROM_WEEK: u16 = 104;
/// A fall begins this many weeks or more before the end.
const AFTER_ONSET_WEEKS: u16 = 40;
/// Series are parted by how much they do into so many groups.
const CLASSES: [&str; 3] = ["least", "middle", "most"];

/// The text of a scenario like a log; none where the log has no inspection.
#[must_use]
pub fn sketch(likeness: &Likeness) -> Option<String> {
    let volumes = likeness.volumes();
    if volumes.is_empty() {
        return None;
    }
    let weeks = likeness.weeks().clamp(*WEEKS.start(), *WEEKS.end());
    let measures = likeness.measures().clamp(1, MEASURES_MAX);
    let names: Vec<String> = (1..=measures).map(|number| format!("\"m{number}\"")).collect();
    let mut text = format!(
        "# Drawn by `slipwatch generate --like` after {} series over {} weeks: their volumes, unevenness and delays.\n\
         # Not taken over, as it is not counted: season, growth, correlation from week to week, shared acts. Add them where you know them.\n\n\
         regime = \"like\"\ntitle = \"Steady series and falls by half at the volumes of a log\"\nfirst_week = \"2015-W02\"\n\
         weeks = {weeks}\nscored_from_week = {SCORED_FROM_WEEK}\nmeasures = [{}]\n\n[defaults]\nneighbours = \"ring\"\n\
         onset = {{ weeks = [{SCORED_FROM_WEEK}, {}], each = \"series\" }}\n",
        volumes.len(),
        likeness.weeks(),
        names.join(", "),
        weeks - AFTER_ONSET_WEEKS,
    );
    let sizes =
        [("dispersion", 0), ("exposure_dispersion", 2)].map(|(key, feed)| Some(format!("{key} = {}", few(likeness.dispersion(feed)?))));
    line(&mut text, &format!("noise = {{ {} }}", sizes.into_iter().flatten().collect::<Vec<_>>().join(", ")));
    line(&mut text, &format!("disorder = {{ duplicates = {} }}\n", few(likeness.copies())));
    line(&mut text, &delays(likeness));
    let each = volumes.len().div_ceil(CLASSES.len());
    for (class, members) in CLASSES.into_iter().zip(volumes.chunks(each)) {
        let jurisdictions = members.len().div_ceil(measures);
        for (name, change) in [(format!("{class}-steady"), ""), (format!("{class}-half"), "change.effort_step = { to = 0.5 }\n")] {
            let group = format!("\n[[groups]]\nname = \"{name}\"\njurisdictions = {jurisdictions}\n{}{change}", volume(members, &volumes));
            line(&mut text, group.trim_end());
        }
    }
    Some(text)
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn delays(likeness: &Likeness) -> String {
    let found: [Option<(f64, f64)>; FEEDS] = std::array::from_fn(|feed| likeness.delay(feed));
    let [inspections, finds, exposure] = found;
    let inspected = inspections.map_or(0.0, |(median, _)| median);
    // A find is reported after its inspection.
    let finds = finds.map(|(median, sigma)| ((median - inspected).max(0.5), sigma));
    let mut text = "[defaults.delays]".to_owned();
    for (feed, delay) in [("inspections", inspections), ("interdictions", finds), ("exposure", exposure)] {
        let (median, sigma) = delay.unwrap_or((0.5, 0.1));
        text.push_str(&format!("\n{feed} = {{ median_days = {}, sigma = {} }}", few(median), few(sigma.max(0.01))));
    }
    text
}

/// The ranges of some series, from the least to the most; where none of them reports exposure or finds, those of all series.
fn volume(members: &[Volume], all: &[Volume]) -> String {
    let range = |key: &str, of: fn(&Volume) -> Option<f64>, max: f64| {
        let reporting = if members.iter().any(|volume| of(volume).is_some()) { members } else { all };
        let mut values: Vec<f64> = reporting.iter().filter_map(of).map(|value| value.min(max)).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values.first()?, values.last()?);
        Some(format!("{key} = [{}, {}]", few(*low), few(*high)))
    };
    let ranges = [
        range("inspections_per_week", |volume| Some(volume.inspections_per_week), f64::MAX),
        range("exposure_per_inspection", |volume| volume.exposure_per_inspection.map(|ratio| ratio.max(1.0)), f64::MAX),
        range("hit_rate", |volume| volume.hit_rate, 1.0),
    ];
    format!("volume = {{ {} }}\n", ranges.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// A number with three digits that count.
fn few(number: f64) -> f64 {
    if number == 0.0 {
        return 0.0;
    }
    let scale = 10_f64.powf(2.0 - number.abs().log10().floor());
    (number * scale).round() / scale
}
