//! The end of a transaction gets no answer, and who asked lives on: the same commit is made again, and stands once.
//!
//! Whether the end arrived is not known at that moment; both cases are here. Must never enter: a broker that dies, which may answer
//! this way or that.

use journal::kafka::Inputs;
use journal::{JournalError, Step, Store};
use tests::broker::broker;

use crate::fence::part;
use crate::messages::{make_topics, open, said, texts};

/// A commit whose end is not answered at a step; how many messages stand in the output when it was made again, also those that
/// were rolled back.
fn written_in_the_end(step: Step) -> Option<usize> {
    let broker = broker()?;
    let space = broker.space();
    make_topics(broker, &space, 1);
    let mut store = open(broker, &space, 0, Inputs::Chosen);
    let lease = store.restore("sum/0").unwrap().lease;
    let mut once = true;
    store.hang(Some(Box::new(move |at| if at == step && std::mem::take(&mut once) { Err(JournalError::Stopped(at)) } else { Ok(()) })));
    let mut parts = [part(&lease, 7)];
    let unanswered = store.commit(&mut parts).unwrap_err();
    assert!(matches!(unanswered, JournalError::Stopped(at) if at == step), "{unanswered}");
    assert_eq!(parts[0].outputs, part(&lease, 7).outputs, "the parts are as they were");
    store.commit(&mut parts).unwrap();
    assert!(parts[0].outputs.is_empty());
    let written = texts(broker, (&format!("{space}.out"), 0), 0, "read_uncommitted").len();
    // What comes behind it is not touched by a late end.
    store.commit(&mut [part(&lease, 8)]).unwrap();
    assert_eq!(said(broker, &space, 1).iter().map(|record| record.id).collect::<Vec<_>>(), [7, 8]);
    Some(written)
}

#[test]
fn an_unanswered_end_that_had_arrived_is_found_and_nothing_is_written_again() {
    let Some(written) = written_in_the_end(Step::Sent) else { return };
    assert_eq!(written, 2, "the record and its mark, once");
}

#[test]
fn an_unanswered_end_that_never_arrived_is_rolled_back_and_written_again() {
    let Some(written) = written_in_the_end(Step::Asked) else { return };
    assert_eq!(written, 4, "the record and its mark, rolled back and again");
}
