//! The entry point: read the command line, do what it asks, end with an exit code of the table in `--help`.
//!
//! What must never enter: a command's work.

use clap::{CommandFactory, Parser};
use clap_complete::{Shell, generate};
use signal_hook::consts::SIGXFSZ;
use slipwatch::{
    cli::{Cli, Command},
    command,
    failure::Failure,
    output::Output,
};
use std::{process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    // A file at its size limit is a full disk, told by an exit code, not by a signal. Where it cannot be asked for, nothing is lost.
    let _unasked = signal_hook::flag::register(SIGXFSZ, Arc::default());
    let Cli { command, output } = Cli::parse();
    let mut out = Output::standard(output);
    match run(command, &mut out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out.say(&format!("slipwatch: {failure}"));
            failure.into()
        }
    }
}

fn run(command: Command, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => command::demo::run(&arguments, out),
        Command::Run(arguments) => command::run::run(&arguments, out),
        Command::Import(arguments) => command::import::run(&arguments, out),
        Command::Export(arguments) => command::export::run(&arguments, out),
        Command::Replay(arguments) => command::replay::run(&arguments, out),
        Command::Backtest(arguments) => command::backtest::run(&arguments, out),
        Command::Explain(arguments) => command::explain::run(&arguments, out),
        Command::Alerts(arguments) => command::alerts::run(&arguments, out),
        Command::Status(arguments) => command::status::run(&arguments, out),
        Command::Digest(arguments) => command::digest::run(&arguments, out),
        Command::Console(arguments) => command::console::run(&arguments, out),
        Command::Check(arguments) => command::check::run(&arguments, out),
        Command::Test(arguments) => command::test::run(&arguments, out),
        Command::Herald(arguments) => command::herald::run(&arguments, out),
        Command::Act(arguments) => command::act::run(&arguments, out),
        Command::Refused(arguments) => command::refused::run(&arguments, out),
        Command::Generate(arguments) => command::generate::run(&arguments, out),
        Command::Intake(arguments) => command::service::intake(&arguments, out),
        Command::Casebook(arguments) => command::service::casebook(&arguments, out),
        Command::Assessor(arguments) => command::service::assessor(&arguments, out),
        Command::Sentinel(arguments) => command::service::sentinel(&arguments, out),
        Command::Topics(arguments) => command::topics::run(&arguments, out),
        Command::Up(arguments) => command::up::run(&arguments, out),
        Command::Completions { shell } => completions(shell, out),
    }
}

fn completions(shell: Shell, out: &mut Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "slipwatch", &mut script);
    out.text(&String::from_utf8_lossy(&script))
}
