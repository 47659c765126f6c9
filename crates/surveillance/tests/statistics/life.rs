//! The rules that stand on the statistics: erosion's phases, breaks in a mix, gaps, what has no value.

use surveillance::statistics::{
    BeforeAfter, Capture, CountedWeek, Declared, ErosionPhase, ErosionTurn, Excess, Listing, LongLevel, Proportion, Quotient, Range, Rate,
    RatioInterval, Survival, Wait, WaitEnd, WaitQuantile, backlog, concentration, definition_break, e_benjamini_hochberg, hit_rate_shift,
    mann_kendall, theil_sen, wait_growth,
};

fn seen(ratio: f64, high: f64) -> Option<RatioInterval> {
    Some(RatioInterval { ratio, low: ratio * ratio / high, high })
}

#[test]
fn every_phase_of_erosion_answers_every_evaluation() {
    use ErosionPhase::{Critical, Steady, Warning};
    let looks = [
        ("nothing", None),
        ("level", seen(1.0, 1.1)),
        ("between", seen(0.93, 0.99)),
        ("low", seen(0.88, 0.94)),
        ("critical", seen(0.80, 0.84)),
    ];
    let critical = (Critical { back: 0 }, Some(ErosionTurn::Critical));
    let warned = (Warning { back: 0 }, Some(ErosionTurn::Warned));
    let ended = (Steady { low: 0 }, Some(ErosionTurn::Ended));
    let stays = |phase| (phase, None);
    let table = [
        (
            Steady { low: 0 },
            [stays(Steady { low: 0 }), stays(Steady { low: 0 }), stays(Steady { low: 0 }), stays(Steady { low: 1 }), critical],
        ),
        (Steady { low: 1 }, [stays(Steady { low: 1 }), stays(Steady { low: 0 }), stays(Steady { low: 0 }), warned, critical]),
        (
            Warning { back: 0 },
            [stays(Warning { back: 0 }), stays(Warning { back: 1 }), stays(Warning { back: 0 }), stays(Warning { back: 0 }), critical],
        ),
        (Warning { back: 1 }, [stays(Warning { back: 1 }), ended, stays(Warning { back: 0 }), stays(Warning { back: 0 }), critical]),
        (
            Critical { back: 0 },
            [
                stays(Critical { back: 0 }),
                stays(Critical { back: 1 }),
                stays(Critical { back: 0 }),
                stays(Critical { back: 0 }),
                stays(Critical { back: 0 }),
            ],
        ),
        (
            Critical { back: 1 },
            [stays(Critical { back: 1 }), ended, stays(Critical { back: 0 }), stays(Critical { back: 0 }), stays(Critical { back: 0 })],
        ),
    ];
    for (phase, row) in table {
        for ((name, look), want) in looks.into_iter().zip(row) {
            assert_eq!(phase.next(look), want, "{phase:?} sees {name}");
        }
    }
    // The bounds themselves: at .90 a ratio is low, at .95 an upper end is not, nor is .95 back.
    assert_eq!(Steady { low: 0 }.next(seen(0.90, 0.949)).0, Steady { low: 1 });
    assert_eq!(Steady { low: 0 }.next(seen(0.90, 0.95)).0, Steady { low: 0 });
    assert_eq!(Warning { back: 1 }.next(seen(0.95, 1.0)).0, Warning { back: 0 });
}

fn weeks(count: usize, each: u64) -> Vec<CountedWeek> {
    vec![CountedWeek { count: each, exposure: 2.0 }; count]
}

#[test]
fn a_level_needs_a_year_and_a_reference_needs_a_count() {
    assert_eq!(LongLevel::of(&weeks(51, 3)), None);
    assert_eq!(LongLevel::of(&[CountedWeek { count: 3, exposure: 0.0 }; 52]), None);
    assert_eq!(LongLevel::of(&[CountedWeek { count: 3, exposure: f64::NAN }; 52]), None);
    let none = LongLevel::of(&weeks(52, 0)).unwrap();
    let some = LongLevel::of(&weeks(60, 3)).unwrap();
    assert_eq!(some.against(&none), None);
    // None where 156 were expected: the upper end is Garwood's for none, 3.6889, over them.
    let fallen = none.against(&some).unwrap();
    assert_eq!((fallen.ratio, fallen.low), (0.0, 0.0));
    assert!((fallen.high - 3.688_879_454_113_936 / 156.0).abs() < 1e-12, "{fallen:?}");
}

#[test]
fn weeks_beyond_the_last_quarter_count_for_the_rate_alone() {
    let mut longer = weeks(52, 30);
    let whole = LongLevel::of(&longer).unwrap();
    longer.extend(weeks(12, 0));
    let longer = LongLevel::of(&longer).unwrap();
    assert!(longer.rate() < whole.rate());
    assert_eq!(longer.variance.to_bits(), whole.variance.to_bits());
}

#[test]
fn a_definition_break_needs_points_and_certainty() {
    let mix = |before: (u64, u64), now: (u64, u64)| {
        let mut weeks = vec![Proportion::new(before.0, before.1).unwrap(); 52];
        weeks.extend(vec![Proportion::new(now.0, now.1).unwrap(); 13]);
        definition_break(&weeks).unwrap()
    };
    assert!(mix((30, 100), (45, 100)).is_break());
    assert!(mix((30, 100), (15, 100)).is_break());
    // Certain, and less than ten points; more than ten points, and not certain.
    assert!(!mix((300, 1000), (390, 1000)).is_break());
    assert!(!mix((2, 5), (3, 5)).is_break());
    // A mix that swings by itself is its own yardstick: every other month at .2 and .6.
    let swings: Vec<Proportion> = (0..65).map(|week| Proportion::new(if week / 4 % 2 == 0 { 20 } else { 60 }, 100).unwrap()).collect();
    let swinging = definition_break(&swings).unwrap();
    assert!(swinging.dispersion > 50.0 && !swinging.is_break(), "{swinging:?}");
    assert_eq!(definition_break(&swings[..64]), None);
    // Nothing is looked at beyond 65 weeks.
    let mut longer = vec![Proportion::new(99, 100).unwrap(); 20];
    longer.extend(&swings);
    assert_eq!(definition_break(&longer), Some(swinging));
}

/// The Pearson dispersion by hand: two four-week lots of 40 at shares .25 and .75 have χ² 20 on 1 degree of freedom.
#[test]
fn the_dispersion_of_a_mix_is_pearson_s() {
    let lots = [Proportion::new(10, 40).unwrap(), Proportion::new(30, 40).unwrap()];
    let shift = surveillance::statistics::share_shift(Proportion::new(20, 40).unwrap(), &lots).unwrap();
    assert!((shift.dispersion - 20.0).abs() < 1e-12, "{shift:?}");
    assert_eq!(shift.z, 0.0);
}

fn hits(weeks: usize, each: (u64, u64)) -> Vec<Proportion> {
    vec![Proportion::new(each.0, each.1).unwrap(); weeks]
}

#[test]
fn a_hit_rate_shifts_by_both_tests_and_not_on_few_trials() {
    let shifts = |newest: &[Proportion], before: &[Proportion]| hit_rate_shift(newest, before).is_some_and(|shift| shift.is_shift());
    assert!(shifts(&hits(13, (4, 5)), &hits(52, (1, 5))));
    assert!(shifts(&hits(26, (0, 5)), &hits(52, (2, 5))));
    assert!(!shifts(&hits(13, (1, 5)), &hits(52, (1, 5))));
    assert_eq!(hit_rate_shift(&hits(13, (2, 2)), &hits(52, (0, 2))), None);
    assert_eq!(hit_rate_shift(&hits(52, (2, 2)), &hits(13, (0, 2))), None);
    // Few hits, 3 of 30 after 1 of 150: z is beyond 1 %, and the exact test (.015, scipy) is not.
    let newest = [hits(3, (1, 2)), hits(12, (0, 2))].concat();
    let before = [hits(1, (1, 3)), hits(49, (0, 3))].concat();
    let few = hit_rate_shift(&newest, &before).unwrap();
    assert!(few.shift.z > 2.6 && (few.difference.p_exact - 0.015).abs() < 5e-4 && !few.is_shift(), "{few:?}");
}

/// Two weeks more than thirteen lots: they join the oldest, so that no week is lost and no lot is of two weeks.
#[test]
fn weeks_left_over_join_the_oldest_lot() {
    let mut before = vec![Proportion::new(10, 10).unwrap(); 2];
    before.extend(hits(8, (2, 10)));
    let shift = hit_rate_shift(&hits(13, (3, 10)), &before).unwrap().shift;
    assert!((shift.before - 0.36).abs() < 1e-12, "{shift:?}");
    // Lots of 60 at 28 hits and 40 at 8, around .36: χ² = 2.964 + 4.444 on one degree of freedom.
    let chi_square = 6.4 * 6.4 / (60.0 * 0.36 * 0.64) + 6.4 * 6.4 / (40.0 * 0.36 * 0.64);
    assert!((shift.dispersion - chi_square).abs() < 1e-12, "{shift:?}");
}

#[test]
fn none_of_any_number_begins_at_zero_and_all_end_at_one() {
    for trials in 1..400 {
        let (none, all) = (Proportion::new(0, trials).unwrap(), Proportion::new(trials, trials).unwrap());
        assert_eq!((none.wilson().unwrap().low, none.exact().unwrap().low), (0.0, 0.0));
        assert_eq!((all.wilson().unwrap().high, all.exact().unwrap().high), (1.0, 1.0));
    }
}

#[test]
fn nothing_is_said_of_nothing() {
    let none = Proportion::new(0, 0).unwrap();
    assert_eq!((none.share(), none.wilson(), none.exact()), (None, None, None));
    assert_eq!(Proportion::new(2, 1), None);
    for exposure in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Rate::new(1, exposure), None);
    }
    let zero = Rate::new(0, 1.0).unwrap();
    assert_eq!(zero.compared_with(zero), None);
    assert_eq!(concentration(&[1, 2, 3]), None);
    assert_eq!(concentration(&[0; 4]), None);
    assert_eq!(mann_kendall(&[Some(1.0), None, Some(2.0)]), None);
    assert_eq!(theil_sen(&[Some(1.0), Some(f64::NAN), Some(2.0), Some(3.0)]), None);
    assert_eq!(Capture::new(3, 4, 4), None);
    assert!(e_benjamini_hochberg(&[], 0.1).is_empty());
    assert!(e_benjamini_hochberg(&[100.0], 0.0).is_empty());
    let same = BeforeAfter { before: 40, after: 50 };
    assert_eq!(Quotient::of(same, BeforeAfter { before: 1, after: 9 }, same), None);
}

#[test]
fn a_flag_without_detentions_is_not_good_before_fifty_inspections() {
    let excess = Excess::default();
    let listing = |hits, trials| excess.listing(Proportion::new(hits, trials).unwrap());
    assert_eq!(listing(0, 29), None);
    for trials in 30..50 {
        assert!(matches!(listing(0, trials), Some(Listing::Grey(_))), "{trials}");
    }
    assert!(matches!(listing(0, 50), Some(Listing::White(_))));
    // On a limit exactly there is none: counts are whole. Everything detained is black, and has a factor.
    let Some(Listing::Black(factor)) = listing(30, 30) else { panic!("all detained") };
    assert!(factor > 20.0, "{factor}");
}

#[test]
fn a_gap_needs_even_the_lowest_estimate() {
    let estimate = Range::new(200.0, 260.0, 400.0).unwrap();
    assert!(Declared::over(99.0, estimate).unwrap().is_gap());
    assert!(!Declared::over(100.0, estimate).unwrap().is_gap());
    let open = Declared::over(1.0, Range::new(0.0, 10.0, 20.0).unwrap()).unwrap();
    assert_eq!((open.high, open.is_gap()), (None, false));
    assert_eq!(Declared::over(-1.0, estimate), None);
    for (low, central, high) in [(2.0, 1.0, 3.0), (-1.0, 1.0, 2.0), (0.0, 0.0, 0.0), (1.0, 2.0, f64::INFINITY), (f64::NAN, 1.0, 2.0)] {
        assert_eq!(Range::new(low, central, high), None);
    }
    // Barrels per tonne from 7.5 to 9.2 make 200–400 tonnes 1500–3680 barrels: the upper end grows, the lower shrinks.
    let barrels = estimate.converted(Range::new(7.5, 8.33, 9.2).unwrap()).unwrap();
    let declared = Declared::over(750.0, barrels).unwrap();
    assert!((declared.high.unwrap() - 0.5).abs() < 1e-12 && (declared.low - 750.0 / 3680.0).abs() < 1e-12);
}

fn waits(ended: &[u32], waiting: &[u32]) -> Vec<Wait> {
    let all = |days: &[u32], end| days.iter().map(move |&days| Wait { days, end }).collect::<Vec<_>>();
    [all(ended, WaitEnd::Ended), all(waiting, WaitEnd::Waiting)].concat()
}

#[test]
fn waits_are_counted_open_and_over_and_ten_make_a_statement() {
    let ten = waits(&[1, 1, 2, 2, 3, 3, 4, 5], &[3, 9]);
    assert_eq!(Survival::of(&ten[..9]), None);
    let survival = Survival::of(&ten).unwrap();
    assert_eq!(survival.quantile(0.5), WaitQuantile::Days(3));
    assert_eq!(survival.quantile(0.9), WaitQuantile::MoreThan(9));
    let open = backlog(&ten, 5);
    assert_eq!((open.waiting, open.overdue), (2, 1));
    assert_eq!(backlog(&ten, 9).overdue, 0);
    // All over: the last step is 0 and has no interval.
    let over = Survival::of(&waits(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[])).unwrap();
    assert_eq!(over.quantile(0.9), WaitQuantile::Days(9));
    let last = over.steps().last().unwrap();
    assert_eq!((last.waiting, last.interval), (0.0, None));
    assert!(matches!(over.quantile_low(0.9), WaitQuantile::Days(days) if days < 9));
    assert_eq!(over.quantile_high(0.95), WaitQuantile::MoreThan(10));
}

#[test]
fn growth_needs_a_known_past() {
    let short = waits(&[1; 40], &[]);
    let long = waits(&[9; 40], &[]);
    assert!(wait_growth(&long, &short).unwrap().has_grown());
    assert!(!wait_growth(&short, &long).unwrap().has_grown());
    // What still waits makes the growth, and what always waited so long does not.
    let stuck = waits(&[1; 4], &[20; 30]);
    assert!(wait_growth(&stuck, &short).unwrap().has_grown());
    assert!(!wait_growth(&stuck, &stuck).unwrap().has_grown());
    assert_eq!(wait_growth(&short[..9], &short), None);
}

#[test]
fn the_digest_keeps_the_order_of_ties_and_never_lists_what_is_no_number() {
    let nats = [8.0, f64::NAN, 9.0, 8.0, -1e9, 1e300];
    assert_eq!(e_benjamini_hochberg(&nats, 0.1), [5, 2, 0, 3]);
}
