//! Pirate attacks on three routes: displacement by the quotient of `detection.md` 6.7. Expectations P1 to P5 of
//! `tests/expectations/pirate-attacks.md`.
//!
//! Must never enter: an intervention, a window or a route that was chosen after its quotient was seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::OnceLock,
};
use surveillance::statistics::{BeforeAfter, Quotient};
use tests::real::Real;
use vocab::time::Day;

pub(crate) fn shipped() -> Real {
    Real::shipped("pirate-attacks", "tests/data/pirate-attacks/attacks.csv.gz").unwrap()
}

/// Days of attacks by route; rows that say the same word for word are one attack.
fn attacks() -> &'static BTreeMap<String, Vec<Day>> {
    static ATTACKS: OnceLock<BTreeMap<String, Vec<Day>>> = OnceLock::new();
    ATTACKS.get_or_init(|| {
        let mut told = BTreeSet::new();
        let mut attacks = BTreeMap::<String, Vec<Day>>::new();
        for (_, event) in shipped().events().unwrap() {
            if told.insert(event.source_record_id.clone()) {
                attacks.entry(event.jurisdiction.unwrap().to_string()).or_default().push(event.occurred.day);
            }
        }
        attacks
    })
}

fn count(route: &str, days: &Range<Day>) -> u64 {
    attacks()[route].iter().filter(|day| days.contains(day)).count() as u64
}

pub(crate) fn around(route: &str, day: Day, weeks: [i32; 2]) -> BeforeAfter {
    let [before, after] = weeks.map(|weeks| 7 * weeks);
    BeforeAfter { before: count(route, &(day.plus(-before)..day)), after: count(route, &(day..day.plus(after))) }
}

/// The quotient of (treated, neighbour) against all other seas, from the statistic alone.
fn quotient(routes: [&str; 2], day: &str, weeks: [i32; 2]) -> Quotient {
    let day = Day::parse(day).unwrap();
    let [treated, neighbour] = routes.map(|route| around(route, day, weeks));
    Quotient::of(treated, neighbour, around("OTHER", day, weeks)).unwrap()
}

/// In words, to two decimals: the change of the treated route (ln, against the control), the quotient, its interval, and whether
/// that is displacement.
fn told(quotient: &Quotient) -> String {
    let Quotient { quotient: value, interval, treated_change } = quotient;
    let interval = interval.map_or("no interval".to_owned(), |interval| format!("[{:.2}, {:.2}]", interval.low, interval.high));
    let verdict = if quotient.is_displacement() { "displacement" } else { "none said" };
    format!("treated {treated_change:+.2}: {value:.2} {interval}, {verdict}")
}

/// What the shipped pack declares: label, (treated, neighbour), day. The control is OTHER.
pub(crate) const INTERVENTIONS: [(&str, [&str; 2], &str); 3] = [PATROLS, OPERATION, ITS_END];
const PATROLS: (&str, [&str; 2], &str) = ("coordinated patrols of the Malacca Strait", ["MALACCA", "SOMALIA"], "2004-07-01");
const OPERATION: (&str, [&str; 2], &str) = ("European naval operation off Somalia", ["SOMALIA", "GUINEA"], "2008-12-01");
const ITS_END: (&str, [&str; 2], &str) = ("end of NATO's operation off Somalia", ["SOMALIA", "GUINEA"], "2016-12-01");
const NEAR: [i32; 2] = [104, 104];
const FAR: [i32; 2] = [208, 208];

/// P1. The notes count each row; of rows that say the same, the product counts one.
#[test]
fn the_routes_of_the_mapping_are_those_of_the_notes() {
    let mut rows = BTreeMap::<(String, String), u64>::new();
    for (_, event) in shipped().events().unwrap() {
        let year = event.occurred.day.to_string()[..4].to_owned();
        *rows.entry((event.jurisdiction.unwrap().to_string(), year)).or_default() += 1;
    }
    let notes = [
        ("SOMALIA", [("2006", 29), ("2009", 215), ("2011", 195), ("2013", 17)].as_slice()),
        ("GUINEA", &[("2006", 16), ("2012", 51), ("2018", 74), ("2020", 67)]),
        ("MALACCA", &[("2000", 219), ("2009", 54), ("2015", 136)]),
    ];
    for (route, years) in notes {
        for (year, noted) in years {
            assert_eq!(rows[&(route.to_owned(), (*year).to_owned())], *noted, "{route} in {year}");
        }
    }
    assert_eq!(attacks().values().map(Vec::len).sum::<usize>(), 7_434, "of 7,511 rows");
}

/// P2. Near as expected; far not: the other seas fell as much as the strait, so there is no change of its own to divide by.
#[test]
fn malacca_did_not_fall_against_the_other_seas() {
    let (_, routes, day) = PATROLS;
    assert_eq!(told(&quotient(routes, day, NEAR)), "treated +0.27: 4.60 [2.37, 40.25], none said");
    assert_eq!(told(&quotient(routes, day, FAR)), "treated -0.07: -15.05 no interval, none said");
}

/// P3. The quotient near is below −.5 with its interval below 0, because what was treated rose and its neighbour did not: no
/// displacement, since nothing fell that could have moved.
#[test]
fn a_treated_route_that_rose_displaced_nothing() {
    let (_, routes, day) = OPERATION;
    assert_eq!(told(&quotient(routes, day, NEAR)), "treated +0.32: -2.45 [-17.29, -0.87], none said");
    assert_eq!(told(&quotient(routes, day, FAR)), "treated +0.69: -0.18 [-0.67, 0.19], none said");
}

/// P4. Near as expected; far not: the change of the treated route can only just be told from none (21 attacks against 42), and the
/// interval reaches from −419 to −.38.
#[test]
fn what_the_end_of_an_operation_displaced() {
    let (_, routes, day) = ITS_END;
    assert_eq!(told(&quotient(routes, day, NEAR)), "treated +0.92: 0.87 [0.38, 6.75], none said");
    assert_eq!(told(&quotient(routes, day, FAR)), "treated -0.54: -1.05 [-418.81, -0.38], displacement");
}
