//! One series scored: what was said of it against what is known, by the rules of the detection benchmark.
//!
//! All times are midnights, numbered as the days they begin; a decision counts from the midnight that ends its day. The rules are
//! written down in the long help of `backtest`. What must never enter: a figure over several series, an interval.

use crate::backtest::{
    heard::{SeriesHeard, Spoken},
    truth::{Episode, SeriesTruth, Sort},
};
use vocab::time::Day;

/// Within so many days of its onset a slip is to be found: 26 weeks.
pub const HORIZON_DAYS: i32 = 182;
/// Pages within so many days of one that was counted are the same false page: 8 weeks.
pub const REFRACTORY_DAYS: i32 = 56;
/// So long after the end of an episode its pages are not false yet: 8 weeks.
pub const GRACE_DAYS: i32 = 56;
/// So long after its page an alert is asked again for its kind: 8 weeks.
pub const NAMED_LATER_DAYS: i32 = 56;
/// After so many days a standing slip should still have an open alert: 26 and 52 weeks.
pub const STANDING_DAYS: [i32; 2] = [182, 364];
/// Within so many days of its end a slip's alert should be closed: 8 and 26 weeks.
pub const RESOLVED_DAYS: [i32; 2] = [56, 182];

/// What is scored of a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// Its kind, by the truth.
    pub kind: &'static str,
    /// Days from the onset to the first week's end with an open alert, if within the horizon.
    pub open_days: Option<i32>,
    /// The first page within the horizon.
    pub page: Option<Page>,
    /// Whether an alert was open 26 and 52 weeks after that page, where the slip and the window last so long.
    pub standing: [Option<bool>; 2],
    /// Whether no alert was open any more 8 and 26 weeks after the slip's end, where one was then and the window lasts so long.
    pub resolved: [Option<bool>; 2],
    /// Times an alert fired or re-opened while the slip stood.
    pub firings: u32,
    /// Whether the horizon reaches beyond the window: a miss might still have been found.
    pub is_cut: bool,
}

/// A page that found a slip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Days from the onset.
    pub delay_days: i32,
    /// Days before others noticed; negative after.
    pub lead_days: Option<i32>,
    /// Days from the true onset to the one that was said.
    pub onset_error_days: Option<i32>,
    /// The kind it was called.
    pub kind: &'static str,
    /// The kind it was called eight weeks later.
    pub kind_later: &'static str,
    /// Whether the alert was recalled while the slip stood.
    pub is_recalled: bool,
}

/// A series, scored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Days during which a page would be false.
    pub exposure_days: i32,
    /// False pages.
    pub false_pages: u32,
    /// Its slips.
    pub slips: Vec<Slip>,
    /// Whether a dip that recovered was paged.
    pub dips: Vec<bool>,
    /// What happened, and what was said of it first: pairs of words.
    pub named: Vec<(&'static str, &'static str)>,
}

/// A stretch of time in which one alert stood under one kind.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: Day,
    until: Day,
    kind: &'static str,
    is_slippage: bool,
}

/// What was said of a series inside its window.
struct Said<'a> {
    window: (Day, Day),
    /// Pages of slippage, by time.
    pages: Vec<&'a Spoken>,
    /// When alerts and notices stood, by time.
    open: Vec<Stretch>,
    all: &'a [Spoken],
}

/// Scores a series: `spoken` are the transitions of its alerts by time, `window` the first and the last moment that counts.
#[must_use]
pub fn score(truth: &SeriesTruth, spoken: &[Spoken], window: (Day, Day)) -> Score {
    let (from, until) = window;
    let within = |one: &&Spoken| from <= one.at && one.at <= until;
    let pages = spoken.iter().filter(|one| one.pages && one.is_slippage()).filter(within).collect();
    let said = Said { window, pages, open: stretches(spoken), all: spoken };
    let excused: Vec<(Day, Day)> = truth.episodes.iter().filter_map(excused).collect();
    Score {
        exposure_days: exposure(window, &excused),
        false_pages: said.false_pages(&excused),
        slips: truth.episodes.iter().filter(|one| one.sort == Sort::Slippage).filter_map(|one| said.slip(one)).collect(),
        dips: excused_dips(truth).map(|(from, until)| said.pages.iter().any(|page| from <= page.at && page.at <= until)).collect(),
        named: said.named(truth, &excused),
    }
}

/// All that was said of a series: of itself and of its jurisdiction as a whole, by time.
#[must_use]
pub fn merged(series: Option<&SeriesHeard>, jurisdiction: Option<&Vec<Spoken>>) -> Vec<Spoken> {
    let of_series = series.map(|series| series.spoken.as_slice()).unwrap_or_default();
    let mut spoken: Vec<Spoken> = of_series.iter().chain(jurisdiction.into_iter().flatten()).cloned().collect();
    spoken.sort_by_key(|one| (one.at, one.alert, one.n));
    spoken
}

/// From when until when a page is not false; nothing for what no page may speak of. A slip that stands excuses all that follows.
fn excused(episode: &Episode) -> Option<(Day, Day)> {
    match episode.sort {
        Sort::Slippage | Sort::Transient => Some((episode.onset?, episode.end.map_or(Day(i32::MAX), |end| end.plus(GRACE_DAYS)))),
        Sort::Steady | Sort::Notice => None,
    }
}

fn excused_dips(truth: &SeriesTruth) -> impl Iterator<Item = (Day, Day)> {
    truth.episodes.iter().filter(|one| one.sort == Sort::Transient).filter_map(excused)
}

fn exposure((from, until): (Day, Day), excused: &[(Day, Day)]) -> i32 {
    // Episodes come by onset; the grace of one may reach into the next.
    let (mut days, mut reached) = (0, from);
    for (begin, end) in excused {
        days += (begin.0.min(until.0) - reached.0).max(0);
        reached = reached.max(*end);
    }
    days + (until.0 - reached.0.min(until.0)).max(0)
}

/// When each alert stood, and under which kind.
fn stretches(spoken: &[Spoken]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (place, one) in spoken.iter().enumerate().filter(|(_, one)| one.is_open) {
        let next = spoken[place + 1..].iter().find(|next| next.alert == one.alert);
        let until = next.map_or(Day(i32::MAX), |next| next.at);
        stretches.push(Stretch { from: one.at, until, kind: one.kind, is_slippage: one.is_slippage() });
    }
    stretches
}

/// The first midnight of a Monday from a moment on: that is when weeks close.
fn monday_from(moment: Day) -> Day {
    moment.plus(6).week().monday()
}

impl Said<'_> {
    fn false_pages(&self, excused: &[(Day, Day)]) -> u32 {
        let (mut count, mut last) = (0, None);
        for page in &self.pages {
            let is_false = !excused.iter().any(|(from, until)| *from <= page.at && page.at <= *until);
            if is_false && last.is_none_or(|last: Day| page.at.0 - last.0 >= REFRACTORY_DAYS) {
                count += 1;
                last = Some(page.at);
            }
        }
        count
    }

    /// The first week's end from one moment to another, inside the window, at which an alert of slippage stood.
    fn first_open(&self, from: Day, until: Day) -> Option<Day> {
        let (first, last) = (from.max(self.window.0), until.min(self.window.1));
        let slipping = self.open.iter().filter(|stretch| stretch.is_slippage);
        let mondays = slipping.filter_map(|stretch| {
            let monday = monday_from(stretch.from.max(first));
            (monday < stretch.until && monday <= last).then_some(monday)
        });
        mondays.min()
    }

    fn is_open_at(&self, moment: Day) -> bool {
        self.first_open(moment, monday_from(moment)).is_some()
    }

    fn slip(&self, episode: &Episode) -> Option<Slip> {
        let onset = episode.onset?;
        let horizon = onset.plus(HORIZON_DAYS);
        let page = self.pages.iter().find(|page| onset <= page.at && page.at <= horizon);
        let ends = episode.end.unwrap_or(Day(i32::MAX)).min(self.window.1);
        let fires = |one: &&Spoken| one.is_slippage() && matches!(one.change, "fired" | "reopened");
        let firings = self.all.iter().filter(fires).filter(|one| onset <= one.at && one.at <= ends).count();
        Some(Slip {
            kind: episode.kind,
            open_days: self.first_open(onset, horizon).map(|open| open.0 - onset.0),
            page: page.map(|page| self.page(episode, onset, page)),
            standing: STANDING_DAYS.map(|days| {
                let moment = page?.at.plus(days);
                (moment <= ends).then(|| self.is_open_at(moment))
            }),
            resolved: self.resolved(episode),
            firings: u32::try_from(firings).unwrap_or(u32::MAX),
            is_cut: horizon > self.window.1,
        })
    }

    fn page(&self, episode: &Episode, onset: Day, page: &Spoken) -> Page {
        let life = self.all.iter().filter(|one| one.alert == page.alert);
        let later = life.clone().rfind(|one| one.at <= page.at.plus(NAMED_LATER_DAYS));
        let stood = |one: &Spoken| episode.end.is_none_or(|end| one.at <= end);
        Page {
            delay_days: page.at.0 - onset.0,
            lead_days: episode.noticed.map(|noticed| noticed.0 - page.at.0),
            onset_error_days: page.onset.map(|said| said.0 - onset.0),
            kind: page.kind,
            kind_later: later.map_or(page.kind, |later| later.kind),
            is_recalled: life.filter(|one| one.at >= page.at).any(|one| one.change == "recalled" && stood(one)),
        }
    }

    fn resolved(&self, episode: &Episode) -> [Option<bool>; 2] {
        let Some(end) = episode.end.filter(|end| self.is_open_at(*end)) else { return [None; 2] };
        RESOLVED_DAYS.map(|days| {
            let moment = monday_from(end.plus(days));
            // Once is enough: an alert that opens again later is another matter, counted among the firings.
            let mut mondays = (monday_from(end).0..=moment.0).step_by(7).map(Day);
            (moment <= self.window.1).then(|| mondays.any(|monday| !self.is_open_at(monday)))
        })
    }

    /// What was said first of what happened; of a steady series, whether anything false was.
    fn named(&self, truth: &SeriesTruth, excused: &[(Day, Day)]) -> Vec<(&'static str, &'static str)> {
        let name = |episode: &Episode| -> (&'static str, &'static str) {
            let Some(onset) = episode.onset.filter(|_| episode.sort != Sort::Steady) else {
                return (episode.kind, if self.false_pages(excused) > 0 { "page" } else { "none" });
            };
            let horizon = onset.plus(HORIZON_DAYS).min(self.window.1);
            let page = self.pages.iter().find(|page| onset <= page.at && page.at <= horizon).map(|page| page.kind);
            let stood = self.open.iter().filter(|one| one.from <= horizon && one.until > onset && !one.is_slippage);
            (episode.kind, page.or_else(|| stood.map(|one| one.kind).next()).unwrap_or("none"))
        };
        truth.episodes.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Score, merged, score};
    use crate::backtest::{
        heard::{SeriesHeard, Spoken},
        truth,
    };
    use vocab::{record::AlertId, time::Day};

    /// Lines of `at alert change kind [onset]`; at is the midnight that ends the day of the decision.
    fn spoken(text: &str) -> Vec<Spoken> {
        let line = |(place, line): (usize, &str)| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [at, alert, change, kind, ref rest @ ..] = words[..] else { panic!("{line}") };
            let literal = |word: &str, known: &[&'static str]| *known.iter().find(|one| **one == word).unwrap_or_else(|| panic!("{word}"));
            let change = literal(change, &["fired", "reopened", "escalated", "reclassified", "noted", "ended", "recovered", "recalled"]);
            Spoken {
                at: day(at),
                alert: AlertId([alert.parse().unwrap(); 16]),
                n: u32::try_from(place).unwrap(),
                change,
                pages: ["fired", "escalated"].contains(&change),
                is_open: !["ended", "recovered", "recalled"].contains(&change),
                kind: literal(kind, &["effort", "yield", "displacement", "deterrence", "reporting"]),
                onset: rest.first().map(|onset| day(onset)),
            }
        };
        text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate().map(line).collect()
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// Scored from 2017-01-02 to 2019-12-30, like the benchmark.
    fn scored(truth: &str, said: &str) -> Score {
        let truth = truth::read("t", truth).unwrap();
        score(truth.values().next().unwrap(), &spoken(said), (day("2017-01-02"), day("2019-12-30")))
    }

    const NONE: &str = r#"{"series":"A/x","kind":"none"}"#;
    const SLIP: &str = r#"{"series":"A/x","kind":"effort","onset":"2018-03-05"}"#;
    const ENDED: &str = r#"{"series":"A/x","kind":"effort","onset":"2018-03-05","end":"2018-09-03","noticed":"2018-12-31"}"#;
    const DIP: &str = r#"{"series":"A/x","kind":"transient","onset":"2018-03-05","end":"2018-04-02"}"#;

    #[test]
    fn pages_are_right_or_false_by_the_rules_of_the_benchmark() {
        // Truth, what was said, and: false pages, weeks to an open alert, weeks to a page.
        let page = |at: &str| format!("{at} 1 fired effort 2018-02-26");
        let table = [
            (NONE, String::new(), (0, None, None)),
            (NONE, page("2018-03-12"), (1, None, None)),
            // Before and after the window nothing counts.
            (NONE, page("2016-12-26"), (0, None, None)),
            (NONE, page("2020-01-06"), (0, None, None)),
            // Within eight weeks it is the same false page; at eight weeks another one.
            (NONE, format!("{}\n{}", page("2018-03-12"), "2018-04-30 1 escalated effort"), (1, None, None)),
            (NONE, format!("{}\n{}", page("2018-03-12"), "2018-05-07 1 escalated effort"), (2, None, None)),
            (NONE, format!("{}\n{}", page("2018-03-12"), "2018-05-14 1 reopened effort"), (1, None, None)),
            // A notice is no page, a silence of the whole jurisdiction neither.
            (NONE, "2018-03-12 1 noted deterrence".to_owned(), (0, None, None)),
            // A slip: at the onset, at the end of 26 weeks, a week later.
            (SLIP, page("2018-03-05"), (0, Some(0), Some(0))),
            (SLIP, page("2018-09-03"), (0, Some(26), Some(26))),
            (SLIP, page("2018-09-10"), (0, None, None)),
            // A false page that still stands finds the slip, without a new page.
            (SLIP, page("2018-02-26"), (1, Some(0), None)),
            (SLIP, format!("{}\n2018-03-26 1 escalated effort", page("2018-02-26")), (1, Some(0), Some(3))),
            (SLIP, format!("{}\n2018-03-05 1 recovered effort", page("2018-02-26")), (1, None, None)),
            (SLIP, format!("{}\n2018-03-12 1 recovered effort", page("2018-02-26")), (1, Some(0), None)),
            // Between two closes of weeks nothing is open at the end of one.
            (SLIP, "2018-03-14 1 fired effort\n2018-03-16 1 recovered effort".to_owned(), (0, None, Some(1))),
            // What follows a standing slip is never false; what follows one that ended is, after eight weeks.
            (SLIP, page("2019-06-03"), (0, None, None)),
            (ENDED, page("2018-10-29"), (0, None, None)),
            (ENDED, page("2018-11-05"), (1, None, None)),
            (DIP, page("2018-02-26"), (1, None, None)),
            (DIP, page("2018-05-28"), (0, None, None)),
            (DIP, page("2018-06-04"), (1, None, None)),
        ];
        for (truth, said, want) in table {
            let score = scored(truth, &said);
            let slip = score.slips.first();
            let weeks = |days: Option<i32>| days.map(|days| days / 7);
            let got = (
                score.false_pages,
                weeks(slip.and_then(|slip| slip.open_days)),
                weeks(slip.and_then(|slip| slip.page.as_ref()).map(|page| page.delay_days)),
            );
            assert_eq!(got, want, "{truth}\n{said}");
        }
    }

    #[test]
    fn exposure_is_the_time_in_which_a_page_would_be_false() {
        let all = day("2019-12-30").0 - day("2017-01-02").0;
        let before = day("2018-03-05").0 - day("2017-01-02").0;
        let after = |end: &str| day("2019-12-30").0 - day(end).0 - 56;
        let twice = format!("{ENDED}\n{}", r#"{"series":"A/x","kind":"yield","onset":"2018-10-01","end":"2019-01-07"}"#);
        let table = [
            (NONE, all),
            (SLIP, before),
            (ENDED, before + after("2018-09-03")),
            (DIP, before + after("2018-04-02")),
            // The grace of the first reaches into the second.
            (&twice, before + after("2019-01-07")),
            (r#"{"series":"A/x","kind":"reporting","onset":"2018-03-05","end":"2018-04-02"}"#, all),
            (r#"{"series":"A/x","kind":"effort","onset":"2016-03-07"}"#, 0),
        ];
        for (truth, want) in table {
            assert_eq!(scored(truth, "").exposure_days, want, "{truth}");
        }
    }

    #[test]
    fn a_page_is_asked_for_kind_onset_and_lead_and_again_after_eight_weeks() {
        let said = "2018-04-02 1 fired effort 2018-02-26\n2018-05-28 1 reclassified displacement\n2018-06-04 1 reclassified yield\n2018-08-06 1 recalled yield";
        let score = scored(ENDED, said);
        let page = score.slips[0].page.clone().unwrap();
        assert_eq!((page.kind, page.kind_later, page.onset_error_days), ("effort", "displacement", Some(-7)));
        assert_eq!((page.lead_days, page.is_recalled), (Some(day("2018-12-31").0 - day("2018-04-02").0), true));
        // Recalled after the slip had ended is another matter.
        let late = scored(ENDED, "2018-04-02 1 fired effort\n2018-10-01 1 recalled effort");
        assert!(!late.slips[0].page.as_ref().unwrap().is_recalled);
    }

    #[test]
    fn what_was_said_first_is_named() {
        let blackout = r#"{"series":"A/x","kind":"reporting","onset":"2018-03-05","end":"2018-04-02"}"#;
        let table = [
            (NONE, "", ("none", "none")),
            (NONE, "2018-03-12 1 fired effort", ("none", "page")),
            // A change that nobody should be called for: a page is false whenever it comes.
            (r#"{"series":"A/x","kind":"none","onset":"2018-03-05"}"#, "2018-03-12 1 fired effort", ("none", "page")),
            (SLIP, "", ("effort", "none")),
            (SLIP, "2018-03-12 1 noted deterrence", ("effort", "deterrence")),
            (SLIP, "2018-03-12 1 noted deterrence\n2018-04-02 2 fired yield", ("effort", "yield")),
            (blackout, "2018-03-12 1 noted reporting\n2018-04-09 1 ended reporting", ("reporting", "reporting")),
            (blackout, "2018-02-12 1 noted reporting\n2018-03-05 1 ended reporting", ("reporting", "none")),
        ];
        for (truth, said, want) in table {
            assert_eq!(scored(truth, said).named, [want], "{truth}\n{said}");
        }
    }

    #[test]
    fn alerts_stand_while_the_slip_does_and_close_after_it() {
        // After 26 and 52 weeks; closed 8 and 26 weeks after the end.
        let fired = "2018-04-02 1 fired effort";
        let table = [
            (SLIP, fired.to_owned(), [Some(true), Some(true)], [None, None]),
            (SLIP, format!("{fired}\n2018-10-15 1 recovered effort"), [Some(true), Some(false)], [None, None]),
            (SLIP, format!("{fired}\n2018-09-24 1 recovered effort"), [Some(false), Some(false)], [None, None]),
            (SLIP, "2018-12-03 1 fired effort".to_owned(), [None, None], [None, None]),
            (ENDED, fired.to_owned(), [None, None], [Some(false), Some(false)]),
            (ENDED, format!("{fired}\n2018-10-29 1 recovered effort"), [None, None], [Some(true), Some(true)]),
            (ENDED, format!("{fired}\n2018-11-05 1 recovered effort"), [None, None], [Some(false), Some(true)]),
            (ENDED, format!("{fired}\n2018-08-06 1 recovered effort"), [None, None], [None, None]),
        ];
        for (truth, said, standing, resolved) in table {
            let slip = &scored(truth, &said).slips[0];
            assert_eq!((slip.standing, slip.resolved), (standing, resolved), "{truth}\n{said}");
        }
        let twice = scored(SLIP, "2018-04-02 1 fired effort\n2018-06-04 1 recovered effort\n2018-07-02 1 reopened effort");
        assert_eq!(twice.slips[0].firings, 2);
        assert!(!twice.slips[0].is_cut && scored(r#"{"series":"A/x","kind":"effort","onset":"2019-08-05"}"#, "").slips[0].is_cut);
    }

    #[test]
    fn what_is_said_of_a_jurisdiction_is_said_of_its_series() {
        let own = SeriesHeard { spoken: spoken("2018-04-02 1 fired effort"), ..SeriesHeard::default() };
        let of_all = spoken("2018-03-12 2 noted reporting");
        let changes: Vec<&str> = merged(Some(&own), Some(&of_all)).iter().map(|one| one.change).collect();
        assert_eq!(changes, ["noted", "fired"]);
        assert!(merged(None, None).is_empty());
    }
}
