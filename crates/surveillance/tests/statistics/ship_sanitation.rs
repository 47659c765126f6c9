//! The shift of a hit rate on a real series: failed inspections of cruise ships by week, 2007 to 2015.
//!
//! What is expected is dated in the project's ground truth: failures are 1 to 3 a year until 2011, then 7, 17, 13 in 2012 to 2014
//! and 5 in 2015, at a constant 240 to 254 inspections, the shift lasting from July 2012 to September 2014. What must never enter: a
//! window chosen for its result.

use surveillance::statistics::{Proportion, hit_rate_shift};

const WEEKS: &str = include_str!("../vectors/ship_sanitation_weeks.csv");
/// Two years of weeks before the newest ones, so that there is a rate to shift.
const BEFORE_WEEKS_MIN: usize = 104;
/// Weeks from that of 2007-01-01 on.
const JULY_2012: usize = 287;
const JANUARY_2013: usize = 313;
const JANUARY_2014: usize = 365;
const OCTOBER_2014: usize = 404;

fn weeks() -> Vec<Proportion> {
    let row = |line: &str| {
        let (hits, trials) = line.split_once(',')?;
        Proportion::new(hits.parse().ok()?, trials.parse().ok()?)
    };
    let rows = WEEKS.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| row(line).unwrap()).collect()
}

/// The closes (number of weeks told) at which the newest weeks have shifted against all before them.
fn shifted(newest_weeks: usize) -> Vec<usize> {
    let weeks = weeks();
    let shifts = |end: &usize| {
        let (before, newest) = weeks[..*end].split_at(end - newest_weeks);
        hit_rate_shift(newest, before).is_some_and(|shift| shift.is_shift() && shift.difference.difference > 0.0)
    };
    (BEFORE_WEEKS_MIN + newest_weeks..=weeks.len()).filter(shifts).collect()
}

#[test]
fn the_weeks_are_all_there() {
    let all: Proportion = weeks().into_iter().sum();
    assert_eq!((weeks().len(), all.hits(), all.trials()), (471, 52, 2073));
}

#[test]
fn failures_shift_when_they_did_and_at_no_other_time() {
    for newest_weeks in [13, 26] {
        let shifted = shifted(newest_weeks);
        let (first, last) = (*shifted.first().unwrap(), *shifted.last().unwrap());
        assert!((JULY_2012..JANUARY_2013).contains(&first), "{newest_weeks}: first at {first}");
        // The newest weeks leave the shift behind as long after its end as there are of them.
        assert!((JANUARY_2014..=OCTOBER_2014 + newest_weeks).contains(&last), "{newest_weeks}: last at {last}");
    }
}

#[test]
fn most_of_the_worst_year_is_seen() {
    let in_2013 = shifted(26).into_iter().filter(|close| (JANUARY_2013..JANUARY_2014).contains(close)).count();
    assert!(in_2013 >= 26, "{in_2013} closes of 52");
}
