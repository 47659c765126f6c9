//! `slipwatch explain`: the evidence of an alert, the records behind it, and whether the log decides the same again.
//!
//! What must never enter: a decision; the verification drives the stages themselves.

use crate::{
    behind::{Behind, Pack},
    book::{Book, find},
    cli::{ExplainArgs, Format},
    embedded::BUCKET,
    failure::Failure,
    fused::FusedStage,
    output::{Output, table},
    silences::Silences,
    words,
};
use engine::assessor::Contribution;
use serde_json::{Value, json};
use vocab::alert::Transition;

/// Weeks of the evidence shown in the table; JSON has all.
const WEEKS_SHOWN_MAX: usize = 16;

/// What is known about an alert.
struct Case<'a> {
    transition: &'a Transition,
    all: Vec<&'a Transition>,
    behind: Behind,
    weeks: Vec<Contribution>,
    silences: Silences,
    verified: usize,
    difference: Option<String>,
    rows: (u64, u64),
}

/// Explains an alert.
///
/// # Errors
/// [`Failure::No`] when a stored record was changed, or the log decides something else.
pub fn run(arguments: &ExplainArgs, out: &mut Output) -> Result<(), Failure> {
    let book = Book::open(&arguments.db)?;
    let rows = book.verify_chains()?;
    let transitions = book.transitions()?;
    let alert = find(&transitions, &arguments.alert)?;
    let all: Vec<&Transition> =
        transitions.iter().map(|stored| &stored.transition).filter(|transition| transition.alert == alert).collect();
    let transition = chosen(&all, arguments.transition)?;
    let judged_to = book.judged_to()?.ok_or_else(|| Failure::Input("this log has not been judged yet".to_owned()))?;
    let mut stage = FusedStage::new(BUCKET).with_witness(transition.series.clone(), transition.at.day());
    let mut behind = Behind::of(transition, &all);
    let recomputed = book.recompute(&mut stage, judged_to, |row, record| {
        behind.see(row, record);
        Ok(())
    })?;
    behind.link(book.reader())?;
    let difference = difference(&book.decisions()?, &recomputed);
    let silences = Silences::read(&book)?;
    let case = Case { silences, transition, all, behind, weeks: stage.witnessed().to_vec(), verified: recomputed.len(), difference, rows };
    match out.format() {
        Format::Json => out.json(&case.value())?,
        Format::Table | Format::Csv => out.text(&case.words())?,
    }
    match case.difference {
        None => Ok(()),
        Some(difference) => Err(Failure::No(format!("the log does not decide the same again: {difference}"))),
    }
}

/// The transition asked for; by default the newest that pages.
fn chosen<'a>(all: &[&'a Transition], n: Option<u32>) -> Result<&'a Transition, Failure> {
    let found = match n {
        Some(n) => all.iter().find(|transition| transition.n == n),
        None => all.iter().rfind(|transition| transition.change.pages()).or_else(|| all.last()),
    };
    let numbers = || all.iter().map(|transition| transition.n.to_string()).collect::<Vec<_>>().join(", ");
    found.copied().ok_or_else(|| Failure::Usage(format!("the alert has the transitions {}", numbers())))
}

type Decisions = std::collections::BTreeMap<String, Vec<u8>>;

/// The first decision that differs between the stored and the recomputed ones.
fn difference(stored: &Decisions, recomputed: &Decisions) -> Option<String> {
    for (key, body) in stored {
        match recomputed.get(key) {
            None => return Some(format!("{key} is stored and is not decided again")),
            Some(again) if again != body => return Some(format!("{key} is decided otherwise")),
            Some(_) => {}
        }
    }
    recomputed.keys().find(|key| !stored.contains_key(*key)).map(|key| format!("{key} is decided and is not stored"))
}

impl Case<'_> {
    fn words(&self) -> String {
        let transition = self.transition;
        let mut text = format!(
            "Alert {}  {}  {}  {}\nRegime {}, transition {} on {}: {}\n\n",
            transition.alert,
            transition.series,
            transition.kind.as_str(),
            transition.severity.as_str(),
            transition.series.regime,
            transition.n,
            transition.at.start(),
            words::change(&transition.change)
        );
        paragraph(&mut text, "Evidence", &words::evidence(&transition.evidence));
        paragraph(&mut text, "What it was not", &words::not(transition, &self.silences));
        if !transition.coincides.is_empty() {
            let names: Vec<_> = transition.coincides.iter().map(|label| format!("Coincides with: {label}.")).collect();
            paragraph(&mut text, "On record for the same weeks", &names);
        }
        text.push_str(&self.weeks_table());
        let history: Vec<_> = self.all.iter().map(|transition| format!("{:>2}  {}", transition.n, words::headline(transition))).collect();
        paragraph(&mut text, "Life of the alert", &history);
        paragraph(&mut text, "Records behind it", &self.behind.words());
        paragraph(&mut text, "Rules", &self.behind.pack.as_ref().map(Pack::words).unwrap_or_default());
        let (records, decisions) = self.rows;
        let verdict = match &self.difference {
            None => format!("{} decisions recomputed from the log: the same, byte for byte.", self.verified),
            Some(difference) => format!("NOT the same: {difference}."),
        };
        paragraph(&mut text, "Verified", &[format!("The chains of {records} records and {decisions} decisions are whole."), verdict]);
        text
    }

    /// The weeks behind the series' own evidence, newest first.
    fn weeks_table(&self) -> String {
        if self.weeks.is_empty() {
            return String::new();
        }
        let rows = self.weeks.iter().take(WEEKS_SHOWN_MAX).map(|week| {
            vec![
                week.week.to_string(),
                words::whole(week.seen),
                words::whole(week.expected),
                words::percent(week.completeness),
                if week.expected > 0.0 { words::percent(week.seen / week.expected) } else { String::new() },
                format!("{:+.0} %", week.share * 100.0),
            ]
        });
        let mut text = String::from("Weeks behind the series' own evidence (share: how much of it each week brings)\n");
        text.push_str(&table(&["week", "inspections", "expected", "known", "level", "share"], rows));
        if self.weeks.len() > WEEKS_SHOWN_MAX {
            text.push_str(&format!("… and {} earlier weeks (-o json has them)\n", self.weeks.len() - WEEKS_SHOWN_MAX));
        }
        text.push('\n');
        text
    }

    fn value(&self) -> Value {
        let json_of = |transition: &Transition| {
            let mut body = Vec::new();
            wire::decision::transition_to_json(transition, &mut body);
            serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null)
        };
        let weeks: Vec<Value> = self
            .weeks
            .iter()
            .map(|week| json!({ "week": week.week.to_string(), "seen": week.seen, "expected": week.expected, "completeness": week.completeness, "share": week.share }))
            .collect();
        json!({
            "transition": json_of(self.transition), "life": self.all.iter().map(|transition| json_of(transition)).collect::<Vec<_>>(),
            "not": words::not(self.transition, &self.silences), "weeks": weeks, "records": self.behind.value(),
            "pack": self.behind.pack.as_ref().map(Pack::value), "version": env!("CARGO_PKG_VERSION"),
            "verified": { "records": self.rows.0, "decisions": self.rows.1, "recomputed": self.verified, "difference": self.difference },
        })
    }
}

fn paragraph(text: &mut String, title: &str, lines: &[String]) {
    text.push_str(title);
    text.push('\n');
    lines.iter().for_each(|line| {
        text.push_str("  ");
        text.push_str(line);
        text.push('\n');
    });
    text.push('\n');
}
