//! The events of `slipwatch generate` against its truth: what is counted differs from what is stated by no more than chance
//! allows, by the variance that the scenario itself declares.
//!
//! What must never enter: a tolerance that was tuned to pass.

use slipwatch::generate::{
    generate,
    scenario::{Instead, Scenario},
};
use std::collections::BTreeMap;
use vocab::time::{Day, Instant, Week};

/// Standard deviations that chance may move a figure: over some hundred comparisons one in ten thousand is beyond.
const CHANCE_SD: f64 = 4.5;
/// The weeks at the end that reports are still under way of.
const UNDER_WAY_WEEKS: i32 = 12;
const WEEKS: i32 = 200;
/// Sizes of the negative binomials, below.
const DISPERSION: f64 = 40.0;
const EXPOSURE_DISPERSION: f64 = 80.0;

const SCENARIO: &str = r#"
regime = "counted"
title = "One group for each change that can be counted"
first_week = "2018-W01"
weeks = 200
measures = ["arms", "coal", "oil"]

[defaults]
jurisdictions = 2
onset = { weeks = [80, 110], each = "series" }
volume = { inspections_per_week = [8, 20], exposure_per_inspection = [3, 6], hit_rate = [0.2, 0.4] }
noise = { dispersion = 40, exposure_dispersion = 80 }

[defaults.delays]
inspections = { median_days = 2, sigma = 0.8 }
interdictions = { median_days = 2, sigma = 0.8 }
exposure = { median_days = 0.5, sigma = 0.5 }

[[groups]]
name = "steady"

[[groups]]
name = "effort"
change.effort_step = { to = 0.5 }

[[groups]]
name = "dip"
change.effort_step = { to = 0.3, weeks = [20, 30] }

[[groups]]
name = "yield"
change.yield_step = { to = 0.4 }

[[groups]]
name = "late"
change.delay_step = { times = 4 }

[[groups]]
name = "deterrence"
change.exposure_step = { to = 0.6 }

[[groups]]
name = "moved"
onset = { weeks = [80, 110], each = "jurisdiction" }
change.displacement = { share = 0.5 }

[[groups]]
name = "silent"
onset = { weeks = [80, 110], each = "jurisdiction" }
change.blackout = { weeks = [5, 5], feeds = ["inspections"], backlog_days = 6 }

[[groups]]
name = "redefined"
strata = { physical = 0.7, remote = 0.3 }
change.definition = { strata = { physical = 0.4, remote = 0.6 } }

[[groups]]
name = "shared"
sharing = { share_of_acts = 0.4, measures = 2 }

[[groups]]
name = "shared-effort"
sharing = { share_of_acts = 0.4, measures = 3 }
affected_measures = 1
change.effort_step = { to = 0.5 }

[[groups]]
name = "untidy"
disorder = { duplicates = 0.1, out_of_order = 0.2 }
outages = 4
"#;

/// A text of a line.
fn text<'l>(line: &'l serde_json::Value, key: &str) -> &'l str {
    line[key].as_str().expect("the line has this text")
}

/// A number of a line.
fn number(line: &serde_json::Value, key: &str) -> f64 {
    line[key].as_f64().expect("the line has this number")
}

fn json(line: &str) -> serde_json::Value {
    serde_json::from_str(line).expect("a line is JSON")
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).expect("a time is RFC 3339")
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a date is a date")
}

/// What is counted of a series on one side of its onset.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    weeks: f64,
    inspections: f64,
    finds: f64,
    exposure: f64,
}

struct Act {
    kind: String,
    week: i32,
    occurred: Instant,
    reported: Instant,
    measures: Vec<String>,
    count: f64,
    stratum: Option<String>,
}

/// Everything that was made, parted by series and by jurisdiction; second copies are left out and counted.
struct Counted {
    truth: Vec<serde_json::Value>,
    acts: BTreeMap<String, Vec<Act>>,
    copies: usize,
}

fn counted() -> Counted {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let scenario = Scenario::parse(SCENARIO, Instead::default()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let made = generate(&scenario, 11, folder.path(), &mut || ()).unwrap_or_else(|failure| panic!("{failure}"));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("the file was made");
    let mut acts: BTreeMap<String, Vec<Act>> = BTreeMap::new();
    let (mut seen, mut copies) = (std::collections::BTreeSet::new(), 0);
    for line in read("events.jsonl").lines() {
        let line = json(line);
        if !seen.insert(text(&line, "id").to_owned()) {
            copies += 1;
            continue;
        }
        let occurred = instant(text(&line, "occurred"));
        let act = Act {
            kind: text(&line, "kind").to_owned(),
            week: occurred.day().week().0 - scenario.first_week.0,
            occurred,
            reported: instant(text(&line, "reported")),
            measures: line["measures"].as_array().into_iter().flatten().filter_map(|measure| measure.as_str().map(str::to_owned)).collect(),
            count: number(&line, "count"),
            stratum: line["stratum"].as_str().map(str::to_owned),
        };
        acts.entry(text(&line, "jurisdiction").to_owned()).or_default().push(act);
    }
    assert_eq!(made.events, (seen.len() + copies) as u64);
    Counted { truth: read("truth.jsonl").lines().map(json).collect(), acts, copies }
}

impl Counted {
    fn of(&self, scenario: &str) -> impl Iterator<Item = &serde_json::Value> {
        let named = scenario.to_owned();
        let found = self.truth.iter().filter(move |line| line["scenario"] == named.as_str());
        assert!(found.clone().count() >= 6, "{scenario}");
        found
    }

    fn acts<'c>(&'c self, line: &'c serde_json::Value) -> impl Iterator<Item = &'c Act> {
        let measure = text(line, "measure");
        self.acts[text(line, "jurisdiction")].iter().filter(move |act| act.measures.iter().any(|served| served == measure))
    }

    /// What was counted before the onset, from it to the end, and after that; the last weeks left out.
    fn sides(&self, line: &serde_json::Value) -> [Side; 3] {
        let until = WEEKS - UNDER_WAY_WEEKS;
        let (onset, end) = (week(line, "onset").unwrap_or(until), week(line, "end").unwrap_or(until));
        let mut sides = [Side::default(); 3];
        for (side, weeks) in sides.iter_mut().zip([onset, end - onset, until - end]) {
            side.weeks = f64::from(weeks);
        }
        for act in self.acts(line).filter(|act| act.week < until) {
            let side = &mut sides[usize::from(act.week >= onset) + usize::from(act.week >= end)];
            match act.kind.as_str() {
                "inspection" => side.inspections += act.count,
                "interdiction" => side.finds += act.count,
                _ => side.exposure += act.count,
            }
        }
        sides
    }
}

fn week(line: &serde_json::Value, key: &str) -> Option<i32> {
    let first = Week::parse("2018-W01").expect("it is a week");
    line[key].as_str().map(|text| day(text).week().0 - first.0)
}

/// Variance of the logarithm of a total over some weeks: Poisson, and a negative binomial's share.
fn variance(total: f64, weeks: f64, size: f64) -> f64 {
    1.0 / total + 1.0 / (size * weeks)
}

/// Comparisons of what was counted with what is stated, each by itself and, for what is compared often, all of a sort together:
/// many series know a ratio to a few per cent that one alone knows to twenty.
#[derive(Default)]
struct Compared(BTreeMap<String, [f64; 3]>);

impl Compared {
    #[track_caller]
    fn near(&mut self, sort: &str, line: &serde_json::Value, [found, stated]: [f64; 2], variance: f64) {
        let difference = found.ln() - stated.ln();
        let off = difference.abs() / variance.sqrt();
        assert!(off < CHANCE_SD, "{sort}: found {found}, stated {stated}: {off:.1} standard deviations apart: {line}");
        let sort = format!("{sort} of {}", text(line, "scenario"));
        // Series that share acts share their chance, too.
        if !sort.ends_with(" of shared") && !sort.ends_with(" of shared-effort") {
            let together = self.0.entry(sort).or_default();
            [difference, variance, 1.0].into_iter().zip(together).for_each(|(one, sum)| *sum += one);
        }
    }

    #[track_caller]
    fn all_are_near(&self) {
        for (sort, [sum, variance, n]) in &self.0 {
            let off = sum.abs() / variance.sqrt();
            assert!(off < CHANCE_SD, "{sort}: all together are {off:.1} standard deviations apart");
            let seen = CHANCE_SD * variance.sqrt() / n;
            assert!(seen < 0.25, "{sort}: {n} series would not show an error of a quarter, only of {seen:.2}");
        }
        assert!(self.0.len() > 15, "{}", self.0.len());
    }
}

#[test]
fn what_is_counted_is_what_the_truth_states() {
    let (counted, mut compared) = (counted(), Compared::default());
    levels(&counted, &mut compared);
    for scenario in ["effort", "dip", "shared-effort", "moved", "deterrence"] {
        for line in counted.of(scenario).filter(|line| line["kind"] != "none") {
            let [before, after, back] = counted.sides(line);
            let rate = |side: Side| side.inspections / side.exposure;
            let spread = |side: Side| variance(side.inspections, side.weeks, DISPERSION) + 1.0 / side.exposure;
            let is_exposure = line["kind"] == "deterrence";
            let effect = if is_exposure { 1.0 } else { number(line, "size") };
            compared.near("effort", line, [rate(after) / rate(before), effect], spread(before) + spread(after));
            let weekly = |side: Side| side.exposure / side.weeks;
            let stated = match text(&line["note"], "change") {
                "displacement_source" => 0.5,
                "displacement_sink" => 1.5,
                "exposure_step" => 0.6,
                _ => 1.0,
            };
            let spread_x = |side: Side| variance(side.exposure, side.weeks, EXPOSURE_DISPERSION);
            compared.near("exposure", line, [weekly(after) / weekly(before), stated], spread_x(before) + spread_x(after));
            if scenario == "dip" {
                compared.near("recovery", line, [rate(back) / rate(before), 1.0], spread(before) + spread(back));
            }
        }
    }
    for line in counted.of("yield") {
        let [before, after, _] = counted.sides(line);
        let rate = |side: Side| side.finds / side.inspections;
        compared.near("yield", line, [rate(after) / rate(before), 0.4], 1.0 / before.finds + 1.0 / after.finds);
    }
    delays(&counted, &mut compared);
    compared.all_are_near();
    shares(&counted);
    silences(&counted);
    copies(&counted);
}

/// A series does what its level says, alone or through acts it shares.
fn levels(counted: &Counted, compared: &mut Compared) {
    for scenario in ["steady", "shared", "effort", "yield", "shared-effort"] {
        for line in counted.of(scenario) {
            let before = counted.sides(line)[0];
            let stated = |key: &str| number(&line["note"], key);
            // A week's inspections vary by themselves and with the exposure they are drawn from.
            let exposure = variance(before.exposure, before.weeks, EXPOSURE_DISPERSION);
            let inspections = variance(before.inspections, before.weeks, DISPERSION) + exposure;
            compared.near("level of exposure", line, [before.exposure / before.weeks, stated("exposure_per_week")], exposure);
            compared.near("level", line, [before.inspections / before.weeks, stated("inspections_per_week")], inspections);
            compared.near("hit rate", line, [before.finds / before.inspections, stated("hit_rate")], 1.0 / before.finds);
        }
    }
}

/// The median of a lognormal delay has a logarithm of variance π/2 · σ²/n.
fn delays(counted: &Counted, compared: &mut Compared) {
    for line in counted.of("late") {
        let onset = week(line, "onset").expect("it has an onset");
        let mut sides = [Vec::new(), Vec::new()];
        for act in counted.acts(line).filter(|act| act.kind == "inspection" && act.week < WEEKS - UNDER_WAY_WEEKS) {
            sides[usize::from(act.week >= onset)].push((act.reported.0 - act.occurred.0) as f64 / 86_400_000.0);
        }
        let [before, after] = sides.map(|mut days| {
            days.sort_by(f64::total_cmp);
            (days[days.len() / 2], std::f64::consts::FRAC_PI_2 * 0.64 / days.len() as f64)
        });
        compared.near("delay before", line, [before.0, 2.0], before.1);
        compared.near("delay after", line, [after.0, 8.0], after.1);
    }
}

/// Shares of strata, and of acts that serve several measures: binomial.
fn shares(counted: &Counted) {
    let binomial = |what: &str, yes: usize, all: usize, stated: f64| {
        let (share, sd) = (yes as f64 / all as f64, (stated * (1.0 - stated) / all as f64).sqrt());
        assert!((share - stated).abs() < CHANCE_SD * sd, "{what}: {yes} of {all}, stated {stated}");
    };
    for line in counted.of("redefined") {
        let onset = week(line, "onset").expect("it has an onset");
        for (is_after, stated) in [(false, 0.7), (true, 0.4)] {
            let acts = counted.acts(line).filter(|act| act.kind == "inspection" && (act.week >= onset) == is_after);
            let strata: Vec<bool> = acts.map(|act| act.stratum.as_deref() == Some("physical")).collect();
            binomial(&format!("{is_after} {line}"), strata.iter().filter(|is| **is).count(), strata.len(), stated);
        }
    }
    for line in counted.of("shared").filter(|line| line["measure"] == "arms") {
        let acts = &counted.acts[text(line, "jurisdiction")];
        let inspections: Vec<&Act> = acts.iter().filter(|act| act.kind == "inspection").collect();
        let shared = inspections.iter().filter(|act| act.measures.len() > 1).count();
        // Shared acts and own acts are drawn apart, so their share varies with both.
        let sd = (0.24 / inspections.len() as f64 + 0.24 * 0.24 * 4.0 / (DISPERSION * f64::from(WEEKS))).sqrt();
        assert!((shared as f64 / inspections.len() as f64 - 0.4).abs() < CHANCE_SD * sd, "{shared} of {}", inspections.len());
        assert!(inspections.iter().all(|act| act.measures.len() <= 2));
    }
}

/// In a blackout nothing of the feed is known, and then all of it within days.
fn silences(counted: &Counted) {
    for line in counted.of("silent") {
        let at = |key: &str| Instant(i64::from(day(text(line, key)).0) * 86_400_000);
        let (from, until) = (at("onset"), at("end"));
        let known = |kind: &'static str, from: Instant, until: Instant| {
            counted.acts(line).filter(move |act| act.kind == kind && act.reported >= from && act.reported < until).count()
        };
        assert_eq!(known("inspection", from, until), 0, "{line}");
        assert!(known("exposure", from, until) > 20, "only inspections are silent: {line}");
        let usual = counted.sides(line)[0].inspections / counted.sides(line)[0].weeks;
        let backlog = known("inspection", until, Instant(until.0 + 6 * 86_400_000)) as f64;
        assert!(backlog > 3.0 * usual, "five weeks come at once: {backlog} where {usual} are usual: {line}");
    }
}

fn copies(counted: &Counted) {
    let untidy: Vec<&Act> = counted.of("untidy").flat_map(|line| counted.acts(line)).collect();
    let sd = (0.09 * untidy.len() as f64).sqrt();
    // The last copies may not be known by the end.
    let stated = untidy.len() as f64 * 0.1;
    assert!((counted.copies as f64 - stated).abs() < CHANCE_SD * sd + stated * 0.01, "{} of {}", counted.copies, untidy.len());
    for line in counted.of("untidy") {
        let held: std::collections::BTreeSet<i32> = counted.acts(line).filter(|act| act.kind == "inspection").map(|act| act.week).collect();
        let empty = (26..WEEKS - UNDER_WAY_WEEKS).filter(|week| !held.contains(week)).count();
        assert!((2..=4).contains(&empty), "{empty} weeks without any inspection: {line}");
    }
}
