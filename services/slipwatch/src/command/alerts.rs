//! `slipwatch alerts`: the alerts of a log, as they stand.
//!
//! What must never enter: a decision.

use crate::{
    book::{Book, Stored, standing},
    broker::{Broker, Read},
    cli::{AlertsArgs, Format},
    failure::Failure,
    output::{Output, csv, table},
};
use serde_json::{Value, json};
use vocab::alert::Transition;

/// Lists alerts.
///
/// # Errors
/// [`Failure`] of the file, or of the broker; a decision there that cannot be read is told, and the others are listed.
pub fn run(arguments: &AlertsArgs, out: &mut Output) -> Result<(), Failure> {
    let transitions = match (&arguments.db, &arguments.kafka) {
        (Some(db), _) => Book::open(db)?.transitions()?,
        (None, Some(bootstrap)) => of_broker(&Broker::new(bootstrap, &arguments.broker)?, out)?,
        (None, None) => return Err(Failure::Usage("--db FILE or --kafka HOST:PORT is needed: whose alerts are to be listed".to_owned())),
    };
    let listed: Vec<&Transition> = standing(&transitions).into_iter().filter(|alert| !arguments.open || alert.phase.is_open()).collect();
    match out.format() {
        Format::Json => out.json(&listed.iter().map(|alert| value(alert)).collect::<Vec<_>>()),
        Format::Csv => out.text(&csv(&HEADER, listed.iter().map(|alert| row(alert).to_vec()))),
        Format::Table if listed.is_empty() => out.text("no alerts\n"),
        Format::Table => {
            out.text(&table(&HEADER, listed.iter().map(|alert| row(alert).to_vec())))?;
            match &arguments.db {
                Some(db) => out.text(&format!("\nslipwatch explain ALERT --db {} shows the evidence\n", db.display())),
                None => out.text(BY_A_COPY),
            }
        }
    }
}

/// How the evidence of an alert on a broker is looked at: it is recomputed, and that takes the log.
const BY_A_COPY: &str = "
The evidence is recomputed from a copy of the log (the same --kafka, --namespace and --config as here):
  slipwatch export --kafka HOST:PORT --out copy.archive
  slipwatch import --archive copy.archive --db copy.db
  slipwatch explain ALERT --db copy.db
";

fn of_broker(broker: &Broker, out: &Output) -> Result<Vec<Stored>, Failure> {
    let read = Read::of(broker)?;
    for live in &read.messages {
        if let Err(why) = &live.told {
            out.say(&format!("partition {} position {} holds no decision that can be read: {why}", live.partition, live.position));
        }
    }
    Ok(read.transitions())
}

const HEADER: [&str; 9] = ["alert", "series", "kind", "phase", "severity", "opened", "newest", "level", "weight of evidence"];

fn row(alert: &Transition) -> [String; 9] {
    let evidence = &alert.evidence;
    [
        words::short(&alert.alert),
        alert.series.to_string(),
        words::kind(alert),
        alert.phase.as_str().to_owned(),
        alert.severity.as_str().to_owned(),
        alert.opened.to_string(),
        format!("{} {}", alert.at.day(), alert.change.as_str()),
        evidence.size().as_ref().map(words::percent_range).unwrap_or_default(),
        evidence.evidence_nats().map(words::weight).unwrap_or_default(),
    ]
}

fn value(alert: &Transition) -> Value {
    json!({
        "alert": alert.alert.to_string(), "series": alert.series.to_string(), "kind": alert.kind.as_str(), "rule": alert.rule.as_str(),
        "grade": alert.evidence.grade.as_str(), "phase": alert.phase.as_str(),
        "severity": alert.severity.as_str(), "opened": alert.opened.to_string(), "newestTransition": alert.n,
        "newest": alert.change.as_str(), "at": alert.at.start().to_string(),
        "evidenceNats": alert.evidence.evidence_nats(),
        "level": alert.evidence.size().map(|size| json!({ "estimate": size.estimate, "low": size.low, "high": size.high })),
        "onset": alert.evidence.onset().map(|onset| onset.week.to_string()),
    })
}
