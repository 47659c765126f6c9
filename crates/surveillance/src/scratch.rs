//! What a close computes on the way: completeness and windows of the series it looks at.
//!
//! It lives for one close only: between closes a group holds its state and the season's rows, nothing else. What must never enter:
//! state, a decision.

use alloc::vec::Vec;

use crate::counts::{DELAYS, Feed};
use crate::delays::Completeness;
use crate::evidence::Walk;
use crate::nowcast::nowcast;
use crate::report::Recent;
use crate::series::Series;
use crate::settings::{Reports, Settings, WEEKS_KEPT};
use crate::window::{Admission, Ingredients, Row, Rows, Window};

/// All of a close.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) desk: Desk,
    pub(crate) walk: Walk,
    pub(crate) members: Vec<Member>,
    pub(crate) pool: Window,
}

/// What is kept of one series until it is judged.
#[derive(Debug, Default)]
pub(crate) struct Member {
    pub(crate) window: Window,
    pub(crate) recent: [Recent; 4],
}

/// Room for one series at a time.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) inspections: Completeness,
    traffic: Completeness,
    numerator: Row,
    denominator: Row,
    rows: Rows,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            inspections: Completeness::default(),
            traffic: Completeness::default(),
            numerator: [0.0; WEEKS_KEPT],
            denominator: [0.0; WEEKS_KEPT],
            rows: Rows::default(),
        }
    }
}

impl Desk {
    /// Takes up a series: completeness of its newest weeks. What is not reported is complete.
    pub(crate) fn take(&mut self, series: &Series, priors: &[[f64; DELAYS]; 2], settings: &Settings) {
        match settings.reports {
            Reports::Estimated => self.estimate(series, priors),
            Reports::TakenAsComplete => (self.inspections, self.traffic) = Default::default(),
        }
    }

    fn estimate(&mut self, series: &Series, priors: &[[f64; DELAYS]; 2]) {
        let [of_inspections, of_traffic] = priors;
        series.tables[Feed::Inspections.at()].completeness(of_inspections, &mut self.inspections);
        if series.is_unadjusted() {
            self.traffic = Completeness::default();
        } else {
            series.tables[Feed::Traffic.at()].completeness(of_traffic, &mut self.traffic);
        }
    }

    /// The usable weeks of the series taken up, as of `week`; none without a level.
    pub(crate) fn look(&mut self, of: (&Series, i64), with: (&Settings, &[Row; 4]), window: &mut Window) {
        let ((series, week), (settings, seasons)) = (of, with);
        window.clear();
        let Some((level, since)) = series.level(settings) else { return };
        series.rows(week, &mut self.numerator, &mut self.denominator);
        let ingredients = Ingredients {
            numerator: &self.numerator,
            denominator: &self.denominator,
            numerator_known: &self.inspections,
            denominator_known: &self.traffic,
            seasons,
            level: &level,
        };
        let admission = Admission {
            week,
            len: usize::try_from(week - since + 1).unwrap_or(0).min(settings.lookback()),
            reported_share_min: settings.min_reported_share,
            outage_cap_sd: settings.outage_cap_sd,
            settled: series.settled(),
        };
        window.fill(&mut self.rows, &ingredients, &admission);
    }

    /// The newest four weeks of the series taken up, as of `week`, newest first.
    pub(crate) fn recent(&self, of: (&Series, i64), settings: &Settings, window: &Window) -> [Recent; 4] {
        let (series, week) = of;
        let lot = f64::from(settings.lots[Feed::Inspections.at()].max(1));
        [0, 1, 2, 3].map(|back| {
            let week = week - back as i64;
            let inspections = series.counts(Feed::Inspections).standing(week);
            let (share, variance) = (self.inspections.share[back], self.inspections.variance[back]);
            let place = window.back[..window.len.min(back + 1)].iter().position(|&of| usize::from(of) == back);
            Recent {
                week,
                inspections,
                traffic: series.counts(Feed::Traffic).standing(week),
                completeness: share,
                traffic_completeness: self.traffic.share[back],
                expected: place.map(|place| window.raw_expected[place]),
                nowcast: nowcast(f64::from(inspections), share, variance, lot),
            }
        })
    }
}
