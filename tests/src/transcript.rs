//! What a log came to, as text: one line a decision for people, and every byte of what was decided for machines.
//!
//! Reals are rounded to three digits in the text and exact in the bytes. Weeks in which nothing is to be said are put together.
//! What must never enter: anything that depends on how the log was played.

use crate::play::Played;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};
use vocab::{
    alert::{Change, Decision, Evidence, LongView, OverdueRow, Rule, Transition},
    assessment::{
        Assessment, ConditionPhase, EvidenceOf, FiredBy, Interval, Mode, Modes, SeriesAssessment, Stream, StreamAssessment, Turn, Verdict,
    },
    record::{Flag, RecordId},
    series::SeriesKey,
    tally::Ledger,
    time::{TICKS_PER_DAY, Tick, Week},
    watch::{Watched, WatchedMatter},
};

/// Every byte of what was decided: assessments, transitions, answers and seals, a line each.
#[must_use]
pub fn decided(played: &Played) -> Vec<u8> {
    let mut bytes = Vec::new();
    for assessment in &played.assessments {
        wire::assessment::assessment_to_json(assessment, &mut bytes);
        bytes.push(b'\n');
    }
    for (_, decision) in &played.decisions {
        slipwatch::file::decision_json(decision, &mut bytes);
        bytes.push(b'\n');
    }
    bytes
}

/// Every byte of what was set aside: refusals, what was late, cases.
#[must_use]
pub fn set_aside(played: &Played) -> Vec<u8> {
    let mut bytes = Vec::new();
    for refused in &played.refused {
        wire::refused::refused_to_json(refused, &mut bytes);
        bytes.push(b'\n');
    }
    for late in &played.late {
        wire::late::late_to_json(late, &mut bytes);
        bytes.push(b'\n');
    }
    for version in &played.dockets {
        slipwatch::lines::version(version, &mut bytes);
        bytes.push(b'\n');
    }
    bytes
}

/// The text for people.
#[must_use]
pub fn text(about: &str, played: &Played) -> String {
    let names: Names = played.admitted.iter().map(|one| (one.id, one.event.source_record_id.to_string())).collect();
    let mut out = String::new();
    section(&mut out, "about", [about.to_owned()]);
    section(&mut out, "alerts and answers", played.decisions.iter().filter_map(|(tick, decision)| decision_line(&names, *tick, decision)));
    section(&mut out, "listed by the weekly digest", digests(&played.decisions));
    section(&mut out, "overdue at the close of a week", overdue(&played.decisions));
    section(&mut out, "weeks that were not quiet", played.assessments.iter().flat_map(|one| notable(one)));
    section(&mut out, "verdicts", verdicts(&played.assessments));
    let stamped = played.stamped.iter().filter(|(clock, one)| *clock != one.known);
    let stamped =
        stamped.map(|(clock, one)| format!("{} {} when the clock said {}", moment(one.known), one.event.source_record_id, moment(*clock)));
    section(&mut out, "stamped ahead of the clock", stamped);
    let late = played.late.iter().map(|one| {
        let name = &one.source_record_id;
        format!("{} {name} revision {} count {}: occurred {}", moment(one.known), one.revision, one.count, one.occurred)
    });
    section(&mut out, "older than the horizon", late);
    let refused = played.refused.iter().map(|one| format!("{} {}: {}", one.day, one.reason.code(), one.reason));
    section(&mut out, "refused", refused);
    let unlisted = played.unlisted.iter().map(|((tick, regime, what, code), n)| format!("{} {regime}: {what} {code}: {n}", moment(*tick)));
    section(&mut out, "not listed", unlisted);
    section(&mut out, "flags", flags(played));
    let dockets = played.dockets.iter().map(|one| {
        let (record, verb) = (named(&names, one.record), if one.sign > 0 { "joins" } else { "leaves" });
        format!("{} {record} {verb} case {}", moment(one.known), one.case_name)
    });
    section(&mut out, "cases", dockets);
    section(&mut out, "ledger, where something else than effective", ledger(played));
    section(&mut out, "sums", sums(played));
    out
}

type Names = BTreeMap<RecordId, String>;

fn section(out: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let lines: Vec<String> = lines.into_iter().collect();
    if lines.is_empty() {
        return;
    }
    let _infallible = writeln!(out, "{title}:");
    for line in lines {
        let _infallible = writeln!(out, "  {line}");
    }
}

fn named(names: &Names, record: RecordId) -> String {
    names.get(&record).cloned().unwrap_or_else(|| record.to_string())
}

/// A tick as people write it: the end of a day by its date, anything else by its instant.
fn moment(tick: Tick) -> String {
    if (tick.0 + 1).rem_euclid(TICKS_PER_DAY) == 0 { tick.day().to_string() } else { tick.start().to_string() }
}

fn decision_line(names: &Names, tick: Tick, decision: &Decision) -> Option<String> {
    match decision {
        Decision::Transition(moved) => Some(transition_line(names, tick, moved)),
        Decision::Answer(answer) => {
            Some(format!("{} answer to {}: {}", moment(tick), named(names, answer.act), words_of(format!("{:?}", answer.outcome))))
        }
        Decision::Digest(_) | Decision::Seal(_) => None,
    }
}

/// Which duties the digests list as overdue, week by week; a week in which none is has no line.
fn overdue(decisions: &[(Tick, std::sync::Arc<Decision>)]) -> Vec<String> {
    let of = |(_, decision): &(Tick, std::sync::Arc<Decision>)| {
        let Decision::Digest(digest) = &**decision else { return None };
        let row = |row: &OverdueRow| format!("{} {}: {}, since {}", row.series, row.duty, row.overdue, row.oldest);
        let rows: Vec<String> = digest.overdue.iter().flatten().map(row).collect();
        (!rows.is_empty()).then(|| format!("{} {}", digest.week, rows.join("; ")))
    };
    decisions.iter().filter_map(of).collect()
}

/// What stood out in the digests: runs of weeks by series and stream, with the weight of the first and the last.
fn digests(decisions: &[(Tick, std::sync::Arc<Decision>)]) -> Vec<String> {
    let mut runs: BTreeMap<String, Vec<(Week, Week, f64, f64)>> = BTreeMap::new();
    for (_, decision) in decisions {
        let Decision::Digest(digest) = &**decision else { continue };
        for row in &digest.rows {
            let of = runs.entry(format!("{} {}", row.series, row.stream.as_str())).or_default();
            match of.last_mut().filter(|run| run.1.0 + 1 == digest.week.0) {
                Some(run) => (run.1, run.3) = (digest.week, row.evidence_nats),
                None => of.push((digest.week, digest.week, row.evidence_nats, row.evidence_nats)),
            }
        }
    }
    let run = |(first, last, from, to): &(Week, Week, f64, f64)| {
        if first == last { format!("{first} ({from:.3})") } else { format!("{first} to {last} ({from:.3} to {to:.3})") }
    };
    runs.iter().map(|(series, runs)| format!("{series}: {}", runs.iter().map(run).collect::<Vec<_>>().join(", "))).collect()
}

fn transition_line(names: &Names, tick: Tick, moved: &Transition) -> String {
    let page = if moved.change.pages() { " PAGES" } else { "" };
    let mut line = format!(
        "{} {}{} {}. {} -> {} ({}, {}){page}",
        moment(tick),
        moved.series,
        rule(moved.rule),
        moved.n,
        change(names, &moved.change),
        moved.phase.as_str(),
        moved.kind.as_str(),
        words_of(format!("{:?}", moved.severity))
    );
    // Whole where it begins, so that an act of a log can name it.
    let alert = if moved.n == 1 { moved.alert.to_string() } else { short(&moved.alert.to_string()) };
    let _infallible = write!(line, "; alert {alert} of {}", moved.opened);
    line.push_str(&match moved.evidence.long.as_deref() {
        Some(LongView::Watched(watched)) => facts(names, watched),
        Some(LongView::Erosion(_) | LongView::Mix(_) | LongView::Look(_)) | None => evidence(&moved.evidence),
    });
    for label in &moved.coincides {
        let _infallible = write!(line, "; coincides with {label}");
    }
    if let Some(previous) = &moved.previous {
        let _infallible = write!(line, "; after {}", short(&previous.to_string()));
    }
    line
}

/// The rule where it is not the common one.
fn rule(rule: Rule) -> String {
    if rule == Rule::Slippage { String::new() } else { format!(" ({})", rule.as_str()) }
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// `Applied` and `Stale(Moved { newest: 2 })` in small letters.
fn words_of(debug: String) -> String {
    debug.to_lowercase()
}

fn change(names: &Names, change: &Change) -> String {
    let word = change.as_str();
    match change {
        Change::Fired(by) | Change::Reopened(by) | Change::Escalated(by) => format!("{word} by {}", fired_by(*by)),
        Change::Acknowledged { who, why, until } => format!("{word} by {who} ({why}) until {until}"),
        Change::Closed { who, why } | Change::Rebased { who, why } => format!("{word} by {who} ({why})"),
        Change::Recovered(week) => format!("{word} from {week}"),
        Change::Recalled { withdrawn: 0, undone_by: _ } => format!("{word} by later reports"),
        Change::Recalled { undone_by, withdrawn } => {
            let records: Vec<String> = undone_by.iter().map(|record| named(names, *record)).collect();
            format!("{word}, {withdrawn} withdrawn: {}", records.join(" "))
        }
        Change::Reclassified { from, to } => format!("{word} from {} to {}", from.as_str(), to.as_str()),
        Change::AcknowledgementExpired | Change::Faded | Change::Noted | Change::Ended => word.to_owned(),
    }
}

const fn fired_by(by: FiredBy) -> &'static str {
    match by {
        FiredBy::Evidence => "evidence",
        FiredBy::Pool => "pool",
        FiredBy::Collapse => "collapse",
        FiredBy::Erosion => "erosion",
        FiredBy::Quotient => "quotient",
        FiredBy::Fact => "fact",
    }
}

/// What an alert of a watch rule rests on.
fn facts(names: &Names, watched: &Watched) -> String {
    let what = |what: &WatchedMatter| match what {
        WatchedMatter::Incident(incident) => incident.event.to_string(),
        WatchedMatter::Duty(duty) => format!("{} of {} {}, last day {}", duty.name, duty.case, duty.standing.as_str(), duty.last_day),
    };
    let told =
        watched.facts.iter().map(|fact| format!("{} ({}, known {})", named(names, fact.record), what(&fact.what), moment(fact.known)));
    format!("; rule {} rests on {}: {}", watched.rule, watched.standing, told.collect::<Vec<_>>().join(" "))
}

fn evidence(evidence: &Evidence) -> String {
    let leading = evidence.leading();
    let leads = evidence.stream.map(|stream| format!(", {} leads", stream.as_str())).unwrap_or_default();
    let seen = evidence.numerator().map(|seen| format!(": seen {seen}")).unwrap_or_default();
    let mut text = format!("; week {}{leads}{seen}", evidence.week);
    let parts = [
        leading.and_then(|leading| interval(" of", leading.expected.as_ref())),
        evidence.completeness.map(|share| format!("known {share:.3}")),
        leading.and_then(|leading| leading.evidence_nats.map(|nats| format!("evidence {nats:.3}{}", whose(leading.by)))),
        evidence.onset().map(|onset| format!("onset {} [{}, {}]", onset.week, onset.earliest, onset.latest)),
        interval("level", evidence.size().as_ref()),
        Some(evidence.grade.as_str().to_owned()),
        modes(evidence.modes),
    ];
    for part in parts.into_iter().flatten() {
        text.push_str(if part.starts_with(' ') { "" } else { ", " });
        text.push_str(&part);
    }
    text
}

const fn whose(by: EvidenceOf) -> &'static str {
    match by {
        EvidenceOf::Own => "",
        EvidenceOf::Pool => " (pool)",
    }
}

fn interval(word: &str, interval: Option<&Interval>) -> Option<String> {
    interval.map(|at| format!("{word} {:.3} [{:.3}, {:.3}]", at.estimate, at.low, at.high))
}

/// A series as its key is shown, without the regime.
fn key(assessment: &Assessment, series: &SeriesAssessment) -> String {
    let (regime, jurisdiction) = (assessment.regime.clone(), assessment.jurisdiction.clone());
    SeriesKey { regime, jurisdiction, measure: series.measure.clone(), unit: series.unit }.to_string()
}

fn modes(modes: Modes) -> Option<String> {
    let words: Vec<&str> = Mode::ALL.iter().filter(|(mode, _)| modes.has(*mode)).map(|(_, word)| *word).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// What a week has to say beyond an ordinary verdict.
fn notable(assessment: &Assessment) -> Vec<String> {
    // A place that never reported says so once, among the verdicts.
    let speaks = |series: &&SeriesAssessment| {
        let said = matches!(series.verdict, Verdict::Slip | Verdict::Gap | Verdict::Watch);
        (said && !series.modes.has(Mode::NeverReported)) || series.streams.iter().any(|stream| stream.turn.is_some())
    };
    let mut lines: Vec<String> = assessment.series.iter().filter(speaks).map(|series| notable_series(assessment, series)).collect();
    let held = assessment.held.map(|hold| format!("held for {}", words_of(format!("{hold:?}"))));
    let silent = (!assessment.silent.is_empty())
        .then(|| assessment.silent.iter().map(|count| count.as_str()).collect::<Vec<_>>().join(" and ") + " silent");
    let both: Vec<String> = silent.into_iter().chain(held).collect();
    if !both.is_empty() {
        lines.insert(0, format!("{} {}: {}", assessment.week, assessment.jurisdiction, both.join(", ")));
    }
    lines
}

fn notable_series(assessment: &Assessment, series: &SeriesAssessment) -> String {
    let mut line = format!("{} {}: {}", assessment.week, key(assessment, series), series.verdict.as_str());
    let _infallible = write!(line, ", seen {}", series.seen[0]);
    let known = [
        series.completeness.filter(|share| *share < 0.9995).map(|share| format!("known {share:.3}")),
        interval("nowcast", series.nowcast.as_ref().filter(|nowcast| nowcast.high > nowcast.low)),
    ];
    let streams = series.streams.iter().flat_map(stream);
    for part in known.into_iter().flatten().chain(streams).chain(modes(series.modes)) {
        line.push_str(", ");
        line.push_str(&part);
    }
    line
}

/// What a stream has to say: effort always, another one where it moves.
fn stream(stream: &StreamAssessment) -> Vec<String> {
    let word = stream.stream.as_str();
    let has_moved = stream.phase != ConditionPhase::Quiet || stream.turn.is_some();
    if !has_moved && stream.stream != Stream::Effort {
        return Vec::new();
    }
    let turned = |turn| format!("{word} {} ({})", turn_word(turn), words_of(format!("{:?}", stream.phase)));
    let parts = [
        interval(&format!("{word} expected"), stream.expected.as_ref()),
        stream.evidence_nats.map(|nats| format!("{word} evidence {nats:.3}{}", whose(stream.by))),
        stream.turn.map(turned),
    ];
    parts.into_iter().flatten().collect()
}

fn turn_word(turn: Turn) -> String {
    match turn {
        Turn::Pended => "pended".to_owned(),
        Turn::Calmed => "calmed".to_owned(),
        Turn::Fired(by) => format!("fired by {}", fired_by(by)),
        Turn::Escalated(by) => format!("escalated by {}", fired_by(by)),
        Turn::Recalled => "recalled".to_owned(),
        Turn::Recovered(week) => format!("recovered from {week}"),
        Turn::Faded => "faded".to_owned(),
    }
}

/// Runs of weeks with one verdict; series that fared alike stand together.
fn verdicts(assessments: &[std::sync::Arc<Assessment>]) -> Vec<String> {
    let mut runs: BTreeMap<String, Vec<(Verdict, Week, Week, i64)>> = BTreeMap::new();
    for assessment in assessments {
        for series in &assessment.series {
            let of = runs.entry(key(assessment, series)).or_default();
            match of.last_mut().filter(|run| run.0 == series.verdict) {
                Some(run) => (run.2, run.3) = (assessment.week, run.3 + series.seen[0]),
                None => of.push((series.verdict, assessment.week, assessment.week, series.seen[0])),
            }
        }
    }
    let run = |(verdict, first, last, seen): &(Verdict, Week, Week, i64)| {
        let weeks = if first == last { first.to_string() } else { format!("{first} to {last}") };
        format!("{} {weeks} ({seen})", verdict.as_str())
    };
    let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (series, runs) in &runs {
        told.entry(runs.iter().map(run).collect::<Vec<_>>().join(", ")).or_default().push(series);
    }
    let mut lines: Vec<String> = told.into_iter().map(|(runs, series)| format!("{}: {runs}", series.join(" "))).collect();
    lines.sort();
    lines
}

fn flags(played: &Played) -> Vec<String> {
    let flagged = played.admitted.iter().filter(|one| one.flags.bits() != 0);
    flagged
        .map(|one| {
            let words: Vec<&str> = Flag::ALL.iter().filter(|(flag, _)| one.flags.has(*flag)).map(|(_, word)| *word).collect();
            format!("{} {}: {}", moment(one.known), one.event.source_record_id, words.join(" "))
        })
        .collect()
}

fn ledger(played: &Played) -> Vec<String> {
    let odd = played.ledger.iter().filter(|(_, sum)| sum.admitted() != sum.effective || sum.unlisted != 0);
    odd.map(|((source, day), sum)| format!("{day} {source}: {}", ledger_words(*sum))).collect()
}

fn ledger_words(sum: Ledger) -> String {
    let columns = [
        ("effective", sum.effective),
        ("duplicates", sum.duplicates),
        ("superseded", sum.superseded),
        ("conflicts", sum.conflicts),
        ("late", sum.late),
        ("unlisted", sum.unlisted),
    ];
    columns.iter().filter(|(_, n)| *n != 0).map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", ")
}

fn sums(played: &Played) -> Vec<String> {
    let mut all = Ledger::default();
    played.ledger.values().for_each(|sum| all += *sum);
    let mut lines = vec![
        format!("received {} = admitted {} + refused {}", played.received, all.admitted(), played.refused.len()),
        format!("admitted {} = {}", all.admitted(), ledger_words(all)),
    ];
    let regimes: BTreeSet<&str> = played.assessments.iter().map(|one| one.regime.as_str()).collect();
    let regimes: Vec<&str> = regimes.into_iter().collect();
    lines.push(format!("assessments {} of {}", played.assessments.len(), regimes.join(" ")));
    let seals = played.decisions.iter().filter_map(|(_, decision)| match &**decision {
        Decision::Seal(seal) => Some(seal),
        Decision::Transition(_) | Decision::Answer(_) | Decision::Digest(_) => None,
    });
    if let Some(last) = seals.clone().next_back() {
        lines.push(format!("seals {}, the last of {} {}: {}", seals.count(), last.regime, last.day, last.hash));
    }
    lines
}
