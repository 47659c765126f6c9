//! Mistakes as they are shown: where, what stands there, what would be right.
//!
//! They are plain values, so that a command can print them, count them or write them as JSON. What must never enter: a
//! rule about packs; whoever knows the rule says what is wrong with its own words.

use std::fmt;

/// One mistake of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as it was named; a shipped policy is named by its own path.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key, such as `measures[2].from`; elements count from 1. Empty for the file as a whole.
    pub key: String,
    /// What it has, and what is wrong with that: reads after the key.
    pub problem: String,
    /// What would be right.
    pub help: String,
    /// The line it stands on, cut to a screen's width, without control characters.
    pub excerpt: String,
    /// Characters of the excerpt before the place.
    pub indent: usize,
    /// Characters of the excerpt that are meant, at least 1.
    pub width: usize,
}

impl Mistake {
    /// The mistake on one line, for logs and refusals: `dprk.toml:14:9: measures[1].basis: …`.
    #[must_use]
    pub fn one_line(&self) -> String {
        let Self { file, line, column, .. } = self;
        format!("{file}:{line}:{column}: {}", self.claim())
    }

    fn claim(&self) -> String {
        if self.key.is_empty() { self.problem.clone() } else { format!("{}: {}", self.key, self.problem) }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "error: {}", self.claim())?;
        writeln!(f, "{gutter}--> {}:{number}:{}", self.file, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.excerpt)?;
        let (indent, carets) = (" ".repeat(self.indent), "^".repeat(self.width));
        writeln!(f, "{gutter} | {indent}{carets}")?;
        write!(f, "{gutter} = help: {}", self.help)
    }
}

/// Every mistake of a pack, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    shown: Vec<Mistake>,
    total: usize,
}

impl Mistakes {
    /// The first of them, and how many there are.
    pub(crate) fn new(shown: Vec<Mistake>, total: usize) -> Self {
        Self { shown, total }
    }

    /// The mistakes, in the order of the file; only the first hundred of a hopeless one.
    #[must_use]
    pub fn shown(&self) -> &[Mistake] {
        &self.shown
    }

    /// How many there are, shown or not; at least 1.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }
}

impl fmt::Display for Mistakes {
    /// One after the other as a compiler shows them, and at the end how many there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.shown {
            writeln!(f, "{mistake}\n")?;
        }
        match (self.total, self.shown.len()) {
            (1, _) => f.write_str("1 mistake"),
            (total, shown) if total > shown => write!(f, "{total} mistakes, {shown} of them shown"),
            (total, _) => write!(f, "{total} mistakes"),
        }
    }
}

impl std::error::Error for Mistakes {}
