//! Two hundred messages a second through all services on three brokers, while services are killed or asked to end every few
//! seconds, a broker that coordinates a group dies, and brokers are restarted one after the other.
//!
//! Intake goes by a scripted clock on which days pass in parts of a second, so that weeks close, alerts live and days are sealed
//! meanwhile. What the services decided must be what one process decides of the same log. Must never enter: a second broker
//! away at the same time, a pause in the place of a condition.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::chaos::{Clock, Herd, Role, scripted};
use journal::kafka::Identity;
use stages::message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, Message, REFUSED, UNLISTED};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};
use tests::{
    Outcome,
    again::judged_again,
    broker::Broker,
    chance::Chance,
    form::amount,
    on_kafka::{Producer, Stand},
    play::Played,
    tap::Tap,
    transcript,
};
use vocab::time::{Day, Tick};

const BROKERS: u32 = 3;
const PARTITIONS: u32 = 3;
/// Messages sent at once, and how often: 200 a second.
const AT_ONCE: u32 = 50;
const EVERY: Duration = Duration::from_millis(250);
/// How long a broker stays away.
const AWAY: Duration = Duration::from_secs(5);
/// The processes: every stage twice.
const ROLES: [Role; 8] =
    [("intake", 0), ("intake", 1), ("casebook", 0), ("casebook", 1), ("assessor", 0), ("assessor", 1), ("sentinel", 0), ("sentinel", 1)];
/// How long what was sent may take to come out, after the last kill.
const PATIENCE: Duration = Duration::from_secs(180);

/// How much the first place reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Full,
    Fallen,
}

/// Message `n` of a day. Of fifty: one is no event, five are others once more, one is a correction, one a withdrawal, one a refused
/// boarding, which pages; the rest are inspections in three places, in one of which they fall to a fifth in the end.
pub(crate) fn message(n: u32, day: Day, level: Level) -> Vec<u8> {
    let (record, revision, operation) = match n % 50 {
        49 => return format!("no event, number {n}").into_bytes(),
        9 | 19 | 29 | 39 => (n - 9, 0, "ASSERT"),
        45 => (n - 45, 0, "ASSERT"),
        46 => (n - 10, 1, "ASSERT"),
        47 => (n - 20, 1, "RETRACT"),
        _ => (n, 0, "ASSERT"),
    };
    let place = match record % 3 {
        0 if level == Level::Fallen && record % 15 != 0 => "XB",
        0 => "XA",
        1 => "XB",
        _ => "XC",
    };
    let measure = ["arms", "coal", "fish"][record as usize / 3 % 3];
    let body = if record % 50 == 48 { "\"inspectionRefused\":{\"ground\":\"no consent\"}" } else { "\"inspectionPerformed\":{}" };
    let text = format!(
        "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"customs\",\"sourceRecordId\":\"R{record}\",\"revision\":{revision},\
         \"op\":\"OPERATION_{operation}\",\"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"jurisdiction\":\"{place}\",\
         \"measures\":[\"{measure}\"],\"caseId\":\"c{}\",{body}}}",
        record % 11
    );
    text.into_bytes()
}

/// What happens to brokers until it is enough: the coordinator of a group dies, then one is restarted in order, and so on.
fn lose_brokers(broker: &Broker, stand: &Stand, is_enough: &AtomicBool) -> Vec<String> {
    let space = stand.section(0).space().generation();
    let groups = ["register", "weigh", "intake", "assessor", "watch"];
    let (mut chance, mut losses) = (Chance::new(7, "brokers"), Vec::new());
    let mut next = 0..;
    // Two at least: one of each kind.
    while losses.len() < 2 || !is_enough.load(Ordering::Acquire) {
        let n: usize = next.next().unwrap_or(0);
        let lost = if n.is_multiple_of(2) {
            let group = Identity::new(&space, groups[n / 2 % groups.len()], 0).group;
            let coordinator = broker.coordinator_of(&group);
            broker.kill(coordinator);
            losses.push(format!("broker {coordinator}, which coordinates {group}, was killed"));
            coordinator
        } else {
            let one = 1 + u32::try_from(chance.below(BROKERS as usize)).unwrap();
            broker.end(one);
            losses.push(format!("broker {one} was restarted"));
            one
        };
        std::thread::sleep(AWAY);
        broker.revive(lost);
        broker.wait_until_whole(BROKERS as usize);
    }
    losses
}

/// Sends until it is enough; how many messages.
fn send(stand: &Stand, time: Duration, sent: &AtomicU32) -> Outcome<()> {
    let mut producer = Producer::open(stand)?;
    let (began, mut day) = (Instant::now(), scripted().day().plus(-1));
    while began.elapsed() < time {
        let n = sent.load(Ordering::Acquire);
        if began.elapsed() < EVERY * (n / AT_ONCE) {
            std::thread::sleep(Duration::from_millis(10));
            continue;
        }
        // Days do not run backwards while messages are caught up with.
        day = day.max(scripted().day().plus(-1));
        let level = if began.elapsed() > time * 3 / 4 { Level::Fallen } else { Level::Full };
        producer.send((n..n + AT_ONCE).map(|n| message(n, day, level)))?;
        sent.store(n + AT_ONCE, Ordering::Release);
    }
    Ok(())
}

/// Looks after the processes while something goes on.
fn while_killing<T: Send>(herd: &mut Herd<'_>, act: impl FnOnce() -> T + Send) -> Outcome<T> {
    std::thread::scope(|scope| {
        let acting = scope.spawn(act);
        while !acting.is_finished() {
            herd.look()?;
            std::thread::sleep(Duration::from_millis(20));
        }
        acting.join().map_err(|_| "ended by a bug".into())
    })
}

/// What the log holds when as many messages are in as were sent: admitted by record, and refused.
fn taken_in(stand: &Stand, herd: &mut Herd<'_>, sent: u32) -> Outcome<(u32, u32)> {
    let began = Instant::now();
    loop {
        let (mut admitted, mut refused) = (0, 0);
        let reader = stand.reader()?;
        for (topic, partition) in [ADMITTED, REFUSED].into_iter().flat_map(|topic| (0..PARTITIONS).map(move |partition| (topic, partition)))
        {
            let mut count = |_, entry| {
                match entry {
                    journal::Entry::Record { record: Message::Admitted(one), .. } if one.origin != 0 => admitted += 1,
                    journal::Entry::Record { record: Message::Raw(_), .. } => refused += 1,
                    journal::Entry::Record { .. } | journal::Entry::Mark(_) => {}
                }
                Ok(std::ops::ControlFlow::Continue(()))
            };
            match reader.each((topic, partition), 0, &mut count) {
                Err(error) if error.is_passing() => {}
                read => read?,
            }
        }
        if admitted + refused >= sent {
            return Ok((admitted, refused));
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{admitted} admitted and {refused} refused of {sent} sent").into());
        }
        herd.look()?;
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What the services said, as far as a day that is closed everywhere.
fn judged(stand: &Stand, herd: &mut Herd<'_>, closed: Day, last: i64) -> Outcome<Played> {
    let (mut store, mut played) = (stand.store()?, Played::default());
    let mut tap = Tap::open(stand, &mut store, &[DECISIONS, ASSESSMENTS, LATE, LEDGER, UNLISTED, DOCKETS])?;
    let mut take = |record| played.take(record);
    let ticks = closed.last_tick().0;
    tap.until_passed(&mut store, (DECISIONS, 2 * PARTITIONS, ticks), &mut || herd.look(), &mut take)?;
    tap.until_passed(&mut store, (LEDGER, PARTITIONS, last), &mut || herd.look(), &mut take)?;
    tap.rest(&mut take)?;
    played.sort();
    Ok(played)
}

/// What was decided up to a day: behind it one may be further than the other.
pub(crate) fn up_to(closed: Day, mut played: Played) -> Played {
    played.decisions.retain(|(tick, _)| *tick <= closed.last_tick());
    played.assessments.retain(|one| one.day <= closed);
    played
}

#[test]
fn services_and_brokers_that_are_killed_decide_what_one_process_decides() {
    let Some(broker) = Broker::start(BROKERS) else { return };
    let time = Duration::from_secs(amount("SLIPWATCH_CHAOS_SECONDS", 60));
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: "chaos".to_owned(), partitions: PARTITIONS, instances: 2 };
    stand.make_copied_topics(BROKERS).unwrap();
    let mut herd = Herd::start(&stand, &ROLES, Clock::Scripted).unwrap();
    let (sent, is_enough) = (AtomicU32::new(0), AtomicBool::new(false));
    let losses = while_killing(&mut herd, || {
        std::thread::scope(|scope| {
            let losing = scope.spawn(|| lose_brokers(&broker, &stand, &is_enough));
            let ended = send(&stand, time, &sent).map_err(|why| why.to_string());
            is_enough.store(true, Ordering::Release);
            (ended, losing.join().unwrap())
        })
    });
    let (ended, losses) = losses.unwrap();
    ended.unwrap();
    let sent = sent.into_inner();
    let (admitted, refused) = taken_in(&stand, &mut herd, sent).unwrap();
    herd.end("intake").unwrap();
    println!("{sent} messages, {} kills, {losses:#?}", herd.kills);
    assert_eq!((admitted + refused, refused), (sent, sent / 50), "received = admitted + refused");

    let marks = marks(&stand).unwrap();
    let last = marks.values().min().copied().unwrap();
    let closed = Tick(last).day().plus(-1);
    let apart = judged(&stand, &mut herd, closed, last).unwrap();
    let alone = judged_again(&stand).unwrap();
    assert_eq!(apart.ledger, alone.ledger);
    let told: i64 = apart.ledger.values().map(vocab::tally::Ledger::admitted).sum();
    assert_eq!(told, i64::from(admitted) + 1, "admitted (the pack is one) = effective + duplicates + superseded + conflicts + late");
    assert_eq!(transcript::set_aside(&apart), transcript::set_aside(&alone));
    let (apart, alone) = (up_to(closed, apart), up_to(closed, alone));
    println!("{} assessments, {} decisions up to {closed}", alone.assessments.len(), alone.decisions.len());
    assert!(alone.decisions.len() > 100 && alone.assessments.len() > 30, "there must be something to differ in");
    assert!(transcript::decided(&apart) == transcript::decided(&alone), "{:?}", first_difference(&apart, &alone));
    assert!(herd.kills >= u32::try_from(time.as_secs() / 8).unwrap(), "only {} kills", herd.kills);
}

/// Last mark of every origin of the log.
fn marks(stand: &Stand) -> Outcome<BTreeMap<u32, i64>> {
    let (reader, mut marks) = (stand.reader()?, BTreeMap::new());
    reader.each((ADMITTED, 0), 0, |_, entry| {
        if let journal::Entry::Mark(mark) = entry {
            marks.extend(mark.origins.range().map(|origin| (origin, mark.tick)));
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(marks)
}

pub(crate) fn first_difference(apart: &Played, alone: &Played) -> Option<(String, String)> {
    let (apart, alone) = (transcript::decided(apart), transcript::decided(alone));
    let (apart, alone) = (String::from_utf8_lossy(&apart), String::from_utf8_lossy(&alone));
    let differs = apart.lines().zip(alone.lines()).find(|(one, other)| one != other);
    differs.map(|(one, other)| (one.chars().take(600).collect(), other.chars().take(600).collect()))
}
