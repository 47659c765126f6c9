//! Logs drawn from a seed, made of the same JSON as the logs that people write.
//!
//! Three jurisdictions report three mixes of measures for about a year; reports come late, twice, corrected, withdrawn and in
//! conflict; effort falls somewhere, reports stop somewhere, people act on the alerts of a first run. Must never enter: a
//! figure that is expected of the product.

use crate::{
    Outcome,
    chance::Chance,
    event_log::{self, Line, Log},
    play,
};
use serde_json::{Value, json};
use vocab::{
    alert::{Change, Decision, Transition},
    time::{Day, Tick, Week},
};

const JURISDICTIONS: [&str; 4] = ["XA", "XB", "XC", "XD"];
const MIXES: [(&[&str], i32); 3] = [(&["arms"], 30), (&["arms", "coal"], 9), (&["fish", "grain"], 4)];

/// A log under way.
struct Writer {
    chance: Chance,
    first: Week,
    weeks: i32,
    lines: Vec<Line>,
    records: u32,
    grain: Grain,
    /// How many of a hundred stragglers come after the horizon; none in most logs, which are shorter for it.
    late_percent: usize,
}

/// What one record stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grain {
    /// All acts of a week.
    Total,
    /// One act.
    Act,
}

/// How a series fares: what share of its reports comes in a week.
struct Fortune {
    jurisdiction: &'static str,
    fall: (i32, i32),
    level_percent: i32,
    silence: (i32, i32),
}

impl Fortune {
    fn level(&self, jurisdiction: &str, week: i32) -> i32 {
        let falls = self.jurisdiction == jurisdiction && (self.fall.0..self.fall.1).contains(&week);
        if falls { self.level_percent } else { 100 }
    }

    fn is_silent(&self, jurisdiction: &str, week: i32) -> bool {
        self.jurisdiction != jurisdiction && jurisdiction == "XB" && (self.silence.0..self.silence.1).contains(&week)
    }
}

/// The log of a seed.
///
/// # Errors
/// When what was drawn cannot be read or played.
pub fn log(seed: u64) -> Outcome<Log> {
    let mut chance = Chance::new(seed, "a log");
    let late_percent = if chance.percent(25) { 20 } else { 0 };
    let mut writer =
        Writer { chance, first: Week::parse("2019-W01")?, weeks: 0, lines: Vec::new(), records: 0, grain: Grain::Total, late_percent };
    writer.weeks = writer.chance.between(40, 52);
    writer.reports();
    writer.circumstances()?;
    writer.incidents();
    let log = writer.read()?;
    let first_run = play::play(&log, play::Setup::PLAIN)?;
    let moves = first_run.decisions.iter().filter_map(|(_, decision)| match &**decision {
        Decision::Transition(moved) => Some(moved),
        Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => None,
    });
    moves.for_each(|moved| writer.act(moved));
    writer.read()
}

/// A log of two and a half years and more than 20,000 lines, one act a record.
///
/// # Errors
/// As [`log`].
pub fn long_log(seed: u64) -> Outcome<Log> {
    let (chance, first) = (Chance::new(seed, "a long log"), Week::parse("2019-W01")?);
    let mut writer = Writer { chance, first, weeks: 125, lines: Vec::new(), records: 0, grain: Grain::Act, late_percent: 20 };
    writer.reports();
    writer.circumstances()?;
    writer.read()
}

impl Writer {
    fn read(&mut self) -> Outcome<Log> {
        self.lines.sort_by_key(|line| line.clock);
        let first = self.lines.first().map_or(Day(0), |line| line.clock.day());
        let mut lines = vec![event_log::pack("duties.toml", first.plus(-1).last_tick())?];
        lines.extend_from_slice(&self.lines);
        let last = self.lines.last().map_or(first, |line| line.clock.day());
        Ok(Log { about: "drawn from a seed".to_owned(), lines, until: Some(last.plus(self.chance.between(1, 12))) })
    }

    fn reports(&mut self) {
        let start = self.chance.between(36, 48);
        let fortune = Fortune {
            jurisdiction: if self.chance.percent(60) { "XA" } else { "XC" },
            fall: (start, start + self.chance.between(5, 20)),
            level_percent: self.chance.between(3, 45),
            silence: (self.chance.between(20, 44), self.chance.between(36, 56)),
        };
        for week in 0..self.weeks {
            for jurisdiction in JURISDICTIONS {
                if !fortune.is_silent(jurisdiction, week) {
                    self.week(jurisdiction, week, fortune.level(jurisdiction, week));
                }
            }
        }
    }

    fn week(&mut self, jurisdiction: &str, week: i32, level_percent: i32) {
        for (measures, mean) in MIXES {
            if jurisdiction == "XD" && self.chance.percent(70) {
                continue;
            }
            let mean = mean * level_percent / 100;
            let spread = [0, 1, 2, 3, 4, 5, 6, 7, 8].into_iter().rfind(|root| root * root <= mean).unwrap_or(0) * 3 / 2;
            let count = (mean + self.chance.between(-spread, spread)).max(0);
            match self.grain {
                Grain::Total if count == 0 => {}
                Grain::Total => self.report(jurisdiction, measures, week, count),
                Grain::Act => (0..count).for_each(|_| self.report(jurisdiction, measures, week, 1)),
            }
            if self.chance.percent(10) {
                self.one(week, "exposureAggregate", json!({"jurisdiction": jurisdiction, "measures": measures, "count": "40"}));
            }
            if self.chance.percent(10) {
                self.one(week, "seizureRecorded", json!({"jurisdiction": jurisdiction, "measures": measures}));
            }
        }
    }

    /// A weekly total, and what may become of it.
    fn report(&mut self, jurisdiction: &str, measures: &[&str], week: i32, count: i32) {
        let mut fields = json!({"jurisdiction": jurisdiction, "measures": measures, "count": count.to_string()});
        if self.chance.percent(4) {
            fields["measures"] = json!(["arms", "tin"]); // tin is listed nowhere
        }
        if self.chance.percent(15) {
            fields["caseId"] = json!(format!("case-{}", self.chance.below(9)));
        }
        let (record, known) = self.one(week, "inspectionPerformed", fields.clone());
        let later = known.day().plus(self.chance.between(0, 70));
        match self.chance.below(100) {
            0..6 => {
                fields["count"] = json!((count + self.chance.between(-3, 3)).max(1).to_string());
                self.again((record, 1), (week, "OPERATION_CORRECT"), later, fields);
            }
            6..9 => {
                fields["measures"] = json!(["coal"]);
                fields["caseId"] = json!("case-moved");
                self.again((record, 2), (week - 1, "OPERATION_CORRECT"), later, fields.clone());
                self.again((record, 1), (week, "OPERATION_CORRECT"), later.plus(9), fields);
            }
            9..12 => self.again((record, 1), (week, "OPERATION_RETRACT"), later, fields),
            12..15 => {
                fields["count"] = json!("77");
                self.again((record, 0), (week, "OPERATION_ASSERT"), later, fields);
            }
            15..19 => self.again((record, 0), (week, "OPERATION_ASSERT"), later, fields),
            _ => {}
        }
    }

    /// A record of a week, with the tick it becomes known.
    fn one(&mut self, week: i32, body: &str, fields: Value) -> (u32, Tick) {
        self.records += 1;
        let delay = match self.chance.below(100) {
            0..72 => 0,
            72..90 => 1,
            90..96 => 2,
            96.. if self.chance.percent(self.late_percent) => self.chance.between(60, 90),
            _ => self.chance.between(3, 12),
        };
        let sunday = Week(self.first.0 + week + delay).sunday();
        let known = if self.chance.percent(25) { self.instant_in(sunday) } else { sunday.last_tick() };
        let record = self.records;
        self.put(known, self.event(record, (0, "OPERATION_ASSERT"), week, (body, fields)));
        (record, known)
    }

    fn again(&mut self, (record, revision): (u32, u32), (week, operation): (i32, &str), day: Day, fields: Value) {
        let known = if self.chance.percent(30) { self.instant_in(day) } else { day.last_tick() };
        self.put(known, self.event(record, (revision, operation), week, ("inspectionPerformed", fields)));
    }

    fn instant_in(&mut self, day: Day) -> Tick {
        Tick(day.last_tick().0 - i64::from(self.chance.between(1, 40)) * 3_600 * 2)
    }

    fn event(&self, record: u32, (revision, operation): (u32, &str), week: i32, (body, fields): (&str, Value)) -> Value {
        let mut event = fields;
        event["schemaVersion"] = json!(1);
        event["regime"] = json!("trial");
        event["source"] = json!(format!("customs-{}", record % 3));
        event["sourceRecordId"] = json!(format!("R{record}"));
        event["revision"] = json!(revision);
        event["op"] = json!(operation);
        let day = Week(self.first.0 + week).monday().plus(i32::try_from(record % 7).unwrap_or(0));
        event["occurred"] = json!({"precision": "PRECISION_DAY", "day": day.to_string()});
        event[body] = json!({});
        event
    }

    /// Nobody reports what is still to come: intake would turn it away, and take it when it is delivered again.
    fn put(&mut self, known: Tick, event: Value) {
        let occurred = event["occurred"]["day"].as_str().and_then(|day| Day::parse(day).ok());
        let known = occurred.filter(|day| *day > known.day()).map_or(known, Day::last_tick);
        let said = event_log::said(0, event.to_string().into_bytes());
        self.lines.push(Line { clock: known, said });
    }

    /// What is told of figures: a summit, a new definition, a feed's own words, an outage, a pack that lists one more.
    fn circumstances(&mut self) -> Outcome<()> {
        let bodies = [
            (
                "contextNoted",
                json!({"kind": "CIRCUMSTANCE_KIND_STRIKE", "effect": "CIRCUMSTANCE_EFFECT_EFFORT", "affects": {}, "text": "a strike"}),
            ),
            (
                "definitionChanged",
                json!({"affects": {"jurisdiction": "XB", "measure": "coal"}, "effective": "2019-08-01", "text": "a new form"}),
            ),
            ("feedStatus", json!({"condition": "FEED_CONDITION_HEARTBEAT"})),
            ("feedStatus", json!({"condition": "FEED_CONDITION_BACKFILL_STARTED"})),
            ("feedStatus", json!({"condition": "FEED_CONDITION_BACKFILL_ENDED"})),
            (
                "outageDeclared",
                json!({"who": "lee", "why": "a flood", "affects": {"jurisdiction": "XA"}, "from": "2019-09-02", "until": "2019-09-15"}),
            ),
        ];
        for (body, fields) in bodies {
            let week = self.chance.between(30, self.weeks - 1);
            self.say(Week(self.first.0 + week).sunday(), body, fields);
        }
        if self.chance.percent(50) {
            let known = Week(self.first.0 + self.chance.between(5, self.weeks - 2)).sunday().plus(-2).last_tick();
            self.lines.push(event_log::pack("wider.toml", known)?);
        }
        Ok(())
    }

    /// What the pack watches for: told late, twice, elsewhere, otherwise, and taken back.
    fn incidents(&mut self) {
        for week in 0..self.weeks {
            if !self.chance.percent(35) {
                continue;
            }
            let place = JURISDICTIONS[self.chance.below(JURISDICTIONS.len())];
            let measures = [["arms"].as_slice(), &["coal"], &["fish", "arms"]][self.chance.below(3)];
            let body = ["inspectionRefused", "inspectionImpossible", "seizureRecorded"][self.chance.below(3)];
            let case = format!("case-{}", self.chance.below(9));
            let mut fields = json!({"jurisdiction": place, "measures": measures, "stratum": "off-shore", "caseId": case});
            let (record, known) = self.one(week, body, fields.clone());
            if self.chance.percent(20) {
                self.one(week, body, fields.clone()); // another at about the same time
            }
            let later = known.day().plus(self.chance.between(0, 30));
            let (operation, body) = match self.chance.below(6) {
                0 => ("OPERATION_RETRACT", body),
                1 => ("OPERATION_CORRECT", "inspectionPerformed"),
                2 => ("OPERATION_CORRECT", body),
                3 => {
                    fields["jurisdiction"] = json!("XB");
                    fields["caseId"] = json!("case-moved");
                    ("OPERATION_CORRECT", body)
                }
                _ => continue,
            };
            let known = if self.chance.percent(50) { self.instant_in(later) } else { later.last_tick() };
            let event = self.event(record, (1, operation), week, (body, fields.clone()));
            self.put(known, event);
            if self.chance.percent(40) {
                let event = self.event(record, (2, "OPERATION_CORRECT"), week, (body, fields));
                let day = later.plus(self.chance.between(0, 9));
                self.put(day.last_tick(), event);
            }
        }
    }

    fn say(&mut self, day: Day, body: &str, fields: Value) {
        self.records += 1;
        let known = self.instant_in(day);
        let mut event = self.event(self.records, (0, "OPERATION_ASSERT"), (day.week().0 - self.first.0).max(0), (body, json!({})));
        event[body] = fields;
        self.put(known, event);
    }

    /// Somebody acts on an alert of the first run, as it was seen, or a little too late.
    fn act(&mut self, moved: &Transition) {
        let calls = matches!(moved.change, Change::Fired(_) | Change::Escalated(_) | Change::Reopened(_));
        if !calls || self.chance.percent(40) {
            return;
        }
        let day = moved.at.day().plus(self.chance.between(1, 20));
        let series = json!({"regime": "trial", "jurisdiction": moved.series.jurisdiction.as_str(),
            "measure": moved.series.measure.to_string(), "unit": "UNIT_COUNT"});
        let seen = json!({"alert": moved.alert.to_string(), "transition": moved.n, "series": series});
        let until = format!("{}T14:00:00Z", day.plus(self.chance.between(1, 25)));
        let (body, fields) = match self.chance.below(3) {
            0 => ("alertAcknowledged", json!({"who": "lee", "why": "looked into", "seen": seen, "until": until})),
            1 => ("alertClosed", json!({"who": "lee", "why": "a known matter", "seen": seen})),
            _ => {
                let (from, until) = (day.week().0 - self.chance.between(4, 10), day.week().0 - 1);
                let window = json!({"who": "lee", "why": "a new level", "series": seen["series"], "from": Week(from).to_string(), "until": Week(until).to_string()});
                ("levelRebased", window)
            }
        };
        self.say(day, body, fields);
    }
}
