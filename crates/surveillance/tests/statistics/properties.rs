//! What must hold for any numbers: order inside intervals, symmetry, order of inputs, inverses.

use proptest::prelude::prop;
use proptest::{prop_assert, prop_assert_eq, prop_assume, proptest};
use surveillance::statistics::special::{
    beta_quantile, gamma_quantile, normal_cumulative, normal_quantile, regularised_beta, regularised_gamma,
};
use surveillance::statistics::{
    BeforeAfter, Capture, NegativeBinomial, Proportion, Quotient, Rate, Survival, Wait, WaitEnd, benjamini_hochberg, benjamini_yekutieli,
    concentration, difference, e_benjamini_hochberg, mann_kendall, theil_sen,
};

proptest! {
    #[test]
    fn quantiles_undo_the_distribution_functions(a in 0.2..5000.0f64, b in 0.2..5000.0f64, share in 1e-4..0.9999f64) {
        let x = gamma_quantile(a, share).unwrap();
        prop_assert!((regularised_gamma(a, x).unwrap().lower - share).abs() < 1e-11, "{a} {share}");
        let x = beta_quantile((a, b), share).unwrap();
        prop_assert!((regularised_beta((a, b), x).unwrap().lower - share).abs() < 1e-11, "{a} {b} {share}");
        prop_assert!((normal_cumulative(normal_quantile(share).unwrap()) - share).abs() < 1e-13);
    }

    #[test]
    fn the_beta_distribution_is_its_own_mirror(a in 0.2..500.0f64, b in 0.2..500.0f64, x in 0.0..1.0f64) {
        let (one, other) = (regularised_beta((a, b), x).unwrap(), regularised_beta((b, a), 1.0 - x).unwrap());
        prop_assert!((one.lower - other.upper).abs() < 1e-11, "{a} {b} {x}");
    }

    #[test]
    fn intervals_hold_their_estimate(hits in 0..500u64, misses in 0..500u64, exposure in 0.01..1e6f64) {
        prop_assume!(hits + misses > 0);
        let of = Proportion::new(hits, hits + misses).unwrap();
        let share = of.share().unwrap();
        for interval in [of.wilson().unwrap(), of.exact().unwrap()] {
            prop_assert!(0.0 <= interval.low && interval.contains(share) && interval.high <= 1.0, "{interval:?}");
        }
        // The mirror: misses are hits of the complement.
        let mirror = Proportion::new(misses, hits + misses).unwrap().exact().unwrap();
        prop_assert!((of.exact().unwrap().low + mirror.high - 1.0).abs() < 1e-10);
        let rate = Rate::new(hits, exposure).unwrap();
        prop_assert!(rate.garwood().contains(rate.per_exposure()));
    }

    #[test]
    fn comparing_back_gives_the_inverse(a in 0..300u64, b in 0..300u64, x in 0.1..50.0f64, y in 0.1..50.0f64) {
        prop_assume!(a + b > 0);
        let (one, other) = (Rate::new(a, x).unwrap(), Rate::new(b, y).unwrap());
        let (there, back) = (one.compared_with(other).unwrap(), other.compared_with(one).unwrap());
        prop_assert!((there.p_exact - back.p_exact).abs() < 1e-8, "{} {}", there.p_exact, back.p_exact);
        prop_assert!((0.0..=1.0).contains(&there.p_exact));
        if let (Some(high), true) = (back.high, there.low > 0.0) {
            prop_assert!((there.low * high - 1.0).abs() < 1e-8);
        }
    }

    #[test]
    fn the_tests_of_a_table_do_not_depend_on_which_row_is_first(a in 0..60u64, b in 0..60u64, c in 0..60u64, d in 0..60u64) {
        prop_assume!(a + b > 0 && c + d > 0);
        let (now, before) = (Proportion::new(a, a + b).unwrap(), Proportion::new(c, c + d).unwrap());
        let (there, back) = (difference(now, before).unwrap(), difference(before, now).unwrap());
        prop_assert!((there.p_exact - back.p_exact).abs() < 1e-10);
        prop_assert!((there.p_mid - back.p_mid).abs() < 1e-10);
        prop_assert!((there.interval.low + back.interval.high).abs() < 1e-12);
        prop_assert!(there.interval.contains(there.difference));
        prop_assert!(0.0 < there.p_mid && there.p_mid < there.p_exact && there.p_exact <= 1.0);
    }

    #[test]
    fn a_negative_binomial_adds_up(mean in 0.05..60.0f64, size in 0.2..500.0f64) {
        let of = NegativeBinomial::new(mean, size).unwrap();
        let mut sum = 0.0;
        for count in 0..40 {
            sum += libm::exp(of.ln_mass(count));
            prop_assert!((sum - of.cumulative(count)).abs() < 1e-10, "{count}: {sum}");
        }
        // A share that a count reaches exactly is reached.
        prop_assert!(of.cumulative(7) >= 1.0 || of.limit(of.cumulative(7)).unwrap() <= 7);
        let limit = of.limit(0.3).unwrap();
        prop_assert!(of.cumulative(limit) >= 0.3 && (limit == 0 || of.cumulative(limit - 1) < 0.3));
    }

    #[test]
    fn the_digest_is_the_head_of_the_ranking_and_grows_with_alpha(nats in prop::collection::vec(-20.0..20.0f64, 0..40), alpha in 0.01..0.4f64) {
        let listed = e_benjamini_hochberg(&nats, alpha);
        let least = listed.iter().map(|&at| nats[at]).fold(f64::INFINITY, f64::min);
        for (at, value) in nats.iter().enumerate() {
            prop_assert_eq!(listed.contains(&at), *value >= least, "a value as large as a listed one is listed");
        }
        for pair in listed.windows(2) {
            prop_assert!(nats[pair[0]] > nats[pair[1]] || (nats[pair[0]] == nats[pair[1]] && pair[0] < pair[1]));
        }
        prop_assert!(e_benjamini_hochberg(&nats, 2.0 * alpha).len() >= listed.len());
        // The list is that of Benjamini and Hochberg on 1/E.
        let p: Vec<f64> = nats.iter().map(|nats| libm::exp(-nats)).collect();
        let capped: Vec<f64> = p.iter().map(|p| p.min(1.0)).collect();
        let plain = benjamini_hochberg(&capped).iter().filter(|&&p| p <= alpha * (1.0 - 1e-12)).count();
        prop_assert!(listed.len() >= plain);
        prop_assert!(benjamini_hochberg(&capped).iter().zip(benjamini_yekutieli(&capped)).all(|(bh, by)| *bh <= by));
    }

    #[test]
    fn turning_time_round_turns_the_trend(values in prop::collection::vec(-5..5i32, 3..30)) {
        let forth: Vec<Option<f64>> = values.iter().map(|&value| Some(f64::from(value))).collect();
        let back: Vec<Option<f64>> = forth.iter().rev().copied().collect();
        let (there, turned) = (mann_kendall(&forth).unwrap(), mann_kendall(&back).unwrap());
        prop_assert_eq!(there.score, -turned.score);
        prop_assert!((there.z + turned.z).abs() < 1e-12 && there.z.is_finite() && there.tau.abs() <= 1.0);
        let (slope, against) = (theil_sen(&forth).unwrap(), theil_sen(&back).unwrap());
        prop_assert!((slope.slope + against.slope).abs() < 1e-12);
        prop_assert!(slope.interval.contains(slope.slope));
        // A gap moves time on: a line keeps its slope over it.
        let line: Vec<Option<f64>> = (0..values.len() + 3).map(|at| (at % 4 != 1).then_some(0.25 * at as f64)).collect();
        if let Some(line) = theil_sen(&line) {
            prop_assert!((line.slope - 0.25).abs() < 1e-12);
        }
    }

    #[test]
    fn the_order_of_waits_is_nothing_and_waiting_longer_shortens_nothing(days in prop::collection::vec((0..40u32, 0..2u8), 10..60)) {
        let waits: Vec<Wait> = days
            .iter()
            .map(|&(days, end)| Wait { days, end: if end == 0 { WaitEnd::Waiting } else { WaitEnd::Ended } })
            .collect();
        let survival = Survival::of(&waits).unwrap();
        let turned: Vec<Wait> = waits.iter().rev().copied().collect();
        prop_assert_eq!(Survival::of(&turned).unwrap(), survival.clone());
        for pair in survival.steps().windows(2) {
            prop_assert!(pair[1].waiting <= pair[0].waiting && pair[1].days > pair[0].days);
        }
        for step in survival.steps() {
            prop_assert!((0.0..=1.0).contains(&step.waiting));
            prop_assert!(step.interval.is_none_or(|interval| interval.contains(step.waiting)));
        }
        let order = [survival.quantile_low(0.5), survival.quantile(0.5), survival.quantile_high(0.5)].map(|at| at.days_at_least());
        prop_assert!(order[0] <= order[1] && order[1] <= order[2], "{order:?}");
        // Without censoring it is the empirical distribution.
        let over: Vec<Wait> = waits.iter().map(|wait| Wait { end: WaitEnd::Ended, ..*wait }).collect();
        for step in Survival::of(&over).unwrap().steps() {
            let longer = over.iter().filter(|wait| wait.days > step.days).count() as f64 / over.len() as f64;
            prop_assert!((step.waiting - longer).abs() < 1e-12);
        }
    }

    #[test]
    fn two_lists_never_say_fewer_than_seen(first in 1..500u64, second in 1..500u64, share in 0.0..1.0f64) {
        let both = (share * first.min(second) as f64) as u64;
        let estimate = Capture::new(first, second, both).unwrap().estimate();
        let seen = (first + second - both) as f64;
        prop_assert!(estimate.total >= seen - 1e-9 && estimate.interval.low >= seen && estimate.interval.high > seen);
        let turned = Capture::new(second, first, both).unwrap().estimate();
        prop_assert!((turned.total - estimate.total).abs() < 1e-9 * estimate.total);
        prop_assert!((turned.interval.high / estimate.interval.high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_quotient_holds_itself(counts in prop::array::uniform6(0..2000u64)) {
        let [a, b, c, d, e, f] = counts;
        let place = |before, after| BeforeAfter { before, after };
        if let Some(quotient) = Quotient::of(place(a, b), place(c, d), place(e, f)) {
            prop_assert!(quotient.quotient.is_finite());
            prop_assert!(quotient.interval.is_none_or(|interval| interval.contains(quotient.quotient)));
            // Backwards in time it is the same quotient, and what fell rose: nothing went next door.
            let turned = Quotient::of(place(b, a), place(d, c), place(f, e)).unwrap();
            prop_assert!((turned.quotient - quotient.quotient).abs() <= 1e-9 * quotient.quotient.abs().max(1.0));
            prop_assert!(!(turned.is_displacement() && quotient.is_displacement()));
        }
    }

    #[test]
    fn concentration_stays_between_even_and_one(counts in prop::collection::vec(0..1000u64, 4..40)) {
        if let Some(of) = concentration(&counts) {
            prop_assert!(of.normalised > -1e-12 && of.index <= 1.0 + 1e-12);
        }
        let mut alone = vec![0; counts.len()];
        alone[0] = 7;
        prop_assert!((concentration(&alone).unwrap().normalised - 1.0).abs() < 1e-12);
    }
}
