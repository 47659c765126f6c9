//! Every vector of §6 that the project ships, to 1e-9 (1e-5 where it was written with six decimals).

use surveillance::statistics::{
    BeforeAfter, Capture, CountedWeek, Declared, Excess, Listing, LongLevel, NegativeBinomial, Proportion, Quotient, Range, Rate, Survival,
    Wait, WaitEnd, WaitQuantile, benjamini_hochberg, benjamini_yekutieli, concentration, e_benjamini_hochberg, mann_kendall, theil_sen,
};

use crate::{near, real, rows, vector, whole};

const TOLERANCE: f64 = 1e-9;

#[test]
fn intervals_of_proportions_and_rates() {
    let vector = vector("intervals");
    for row in rows(&vector["proportions"]) {
        let of = Proportion::new(whole(&row["hits"]), whole(&row["n"])).unwrap();
        for (ours, want) in [(of.wilson().unwrap(), &row["wilson"]), (of.exact().unwrap(), &row["exact"])] {
            near(ours.low, real(&want[0]), TOLERANCE);
            near(ours.high, real(&want[1]), TOLERANCE);
        }
    }
    for row in rows(&vector["rates"]) {
        let ours = Rate::new(whole(&row["count"]), real(&row["exposure"])).unwrap().garwood();
        near(ours.low, real(&row["exact"][0]), TOLERANCE);
        near(ours.high, real(&row["exact"][1]), TOLERANCE);
    }
}

#[test]
fn limits_of_overdispersed_counts() {
    for row in rows(&vector("negative_binomial")["rows"]) {
        let of = NegativeBinomial::new(real(&row["mu"]), real(&row["size"])).unwrap();
        near(of.ln_mass(whole(&row["y"])), real(&row["logpmf"]), TOLERANCE);
        near(of.cumulative(whole(&row["y"])), real(&row["cdf"]), TOLERANCE);
        assert_eq!(of.limit(0.01).unwrap() as f64, real(&row["q01"]), "{row}");
    }
}

#[test]
fn many_looks() {
    let vector = vector("multiple_testing");
    let reals = |key: &str| rows(&vector[key]).iter().map(real).collect::<Vec<_>>();
    for (ours, want) in [(benjamini_hochberg(&reals("p")), reals("bh")), (benjamini_yekutieli(&reals("p")), reals("by"))] {
        assert_eq!(ours.len(), want.len());
        for (ours, want) in ours.iter().zip(want) {
            near(*ours, want, TOLERANCE);
        }
    }
    let nats: Vec<f64> = reals("e").into_iter().map(libm::log).collect();
    let mut listed = e_benjamini_hochberg(&nats, real(&vector["ebh_alpha"]));
    assert!(listed.windows(2).all(|pair| nats[pair[0]] >= nats[pair[1]]), "largest first: {listed:?}");
    listed.sort_unstable();
    let want: Vec<usize> = rows(&vector["ebh_rejected_indices"]).iter().map(|at| whole(at) as usize).collect();
    assert_eq!(listed, want);
}

#[test]
fn trends() {
    let vector = vector("trend");
    let values: Vec<Option<f64>> = rows(&vector["y"]).iter().map(|value| Some(real(value))).collect();
    let test = mann_kendall(&values).unwrap();
    assert_eq!(test.score as f64, real(&vector["S"]));
    for (ours, key) in [(test.variance, "var"), (test.z, "z"), (test.tau, "tau")] {
        near(ours, real(&vector[key]), TOLERANCE);
    }
    let slope = theil_sen(&values).unwrap();
    for (ours, key) in [(slope.slope, "slope"), (slope.interval.low, "lo"), (slope.interval.high, "hi")] {
        near(ours, real(&vector[key]), TOLERANCE);
    }
}

#[test]
fn trends_with_ties() {
    let vector = &vector("statistics")["tied_trend"];
    let values: Vec<Option<f64>> = rows(&vector["y"]).iter().map(|value| Some(real(value))).collect();
    near(mann_kendall(&values).unwrap().tau, real(&vector["tau"]), TOLERANCE);
    let slope = theil_sen(&values).unwrap();
    for (ours, key) in [(slope.slope, "slope"), (slope.interval.low, "lo"), (slope.interval.high, "hi")] {
        near(ours, real(&vector[key]), TOLERANCE);
    }
}

#[test]
fn waits() {
    let vector = vector("kaplan_meier");
    let end = |event: &serde_json::Value| if whole(event) == 1 { WaitEnd::Ended } else { WaitEnd::Waiting };
    let waits: Vec<Wait> = rows(&vector["time"])
        .iter()
        .zip(rows(&vector["event"]))
        .map(|(days, event)| Wait { days: whole(days) as u32, end: end(event) })
        .collect();
    let survival = Survival::of(&waits).unwrap();
    assert_eq!(survival.steps().len(), rows(&vector["at"]).len());
    for (at, step) in survival.steps().iter().enumerate() {
        assert_eq!(f64::from(step.days), real(&vector["at"][at]));
        near(step.waiting, real(&vector["S"][at]), TOLERANCE);
        let interval = step.interval.unwrap();
        near(interval.low, real(&vector["lo"][at]), TOLERANCE);
        near(interval.high, real(&vector["hi"][at]), TOLERANCE);
    }
    assert_eq!(survival.quantile(0.5), WaitQuantile::Days(real(&vector["p50"]) as u32));
    assert!(vector["p90"].is_null());
    assert_eq!(survival.quantile(0.9), WaitQuantile::MoreThan(20));
}

#[test]
fn erosion() {
    let vector = &vector("ratios")["erosion"];
    let weeks = |y: &str, x: &str| -> Vec<CountedWeek> {
        rows(&vector[y]).iter().zip(rows(&vector[x])).map(|(y, x)| CountedWeek { count: whole(y), exposure: real(x) }).collect()
    };
    let newest = LongLevel::of(&weeks("y1", "x1")).unwrap();
    let reference = LongLevel::of(&weeks("y0", "x0")).unwrap();
    let ours = newest.against(&reference).unwrap();
    for (ours, key) in [(ours.ratio, "ratio"), (ours.low, "lo"), (ours.high, "hi")] {
        near(ours, real(&vector[key]), TOLERANCE);
    }
}

#[test]
fn displacement() {
    for row in rows(&vector("ratios")["displacement"]) {
        let place = |before: &str, after: &str| BeforeAfter { before: whole(&row[before]), after: whole(&row[after]) };
        let ours = Quotient::of(place("t0", "t1"), place("n0", "n1"), place("c0", "c1")).unwrap();
        near(ours.quotient, real(&row["quotient"]), TOLERANCE);
        assert_eq!(ours.interval.is_some(), row["lo"].is_number(), "{row}");
        if let Some(interval) = ours.interval {
            near(interval.low, real(&row["lo"]), TOLERANCE);
            near(interval.high, real(&row["hi"]), TOLERANCE);
        }
    }
}

#[test]
fn concentrations() {
    for row in rows(&vector("ratios")["hhi"]) {
        let ours = concentration(&rows(&row["n"]).iter().map(whole).collect::<Vec<_>>()).unwrap();
        near(ours.index, real(&row["hhi"]), TOLERANCE);
        near(ours.normalised, real(&row["normalised"]), TOLERANCE);
    }
}

#[test]
fn declared_over_estimated() {
    for row in rows(&vector("ratios")["declared_estimated"]) {
        let estimate = Range::new(real(&row["low"]), real(&row["central"]), real(&row["high"])).unwrap();
        let ours = Declared::over(real(&row["declared"]), estimate).unwrap();
        near(ours.low, real(&row["lo"]), TOLERANCE);
        near(ours.ratio.unwrap(), real(&row["ratio"]), TOLERANCE);
        near(ours.high.unwrap(), real(&row["hi"]), TOLERANCE);
    }
}

#[test]
fn black_grey_and_white() {
    let text = include_str!("../vectors/bgw_vectors.csv");
    let excess = Excess::default();
    let mut seen = 0;
    for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split(',').collect();
        let of = Proportion::new(cells[1].parse().unwrap(), cells[0].parse().unwrap()).unwrap();
        let limits = excess.limits(of.trials());
        near(limits.black, cells[2].parse().unwrap(), 1e-5);
        near(limits.white, cells[3].parse().unwrap(), 1e-5);
        let listing = excess.listing(of).unwrap();
        let list = match listing {
            Listing::Black(_) => "BLACK",
            Listing::Grey(_) => "GREY",
            Listing::White(_) => "WHITE",
        };
        assert_eq!(list, cells[4], "{line}");
        near(listing.excess_factor(), cells[5].parse().unwrap(), 1e-5);
        seen += 1;
    }
    assert_eq!(seen, 10);
}

/// Chapman's example of the project's domain paper, and the worked one of the literature (10 marked, 15 caught, 5 of them marked).
#[test]
fn two_lists() {
    let ours = Capture::new(60, 45, 9).unwrap().estimate();
    assert_eq!(libm::round(ours.total), 280.0);
    let ours = Capture::new(10, 15, 5).unwrap().estimate();
    near(ours.total, 28.333_333_333_333_332, 1e-12);
    assert_eq!((libm::round(ours.interval.low), libm::round(ours.interval.high)), (22.0, 65.0));
}
