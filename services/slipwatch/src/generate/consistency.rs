//! What must fit together in a group: its change with its weeks, its measures, its exposure and its strata.
//!
//! Every mistake names the group, the key, its value and what would be right. What must never enter: a check of one value
//! (`number`), or of the whole file (`scenario`).

use crate::generate::{
    change::{Change, Feed},
    number::{Share, Word},
    scenario::{Each, Group, OUTAGES_FROM_WEEK, Scenario},
};
use std::collections::BTreeMap;

/// Shares of strata add up to one, but for rounding.
const ROUNDING: f64 = 1e-6;
/// Growth of more than this a year is a slip of the pen.
const GROWTH_MAX: f64 = 2.0;

impl Group {
    /// Tells what does not fit.
    pub(super) fn check(&self, scenario: &Scenario, mistakes: &mut Vec<String>) {
        let name = self.name.as_str();
        let mut found = self.volumes();
        found.extend(self.timing(scenario));
        found.extend(self.scope(scenario));
        found.extend(self.feeds());
        found.extend(self.mix());
        mistakes.extend(found.into_iter().map(|said| format!("group {name}: {said}")));
    }

    fn volumes(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.jurisdictions == 0 {
            found.push("jurisdictions = 0: write 1 or more".to_owned());
        }
        if let Some(rates) = self.volume.hit_rate.filter(|rates| rates.high() > 1.0) {
            found.push(format!("volume.hit_rate goes up to {}: it is a share of inspections, at most 1", rates.high()));
        }
        if let Some(ratio) = self.volume.exposure_per_inspection.filter(|ratio| ratio.at(0.0) < 1.0) {
            let low = ratio.at(0.0);
            found.push(format!("volume.exposure_per_inspection begins at {low}: what is inspected is exposed, so write 1 or more"));
        }
        if !(-GROWTH_MAX..=GROWTH_MAX).contains(&self.growth_per_year) {
            found.push(format!("growth_per_year = {}: write -{GROWTH_MAX} to {GROWTH_MAX}, as in 0.1", self.growth_per_year));
        }
        let (correlation, sd) = (self.noise.autocorrelation, self.noise.autocorrelation_sd);
        if correlation.is_some() != sd.is_some() {
            found.push("noise: autocorrelation and autocorrelation_sd go together: write both or neither".to_owned());
        }
        if correlation.is_some_and(|share| share.value() >= 1.0) {
            found.push("noise.autocorrelation = 1: a level that never returns: write less than 1, as in 0.7".to_owned());
        }
        found
    }

    fn timing(&self, scenario: &Scenario) -> Vec<String> {
        let mut found = Vec::new();
        let changes = self.change != Change::None;
        match self.onset {
            None if changes => found.push("`onset` is missing: write onset = { weeks = [130, 220], each = \"jurisdiction\" }".to_owned()),
            Some(onset) if changes => {
                let last = onset.weeks.high.saturating_add(self.change.lasts().map_or(0, |weeks| weeks.high));
                if last >= scenario.weeks {
                    found.push(format!(
                        "onset.weeks = [{}, {}]: the change may reach week {last}, and weeks = {} end with {}",
                        onset.weeks.low,
                        onset.weeks.high,
                        scenario.weeks,
                        scenario.weeks.saturating_sub(1)
                    ));
                }
            }
            None | Some(_) => {}
        }
        if self.change.lasts().is_some_and(|weeks| weeks.low == 0) {
            found.push(format!("change.{}.weeks begins at 0: a change lasts 1 week or more", self.change.as_str()));
        }
        let room = scenario.weeks.saturating_sub(OUTAGES_FROM_WEEK);
        if self.outages > room / 2 {
            found.push(format!("outages = {}: at most {}, half of the weeks after week {OUTAGES_FROM_WEEK}", self.outages, room / 2));
        }
        found
    }

    fn scope(&self, scenario: &Scenario) -> Vec<String> {
        let mut found = Vec::new();
        let measures = scenario.measures.len();
        let change = self.change.as_str();
        let within = |n: u16| (1..=measures).contains(&usize::from(n));
        if let Some(n) = self.affected_measures.filter(|n| !within(*n)) {
            found.push(format!("affected_measures = {n}: there are {measures} measures, so write 1 to {measures}"));
        }
        if let Some(n) = self.sharing.map(|sharing| sharing.measures).filter(|n| !within(*n) || *n < 2) {
            found.push(format!("sharing.measures = {n}: an act can serve 2 to {measures} of {measures} measures"));
        }
        let by_series = self.affected_measures.is_some() || self.onset.is_some_and(|onset| onset.each == Each::Series);
        let (is_whole, why) = match &self.change {
            Change::Blackout { .. } => (true, "a source goes silent for all measures of a jurisdiction"),
            Change::Displacement { .. } => (true, "both ends change together"),
            Change::EffortStep(step) if step.exposure_to.is_some() => (self.sharing.is_some(), "shared acts have one exposure"),
            Change::EffortStep(_) | Change::EffortDrift { .. } | Change::Erosion { .. } | Change::YieldStep(_) | Change::None => {
                (false, "")
            }
            Change::Capacity { .. } | Change::ExposureStep { .. } => (self.sharing.is_some(), "shared acts have one exposure"),
            Change::DelayStep { .. } | Change::Definition { .. } => (self.sharing.is_some(), "a shared act is one report"),
        };
        if is_whole && by_series {
            found.push(format!("change.{change}: {why}: leave affected_measures out and write onset.each = \"jurisdiction\""));
        }
        if self.change.is_displacement() && !self.jurisdictions.is_multiple_of(2) {
            found.push(format!("jurisdictions = {}: displacement goes from each to the next, so write an even number", self.jurisdictions));
        }
        found
    }

    fn feeds(&self) -> Vec<String> {
        let mut found = Vec::new();
        let change = self.change.as_str();
        let (has_exposure, has_hits) = (self.volume.exposure_per_inspection.is_some(), self.volume.hit_rate.is_some());
        let (exposure, hits) = match &self.change {
            Change::Capacity { .. } | Change::ExposureStep { .. } | Change::Displacement { .. } => (true, false),
            Change::EffortStep(step) => (step.exposure_to.is_some(), false),
            Change::YieldStep(_) => (false, true),
            Change::Blackout { feeds, .. } => (feeds.contains(&Feed::Exposure), feeds.contains(&Feed::Interdictions)),
            Change::None | Change::EffortDrift { .. } | Change::Erosion { .. } | Change::DelayStep { .. } | Change::Definition { .. } => {
                (false, false)
            }
        };
        if exposure && !has_exposure {
            found.push(format!("change.{change} needs volume.exposure_per_inspection, as in [3, 12]"));
        }
        if hits && !has_hits {
            found.push(format!("change.{change} needs volume.hit_rate, as in [0.1, 0.3]"));
        }
        if matches!(&self.change, Change::Blackout { feeds, .. } if feeds.is_empty()) {
            found.push(
                "change.blackout.feeds = []: write feeds = [\"inspections\", \"interdictions\", \"exposure\"] or some of them".to_owned(),
            );
        }
        if matches!(&self.change, Change::YieldStep(step) if step.exposure_to.is_some()) {
            found.push("change.yield_step.exposure_to: exposure changes with effort_step: leave it out".to_owned());
        }
        found
    }

    fn mix(&self) -> Vec<String> {
        let mut found = Vec::new();
        let adds_up = |strata: &BTreeMap<Word, Share>| (strata.values().map(|share| share.value()).sum::<f64>() - 1.0).abs() <= ROUNDING;
        if !self.strata.is_empty() && !adds_up(&self.strata) {
            found.push("strata: the shares do not add up to 1".to_owned());
        }
        if let Change::Definition { strata } = &self.change {
            if self.strata.is_empty() {
                found.push("change.definition needs strata before it, as in strata = { physical = 0.7, remote = 0.3 }".to_owned());
            }
            if !adds_up(strata) {
                found.push("change.definition.strata: the shares do not add up to 1".to_owned());
            }
        }
        found
    }
}
