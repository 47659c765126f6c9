//! Long erosion on a real series: binding citations of Massachusetts against the frozen reference 2003–2007, as §6.1 gives it.
//!
//! Weeks are those of `ma_life`, numbered from the one that begins on 2001-12-31. What must never enter: an expectation from a run.

use surveillance::statistics::{CountedWeek, EVALUATED_EVERY_WEEKS, ErosionPhase, ErosionTurn, LongLevel, RatioInterval};

use crate::{rows, vector, whole};

/// First weeks of the ISO years that the expectation names.
const YEAR_2003: usize = 52;
const YEAR_2008: usize = 313;
const OCTOBER_2010: i64 = 456;
const YEAR_2011: usize = 470;
const OCTOBER_2011: i64 = 509;
const NOVEMBER_2011: i64 = 513;

fn counted() -> Vec<CountedWeek> {
    rows(&vector("ma_life")["counts"]).iter().map(|count| CountedWeek { count: whole(count), exposure: 1.0 }).collect()
}

/// The year that ends before week `end`, against the reference.
fn year_to(end: usize, weeks: &[CountedWeek]) -> RatioInterval {
    let reference = LongLevel::of(&weeks[YEAR_2003..YEAR_2008]).unwrap();
    LongLevel::of(&weeks[end - 52..end]).unwrap().against(&reference).unwrap()
}

/// The text prints .855 [.78, .93] for January 2011, and not on which week of it the year ends.
#[test]
fn the_level_of_2010_is_the_one_written_down() {
    let seen = year_to(YEAR_2011, &counted());
    assert!((seen.ratio - 0.855).abs() < 0.002 && (seen.low - 0.78).abs() < 0.01 && (seen.high - 0.93).abs() < 0.01, "{seen:?}");
}

/// First warning in the last quarter of 2010, critical from October 2011, to a week, whichever week of four the evaluations fall on.
#[test]
fn it_warns_in_the_last_quarter_of_2010_and_is_critical_from_october_2011() {
    let weeks = counted();
    for offset in 0..EVALUATED_EVERY_WEEKS {
        let mut phase = ErosionPhase::default();
        let mut turns = Vec::new();
        for end in (YEAR_2008 + 52..weeks.len()).filter(|&end| end as i64 % EVALUATED_EVERY_WEEKS == offset) {
            let (next, turn) = phase.next(Some(year_to(end, &weeks)));
            phase = next;
            turns.extend(turn.map(|turn| (end as i64, turn)));
        }
        let [(warned, ErosionTurn::Warned), (critical, ErosionTurn::Critical), ..] = turns[..] else { panic!("{turns:?}") };
        assert!((OCTOBER_2010..YEAR_2011 as i64).contains(&warned), "offset {offset}: {turns:?}");
        assert!((OCTOBER_2011 - 1..=NOVEMBER_2011).contains(&critical), "offset {offset}: {turns:?}");
        // It stands to the end of the log: the level never came back.
        assert_eq!(turns.len(), 2, "offset {offset}: {turns:?}");
    }
}
