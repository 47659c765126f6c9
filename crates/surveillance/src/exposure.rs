//! What effort is held against: traffic, or nothing where none is reported (§4.8).
//!
//! What must never enter: a judgement of the traffic itself.

use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::counts::Feed;
use crate::series::{Ratio, Series};
use crate::settings::{Settings, Traffic};

/// Weeks without any traffic report after which effort is judged by itself.
const TRAFFIC_PATIENCE_WEEKS: u32 = 26;

/// What effort is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exposure {
    /// Traffic.
    #[default]
    Counted,
    /// Nothing: traffic is not reported any more, or never was.
    Unreported,
    /// Nothing: traffic was declared absent.
    Absent,
}

impl Series {
    /// Whether effort is held against traffic, and traffic itself can be judged.
    pub(crate) fn is_adjusted(&self) -> bool {
        self.exposure == Exposure::Counted
    }

    /// Effort is held against nothing from now on.
    pub(crate) fn judge_alone(&mut self, settings: &Settings) {
        self.exposure = match settings.traffic {
            Traffic::Absent => Exposure::Absent,
            Traffic::Expected => Exposure::Unreported,
        };
    }

    /// Decides, before the week is learnt, what effort is held against. A change of it starts effort and traffic afresh.
    pub(crate) fn watch_traffic(&mut self, week: i64, settings: &Settings) {
        let has_report = self.counts(Feed::Traffic).arrived_in_all() > 0;
        self.weeks_without_traffic = if has_report { 0 } else { self.weeks_without_traffic.saturating_add(1) };
        let next = match (settings.traffic, self.exposure) {
            (Traffic::Absent, _) => Exposure::Absent,
            (Traffic::Expected, Exposure::Unreported) => Exposure::Unreported,
            (Traffic::Expected, Exposure::Counted | Exposure::Absent) => {
                if self.weeks_without_traffic >= TRAFFIC_PATIENCE_WEEKS {
                    Exposure::Unreported
                } else {
                    Exposure::Counted
                }
            }
        };
        if next == self.exposure {
            return;
        }
        let afresh = Ratio { baseline: Baseline::default(), since: week + 1 };
        if !self.ratios[0].baseline.is_untouched() {
            self.ratios[0] = afresh.clone();
            self.tracks[0].unsettle();
        }
        if next == Exposure::Counted || !self.ratios[2].baseline.is_untouched() {
            self.ratios[2] = afresh;
        }
        self.exposure = next;
    }
}
