//! The herald as a process: configuration, logging, admin port, build, run, drain.
//!
//! What must never enter: a command line, an exit.

use crate::{
    broker::Ended,
    config::Config,
    service::{self, NoHerald},
    voice,
    witness::Witness,
};
use catalogue::{
    closed::Service,
    exposition::Wanted,
    process::{Process, REVISION},
};
use service_kit::{
    Exit, Fatal, Health, Live, Stop,
    admin::{self, Asked, BadPort, Exposition},
    logging,
};
use std::{sync::Arc, time::Duration};

/// Why the process ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It could not be built.
    #[error(transparent)]
    NoHerald(#[from] NoHerald),
    /// The admin port cannot be served.
    #[error(transparent)]
    Port(#[from] BadPort),
    /// The supervisor cannot be told.
    #[error("tell the supervisor: {0}")]
    Supervisor(#[source] std::io::Error),
    /// The log failed.
    #[error(transparent)]
    Run(#[from] Ended),
}

impl Failed {
    /// The exit code it ends in.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoHerald(NoHerald::Config(error)) | Self::Run(Ended::Config(error)) => error.exit().code(),
            Self::Port(error) => error.exit().code(),
            Self::Supervisor(_) => Exit::Bug.code(),
            Self::NoHerald(NoHerald::Journal(error)) | Self::Run(Ended::Run(Fatal::Journal(error))) => error.exit_code(),
            Self::NoHerald(NoHerald::Post(_)) => Exit::Away.code(),
            Self::NoHerald(NoHerald::Name(_)) | Self::Run(Ended::Run(Fatal::Stage { .. })) => Exit::Bug.code(),
        }
    }
}

/// A herald's configuration, which may be replaced while it runs, and its numbers.
#[derive(Clone, Debug)]
pub struct Running {
    /// What it goes by.
    pub live: Live<Config>,
    /// What it counts into.
    pub numbers: Arc<Process>,
}

impl Running {
    /// One that goes by this configuration until another is [adopted](crate::config::adopt), and has counted nothing yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let numbers = Arc::new(Process::new(Service::Herald, env!("CARGO_PKG_VERSION"), REVISION));
        Self { live: Live::new(config), numbers }
    }
}

fn built(config: &Config, witness: &Witness, until: &Stop) -> Result<service::Service, NoHerald> {
    witness.numbers.expect_receivers(config.receivers());
    let observer = voice::observer(Arc::clone(&witness.numbers), witness.health.clone());
    Ok(service::build(config, observer, until)?.witnessed_by(witness.clone()))
}

/// Delivers until asked to stop. `tell` begins to tell the supervisor, where this is a process of its own; what it gives
/// back is kept to the end.
///
/// # Errors
/// [`Failed`].
pub fn run<T>(process: &Running, stop: &Stop, tell: impl FnOnce(&Health, &Stop) -> Result<T, std::io::Error>) -> Result<(), Failed> {
    let Running { live, numbers } = process;
    let (mut config, mut until) = live.until_replaced(stop);
    logging::start(config.log);
    config.check().map_err(NoHerald::from)?;
    let health = Health::new(Duration::from_secs(config.admin.turn_within_seconds));
    let shown = Arc::clone(numbers);
    let render = move |asked: Asked<'_>| {
        let exposed = shown.families().expose(Wanted::of(asked.accept, asked.accept_encoding));
        Exposition { content_type: exposed.content_type, content_encoding: exposed.content_encoding, body: exposed.body }
    };
    let witness = Witness { health, numbers: Arc::clone(numbers) };
    let mut service = built(&config, &witness, &until)?;
    let listen = admin::serve(config.admin.listen, witness.health.clone(), Arc::new(render))?;
    let _told = tell(&witness.health, stop).map_err(Failed::Supervisor)?;
    tracing::info!(%listen, "started");
    loop {
        service.run()?;
        if stop.is_asked() {
            break;
        }
        let before = config;
        (config, until) = live.until_replaced(stop);
        before.receivers().for_each(|receiver| witness.health.forget(&voice::check_of(receiver)));
        service = built(&config, &witness, &until)?;
        tracing::info!("letters go by the new configuration");
    }
    tracing::info!("the herald has stopped; what was not delivered waits in the outbox");
    Ok(())
}
