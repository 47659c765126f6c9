//! A batch that the client cannot unpack: its partition stands still there, and whoever watches the process is told where that is.
//!
//! The library says that something cannot be unpacked, and not what: neither topic, partition nor position. So whatever comes next is
//! asked for once more beside it, a partition at a time. The way out is another bound for what is unpacked, by a reload.
//! Must never enter: a position that is skipped. Where the next batch begins, nobody can tell who cannot unpack this one.

use std::time::{Duration, Instant};

use super::codec::Codec;
use super::store::KafkaStore;
use crate::store::Notice;

/// How long after it was told it is told again, and how long after nothing was found it is looked for again.
const AGAIN: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(1));

/// When to look for what the client chokes on.
#[derive(Debug, Default)]
pub(super) struct Choke {
    /// Something could not be unpacked.
    pub(super) is_heard: bool,
    due: Option<Instant>,
}

impl Choke {
    fn is_due(&mut self) -> bool {
        std::mem::take(&mut self.is_heard) && self.due.is_none_or(|due| due <= Instant::now())
    }
}

impl<C: Codec> KafkaStore<C> {
    /// Looks for the batches that cannot be unpacked, and tells where they are.
    pub(super) fn look_for_chokes(&mut self) {
        if !self.fetcher.choke.is_due() {
            return;
        }
        let bytes_max = self.settings.unpacked_bytes_max();
        let found: Vec<Notice> = self
            .fetcher
            .awaited()
            .into_iter()
            .filter_map(|((topic, partition), position)| {
                let topic = self.name(topic).ok()?.to_owned();
                let is_choked = self.side.chokes_at(&topic, partition, position);
                is_choked.then_some(Notice::Unreadable { topic, partition, position, bytes_max })
            })
            .collect();
        let again = if found.is_empty() { AGAIN.1 } else { AGAIN.0 };
        self.fetcher.choke.due = Some(Instant::now() + again);
        self.notices.extend(found);
    }
}
