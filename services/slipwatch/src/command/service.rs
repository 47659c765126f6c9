//! A service as a process: read the configuration, start logging, open the admin port, build, run, drain, exit code.
//!
//! The same checklist for every service. What must never enter: what a service does.

use crate::{
    cli::services::ServiceArgs,
    failure::Failure,
    output::Output,
    signals::{self, Drain},
};
use catalogue::{
    closed::{Reload, Service},
    exposition::Wanted,
    process::{Output as Counted, Process, REVISION},
};
use service_kit::{
    Health, Stop,
    admin::{self, AdminSection, Asked, Exposition, Render},
    config::{BadConfig, Settings, Sources, load},
    logging::{self, LogSection},
    reload::{Hangups, Reloaded},
    supervisor,
};
use stages::{
    process::Failed,
    reload::Way,
    settings::{KafkaSection, RELOADED, Sections},
};
use std::{sync::Arc, time::Duration};

/// How long a drain may take.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs `intake`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn intake(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let about = |config: &intake::Config| About {
        service: Service::Intake,
        admin: config.admin.clone(),
        log: config.log,
        kafka: config.kafka.clone(),
        own: if arguments.check_config { intake::check(config) } else { Ok(()) },
    };
    run(arguments, out, about, |config: intake::Config, (health, numbers), reloads, stop| {
        let service = intake::build(config, health)?.counting_into(numbers);
        let (mut way, keys) = (Way::of(service.kafka())?, service.keys());
        reloads.begin(intake::RELOADED, move |said: &intake::Config| {
            // All is looked at before anything is taken over.
            let (next, tokens) = (way.look(&said.kafka)?, intake::broker::tokens(&said.http)?);
            way.go(next);
            tokens.into_iter().for_each(|tokens| keys.replace(tokens));
            logging::set_level(said.log.level);
            Ok(())
        })?;
        service.run(stop)
    })
}

/// Runs `casebook`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn casebook(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let about = |config: &casebook::Config| about(Service::Casebook, &config.0);
    run(arguments, out, about, |config: casebook::Config, (health, numbers), reloads, stop| {
        let service = casebook::build(config, health).counting_into(numbers);
        let mut way = Way::of(service.kafka())?;
        reloads.begin(RELOADED, move |said: &casebook::Config| {
            way.go(way.look(&said.0.kafka)?);
            logging::set_level(said.0.log.level);
            Ok(())
        })?;
        service.run(stop)
    })
}

/// Runs `assessor`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn assessor(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let about = |config: &assessor::Config| about(Service::Assessor, &config.0);
    run(arguments, out, about, |config: assessor::Config, (health, numbers), reloads, stop| {
        let service = assessor::build(config, health).counting_into(numbers);
        let mut way = Way::of(service.kafka())?;
        reloads.begin(RELOADED, move |said: &assessor::Config| {
            way.go(way.look(&said.0.kafka)?);
            logging::set_level(said.0.log.level);
            Ok(())
        })?;
        service.run(stop)
    })
}

/// Runs `sentinel`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn sentinel(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let about = |config: &sentinel::Config| about(Service::Sentinel, &config.0);
    run(arguments, out, about, |config: sentinel::Config, (health, numbers), reloads, stop| {
        let service = sentinel::build(config, health).counting_into(numbers);
        let mut way = Way::of(service.kafka())?;
        reloads.begin(RELOADED, move |said: &sentinel::Config| {
            way.go(way.look(&said.0.kafka)?);
            logging::set_level(said.0.log.level);
            Ok(())
        })?;
        service.run(stop)
    })
}

/// What the checklist asks of a configuration.
struct About {
    service: Service,
    admin: AdminSection,
    log: LogSection,
    kafka: KafkaSection,
    /// What only this service looks at, where that is all that was asked for: a start finds it by itself.
    own: Result<(), BadConfig>,
}

fn about(service: Service, sections: &Sections) -> About {
    About { service, admin: sections.admin.clone(), log: sections.log, kafka: sections.kafka.clone(), own: Ok(()) }
}

/// The wish to read the configuration again, and where that is read and counted.
pub(super) struct Reloads {
    pub(super) hangups: Hangups,
    pub(super) sources: Sources,
    pub(super) numbers: Arc<Process>,
}

impl Reloads {
    /// Follows it from now on: `reach` and `adopt` as in [`Hangups::reload`].
    ///
    /// # Errors
    /// [`BadConfig`].
    pub(super) fn begin<C: Settings>(
        self,
        reach: &'static [&'static str],
        adopt: impl FnMut(&C) -> Result<(), BadConfig> + Send + 'static,
    ) -> Result<(), BadConfig> {
        let Self { hangups, sources, numbers } = self;
        hangups.reload(sources, reach, adopt, move |reloaded| {
            numbers.observe(Counted::Reloaded(match reloaded {
                Reloaded::Applied => Reload::Applied,
                Reloaded::Refused => Reload::Refused,
            }));
        })
    }
}

fn run<C: Settings>(
    arguments: &ServiceArgs,
    out: &mut Output,
    about: impl Fn(&C) -> About,
    serve: impl FnOnce(C, (Health, Arc<Process>), Reloads, &Stop) -> Result<(), Failed>,
) -> Result<(), Failure> {
    if arguments.print_default_config {
        return out.text(C::DEFAULTS);
    }
    // First, so that nobody who sends it too early ends the process.
    let hangups = Hangups::listen().map_err(|error| Failure::Other(error.into()))?;
    let sources = Sources::of_process(arguments.config.clone(), arguments.flags());
    let config: C = load(&sources)?;
    let About { service, admin, log, kafka, own } = about(&config);
    kafka.check()?;
    own?;
    if arguments.check_config {
        out.say("the configuration is good");
        return Ok(());
    }
    logging::start(log);
    let health = Health::new(Duration::from_secs(admin.turn_within_seconds));
    let stop = signals::stop(Drain::Within(DRAIN))?;
    let numbers = Arc::new(Process::new(service, env!("CARGO_PKG_VERSION"), REVISION));
    let listening = admin::serve(admin.listen, health.clone(), exposing(Arc::clone(&numbers)))?;
    let _supervised = supervisor::tell(&health, &stop).map_err(|error| Failure::Other(error.into()))?;
    tracing::info!(admin = %listening, "started");
    let reloads = Reloads { hangups, sources, numbers: Arc::clone(&numbers) };
    let ended = serve(config, (health, numbers), reloads, &stop);
    match &ended {
        Ok(()) => tracing::info!("stopped; what was in hand is committed"),
        Err(failed) => tracing::error!(error = %failed, exit_code = failed.exit_code(), "ended"),
    }
    ended.map_err(|failed| Failure::Service { code: failed.exit_code(), text: failed.to_string() })
}

/// Answers scrapes with the numbers of a process.
#[must_use]
pub fn exposing(numbers: Arc<Process>) -> Render {
    Arc::new(move |asked: Asked<'_>| {
        let shown = numbers.families().expose(Wanted::of(asked.accept, asked.accept_encoding));
        Exposition { content_type: shown.content_type, content_encoding: shown.content_encoding, body: shown.body }
    })
}
