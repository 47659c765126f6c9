//! The ledgers of a log on a broker: what was received, let in and turned away by feed, and what became of what was let in.
//!
//! Counted from the topics, message by message. Received is what stands on the topic of events: a feed's client may send a message once
//! more where brokers die. Must never enter: a count that a service keeps of itself.

use crate::sender::{NO_SOURCE, Sent};
use journal::{Entry, Topic, kafka::Reader};
use stages::{
    bytes::Bytes,
    message::{ADMITTED, EVENTS, Message, REFUSED},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    ops::ControlFlow,
};
use tests::Outcome;
use vocab::{
    name::SourceId,
    record::{Admitted, RecordId},
    tally::Ledger,
    time::{Day, Tick},
};

/// What stands on the topic of events, by the feed it names.
#[derive(Debug)]
pub(crate) struct Received(BTreeMap<String, u32>);

impl Received {
    /// Reads all of it, which is everything that was sent at least: of an idempotent producer the client library keeps each message once
    /// only while no broker dies (its issue 4953: answers of later requests, behind one that failed, make it number all of them anew).
    pub(crate) fn read(reader: &Reader<Bytes>, partitions: u32, sent: &Sent) -> Outcome<Self> {
        let (mut by_source, mut owed): (BTreeMap<String, u32>, _) = (BTreeMap::new(), sent.messages.clone());
        for partition in 0..partitions {
            reader.each((EVENTS, partition), 0, |_, entry| {
                if let Entry::Record { record: Message::Raw(raw), .. } = entry {
                    *by_source.entry(source_of(&raw.bytes)).or_default() += 1;
                    owed.entry(raw.bytes.clone()).and_modify(|count| *count = count.saturating_sub(1));
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        let missing = owed.iter().find(|(_, count)| **count > 0);
        let missing = missing.map(|(bytes, count)| format!("{count} times acknowledged and not there: {}", String::from_utf8_lossy(bytes)));
        missing.map_or(Ok(Self(by_source)), |missing| Err(missing.into()))
    }

    /// Messages of all feeds.
    pub(crate) fn all(&self) -> u32 {
        self.0.values().sum()
    }
}

/// What intake did with messages, as far as it was read.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    next: BTreeMap<(Topic, u32), u64>,
    /// Let in, by feed and day on which it became known.
    pub(crate) admitted: BTreeMap<(SourceId, Day), i64>,
    /// Acts and packs, of which every partition has a copy.
    broadcast: BTreeSet<RecordId>,
    /// Turned away, by the feed they name.
    refused: BTreeMap<String, u32>,
    /// The last tick at which something became known.
    pub(crate) known_last: Option<Tick>,
}

impl Taken {
    /// Reads what is new.
    pub(crate) fn read(&mut self, reader: &Reader<Bytes>, partitions: u32) -> Outcome<()> {
        for at in [ADMITTED, REFUSED].into_iter().flat_map(|topic| (0..partitions).map(move |partition| (topic, partition))) {
            let mut next = self.next.get(&at).copied().unwrap_or(0);
            let read = reader.each(at, next, |position, entry| {
                next = position + 1;
                self.take(entry);
                Ok(ControlFlow::Continue(()))
            });
            self.next.insert(at, next);
            match read {
                // Brokers that are away for now: what they have is read when they are back.
                Err(error) if error.is_passing() => {}
                read => read?,
            }
        }
        Ok(())
    }

    fn take(&mut self, entry: Entry<Message>) {
        let Entry::Record { record, .. } = entry else { return };
        if let Message::Admitted(one) = record {
            self.let_in(&one);
        } else if let Message::Raw(raw) = record {
            *self.refused.entry(source_of(&raw.bytes)).or_default() += 1;
        }
    }

    fn let_in(&mut self, one: &Admitted) {
        self.known_last = self.known_last.max(Some(one.known));
        if one.origin != 0 || self.broadcast.insert(one.id) {
            *self.admitted.entry((one.event.source.clone(), one.known.day())).or_default() += 1;
        }
    }

    /// Messages of feeds, let in and turned away.
    pub(crate) fn messages(&self) -> i64 {
        let acts: i64 = self.broadcast.iter().map(|_| 1).sum();
        self.admitted.values().sum::<i64>() - acts + i64::from(self.refused())
    }

    /// Messages that were turned away.
    pub(crate) fn refused(&self) -> u32 {
        self.refused.values().sum()
    }

    /// Whether both ledgers balance, for each feed; with the sums as lines of a table.
    pub(crate) fn balance(&self, received: &Received, ledger: &BTreeMap<(SourceId, Day), Ledger>) -> Result<String, String> {
        let mut lines =
            String::from("feed: received = admitted + refused; admitted = effective + duplicates + superseded + conflicts + late\n");
        let mut feeds: BTreeMap<&str, Ledger> = received.0.keys().map(|name| (name.as_str(), Ledger::default())).collect();
        for ((source, _), change) in ledger {
            *feeds.entry(source.as_str()).or_default() += *change;
        }
        for (feed, told) in feeds {
            let of = |count: &BTreeMap<(SourceId, Day), i64>| -> i64 {
                count.iter().filter(|((source, _), _)| source.as_str() == feed).map(|(_, count)| count).sum()
            };
            let (admitted, refused) = (of(&self.admitted), self.refused.get(feed).copied().unwrap_or(0));
            let Ledger { effective, duplicates, superseded, conflicts, late, .. } = told;
            let name = if feed == NO_SOURCE { "(names none)" } else { feed };
            let sums = format!("{admitted} = {effective} + {duplicates} + {superseded} + {conflicts} + {late}");
            let _written = match received.0.get(feed) {
                Some(came) => writeln!(lines, "{name}: {came} = {admitted} + {refused}; {sums}"),
                None => writeln!(lines, "{name}: (no feed); {sums}"),
            };
            let came = received.0.get(feed).map_or(admitted, |came| i64::from(*came));
            if came != admitted + i64::from(refused) || admitted != told.admitted() {
                return Err(format!("the ledgers of {name} do not balance\n{lines}"));
            }
        }
        let told: BTreeMap<(SourceId, Day), i64> = ledger.iter().map(|(at, told)| (at.clone(), told.admitted())).collect();
        let other = self.admitted.iter().find(|(at, count)| told.get(*at) != Some(count));
        other.map_or(Ok(lines), |(at, count)| Err(format!("{count} admitted of {at:?}, of which the ledger says {:?}", told.get(at))))
    }
}

/// The feed a message that was turned away names, if it is JSON.
fn source_of(bytes: &[u8]) -> String {
    let read: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
    read.ok().and_then(|value| value["source"].as_str().map(str::to_owned)).unwrap_or_else(|| NO_SOURCE.to_owned())
}
