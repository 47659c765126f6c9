//! Events and assessments of every shape, for property tests: all bodies, odd texts, odd reals, values of later versions.

use super::samples;
use proptest::{option, prelude::*, sample::select};
use std::sync::Arc;
use vocab::{
    assessment::{Assessment, Interval, Modes, PooledEvidence, Power, SeriesAssessment},
    event::*,
    identifier::{Checked, ContainerNumber, ImoNumber},
    name::*,
    place::Location,
    quantity::{Quantity, Unit},
    time::{DAY_MAX, Day, Instant, Occurred},
};

/// A text that is a name: quotes, backslashes, letters of other scripts, no white space at its ends.
fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9/._é\"\\\\한{}:,-]([ A-Za-z0-9/._é\"\\\\한{}:,-]{0,12}[A-Za-z0-9é\"])?"
}

fn label() -> impl Strategy<Value = Option<Label>> {
    option::of(text().prop_map(|text| Label::parse(&text).unwrap()))
}

fn day() -> impl Strategy<Value = Day> {
    (0..=DAY_MAX.0).prop_map(Day)
}

fn instant() -> impl Strategy<Value = Instant> {
    (0..i64::from(DAY_MAX.0) * 86_400_000).prop_map(Instant)
}

fn occurred() -> impl Strategy<Value = Occurred> {
    prop_oneof![
        day().prop_map(Occurred::on),
        (day(), 0..40_i32).prop_filter_map("within the years", |(day, days)| {
            let last = day.plus(days);
            (last <= DAY_MAX).then(|| Occurred::on(day).until(last).unwrap())
        }),
        day().prop_map(Occurred::in_month_of),
        (instant(), day()).prop_map(|(at, day)| Occurred::at(at, day)),
    ]
}

fn quantity() -> impl Strategy<Value = Option<Quantity>> {
    let unit = prop_oneof![Just(Unit::Count), Just(Unit::FlightHour), Just(Unit::Kilogram), (10..9_999).prop_map(Unit::Unrecognised)];
    option::of((0..=i64::MAX as u64, unit).prop_map(|(thousandths, unit)| Quantity::of_thousandths(thousandths, unit)))
}

fn ship() -> impl Strategy<Value = Option<Checked<ImoNumber>>> {
    option::of(prop_oneof![Just("9074729".to_owned()), text()].prop_map(|text| Checked::<ImoNumber>::of(&text)))
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(known: &'static [T], unrecognised: fn(i32) -> T) -> impl Strategy<Value = Option<T>> {
    option::of(prop_oneof![4 => select(known), 1 => (50..i32::MAX).prop_map(unrecognised)])
}

fn inspection() -> impl Strategy<Value = Body> {
    let words = (
        one_of(InspectionDepth::KNOWN, InspectionDepth::Unrecognised),
        one_of(Trigger::KNOWN, Trigger::Unrecognised),
        one_of(InspectionResult::KNOWN, InspectionResult::Unrecognised),
    );
    let container = option::of(text().prop_map(|text| Checked::<ContainerNumber>::of(&text)));
    (words, option::of(any::<u16>()), option::of(any::<u32>()), (ship(), container, label(), quantity())).prop_map(
        |((depth, trigger, result), deficiencies, duration_minutes, (ship, container, exposure_id, quantity))| {
            Body::InspectionPerformed(Inspection {
                depth,
                trigger,
                result,
                deficiencies,
                duration_minutes,
                ship,
                container,
                exposure_id,
                quantity,
            })
        },
    )
}

fn exposure() -> impl Strategy<Value = Body> {
    let hs = proptest::collection::vec("[0-9]{2,6}".prop_map(|text| Label::parse(&text).unwrap()), 0..4);
    (
        one_of(ExposureKind::KNOWN, ExposureKind::Unrecognised),
        one_of(Mode::KNOWN, Mode::Unrecognised),
        ship(),
        hs,
        quantity(),
        any::<Option<bool>>(),
    )
        .prop_map(|(kind, mode, ship, cargo_hs, quantity, must_inspect)| {
            Body::ExposureObserved(Exposure { kind, mode, ship, cargo_hs, quantity, must_inspect })
        })
}

fn seizure() -> impl Strategy<Value = Body> {
    let item = (label(), quantity(), one_of(Purpose::KNOWN, Purpose::Unrecognised)).prop_map(|(hs, quantity, purpose)| SeizedItem {
        hs,
        quantity,
        purpose,
    });
    (proptest::collection::vec(item, 0..4), one_of(SeizureGround::KNOWN, SeizureGround::Unrecognised), label(), ship())
        .prop_map(|(items, ground, concealment, ship)| Body::SeizureRecorded(Seizure { items, ground, concealment, ship }))
}

fn strange() -> impl Strategy<Value = Body> {
    ("[a-z]{3,8}\\.later", proptest::collection::vec(any::<u8>(), 0..200)).prop_map(|(name, bytes)| {
        Body::Unrecognised(UnrecognisedBody { type_name: EventTypeName::parse(&name).unwrap(), bytes: Arc::from(bytes) })
    })
}

fn context() -> impl Strategy<Value = Option<Arc<Context>>> {
    let reliability = option::of(select(&[Reliability::A, Reliability::F][..]));
    let marking = option::of(select(&[Marking::Clear, Marking::Red][..]));
    let location = option::of(prop_oneof![
        text().prop_map(|text| Location::Area(Label::parse(&text).unwrap())),
        (-900_000_000..=900_000_000, -1_800_000_000..=1_800_000_000)
            .prop_map(|(latitude_e7, longitude_e7)| Location::Position { latitude_e7, longitude_e7 }),
    ]);
    let case = option::of(text().prop_map(|text| CaseName::parse(&text).unwrap()));
    (label(), label(), case, reliability, marking, location, option::of(1..=6_u8)).prop_map(
        |(id, authority, case, reliability, marking, location, credibility)| {
            let credibility = credibility.and_then(Credibility::of);
            let context = Context { id, authority, case, reliability, credibility, marking, location, ..Context::default() };
            (context != Context::default()).then(|| Arc::new(context))
        },
    )
}

/// Any event of version 1, or one that carries values and types of a later version.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let body = prop_oneof![3 => inspection(), 1 => exposure(), 1 => seizure(), 1 => strange(), 2 => select(samples::bodies())];
    let operation = select(&[Operation::Assert, Operation::Correct, Operation::Retract][..]);
    let names = (text(), text(), text(), option::of(text()), option::of(text()), proptest::collection::vec(text(), 0..5));
    (names, any::<u32>(), operation, occurred(), option::of(instant()), 1..=u32::MAX, body, context()).prop_map(
        |((regime, source, record, jurisdiction, stratum, measures), revision, operation, occurred, reported, count, body, context)| {
            Event {
                regime: RegimeId::parse(&regime).unwrap(),
                source: SourceId::parse(&source).unwrap(),
                source_record_id: SourceRecordId::parse(&record).unwrap(),
                revision,
                operation,
                occurred,
                reported,
                count,
                jurisdiction: jurisdiction.map(|text| JurisdictionCode::parse(&text).unwrap()),
                measures: measures.iter().map(|text| MeasureId::parse(text).unwrap()).collect(),
                stratum: stratum.map(|text| Stratum::parse(&text).unwrap()),
                body,
                context,
            }
        },
    )
}

fn real() -> impl Strategy<Value = f64> {
    use proptest::num::f64::{NORMAL, SUBNORMAL, ZERO};
    prop_oneof![NORMAL, SUBNORMAL, ZERO, 0.0..1.0, (0..1_000_000).prop_map(f64::from)]
}

fn interval() -> impl Strategy<Value = Option<Interval>> {
    option::of((real(), real(), real()).prop_map(|(estimate, low, high)| Interval { estimate, low, high }))
}

fn series() -> impl Strategy<Value = SeriesAssessment> {
    let reals = (option::of(real()), option::of(real()), option::of(real()));
    let power = (real(), option::of(real()), any::<[Option<u16>; 2]>()).prop_map(
        |(half_in_26_weeks, smallest_fall_in_13_weeks, [weeks_for_half, weeks_for_30_percent])| Power {
            half_in_26_weeks,
            smallest_fall_in_13_weeks,
            weeks_for_half,
            weeks_for_30_percent,
        },
    );
    let sample = select(samples::assessment().series);
    (sample, any::<[i64; 3]>(), reals, (interval(), interval(), interval()), power, 0..=255_u16).prop_map(
        |(mut sample, seen, (completeness, evidence_nats, own_evidence_nats), (nowcast, expected, size), power, modes)| {
            for stream in &mut sample.streams {
                (stream.evidence_nats, stream.own_evidence_nats) = (evidence_nats, own_evidence_nats);
                (stream.expected, stream.size, stream.power) = (expected, size, Some(power));
            }
            SeriesAssessment { seen, completeness, nowcast, power, modes: Modes(modes), consignment: completeness, ..sample }
        },
    )
}

/// Any assessment whose reals are numbers.
pub(crate) fn assessment() -> impl Strategy<Value = Assessment> {
    let sample = select(samples::assessment().pooled);
    let pooled = (sample, real(), real(), real()).prop_map(|(sample, evidence_nats, ratio, sharing)| PooledEvidence {
        evidence_nats,
        ratio,
        sharing,
        ..sample
    });
    (proptest::collection::vec(series(), 0..4), proptest::collection::vec(pooled, 0..3)).prop_map(|(series, pooled)| Assessment {
        series,
        pooled,
        ..samples::assessment()
    })
}
