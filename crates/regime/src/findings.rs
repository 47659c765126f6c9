//! What checks find on their way: faults with their spans, collected, so that all of them are told in one go.
//!
//! Line and column are computed once at the end and for the first hundred only, because finding a line reads the file.
//! What must never enter: the wording of a fault.

use crate::{
    mistake::{Mistake, Mistakes},
    source::Source,
};
use std::ops::Range;

/// How many mistakes are told in full; nobody reads more, and a hostile file could hold a million.
const SHOWN_MAX: usize = 100;
/// How many are kept while the file is read; the rest is only counted.
const KEPT_MAX: usize = 300;

/// Something wrong at a span of a text.
#[derive(Clone, Debug)]
pub(crate) struct Fault<'t> {
    /// The text it is in.
    pub(crate) source: Source<'t>,
    /// Where, in bytes.
    pub(crate) span: Range<usize>,
    /// The key, such as `measures[2].from`.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) problem: String,
    /// What would be right.
    pub(crate) help: String,
}

impl Fault<'_> {
    fn tell(self) -> Mistake {
        let spot = self.source.spot(&self.span);
        Mistake {
            file: self.source.file.to_owned(),
            line: spot.line,
            column: spot.column,
            key: self.key,
            problem: self.problem,
            help: self.help,
            excerpt: spot.excerpt,
            indent: spot.indent,
            width: spot.width,
        }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings<'t> {
    kept: Vec<Fault<'t>>,
    total: usize,
}

impl<'t> Findings<'t> {
    /// Adds a fault.
    pub(crate) fn add(&mut self, fault: Fault<'t>) {
        self.total += 1;
        if self.kept.len() < KEPT_MAX {
            self.kept.push(fault);
        }
    }

    /// The value of a check that passed; the fault of one that did not is added.
    pub(crate) fn keep<T>(&mut self, checked: Result<T, Fault<'t>>) -> Option<T> {
        checked.map_err(|fault| self.add(fault)).ok()
    }

    /// Whether further faults are only counted, so that nobody will read what would be right.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() >= KEPT_MAX
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// All of it, in the order of the file.
    pub(crate) fn tell(mut self) -> Mistakes {
        self.kept.sort_by(|left, right| {
            let place = |fault: &Fault<'t>| (fault.source.file, fault.span.start);
            place(left).cmp(&place(right))
        });
        let shown = self.kept.into_iter().take(SHOWN_MAX).map(Fault::tell);
        Mistakes::new(shown.collect(), self.total)
    }
}
