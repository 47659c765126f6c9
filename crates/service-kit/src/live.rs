//! A setting that may be replaced while the process runs.
//!
//! Whoever works by it takes it together with a wish to stop, which is also asked for when it is replaced: then the work is ended in
//! order and begun again by the new one. Must never enter: what replaces it, a signal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::stop::Stop;

/// A value that somebody may replace. Clones share it.
#[derive(Debug)]
pub struct Live<T>(Arc<Mutex<Held<T>>>);

#[derive(Debug)]
struct Held<T> {
    now: Arc<T>,
    replaced: Stop,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> From<T> for Live<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T> Live<T> {
    /// A value nobody has replaced yet.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Held { now: Arc::new(value), replaced: Stop::new() })))
    }

    /// The value as it is now.
    #[must_use]
    pub fn now(&self) -> Arc<T> {
        Arc::clone(&self.held().now)
    }

    /// The value as it is now, and a wish to stop working by it: asked for with `stop`, or by whoever replaces it.
    #[must_use]
    pub fn until_replaced(&self, stop: &Stop) -> (Arc<T>, Stop) {
        let held = self.held();
        (Arc::clone(&held.now), stop.or(&held.replaced))
    }

    /// Replaces it, and asks whoever works by the one before to stop.
    pub fn replace(&self, value: T) {
        let mut held = self.held();
        held.now = Arc::new(value);
        std::mem::take(&mut held.replaced).ask();
    }

    fn held(&self) -> MutexGuard<'_, Held<T>> {
        // It is replaced as a whole, so nobody can have left half of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_works_by_what_was_replaced_is_asked_to_stop_and_nobody_else() {
        let (live, stop) = (Live::new(1), Stop::new());
        let (one, until) = live.until_replaced(&stop);
        live.clone().replace(2);
        let (two, still) = live.until_replaced(&stop);
        assert_eq!((*one, *two, *live.now()), (1, 2, 2));
        assert!(until.is_asked() && !still.is_asked() && !stop.is_asked());
        stop.ask();
        assert!(still.is_asked());
    }
}
