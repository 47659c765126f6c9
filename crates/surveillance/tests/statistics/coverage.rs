//! How often the intervals hold the truth, in simulations with printed seeds; the bars are the figures the method states, less chance.
//!
//! What must never enter: a bar that was lowered until the test passed.

use surveillance::statistics::{
    BeforeAfter, Capture, CountedWeek, ErosionPhase, ErosionTurn, LongLevel, Proportion, Quotient, Rate, Wait, WaitEnd, difference,
    hit_rate_shift, wait_growth,
};

use crate::chance::Chance;

const RUNS: u32 = 2000;

/// The share of runs in which `holds`, which is given chance.
fn share(seed: u64, holds: impl Fn(&mut Chance) -> bool) -> f64 {
    let mut chance = Chance::new(seed);
    let held = (0..RUNS).filter(|_| holds(&mut chance)).count();
    held as f64 / f64::from(RUNS)
}

fn year(chance: &mut Chance, weeks: usize, mean: f64) -> LongLevel {
    let weeks: Vec<CountedWeek> = (0..weeks).map(|_| CountedWeek { count: chance.mixed(mean, 20.0), exposure: 1.0 }).collect();
    LongLevel::of(&weeks).unwrap()
}

/// §6.1: .94 on gamma-mixed weeks with k = 20.
#[test]
fn erosion_holds_the_true_ratio_as_often_as_stated() {
    let seed = 61;
    let covered = share(seed, |chance| {
        let (newest, reference) = (year(chance, 52, 20.0 * 0.8), year(chance, 208, 20.0));
        let seen = newest.against(&reference).unwrap();
        seen.low <= 0.8 && 0.8 <= seen.high
    });
    assert!((0.92..=0.97).contains(&covered), "seed {seed}: {covered}");
}

/// Ten years of evaluations of a steady series: neither a warning nor anything critical in more than a few runs of a hundred.
#[test]
fn steady_series_seldom_erode() {
    let seed = 611;
    let mut chance = Chance::new(seed);
    let (mut warned, runs) = (0, 100);
    for _ in 0..runs {
        let reference = year(&mut chance, 104, 20.0);
        let weeks: Vec<CountedWeek> = (0..520).map(|_| CountedWeek { count: chance.mixed(20.0, 20.0), exposure: 1.0 }).collect();
        let mut phase = ErosionPhase::default();
        let mut turns = Vec::new();
        for end in (52..=520).step_by(4) {
            let (next, turn) = phase.next(LongLevel::of(&weeks[end - 52..end]).unwrap().against(&reference));
            phase = next;
            turns.extend(turn);
        }
        warned += i32::from(turns.contains(&ErosionTurn::Warned) || turns.contains(&ErosionTurn::Critical));
    }
    assert!(warned <= 5, "seed {seed}: {warned} of {runs} in ten years");
}

/// §6.7: .96 where there is an interval.
#[test]
fn the_displacement_quotient_holds_the_true_one_as_often_as_stated() {
    let seed = 67;
    let mut chance = Chance::new(seed);
    let (mut stated, mut covered) = (0, 0);
    // The treated place falls to 0.4 of the control, and half of it, on the log scale, goes next door.
    let truth = -0.5;
    let moved = libm::exp(-0.5 * libm::log(0.4));
    for _ in 0..RUNS {
        let mut place = |mean: f64, ratio: f64| BeforeAfter { before: chance.poisson(mean), after: chance.poisson(mean * ratio) };
        let (treated, neighbour, control) = (place(80.0, 0.4), place(80.0, moved), place(200.0, 1.0));
        let Some(interval) = Quotient::of(treated, neighbour, control).and_then(|quotient| quotient.interval) else { continue };
        stated += 1;
        covered += i32::from(interval.contains(truth));
    }
    let covered = f64::from(covered) / f64::from(stated);
    assert!(stated > 1900 && (0.94..=0.98).contains(&covered), "seed {seed}: {covered} of {stated}");
}

#[test]
fn exact_intervals_hold_at_least_as_often_as_they_say_and_wilson_s_about_so() {
    let seed = 62;
    for truth in [0.02, 0.1, 0.5] {
        let draw = |chance: &mut Chance| Proportion::new(chance.binomial(40, truth), 40).unwrap();
        let exact = share(seed, |chance| draw(chance).exact().unwrap().contains(truth));
        let wilson = share(seed, |chance| draw(chance).wilson().unwrap().contains(truth));
        assert!(exact >= 0.945 && wilson >= 0.91, "seed {seed}, {truth}: {exact}, {wilson}");
    }
    let garwood = share(seed, |chance| Rate::new(chance.poisson(6.0), 2.0).unwrap().garwood().contains(3.0));
    assert!(garwood >= 0.945, "seed {seed}: {garwood}");
}

#[test]
fn two_equal_proportions_or_rates_seldom_differ() {
    let seed = 63;
    let pair = |chance: &mut Chance| [60, 200].map(|trials| Proportion::new(chance.binomial(trials, 0.15), trials).unwrap());
    let tested = |chance: &mut Chance| {
        let [now, before] = pair(chance);
        difference(now, before).unwrap()
    };
    let exact = share(seed, |chance| tested(chance).p_exact <= 0.05);
    let mid = share(seed, |chance| tested(chance).p_mid <= 0.05);
    let covered = share(seed, |chance| tested(chance).interval.contains(0.0));
    assert!(exact <= 0.055 && mid <= 0.065 && covered >= 0.93, "seed {seed}: {exact}, {mid}, {covered}");
    let rates = share(seed, |chance| {
        let (now, before) = (chance.poisson(20.0), chance.poisson(80.0));
        Rate::new(now, 1.0).unwrap().compared_with(Rate::new(before, 4.0).unwrap()).unwrap().p_exact <= 0.05
    });
    assert!(rates <= 0.055, "seed {seed}: {rates}");
}

#[test]
fn two_lists_hold_the_true_total() {
    let seed = 64;
    for (total, shares) in [(280, (0.2, 0.15)), (60, (0.5, 0.4)), (1500, (0.1, 0.1))] {
        let covered = share(seed, |chance| {
            let (mut first, mut second, mut both) = (0, 0, 0);
            for _ in 0..total {
                let (in_first, in_second) = (chance.unit() < shares.0, chance.unit() < shares.1);
                first += u64::from(in_first);
                second += u64::from(in_second);
                both += u64::from(in_first && in_second);
            }
            Capture::new(first, second, both).unwrap().estimate().interval.contains(f64::from(total))
        });
        assert!(covered >= 0.94, "seed {seed}, {total}: {covered}");
    }
}

/// Hits that come in bunches (a share that varies from week to week): the exact test alone would cry in more than one run of ten.
#[test]
fn bunched_hits_are_no_shift() {
    let seed = 65;
    let weeks = |chance: &mut Chance, count: usize, share: f64| -> Vec<Proportion> {
        (0..count)
            .map(|_| {
                let trials = chance.poisson(20.0);
                let share = (share * chance.gamma(3.0)).min(1.0);
                Proportion::new(chance.binomial(trials, share), trials).unwrap()
            })
            .collect()
    };
    let steady = |chance: &mut Chance| hit_rate_shift(&weeks(chance, 13, 0.2), &weeks(chance, 78, 0.2)).unwrap();
    let naive = share(seed, |chance| steady(chance).difference.p_exact <= 0.01);
    let ours = share(seed, |chance| steady(chance).is_shift());
    assert!(naive > 0.04 && ours < 0.03 && ours < naive / 2.0, "seed {seed}: {naive} naive, {ours} ours");
    let found = share(seed, |chance| hit_rate_shift(&weeks(chance, 26, 0.35), &weeks(chance, 78, 0.2)).unwrap().is_shift());
    assert!(found > 0.85, "seed {seed}: {found}");
}

fn entries(chance: &mut Chance, weeks: (u32, u32), per_week: f64, median: f64) -> Vec<Wait> {
    let (from, to) = weeks;
    let count = chance.poisson(per_week * f64::from(from - to));
    (0..count)
        .map(|_| {
            let age = 7.0 * (f64::from(to) + chance.unit() * f64::from(from - to));
            let wait = median * libm::exp(0.8 * chance.normal());
            let end = if wait <= age { WaitEnd::Ended } else { WaitEnd::Waiting };
            Wait { days: wait.min(age) as u32, end }
        })
        .collect()
}

#[test]
fn waits_grow_when_they_do_and_seldom_when_not() {
    let seed = 66;
    let has_grown = |chance: &mut Chance, factor: f64| {
        let (newest, before) = (entries(chance, (4, 0), 6.0, 2.0 * factor), entries(chance, (30, 4), 6.0, 2.0));
        wait_growth(&newest, &before).is_some_and(|growth| growth.has_grown())
    };
    let chance_alone = share(seed, |chance| has_grown(chance, 1.0));
    let tripled = share(seed, |chance| has_grown(chance, 3.0));
    assert!(chance_alone <= 0.025 && tripled >= 0.8, "seed {seed}: {chance_alone}, {tripled}");
}
