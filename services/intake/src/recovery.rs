//! What the log itself says of an origin whose own entry is lost, or was never written: whether it is announced, and its last mark.
//!
//! Every mark stands in every partition of the log, so the first one is read, from its end backwards, a longer stretch each time. Must
//! never enter: a stamp; a guess in the place of a mark that went out, for what is stamped at or before it is dropped as a repeat.

use engine::intake::ACTIONS as ORIGIN_OF_ACTIONS;
use journal::{Entry, JournalError, Mark, Store};
use stages::{
    GENERATION,
    message::{ADMITTED, Message},
};
use std::ops::ControlFlow;
use vocab::time::Tick;

/// Entries of the first stretch: marks of all origins are among the last of a log that lives.
const STRETCH: u64 = 4_096;
/// How many times longer the next stretch is.
const LONGER: u64 = 8;

/// What a stretch at the end of the log says of an origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    /// Its last mark.
    marked: Option<Tick>,
    /// The first mark that counts it among the origins.
    announced: Option<Tick>,
    /// Whether an earlier mark, of the origin that speaks of all of them, did not.
    is_new: bool,
}

impl Said {
    fn take(&mut self, origin: u32, mark: &Mark) {
        let origins = mark.origins.range();
        if origins.contains(&ORIGIN_OF_ACTIONS) {
            let counts_it = mark.count > origin;
            self.is_new |= !counts_it && self.announced.is_none();
            self.announced = self.announced.or(counts_it.then_some(Tick(mark.tick)));
        }
        if origins.contains(&origin) {
            self.marked = self.marked.max(Some(Tick(mark.tick)));
        }
    }

    /// Whether what stands before cannot change the answer.
    const fn is_all(self) -> bool {
        self.marked.is_some() || self.is_new
    }
}

/// The tick above which an origin goes on: that of its last mark, or, where it was announced and promised nothing yet, of the mark that
/// announced it. None: the log does not know it.
///
/// # Errors
/// Errors of the log.
pub(crate) fn last_mark(store: &mut impl Store<Record = Message>, origin: u32) -> Result<Option<Tick>, JournalError> {
    let end = store.end(ADMITTED, 0)?;
    let mut stretch = STRETCH;
    loop {
        let (from, mut said) = (end.saturating_sub(stretch), Said::default());
        let mut foreign = None;
        store.show((ADMITTED, 0), from, &mut |position, entry| {
            if let Entry::Mark(mark) = entry {
                foreign = foreign.or((mark.generation != GENERATION).then_some((position, mark.generation)));
                said.take(origin, &mark);
            }
            ControlFlow::Continue(())
        })?;
        if let Some((position, stored)) = foreign {
            let what = format!("the mark at position {position} of the admitted log");
            return Err(JournalError::OtherGeneration { what, stored, running: GENERATION });
        }
        if said.is_all() || from == 0 {
            return Ok(said.marked.or(said.announced));
        }
        stretch = stretch.saturating_mul(LONGER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::Origins;

    fn said(origin: u32, marks: &[(u32, u32, i64, u32)]) -> (Option<i64>, bool) {
        let mut said = Said::default();
        for (first, until, tick, count) in marks {
            let origins = Origins::of(*first, *until);
            said.take(origin, &Mark { generation: GENERATION, stage: 0, origins, tick: *tick, count: *count });
        }
        (said.marked.or(said.announced).map(|tick| tick.0), said.is_all())
    }

    #[test]
    fn an_origin_goes_on_above_its_last_mark() {
        assert_eq!(said(2, &[(0, 4, 5, 4), (0, 2, 9, 4), (2, 4, 8, 4)]), (Some(8), true));
        assert_eq!(said(0, &[(0, 4, 5, 4), (0, 2, 9, 4), (2, 4, 8, 4)]), (Some(9), true));
    }

    #[test]
    fn an_origin_that_promised_nothing_goes_on_above_what_announced_it() {
        assert_eq!(said(3, &[(0, 3, 5, 3), (0, 3, 6, 4), (0, 3, 7, 4)]), (Some(6), true), "what came before did not know it");
        assert_eq!(said(3, &[(0, 3, 6, 4), (0, 3, 7, 4)]), (Some(6), false), "its marks may stand before");
    }

    #[test]
    fn an_origin_that_nobody_announced_is_new() {
        assert_eq!(said(3, &[(0, 3, 5, 3), (0, 3, 6, 3)]), (None, true));
        assert_eq!(said(0, &[]), (None, false), "an empty stretch says nothing");
        assert_eq!(said(3, &[(1, 3, 5, 4)]), (None, false), "only the first origin's marks count the origins");
    }
}
