//! What a close computes on the way: completeness of the feeds and windows of the series it looks at.
//!
//! Nothing in it outlives a close but the room: between closes a group holds its state and the season's rows, nothing else. What must
//! never enter: state, a decision, a figure that a later close reads before it has written it.

use alloc::vec::Vec;

use crate::counts::{DELAYS, Feed};
use crate::delays::Completeness;
use crate::evidence::Walk;
use crate::group::Role;
use crate::nowcast::nowcast;
use crate::report::Recent;
use crate::series::Series;
use crate::settings::{Reports, Settings, WEEKS_KEPT};
use crate::stream::Stream;
use crate::window::{Admission, Ingredients, Row, Rows, Window};

/// Room for all that a close computes on the way. One serves any number of closes, one after the other.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) desk: Desk,
    pub(crate) walk: Walk,
    pub(crate) members: Vec<Member>,
    pub(crate) pool: Window,
}

/// What is kept of one series until it is judged.
#[derive(Debug, Default)]
pub(crate) struct Member {
    /// Completeness of its feeds.
    pub(crate) known: [Completeness; 3],
    /// The usable weeks of the stream that is being judged.
    pub(crate) window: Window,
    /// Whether it takes part in the group's evidence.
    pub(crate) is_pooled: bool,
}

/// Room for one stream of one series at a time.
#[derive(Debug)]
pub(crate) struct Desk {
    numerator: Row,
    denominator: Row,
    rows: Rows,
    /// Of what is not a feed, or is not reported.
    complete: Completeness,
}

impl Default for Desk {
    fn default() -> Self {
        let row = [0.0; WEEKS_KEPT];
        Self { numerator: row, denominator: row, rows: Rows::default(), complete: Completeness::default() }
    }
}

impl Member {
    /// Takes up a series: completeness of its newest weeks. What is not reported is complete.
    pub(crate) fn take(&mut self, series: &Series, priors: &[[f64; DELAYS]; 3], settings: &Settings) {
        self.is_pooled = series.role == Role::Measure;
        self.window.clear();
        match settings.reports {
            Reports::Estimated => self.estimate(series, priors),
            Reports::TakenAsComplete => self.known = Default::default(),
        }
    }

    fn estimate(&mut self, series: &Series, priors: &[[f64; DELAYS]; 3]) {
        for ((known, table), prior) in self.known.iter_mut().zip(&series.tables).zip(priors) {
            table.completeness(prior, known);
        }
        if !series.is_adjusted() {
            self.known[Feed::Traffic.at()] = Completeness::default();
        }
    }

    /// The newest four weeks of the series, as of `week`, newest first; the window is that of effort.
    pub(crate) fn recent(&self, of: (&Series, i64), settings: &Settings) -> [Recent; 4] {
        let ((series, week), window) = (of, &self.window);
        let unit = series.unit(Feed::Inspections);
        let lot = f64::from(settings.lots[Feed::Inspections.at()].max(1)) * unit;
        let [inspections, _, traffic] = &self.known;
        [0, 1, 2, 3].map(|back| {
            let week = week - back as i64;
            let [of_inspections, of_interdictions, of_traffic] = Feed::ALL.map(|feed| series.counts(feed).standing(week));
            let (share, variance) = (inspections.share[back], inspections.variance[back]);
            let place = window.back[..window.len.min(back + 1)].iter().position(|&of| usize::from(of) == back);
            Recent {
                week,
                inspections: of_inspections,
                interdictions: of_interdictions,
                traffic: of_traffic,
                completeness: share,
                traffic_completeness: traffic.share[back],
                expected: place.map(|place| window.raw_expected[place] * unit),
                nowcast: nowcast(f64::from(of_inspections), share, variance, lot),
            }
        })
    }
}

impl Desk {
    /// Fills a member's window with the usable weeks of a stream, as of `week`; none without a level.
    pub(crate) fn look(&mut self, of: (&Series, Stream, i64), with: (&Settings, &[Row; 4]), member: &mut Member) {
        let ((series, stream, week), (settings, seasons)) = (of, with);
        member.window.clear();
        let admission = |since: i64| Admission {
            week,
            len: usize::try_from(week - since + 1).unwrap_or(0).min(settings.lookback()),
            reported_share_min: settings.min_reported_share,
            outage_cap_sd: settings.outage_cap_sd,
            settled: series.track(stream).map_or(0, |track| track.settled()),
        };
        if stream == Stream::Timeliness {
            if series.knows_timeliness(week) {
                let (late, unit) = (series.timeliness(), series.unit(Feed::Inspections));
                member.window.fill_late(|week| late.of(week, unit), late.noise(), &admission(series.first()));
            }
            return;
        }
        let Some((level, since)) = series.level(stream, settings) else { return };
        series.rows(stream, week, &mut self.numerator, &mut self.denominator);
        let (of, below) = series.feeds(stream);
        let ingredients = Ingredients {
            numerator: &self.numerator,
            denominator: &self.denominator,
            numerator_known: &member.known[of.at()],
            denominator_known: below.map_or(&self.complete, |below| &member.known[below.at()]),
            seasons,
            level: &level,
        };
        member.window.fill(&mut self.rows, &ingredients, &admission(since));
    }
}
