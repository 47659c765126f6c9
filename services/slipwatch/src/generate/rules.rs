//! The pack and the mapping that fit a scenario's events, as the files that `check`, `import` and `replay` read.
//!
//! What must never enter: a threshold (the shipped policy's), the truth.

use crate::generate::{number::Weeks, plan::Place, scenario::Scenario};
use serde::Serialize;

/// The feed's name in every record.
const SOURCE: &str = "generated";

#[derive(Serialize)]
struct Pack<'a> {
    regime: &'a str,
    title: &'a str,
    version: u32,
    first_week: String,
    exposure: &'static str,
    policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<Effort<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erosion: Option<Erosion>,
    jurisdictions: Jurisdictions<'a>,
    measures: Vec<Measure<'a>>,
    feeds: [Feed; 1],
}

#[derive(Serialize)]
struct Effort<'a> {
    strata: Vec<&'a str>,
}

#[derive(Serialize)]
struct Erosion {
    reference: [String; 2],
}

#[derive(Serialize)]
struct Jurisdictions<'a> {
    list: Vec<Jurisdiction<'a>>,
}

#[derive(Serialize)]
struct Jurisdiction<'a> {
    code: &'a str,
    title: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    neighbours: &'a [String],
}

#[derive(Serialize)]
struct Measure<'a> {
    id: &'a str,
    title: &'a str,
    instrument: &'static str,
    basis: &'static str,
    issuer: &'static str,
    purpose: &'static str,
    direction: &'static str,
    unit: &'static str,
}

#[derive(Serialize)]
struct Feed {
    source: &'static str,
    counts: Vec<&'static str>,
    every_days: u32,
    arrives: &'static str,
}

/// The text of `pack.toml`.
///
/// # Errors
/// When the text cannot be made, which is a mistake in this program.
pub fn pack(scenario: &Scenario, places: &[Place<'_>]) -> Result<String, anyhow::Error> {
    let counts = [("inspections", true), ("interdictions", scenario.has_interdictions()), ("exposure", scenario.has_exposure())];
    let measure = |id| Measure {
        id,
        title: id,
        instrument: "a scenario of `slipwatch generate`",
        basis: "measured",
        issuer: "nobody",
        purpose: "unknown",
        direction: "any",
        unit: "count",
    };
    let jurisdiction = |place: &'_ Place<'_>| format!("{} {}", place.group.name.as_str(), place.number + 1);
    let pack = Pack {
        regime: scenario.regime.as_str(),
        title: &scenario.title,
        version: 1,
        first_week: scenario.first_week.to_string(),
        exposure: if scenario.has_exposure() { "reported" } else { "absent" },
        policy: "standard-1",
        effort: scenario.effort_strata.as_ref().map(|strata| Effort { strata: strata.iter().map(|word| word.as_str()).collect() }),
        erosion: scenario
            .erosion_reference
            .map(|Weeks { low, high }| Erosion { reference: [low, high].map(|week| scenario.week(week).to_string()) }),
        jurisdictions: Jurisdictions {
            list: places
                .iter()
                .map(|place| Jurisdiction { code: &place.code, title: jurisdiction(place), neighbours: &place.neighbours })
                .collect(),
        },
        measures: scenario.measures.iter().map(|word| measure(word.as_str())).collect(),
        feeds: [Feed {
            source: SOURCE,
            counts: counts.into_iter().filter(|(_, there)| *there).map(|(word, _)| word).collect(),
            every_days: 1,
            // Exposure comes as daily returns; without it acts come one by one.
            arrives: if scenario.has_exposure() { "lots" } else { "singly" },
        }],
    };
    Ok(format!(
        "# Made by `slipwatch generate`: the rules for events.jsonl. Change what you like; `slipwatch check` tells what fits.\n\n{}",
        toml::to_string(&pack)?
    ))
}

/// The text of `mapping.toml`.
#[must_use]
pub fn mapping(scenario: &Scenario) -> String {
    let regime = scenario.regime.as_str();
    let stratum = if scenario.strata().is_empty() { "" } else { "stratum = { column = \"stratum\", required = false }\n" };
    format!(
        r#"# Made by `slipwatch generate`: how a line of events.jsonl becomes an event. A second copy keeps its id and has a later `reported`.
source = "{SOURCE}"
regime = "{regime}"
format = "jsonl"

[record]
id = {{ column = "id" }}

[occurred]
column = "occurred"
format = "rfc3339"

[reported]
column = "reported"
format = "rfc3339"

[known]
from = "reported"
window_days = 2

[event]
type = {{ column = "kind", table = {{ inspection = "inspection.performed", interdiction = "interdiction.outcome", exposure = "exposure.aggregate" }} }}
jurisdiction = {{ column = "jurisdiction" }}
measures = {{ column = "measures" }}
count = {{ column = "count" }}
{stratum}"#
    )
}
