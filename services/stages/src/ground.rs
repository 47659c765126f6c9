//! What a process on a broker looks at before it does anything: whether the log is one that it may go on with.
//!
//! Records must stand where their keys belong, or one record has two stories in two tasks. Must never enter: a repair; what does not fit
//! is a refusal that names the way out.

use crate::{
    bytes::Bytes,
    intaking::partitions_of,
    message::{ADMITTED, EVENTS, Message},
    space::Space,
};
use journal::{Entry, JournalError, Store, Topic, kafka::KafkaStore};
use std::ops::ControlFlow;

/// Records looked at: of two partitions each record has one by chance with a chance of a half.
const RECORDS: usize = 64;
/// Entries looked at in a partition: one that is idle has marks, and nothing else.
const ENTRIES: usize = 2_000;

/// The store, when the log may be gone on with: looked at by whoever writes it (the inputs hold the events) and whoever reads it.
///
/// # Errors
/// [`JournalError::OtherKeys`], and those of the store.
pub fn checked(mut store: KafkaStore<Bytes>, space: &Space, inputs: &[Topic]) -> Result<KafkaStore<Bytes>, JournalError> {
    if inputs.contains(&EVENTS) || inputs.contains(&ADMITTED) {
        check(&mut store, space)?;
    }
    Ok(store)
}

/// Looks at the first records of the admitted log.
fn check(store: &mut impl Store<Record = Message>, space: &Space) -> Result<(), JournalError> {
    let partitions = store.partitions(ADMITTED)?;
    let (mut records, mut misplaced) = (0, None);
    for partition in (0..partitions).filter(|_| partitions > 1) {
        let mut entries = 0;
        store.show((ADMITTED, partition), 0, &mut |position, entry| {
            entries += 1;
            if let Entry::Record { record: Message::Admitted(admitted), .. } = entry {
                let wanted = partitions_of(&admitted, partitions);
                records += usize::from(wanted.len() == 1);
                misplaced = misplaced.or((!wanted.contains(&partition)).then_some((partition, position, wanted.start)));
            }
            if entries < ENTRIES && records < RECORDS && misplaced.is_none() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if records >= RECORDS || misplaced.is_some() {
            break;
        }
    }
    match misplaced {
        None => Ok(()),
        Some((partition, position, wanted)) => {
            let name = space.name(ADMITTED).unwrap_or_default();
            Err(JournalError::OtherKeys { name, partition, position, wanted })
        }
    }
}
