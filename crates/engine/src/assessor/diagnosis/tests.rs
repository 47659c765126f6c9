//! The matrix as a table: every way of effort against every way of yield, for each thing beside them.

use super::{Grasp, Lateness, Reading, Way};
use vocab::assessment::{
    Diagnosis::{
        self, DeterrenceOrSupply, DilutedEffort, ExposureFell, Insufficient, LateReports, Learning, LossOfQuality, NarrowerTargeting,
        OutcomeChange, ReportingGap, Slippage, Steady, YieldFell,
    },
    Direction::{self, Fell, Rose, Steady as Even, Unknown},
};

const WAYS: [Way; 5] = [Way::Fires, Way::Goes(Fell), Way::Goes(Even), Way::Goes(Rose), Way::Goes(Unknown)];

/// Rows: effort fires, fell, even, rose, unknown. Columns: the same of yield.
type Matrix = [[Diagnosis; 5]; 5];

fn check(grasp: Grasp, exposure: Direction, want: Matrix) {
    for lateness in [Lateness::InTime, Lateness::Beside] {
        for (effort, row) in WAYS.into_iter().zip(want) {
            for (yields, want) in WAYS.into_iter().zip(row) {
                let reading = Reading { grasp, lateness, effort, yields, exposure };
                assert_eq!(reading.diagnosis(), want, "{reading:?}");
            }
        }
    }
}

const FALLEN: [Diagnosis; 5] = [LossOfQuality, LossOfQuality, Slippage, NarrowerTargeting, Slippage];

#[test]
fn with_exposure_as_it_was_the_rows_of_effort_and_yield_decide() {
    for exposure in [Even, Rose, Unknown] {
        let quiet = [YieldFell, Steady, Steady, Steady, Steady];
        let even = [YieldFell, Steady, Steady, OutcomeChange, Steady];
        let rose = [DilutedEffort, DilutedEffort, Steady, Steady, Steady];
        check(Grasp::Sufficient, exposure, [FALLEN, quiet, even, rose, quiet]);
    }
}

#[test]
fn fallen_exposure_explains_what_did_not_fire_and_a_fall_of_yield() {
    let quiet = [DeterrenceOrSupply, ExposureFell, ExposureFell, ExposureFell, ExposureFell];
    let even = [DeterrenceOrSupply, ExposureFell, ExposureFell, OutcomeChange, ExposureFell];
    let rose = [DilutedEffort, DilutedEffort, ExposureFell, ExposureFell, ExposureFell];
    check(Grasp::Sufficient, Fell, [FALLEN, quiet, even, rose, quiet]);
}

#[test]
fn what_could_not_be_seen_is_said_unless_something_stands() {
    for (grasp, word) in [(Grasp::Insufficient, Insufficient), (Grasp::Learning, Learning)] {
        let quiet = [YieldFell, word, word, word, word];
        let rose = [DilutedEffort, word, word, word, word];
        for exposure in [Even, Rose, Unknown] {
            check(grasp, exposure, [FALLEN, quiet, quiet, rose, quiet]);
        }
    }
}

#[test]
fn a_gap_comes_before_all_and_late_reports_before_all_but_a_gap() {
    for exposure in Direction::ALL {
        check(Grasp::Gap, exposure, [[ReportingGap; 5]; 5]);
        for (effort, yields) in WAYS.into_iter().flat_map(|effort| WAYS.map(|yields| (effort, yields))) {
            for (grasp, want) in [
                (Grasp::Gap, ReportingGap),
                (Grasp::Learning, LateReports),
                (Grasp::Insufficient, LateReports),
                (Grasp::Sufficient, LateReports),
            ] {
                let reading = Reading { grasp, lateness: Lateness::Accounts, effort, yields, exposure };
                assert_eq!(reading.diagnosis(), want, "{reading:?}");
            }
        }
    }
}
