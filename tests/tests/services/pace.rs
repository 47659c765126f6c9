//! The services on a real broker, with the log put in otherwise: marks at every day's end, another order inside a tick, messages
//! that come twice, another number of partitions.
//!
//! Must never enter: a difference that a reader of the log would have to judge.

use tests::{
    Outcome,
    broker::broker,
    chance::Chance,
    event_log, on_kafka,
    perturb::with_duplicates,
    play::{Marks, Setup, play},
};

/// Logs whose marks, one a day, are still few.
const LOGS: [&str; 3] = ["a_recall", "two_incidents_in_one_tick", "a_correction_brings_another_case"];

/// Partitions and seed of each way to put the logs in.
const WAYS: [(u32, u64); 2] = [(2, 3), (4, 8)];

fn differs(name: &str, way: (u32, u64)) -> Outcome<Option<String>> {
    let Some(broker) = broker() else { return Ok(None) };
    let (partitions, seed) = way;
    let log = event_log::read(&event_log::folder().join(format!("{name}.jsonl")))?;
    let twice = with_duplicates(&log, 30, &mut Chance::new(seed, "delivered twice"));
    let stand = on_kafka::Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions, instances: 1 };
    let setup = Setup { marks: Marks::Daily, shuffle: Some(seed), helping: 5, ..Setup::PLAIN };
    let (alone, apart) = (play(&log, Setup::PLAIN)?, on_kafka::play_as(&twice, &stand, setup)?);
    // What came twice counts in the ledger; what was decided is the same.
    let (alone, apart) = (tests::transcript::decided(&alone), tests::transcript::decided(&apart));
    Ok((alone != apart).then(|| format!("{name} on {partitions} partitions: {} and {} bytes", alone.len(), apart.len())))
}

#[test]
fn another_pace_of_marks_order_and_number_of_partitions_decides_the_same() {
    let wrong: Vec<String> = WAYS
        .into_iter()
        .flat_map(|way| {
            std::thread::scope(|scope| {
                let playing = LOGS.map(|name| scope.spawn(move || differs(name, way).map_err(|why| format!("{name}: {why}"))));
                playing.map(|thread| thread.join().unwrap_or_else(|_| Err("ended by a bug".to_owned())))
            })
        })
        .filter_map(|told| told.unwrap_or_else(Some))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
