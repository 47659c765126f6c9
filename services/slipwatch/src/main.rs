//! The entry point: read the command line, do what it asks, end with an exit code of the table in `--help`.
//!
//! What must never enter: a command's work.

use clap::Parser;
use slipwatch::{
    cli::{Cli, Command},
    command,
    failure::Failure,
    output::Output,
};
use std::process::ExitCode;

fn main() -> ExitCode {
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
        Command::Replay(arguments) => command::replay::run(&arguments, out),
        _ => Err(Failure::Usage("not built yet".to_owned())),
    }
}
