//! The admitted log of a broker, judged once more in one process: what the services must have come to.
//!
//! The entries are taken as they stand, marks and all; nothing is stamped anew. Must never enter: a result of the services.

use crate::{Outcome, on_kafka::Stand, play::Played};
use engine::register::Bucket;
use journal::{Commit, Entry, JournalError, Lease, Memory, Output, Retention, Store as _};
use service_kit::{Feed, Flow, Line, Pace, Stop};
use slipwatch::replay::{Partitions, Stages, memory};
use stages::{
    assessor::Statistic,
    intaking,
    message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, Message, UNLISTED},
};
use std::ops::ControlFlow;

/// The log on its way into memory.
struct Copied {
    lease: Lease,
    outputs: Vec<Output<Message>>,
}

impl Feed<Memory<Message>> for Copied {
    fn fill(&mut self, _store: &mut Memory<Message>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.outputs.is_empty() {
            return Ok(Flow::Ended);
        }
        let position = intaking::position(&self.lease.task, None, Vec::new());
        parts.push(Commit { lease: self.lease.clone(), outputs: std::mem::take(&mut self.outputs), position, checkpoint: None });
        Ok(Flow::More)
    }
}

/// What one process says of the log that stands on a broker.
///
/// # Errors
/// Those of the broker and of the stages.
pub fn judged_again(stand: &Stand) -> Outcome<Played> {
    let reader = stand.reader()?;
    let (mut outputs, mut played) = (Vec::new(), Played::default());
    for partition in 0..stand.partitions {
        reader.each((ADMITTED, partition), 0, |_, entry| {
            if let Entry::Record { record: Message::Admitted(admitted), .. } = &entry {
                played.admitted.push(admitted.clone());
            }
            outputs.push(Output { topic: ADMITTED, partition, entry });
            Ok(ControlFlow::Continue(()))
        })?;
    }
    let mut store = memory(Retention::All, Partitions::even(stand.partitions));
    let lease = store.restore("copy")?.lease;
    let mut stages = Stages::new(Partitions::even(stand.partitions), Bucket::Day, Statistic::Off);
    let mut line = Line::new(Pace { checkpoint_records: None, ..Pace::default() });
    stages.seat(&mut store, &mut line)?;
    line.run(&mut store, &mut Copied { lease, outputs }, &Stop::new())?;
    drop(line);
    for topic in [ASSESSMENTS, DECISIONS, LEDGER, DOCKETS, LATE, UNLISTED] {
        store.drain(topic, 0)?.into_iter().for_each(|message| played.take(message));
    }
    played.sort();
    Ok(played)
}
