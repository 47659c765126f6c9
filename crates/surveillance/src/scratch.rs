//! Buffers of a close, kept by the group only to spare the allocations.
//!
//! No value in here survives a close as input of the next, so a group restored without them goes on with the same bits. What must
//! never enter: state.

use alloc::vec::Vec;

use crate::counts::{DELAYS, Feed};
use crate::delays::Completeness;
use crate::evidence::Walk;
use crate::season::Seasons;
use crate::series::Series;
use crate::settings::{Settings, WEEKS_KEPT};
use crate::window::{Admission, Ingredients, Row, Rows, Window};

/// All buffers of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) seasons: Seasons,
    pub(crate) rows: Rows,
    pub(crate) walk: Walk,
    pub(crate) members: Vec<Member>,
    pub(crate) pool: Window,
}

/// What a close computes of one series.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) inspections: Completeness,
    pub(crate) traffic: Completeness,
    pub(crate) window: Window,
    numerator: Row,
    denominator: Row,
}

impl Default for Member {
    fn default() -> Self {
        Self {
            inspections: Completeness::default(),
            traffic: Completeness::default(),
            window: Window::default(),
            numerator: [0.0; WEEKS_KEPT],
            denominator: [0.0; WEEKS_KEPT],
        }
    }
}

impl Member {
    /// Completeness of the newest weeks; what is not reported is complete. No week is usable until [`Self::look`].
    pub(crate) fn complete(&mut self, series: &Series, priors: &[[f64; DELAYS]; 2]) {
        self.window.clear();
        let [of_inspections, of_traffic] = priors;
        series.tables[Feed::Inspections.at()].completeness(of_inspections, &mut self.inspections);
        if series.is_unadjusted() {
            self.traffic = Completeness::default();
        } else {
            series.tables[Feed::Traffic.at()].completeness(of_traffic, &mut self.traffic);
        }
    }

    /// The usable weeks; none without a level.
    pub(crate) fn look(&mut self, of: (&Series, i64), settings: &Settings, shared: (&mut Seasons, &mut Rows)) {
        let (series, week) = of;
        let (seasons, rows) = shared;
        let Some((level, since)) = series.level(settings) else { return };
        series.rows(week, &mut self.numerator, &mut self.denominator);
        let ingredients = Ingredients {
            numerator: &self.numerator,
            denominator: &self.denominator,
            numerator_known: &self.inspections,
            denominator_known: &self.traffic,
            seasons: seasons.rows(week),
            level: &level,
        };
        let admission = Admission {
            week,
            len: usize::try_from(week - since + 1).unwrap_or(0).min(settings.lookback()),
            reported_share_min: settings.min_reported_share,
            outage_cap_sd: settings.outage_cap_sd,
            settled: series.settled(),
        };
        self.window.fill(rows, &ingredients, &admission);
    }
}
