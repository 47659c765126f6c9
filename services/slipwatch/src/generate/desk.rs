//! How what happened becomes known: delays, silences with their backlog, second copies, lines out of order.
//!
//! Draws from streams of its own, so that the same acts can be reported in another way. What must never enter: whether
//! something happened.

use crate::generate::{
    chance::Chance,
    change::{Change, Feed},
    pending::{DAY_SECONDS, Pending, Report, WEEK_SECONDS},
    plan::Place,
    scenario::{Delay, Disorder},
};

/// Mean days after which a second copy comes.
const COPY_AFTER_DAYS: f64 = 5.0;
/// A line out of order stands up to so many days too late.
const OUT_OF_ORDER_DAYS: f64 = 0.5;

/// A stretch in which some feeds say nothing, in seconds since the first Monday.
#[derive(Clone, Debug, PartialEq)]
struct Silence<'s> {
    from: i64,
    until: i64,
    feeds: &'s [Feed],
    backlog_days: f64,
}

/// Where the reports of one jurisdiction leave.
#[derive(Clone, Debug)]
pub struct Desk<'s> {
    disorder: Disorder,
    silence: Option<Silence<'s>>,
}

/// From when a delay runs (seconds since the first Monday), the delay, and how many times as long it is.
pub type Timing = (i64, Delay, f64);

/// Seconds of some days, rounded down.
#[must_use]
pub fn seconds(days: f64) -> i64 {
    (days * DAY_SECONDS as f64) as i64
}

impl<'s> Desk<'s> {
    /// The desk of a jurisdiction.
    #[must_use]
    pub fn of(place: &Place<'s>) -> Self {
        let silence = if let Change::Blackout { feeds, backlog_days, .. } = &place.group.change {
            let course = place.series.first().and_then(|series| series.course);
            course.and_then(|course| Some((course.onset, course.back?))).map(|(onset, back)| Silence {
                from: i64::from(onset) * WEEK_SECONDS,
                until: i64::from(back) * WEEK_SECONDS,
                feeds,
                backlog_days: backlog_days.value(),
            })
        } else {
            None
        };
        Self { disorder: place.group.disorder, silence }
    }

    /// Sends a report that takes a delay after `from`; gives the second at which it would be known without any silence.
    pub fn send(&self, report: Report, (from, delay, times): Timing, chance: &mut Chance, pending: &mut Pending) -> i64 {
        let known = from + seconds(chance.delay_days(delay) * times);
        let first = self.known(report.feed, known, chance);
        let out_of_order = self.disorder.out_of_order.is_some_and(|share| chance.happens(share.value()));
        let stands = if out_of_order { first + seconds(chance.share() * OUT_OF_ORDER_DAYS) } else { first };
        pending.push(Report { known: first, stands, ..report });
        if self.disorder.duplicates.is_some_and(|share| chance.happens(share.value())) {
            let again = self.known(report.feed, first + seconds(chance.exponential(COPY_AFTER_DAYS)), chance);
            pending.push(Report { known: again, stands: again, ..report });
        }
        known
    }

    /// When it is known, silences regarded.
    fn known(&self, feed: Feed, known: i64, chance: &mut Chance) -> i64 {
        match &self.silence {
            Some(silence) if silence.feeds.contains(&feed) && (silence.from..silence.until).contains(&known) => {
                silence.until + seconds(chance.share() * silence.backlog_days)
            }
            Some(_) | None => known,
        }
    }
}
