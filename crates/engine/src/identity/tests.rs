//! Identities are promises: the pinned ones may never change, the others must differ where the things do.

use super::*;
use std::{string::ToString, sync::Arc, vec};
use vocab::{
    event::Inspection,
    name::{ActorId, Label},
    quantity::Unit,
    time::Instant,
};

fn event() -> Event {
    Event {
        regime: RegimeId::parse("dprk").unwrap(),
        source: SourceId::parse("feed").unwrap(),
        source_record_id: SourceRecordId::parse("A1").unwrap(),
        revision: 1,
        operation: Operation::Assert,
        occurred: Occurred::on(Day(17_956)),
        reported: None,
        count: 2,
        jurisdiction: JurisdictionCode::parse("KR").ok(),
        measures: vec![MeasureId::parse("2397/9").unwrap()],
        stratum: Stratum::parse("physical").ok(),
        body: Body::InspectionPerformed(Inspection::default()),
        context: None,
    }
}

fn series(measure: MeasureKey) -> SeriesKey {
    SeriesKey { regime: event().regime, jurisdiction: event().jurisdiction.unwrap(), measure, unit: Unit::Count }
}

#[test]
fn identities_stay_what_they_were() {
    let event = event();
    let claim = claim(&event.regime, Rule::Slippage, &series(MeasureKey::One(event.measures[0].clone())));
    let alert = alert(claim, Day(17_956));
    let ids = [
        record(&event.source, &event.source_record_id).to_string(),
        case(&event.regime, &CaseName::parse("C1").unwrap()).to_string(),
        content(&event).to_string(),
        claim.to_string(),
        alert.to_string(),
        transition(alert, 1).to_string(),
        assessment(&event.regime, event.jurisdiction.as_ref().unwrap(), Day(17_956)).to_string(),
    ];
    assert_eq!(ids, PINNED);
}

/// All but the third were computed by an independent few lines of hashlib too; the third rests on the bytes of `postcard`.
const PINNED: [&str; 7] = [
    "3ff78e0e92bcbdd2f9aed698c39c54cd",
    "8d341c1bd058dfa275904915318f4440",
    "14c4be0c75627d6fcd84b22a62d88ef3",
    "5d645db931573ac5d97b319a18cf0c32",
    "c5736480bb64f350f865102ddb6d65d4",
    "4e849f8693579a9e4f1ba6fd31f20a94",
    "e50a5199f8eb7d51361f16a8006cee6e",
];

#[test]
fn parts_do_not_run_together() {
    let record_of = |source, id| record(&SourceId::parse(source).unwrap(), &SourceRecordId::parse(id).unwrap());
    assert_ne!(record_of("ab", "c"), record_of("a", "bc"));
    let any = claim(&event().regime, Rule::Slippage, &series(MeasureKey::Any));
    assert_ne!(any, claim(&event().regime, Rule::Slippage, &series(MeasureKey::One(MeasureId::parse("any").unwrap()))));
}

#[test]
fn what_is_not_judged_does_not_change_the_content() {
    let plain = event();
    let told_otherwise = Event {
        revision: 7,
        reported: Some(Instant(5)),
        measures: vec![plain.measures[0].clone(); 2],
        context: Some(Arc::new(Context { id: Label::parse("message-7").ok(), ..Context::default() })),
        ..plain.clone()
    };
    assert_eq!(content(&plain), content(&told_otherwise));
}

#[test]
fn what_is_judged_does() {
    let plain = event();
    let context = |context| Some(Arc::new(context));
    let others = [
        Event { operation: Operation::Retract, ..plain.clone() },
        Event { occurred: Occurred::on(Day(17_957)), ..plain.clone() },
        Event { count: 3, ..plain.clone() },
        Event { jurisdiction: None, ..plain.clone() },
        Event { measures: vec![], ..plain.clone() },
        Event { stratum: None, ..plain.clone() },
        Event { body: Body::InspectionPerformed(Inspection { deficiencies: Some(0), ..Inspection::default() }), ..plain.clone() },
        Event { context: context(Context { case: CaseName::parse("C1").ok(), ..Context::default() }), ..plain.clone() },
    ];
    for other in others {
        assert_ne!(content(&plain), content(&other), "{other:?}");
    }
}

#[test]
fn several_measures_are_a_set() {
    let of = |ids: &[&str]| content(&Event { measures: ids.iter().map(|id| MeasureId::parse(id).unwrap()).collect(), ..event() });
    assert_eq!(of(&["a", "b"]), of(&["b", "a", "b"]));
    assert_ne!(of(&["a", "b"]), of(&["a", "c"]));
}

#[test]
fn a_pack_is_its_bytes() {
    let activation = |bytes: &[u8]| PackActivation {
        bytes: Arc::from(bytes),
        pack: None,
        who: ActorId::parse("ann").unwrap(),
        why: Label::parse("new rules").unwrap(),
    };
    let of = |bytes: &[u8]| content(&Event { body: Body::PackActivated(activation(bytes)), ..event() });
    assert_eq!(of(&[7; 1_000]), of(&[7; 1_000]));
    assert_ne!(of(&[7; 1_000]), of(&[7; 1_001]));
}
