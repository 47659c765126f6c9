//! What an embedded log counts and says while it runs: the numbers and probes of one process that is every stage.
//!
//! The names are those of the services on a broker. What stages hand each other inside the process is seen only where it is also
//! written. Without a port nobody counts. What must never enter: a decision, anything that the log rests on.

use crate::{command::service::exposing, failure::Failure};
use catalogue::{
    closed::{Outcome, Service, Stage},
    process::{Output, Process, REVISION},
    reading::Mark,
};
use clap::Args;
use journal::{Entry, Output as Written, Topic};
use service_kit::{
    Count, Gathered, Health, Observer, Pulse, Reading, Seen,
    admin::{self, BadPort},
    logging::{self, LogFormat, LogLevel, LogSection},
    say_notice,
};
use stages::{
    intaking::INTAKE,
    message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, Message, UNLISTED},
    numbers::{self, SharedSkews, cause_of, leapt, tell_skews},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use vocab::{
    alert::{Decision, Rule},
    time::Tick,
};

/// What it is called in log lines.
const PART: &str = "run";
/// The check that says whether the log does what it is asked to.
const LOG: &str = "run: log";
/// How long a turn may take before the process counts as hung: closing years of days at once is one.
const TURN_WITHIN: Duration = Duration::from_secs(300);

/// Arguments of a command that may have a port for probes and metrics.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct AdminArgs {
    /// Serve probes and metrics at http://ADDRESS/livez, /readyz, /startupz, /metrics while it runs, and log to standard output.
    #[arg(long, value_name = "ADDRESS")]
    pub admin_listen: Option<SocketAddr>,
}

/// The numbers of a process that runs an embedded log, served on a port.
#[derive(Clone, Debug)]
pub struct Counting {
    numbers: Arc<Process>,
    health: Health,
    pulse: Pulse,
    skews: SharedSkews,
    address: SocketAddr,
    stamps: Stamps,
}

/// What the ticks of records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stamps {
    /// Of the host's clock: they tell of the clocks of sources.
    Clock,
    /// Days of history.
    History,
}

impl Counting {
    /// Opens the port that was asked for, if one was; port 0 lets the system choose.
    ///
    /// # Errors
    /// [`Failure`] of an address that is taken or not ours.
    pub fn open(arguments: AdminArgs) -> Result<Option<Self>, Failure> {
        let Some(listen) = arguments.admin_listen else { return Ok(None) };
        logging::start(LogSection { level: LogLevel::Info, format: LogFormat::Json });
        let numbers = Arc::new(Process::new(Service::Run, env!("CARGO_PKG_VERSION"), REVISION));
        let health = Health::new(TURN_WITHIN);
        let pulse = health.pulse(PART);
        let served = admin::serve(listen, health.clone(), exposing(Arc::clone(&numbers)));
        let address = served.map_err(|bad| BadPort { key: "--admin-listen", ..bad })?;
        Ok(Some(Self { numbers, health, pulse, skews: SharedSkews::default(), address, stamps: Stamps::Clock }))
    }

    /// The same of history that is driven through: no clock stamps it, so nothing is told of the clocks of sources.
    #[must_use]
    pub fn of_history(self) -> Self {
        Self { stamps: Stamps::History, ..self }
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The door for feeds turned a message away.
    pub fn turned_away(&self, reason: &'static str) {
        self.numbers.observe(Output::TurnedAway(reason));
    }

    /// The host's clock has leapt by so many milliseconds, backwards where negative.
    pub fn leapt(&self, by_ms: i64) {
        leapt(&self.numbers, by_ms, PART);
    }

    /// Where every task stands. All of it is in one process, so there is nothing else to wait for.
    fn tasks(&self, readings: &[Reading]) {
        self.pulse.beat();
        self.health.right(LOG);
        if readings.iter().all(|reading| !reading.is_silent) {
            self.health.started();
        }
        let age = readings.iter().filter_map(|reading| reading.since_checkpoint).max();
        self.numbers.observe(Output::CheckpointAge(Stage::Register, age));
        let told = readings.iter().flat_map(|reading| &reading.marks).filter(|(topic, ..)| *topic == ADMITTED);
        let marks: Vec<Mark<'_>> =
            told.map(|(_, origin, tick)| Mark { topic: "admitted", origin: *origin, tick: tick.map(Tick) }).collect();
        self.numbers.observe(Output::Marks(Stage::Register, &marks));
        match self.stamps {
            Stamps::Clock => tell_skews(&self.numbers, &self.skews),
            Stamps::History => {}
        }
    }
}

impl Observer<Message> for Counting {
    fn gathered(&mut self, part: &Gathered<'_, Message>) -> Count {
        let (numbers, skews, taken, repeats) = (Arc::clone(&self.numbers), Arc::clone(&self.skews), part.taken, part.repeats);
        if part.task == INTAKE {
            let written = numbers::Written::of(part.outputs);
            return Box::new(move || {
                numbers.observe(Output::Records(Stage::Intake, Outcome::Taken, taken));
                written.count(&numbers, Stage::Intake, &skews);
            });
        }
        let told = Told::of(part.outputs);
        Box::new(move || {
            numbers.observe(Output::Records(Stage::Register, Outcome::Taken, taken));
            numbers.observe(Output::Records(Stage::Register, Outcome::Repeated, repeats));
            told.count(&numbers);
        })
    }

    fn see(&mut self, seen: &Seen<'_>) {
        match seen {
            Seen::Committed(took) => self.numbers.observe(Output::Committed(*took)),
            Seen::Failed(error) => {
                self.numbers.observe(Output::Failed(cause_of(error)));
                self.health.wrong(LOG, &error.to_string());
            }
            Seen::Tasks(readings) => self.tasks(readings),
            Seen::Notice(notice) => say_notice(notice, PART),
            Seen::Leapt(by_ms) => self.leapt(*by_ms),
            // One process has every partition, and nobody else writes.
            Seen::Moved(_) | Seen::Inputs(_) => {}
        }
    }
}

/// What the fused stages wrote, by the stage that says it.
struct Told {
    register: u64,
    cases: u64,
    assessments: u64,
    watched: u64,
    weighed: u64,
    ledger: Vec<Arc<vocab::tally::LedgerLine>>,
}

impl Told {
    fn of(outputs: &[Written<Message>]) -> Self {
        let mut told = Self { register: 0, cases: 0, assessments: 0, watched: 0, weighed: 0, ledger: Vec::new() };
        for output in outputs {
            if let Entry::Record { record, .. } = &output.entry {
                told.take(output.topic, record);
            }
        }
        told
    }

    fn take(&mut self, topic: Topic, record: &Message) {
        match record {
            Message::Decision(_, decision) if is_watched(decision) => self.watched += 1,
            Message::Ledger(_, line) => self.ledger.push(Arc::clone(line)),
            _ => {}
        }
        match topic {
            LATE | LEDGER | UNLISTED => self.register += 1,
            DOCKETS => (self.register, self.cases) = (self.register + 1, self.cases + 1),
            ASSESSMENTS => self.assessments += 1,
            DECISIONS => self.weighed += 1,
            _ => {}
        }
    }

    fn count(&self, numbers: &Process) {
        for (stage, outcome, records) in [
            (Stage::Register, Outcome::Emitted, self.register),
            (Stage::Docket, Outcome::Taken, self.cases),
            (Stage::Assessor, Outcome::Emitted, self.assessments),
            (Stage::Weigh, Outcome::Taken, self.assessments),
            (Stage::Weigh, Outcome::Emitted, self.weighed - self.watched),
            (Stage::Watch, Outcome::Emitted, self.watched),
        ] {
            numbers.observe(Output::Records(stage, outcome, records));
        }
        self.ledger.iter().for_each(|line| numbers.observe(Output::Ledger(line)));
    }
}

/// Whether the rules on facts decided it. An answer names no alert, so it is counted with what is weighed.
fn is_watched(decision: &Decision) -> bool {
    match decision {
        Decision::Transition(transition) => transition.rule == Rule::Watch,
        Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => false,
    }
}
