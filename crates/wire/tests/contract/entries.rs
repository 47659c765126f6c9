//! Entries of a generation's topics: a golden pair of every kind, any of them there and back, and what a damaged one says.

use super::{Doors, check, events, long, oracle, samples, written};
use proptest::{option, prelude::*, sample::select};
use std::sync::Arc;
use vocab::{
    act::{Act, Deed},
    event::Body,
    mark::Mark,
    name::*,
    pack::*,
    quantity::Unit,
    record::*,
    series::{Count, MeasureKey, SeriesKey},
    tally::*,
    time::{Day, Occurred, Tick},
    unlisted::{Unlisted, What},
    watch::DutyStanding,
};
use wire::entry::{Content, Entry, entry_from_json, entry_from_protobuf, entry_to_json, entry_to_protobuf};

/// The bytes of the only pack that the tests know.
const PACK: &[u8] = b"regime = \"dprk\"\n";

/// Stands for the compiler of packs, which this room does not see.
fn compile(bytes: &[u8]) -> Result<Arc<Pack>, Refusal> {
    if bytes == PACK {
        return Ok(Arc::new(pack()));
    }
    Err(Refusal::BadPack { mistakes: 1, first: samples::label("no such pack") })
}

fn doors() -> Doors<Entry> {
    Doors {
        message: "entry",
        to_protobuf: entry_to_protobuf,
        from_protobuf: |bytes| entry_from_protobuf(bytes, &compile),
        to_json: entry_to_json,
        from_json: |text| entry_from_json(text, &compile),
    }
}

fn policy() -> Policy {
    Policy {
        false_alarms_per_series_year: 0.07,
        slip_sizes: [0.2, 0.35, 0.5, 0.7, 0.88],
        drift_per_week: [0.015, 0.035],
        lookback_weeks: 52,
        guard_weeks: 26,
        min_reported_share: 0.25,
        silence_hold_weeks: 8,
        silence_grace_weeks: 2,
        outage_cap_sd: 2.5,
        pool: Pool::Jurisdiction { penalty: 1.0, own_floor: 0.5 },
        recovered_at: 0.9,
        recovery_evidence: 2.0,
        fade_weeks: 4,
        recall_weeks: 26,
        merge_weeks: 8,
        escalation: 4.0,
        horizon_weeks: 78,
        effort_severity: Severity::Critical,
        completeness: CompletenessRule::Estimated,
        reference: None,
    }
}

fn pack() -> Pack {
    Pack {
        regime: RegimeId::parse("dprk").unwrap(),
        title: samples::label("Trial"),
        version: 1,
        hash: PackHash([1; 32]),
        first_week: None,
        measures: Vec::new(),
        jurisdictions: Jurisdictions::Pattern { shape: vec![vec![('A', 'Z')]; 2], max: 40 },
        feeds: Vec::new(),
        effort_strata: Vec::new(),
        exposure: ExposureRule::Absent,
        calendar: Vec::new(),
        erosion: None,
        interventions: Vec::new(),
        obligations: Vec::new(),
        watches: Vec::new(),
        policy: policy(),
    }
}

fn series(measure: MeasureKey) -> SeriesKey {
    let (regime, jurisdiction) = (RegimeId::parse("dprk").unwrap(), JurisdictionCode::parse("KR").unwrap());
    SeriesKey { regime, jurisdiction, measure, unit: Unit::Count }
}

fn one(measure: &str) -> MeasureKey {
    MeasureKey::One(MeasureId::parse(measure).unwrap())
}

fn tallies() -> Tallies {
    let known = Tick(6_220_799_999);
    let tally = |measure, count, stratum: Option<&str>, sum| {
        let stratum = stratum.map(|text| Stratum::parse(text).unwrap());
        let cell = Cell { series: series(measure), count, stratum, occurred: Day(17_959), first_known: Day(17_961) };
        Tally { cell, known, sum }
    };
    let any = Sum { acts: 1, measures: 2, measures_squared: 4, ..Sum::default() };
    let taken_back = Sum { acts: -3, ..Sum::default() };
    let heavy = Sum { weight: 70_000, weight_squared: -(1_i128 << 70) - 5, ..Sum::default() };
    let tallies = vec![
        tally(MeasureKey::Any, Count::Inspections, Some("physical"), any),
        tally(one("2397/9"), Count::Inspections, Some("physical"), Sum { acts: 1, ..Sum::default() }),
        tally(one("2397/9"), Count::Interdictions, None, taken_back),
        tally(one("2375/7"), Count::Exposure, Some("document"), heavy),
    ];
    Tallies { known, tallies }
}

fn note(matter: Matter) -> Note {
    Note {
        record: RecordId([7; 16]),
        known: Tick(6_220_800_000),
        regime: RegimeId::parse("dprk").unwrap(),
        jurisdiction: Some(JurisdictionCode::parse("KR").unwrap()),
        matter,
    }
}

/// Every matter of a note: those of the bodies that make one, and a pack with its bytes.
fn notes() -> Vec<Note> {
    let occurred = Occurred::on(Day(17_959)).until(Day(17_961)).unwrap();
    let of = |body| match body {
        Body::ContextNoted(circumstance) => Some(Matter::Circumstance(circumstance, occurred)),
        Body::DefinitionChanged(change) => Some(Matter::Definition(change)),
        Body::TargetChanged(change) => Some(Matter::Target(change)),
        Body::FeedStatus(status) => Some(Matter::Feed(SourceId::parse("kr-customs").unwrap(), status)),
        Body::Act(act) => Some(Matter::Act(act)),
        _ => None,
    };
    let mut notes: Vec<Note> = samples::bodies().into_iter().filter_map(of).map(note).collect();
    notes.extend([note(Matter::Incident(long::incident())), note(Matter::Duty(long::duty(DutyStanding::Overdue)))]);
    notes.push(Note { jurisdiction: None, ..note(Matter::Pack(Arc::new(pack()), Arc::from(PACK))) });
    notes
}

const fn word(matter: &Matter) -> &'static str {
    match matter {
        Matter::Pack(..) => "pack",
        Matter::Circumstance(..) => "circumstance",
        Matter::Definition(_) => "definition",
        Matter::Target(_) => "target",
        Matter::Feed(..) => "feed",
        Matter::Incident(_) => "incident",
        Matter::Duty(_) => "duty",
        Matter::Act(Act { deed: Deed::Acknowledge { .. }, .. }) => "acknowledged",
        Matter::Act(Act { deed: Deed::Close { .. }, .. }) => "closed",
        Matter::Act(Act { deed: Deed::Rebase { .. }, .. }) => "rebased",
        Matter::Act(Act { deed: Deed::DeclareOutage { .. }, .. }) => "outage",
    }
}

fn withdrawal() -> Withdrawal {
    Withdrawal {
        record: RecordId([9; 16]),
        regime: RegimeId::parse("dprk").unwrap(),
        known: Tick(6_220_800_001),
        occurred: Day(17_959),
        series: vec![series(MeasureKey::Any), series(one("2397/9"))],
    }
}

fn version(sign: i8) -> Version {
    Version {
        case: CaseId([3; 16]),
        case_name: CaseName::parse("wise-honest").unwrap(),
        record: RecordId([7; 16]),
        sign,
        occurred: Day(17_959),
        known: Tick(6_220_800_000),
        step: None,
    }
}

/// A version that says what joins.
fn step() -> Version {
    let step = Step {
        regime: RegimeId::parse("dprk").unwrap(),
        event: EventTypeName::parse("seizure.recorded").unwrap(),
        jurisdiction: Some(JurisdictionCode::parse("KR").unwrap()),
        measures: vec![MeasureId::parse("2375/7").unwrap(), MeasureId::parse("2397/9").unwrap()],
        stratum: Some(Stratum::parse("physical").unwrap()),
    };
    Version { step: Some(step), ..version(1) }
}

fn ledger() -> LedgerLine {
    let change = Ledger { effective: -1, duplicates: 2, superseded: 1, conflicts: 3, late: 4, unlisted: 5 };
    LedgerLine { source: SourceId::parse("kr-customs").unwrap(), day: Day(17_961), change }
}

fn unlisted(what: What) -> Unlisted {
    Unlisted { regime: RegimeId::parse("dprk").unwrap(), what, code: samples::label("2397/99"), count: 12 }
}

const MARK: Mark = Mark { generation: 1, stage: 2, first: 0, until: 9, known: Tick(6_220_799_999), count: 9 };

fn of(name: &'static str, content: Content) -> (&'static str, Entry) {
    (name, Entry { origin: 3, content })
}

/// One entry of every kind, with its name.
fn entries() -> Vec<(String, Entry)> {
    let tick = Tick(6_220_800_000);
    let activation = samples::bodies().into_iter().find_map(|body| match body {
        Body::PackActivated(activation) => Some(activation),
        _ => None,
    });
    let activation = vocab::event::PackActivation { bytes: Arc::from(PACK), pack: Some(Arc::new(pack())), ..activation.unwrap() };
    let activated = samples::admitted(samples::event(Body::PackActivated(activation)));
    let decision = samples::decisions().remove(0).1;
    let named = [
        ("mark", Entry { origin: 0, content: Content::Mark(MARK) }),
        of("admitted", Content::Admitted(Arc::new(samples::admitted(samples::event(samples::inspection()))))),
        of("admitted.pack", Content::Admitted(Arc::new(activated))),
        of("tallies", Content::Tallies(Arc::new(tallies()))),
        of("fact.told", Content::Fact(Arc::new(Fact::Told(notes().remove(0))))),
        of("fact.withdrawn", Content::Fact(Arc::new(Fact::Withdrawn(withdrawal())))),
        of("version.joins", Content::Version(Arc::new(version(1)))),
        of("version.step", Content::Version(Arc::new(step()))),
        of("version.leaves", Content::Version(Arc::new(version(-1)))),
        of("ledger", Content::Ledger(tick, Arc::new(ledger()))),
        of("unlisted", Content::Unlisted(tick, Arc::new(unlisted(What::Measure)))),
        of("late", Content::Late(Arc::new(samples::late()))),
        of("refused", Content::Refused(tick, Arc::new(samples::refused(samples::refusals().remove(0))))),
        of("assessment", Content::Assessment(Arc::new(samples::assessment()))),
        of("decision", Content::Decision(tick, Arc::new(decision))),
    ];
    let notes = notes().into_iter().map(|told| {
        let name = format!("note.{}", word(&told.matter));
        (name, Entry { origin: 1, content: Content::Note(Arc::new(told)) })
    });
    named
        .into_iter()
        .map(|(name, entry)| (name.to_owned(), entry))
        .chain(notes)
        .map(|(name, entry)| (format!("entry.{name}"), entry))
        .collect()
}

/// The names of the golden pairs of entries.
pub(crate) fn names() -> Vec<String> {
    entries().into_iter().map(|(name, _)| name).collect()
}

#[test]
fn every_entry_has_a_golden_pair() {
    let names: Vec<String> = names();
    let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), 15 + 11, "every kind of entry, and every matter of a note, once");
    for (name, entry) in entries() {
        check(&doors(), &name, &entry);
    }
}

#[test]
fn series_and_strata_of_tallies_stand_once() {
    let line = written(entry_to_json, &Entry { origin: 0, content: Content::Tallies(Arc::new(tallies())) });
    let line = String::from_utf8(line).unwrap();
    assert_eq!(line.matches("\"regime\"").count(), 3, "{line}");
    assert!(line.contains(r#""strata":["physical","document"]"#), "{line}");
}

#[test]
fn the_entry_of_an_original_is_read_as_the_event_it_holds() {
    let admitted = samples::admitted(samples::event(samples::inspection()));
    let mut original = written(wire::event::event_to_protobuf, &admitted.event);
    original.extend([0xd0, 0x05, 0x07]); // field 90, of a later version
    let mut bytes = Vec::new();
    let came = wire::admitted::Original { encoding: Encoding::Protobuf, bytes: &original, attributes: &[] };
    wire::entry::original_entry_to_protobuf(&admitted, came, &mut bytes);
    assert!(bytes.windows(original.len()).any(|window| window == original), "the message stays as it came");
    let want = Entry { origin: admitted.origin, content: Content::Admitted(Arc::new(admitted)) };
    assert_eq!(entry_from_protobuf(&bytes, &compile), Ok(want));
}

#[test]
fn what_a_later_version_adds_to_an_entry_is_read_past() {
    for (name, entry) in entries() {
        let mut bytes = written(entry_to_protobuf, &entry);
        bytes.extend([0xda, 0x05, 0x05, b'l', b'a', b't', b'e', b'r']); // field 91: a text
        assert_eq!(entry_from_protobuf(&bytes, &compile).as_ref(), Ok(&entry), "{name}");
    }
    let refusal = entry_from_protobuf(&[0xda, 0x05, 0x01, b'x'], &compile).unwrap_err();
    assert_eq!(refusal.to_string(), "field content is missing", "a kind of a later version is no kind of ours");
}

#[test]
fn a_damaged_entry_says_which_field() {
    let table = [
        (r#"{}"#, "field content is missing"),
        (r#"{"mark":{"until":1,"first":1}}"#, "field until: ends before it begins"),
        (r#"{"mark":{"until":1,"stage":256}}"#, "field stage: is too large"),
        (r#"{"tallies":{"tallies":[{"count":"inspections"}]}}"#, "field tallies.series: is too large"),
        (
            r#"{"tallies":{"series":[{"regime":"r","jurisdiction":"KR","unit":"count"}],"tallies":[{"count":"inspections","stratum":1}]}}"#,
            "field tallies.stratum: is too large",
        ),
        (
            r#"{"tallies":{"series":[{"regime":"r","jurisdiction":"KR","unit":"count"}],"tallies":[{"count":7}]}}"#,
            "field tallies.count: is not one of the known words",
        ),
        (r#"{"tallies":{"series":[{"regime":"r","jurisdiction":"KR"}]}}"#, "field series.unit is missing"),
        (r#"{"note":{"record":"AAAA","regime":"r","pack":"AAAA"}}"#, "field record: is not of the type expected"),
        (r#"{"note":{"record":"AAAAAAAAAAAAAAAAAAAAAA==","regime":"r"}}"#, "field matter is missing"),
        (
            r#"{"note":{"record":"AAAAAAAAAAAAAAAAAAAAAA==","regime":"r","pack":"AAAA"}}"#,
            "the pack has 1 mistakes, the first: no such pack",
        ),
        (r#"{"fact":{}}"#, "field fact is missing"),
        (r#"{"version":{"case":"AAAA"}}"#, "field case: is not of the type expected"),
        (r#"{"ledger":{}}"#, "field source is missing"),
        (r#"{"unlisted":{"regime":"r","code":"x"}}"#, "field what is missing"),
        (r#"{"mark":{"until":1},"late":{}}"#, "not valid JSON: late is there twice, or beside another of its group"),
    ];
    for (text, want) in table {
        assert_eq!(entry_from_json(text, &compile).map_err(|refusal| refusal.to_string()), Err(want.to_owned()), "{text}");
    }
    for sign in ["0", "2", "-2"] {
        let text = format!(r#"{{"version":{{"case":"{0}","caseName":"c","record":"{0}","sign":{sign}}}}}"#, "AAAAAAAAAAAAAAAAAAAAAA==");
        assert!(entry_from_json(&text, &compile).unwrap_err().to_string().starts_with("field sign: "), "{sign}");
    }
}

fn sum() -> impl Strategy<Value = Sum> {
    (any::<[i64; 4]>(), any::<i128>()).prop_map(|([acts, measures, measures_squared, weight], weight_squared)| Sum {
        acts,
        measures,
        measures_squared,
        weight,
        weight_squared,
    })
}

fn any_series() -> impl Strategy<Value = SeriesKey> {
    let measure = option::of(select(&["2397/9", "2375/7", "M-1"][..]));
    let unit = prop_oneof![Just(Unit::Count), Just(Unit::Tonne), (10..9_999).prop_map(Unit::Unrecognised)];
    (select(&["KR", "US-MA", "한국"][..]), measure, unit).prop_map(|(code, measure, unit)| SeriesKey {
        jurisdiction: JurisdictionCode::parse(code).unwrap(),
        unit,
        ..series(measure.map_or(MeasureKey::Any, one))
    })
}

fn any_tallies() -> impl Strategy<Value = Tallies> {
    let stratum = option::of(select(&["physical", "document", "é\"x"][..]).prop_map(|text| Stratum::parse(text).unwrap()));
    let tally = (any_series(), select(&Count::ALL[..]), stratum, any::<[i32; 2]>(), sum());
    (any::<i64>(), proptest::collection::vec(tally, 0..40)).prop_map(|(known, tallies)| {
        let known = Tick(known);
        let tally = |(series, count, stratum, [occurred, first_known], sum): (_, _, _, [i32; 2], _)| {
            let cell = Cell { series, count, stratum, occurred: Day(occurred), first_known: Day(first_known) };
            Tally { cell, known, sum }
        };
        Tallies { known, tallies: tallies.into_iter().map(tally).collect() }
    })
}

fn any_mark() -> impl Strategy<Value = Mark> {
    (any::<[u32; 3]>(), any::<u8>(), 1..=u32::MAX, any::<i64>()).prop_map(|([generation, first, count], stage, until, known)| Mark {
        generation,
        stage,
        first: first % until,
        until,
        known: Tick(known),
        count,
    })
}

fn any_book() -> impl Strategy<Value = Content> {
    let line = (any::<i32>(), any::<[i64; 6]>()).prop_map(|(day, [effective, duplicates, superseded, conflicts, late, unlisted])| {
        LedgerLine { day: Day(day), change: Ledger { effective, duplicates, superseded, conflicts, late, unlisted }, ..ledger() }
    });
    let joins = (any::<[u8; 16]>(), any::<bool>(), any::<i32>(), any::<i64>()).prop_map(|(case, joins, occurred, known)| Version {
        case: CaseId(case),
        occurred: Day(occurred),
        known: Tick(known),
        ..version(if joins { 1 } else { -1 })
    });
    prop_oneof![
        (any::<i64>(), line).prop_map(|(tick, line)| Content::Ledger(Tick(tick), Arc::new(line))),
        joins.prop_map(|version| Content::Version(Arc::new(version))),
        (any::<i64>(), select(&What::ALL[..]), any::<u64>())
            .prop_map(|(tick, what, count)| Content::Unlisted(Tick(tick), Arc::new(Unlisted { count, ..unlisted(what) }))),
    ]
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let withdrawn = (any::<[u8; 16]>(), any::<i64>(), any::<i32>(), proptest::collection::vec(any_series(), 0..5));
    prop_oneof![
        (select(notes()), any::<[u8; 16]>(), any::<i64>()).prop_map(|(note, record, known)| Fact::Told(Note {
            record: RecordId(record),
            known: Tick(known),
            ..note
        })),
        withdrawn.prop_map(|(record, known, occurred, series)| Fact::Withdrawn(Withdrawal {
            record: RecordId(record),
            known: Tick(known),
            occurred: Day(occurred),
            series,
            ..withdrawal()
        })),
    ]
}

/// Boxed, as its values are large and a test has a small stack.
fn any_content() -> BoxedStrategy<Content> {
    let admitted = (events::event(), any::<i64>(), any::<u32>()).prop_filter_map("a pack that is known", |(event, known, origin)| {
        let is_pack = matches!(event.body, Body::PackActivated(_));
        (!is_pack).then(|| Content::Admitted(Arc::new(Admitted { known: Tick(known), origin, ..samples::admitted(event) })))
    });
    prop_oneof![
        any_mark().prop_map(Content::Mark).boxed(),
        admitted.boxed(),
        any_tallies().prop_map(|told| Content::Tallies(Arc::new(told))).boxed(),
        any_book().boxed(),
        any_fact().prop_map(|fact| Content::Fact(Arc::new(fact))).boxed(),
        events::assessment().prop_map(|told| Content::Assessment(Arc::new(told))).boxed(),
    ]
    .boxed()
}

proptest! {
    #[test]
    fn entries_come_back_and_are_written_as_the_oracle_writes_them(origin in any::<u32>(), content in any_content()) {
        let entry = Entry { origin, content };
        let (bytes, line) = (written(entry_to_protobuf, &entry), written(entry_to_json, &entry));
        oracle::agrees_on_entry(&bytes, std::str::from_utf8(&line).unwrap());
        prop_assert_eq!(entry_from_protobuf(&bytes, &compile), Ok(entry.clone()));
        prop_assert_eq!(entry_from_json(std::str::from_utf8(&line).unwrap(), &compile), Ok(entry));
    }

    #[test]
    fn damaged_entries_never_panic(entry in select(entries()), place in any::<prop::sample::Index>(), bits in 1..=255_u8, cut in any::<bool>()) {
        let mut bytes = written(entry_to_protobuf, &entry.1);
        let place = place.index(bytes.len());
        bytes[place] ^= bits;
        if cut {
            bytes.truncate(place);
        }
        drop(entry_from_protobuf(&bytes, &compile));
    }
}
