//! The distribution functions against 40 digits, their inverses against scipy, and the tests built on them.

use surveillance::statistics::special::{
    beta_quantile, gamma_quantile, ln_gamma, normal_cumulative, normal_quantile, regularised_beta, regularised_gamma,
};
use surveillance::statistics::{Proportion, Rate, difference};

use crate::{near, real, rows, vector, whole};

/// Relative, for small tails are asked for as such.
#[track_caller]
fn close(ours: f64, want: f64, tolerance: f64) {
    assert!((ours - want).abs() <= tolerance * want.abs(), "{ours:e}, not {want:e}: off by {:e}", (ours - want).abs() / want.abs());
}

#[test]
fn both_tails_of_the_gamma_distribution_have_thirteen_digits() {
    for row in rows(&vector("statistics")["gamma"]) {
        let tails = regularised_gamma(real(&row[0]), real(&row[1])).unwrap();
        close(tails.lower, real(&row[2]), 1e-13);
        close(tails.upper, real(&row[3]), 1e-13);
    }
}

#[test]
fn both_tails_of_the_beta_distribution_have_eleven_digits() {
    for row in rows(&vector("statistics")["beta"]) {
        let tails = regularised_beta((real(&row[0]), real(&row[1])), real(&row[2])).unwrap();
        close(tails.lower, real(&row[3]), 2e-11);
        close(tails.upper, real(&row[4]), 2e-11);
    }
}

#[test]
fn quantiles_are_those_of_scipy() {
    let vector = vector("statistics");
    for row in rows(&vector["gamma_quantile"]) {
        close(gamma_quantile(real(&row[0]), real(&row[1])).unwrap(), real(&row[2]), 1e-11);
    }
    for row in rows(&vector["beta_quantile"]) {
        close(beta_quantile((real(&row[0]), real(&row[1])), real(&row[2])).unwrap(), real(&row[3]), 1e-11);
    }
    for row in rows(&vector["normal_quantile"]) {
        let (share, want) = (real(&row[0]), real(&row[1]));
        let ours = normal_quantile(share).unwrap();
        assert!((ours - want).abs() <= 1e-12 * want.abs().max(1.0), "{share}: {ours}, not {want}");
    }
}

#[test]
fn the_normal_law_and_the_gamma_function_at_known_points() {
    near(normal_cumulative(1.959_963_984_540_054), 0.975, 1e-15);
    close(normal_cumulative(-10.0), 7.619_853_024_160_527e-24, 1e-12);
    near(ln_gamma(0.5).unwrap(), libm::log(core::f64::consts::PI) / 2.0, 1e-15);
    near(ln_gamma(11.0).unwrap(), libm::log(3_628_800.0), 1e-14);
}

#[test]
fn what_is_out_of_range_has_no_value() {
    let bad = [0.0, -1.0, f64::NAN, f64::INFINITY];
    for shape in bad {
        assert_eq!(regularised_gamma(shape, 1.0), None);
        assert_eq!(regularised_beta((shape, 1.0), 0.5), None);
        assert_eq!(regularised_beta((1.0, shape), 0.5), None);
        assert_eq!(ln_gamma(shape), None);
        assert_eq!(gamma_quantile(shape, 0.5), None);
        assert_eq!(beta_quantile((shape, 2.0), 0.5), None);
    }
    for share in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
        assert_eq!(normal_quantile(share), None);
        assert_eq!(gamma_quantile(1.0, share), None);
        assert_eq!(beta_quantile((1.0, 1.0), share), None);
    }
    assert_eq!(regularised_gamma(1.0, -1.0), None);
    assert_eq!(regularised_beta((1.0, 1.0), 1.5), None);
}

#[test]
fn a_shape_of_a_thousand_million_ends_and_is_the_normal_law() {
    let shape = 1e9;
    let tails = regularised_gamma(shape, shape + 1.5 * libm::sqrt(shape)).unwrap();
    near(tails.lower, normal_cumulative(1.5), 1e-5);
    let tails = regularised_beta((shape, shape), 0.5).unwrap();
    near(tails.lower, 0.5, 1e-9);
}

#[test]
fn fisher_s_exact_test_is_scipy_s() {
    for row in rows(&vector("statistics")["fisher"]) {
        let of = |at: usize| Proportion::new(whole(&row[at]), whole(&row[at + 1])).unwrap();
        let ours = difference(of(0), of(2)).unwrap();
        near(ours.p_exact, real(&row[4]), 1e-9);
        assert!(ours.p_exact > 1e-14 || (ours.p_exact / real(&row[4]) - 1.0).abs() < 1e-6, "{row}");
        assert!(ours.p_mid < ours.p_exact, "{row}");
    }
}

#[test]
fn two_rates_are_compared_as_scipy_s_binomial_test_would() {
    for row in rows(&vector("statistics")["two_rates"]) {
        let of = |at: usize| Rate::new(whole(&row[at]), real(&row[at + 1])).unwrap();
        let ours = of(0).compared_with(of(2)).unwrap();
        assert_eq!(ours.ratio.is_some(), row[4].is_number(), "{row}");
        if let Some(ratio) = ours.ratio {
            near(ratio, real(&row[4]), 1e-9);
        }
        near(ours.low, real(&row[5]), 1e-9);
        assert_eq!(ours.high.is_some(), row[6].is_number(), "{row}");
        if let Some(high) = ours.high {
            near(high, real(&row[6]), 1e-9);
        }
        near(ours.p_exact, real(&row[7]), 1e-9);
    }
}

/// Newcombe (1998), table II, method 10, to the four decimals printed there.
#[test]
fn the_interval_of_a_difference_is_the_published_one() {
    let table = [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ];
    for (now, before, (low, high)) in table {
        let of = |(hits, trials)| Proportion::new(hits, trials).unwrap();
        let ours = difference(of(now), of(before)).unwrap().interval;
        assert!((ours.low - low).abs() < 5.1e-5 && (ours.high - high).abs() < 5.1e-5, "{now:?} {before:?}: {ours:?}");
    }
}
