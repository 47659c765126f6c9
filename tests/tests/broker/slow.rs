//! A step that takes longer than the group waits for its members: it keeps its partitions, and where a limit is set that it
//! misses, it loses them and goes on.
//!
//! Must never enter: an assertion on how long anything took.

use std::sync::atomic::Ordering;
use std::time::Duration;

use journal::kafka::Settings;
use tests::broker::broker;

use crate::members::{Life, Member, Stopping, wait_until};
use crate::messages::{make_topics, said, source};
use crate::work::{plain_answer, write_ticks};

/// The session of these members.
const SESSION: Duration = Duration::from_secs(3);
/// How long the slow step takes.
const LONG: Duration = Duration::from_secs(7);
const TICKS: i64 = 30;

fn short_session(settings: &mut Settings) {
    settings.session_timeout = SESSION;
}

fn short_limit(settings: &mut Settings) {
    (settings.session_timeout, settings.poll_limit) = (SESSION, SESSION);
}

/// One member, one step of which is slow; how often it was given a partition.
fn given(set: fn(&mut Settings)) -> Option<u32> {
    let broker = broker()?;
    let space = broker.space();
    make_topics(broker, &space, 1);
    let members = [Member::default()];
    std::thread::scope(|scope| {
        let _stopping = Stopping(&members);
        scope.spawn(|| {
            let life = Life { broker, space: &space, ordinal: 0, partitions: 1, set, slow: Some((TICKS / 2, LONG)), hook: None };
            life.live(&members[0]);
        });
        write_ticks(&mut source(broker, &space), 1..=TICKS);
        wait_until("all answers", || said(broker, &space, 1).len() >= plain_answer(TICKS).len());
    });
    assert_eq!(said(broker, &space, 1), plain_answer(TICKS));
    Some(members[0].gained.load(Ordering::Acquire))
}

#[test]
fn a_step_longer_than_the_session_keeps_its_partitions() {
    let Some(gained) = given(short_session) else { return };
    assert_eq!(gained, 1);
}

#[test]
fn a_step_longer_than_the_poll_limit_costs_its_partitions_and_nothing_else() {
    let Some(gained) = given(short_limit) else { return };
    // A machine that stands still may miss it once more: that costs as little.
    assert!(gained >= 2, "the limit must be missed for this test to say anything");
}
