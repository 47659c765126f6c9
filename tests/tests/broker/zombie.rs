//! A member that stands still in a commit until another has its partition and has committed: it comes back, is refused, and nothing
//! counts twice.
//!
//! Before its transaction the group refuses it, by who it was when it looked at its partitions; in its transaction the broker has
//! rolled that back for its age. Must never enter: a member that is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use journal::kafka::Settings;
use journal::{FailHook, Step};
use tests::broker::broker;

use crate::members::{Life, Member, Stopping, wait_until};
use crate::messages::{make_topics, said, source};
use crate::work::{plain_answer, write_ticks};

/// The session of these members, and how long they may go without asking for messages.
const SHORT: Duration = Duration::from_millis(1_500);
/// Ticks before the member stands still, until it comes back, and in the end.
const TICKS: [i64; 3] = [6, 12, 18];

/// What the member does in its commits: goes on, stands still in the next one, stands.
const FREE: u8 = 0;
const ARMED: u8 = 1;
const STANDS: u8 = 2;

fn short_limit(settings: &mut Settings) {
    (settings.session_timeout, settings.poll_limit) = (SHORT, SHORT);
}

fn standing_still(step: Step, state: Arc<AtomicU8>) -> FailHook {
    Box::new(move |at| {
        if at == step && state.compare_exchange(ARMED, STANDS, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            while state.load(Ordering::Acquire) == STANDS {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        Ok(())
    })
}

/// What the member that stood still at a step was told when it went on.
fn refusals(step: Step) -> Option<Vec<String>> {
    let broker = broker()?;
    let space = broker.space();
    make_topics(broker, &space, 1);
    let (state, members) = (Arc::new(AtomicU8::new(FREE)), [Member::default(), Member::default()]);
    let answers = |ticks: i64| wait_until("all answers", || said(broker, &space, 1).len() >= plain_answer(ticks).len());
    std::thread::scope(|scope| {
        let _stopping = Stopping(&members);
        let live = |ordinal: u32, member, hook| {
            let life = Life { broker, space: &space, ordinal, partitions: 1, set: short_limit, slow: None, hook };
            scope.spawn(move || life.live(member));
        };
        live(0, &members[0], Some(standing_still(step, Arc::clone(&state))));
        let mut source = source(broker, &space);
        write_ticks(&mut source, 1..=TICKS[0]);
        answers(TICKS[0]);
        state.store(ARMED, Ordering::Release);
        live(1, &members[1], None);
        write_ticks(&mut source, TICKS[0] + 1..=TICKS[1]);
        wait_until("the first member stands", || state.load(Ordering::Acquire) == STANDS);
        wait_until("the second has its partition", || members[1].seated.load(Ordering::Acquire) == 1);
        answers(TICKS[1]);
        state.store(FREE, Ordering::Release);
        wait_until("the first member is refused", || !members[0].failures().is_empty());
        write_ticks(&mut source, TICKS[1] + 1..=TICKS[2]);
        answers(TICKS[2]);
    });
    assert_eq!(said(broker, &space, 1), plain_answer(TICKS[2]));
    Some(members[0].failures())
}

#[test]
fn a_member_that_stood_still_before_its_transaction_is_refused_by_the_group() {
    let Some(refusals) = refusals(Step::Begin) else { return };
    assert!(refusals[0].contains("transaction rolled back"), "{refusals:#?}");
}

#[test]
fn a_member_that_stood_still_in_its_transaction_finds_it_rolled_back() {
    let Some(refusals) = refusals(Step::Outputs) else { return };
    assert!(refusals[0].contains("can be tried again") || refusals[0].contains("rolled back"), "{refusals:#?}");
}
