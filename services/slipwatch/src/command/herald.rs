//! `slipwatch herald`: delivers alerts; `slipwatch herald test RECEIVER` tries one receiver; `run --herald` has one beside it.
//!
//! What must never enter: a delivery (that is the library's).

use super::service::Reloads;
use crate::{
    cli::{Format, HeraldArgs, HeraldDeed},
    failure::Failure,
    output::Output,
    signals::{self, Drain},
};
use herald::{
    config::{Config, RELOADED, adopt},
    outbox::Outcome,
    process::{self, Failed},
    trial::{self, Answered},
};
use serde_json::json;
use service_kit::{
    Stop,
    config::{Settings, Sources, load},
    reload::Hangups,
    schema::schema,
    supervisor,
};
use std::{path::Path, sync::Arc, thread::JoinHandle};

/// Delivers until asked to stop, or does what else was asked.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &HeraldArgs, out: &mut Output) -> Result<(), Failure> {
    if arguments.print_default_config {
        return out.text(Config::DEFAULTS);
    }
    if arguments.print_config_schema {
        return out.json(&schema::<Config>("herald")?);
    }
    // First, so that nobody who sends it too early ends the process.
    let hangups = Hangups::listen().map_err(|error| Failure::Other(error.into()))?;
    let sources = Sources::of_process(arguments.config.clone(), flags(arguments));
    let config: Config = load(&sources)?;
    if let Some(HeraldDeed::Test { receiver }) = &arguments.deed {
        return test(&config, receiver, out);
    }
    if arguments.check_config {
        config.check()?;
        out.say("the configuration can be used");
        return Ok(());
    }
    let stop = signals::stop(Drain::Patient)?;
    let running = reloaded(config, (hangups, sources))?;
    process::run(&running, &stop, supervisor::tell).map_err(|error| failed(&error))
}

/// A herald that goes by what it is told at every SIGHUP.
fn reloaded(config: Config, (hangups, sources): (Hangups, Sources)) -> Result<process::Running, Failure> {
    let running = process::Running::new(config);
    let (live, numbers) = (running.live.clone(), Arc::clone(&running.numbers));
    Reloads { hangups, sources, numbers }.begin(RELOADED, move |said: &Config| adopt(&live, said))?;
    Ok(running)
}

/// The settings that flags make.
fn flags(arguments: &HeraldArgs) -> Vec<(String, String)> {
    let kafka = arguments.kafka.iter().map(|kafka| ("kafka.bootstrap".to_owned(), kafka.clone()));
    arguments.db.iter().map(|db| of_db(db)).chain(kafka).chain(arguments.set.iter().cloned()).collect()
}

fn failed(error: &Failed) -> Failure {
    Failure::of(error.exit_code(), anyhow::anyhow!(error.to_string()))
}

fn test(config: &Config, receiver: &str, out: &mut Output) -> Result<(), Failure> {
    let answers = trial::run(config, receiver).map_err(|error| failed(&error.into()))?;
    if answers.is_empty() {
        let names = config.alertmanagers.iter().map(|one| one.name.as_str()).chain(config.webhooks.iter().map(|one| one.name.as_str()));
        let names: Vec<&str> = names.collect();
        return Err(Failure::Usage(format!("no receiver is called `{receiver}`; configured are: {}", names.join(", "))));
    }
    match out.format() {
        Format::Json => out.json(&json!(answers.iter().map(value).collect::<Vec<_>>()))?,
        Format::Table | Format::Csv => out.text(&answers.iter().map(words).collect::<String>())?,
    }
    let refused = answers.iter().filter(|one| one.outcome != Outcome::Delivered).count();
    if refused == 0 { Ok(()) } else { Err(Failure::No(format!("{refused} of {} addresses did not take the test alert", answers.len()))) }
}

fn why(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Delivered => ("delivered", ""),
        Outcome::Retry { why, .. } => ("would be tried again", why),
        Outcome::Refused { why } => ("would be given up", why),
    }
}

fn words(one: &Answered) -> String {
    let (outcome, why) = why(&one.outcome);
    let colon = if why.is_empty() { "" } else { ": " };
    let said = if one.said.trim().is_empty() { String::new() } else { format!("{}\n", one.said.trim_end()) };
    format!("{}  {outcome}{colon}{why}  ({} ms, {} bytes sent)\n{said}", one.address, one.took.as_millis(), one.body.len())
}

fn value(one: &Answered) -> serde_json::Value {
    let (outcome, why) = why(&one.outcome);
    json!({
        "address": one.address, "outcome": outcome, "why": why, "said": one.said,
        "tookMs": u64::try_from(one.took.as_millis()).unwrap_or(u64::MAX), "sent": String::from_utf8_lossy(&one.body),
    })
}

/// A herald in a thread of a process that does something else.
pub struct Beside {
    stop: Stop,
    thread: JoinHandle<Result<(), Failed>>,
}

/// Starts a herald on a database that exists. When it ends, whoever it runs beside is asked to: alerts that nobody delivers are not
/// to be judged on in silence.
///
/// # Errors
/// [`Failure::Configuration`] when the file cannot be used.
pub fn beside(file: &Path, db: &Path, judging: &Stop) -> Result<Beside, Failure> {
    let hangups = Hangups::listen().map_err(|error| Failure::Other(error.into()))?;
    let sources = Sources::of_process(Some(file.to_owned()), vec![of_db(db)]);
    let config: Config = load(&sources)?;
    // Told before anything runs, not by a thread that has ended.
    config.check()?;
    let running = reloaded(config, (hangups, sources))?;
    let stop = Stop::new();
    let (asked, judging) = (stop.clone(), judging.clone());
    let run = move || {
        let ended = process::run(&running, &asked, |_, _| Ok(()));
        if let Err(error) = &ended {
            tracing::error!(%error, "the herald ended, and so does the run: start it again");
        }
        judging.ask();
        ended
    };
    Ok(Beside { stop, thread: std::thread::spawn(run) })
}

/// The setting that names a database.
fn of_db(db: &Path) -> (String, String) {
    ("source.db".to_owned(), format!("{:?}", db.display().to_string()))
}

impl Beside {
    /// Lets what is under way come back, and ends.
    ///
    /// # Errors
    /// [`Failure`] of the herald.
    pub fn end(self) -> Result<(), Failure> {
        self.stop.ask();
        match self.thread.join() {
            Ok(ended) => ended.map_err(|error| failed(&error)),
            Err(_) => Err(Failure::Other(anyhow::anyhow!("the herald ended by a bug"))),
        }
    }
}
