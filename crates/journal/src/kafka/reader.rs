//! Reading a log on a broker without taking part in it: for exports, comparisons, and people.
//!
//! Must never enter: a group, a position that is kept, a write.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::codec::{Codec, decoded};
use super::settings::Settings;
use super::side::Side;
use crate::error::JournalError;
use crate::mark::Entry;
use crate::position::Topic;

/// A log that is only read, to its committed end.
pub struct Reader<C: Codec> {
    side: Side,
    codec: C,
    counts: BTreeMap<String, u32>,
}

impl<C: Codec> Reader<C> {
    /// Connects. Of the identity only the name is used, for the broker's own logs; give each reader its own.
    ///
    /// # Errors
    /// [`JournalError::BadSetting`], [`JournalError::Unavailable`], [`JournalError::Denied`], [`JournalError::Untrusted`].
    pub fn open(settings: &Settings, codec: C) -> Result<Self, JournalError> {
        settings.check()?;
        let side = Side::open(settings)?;
        Ok(Self { counts: side.counts(settings)?, side, codec })
    }

    fn name(&self, topic: Topic) -> Result<&str, JournalError> {
        let found = self.codec.topics().get(usize::from(topic.0));
        found.map(|topic| topic.name.as_str()).ok_or(JournalError::UnknownTopic { topic })
    }

    /// How many partitions a topic has.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], [`JournalError::NoTopic`].
    pub fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        let name = self.name(topic)?;
        self.counts.get(name).copied().ok_or_else(|| JournalError::NoTopic { name: name.to_owned() })
    }

    /// First position kept of a partition, and its committed end.
    ///
    /// # Errors
    /// Those of [`Self::partitions`], [`JournalError::UnknownPartition`], [`JournalError::Unavailable`].
    pub fn ends(&self, at: (Topic, u32)) -> Result<(u64, u64), JournalError> {
        let (topic, partition) = at;
        if partition >= self.partitions(topic)? {
            return Err(JournalError::UnknownPartition { topic, partition });
        }
        self.side.ends(self.name(topic)?, partition)
    }

    /// Shows the committed entries of a partition at and after a position, in order, until `each` breaks off or they end.
    ///
    /// # Errors
    /// Those of [`Self::ends`], [`JournalError::PositionGone`], [`JournalError::BadRecord`], and those of `each`.
    pub fn each(
        &self,
        at: (Topic, u32),
        from: u64,
        mut each: impl FnMut(u64, Entry<C::Record>) -> Result<ControlFlow<()>, JournalError>,
    ) -> Result<(), JournalError> {
        let (topic, partition) = at;
        let (first, end) = self.ends(at)?;
        if from < first {
            return Err(JournalError::PositionGone { topic, partition, wanted: from, first });
        }
        if from >= end {
            return Ok(());
        }
        let name = self.name(topic)?;
        self.side.scan((name, partition), from, |message| each(message.position, decoded(&self.codec, (topic, name), message)?))
    }
}

impl<C: Codec> std::fmt::Debug for Reader<C> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reader").field("topics", &self.codec.topics().len()).finish_non_exhaustive()
    }
}
