//! `slipwatch console`: serves what is decided as metrics, until a signal.
//!
//! The checklist of a service: settings, logging, admin port, run, drain, exit code. What must never enter: a metric, a figure.

use crate::{
    cli::ConsoleArgs,
    failure::Failure,
    output::Output,
    signals::{self, Drain},
};
use catalogue::process::REVISION;
use console::{Config, Fatal};
use service_kit::{
    admin::BadPort,
    config::{self, BadConfig, Settings, Sources},
    logging,
};
use std::time::Duration;

/// How long a drain may take: the console has nothing in hand but a look.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until somebody asks to stop.
///
/// # Errors
/// [`Failure::Configuration`] for settings that cannot be used, [`Failure::Locked`] where the port is taken.
pub fn run(arguments: &ConsoleArgs, out: &mut Output) -> Result<(), Failure> {
    if arguments.print_default_config {
        return out.text(Config::DEFAULTS);
    }
    let settings: Config = config::load(&sources(arguments)).map_err(bad)?;
    let log = settings.log;
    let service = console::build(settings, env!("CARGO_PKG_VERSION"), REVISION).map_err(fatal)?;
    if arguments.check_config {
        out.say("the settings are good");
        return Ok(());
    }
    logging::start(log);
    let stop = signals::stop(Drain::Within(DRAIN))?;
    let address = service.serve().map_err(fatal)?;
    out.say(&format!("http://{address}/metrics; a second signal ends at once"));
    service.run(&stop);
    Ok(())
}

fn sources(arguments: &ConsoleArgs) -> Sources {
    let flags = [("source.db", &arguments.db), ("kafka.bootstrap", &arguments.kafka), ("admin.listen", &arguments.listen)];
    let quoted = |value: &String| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    let flags = flags.into_iter().filter_map(|(key, value)| Some((key.to_owned(), quoted(value.as_ref()?))));
    Sources::of_process(arguments.config.clone(), flags.collect())
}

fn bad(bad: BadConfig) -> Failure {
    let text = bad.to_string();
    match bad {
        BadConfig::Unreadable { .. } => Failure::Input(text),
        BadConfig::Wrong(_) | BadConfig::Secret { .. } => Failure::Configuration(text),
    }
}

fn fatal(fatal: Fatal) -> Failure {
    let text = fatal.to_string();
    match fatal {
        Fatal::Port(BadPort { source, .. }) if source.kind() == std::io::ErrorKind::AddrInUse => Failure::Locked(text),
        Fatal::Port(_) | Fatal::Sources { .. } => Failure::Configuration(text),
    }
}
