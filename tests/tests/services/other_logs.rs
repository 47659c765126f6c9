//! Logs that a service must not go on with: of another judgement, of another generation, with records where their keys do not belong. It
//! refuses them at its start with the way out, and exit code 78; it writes nothing.
//!
//! Must never enter: a log that a service made.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::running::Running;
use engine::intake::Pace;
use journal::{
    Commit, Entry, InputPosition, PositionEntry, Store as _,
    kafka::{Inputs, KafkaStore},
};
use service_kit::broker::end_on_stall;
use stages::{
    GENERATION,
    bytes::Bytes,
    intaking::{self, Intaking},
    judgement,
    message::{ADMITTED, EVENTS, Message},
};
use tests::{broker::broker, feed::message, on_kafka::Stand};
use vocab::time::{Day, Tick};
use wire::inbound::{Envelope, Schemas, decode};

fn stand(partitions: u32) -> Option<Stand> {
    let broker = broker()?;
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions, instances: 1 };
    stand.make_topics().unwrap();
    Some(stand)
}

/// Leaves an entry of a task of a group, as another program would have.
fn leave(stand: &Stand, (group, task): (&str, &str), position: PositionEntry) {
    let settings = stand.section(0).settings(group, Inputs::Chosen).unwrap();
    let mut store = KafkaStore::open(settings, Bytes::of(&stand.section(0).space()), end_on_stall()).unwrap();
    let lease = store.restore(task).unwrap().lease;
    store.commit(&mut [Commit { lease, outputs: Vec::new(), position, checkpoint: None }]).unwrap();
}

/// Waits until a service has ended of itself; what it said.
fn refusal(mut service: Running) -> String {
    let failed = service.join().expect_err("it goes on with a log that is not its own");
    assert_eq!(failed.exit_code(), 78, "{failed}");
    failed.to_string()
}

fn ends(stand: &Stand) -> Vec<u64> {
    let reader = stand.reader().unwrap();
    (0..stand.partitions).map(|partition| reader.ends((ADMITTED, partition)).unwrap().1).collect()
}

#[test]
fn a_log_of_another_judgement_or_generation_is_refused_at_the_start() {
    let Some(stand) = stand(1) else { return };
    let inputs = |topic| vec![InputPosition::start(topic, 0)];
    let other = PositionEntry { judgement: "0".to_owned(), ..intaking::position("intake/1", Some(Tick(7)), inputs(EVENTS)) };
    leave(&stand, ("intake", "intake/1"), other);
    let other = PositionEntry { generation: GENERATION + 1, ..intaking::position("register/0", None, inputs(ADMITTED)) };
    leave(&stand, ("register", "register/0"), other);
    let (before, intake) = (ends(&stand), Running::intake(stand.section(0), "watched.toml"));
    let casebook = Running::casebook(stand.section(0));
    let told = refusal(intake);
    let running = judgement();
    assert!(told.contains(&format!("judged by \"0\" and this program is {running:?}")) && told.contains("export the log"), "{told}");
    let told = refusal(casebook);
    assert!(told.contains("generation 2, not 1") && told.contains("export the log and import it"), "{told}");
    assert_eq!(ends(&stand), before);
}

#[test]
fn a_log_whose_records_stand_elsewhere_is_refused_at_the_start() {
    let Some(stand) = stand(3) else { return };
    let mut store = stand.store().unwrap();
    let mut intaking = Intaking::open(&mut store, Pace::Live, stand.partitions).unwrap();
    let (day, mut moved) = (Day(18_000), 0);
    for n in 0..10 {
        let envelope = Envelope::of_kafka(std::iter::empty::<(&str, &[u8])>()).unwrap();
        intaking.admit(decode(&envelope, &message(n, "customs", day), &Schemas::default()).unwrap().event, day.last_tick());
    }
    intaking.mark(day.last_tick());
    let mut part = intaking.part(None);
    for output in part.outputs.iter_mut().filter(|output| matches!(output.entry, Entry::Record { record: Message::Admitted(_), .. })) {
        output.partition = (output.partition + 1) % stand.partitions;
        moved += 1;
    }
    assert!(moved > 5);
    store.commit(&mut [part]).unwrap();
    let before = ends(&stand);
    for service in [Running::intake(stand.section(0), "watched.toml"), Running::casebook(stand.section(0))] {
        let told = refusal(service);
        assert!(told.contains("has a key of partition") && told.contains("import it into new topics"), "{told}");
    }
    assert_eq!(ends(&stand), before);
}
