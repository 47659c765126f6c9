//! What a message costs on one core: the log's hop, JSON in, and a line of assessments out. `cargo bench -p wire --bench bytes`.
//!
//! Whole loops are timed, without a harness, so that this room needs no further crate; the best of many short rounds is
//! printed, because it is what a busy machine disturbs least.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints what it found, and stops where it cannot go on")]

#[path = "../tests/contract/samples.rs"]
#[expect(dead_code, reason = "the golden pairs need more of it")]
mod samples;

use std::sync::Arc;
use std::{hint::black_box, time::Instant};
use vocab::{
    event::Event,
    name::{JurisdictionCode, MeasureId, RegimeId},
    quantity::Unit,
    record::{Admitted, Refusal},
    series::{Count, MeasureKey, SeriesKey},
    tally::{Cell, Sum, Tallies, Tally},
    time::{Day, Tick},
};
use wire::{
    admitted, assessment, decision,
    entry::{Content, Entry, entry_from_protobuf, entry_to_protobuf},
    event,
};

const ROUNDS: usize = 201;
const TIMES: u32 = 500;

fn measure(what: &str, bytes: usize, mut once: impl FnMut()) {
    let best = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..TIMES).for_each(|_| once());
            start.elapsed().as_nanos() / u128::from(TIMES)
        })
        .min();
    println!("{what:<44} {bytes:>6} bytes {:>8} ns", best.unwrap());
}

/// An event as the replay job has it: a daily record with a stratum and one measure, no rest of the envelope.
fn plain_event() -> Event {
    let text = r#"{"type":"inspection.performed","regime":"replay","source":"feed-12","sourceRecordId":"e-0000123456",
        "revision":1,"op":"OPERATION_ASSERT","occurred":{"precision":"PRECISION_INSTANT","day":"2023-05-17","at":"2023-05-17T13:45:12.345Z"},
        "reported":"2023-05-19T02:00:00Z","jurisdiction":"J042","measures":["M07"],"stratum":"clear"}"#;
    event::event_from_json(text.as_bytes()).unwrap()
}

fn measure_event(name: &str, event: &Event) {
    let admitted = Admitted { event: std::sync::Arc::new(event.clone()), ..samples::admitted(event.clone()) };
    let (mut stored, mut line) = (Vec::new(), Vec::new());
    admitted::admitted_to_protobuf(&admitted, None, &mut stored);
    event::event_to_json(event, &mut line);
    let mut out = Vec::with_capacity(4_096);
    measure(&format!("{name}: admitted to protobuf"), stored.len(), || {
        out.clear();
        admitted::admitted_to_protobuf(black_box(&admitted), None, &mut out);
    });
    measure(&format!("{name}: admitted from protobuf"), stored.len(), || {
        drop(black_box(admitted::admitted_from_protobuf(black_box(&stored))))
    });
    measure(&format!("{name}: event to JSON"), line.len(), || {
        out.clear();
        event::event_to_json(black_box(event), &mut out);
    });
    measure(&format!("{name}: event from JSON"), line.len(), || drop(black_box(event::event_from_json(black_box(&line)))));
}

/// A tick's tallies of so many counts: a dozen measures in a few jurisdictions, as a live partition has them.
fn tallies(count: usize) -> Tallies {
    let known = Tick(6_220_800_000);
    let tally = |place: usize| {
        let series = SeriesKey {
            regime: RegimeId::parse("replay").unwrap(),
            jurisdiction: JurisdictionCode::parse(&format!("J{:03}", place / 12)).unwrap(),
            measure: MeasureKey::One(MeasureId::parse(&format!("M{:02}", place % 12)).unwrap()),
            unit: Unit::Count,
        };
        let cell = Cell { series, count: Count::Inspections, stratum: None, occurred: Day(17_959), first_known: Day(17_961) };
        Tally { cell, known, sum: Sum { acts: 1, ..Sum::default() } }
    };
    Tallies { known, tallies: (0..count).map(tally).collect() }
}

fn measure_entry(name: &str, content: Content) {
    let entry = Entry { origin: 1, content };
    let mut stored = Vec::new();
    entry_to_protobuf(&entry, &mut stored);
    let mut out = Vec::with_capacity(stored.len());
    measure(&format!("{name}: entry to protobuf"), stored.len(), || {
        out.clear();
        entry_to_protobuf(black_box(&entry), &mut out);
    });
    let nothing_compiles = |_: &[u8]| Err(Refusal::NotUtf8);
    measure(&format!("{name}: entry from protobuf"), stored.len(), || {
        drop(black_box(entry_from_protobuf(black_box(&stored), &nothing_compiles)))
    });
}

fn main() {
    measure_entry("admitted", Content::Admitted(Arc::new(samples::admitted(plain_event()))));
    measure_entry("1 tally", Content::Tallies(Arc::new(tallies(1))));
    measure_entry("100 tallies", Content::Tallies(Arc::new(tallies(100))));
    measure_event("plain", &plain_event());
    measure_event("full", &samples::event(samples::inspection()));
    let mut twelve = samples::assessment();
    let mut quiet = twelve.series[0].clone();
    quiet.streams.iter_mut().for_each(|stream| (stream.turn, stream.shares) = (None, Vec::new()));
    twelve.series = (0..12).map(|place| vocab::assessment::SeriesAssessment { seen: [place, 0, 4_000], ..quiet.clone() }).collect();
    assert!(matches!(twelve.series[0].measure, MeasureKey::One(_)));
    let mut out = Vec::with_capacity(1 << 16);
    assessment::assessment_to_json(&twelve, &mut out);
    measure("assessment of 12 series to JSON", out.len(), || {
        out.clear();
        assessment::assessment_to_json(black_box(&twelve), &mut out);
    });
    assessment::assessment_to_protobuf(&twelve, &mut out);
    out.clear();
    let transition = samples::transition(samples::changes().remove(0));
    decision::transition_to_json(&transition, &mut out);
    let line = String::from_utf8(out.clone()).unwrap();
    measure("transition from JSON", line.len(), || drop(black_box(decision::transition_from_json(black_box(&line)))));
}
