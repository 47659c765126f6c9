//! Records through all stages of the judgement: what the register tells, the assessors weigh and the sentinel says, in one and in
//! several partitions of each.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use engine::{
    identity,
    register::{Bucket, Output, Register, is_broadcast},
};
use judged::weeks::monday;
use judged::{Log, Run, label, pack, regime};
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    event::{Body, Event, Inspection, Operation, PackActivation},
    name::{ActorId, JurisdictionCode, MeasureId, SourceId, SourceRecordId},
    record::{Admitted, Flags, RecordId},
    tally::Fact,
    time::{Day, Occurred, Tick},
};

fn source() -> SourceId {
    SourceId::parse("customs").unwrap()
}

fn id(name: &str) -> RecordId {
    identity::record(&source(), &SourceRecordId::parse(name).unwrap())
}

fn admitted(event: Event, known: Day) -> Admitted {
    let origin = if matches!(event.body, Body::PackActivated(_)) { 0 } else { 1 };
    Admitted {
        id: identity::record(&event.source, &event.source_record_id),
        content: identity::content(&event),
        case: None,
        known: known.last_tick(),
        origin,
        flags: Flags::default(),
        event: Arc::new(event),
    }
}

fn event(name: &str, body: Body, occurred: Day) -> Event {
    Event {
        regime: regime(),
        source: source(),
        source_record_id: SourceRecordId::parse(name).unwrap(),
        revision: 1,
        operation: Operation::Assert,
        occurred: Occurred::on(occurred),
        reported: None,
        count: 1,
        jurisdiction: None,
        measures: Vec::new(),
        stratum: None,
        body,
        context: None,
    }
}

/// So many inspections under coal and fish, told by one record.
fn inspected(name: &str, occurred: Day, count: u32) -> Event {
    Event {
        count,
        jurisdiction: Some(JurisdictionCode::parse("KR").unwrap()),
        measures: ["coal", "fish"].map(|measure| MeasureId::parse(measure).unwrap()).into(),
        ..event(name, Body::InspectionPerformed(Inspection::default()), occurred)
    }
}

fn activation() -> Event {
    let who = ActorId::parse("ada").unwrap();
    let activation = PackActivation { bytes: Arc::from(*b"pack"), pack: Some(Arc::new(pack())), who, why: label("start") };
    event("pack", Body::PackActivated(activation), monday(0))
}

/// A fall of six weeks that later turns out to have been a mistake of the source.
fn records() -> BTreeMap<Tick, Vec<Admitted>> {
    let mut records = vec![admitted(activation(), monday(0).plus(-1))];
    for number in 0..92_i32 {
        let ordinary = 97 + u32::try_from(number * 5 % 7).unwrap();
        let count = if (80..86).contains(&number) { 40 } else { ordinary };
        records.push(admitted(inspected(&format!("w{number}"), monday(number).plus(1), count), monday(number).plus(2)));
    }
    for number in 80..86 {
        let corrected =
            Event { revision: 2, operation: Operation::Correct, ..inspected(&format!("w{number}"), monday(number).plus(1), 99) };
        records.push(admitted(corrected, monday(87).plus(3)));
    }
    let mut log: BTreeMap<Tick, Vec<Admitted>> = BTreeMap::new();
    for record in records {
        log.entry(record.known).or_default().push(record);
    }
    for of_tick in log.values_mut() {
        of_tick.sort_by_key(|record| (record.id, record.event.revision, record.content));
    }
    log
}

/// What registers tell of the records, by the tick it belongs to.
fn told(partitions: u32, bucket: Bucket) -> Log {
    let mut log = Log::new();
    for partition in 0..partitions {
        let mut register = Register::new(partition, partitions, bucket);
        let mut out = Vec::new();
        for (&tick, records) in &records() {
            let own = |record: &&Admitted| is_broadcast(&record.event.body) || identity::home(record.id, partitions) == partition;
            let own: Vec<&Admitted> = records.iter().filter(own).collect();
            register.step(tick, &own, &mut out);
            register.pass(tick, &mut out);
        }
        out.into_iter().for_each(|output| deal(output, &mut log));
    }
    log
}

fn deal(output: Output, log: &mut Log) {
    match output {
        Output::Tally(tally) => log.entry(tally.known).or_default().tallies.push(tally),
        Output::Note(note) => log.entry(note.known).or_default().notes.push(note),
        Output::Fact(fact) => {
            let known = match &fact {
                Fact::Told(note) => note.known,
                Fact::Withdrawn(withdrawal) => withdrawal.known,
            };
            log.entry(known).or_default().facts.push(fact);
        }
        Output::Version(_) | Output::Late(_) | Output::Ledger(_) | Output::Unlisted(_) => {}
    }
}

fn run(log: &Log, partitions: usize) -> Run {
    let mut run = Run::new(partitions);
    for (&tick, batch) in log {
        run.step(tick, batch);
    }
    run.pass(monday(92).plus(-1).last_tick());
    run
}

#[test]
fn a_fall_that_corrections_explain_is_recalled_with_the_records_that_undid_it() {
    let run = run(&told(1, Bucket::Day), 1);
    let told = run.told();
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("KR/coal")).collect();
    // The alert fired on the weeks 80 and 81; corrections of later weeks are not why it goes.
    let mut undone = [id("w80").0[0], id("w81").0[0]];
    undone.sort_unstable();
    assert_eq!(
        lines,
        [
            "2019-07-28T23:59:59.750Z KR/coal 1 fired by collapse -> firing".to_owned(),
            format!("2019-09-08T23:59:59.750Z KR/coal 2 recalled 2 withdrawn {undone:?} -> recalled"),
        ]
    );
    let pooled = &run.assessments.last().unwrap().pooled[0];
    assert_eq!(pooled.sharing, 0.5, "every act serves both measures");
}

#[test]
fn partitions_and_buckets_of_the_register_decide_nothing() {
    let plain = run(&told(1, Bucket::Day), 1);
    for (registers, bucket, assessors) in [(1, Bucket::Minute, 1), (3, Bucket::Day, 3), (16, Bucket::Minute, 16)] {
        let other = run(&told(registers, bucket), assessors);
        assert_eq!(plain.assessments, other.assessments, "{registers} registers");
        assert_eq!(plain.decisions, other.decisions, "{registers} registers");
    }
}
