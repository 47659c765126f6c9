//! Three brokers, restarted one after the other as an upgrade does, and then the one that coordinates the group killed: work goes
//! on, and nothing is lost or repeated. The short form restarts the first only.
//!
//! Must never enter: a second broker that is away at the same time (that is an outage).

use journal::kafka::{Identity, Settings};
use std::{sync::atomic::Ordering, time::Duration};
use tests::{broker::Broker, form::amount};

use crate::members::{Life, Member, Stopping, wait_until};
use crate::messages::{make_copied_topics, open, said};
use crate::work::{plain_answer, write_ticks};
use journal::kafka::Inputs;

const BROKERS: u32 = 3;
const PARTITIONS: u32 = 3;
/// Ticks that are written around each loss of a broker.
const TICKS: i64 = 20;

fn quickly(settings: &mut Settings) {
    (settings.session_timeout, settings.call_timeout) = (Duration::from_secs(3), Duration::from_secs(5));
}

/// What a loss of a broker is: in order, or as by a power cut.
#[derive(Clone, Copy, Debug)]
enum Loss {
    Restart(u32),
    DeathOfTheCoordinator,
}

#[test]
fn brokers_restarted_in_turn_and_a_dead_coordinator_cost_time_only() {
    let Some(broker) = Broker::start(BROKERS) else { return };
    let space = "rolling".to_owned();
    make_copied_topics(&broker, &space, (PARTITIONS, BROKERS));
    let group = Identity::new(&space, "toy", 0).group;
    let members = [Member::default(), Member::default()];
    let restarts = u32::try_from(amount("SLIPWATCH_RESTARTS", 1)).unwrap().min(BROKERS);
    let losses = (1..=restarts).map(Loss::Restart).chain([Loss::DeathOfTheCoordinator]);
    let mut ticks = 0;
    std::thread::scope(|scope| {
        let _stopping = Stopping(&members);
        for (ordinal, member) in (0..).zip(&members) {
            let (broker, space) = (&broker, &space);
            let life = Life { broker, space, ordinal, partitions: PARTITIONS, set: quickly, slow: None, hook: None };
            scope.spawn(move || life.live(member));
        }
        let mut source = open(&broker, &space, 99, Inputs::Chosen);
        let mut write = || {
            write_ticks(&mut source, ticks + 1..=ticks + TICKS);
            ticks += TICKS;
            ticks
        };
        for loss in losses {
            // Some of it is written before, some while the broker is away.
            write();
            let lost = match loss {
                Loss::Restart(one) => {
                    broker.end(one);
                    one
                }
                Loss::DeathOfTheCoordinator => {
                    let coordinator = broker.coordinator_of(&group);
                    broker.kill(coordinator);
                    coordinator
                }
            };
            let last = write();
            wait_until(&format!("the work through {loss:?} of broker {lost}"), || {
                said(&broker, &space, PARTITIONS).len() >= plain_answer(last).len()
            });
            broker.revive(lost);
            broker.wait_until_whole(BROKERS as usize);
        }
        let seated = || members.iter().map(|member| member.seated.load(Ordering::Acquire)).sum::<u32>();
        wait_until("all tasks are served again", || seated() == PARTITIONS);
    });
    let failures: usize = members.iter().map(|member| member.failures().len()).sum();
    println!("{failures} failures were waited out");
    assert_eq!(said(&broker, &space, PARTITIONS), plain_answer(ticks));
}
