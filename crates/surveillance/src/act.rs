//! What operators do to a group, between two closes: declare weeks settled, close a condition, re-base a level.
//!
//! These are the only ways by which a level moves or a condition ends without evidence; each takes effect at the next close. What
//! must never enter: who did it and why. That is a record of the caller's.

use crate::condition::Condition;
use crate::counts::Breach;
use crate::group::Group;
use crate::series::Series;
use crate::settings::Settings;

impl Group {
    /// Settles the weeks `from..until` of a series: for effort, yield and timeliness they are never learnt and never evidence again.
    /// As far as they are kept, and up to eleven weeks ahead of the open one.
    ///
    /// # Errors
    /// An unknown series.
    pub fn settle(&mut self, series: usize, from: i64, until: i64) -> Result<(), Breach> {
        let open = self.open;
        self.named(series)?.settle(from, until, open);
        Ok(())
    }

    /// Ends all standing conditions of a series as if they had recovered from the open week on, and returns them in the order of
    /// [`Stream::WITH_CONDITION`](crate::Stream::WITH_CONDITION).
    ///
    /// # Errors
    /// An unknown series.
    pub fn close_conditions(&mut self, series: usize) -> Result<[Option<Condition>; 3], Breach> {
        let open = self.open;
        Ok(self.named(series)?.end_conditions(open))
    }

    /// What one count of each feed of a series is made of: 1, or for a weighted series the typical consignment Σw²/Σw (§4.8). All
    /// that is computed of its counts, and all that arrives in its delay tables, is in units of it; what is said of counts is in the
    /// counts as they were added. Each unit is positive and finite, and should stay what it is once a level has been learnt.
    ///
    /// # Errors
    /// An unknown series.
    pub fn weigh(&mut self, series: usize, units: [f64; 3]) -> Result<(), Breach> {
        self.named(series)?.weigh(units);
        Ok(())
    }

    /// Judges the effort of a series by itself from now on, as where traffic was never reported (§4.8). A re-base on a window with
    /// traffic ends it.
    ///
    /// # Errors
    /// An unknown series.
    pub fn judge_alone(&mut self, series: usize, settings: &Settings) -> Result<(), Breach> {
        self.named(series)?.judge_alone(settings);
        Ok(())
    }

    /// Takes the levels of effort and yield of a series from the weeks `from..until`, as far as they are kept and closed. Drops what
    /// was settled of both, ends and returns the standing conditions, and starts learning and evidence at `until`. Effort that was
    /// judged by itself is held against traffic again if the window has any.
    ///
    /// # Errors
    /// An unknown series, or a window without a usable week; nothing is changed then.
    pub fn rebase(&mut self, series: usize, from: i64, until: i64) -> Result<[Option<Condition>; 3], Breach> {
        let open = self.open;
        self.named(series)?.rebase(from, until, open).ok_or(Breach::EmptyWindow { series })
    }

    fn named(&mut self, series: usize) -> Result<&mut Series, Breach> {
        self.series.get_mut(series).ok_or(Breach::UnknownSeries { series })
    }
}
