//! The herald as a service: one stage on one partition of alerts, driven by the one loop, with the post beside it.
//!
//! A full disk is waited out, a fenced or locked file ends the process. What must never enter: what is sent, or to whom.

use crate::{
    beside::{self, Beside},
    broker::{self, Ended},
    clerk::Clerk,
    config::{Config, KafkaSection, Plan},
    drain::Drain,
    heard::Heard,
    moment::Clock,
    outbox::{Outbox, Rules},
    post,
    stage::{HeraldStage, Observer, Surroundings},
    witness::Witness,
};
use catalogue::{
    closed::Service as ServiceName,
    process::{Process, REVISION},
};
use journal::{Commit, JournalError, Store};
use service_kit::{Fatal, Feed, Flow, Health, Line, Pace, Standing, Stop, config::BadConfig};
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use vocab::name::BadName;

/// How long a full disk is waited for before it is tried again.
const DISK_WAIT: Duration = Duration::from_secs(5);

/// Why a herald cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum NoHerald {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The post cannot be opened.
    #[error("open the post: {0}")]
    Post(#[source] io::Error),
    /// A name is none.
    #[error("name the test alert: {0}")]
    Name(#[from] BadName),
    /// The files cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// A herald that is ready to run.
pub struct Service {
    source: Source,
    rules: Rules,
    around: Surroundings,
    witness: Witness,
}

/// Where alerts are read.
enum Source {
    /// A database, with the herald's own file.
    Beside(Box<Beside>),
    /// A broker.
    Broker(Box<KafkaSection>),
}

/// Builds a herald from its configuration; what it does is told to `observer`. It counts and reports for itself until it is told
/// [where to](Service::witnessed_by).
///
/// # Errors
/// [`NoHerald`].
pub fn build(config: &Config, observer: Observer, stop: &Stop) -> Result<Service, NoHerald> {
    let clock = Clock::start();
    let plan: Plan = config.plan(clock.wall())?;
    let counter = post::open(&plan.targets, plan.answer_within, clock).map_err(NoHerald::Post)?;
    let around = Surroundings { clerk: Clerk::new(&plan), counter, clock, resend: plan.resend, observer, stop: stop.clone() };
    let is_beside = !config.source.db.as_os_str().is_empty();
    let source = match (is_beside, config.kafka.bootstrap.is_empty()) {
        (true, true) => Source::Beside(Box::new(Beside::open(&config.source.db, &own_file(config))?)),
        (false, false) => Source::Broker(Box::new(config.kafka.clone())),
        (true, false) | (false, true) => {
            let (db, bootstrap) = (&config.source.db, &config.kafka.bootstrap);
            let mistake = format!(
                "source.db is {db:?} and kafka.bootstrap is {bootstrap:?}; name one of them: the database of `slipwatch run`, or the broker"
            );
            return Err(BadConfig::Wrong(vec![mistake]).into());
        }
    };
    let health = Health::new(Duration::from_secs(config.admin.turn_within_seconds));
    let numbers = Arc::new(Process::new(ServiceName::Herald, env!("CARGO_PKG_VERSION"), REVISION));
    Ok(Service { source, rules: plan.rules, around, witness: Witness { health, numbers } })
}

/// The herald's own file.
fn own_file(config: &Config) -> PathBuf {
    if !config.source.outbox.as_os_str().is_empty() {
        return config.source.outbox.clone();
    }
    let mut name = config.source.db.as_os_str().to_owned();
    name.push(".outbox");
    PathBuf::from(name)
}

impl Service {
    /// The same, counting into the numbers of a process and reporting its health.
    #[must_use]
    pub fn witnessed_by(self, witness: Witness) -> Self {
        Self { witness, ..self }
    }

    /// Delivers until asked to stop.
    ///
    /// # Errors
    /// [`Ended`] when the log cannot be read, or the outbox is not ours any more.
    pub fn run(self) -> Result<(), Ended> {
        let Self { source, rules, around, witness } = self;
        match source {
            Source::Broker(section) => broker::run(&section, (rules, around), &witness),
            Source::Beside(mut store) => {
                let generation = store.generation();
                let stage = HeraldStage::new(Outbox::new(rules), around.clone());
                let standing = Standing::new(&witness.post(&around.stop));
                let mut feed = Rounds { standing, drain: Drain::new(around) };
                Ok(drive(&mut *store, (stage, generation), &mut feed, &witness)?)
            }
        }
    }
}

fn drive<S: Store<Record = Heard>>(
    store: &mut S,
    (stage, generation): (HeraldStage, u32),
    feed: &mut Rounds,
    witness: &Witness,
) -> Result<(), Fatal> {
    let stop = feed.drain.stop.clone();
    let mut line = Line::new(Pace::default()).observed_by(witness.counts(beside::DECISIONS.to_owned()));
    line.seat(store, broker::plan(generation, 0), stage)?;
    loop {
        match line.run(store, feed, &stop) {
            Ok(_) => return Ok(()),
            Err(Fatal::Journal(error)) if matches!(error, JournalError::Full { .. }) => {
                witness.failed(&error);
                tracing::error!(error = %error, "the outbox cannot be written; waiting");
                std::thread::sleep(DISK_WAIT);
            }
            Err(fatal) => return Err(fatal),
        }
    }
}

/// Brings nothing; lets the loop go on while letters are under way, and then stop.
struct Rounds {
    standing: Standing,
    drain: Drain,
}

impl<S: Store> Feed<S> for Rounds {
    fn fill(&mut self, _store: &mut S, _parts: &mut Vec<Commit<S::Record>>) -> Result<Flow, JournalError> {
        // It is seated, with its state, before the first round.
        self.standing.turned(1, 1);
        self.drain.turned();
        Ok(Flow::Idle)
    }
}
