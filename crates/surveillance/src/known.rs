//! How much of each of the newest weeks is known, for whoever looks at weeks beside the detector.
//!
//! The same shares that the detector reads, as of the last close. What must never enter: a count, or a verdict on a week.

use crate::counts::Feed;
use crate::delays::Completeness;
use crate::group::Group;
use crate::settings::{Reports, Settings, WEEKS_KEPT};

impl Group {
    /// F of §3.2: the share of a week's reports of a feed expected to be known, 0 to 1, newest week first; 1 from 40 weeks on, for an
    /// unknown series, and where reports are taken as complete.
    #[must_use]
    pub fn completeness(&self, settings: &Settings, series: usize, feed: Feed) -> [f64; WEEKS_KEPT] {
        let mut complete = Completeness::default();
        match (settings.reports, self.series.get(series)) {
            (Reports::TakenAsComplete, _) | (Reports::Estimated, None) => {}
            (Reports::Estimated, Some(of)) => of.tables[feed.at()].completeness(&self.tables[feed.at()].prior(), &mut complete),
        }
        complete.share
    }
}
