//! A log that lives: acts of people go to its topic and are answered, and a replay of it decides what the services decided.
//!
//! Every service runs, intake with its clock. Must never enter: a stamp of the test's own, a fixed wait in the place of a condition.

use crate::{PATIENCE, broker_of, cli::run, decided, embed, from, new_stand, on, topic};
use service_kit::{Health, Stop, config::Sources, config::load};
use slipwatch::broker::Read;
use stages::message::ACTIONS;
use std::time::{Duration, Instant};
use tests::{
    Outcome,
    broker::broker,
    event_log, generate,
    on_kafka::{AsksToStop, Producer, Stand, with_services},
};
use vocab::{alert::Decision, time::Tick};

/// Intake beside the services.
fn with_intake<T>(stand: &Stand, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let mut config: intake::Config = load(&Sources::default())?;
    config.kafka = stand.section(0);
    config.intake.first_pack = Some(event_log::folder().join("packs/watched.toml"));
    let (service, stop) = (intake::build(config, Health::new(Duration::from_secs(60)))?, Stop::new());
    std::thread::scope(|scope| {
        let asks = AsksToStop(&stop);
        let serving = scope.spawn(|| service.run(&stop));
        let done = with_services(stand, work);
        drop(asks);
        serving.join().map_err(|_| "intake ended by a bug")??;
        done
    })
}

/// A boarding that was refused: the pack has a rule on it.
fn refused_boarding(id: &str) -> Vec<u8> {
    let day = intake::clock::now().day().plus(-1);
    let text = format!(
        "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"customs\",\"sourceRecordId\":\"{id}\",\"op\":\"OPERATION_ASSERT\",\
         \"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"jurisdiction\":\"XA\",\"measures\":[\"coal\"],\"inspectionRefused\":{{}}}}"
    );
    text.into_bytes()
}

/// Waits until so many alerts have fired since a tick, and names them.
fn alerts(stand: &Stand, since: Tick, count: usize) -> Vec<String> {
    let began = Instant::now();
    loop {
        let read = Read::of(&broker_of(stand)).unwrap();
        let told = read.messages.iter().filter_map(|live| match live.told.as_deref().unwrap() {
            Decision::Transition(transition) if transition.n == 1 && transition.at > since => Some(transition.alert.to_string()),
            Decision::Transition(_) | Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => None,
        });
        let alerts: Vec<String> = told.collect();
        if alerts.len() >= count {
            return alerts;
        }
        assert!(began.elapsed() < PATIENCE, "{} of {count} alerts", alerts.len());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Compares until so many decisions are behind both accounts.
fn must_agree(folder: &std::path::Path, stand: &Stand, least: u64) {
    let began = Instant::now();
    loop {
        let ran = run(folder, &format!("replay {} --compare -o json --out @scratch", from(stand))).ends(0, &[]);
        let compared: serde_json::Value = serde_json::from_str(&ran.said).unwrap();
        assert_eq!(compared["differences"], 0, "{}", ran.said);
        if compared["decisions"].as_u64() >= Some(least) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "too little to compare: {}", ran.said);
    }
}

#[test]
fn acts_on_a_live_log_are_answered_and_its_replay_agrees() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let go = |words: &str| run(folder.path(), words);
    let stand = new_stand(&broker.bootstrap, broker.space(), (2, 2));
    let there = on(&stand);
    let by = "--who ann --why asked_the_port";
    go(&format!("act outage XB --from 2020-01-01 --until 2020-01-02 {there} {by}")).ends(2, &["--regime NAME"]);
    with_intake(&stand, || {
        Producer::open(&stand)?.send([refused_boarding("B1"), refused_boarding("B2")])?;
        let alerts = alerts(&stand, Tick(i64::MIN), 2);
        let acknowledge = format!("act acknowledge {} --transition 1 --until 2099-01-01T00:00:00Z {there} {by} --wait 90s", alerts[0]);
        go(&acknowledge).ends(0, &["applied"]);
        // Said again in the same words it is answered, and not sent again.
        go(&acknowledge).ends(0, &["applied"]);
        let acts = topic::read(&broker.bootstrap, &stand.section(0).space().name(ACTIONS).unwrap_or_default(), 1);
        assert_eq!(acts.len(), 1, "{acts:?}");
        assert!(acts[0].key.as_deref().is_some_and(|key| key.starts_with(b"operators/act/")), "{:?}", acts[0].key);
        // Whoever has not seen the acknowledgement is told so.
        let again = format!("act acknowledge {} --transition 1 --until 2098-01-01T00:00:00Z {there} {by} --wait 90s", alerts[0]);
        go(&again).ends(1, &["stale: the alert had changed since: its newest transition is 2"]);
        go(&format!("act close {} {there} {by} --wait 90s", alerts[1])).ends(0, &["applied"]);
        go(&format!("act outage XB --from 2020-01-01 --until 2020-01-02 {there} {by} --wait 90s")).ends(0, &["applied"]);
        go(&format!("act close {} {there} {by} --at 2020-01-01T00:00:00Z", alerts[0])).ends(2, &["its own clock stamps the act"]);
        // A pack is an act too: in force from the tick after its own, told once however often it is said.
        let pack = format!("act pack {} {there} {by} --wait 90s", event_log::folder().join("packs/watched.toml").display());
        go(&pack).ends(0, &["applied"]);
        go(&pack).ends(0, &["applied"]);
        go(&format!("act pack @absent.toml {there} {by}")).ends(66, &["absent.toml"]);
        let open = go(&format!("alerts -o json --open {there}")).ends(0, &[]);
        let open: serde_json::Value = serde_json::from_str(&open.said)?;
        assert!(open.as_array().is_some_and(|open| open.len() == 1 && open[0]["alert"] == alerts[0].as_str()), "{open}");
        go(&format!("alerts {there}")).ends(0, &["acknowledged", "closed", "slipwatch export --kafka"]);
        // Two alerts fired, one was acknowledged, one closed; four answers.
        must_agree(folder.path(), &stand, 8);
        Ok(())
    })
    .unwrap();
    // Nobody is there: the act stands, and the command says so when its time is over.
    let read = Read::of(&broker_of(&stand)).unwrap();
    assert!(read.complete_to.is_some());
    go(&format!("act outage XC --from 2020-01-01 --until 2020-01-02 {there} {by} --wait 300ms")).ends(75, &["no answer within 300ms"]);
    must_agree(folder.path(), &stand, 8);
}

#[test]
fn a_log_that_was_moved_to_a_broker_goes_on_there() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let go = |words: &str| run(folder.path(), words);
    let last = embed(&generate::log(7).unwrap(), &folder.path().join("plain.db"));
    go("export --db @plain.db --out @0.slipwatch").ends(0, &[]);
    // By way of a broker with more partitions of events than there are where it goes on.
    for (n, shape) in [(1, (5, 2)), (2, (2, 3))] {
        let stand = new_stand(&broker.bootstrap, broker.space(), shape);
        go(&format!("import {} --archive @{}.slipwatch", on(&stand), n - 1)).ends(0, &[]);
        go(&format!("export {} --out @{n}.slipwatch", on(&stand))).ends(0, &[]);
        if n == 1 {
            continue;
        }
        with_intake(&stand, || {
            decided(&stand, last);
            Producer::open(&stand)?.send([refused_boarding("B1")])?;
            let outage = "act outage XB --from 2020-01-01 --until 2020-01-02 --who ann --why asked_the_port --wait 110s";
            go(&format!("{outage} {}", on(&stand))).ends(0, &["applied"]);
            Ok(())
        })
        .unwrap();
        go(&format!("import {} --archive @1.slipwatch", on(&stand))).ends(1, &["has begun to take live messages"]);
        must_agree(folder.path(), &stand, 100);
    }
}
