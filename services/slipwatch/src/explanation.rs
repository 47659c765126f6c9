//! The page about an alert: what it claims, how sure that is, what it was not, what it rests on, and what to do.
//!
//! Written for whoever is called at night: the claim and the next step come before the figures. Every figure is of the decision or
//! of the assessment beside it. What must never enter: a decision, a figure of its own beyond shares of a whole.

use crate::{
    behind::{Behind, Pack},
    output::table,
    silences::Silences,
    weight,
};
use engine::assessor::Contribution;
use serde_json::{Value, json};
use std::path::Path;
use vocab::{
    alert::Transition,
    assessment::{Assessment, PoolShare, Stream, StreamAssessment},
    time::Week,
};

/// Weeks of the evidence shown in the table; JSON has all.
const WEEKS_SHOWN_MAX: usize = 16;
/// Members of a jurisdiction shown.
const MEMBERS_SHOWN_MAX: usize = 12;
/// Characters of a bar.
const BAR: u16 = 20;

/// What is known about an alert.
pub struct Explanation<'a> {
    /// The transition that is explained.
    pub transition: &'a Transition,
    /// Every transition of the alert.
    pub life: Vec<&'a Transition>,
    /// Other alerts of the jurisdiction that stood then, each by its transition of that time.
    pub group: Vec<&'a Transition>,
    /// The jurisdiction's assessment of that week.
    pub assessment: Option<Assessment>,
    /// The records behind it.
    pub behind: Behind,
    /// The weeks behind the evidence of effort, newest first.
    pub weeks: Vec<Contribution>,
    /// Silent weeks of the jurisdiction.
    pub silences: Silences,
    /// How the log was verified.
    pub verified: Verified,
    /// The log, as it was named.
    pub db: &'a Path,
}

/// How a log was verified.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Decisions recomputed.
    pub recomputed: usize,
    /// The first that is not what it was.
    pub difference: Option<String>,
    /// Records and decisions in the chains.
    pub rows: (u64, u64),
}

/// One week of the evidence.
struct WeekRow {
    week: Week,
    seen: f64,
    expected: f64,
    known: Option<f64>,
    share: f64,
}

impl Explanation<'_> {
    fn rules(&self) -> Option<&vocab::pack::Pack> {
        self.behind.pack.as_ref().map(|pack| &*pack.rules)
    }

    fn silent(&self) -> Option<usize> {
        Some(self.silences.behind(self.transition))
    }

    fn newest(&self) -> &Transition {
        self.life.last().unwrap_or(&self.transition)
    }

    /// The page.
    #[must_use]
    pub fn words(&self) -> String {
        let transition = self.transition;
        let rules = self.rules();
        let mut text = self.head();
        let mut section = |title: &str, lines: Vec<String>| paragraph(&mut text, title, &lines);
        section("What happened", self.happened());
        section("What to do", words::steps(self.newest(), self.db));
        section("How sure that is", words::sure(transition, rules.map(weight::rules)));
        section("What it was not", words::was_not(transition, self.silent()));
        section("What is allowed for", words::allowed_for(transition));
        section("What cannot be told", words::untold(transition, self.silent()));
        let power = format!("{}.", capital(&words::power(&transition.evidence.power)));
        section("What would have been seen", if self.has_power() { vec![power] } else { Vec::new() });
        section("On record for the same weeks", transition.coincides.iter().map(|label| format!("Coincides with: {label}.")).collect());
        text.push_str(&self.streams_table());
        text.push_str(&self.weeks_table());
        text.push_str(&self.members_table());
        let mut section = |title: &str, lines: Vec<String>| paragraph(&mut text, title, &lines);
        section("Other alerts of the jurisdiction that stood then", self.group.iter().map(|one| member(one)).collect());
        section("Life of the alert", self.life.iter().map(|one| format!("{:>2}  {}", one.n, words::headline(one))).collect());
        section("Records behind it", self.behind.words());
        section("Rules", self.behind.pack.as_ref().map(Pack::words).unwrap_or_default());
        section("Verified", self.verified.words());
        text
    }

    /// Whether the claim is one that effort could have shown sooner or later.
    fn has_power(&self) -> bool {
        self.transition.kind.is_slippage() && !words::is_apart_from_weeks(&self.transition.evidence)
    }

    fn head(&self) -> String {
        let (transition, newest) = (self.transition, self.newest());
        let renamed = if newest.kind == transition.kind { String::new() } else { format!(", as {}", words::kind(newest)) };
        format!(
            "{}  {}  {}\nAlert {}, regime {}; transition {} of {} on {}: {}; it is {}{renamed} now.\n\n",
            transition.series,
            words::kind(transition),
            transition.severity.as_str(),
            transition.alert,
            transition.series.regime,
            transition.n,
            self.life.len(),
            transition.at.start(),
            words::moved(transition),
            newest.phase.as_str(),
        )
    }

    fn happened(&self) -> Vec<String> {
        let evidence = &self.transition.evidence;
        let mut lines = words::claim(self.transition, self.rules());
        if words::is_apart_from_weeks(evidence) {
            return lines;
        }
        lines.push(words::week(evidence));
        lines.extend(self.nowcast());
        // A notice is about one figure; what the others come to is no part of it.
        if self.transition.kind.is_slippage() {
            lines.push(words::diagnosis(evidence.diagnosis, evidence.modes).to_owned());
        }
        lines
    }

    /// What the closed week may still come to, where reports are missing.
    fn nowcast(&self) -> Option<String> {
        let series = self.assessment.as_ref()?.series.iter().find(|one| one.measure == self.transition.series.measure)?;
        let nowcast = series.nowcast.filter(|nowcast| nowcast.high > nowcast.low)?;
        let [estimate, low, high] = [nowcast.estimate, nowcast.low, nowcast.high].map(words::whole);
        Some(format!("When all its reports are in, the week will have come to {estimate} inspections [{low}–{high}]."))
    }

    /// The streams of the series, side by side.
    fn streams_table(&self) -> String {
        let evidence = &self.transition.evidence;
        let told = |one: &&StreamAssessment| one.recent.is_some() || one.evidence_nats.is_some();
        let rows: Vec<Vec<String>> = evidence
            .streams
            .iter()
            .filter(told)
            .map(|one| {
                let leads = if evidence.stream == Some(one.stream) { " (leads)" } else { "" };
                vec![
                    format!("{}{leads}", words::stream(one.stream, evidence.modes)),
                    one.recent.as_ref().map(words::percent_range).unwrap_or_default(),
                    one.onset.map(|onset| onset.week.to_string()).unwrap_or_default(),
                    one.size.as_ref().map(words::percent_range).unwrap_or_default(),
                    one.evidence_nats.map(words::weight).unwrap_or_default(),
                ]
            })
            .collect();
        let header = ["figure", "newest 13 weeks", "changed since", "level since then", "weight of evidence"];
        titled("The figures of the series, against what was expected", &header, rows)
    }

    /// The weeks behind the evidence of the leading stream, newest first.
    fn week_rows(&self) -> Vec<WeekRow> {
        let known = |week: Week| self.weeks.iter().find(|one| one.week == week).map(|one| one.completeness);
        let leading = self.transition.evidence.leading();
        let shares = leading.map(|leading| leading.shares.as_slice()).unwrap_or_default();
        if !shares.is_empty() {
            let total: f64 = shares.iter().map(|one| one.nats).sum();
            let rows = shares.iter().rev().map(|one| WeekRow {
                week: one.week,
                seen: one.seen,
                expected: one.expected,
                known: known(one.week),
                share: if total > 0.0 { one.nats / total } else { 0.0 },
            });
            return rows.collect();
        }
        if leading.is_some_and(|leading| leading.stream != Stream::Effort) {
            return Vec::new();
        }
        let row = |one: &Contribution| WeekRow {
            week: one.week,
            seen: one.seen,
            expected: one.expected,
            known: Some(one.completeness),
            share: one.share,
        };
        self.weeks.iter().map(row).collect()
    }

    fn weeks_table(&self) -> String {
        let weeks = self.week_rows();
        let largest = weeks.iter().map(|week| week.share).fold(0.0, f64::max);
        let rows = weeks.iter().take(WEEKS_SHOWN_MAX).map(|week| {
            vec![
                week.week.to_string(),
                words::figure(week.seen),
                words::figure(week.expected),
                week.known.map(words::percent).unwrap_or_default(),
                if week.expected > 0.0 { words::percent(week.seen / week.expected) } else { String::new() },
                format!("{:+.0} %", week.share * 100.0),
                words::bar(week.share, largest, BAR),
            ]
        });
        let header = ["week", "reported", "expected", "known", "level", "share", "of the evidence"];
        let mut text = titled("Which weeks made the evidence (share: how much of it each brings)", &header, rows.collect());
        if weeks.len() > WEEKS_SHOWN_MAX {
            text.insert_str(text.len() - 1, &format!("… and {} earlier weeks (-o json has them)\n", weeks.len() - WEEKS_SHOWN_MAX));
        }
        text
    }

    /// What each measure of the jurisdiction says of its common fall.
    fn members(&self) -> Vec<&PoolShare> {
        let leading = self.transition.evidence.stream;
        let pools = self.assessment.iter().flat_map(|assessment| &assessment.pooled).filter(|pool| Some(pool.stream) == leading);
        let mut members: Vec<&PoolShare> = pools.flat_map(|pool| &pool.members).collect();
        members.sort_by(|one, other| other.nats.total_cmp(&one.nats));
        members
    }

    fn members_table(&self) -> String {
        let members = self.members();
        let largest = members.iter().map(|member| member.nats).fold(0.0, f64::max);
        let rows = members.iter().take(MEMBERS_SHOWN_MAX).map(|member| {
            let this = if member.measure == self.transition.series.measure { " (this)" } else { "" };
            vec![
                format!("{}{this}", member.measure),
                words::percent(member.ratio),
                words::weight(member.nats),
                words::bar(member.nats, largest, BAR),
            ]
        });
        let header = ["measure", "level", "own weight", "of the evidence"];
        titled("Which measures of the jurisdiction made its common evidence", &header, rows.collect())
    }

    /// As JSON.
    #[must_use]
    pub fn value(&self) -> Value {
        let (transition, rules) = (self.transition, self.rules());
        let weeks: Vec<Value> = self
            .week_rows()
            .iter()
            .map(|week| json!({ "week": week.week.to_string(), "seen": week.seen, "expected": week.expected, "completeness": week.known, "share": week.share }))
            .collect();
        let members: Vec<Value> =
            self.members().iter().map(|one| json!({ "measure": one.measure.to_string(), "level": one.ratio, "nats": one.nats })).collect();
        json!({
            "transition": json_of(transition), "life": self.life.iter().map(|one| json_of(one)).collect::<Vec<_>>(),
            "happened": self.happened(), "sure": words::sure(transition, rules.map(weight::rules)), "steps": words::steps(self.newest(), self.db),
            "not": words::not(transition, self.silent()), "power": words::power(&transition.evidence.power),
            "thresholdNats": rules.map(|rules| weight::alert_weight(&rules.policy)),
            "weeks": weeks, "members": members,
            "group": self.group.iter().map(|one| json!({ "alert": one.alert.to_string(), "series": one.series.to_string(), "kind": one.kind.as_str(), "grade": one.evidence.grade.as_str() })).collect::<Vec<_>>(),
            "records": self.behind.value(), "pack": self.behind.pack.as_ref().map(Pack::value), "version": env!("CARGO_PKG_VERSION"),
            "verified": self.verified.value(),
        })
    }
}

impl Verified {
    fn words(&self) -> Vec<String> {
        let (records, decisions) = self.rows;
        let verdict = match &self.difference {
            None => format!("{} recomputed from the log: the same, byte for byte.", words::counted(self.recomputed as u64, "decision")),
            Some(difference) => format!("NOT the same: {difference}."),
        };
        vec![
            format!("The chains of {} and {} are whole.", words::counted(records, "record"), words::counted(decisions, "decision")),
            verdict,
        ]
    }

    fn value(&self) -> Value {
        json!({ "records": self.rows.0, "decisions": self.rows.1, "recomputed": self.recomputed, "difference": self.difference })
    }
}

fn json_of(transition: &Transition) -> Value {
    let mut body = Vec::new();
    wire::decision::transition_to_json(transition, &mut body);
    serde_json::from_slice(&body).unwrap_or(Value::Null)
}

/// Another alert of the jurisdiction, on one line.
fn member(transition: &Transition) -> String {
    format!(
        "{}  {}  {}{}",
        words::short(&transition.alert),
        transition.series,
        words::kind(transition),
        transition.evidence.size().map(|size| format!("  level {}", words::percent_range(&size))).unwrap_or_default()
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A table under its title; nothing without rows.
fn titled(title: &str, header: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() { String::new() } else { format!("{title}\n{}\n", table(header, rows.into_iter())) }
}

/// Lines under their title; nothing without lines.
fn paragraph(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    text.push_str(title);
    text.push('\n');
    lines.iter().for_each(|line| {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    });
    text.push('\n');
}
