//! `slipwatch console`: serves what is decided as metrics, until a signal.
//!
//! The checklist of a service: settings, logging, admin port, run, drain, exit code. What must never enter: a metric, a figure.

use super::service::Reloads;
use crate::{
    cli::ConsoleArgs,
    failure::Failure,
    output::Output,
    signals::{self, Drain},
};
use catalogue::process::REVISION;
use console::{Config, Fatal, RELOADED};
use service_kit::{
    broker::Way,
    config::{self, Settings, Sources},
    logging,
    reload::Hangups,
    schema::schema,
    supervisor,
};
use std::time::Duration;

/// How long a drain may take: the console has nothing in hand but a look.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until somebody asks to stop.
///
/// # Errors
/// [`Failure::Configuration`] for settings that cannot be used, [`Failure::Locked`] where the port is taken, that of a source that waiting
/// does not mend.
pub fn run(arguments: &ConsoleArgs, out: &mut Output) -> Result<(), Failure> {
    if arguments.print_default_config {
        return out.text(Config::DEFAULTS);
    }
    if arguments.print_config_schema {
        return out.json(&schema::<Config>("console")?);
    }
    // First, so that nobody who sends it too early ends the process.
    let hangups = Hangups::listen().map_err(|error| Failure::Other(error.into()))?;
    let sources = sources(arguments);
    let settings: Config = config::load(&sources)?;
    let log = settings.log;
    let service = console::build(settings, env!("CARGO_PKG_VERSION"), REVISION).map_err(fatal)?;
    if arguments.check_config {
        out.say("the settings are good");
        return Ok(());
    }
    logging::start(log);
    let stop = signals::stop(Drain::Within(DRAIN))?;
    let address = service.serve().map_err(fatal)?;
    let mut way = Way::of(service.kafka())?;
    Reloads { hangups, sources, numbers: service.numbers() }.begin(RELOADED, move |said: &Config| {
        way.go(way.look(&said.kafka)?);
        logging::set_level(said.log.level);
        Ok(())
    })?;
    let _supervised = supervisor::tell(service.health(), &stop).map_err(|error| Failure::Other(error.into()))?;
    out.say(&format!("http://{address}/metrics; a second signal ends at once"));
    service.run(&stop).map_err(fatal)
}

fn sources(arguments: &ConsoleArgs) -> Sources {
    let flags = [("source.db", &arguments.db), ("kafka.bootstrap", &arguments.kafka), ("admin.listen", &arguments.listen)];
    let quoted = |value: &String| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    let named = flags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), quoted(value.as_ref()?))));
    Sources::of_process(arguments.config.clone(), named.chain(arguments.set.iter().cloned()).collect())
}

fn fatal(fatal: Fatal) -> Failure {
    match fatal {
        Fatal::Port(port) => port.into(),
        Fatal::Config(bad) => bad.into(),
        Fatal::Source(ref error) => Failure::of(error.exit_code(), anyhow::anyhow!(fatal.to_string())),
        sources @ Fatal::Sources { .. } => Failure::Configuration(sources.to_string()),
    }
}
