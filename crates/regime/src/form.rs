//! The form of a pack: its sections, the keys of each, and how each key is written. Everything that suggests a key reads it
//! here, so a suggestion cannot name a key that is refused.
//!
//! What must never enter: a check of a value, or a value to use where a key is absent.

/// A key and how it is written.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// An example of it with a right value.
    pub(crate) example: &'static str,
}

/// A section and its keys.
#[derive(Debug)]
pub(crate) struct Form {
    /// Where its keys are written.
    pub(crate) place: &'static str,
    /// Its keys, in the order in which they read best.
    pub(crate) keys: &'static [Key],
}

const fn key(name: &'static str, example: &'static str) -> Key {
    Key { name, example }
}

/// The top of the file.
pub(crate) const TOP: Form = Form {
    place: "at the top of the file, before the first [section]",
    keys: &[
        key("regime", r#"regime = "dprk""#),
        key("title", r#"title = "Sanctions on the DPRK""#),
        key("version", "version = 1"),
        key("first_week", r#"first_week = "2019-W01""#),
        key("exposure", r#"exposure = "reported" or "absent""#),
        key("policy", r#"policy = "standard-1""#),
        key("effort", r#"[effort] with strata = ["physical"]"#),
        key(
            "jurisdictions",
            r#"[jurisdictions] with list = [{ code = "KR", title = "Republic of Korea" }], or with pattern = "[A-Z]{2}" and max = 249"#,
        ),
        key("measures", r#"[[measures]] with id = "2397/9""#),
        key("feeds", r#"[[feeds]] with source = "customs""#),
        key("calendar", r#"[[calendar]] with label = "dock workers' strike""#),
        key("erosion", r#"[erosion] with reference = ["2003-W01", "2007-W52"]"#),
        key("displacement", r#"[[displacement]] with label = "patrols of the strait""#),
        key("obligation", r#"[[obligation]] with name = "disposal""#),
        key("watch", r#"[[watch]] with name = "refused-boarding""#),
    ],
};

/// One measure.
pub(crate) const MEASURE: Form = Form {
    place: "in [[measures]]",
    keys: &[
        key("id", r#"id = "2397/9""#),
        key("title", r#"title = "seize and inspect vessels in port""#),
        key("instrument", r#"instrument = "UNSCR 2397 (2017)""#),
        key("paragraph", r#"paragraph = "9""#),
        key("basis", r#"basis = "read", "recalled" or "measured""#),
        key("basis_note", r#"basis_note = "content read; paragraph recalled""#),
        key("issuer", r#"issuer = "UN Security Council""#),
        key("purpose", r#"purpose = "unknown""#),
        key("hs", r#"hs = ["2701", "84", "8901-8908"]"#),
        key("direction", r#"direction = "inbound""#),
        key("unit", r#"unit = "count""#),
        key("weighed_in", r#"weighed_in = "t""#),
        key("from", "from = 2017-12-22"),
        key("to", "to = 2018-12-22"),
    ],
};

/// Whose acts are counted.
pub(crate) const JURISDICTIONS: Form = Form {
    place: "in [jurisdictions]",
    keys: &[key("list", r#"[[jurisdictions.list]] with code = "KR""#), key("pattern", r#"pattern = "[A-Z]{2}""#), key("max", "max = 249")],
};

/// One jurisdiction of a list.
pub(crate) const JURISDICTION: Form = Form {
    place: "in [[jurisdictions.list]]",
    keys: &[
        key("code", r#"code = "KR""#),
        key("title", r#"title = "Republic of Korea""#),
        key("neighbours", r#"neighbours = ["JP", "CN"]"#),
    ],
};

/// One feed.
pub(crate) const FEED: Form = Form {
    place: "in [[feeds]]",
    keys: &[
        key("source", r#"source = "customs""#),
        key("counts", r#"counts = ["inspections", "exposure"]"#),
        key("every_days", "every_days = 1"),
        key("arrives", r#"arrives = "singly" or "lots""#),
    ],
};

/// One entry of the calendar.
pub(crate) const CALENDAR: Form = Form {
    place: "in [[calendar]]",
    keys: &[
        key("label", r#"label = "dock workers' strike""#),
        key("from", "from = 2019-03-04"),
        key("to", "to = 2019-03-08"),
        key("kind", r#"kind = "strike""#),
        key("effect", r#"effect = "effort""#),
        key("jurisdiction", r#"jurisdiction = "KR""#),
        key("measure", r#"measure = "2397/9""#),
    ],
};

/// What counts as effort.
pub(crate) const EFFORT: Form = Form { place: "in [effort]", keys: &[key("strata", r#"strata = ["physical"]"#)] };

/// The policy.
pub(crate) const POLICY: Form = Form {
    place: "in [policy]",
    keys: &[
        key("extends", r#"extends = "standard-1""#),
        key("false_alarms_per_series_year", "false_alarms_per_series_year = 0.07"),
        key("slip_sizes", "slip_sizes = [0.20, 0.35, 0.50, 0.70, 0.88]"),
        key("drift_per_week", "drift_per_week = [0.015, 0.035]"),
        key("lookback_weeks", "lookback_weeks = 52"),
        key("guard_weeks", "guard_weeks = 26"),
        key("min_reported_share", "min_reported_share = 0.25"),
        key("completeness", r#"completeness = "estimated" or "assumed""#),
        key("silence_hold_weeks", "silence_hold_weeks = 8"),
        key("silence_grace_weeks", "silence_grace_weeks = 2"),
        key("outage_cap_sd", "outage_cap_sd = 2.5"),
        key("pool", r#"pool = "jurisdiction" or "off""#),
        key("pool_penalty", "pool_penalty = 1.0"),
        key("pool_own_floor", "pool_own_floor = 0.5"),
        key("pool_part", "pool_part = 0.75"),
        key("recovered_at", "recovered_at = 0.9"),
        key("recovery_evidence", "recovery_evidence = 2.0"),
        key("fade_weeks", "fade_weeks = 4"),
        key("recall_weeks", "recall_weeks = 26"),
        key("merge_weeks", "merge_weeks = 8"),
        key("escalation", "escalation = 4.0"),
        key("horizon_weeks", "horizon_weeks = 78"),
        key("effort_severity", r#"effort_severity = "warning""#),
        key("reference", r#"reference = { first = "2019-W01", last = "2019-W26" }"#),
    ],
};

/// A declared reference window.
pub(crate) const REFERENCE: Form = Form {
    place: "in policy.reference",
    keys: &[
        key("first", r#"first = "2019-W01""#),
        key("last", r#"last = "2019-W26""#),
        key("once_learnt", r#"once_learnt = "adopt" or "keep""#),
    ],
};

/// What long erosion is measured against.
pub(crate) const EROSION: Form = Form { place: "in [erosion]", keys: &[key("reference", r#"reference = ["2003-W01", "2007-W52"]"#)] };

/// One intervention after which displacement is looked for.
pub(crate) const DISPLACEMENT: Form = Form {
    place: "in [[displacement]]",
    keys: &[
        key("label", r#"label = "patrols of the strait""#),
        key("day", "day = 2004-07-20"),
        key("treated", r#"treated = ["STRAIT"]"#),
        key("neighbours", r#"neighbours = ["GULF"]"#),
        key("controls", r#"controls = ["COAST", "BAY"]"#),
        key("counts", r#"counts = "exposure""#),
        key("before_weeks", "before_weeks = 104"),
        key("after_weeks", "after_weeks = 104"),
    ],
};

/// One obligation with a clock.
pub(crate) const OBLIGATION: Form = Form {
    place: "in [[obligation]]",
    keys: &[
        key("name", r#"name = "disposal""#),
        key("opened_by", r#"opened_by = ["seizure.recorded"]"#),
        key("met_by", r#"met_by = ["seizure.disposed"]"#),
        key("within_days", "within_days = 30"),
        key("grace_days", "grace_days = 5"),
        key("jurisdiction", r#"jurisdiction = "KR""#),
        key("measure", r#"measure = "2397/9""#),
    ],
};

/// One rule on facts.
pub(crate) const WATCH: Form = Form {
    place: "in [[watch]]",
    keys: &[
        key("name", r#"name = "refused-boarding""#),
        key("events", r#"events = ["inspection.refused"]"#),
        key("overdue", r#"overdue = "disposal""#),
        key("jurisdiction", r#"jurisdiction = "KR""#),
        key("measure", r#"measure = "2397/9""#),
        key("stratum", r#"stratum = "boarding""#),
        key("about", r#"about = "record" or "jurisdiction""#),
        key("severity", r#"severity = "critical""#),
        key("action", r#"action = "Call the desk of the flag State.""#),
        key("resolves", r#"resolves = "by-act""#),
        key("resolves_after_days", "resolves_after_days = 14"),
    ],
};

/// Every section.
pub(crate) const FORMS: [&Form; 13] = [
    &TOP,
    &MEASURE,
    &JURISDICTIONS,
    &JURISDICTION,
    &FEED,
    &CALENDAR,
    &EFFORT,
    &POLICY,
    &REFERENCE,
    &EROSION,
    &DISPLACEMENT,
    &OBLIGATION,
    &WATCH,
];

impl Form {
    /// The names of its keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }

    /// One key of it.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_the_guide_or_in_the_shipped_policy() {
        let guide = include_str!("../../../deploy/regimes/README.md");
        let policy = include_str!("../../../deploy/regimes/policy/standard-1.toml");
        for name in FORMS.iter().flat_map(|form| form.names()) {
            assert!(guide.contains(name) || policy.contains(&format!("\n{name} = ")), "{name}");
        }
    }

    #[test]
    fn an_example_shows_its_own_key() {
        for key in FORMS.iter().flat_map(|form| form.keys) {
            assert!(key.example.contains(key.name), "{key:?}");
        }
    }
}
