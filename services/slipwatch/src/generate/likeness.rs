//! What a log of one's own is like: how much its series do, how uneven they are, how long reports take.
//!
//! Counts per series and week as rows pass by, and moments of delays; no event is kept, only a number for each record, so that
//! second copies are told apart. What must never enter: a judgement, a name of a jurisdiction.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use vocab::{
    event::{Body, Event},
    time::{Day, Week},
};

/// Feeds: inspections, interdictions, exposure.
pub const FEEDS: usize = 3;
/// Newest weeks left out: their reports may be under way.
const UNDER_WAY_WEEKS: i32 = 8;
/// Half a day stands for a report of the same day, where a logarithm is taken.
const SAME_DAY: f64 = 0.5;
/// Sizes of negative binomials above this are as good as Poisson.
const SIZE_MAX: f64 = 1e4;

/// Counts of a series by week.
type Counts = BTreeMap<Week, [u64; FEEDS]>;

/// What was counted.
#[derive(Debug, Default)]
pub struct Likeness {
    series: BTreeMap<(String, String), Counts>,
    delays: [Moments; FEEDS],
    seen: HashSet<u64>,
    hasher: RandomState,
    copies: u64,
}

/// Count, sum and sum of squares.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

/// How much one series does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volume {
    /// Inspections a week.
    pub inspections_per_week: f64,
    /// Exposure for each.
    pub exposure_per_inspection: Option<f64>,
    /// Finds for each.
    pub hit_rate: Option<f64>,
}

impl Likeness {
    /// Takes an event that became known on a day; what is no inspection, find or exposure passes by.
    pub fn note(&mut self, event: &Event, known: Day) {
        let Some(feed) = feed(&event.body) else { return };
        if !self.seen.insert(self.hasher.hash_one(event.source_record_id.as_str())) {
            self.copies += 1;
            return;
        }
        self.delays[feed].note((f64::from(known.0 - event.occurred.day.0).max(0.0) + SAME_DAY).ln());
        let Some(jurisdiction) = &event.jurisdiction else { return };
        for measure in &event.measures {
            let series = self.series.entry((jurisdiction.as_str().to_owned(), measure.as_str().to_owned())).or_default();
            series.entry(event.occurred.day.week()).or_default()[feed] += u64::from(event.count);
        }
    }

    /// Weeks between the first and the last with any count, the newest left out; at least one.
    #[must_use]
    pub fn weeks(&self) -> u16 {
        let all = || self.series.values().flat_map(BTreeMap::keys);
        let length = all().max().zip(all().min()).map_or(1, |(last, first)| last.0 - first.0 + 1);
        u16::try_from((length - UNDER_WAY_WEEKS).max(1)).unwrap_or(u16::MAX)
    }

    /// Its measures.
    #[must_use]
    pub fn measures(&self) -> usize {
        let mut names: Vec<&str> = self.series.keys().map(|(_, measure)| measure.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// How much each series with any inspection does, the least first.
    #[must_use]
    pub fn volumes(&self) -> Vec<Volume> {
        let mut volumes: Vec<Volume> = self.series.values().filter_map(|counts| self.volume(counts)).collect();
        volumes.sort_by(|one, other| one.inspections_per_week.total_cmp(&other.inspections_per_week));
        volumes
    }

    fn volume(&self, counts: &Counts) -> Option<Volume> {
        let totals = counts.values().fold([0; FEEDS], |mut totals, week| {
            totals.iter_mut().zip(week).for_each(|(total, count)| *total += count);
            totals
        });
        let [inspections, finds, exposure] = totals.map(|total: u64| total as f64);
        let per = |total: f64| (total > 0.0).then(|| total / inspections);
        let weeks = f64::from(self.weeks()) + f64::from(UNDER_WAY_WEEKS);
        (inspections > 0.0).then(|| Volume {
            inspections_per_week: inspections / weeks,
            exposure_per_inspection: per(exposure),
            hit_rate: per(finds),
        })
    }

    /// Size of the negative binomial of a feed's weeks over all series; none where they vary no more than Poisson.
    ///
    /// From differences of neighbouring weeks (half their mean square is the variance), so that growth and season do not count
    /// as unevenness: Σ(variance − mean) over Σ mean², as moments give it (Anscombe 1949).
    #[must_use]
    pub fn dispersion(&self, feed: usize) -> Option<f64> {
        let newest = self.series.values().filter_map(|counts| counts.keys().next_back()).max()?.0;
        let (mut over, mut squares) = (0.0, 0.0);
        for counts in self.series.values() {
            let Some(first) = counts.keys().next().map(|week| week.0) else { continue };
            let weeks: Vec<f64> =
                (first..=newest - UNDER_WAY_WEEKS).map(|week| counts.get(&Week(week)).map_or(0.0, |count| count[feed] as f64)).collect();
            let pairs = weeks.windows(2).map(|pair| (pair[1] - pair[0]).powi(2) / 2.0);
            let n = weeks.len().saturating_sub(1) as f64;
            let mean = weeks.iter().sum::<f64>() / weeks.len().max(1) as f64;
            over += pairs.sum::<f64>() - n * mean;
            squares += n * mean * mean;
        }
        let size = squares / over;
        (over > 0.0 && size < SIZE_MAX).then_some(size)
    }

    /// Median of a feed's delay in days and the standard deviation of its logarithm; none without reports.
    #[must_use]
    pub fn delay(&self, feed: usize) -> Option<(f64, f64)> {
        let Moments { n, sum, squares } = self.delays[feed];
        let mean = sum / n;
        (n > 0.0).then(|| (mean.exp(), (squares / n - mean * mean).max(0.0).sqrt()))
    }

    /// Share of reports that come again.
    #[must_use]
    pub fn copies(&self) -> f64 {
        let first = self.seen.len() as f64;
        if first > 0.0 { (self.copies as f64 / first).min(1.0) } else { 0.0 }
    }
}

impl Moments {
    fn note(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }
}

/// Which of the three an event counts as.
fn feed(body: &Body) -> Option<usize> {
    match body {
        Body::InspectionPerformed(_) => Some(0),
        Body::SeizureRecorded(_) | Body::InterdictionOutcome(_) => Some(1),
        Body::ExposureObserved(_) | Body::ExposureAggregate(_) => Some(2),
        Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::CapacityReported(_)
        | Body::ContextNoted(_)
        | Body::DefinitionChanged(_)
        | Body::TargetChanged(_)
        | Body::FeedStatus(_)
        | Body::PackActivated(_)
        | Body::Act(_)
        | Body::Unrecognised(_) => None,
    }
}
