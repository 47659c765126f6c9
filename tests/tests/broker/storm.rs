//! Members that come and go without end: the work goes on, and nothing is lost or repeated.
//!
//! Each visitor has a name of its own, and is missed when its session is over: two rebalances at least. Must never enter: a
//! visitor that says good-bye to the others.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use journal::kafka::Settings;
use tests::broker::{Broker, broker};
use tests::form::amount;

use crate::members::{Life, Member, Stopping, wait_until};
use crate::messages::{make_topics, said, source};
use crate::work::{plain_answer, write_ticks};

const PARTITIONS: u32 = 4;
/// Ticks that are written while nobody comes, and while each visitor is there.
const TICKS: i64 = 40;

fn short_session(settings: &mut Settings) {
    settings.session_timeout = Duration::from_secs(1);
}

fn life<'a>(broker: &'a Broker, space: &'a str, ordinal: u32) -> Life<'a> {
    Life { broker, space, ordinal, partitions: PARTITIONS, set: short_session, slow: None, hook: None }
}

#[test]
fn rebalance_after_rebalance_the_work_goes_on() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, PARTITIONS);
    let visitors = u32::try_from(amount("SLIPWATCH_REBALANCES", 10)).unwrap().div_ceil(2);
    let residents = [Member::default(), Member::default()];
    let tasks = || residents.iter().map(|resident| resident.seated.load(Ordering::Acquire)).sum::<u32>();
    let passed = |ticks: i64| said(broker, &space, PARTITIONS).len() >= plain_answer(ticks).len();
    let (mut quiet, mut stormy) = (Duration::ZERO, Duration::ZERO);
    let mut ticks = 0;
    std::thread::scope(|scope| {
        let _stopping = Stopping(&residents);
        for (ordinal, resident) in (0..).zip(&residents) {
            let space = &space;
            scope.spawn(move || life(broker, space, ordinal).live(resident));
        }
        wait_until("both have their share", || tasks() == PARTITIONS);
        let mut source = source(broker, &space);
        let mut write = || {
            write_ticks(&mut source, ticks + 1..=ticks + TICKS);
            ticks += TICKS;
            ticks
        };
        for _warm in 0..2 {
            let begun = Instant::now();
            let last = write();
            wait_until("the work of a quiet time", || passed(last));
            quiet = begun.elapsed();
        }
        let begun = Instant::now();
        for visitor in 0..visitors {
            let guests = [Member::default()];
            std::thread::scope(|scope| {
                let (space, guest, _stopping) = (&space, &guests[0], Stopping(&guests));
                scope.spawn(move || life(broker, space, 10 + visitor).live(guest));
                wait_until("a visitor has a share", || guest.seated.load(Ordering::Acquire) > 0);
                write();
            });
        }
        let last = write();
        wait_until("the work of a stormy time", || passed(last));
        stormy += begun.elapsed();
        wait_until("the residents have all again", || tasks() == PARTITIONS);
    });
    assert_eq!(said(broker, &space, PARTITIONS), plain_answer(ticks));
    let rate = |ticks: i64, time: Duration| f64::from(u32::try_from(ticks).unwrap()) / time.as_secs_f64();
    let (before, during) = (rate(TICKS, quiet), rate(ticks - 2 * TICKS, stormy));
    let gained: u32 = residents.iter().map(|resident| resident.gained.load(Ordering::Acquire)).sum();
    println!("{visitors} visitors in {stormy:?}; residents were given partitions {gained} times");
    println!("{before:.0} ticks a second before, {during:.0} in the storm: {:.0} %", 100.0 * during / before);
    assert!(gained > PARTITIONS, "what the last visitor had comes back");
}
