//! The newest entries of a topic as values: a task that follows its writer closely decodes nothing.
//!
//! A tail is a shortcut and never the truth: it holds what was committed, or nothing. Must never enter: an entry whose
//! commit is not done, and more than a bounded number of them.

use std::collections::VecDeque;

use crate::mark::Entry;

/// Entries kept at most; a reader further behind reads the file.
const ENTRIES_MAX: usize = 65_536;

/// The committed entries at and after a position.
#[derive(Debug)]
pub(super) struct Tail<R> {
    /// Every committed entry at or after this position is here.
    from: u64,
    entries: VecDeque<(u64, Entry<R>)>,
}

impl<R> Tail<R> {
    /// Begins at the end of a topic.
    pub(super) fn at(end: u64) -> Self {
        Self { from: end, entries: VecDeque::new() }
    }

    /// Adds an entry that was just committed.
    pub(super) fn push(&mut self, position: u64, entry: Entry<R>) {
        self.entries.push_back((position, entry));
        if self.entries.len() > ENTRIES_MAX
            && let Some((dropped, _)) = self.entries.pop_front()
        {
            self.from = dropped + 1;
        }
    }

    /// Whether everything at or after `from` is here.
    pub(super) fn reaches(&self, from: u64) -> bool {
        from >= self.from
    }

    /// Moves up to `max` entries at or after `from` out; what lies before them is forgotten.
    pub(super) fn take(&mut self, from: u64, max: usize, out: &mut Vec<(u64, Entry<R>)>) {
        while self.entries.pop_front_if(|(position, _)| *position < from).is_some() {}
        let count = max.min(self.entries.len());
        out.extend(self.entries.drain(..count));
        self.from = match out.last() {
            Some((position, _)) if count > 0 => position + 1,
            Some(_) | None => from,
        };
    }
}
