//! The one place that prints: data to standard output, words about it to standard error.
//!
//! A closed pipe is no error: whoever reads has had enough. Progress and colour show only where a person watches.

use crate::{cli::Format, failure::Failure, history::Progress};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Where results and words go.
pub struct Output {
    format: Format,
    data: Box<dyn Write>,
    colours: Colours,
}

/// Whether a reader sees colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    Seen,
    Unseen,
}

/// With what a line is printed. A colour never says what the words do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// As any text.
    Plain,
    /// Of less weight.
    Faint,
    /// As it should be, or what came.
    Good,
    /// Not as it should be, or what is missing.
    Bad,
}

impl Ink {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Faint => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
        }
    }
}

impl Output {
    /// Standard output in a format.
    #[must_use]
    pub fn standard(format: Format) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|word| word.is_empty());
        let colours = if wanted && io::stdout().is_terminal() { Colours::Seen } else { Colours::Unseen };
        Self { format, data: Box::new(io::stdout()), colours }
    }

    /// Results in a format, written to somewhere else.
    #[must_use]
    pub fn to(data: Box<dyn Write>, format: Format) -> Self {
        Self { format, data, colours: Colours::Unseen }
    }

    /// The format asked for.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Prints text; what would steer a terminal or turn a line around is shown as its number.
    ///
    /// # Errors
    /// [`Failure::Output`] unless the reader has gone.
    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(plain(text).as_bytes())
    }

    /// Prints lines, each in its ink where a person watches.
    ///
    /// # Errors
    /// As [`Output::text`].
    pub fn lines(&mut self, lines: &[(Ink, String)]) -> Result<(), Failure> {
        let mut painted = String::new();
        for (ink, line) in lines {
            let line = plain(line);
            match self.colours {
                Colours::Seen => painted.push_str(&format!("{style}{line}{style:#}\n", style = ink.style())),
                Colours::Unseen => painted.push_str(&format!("{line}\n")),
            }
        }
        self.bytes(painted.as_bytes())
    }

    /// Prints a value as JSON.
    ///
    /// # Errors
    /// As [`Output::text`].
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let mut text = serde_json::to_vec_pretty(value).map_err(|error| Failure::Other(error.into()))?;
        text.push(b'\n');
        // The escapes are those of JSON: the value stays what it is.
        self.text(&String::from_utf8_lossy(&text))
    }

    /// Whether data goes to a terminal, which bytes could steer.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`Output::text`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self.data.write_all(bytes).and_then(|()| self.data.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(format!("write to standard output: {error}"))),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Says something to the person, on standard error.
    pub fn say(&self, words: &str) {
        let _nobody_listens = writeln!(io::stderr(), "{}", plain(words));
    }

    /// A bar over steps of some unit, drawn only while somebody watches.
    #[must_use]
    pub fn bar(&self, steps: u64, unit: &str) -> ProgressBar {
        if !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}} of {{len}} {unit}, {{elapsed}} so far, {{eta}} to go"));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    }

    /// Shows how far files have been read, while somebody watches.
    #[must_use]
    pub fn progress(&self, progress: Progress) -> Watching {
        self.progress_of("", progress)
    }

    /// The same, saying whose files they are.
    #[must_use]
    pub fn progress_of(&self, what: &str, progress: Progress) -> Watching {
        let stop = Arc::new(AtomicBool::new(false));
        if !io::stderr().is_terminal() {
            return Watching { stop, thread: None };
        }
        let asked = Arc::clone(&stop);
        let what = plain(what).into_owned();
        let thread = std::thread::spawn(move || watch(what, &progress, &asked));
        Watching { stop, thread: Some(thread) }
    }
}

/// Text without characters that steer a terminal or change the direction of what follows: files hold what anybody wrote.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { plain.push_str(&format!("\\u{:04x}", u32::from(c))) } else { plain.push(c) }
    }
    Cow::Owned(plain)
}

/// A table for people.
pub fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED).set_header(header.to_vec());
    rows.for_each(|row| {
        table.add_row(row);
    });
    format!("{table}\n")
}

/// The same as CSV (RFC 4180).
#[must_use]
pub fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    std::iter::once(format!("{}\n", header.join(","))).chain(rows.map(|row| csv_row(&row))).collect()
}

/// One row of it, with the end of its line.
pub fn csv_row(row: &[String]) -> String {
    format!("{}\n", row.iter().map(|field| crate::counts::field(field)).collect::<Vec<_>>().join(","))
}

fn watch(what: String, progress: &Progress, stop: &AtomicBool) {
    let bar = ProgressBar::with_draw_target(Some(progress.bytes().1), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{msg}{bar:40} {bytes} of {total_bytes}, {elapsed} so far, {eta} to go");
    bar.set_message(if what.is_empty() { what } else { format!("{what} ") });
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    while !stop.load(Ordering::Acquire) {
        bar.set_position(progress.bytes().0);
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}

/// A progress bar that is being watched.
pub struct Watching {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watching {
    /// Takes it away.
    pub fn end(self) {}
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
