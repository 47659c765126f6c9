//! Topics that grow while somebody reads them: the partitions that are new are found, and counted.
//!
//! Only the number of partitions is looked at, and it only rises. Must never enter: who reads a new partition (the group says),
//! what its first entry means.

use std::time::Instant;

use super::codec::{Codec, Growth, TopicName};
use super::settings::Inputs;
use super::side::{count_of, counts_of};
use super::store::{KafkaStore, READING_TIMEOUT};
use crate::position::Topic;
use crate::store::Notice;

impl<C: Codec> KafkaStore<C> {
    /// Looks now and then whether a shared topic that may grow has grown: who is given its new partitions is told by the group, and
    /// whoever else speaks of all of them is not.
    pub(super) fn look_now_and_then(&mut self) {
        if self.looked.elapsed() < self.settings.look_every() || self.fetcher.away.is_some() {
            return;
        }
        self.looked = Instant::now();
        let Inputs::Shared(shared) = &self.settings.inputs else { return };
        let table = self.codec.topics();
        let growing = shared.iter().filter_map(|topic| table.get(usize::from(topic.0))).filter(|topic| topic.growth == Growth::MayGrow);
        for TopicName { name, .. } in growing {
            match count_of(&self.fetcher.consumer, name, READING_TIMEOUT) {
                // It never falls: a topic that is made anew with fewer partitions is told of by its positions.
                Ok(count) => drop(self.counts.entry(name.clone()).and_modify(|known| *known = count.max(*known))),
                Err(error) => self.notices.push(Notice::Broker(error.to_string())),
            }
        }
    }

    /// A topic that grew has partitions that were not there at the start.
    pub(super) fn look_for_growth(&mut self, inputs: &[(Topic, u32)]) {
        if inputs.iter().all(|at| self.address(*at).is_ok()) {
            return;
        }
        match counts_of(&self.fetcher.consumer, &self.settings.bootstrap, self.settings.call_timeout) {
            Ok(counts) => self.counts = counts,
            Err(error) => self.notices.push(Notice::Broker(error.to_string())),
        }
    }
}
