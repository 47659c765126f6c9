//! The wish to stop, as a value that is passed down.
//!
//! The caller's signal handler asks; loops look at it between turns. Must never enter: the signal handler itself, or a
//! way to take the wish back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the process, or a part of its work, was asked to stop. Clones share the answer.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
    /// Wishes of others that are this one's too.
    others: Vec<Arc<AtomicBool>>,
}

impl Stop {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that is asked for when either of two is; asking for it asks for neither.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let wishes = [self, other].into_iter().flat_map(|one| std::iter::once(&one.asked).chain(&one.others));
        Self { asked: Arc::default(), others: wishes.cloned().collect() }
    }

    /// Asks to stop. Safe to call from any thread, and more than once.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Release);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        std::iter::once(&self.asked).chain(&self.others).any(|asked| asked.load(Ordering::Acquire))
    }
}
