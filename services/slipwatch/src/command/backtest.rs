//! `slipwatch backtest`: history replayed under one or two packs, scored against what is known to have happened.
//!
//! Reads, wires and writes. What must never enter: a rule of scoring.

use super::when;
use crate::{
    backtest::{
        chart, comparison,
        heard::Heard,
        lives::Lives,
        report::{Point, Report, Side},
        resample::{Draw, Unit, Units},
        rows,
        score::Score,
        sides::{Log, RATES, Windows, scores, windows, with_rate},
        tables,
        truth::{self, Sort, Truth},
    },
    cli::{BacktestArgs, Format, Rules},
    failure::Failure,
    output::Output,
    rules,
};
use stages::intaking::FirstPack;
use std::path::Path;
use vocab::pack::Pool;

/// A pack on its way through a backtest.
struct Played {
    name: String,
    first: FirstPack,
    heard: Heard,
}

/// Backtests packs.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &BacktestArgs, out: &mut Output) -> Result<(), Failure> {
    let reading = rules::reading(&Rules { mapping: arguments.mapping.clone(), pack: None })?;
    let text = String::from_utf8_lossy(&rules::read(&arguments.truth)?).into_owned();
    let truth = truth::read(&arguments.truth.display().to_string(), &text)?;
    let day = |flag: &str, text: Option<&str>| text.map(|text| when::day(flag, text)).transpose();
    let asked = (day("--from", arguments.from.as_deref())?, day("--until", arguments.until.as_deref())?);
    let log = Log { reading: &reading, files: &arguments.files, until: asked.1 };
    let mut played = Vec::new();
    for (name, first) in packs(arguments, &reading)? {
        let heard = log.heard(&first, &name, out)?;
        played.push(Played { name, first, heard });
    }
    let heard: Vec<&Heard> = played.iter().map(|side| &side.heard).collect();
    let windows = windows(&truth, &heard, asked)?;
    let (mut report, rows) = report(arguments, &truth, &windows, played);
    if arguments.curve {
        curves(&mut report, &log, (&truth, &windows), out)?;
    }
    write(arguments.out.as_deref(), &report, &rows)?;
    match out.format() {
        Format::Table => out.text(&tables::text(&report)),
        Format::Json => out.json(&report.json()),
        Format::Csv => out.text(&rows::file(&rows)),
    }
}

/// The packs by the names of their files, or by their paths where the names are the same.
fn packs(arguments: &BacktestArgs, reading: &crate::history::Reading) -> Result<Vec<(String, FirstPack)>, Failure> {
    let paths: Vec<&Path> = std::iter::once(arguments.pack.as_path()).chain(arguments.against.as_deref()).collect();
    let file = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let are_apart = paths.iter().all(|path| paths.iter().filter(|other| file(other) == file(path)).count() == 1);
    let pack = |path: &&Path| {
        let asked = Rules { mapping: arguments.mapping.clone(), pack: Some(path.to_path_buf()) };
        let first = rules::first_pack(&asked, reading)?;
        let first = first.ok_or_else(|| Failure::Usage("a backtest needs a pack".to_owned()))?;
        Ok((if are_apart { file(path) } else { path.display().to_string() }, first))
    };
    paths.iter().map(pack).collect()
}

/// What is drawn together: where any pack pools evidence, the series of a jurisdiction speak for each other.
fn unit(played: &[Played]) -> Unit {
    let pools = |side: &Played| match side.first.pack.policy.pool {
        Pool::Jurisdiction { .. } | Pool::Mixture { .. } => true,
        Pool::Off => false,
    };
    if played.iter().any(pools) { Unit::Jurisdiction } else { Unit::Series }
}

fn report(arguments: &BacktestArgs, truth: &Truth, windows: &Windows, played: Vec<Played>) -> (Report, Vec<Vec<String>>) {
    let unit = unit(&played);
    let units = Units::of(unit, truth.iter().map(|(name, series)| (name.as_str(), series.group.as_str())));
    let draws = units.draws(arguments.resamples, arguments.seed);
    let scored: Vec<(Vec<Score>, Lives)> = played.iter().map(|side| scores(truth, &side.heard, windows)).collect();
    let with: (&Units, &[Draw]) = (&units, &draws);
    let compared = match scored.as_slice() {
        [(first, _), (second, _)] => comparison::compare((first, second), with),
        _ => Vec::new(),
    };
    let notes = notes(truth, windows, &played, &scored);
    let (mut sides, mut rows) = (Vec::new(), Vec::new());
    for (side, (scores, lives)) in played.into_iter().zip(&scored) {
        rows.extend(rows::rows(&side.name, truth, windows, scores));
        let rate = side.first.pack.policy.false_alarms_per_series_year;
        let mut side = Side::of((side.name, side.first), scores, *lives, with);
        side.curve.extend(Point::of(rate, scores));
        sides.push(side);
    }
    let first = windows.values().map(|window| window.0).min();
    let last = windows.values().map(|window| window.1).max();
    let report = Report {
        log: arguments.files.iter().map(|file| file.display().to_string()).collect(),
        truth: arguments.truth.display().to_string(),
        series: truth.len(),
        window: [first, last].map(|day| day.map(|day| day.to_string()).unwrap_or_default()).into(),
        unit,
        units: units.count(),
        resamples: arguments.resamples,
        seed: arguments.seed,
        sides,
        compared,
        notes,
    };
    (report, rows)
}

/// Replays every pack at the other rates.
fn curves(report: &mut Report, log: &Log<'_>, (truth, windows): (&Truth, &Windows), out: &Output) -> Result<(), Failure> {
    for side in &mut report.sides {
        let own = side.pack.pack.policy.false_alarms_per_series_year;
        for rate in RATES.into_iter().filter(|rate| (rate - own).abs() > 1e-9) {
            let name = format!("{} at {rate}", side.name);
            let heard = log.heard(&with_rate(&side.name, &side.pack, rate)?, &name, out)?;
            side.curve.extend(Point::of(rate, &scores(truth, &heard, windows).0));
        }
        side.curve.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    }
    Ok(())
}

/// What to keep in mind: what was not scored, and what could not be seen whole.
fn notes(truth: &Truth, windows: &Windows, played: &[Played], scored: &[(Vec<Score>, Lives)]) -> Vec<String> {
    let mut notes = Vec::new();
    for side in played {
        let missing = truth.keys().filter(|name| !side.heard.series.contains_key(*name)).count();
        let beyond = side.heard.series.iter().filter(|(name, heard)| !heard.spoken.is_empty() && !truth.contains_key(*name)).count();
        let told = [
            (missing, "series of the truth are not in it: nothing is said of them, and their slips are missed"),
            (beyond, "series with alerts are not in the truth, and are not scored"),
        ];
        notes.extend(told.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{}: {count} {what}", side.name)));
    }
    // Which slips are cut is a matter of the windows, and those are the same for every pack.
    let slips = scored.first().into_iter().flat_map(|(scores, _)| scores).flat_map(|score| &score.slips);
    let cut = slips.filter(|slip| slip.is_cut).count();
    let slips = truth.iter().flat_map(|(name, series)| series.episodes.iter().map(move |episode| (name, episode)));
    let onsets = slips.filter(|(_, slip)| slip.sort == Sort::Slippage).filter_map(|(name, slip)| Some((slip.onset?, windows.get(name)?)));
    let before = onsets.filter(|(onset, (from, _))| onset < from).count();
    let told = [
        (cut, "slips begin less than 26 weeks before the end of what is scored: a miss among them might still have been found"),
        (before, "slips begin before what is scored: pages before its first day do not count"),
    ];
    notes.extend(told.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    notes
}

fn write(folder: Option<&Path>, report: &Report, rows: &[Vec<String>]) -> Result<(), Failure> {
    let Some(folder) = folder else { return Ok(()) };
    let cannot = |path: &Path, error: std::io::Error| Failure::Output(format!("write {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    let json = serde_json::to_string_pretty(&report.json()).map_err(|error| Failure::Other(error.into()))?;
    let files = [
        ("report.txt", tables::text(report)),
        ("report.json", format!("{json}\n")),
        ("series.csv", rows::file(rows)),
        ("chart.svg", chart::svg(report)?),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| cannot(&path, error))?;
    }
    Ok(())
}
