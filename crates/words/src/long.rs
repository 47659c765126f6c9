//! What no week of a series shows, in sentences: erosion, a change of what is counted, a look at an intervention, facts.
//!
//! Each number stands with what it was taken from, so that a reader can do the division. What must never enter: that one thing
//! followed from another; they coincide.

use super::{count, figure, percent, percent_range, watched};
use vocab::{
    alert::{Evidence, LongView, Look, LookFound},
    assessment::{Erosion, LongLevel, MixShift},
};

/// The claim that rests on such a view; `what` and `place` name the series.
pub(super) fn claim(long: &LongView, what: &str, place: &str) -> Vec<String> {
    match long {
        LongView::Erosion(erosion) => eroded(erosion, what, place),
        LongView::Mix(mix) => vec![mixed(mix, what, place)],
        LongView::Look(look) => vec![looked(look)],
        LongView::Watched(facts) => watched::claim(facts, what, place),
    }
}

fn eroded(erosion: &Erosion, what: &str, place: &str) -> Vec<String> {
    let (Some(ratio), Some(reference), Some(newest)) = (&erosion.ratio, &erosion.reference, &erosion.newest) else {
        return vec![format!("Inspections for {what} in {place} cannot be compared with the frozen reference.")];
    };
    let mut sentences = vec![
        format!("Over a year, inspections for {what} in {place} stand at {} of the frozen reference.", percent_range(ratio)),
        format!("The year: {}. The reference: {}.", level(newest), level(reference)),
    ];
    if erosion.late_acts > 0 {
        let (late, were) =
            if erosion.late_acts == 1 { ("1 act".to_owned(), "was") } else { (format!("{} acts", natural(erosion.late_acts)), "were") };
        sentences.push(format!("{late} of the reference {were} reported, or taken back, after it was frozen; nothing moves by that."));
    }
    sentences
}

fn level(level: &LongLevel) -> String {
    let (inspections, weeks) = (natural(level.inspections), level.weeks);
    format!("{inspections} inspections against {} in {weeks} weeks from {} to {}", figure(level.exposure), level.first, level.last)
}

fn mixed(mix: &MixShift, what: &str, place: &str) -> String {
    let stratum = mix.stratum.as_ref().map_or_else(|| "acts without a stratum".to_owned(), |stratum| format!("\"{stratum}\""));
    format!(
        "What is counted for {what} in {place} changed its composition: {stratum} went from {} to {} of all inspections, seen at the close of \
         week {} ({} standard errors; 13 weeks against the 52 before), while the total a week stood at {} of what it was. Levels before and \
         after are not comparable until the level is set anew.",
        percent(mix.before),
        percent(mix.now),
        mix.seen,
        figure(mix.z.abs()),
        percent(mix.total_ratio),
    )
}

/// Whether evidence is of several places or of facts, so that no week and no power of one series stands beside it.
#[must_use]
pub fn is_apart_from_weeks(evidence: &Evidence) -> bool {
    match evidence.long.as_deref() {
        Some(LongView::Look(_) | LongView::Watched(_)) => true,
        None | Some(LongView::Erosion(_) | LongView::Mix(_)) => false,
    }
}

/// A look at an intervention.
pub fn looked(look: &Look) -> String {
    let side = |[before, after]: [u64; 2]| format!("{} before, {} after", natural(before), natural(after));
    let [treated, neighbours, controls] = [look.treated, look.neighbours, look.controls].map(side);
    let counts = format!(
        "{} ({}), {} weeks after \"{}\": {treated} where it was done; {neighbours} next to it; {controls} in the controls",
        look.series.measure, look.series.jurisdiction, look.after_weeks, look.label
    );
    let quotient = look.quotient.map(|quotient| {
        format!("the quotient is {:.2} [{:.2}; {:.2}], where −1 is all of it moved", quotient.estimate, quotient.low, quotient.high)
    });
    match (look.found, quotient) {
        (LookFound::Displaced, Some(quotient)) => {
            format!("{counts}. As the first fell the second rose: {quotient}. The two coincide.")
        }
        (LookFound::NotDisplaced, Some(quotient)) => format!("{counts}. No displacement: {quotient}."),
        (LookFound::Displaced | LookFound::NotDisplaced, None) | (LookFound::Unknown, _) if look.missing.is_empty() => {
            format!("{counts}. It cannot be told: the first did not change clearly against the controls.")
        }
        (LookFound::Displaced | LookFound::NotDisplaced, None) | (LookFound::Unknown, _) => {
            let missing: Vec<String> = look.missing.iter().map(ToString::to_string).collect();
            format!("{counts}. It cannot be told: not counted from the first day on: {}.", missing.join(", "))
        }
    }
}

fn natural(number: u64) -> String {
    count(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocab::{
        assessment::{ErosionState, Interval},
        name::{JurisdictionCode, Label, MeasureId, RegimeId},
        quantity::Unit,
        series::{MeasureKey, SeriesKey},
        time::Week,
    };

    fn look(found: LookFound, missing: &[&str]) -> Look {
        let series = SeriesKey {
            regime: RegimeId::parse("routes").unwrap(),
            jurisdiction: JurisdictionCode::parse("STRAIT").unwrap(),
            measure: MeasureKey::One(MeasureId::parse("attacks").unwrap()),
            unit: Unit::Count,
        };
        Look {
            label: Label::parse("patrols").unwrap(),
            series,
            after_weeks: 52,
            treated: [400, 160],
            neighbours: [300, 480],
            controls: [900, 880],
            quotient: (found != LookFound::Unknown).then_some(Interval { estimate: -0.551, low: -0.859, high: -0.328 }),
            missing: missing.iter().map(|code| JurisdictionCode::parse(code).unwrap()).collect(),
            found,
        }
    }

    #[test]
    fn a_look_says_its_counts_and_what_they_come_to() {
        let counts = "attacks (STRAIT), 52 weeks after \"patrols\": 400 before, 160 after where it was done; 300 before, 480 after next to it; \
                      900 before, 880 after in the controls. ";
        for (look, end) in [
            (
                look(LookFound::Displaced, &[]),
                "As the first fell the second rose: the quotient is -0.55 [-0.86; -0.33], where −1 is all of it moved. The two coincide.",
            ),
            (look(LookFound::NotDisplaced, &[]), "No displacement: the quotient is -0.55 [-0.86; -0.33], where −1 is all of it moved."),
            (look(LookFound::Unknown, &[]), "It cannot be told: the first did not change clearly against the controls."),
            (look(LookFound::Unknown, &["BAY"]), "It cannot be told: not counted from the first day on: BAY."),
        ] {
            assert_eq!(looked(&look), format!("{counts}{end}"));
        }
    }

    #[test]
    fn erosion_says_what_was_divided() {
        let level = |first: &str, last: &str, inspections, exposure| LongLevel {
            first: Week::parse(first).unwrap(),
            last: Week::parse(last).unwrap(),
            weeks: 52,
            inspections,
            exposure,
        };
        let erosion = Erosion {
            state: ErosionState::Warning,
            turn: None,
            ratio: Some(Interval { estimate: 0.855, low: 0.78, high: 0.93 }),
            reference: Some(level("2003-W01", "2003-W52", 5_200, 52.0)),
            newest: Some(level("2010-W02", "2011-W01", 4_446, 51.9)),
            late_acts: 3,
        };
        let told = claim(&LongView::Erosion(erosion), "coal", "Valley").join(" ");
        assert_eq!(
            told,
            "Over a year, inspections for coal in Valley stand at 86 % [78 %–93 %] of the frozen reference. The year: 4,446 inspections against \
             52 in 52 weeks from 2010-W02 to 2011-W01. The reference: 5,200 inspections against 52 in 52 weeks from 2003-W01 to 2003-W52. 3 acts \
             of the reference were reported, or taken back, after it was frozen; nothing moves by that."
        );
    }
}
