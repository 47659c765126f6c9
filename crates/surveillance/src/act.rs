//! What operators do to a group, between two closes: declare weeks settled, close a condition, re-base a level.
//!
//! These are the only ways by which a level moves or a condition ends without evidence; each takes effect at the next close. What
//! must never enter: who did it and why. That is a record of the caller's.

use crate::condition::Condition;
use crate::counts::Breach;
use crate::group::Group;
use crate::series::Series;

impl Group {
    /// Settles the weeks `from..until` of a series: they are never learnt and never evidence again. As far as they are kept, and
    /// up to eleven weeks ahead of the open one.
    ///
    /// # Errors
    /// An unknown series.
    pub fn settle(&mut self, series: usize, from: i64, until: i64) -> Result<(), Breach> {
        let open = self.open;
        self.named(series)?.settle(from, until, open);
        Ok(())
    }

    /// Ends the standing condition of a series as if it had recovered from the open week on, and returns it; `None` if there is none.
    ///
    /// # Errors
    /// An unknown series.
    pub fn close_condition(&mut self, series: usize) -> Result<Option<Condition>, Breach> {
        let open = self.open;
        Ok(self.named(series)?.end_condition(open))
    }

    /// Takes the level of a series from the weeks `from..until`, as far as they are kept and closed. Drops what was settled, ends
    /// and returns the standing condition, and starts learning and evidence at `until`. Effort that was judged by itself is held
    /// against traffic again if the window has any.
    ///
    /// # Errors
    /// An unknown series, or a window without a usable week; nothing is changed then.
    pub fn rebase(&mut self, series: usize, from: i64, until: i64) -> Result<Option<Condition>, Breach> {
        let open = self.open;
        self.named(series)?.rebase(from, until, open).ok_or(Breach::EmptyWindow { series })
    }

    fn named(&mut self, series: usize) -> Result<&mut Series, Breach> {
        self.series.get_mut(series).ok_or(Breach::UnknownSeries { series })
    }
}
