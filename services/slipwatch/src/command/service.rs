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
use schemars::JsonSchema;
use service_kit::{
    Health, Stop,
    admin::{self, AdminSection, Asked, Exposition, Render},
    broker::Way,
    config::{BadConfig, Settings, Sources, load},
    logging::{self, LogSection},
    reload::{Hangups, Reach, Reloaded},
    schema::schema,
    supervisor,
};
use stages::{
    process::{Failed, Service as Stages},
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
        admin: config.admin.clone(),
        log: config.log,
        kafka: config.kafka.clone(),
        own: if arguments.check_config { intake::build(config.clone(), Health::new(Duration::ZERO)).map(drop) } else { Ok(()) },
    };
    run(Service::Intake, (arguments, out), about, |config: intake::Config, (health, numbers), reloads, stop| {
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
    stage(arguments, out, Service::Casebook, |config: &casebook::Config| &config.0, casebook::build)
}

/// Runs `assessor`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn assessor(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    stage(arguments, out, Service::Assessor, |config: &assessor::Config| &config.0, assessor::build)
}

/// Runs `sentinel`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn sentinel(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    stage(arguments, out, Service::Sentinel, |config: &sentinel::Config| &config.0, sentinel::build)
}

/// Runs a service that does nothing but run kinds of task.
fn stage<C: Settings + JsonSchema + 'static>(
    arguments: &ServiceArgs,
    out: &mut Output,
    service: Service,
    sections: fn(&C) -> &Sections,
    build: fn(C, Health) -> Stages,
) -> Result<(), Failure> {
    let about = |config: &C| {
        let Sections { admin, log, kafka, .. } = sections(config);
        About { admin: admin.clone(), log: *log, kafka: kafka.clone(), own: Ok(()) }
    };
    run(service, (arguments, out), about, |config: C, (health, numbers), reloads, stop| {
        let service = build(config, health).counting_into(numbers);
        let mut way = Way::of(service.kafka())?;
        reloads.begin(RELOADED, move |said: &C| {
            let said = sections(said);
            way.go(way.look(&said.kafka)?);
            logging::set_level(said.log.level);
            Ok(())
        })?;
        service.run(stop)
    })
}

/// What the checklist asks of a configuration.
struct About {
    admin: AdminSection,
    log: LogSection,
    kafka: KafkaSection,
    /// What only this service looks at, where that is all that was asked for: a start finds it by itself.
    own: Result<(), BadConfig>,
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
        reach: Reach,
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

fn run<C: Settings + JsonSchema>(
    service: Service,
    (arguments, out): (&ServiceArgs, &mut Output),
    about: impl Fn(&C) -> About,
    serve: impl FnOnce(C, (Health, Arc<Process>), Reloads, &Stop) -> Result<(), Failed>,
) -> Result<(), Failure> {
    if arguments.print_default_config {
        return out.text(C::DEFAULTS);
    }
    if arguments.print_config_schema {
        return out.json(&schema::<C>(service.as_str())?);
    }
    // First, so that nobody who sends it too early ends the process.
    let hangups = Hangups::listen().map_err(|error| Failure::Other(error.into()))?;
    let sources = Sources::of_process(arguments.config.clone(), arguments.flags());
    let config: C = load(&sources)?;
    let About { admin, log, kafka, own } = about(&config);
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
