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
    closed::Service,
    exposition::Wanted,
    process::{Process, REVISION},
};
use service_kit::{
    Health, Stop,
    admin::{self, AdminSection, Asked, Exposition, Render},
    config::{Settings, Sources, load},
    logging::{self, LogSection},
    supervisor,
};
use stages::process::Failed;
use std::{sync::Arc, time::Duration};

/// How long a drain may take.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs `intake`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn intake(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let sections = |config: &intake::Config| (Service::Intake, config.admin.clone(), config.log);
    run(arguments, out, sections, |config, (health, numbers), stop| intake::build(config, health)?.counting_into(numbers).run(stop))
}

/// Runs `casebook`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn casebook(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let sections = |config: &casebook::Config| (Service::Casebook, config.0.admin.clone(), config.0.log);
    run(arguments, out, sections, |config, (health, numbers), stop| casebook::build(config, health).counting_into(numbers).run(stop))
}

/// Runs `assessor`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn assessor(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let sections = |config: &assessor::Config| (Service::Assessor, config.0.admin.clone(), config.0.log);
    run(arguments, out, sections, |config, (health, numbers), stop| assessor::build(config, health).counting_into(numbers).run(stop))
}

/// Runs `sentinel`.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn sentinel(arguments: &ServiceArgs, out: &mut Output) -> Result<(), Failure> {
    let sections = |config: &sentinel::Config| (Service::Sentinel, config.0.admin.clone(), config.0.log);
    run(arguments, out, sections, |config, (health, numbers), stop| sentinel::build(config, health).counting_into(numbers).run(stop))
}

fn run<C: Settings>(
    arguments: &ServiceArgs,
    out: &mut Output,
    sections: impl Fn(&C) -> (Service, AdminSection, LogSection),
    serve: impl FnOnce(C, (Health, Arc<Process>), &Stop) -> Result<(), Failed>,
) -> Result<(), Failure> {
    if arguments.print_default_config {
        return out.text(C::DEFAULTS);
    }
    let config: C = load(&Sources::of_process(arguments.config.clone(), arguments.flags()))?;
    let (service, admin, log) = sections(&config);
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
    let ended = serve(config, (health, numbers), &stop);
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
