//! The running console: look, fold, say how it is; the admin port renders what is known whenever it is asked.
//!
//! One thread owns source and model; a scrape reads the model between two looks. What must never enter: how a row is read, a metric's name.

use crate::{
    broker::BrokerSource,
    config::{BrokerSection, Config},
    file::FileSource,
    model::{BadRow, Look},
    shown::Shown,
};
use catalogue::{
    closed::{Outcome, Service as ServiceName, Stage},
    exposition::Wanted,
    process::{Output, Process},
};
use journal::JournalError;
use service_kit::{
    Health, Live, Stop,
    admin::{self, Asked, BadPort, Exposition, Render},
    broker::Reached as _,
    config::BadConfig,
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the loop may take for a turn before the process counts as hung: a first look at a large file is one.
const TURN_WITHIN: Duration = Duration::from_secs(120);
/// The longest the loop sleeps at once, so that a wish to stop is heard.
const NAP: Duration = Duration::from_millis(50);
/// The check that says whether the source is there.
const SOURCE: &str = "source";

/// What ends the console.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The admin port cannot be served.
    #[error(transparent)]
    Port(#[from] BadPort),
    /// The broker cannot be reached as the settings say.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// No source is named, or two are.
    #[error("name one source: source.db, a database (--db FILE), or kafka.bootstrap, a broker (--kafka HOST:PORT); here {named}")]
    Sources {
        /// What is named.
        named: &'static str,
    },
}

/// A console ready to run.
#[derive(Debug)]
pub struct Service {
    config: Config,
    kafka: Live<BrokerSection>,
    source: Source,
    shared: Shared,
}

/// Where decisions come from.
#[derive(Debug)]
enum Source {
    File(FileSource),
    Broker(Box<BrokerSource>),
}

impl Source {
    fn look(&mut self) -> Result<Look, JournalError> {
        match self {
            Self::File(file) => file.look(),
            Self::Broker(broker) => broker.look(),
        }
    }
}

/// What the loop writes and a scrape reads.
#[derive(Clone, Debug)]
struct Shared {
    shown: Arc<Shown>,
    process: Arc<Process>,
    health: Health,
    began: Instant,
    /// When the end of the source was last reached, if ever: before that, its age is absent and not small.
    read: Arc<Mutex<Option<Instant>>>,
}

/// Puts a console together. `version` and `revision` are what `slipwatch_build_info` says.
///
/// # Errors
/// [`Fatal::Sources`] when not exactly one source is named, [`Fatal::Config`] when the broker cannot be reached so.
pub fn build(config: Config, version: &str, revision: &str) -> Result<Service, Fatal> {
    let source = match (config.source.db.as_os_str().is_empty(), config.kafka.bootstrap.is_empty()) {
        (true, true) => return Err(Fatal::Sources { named: "none is" }),
        (false, false) => return Err(Fatal::Sources { named: "both are" }),
        (false, true) => Source::File(FileSource::new(config.source.db.clone())),
        (true, false) => {
            config.kafka.access().pairs()?;
            Source::Broker(Box::new(BrokerSource::new(&config.kafka)))
        }
    };
    let shared = Shared {
        shown: Arc::default(),
        process: Arc::new(Process::new(ServiceName::Console, version, revision)),
        health: Health::new(TURN_WITHIN),
        began: Instant::now(),
        read: Arc::default(),
    };
    Ok(Service { kafka: Live::new(config.kafka.clone()), config, source, shared })
}

impl Service {
    /// Opens the admin port; the address it listens on.
    ///
    /// # Errors
    /// [`Fatal::Port`].
    pub fn serve(&self) -> Result<SocketAddr, Fatal> {
        let shared = self.shared.clone();
        let render: Render = Arc::new(move |asked| shared.render(asked));
        Ok(admin::serve(self.config.admin.listen, self.shared.health.clone(), render)?)
    }

    /// How it reaches its broker: replaced, all is read again the other way.
    #[must_use]
    pub fn kafka(&self) -> Live<BrokerSection> {
        self.kafka.clone()
    }

    /// What it counts into.
    #[must_use]
    pub fn numbers(&self) -> Arc<Process> {
        Arc::clone(&self.shared.process)
    }

    /// What its probes answer from.
    #[must_use]
    pub const fn health(&self) -> &Health {
        &self.shared.health
    }

    /// Follows the source until somebody asks to stop. A source that is away is waited for.
    pub fn run(self, stop: &Stop) {
        let Self { config, kafka, mut source, shared } = self;
        let every = Duration::from_millis(config.source.every_ms);
        let stale_after = Duration::from_secs(config.source.stale_after_s);
        let pulse = shared.health.pulse("console");
        let mut is_away = false;
        let (_, mut until) = kafka.until_replaced(stop);
        while !stop.is_asked() {
            pulse.beat();
            if until.is_asked() && matches!(source, Source::Broker(_)) {
                let (section, next) = kafka.until_replaced(stop);
                (source, until) = (Source::Broker(Box::new(BrokerSource::new(&section))), next);
            }
            match shared.look(&mut source) {
                Ok(()) if is_away => {
                    is_away = false;
                    tracing::info!("the source is back");
                }
                Ok(()) => {}
                Err(error) if is_away => tracing::debug!(%error, "the source is still away"),
                Err(error) => {
                    is_away = true;
                    tracing::warn!(%error, "the source is away; it is tried again");
                }
            }
            shared.judge_age(stale_after);
            rest(every, stop);
        }
    }
}

impl Shared {
    fn look(&self, source: &mut Source) -> Result<(), JournalError> {
        let began = Instant::now();
        let look = source.look()?;
        let rows = look.rows();
        let bad = self.shown.apply(look);
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(began);
        self.health.started();
        self.process.observe(Output::Records(Stage::Console, Outcome::Taken, rows));
        self.process.observe(Output::Records(Stage::Console, Outcome::Refused, bad.len() as u64));
        // They are set aside, counted (an alert rests on that) and told; what could be read is shown, so the console is ready.
        bad.iter().for_each(|BadRow { what, key, why }| tracing::error!(what, key, %why, "a row cannot be read"));
        Ok(())
    }

    fn read(&self) -> Option<Instant> {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge_age(&self, stale_after: Duration) {
        let age = self.read().unwrap_or(self.began).elapsed();
        if age > stale_after {
            self.health.wrong(SOURCE, &format!("not read to its end for {} s; figures are as old as that", age.as_secs()));
        } else {
            self.health.right(SOURCE);
        }
    }

    fn render(&self, asked: Asked<'_>) -> Exposition {
        if let Some(read) = self.read() {
            self.process.observe(Output::SourceAge(read.elapsed()));
        }
        let shown = self.shown.expose(&self.process, Wanted::of(asked.accept, asked.accept_encoding));
        Exposition { content_type: shown.content_type, content_encoding: shown.content_encoding, body: shown.body }
    }
}

fn rest(time: Duration, stop: &Stop) {
    let until = Instant::now() + time;
    while !stop.is_asked() && Instant::now() < until {
        std::thread::sleep(NAP.min(until.saturating_duration_since(Instant::now())));
    }
}
