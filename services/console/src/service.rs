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
    /// What is decided cannot be read, and waiting mends nothing.
    #[error("console: {0}")]
    Source(#[source] JournalError),
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

    /// Whether a look that failed is worth another one, of a console that began then.
    fn may_pass(&self, error: &JournalError, began: Instant) -> bool {
        match self {
            // It may be put there later, or another one in its place.
            Self::File(_) => true,
            Self::Broker(_) => BrokerSource::may_pass(error, began),
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
            config.kafka.check()?;
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
    ///
    /// # Errors
    /// [`Fatal::Source`] where waiting mends nothing, as for the services that judge.
    pub fn run(self, stop: &Stop) -> Result<(), Fatal> {
        let Self { config, kafka, mut source, shared } = self;
        let every = Duration::from_millis(config.source.every_ms);
        let stale_after = Duration::from_secs(config.source.stale_after_s);
        let pulse = shared.health.pulse("console");
        let mut away: Option<String> = None;
        let (_, mut until) = kafka.until_replaced(stop);
        while !stop.is_asked() {
            pulse.beat();
            if until.is_asked() && matches!(source, Source::Broker(_)) {
                let (section, next) = kafka.until_replaced(stop);
                (source, until) = (Source::Broker(Box::new(BrokerSource::new(&section))), next);
            }
            match shared.look(&mut source) {
                Ok(()) => {
                    if away.take().is_some() {
                        tracing::info!("the source is back");
                    }
                }
                Err(error) if !source.may_pass(&error, shared.began) => {
                    tracing::error!(%error, "ended");
                    return Err(Fatal::Source(error));
                }
                Err(error) => {
                    let why = error.to_string();
                    // What is said already is not said again.
                    if away.as_ref() != Some(&why) {
                        tracing::warn!(%error, "the source is away; it is tried again");
                    }
                    away = Some(why);
                }
            }
            shared.judge_age(stale_after, away.as_deref());
            rest(every, stop);
        }
        Ok(())
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

    fn judge_age(&self, stale_after: Duration, away: Option<&str>) {
        let age = self.read().unwrap_or(self.began).elapsed();
        if age > stale_after {
            let why = away.map_or_else(String::new, |why| format!(": {why}"));
            self.health.wrong(SOURCE, &format!("not read to its end for {} s; figures are as old as that{why}", age.as_secs()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::config::{Sources, load};

    /// A console of generation 2 on a broker that has no topics (the client library plays it), begun so long ago.
    fn console(ago: Duration) -> Service {
        let flag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let client = flag("kafka.client", "{ \"test.mock.num.brokers\" = \"1\" }");
        let flags = vec![flag("kafka.bootstrap", "\"localhost:1\""), flag("kafka.generation", "2"), client, flag("source.every_ms", "10")];
        let config: Config = load(&Sources { flags, ..Sources::default() }).unwrap();
        let mut service = build(config, "0.0.0", "test").unwrap();
        service.shared.began = Instant::now().checked_sub(ago).unwrap();
        service
    }

    #[test]
    fn topics_of_another_generation_end_it_with_78_and_their_name() {
        let ended = console(Duration::from_secs(60)).run(&Stop::new()).unwrap_err();
        let Fatal::Source(error) = &ended else { panic!("{ended}") };
        assert_eq!(error.exit_code(), 78);
        assert!(ended.to_string().contains("topic slipwatch.g2.assessments.v1 does not exist"), "{ended}");
    }
}
