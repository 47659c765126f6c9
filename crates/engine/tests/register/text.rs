//! The door: a table of messages in, a table of what the register says out.
//!
//! Input: a header, then a message a line. Columns: `known` (a day, or an instant), `occurred`, `what`, `record`, `rev`, `place`,
//! `measure` (several with `+`), `n`, `stratum`, `case`, `kg` and `t` (what an inspection weighs, thousandths as decimals); `-` is none. Without `rev` a record's messages are numbered as they come.
//! `what` is inspected, seized, interdicted, exposed, refused, retracted, novel, noted, reworded, unsaid,
//! acted, `lists:A,B` (a pack that lists A and B too; its version is `record` or the number of its line).

use crate::run::{Log, Manner, REGIME, activation, admitted, log, pack, run};
use engine::register::Output;
use std::{collections::BTreeMap, fmt::Write, sync::Arc};
use vocab::{
    act::{Act, Deed},
    event::{
        Body, Circumstance, CircumstanceKind, Context, Event, Exposure, Inspection, Interdiction, Obstacle, Operation, Seizure, Selector,
        UnrecognisedBody,
    },
    name::{ActorId, CaseName, EventTypeName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, SourceRecordId, Stratum},
    quantity::{Quantity, Unit},
    series::MeasureKey,
    tally::{Fact, Ledger, Matter, Note},
    time::{Day, Instant, Occurred, Tick},
};

/// What a table of messages makes the register say, without the series `any` and the ledger.
pub(crate) fn check(input: &str, expected: &str) {
    let out = run(&read(input), Manner::PLAIN);
    assert_eq!(tidy(&out.iter().filter_map(line).collect::<Vec<_>>().join("\n")), tidy(expected));
}

/// What a table of messages makes of the series `any`.
pub(crate) fn check_any(input: &str, expected: &str) {
    let out = run(&read(input), Manner::PLAIN);
    assert_eq!(tidy(&out.iter().filter_map(any_line).collect::<Vec<_>>().join("\n")), tidy(expected));
}

/// The ledger that a table of messages ends with.
pub(crate) fn check_ledger(input: &str, expected: &str) {
    let out = run(&read(input), Manner::PLAIN);
    let mut text = String::new();
    for ((source, day), sum) in ledger(&out) {
        if source != "operator" {
            let Ledger { effective, duplicates, superseded, conflicts, late, unlisted } = sum;
            writeln!(text, "{day} {effective} {duplicates} {superseded} {conflicts} {late} {unlisted}").unwrap();
        }
    }
    assert_eq!(tidy(&text), tidy(&expected.replace("day effective duplicates superseded conflicts late unlisted", "")));
}

/// The sums of the ledger by source and day.
pub(crate) fn ledger(out: &[Output]) -> BTreeMap<(String, Day), Ledger> {
    let mut sums = BTreeMap::<_, Ledger>::new();
    for output in out {
        if let Output::Ledger(line) = output {
            *sums.entry((line.source.to_string(), line.day)).or_default() += line.change;
        }
    }
    sums.retain(|_, sum| *sum != Ledger::default());
    sums
}

fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The pack that holds before every table: KR, JP; 2397/9, 2375/7 (until 2019-06-01), grain and oil, weighed in tonnes, and what else is listed; 78 weeks.
fn base(version: u32, more: &[&str]) -> vocab::pack::Pack {
    let mut measures = vec!["2397/9", "2397/10", "2375/7:..2019-06-01", "grain#t", "oil#t"];
    measures.extend(more);
    let mut places = vec!["KR", "JP"];
    places.extend(more);
    pack(version, &places, &measures, 78)
}

/// Reads a table.
pub(crate) fn read(input: &str) -> Log {
    let mut lines = input.lines().map(str::trim).filter(|line| !line.is_empty());
    let columns: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let start = Day::parse("2018-12-31").unwrap();
    let mut records = vec![admitted(activation(&base(1, &[]), 1, start), start.last_tick())];
    let mut told = BTreeMap::<String, u32>::new();
    for (n, text) in (2..).zip(lines) {
        let row: BTreeMap<&str, &str> = columns.iter().copied().zip(text.split_whitespace()).filter(|(_, value)| *value != "-").collect();
        let known = tick(row["known"]);
        let record = row.get("record").copied().unwrap_or("A1");
        let nth = told.entry(record.to_owned()).or_insert(0);
        *nth += 1;
        let revision = row.get("rev").map_or(*nth, |rev| rev.parse().unwrap());
        records.push(match row["what"].strip_prefix("lists:") {
            Some(codes) => {
                let pack = base(row.get("record").map_or(n, |version| version.parse().unwrap()), &codes.split(',').collect::<Vec<_>>());
                let effective = row.get("occurred").map_or(known.day(), |text| Day::parse(text).unwrap());
                admitted(activation(&pack, 1, effective), known)
            }
            None => admitted(event(&row, record, revision), known),
        });
    }
    log(records)
}

fn tick(text: &str) -> Tick {
    Day::parse(text).map_or_else(|_| Tick::of(Instant::parse(text).unwrap()), Day::last_tick)
}

fn event(row: &BTreeMap<&str, &str>, record: &str, revision: u32) -> Event {
    let what = row["what"];
    let context = row.get("case").map(|case| Arc::new(Context { case: Some(CaseName::parse(case).unwrap()), ..Context::default() }));
    Event {
        regime: RegimeId::parse(row.get("regime").unwrap_or(&REGIME)).unwrap(),
        source: SourceId::parse("feed").unwrap(),
        source_record_id: SourceRecordId::parse(record).unwrap(),
        revision,
        operation: if what == "retracted" || what == "unsaid" { Operation::Retract } else { Operation::Assert },
        occurred: row.get("occurred").map_or(Occurred::on(tick(row["known"]).day()), |text| occurred(text)),
        reported: None,
        count: row.get("n").map_or(1, |n| n.parse().unwrap()),
        jurisdiction: (what != "acted").then(|| JurisdictionCode::parse(row.get("place").unwrap_or(&"KR")).unwrap()),
        measures: row.get("measure").unwrap_or(&"2397/9").split('+').map(|id| MeasureId::parse(id).unwrap()).collect(),
        stratum: row.get("stratum").map(|text| Stratum::parse(text).unwrap()),
        body: weighing(body(what), row),
        context,
    }
}

/// What is inspected or could be, with its weight if the row has one.
fn weighing(body: Body, row: &BTreeMap<&str, &str>) -> Body {
    let quantity = [("t", Unit::Tonne), ("kg", Unit::Kilogram)].into_iter().find_map(|(column, unit)| {
        let (whole, part) = row.get(column)?.split_once('.').unwrap_or((row[column], "0"));
        Some(Quantity::of_thousandths(1_000 * whole.parse::<u64>().unwrap() + format!("{part:0<3}").parse::<u64>().unwrap(), unit))
    });
    match body {
        Body::InspectionPerformed(inspection) => Body::InspectionPerformed(Inspection { quantity, ..inspection }),
        Body::ExposureObserved(exposure) => Body::ExposureObserved(Exposure { quantity, ..exposure }),
        other => other,
    }
}

fn occurred(text: &str) -> Occurred {
    match text.split_once("..") {
        Some((from, to)) => Occurred::on(Day::parse(from).unwrap()).until(Day::parse(to).unwrap()).unwrap(),
        None if text.len() == 7 => Occurred::in_month_of(Day::parse(&format!("{text}-01")).unwrap()),
        None => Occurred::on(Day::parse(text).unwrap()),
    }
}

fn body(what: &str) -> Body {
    let label = |text| Label::parse(text).unwrap();
    match what {
        "inspected" | "retracted" => Body::InspectionPerformed(Inspection::default()),
        "seized" => Body::SeizureRecorded(Seizure::default()),
        "interdicted" => Body::InterdictionOutcome(Interdiction::default()),
        "exposed" => Body::ExposureObserved(Exposure::default()),
        "refused" => Body::InspectionRefused(Obstacle::default()),
        "novel" => {
            Body::Unrecognised(UnrecognisedBody { type_name: EventTypeName::parse("drone.flown").unwrap(), bytes: Arc::from([1, 2]) })
        }
        "noted" | "reworded" | "unsaid" => Body::ContextNoted(Circumstance {
            kind: CircumstanceKind::Storm,
            effect: None,
            affects: Selector::default(),
            text: label(if what == "noted" { "a storm" } else { "a gale" }),
        }),
        "acted" | "acted-again" => Body::Act(Act {
            who: ActorId::parse("ann").unwrap(),
            why: label(what),
            deed: Deed::DeclareOutage { affects: Selector::default(), from: Day(17_900), until: Day(17_901) },
        }),
        other => panic!("what is {other}?"),
    }
}

fn sign(number: i64) -> String {
    format!("{number:+}")
}

/// A line for what is told of measures, cases, notes and facts.
fn line(output: &Output) -> Option<String> {
    match output {
        Output::Tally(tally) if tally.cell.series.measure == MeasureKey::Any => None,
        Output::Tally(tally) => Some(format!(
            "{} {} {} {} of {} first {} {}",
            tally.known.day(),
            tally.cell.series,
            tally.cell.count.as_str(),
            tally.cell.stratum.as_ref().map_or(String::new(), |stratum| format!("[{stratum}]")),
            tally.cell.occurred,
            tally.cell.first_known,
            if tally.cell.series.unit == Unit::Count {
                sign(tally.sum.acts)
            } else {
                format!("{} squared {:+}", sign(tally.sum.weight), tally.sum.weight_squared)
            }
        )),
        Output::Note(told) => note("note", told),
        Output::Fact(Fact::Told(told)) => note("fact", told),
        Output::Fact(Fact::Withdrawn(gone)) => {
            let series = gone.series.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            Some(format!("{} withdrawn of {} {series}", gone.known.day(), gone.occurred))
        }
        Output::Version(version) => {
            Some(format!("{} case {} of {} {}", version.known.day(), version.case_name, version.occurred, sign(i64::from(version.sign))))
        }
        Output::Late(late) => {
            Some(format!("{} late {} rev {} of {} n {}", late.known.day(), late.source_record_id, late.revision, late.occurred, late.count))
        }
        Output::Ledger(_) => None,
        Output::Unlisted(unlisted) => Some(format!("unlisted {} {} {}", unlisted.what.as_str(), unlisted.code, unlisted.count)),
    }
}

fn note(who: &str, note: &Note) -> Option<String> {
    let what = match &note.matter {
        // The pack before every table goes without saying.
        Matter::Pack(pack, _) if pack.version == 1 => return None,
        Matter::Pack(pack, _) => format!("pack {}", pack.version),
        Matter::Circumstance(circumstance, _) => format!("circumstance {}", circumstance.text),
        Matter::Definition(_) => "definition".into(),
        Matter::Target(_) => "target".into(),
        Matter::Feed(..) => "feed".into(),
        Matter::Act(act) => format!("act {}", act.why),
        Matter::Incident(incident) => format!("incident {}", incident.event),
        Matter::Duty(duty) => format!("duty {} {}", duty.name, duty.standing.as_str()),
    };
    Some(format!("{} {who} {what}", note.known.day()))
}

fn any_line(output: &Output) -> Option<String> {
    match output {
        Output::Tally(tally) if tally.cell.series.measure == MeasureKey::Any => {
            let sum = tally.sum;
            Some(format!(
                "{} {} acts {} m {} mm {}",
                tally.known.day(),
                tally.cell.series,
                sign(sum.acts),
                sign(sum.measures),
                sign(sum.measures_squared)
            ))
        }
        _ => None,
    }
}
