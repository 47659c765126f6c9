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
    Exit, Fatal, Health, Stop,
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

/// Delivers until asked to stop. `tell` begins to tell the supervisor, where this is a process of its own; what it gives
/// back is kept to the end.
///
/// # Errors
/// [`Failed`].
pub fn run<T>(config: &Config, stop: &Stop, tell: impl FnOnce(&Health, &Stop) -> Result<T, std::io::Error>) -> Result<(), Failed> {
    logging::start(config.log);
    let numbers = Arc::new(Process::new(Service::Herald, env!("CARGO_PKG_VERSION"), REVISION));
    let receivers = config.alertmanagers.iter().map(|one| one.name.as_str()).chain(config.webhooks.iter().map(|one| one.name.as_str()));
    numbers.expect_receivers(receivers);
    let health = Health::new(Duration::from_secs(config.admin.turn_within_seconds));
    let shown = Arc::clone(&numbers);
    let render = move |asked: Asked<'_>| {
        let exposed = shown.families().expose(Wanted::of(asked.accept, asked.accept_encoding));
        Exposition { content_type: exposed.content_type, content_encoding: exposed.content_encoding, body: exposed.body }
    };
    let service = service::build(config, voice::observer(Arc::clone(&numbers), health.clone()), stop)?;
    let listen = admin::serve(config.admin.listen, health.clone(), Arc::new(render))?;
    let _told = tell(&health, stop).map_err(Failed::Supervisor)?;
    tracing::info!(%listen, "started");
    service.witnessed_by(Witness { health, numbers }).run()?;
    tracing::info!("the herald has stopped; what was not delivered waits in the outbox");
    Ok(())
}
