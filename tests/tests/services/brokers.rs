//! Two hundred messages a second through all services on three brokers, while services are killed or asked to end every few
//! seconds, a broker that coordinates a group dies, and brokers are restarted one after the other.
//!
//! Intake goes by a scripted clock on which days pass in parts of a second, so that weeks close, alerts live and days are sealed
//! meanwhile. What the services decided must be what one process decides of the same log. Must never enter: a second broker
//! away at the same time, a pause in the place of a condition.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{
    balance::{Received, Taken},
    chaos::{Clock, Ends, Herd, Role, scripted},
    letters::Desk,
    sender::{Sent, send},
};
use journal::kafka::Identity;
use stages::message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, UNLISTED};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tests::{Outcome, again::judged_again, broker::Broker, form::amount, on_kafka::Stand, place, play::Played, tap::Tap, transcript};
use vocab::{
    tally::Ledger,
    time::{Day, Tick},
};

const BROKERS: u32 = 3;
const PARTITIONS: u32 = 3;
/// Groups whose coordinators die, one after the other.
const GROUPS: [&str; 6] = ["register", "weigh", "intake", "assessor", "watch", "herald"];
/// From here on brokers must have been restarted all in turn.
const LONG: Duration = Duration::from_secs(300);
/// How long a broker that was killed stays away.
const AWAY: Duration = Duration::from_secs(5);
/// The processes: every service twice.
const ROLES: [Role; 10] = [
    ("intake", 0),
    ("intake", 1),
    ("casebook", 0),
    ("casebook", 1),
    ("assessor", 0),
    ("assessor", 1),
    ("sentinel", 0),
    ("sentinel", 1),
    ("herald", 0),
    ("herald", 1),
];
/// How long what was sent may take to come out, after the last kill.
const PATIENCE: Duration = Duration::from_secs(300);

/// What happened to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Loss {
    /// The one that coordinated a group was killed.
    Coordinator { broker: u32, group: String },
    /// It was ended in order and started again.
    Restart { broker: u32 },
}

/// What happens to brokers until it is enough: the coordinator of a group dies, all are restarted in turn, and so on.
fn lose_brokers(broker: &Broker, stand: &Stand, is_enough: &AtomicBool) -> Vec<Loss> {
    let space = stand.section(0).space().generation();
    let (mut groups, mut losses) = (GROUPS.into_iter().cycle(), Vec::new());
    // Two at least: one of each kind.
    for turn in (0..=BROKERS).cycle() {
        if losses.len() >= 2 && is_enough.load(Ordering::Acquire) {
            break;
        }
        let lost = if turn == 0 {
            let group = Identity::new(&space, groups.next().unwrap(), 0).group;
            let coordinator = broker.coordinator_of(&group);
            broker.kill(coordinator);
            losses.push(Loss::Coordinator { broker: coordinator, group });
            std::thread::sleep(AWAY);
            coordinator
        } else {
            broker.end(turn);
            losses.push(Loss::Restart { broker: turn });
            turn
        };
        broker.revive(lost);
        broker.wait_until_whole(BROKERS as usize);
    }
    losses
}

/// How often each kind of loss came about: killed coordinators, restarts, and restarts of all brokers in turn.
fn count(losses: &[Loss]) -> (usize, usize, usize) {
    let killed = losses.iter().filter(|loss| matches!(loss, Loss::Coordinator { .. })).count();
    let last = losses.iter().filter(|loss| **loss == Loss::Restart { broker: BROKERS }).count();
    (killed, losses.len() - killed, last)
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

/// Waits until intake takes in: the first pack is there. Days pass in parts of a second, and what waits for services that start is late.
fn opened(stand: &Stand) -> Outcome<()> {
    let (mut taken, reader, began) = (Taken::default(), stand.reader()?, Instant::now());
    while taken.known_last.is_none() {
        if began.elapsed() > PATIENCE {
            return Err("the first pack is not in".into());
        }
        std::thread::sleep(Duration::from_millis(100));
        taken.read(&reader, PARTITIONS)?;
    }
    Ok(())
}

/// What the log holds when as many messages are in as were received.
fn taken_in(stand: &Stand, herd: &mut Herd<'_>, received: u32) -> Outcome<Taken> {
    let (mut taken, reader, began) = (Taken::default(), stand.reader()?, Instant::now());
    loop {
        taken.read(&reader, PARTITIONS)?;
        if taken.messages() >= i64::from(received) {
            return Ok(taken);
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{} messages are in of {received} received: {taken:?}", taken.messages()).into());
        }
        herd.look()?;
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Waits until every origin has passed what was taken in. One that was killed is behind until it is back, and what the others have taken
/// in meanwhile waits for it: with no intake left, for ever.
fn promised(stand: &Stand, herd: &mut Herd<'_>, known_last: Option<Tick>) -> Outcome<()> {
    let began = Instant::now();
    loop {
        let passed = marks(stand)?.into_values().min().map(Tick);
        if passed >= known_last {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("all origins have passed {passed:?}, and something became known at {known_last:?}").into());
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
    let _place = place::take();
    let Some(broker) = Broker::start(BROKERS) else { return };
    let time = Duration::from_secs(amount("SLIPWATCH_CHAOS_SECONDS", 60));
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: "chaos".to_owned(), partitions: PARTITIONS, instances: 2 };
    stand.make_copied_topics(BROKERS).unwrap();
    let desk = Desk::open();
    let mut herd = Herd::with_heralds(&stand, &ROLES, Clock::Scripted, desk.file()).unwrap();
    opened(&stand).unwrap();
    let is_enough = AtomicBool::new(false);
    let (sent, losses) = while_killing(&mut herd, || {
        std::thread::scope(|scope| {
            let losing = scope.spawn(|| lose_brokers(&broker, &stand, &is_enough));
            let sent = send(&stand, time, || scripted().day()).map_err(|why| why.to_string());
            is_enough.store(true, Ordering::Release);
            (sent, losing.join().unwrap())
        })
    })
    .unwrap();
    let sent = sent.unwrap();
    println!("{}", report(&sent, &herd, &losses));
    check_chaos(time, &herd, &losses);

    let began = Instant::now();
    let received = Received::read(&stand.reader().unwrap(), PARTITIONS, &sent).unwrap();
    println!("{} messages were received: {} the feed's client sent once more", received.all(), received.all() - sent.all());
    let mut taken = taken_in(&stand, &mut herd, received.all()).unwrap();
    println!("all was in {:.1} s after the brokers were whole again", began.elapsed().as_secs_f64());
    promised(&stand, &mut herd, taken.known_last).unwrap();
    println!("all was promised {:.1} s after the brokers were whole again", began.elapsed().as_secs_f64());
    herd.end("intake").unwrap();
    taken.read(&stand.reader().unwrap(), PARTITIONS).unwrap(); // what came twice would stand there by now
    let (apart, alone, closed) = judge(&stand, &mut herd).unwrap();
    println!("all was judged {:.1} s after that, and once more in one process", began.elapsed().as_secs_f64());
    println!("{}", taken.balance(&received, &apart.ledger).unwrap());
    println!("{}", desk.check(&apart, &mut || herd.restart()).unwrap());
    println!("all was delivered {:.1} s after the brokers were whole again", began.elapsed().as_secs_f64());
    let mut sum = Ledger::default();
    apart.ledger.values().for_each(|told| sum += *told);
    assert!([sum.effective, sum.duplicates, sum.superseded, sum.conflicts, sum.late].iter().all(|part| *part > 0), "{sum:?}");
    assert!(taken.refused() >= sent.wrong(), "what is no event, and what is from the future: {}", taken.refused());

    assert_eq!(apart.ledger, alone.ledger);
    assert_eq!(transcript::set_aside(&apart), transcript::set_aside(&alone));
    let (apart, alone) = (up_to(closed, apart), up_to(closed, alone));
    assert!(alone.decisions.len() > 100 && alone.assessments.len() > 30, "there must be something to differ in");
    assert!(transcript::decided(&apart) == transcript::decided(&alone), "{:?}", first_difference(&apart, &alone));
    println!("equal, byte for byte: {} assessments and {} decisions up to {closed}", apart.assessments.len(), apart.decisions.len());
}

/// What went in, and what was done to whom meanwhile.
fn report(sent: &Sent, herd: &Herd<'_>, losses: &[Loss]) -> String {
    let (all, took) = (sent.all(), sent.took.as_secs_f64());
    let (killed, restarted, in_turn) = count(losses);
    let mut lines =
        vec![format!("{all} messages in {took:.1} s: {:.1} a second; at most {} were owed at once", f64::from(all) / took, sent.behind)];
    lines.extend(herd.ends.iter().map(|(service, Ends { killed, asked, of_themselves })| {
        format!("{service}: {killed} times killed, {asked} times asked to end, {of_themselves} times ended of itself")
    }));
    lines.push(format!("brokers: {killed} coordinators killed, {restarted} restarted in order, {in_turn} times all in turn"));
    lines.extend(losses.iter().map(|loss| format!("  {loss:?}")));
    lines.join("\n")
}

/// Every kind of failure came about, as often as the time allows.
fn check_chaos(time: Duration, herd: &Herd<'_>, losses: &[Loss]) {
    let sum = |of: fn(&Ends) -> u32| herd.ends.values().map(of).sum::<u32>();
    let (killed, asked) = (sum(|ends| ends.killed), sum(|ends| ends.asked));
    assert!(u64::from(killed + asked) >= time.as_secs() / 8 && killed > 0 && asked > 0, "only {killed} kills, {asked} asked to end");
    let (coordinators, restarts, in_turn) = count(losses);
    assert!(coordinators > 0 && restarts > 0, "{losses:?}");
    // Who is killed is drawn, the same on every machine: by the seventh time it was each of them.
    let services = ["intake", "casebook", "assessor", "sentinel", "herald"];
    assert!(services.iter().all(|service| herd.ends.get(service).is_some_and(|ends| ends.killed > 0)), "{:?}", herd.ends);
    if time >= LONG {
        assert!(in_turn > 0, "no rolling restart: {losses:?}");
    }
}

/// What the services decided, and what one process does of the same log; with the last day that is closed.
fn judge(stand: &Stand, herd: &mut Herd<'_>) -> Outcome<(Played, Played, Day)> {
    let marks = marks(stand)?;
    let last = marks.values().min().copied().ok_or("no origin has a mark")?;
    let closed = Tick(last).day().plus(-1);
    Ok((judged(stand, herd, closed, last)?, judged_again(stand)?, closed))
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
