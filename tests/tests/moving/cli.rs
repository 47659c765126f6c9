//! The command line inside a test: what is asked for in words, with what it prints and the code it ends in.
//!
//! Must never enter: an expectation, a way around the arguments.

use slipwatch::{
    cli::{Cli, Command},
    command::{act, alerts, export, import, replay},
    failure::Failure,
    output::Output,
};
use std::{
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: u8,
    /// What it printed, and behind that what it ended with.
    pub(crate) said: String,
}

impl Ran {
    /// The same, if it ended with a code and said some words.
    #[track_caller]
    pub(crate) fn ends(self, code: u8, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}", self.said);
        for word in words {
            assert!(self.said.contains(word), "does not say `{word}`:\n{}", self.said);
        }
        self
    }
}

/// A place to print to that is read afterwards.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command; arguments are parted by blanks, `_` inside one stands for a blank, `@` before a name for the folder.
pub(crate) fn run(folder: &Path, arguments: &str) -> Ran {
    let there = format!("{}/", folder.display());
    let words = arguments.split_whitespace().map(|word| match word.strip_prefix('@') {
        Some(name) => format!("{there}{name}"),
        None => word.replace('_', " "),
    });
    let Cli { command, output } = match Cli::of(words) {
        Ok(cli) => cli,
        Err(said) => return Ran { code: 2, said },
    };
    let printed = Printed::default();
    let mut out = Output::to(Box::new(printed.clone()), output);
    let ended = match command {
        Command::Act(arguments) => act::run(&arguments, &mut out),
        Command::Alerts(arguments) => alerts::run(&arguments, &mut out),
        Command::Export(arguments) => export::run(&arguments, &mut out),
        Command::Import(arguments) => import::run(&arguments, &mut out),
        Command::Replay(arguments) => replay::run(&arguments, &mut out),
        other => panic!("{other:?} is none of the commands that move logs"),
    };
    let mut said = String::from_utf8_lossy(&printed.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    let code = ended.as_ref().map_or_else(Failure::code, |()| 0);
    said.extend(ended.err().map(|failure| failure.to_string()));
    Ran { code, said }
}
