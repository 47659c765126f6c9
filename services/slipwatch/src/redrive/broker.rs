//! Refusals on a broker, as the messages they were: bytes and headers into the topic of events, to the partition they came from.
//!
//! What is sent and which refusals were sent are one transaction: killed anywhere, the next run goes on behind it. What must never
//! enter: a look into a message (intake's), a group of a service.

use super::{ACT, BY_REFERENCE, Deed, PIECE, Redriven};
use crate::{
    broker::Broker,
    failure::Failure,
    file,
    refused::{Again, At, Kept, OnBroker, REDRIVE, Refusals as _, Sent, Turned, Which},
    signals::{self, Drain},
};
use journal::{Checkpoint, Commit, Entry, Extent, Lease, Output, Store as _, kafka::KafkaStore};
use service_kit::Stop;
use stages::{
    bytes::{Bytes, REDRIVEN},
    intaking::position,
    message::{ACTIONS, EVENTS, Message, REFUSED, Raw},
};
use std::{ops::ControlFlow, sync::Arc, time::Duration};

/// Messages of one transaction.
const SENT_AT_ONCE: usize = 500;
/// Bytes of one transaction, about.
const BYTES_AT_ONCE: usize = 8 << 20;
/// How long to wait before a transaction that was rolled back is made again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// It stood in a file, not in a topic.
const OF_A_FILE: &str = "a row of a file that was imported: import the mended file";
/// Its headers are not kept, and may say what it is.
const WITHOUT_HEADERS: &str = "its headers were too large to be kept: its sender has the message";

/// Sends refusals of a broker again, at most so many, in the order in which they stand in their partitions; or only counts them.
///
/// # Errors
/// [`Failure`] of the broker.
pub fn on_broker(broker: &Broker, (which, limit): (Which, Option<u64>), deed: Deed) -> Result<Redriven, Failure> {
    let which = Which { again: Some(Again::Waiting), ..which };
    let mut sender = match deed {
        Deed::Try => None,
        Deed::Send => Some(Sender::open(broker)?),
    };
    let space = broker.space();
    let name = |topic| space.name(topic).unwrap_or_default();
    let (events, actions) = (name(EVENTS), name(ACTIONS));
    // Opened behind the fence: whoever redrove before can send no more.
    let from = OnBroker::open(broker)?;
    let (mut told, mut left) = (Redriven::default(), limit.unwrap_or(u64::MAX));
    from.each(&mut |turned| {
        if left == 0 || sender.as_ref().is_some_and(|sender| sender.stop.is_asked()) {
            return Ok(ControlFlow::Break(()));
        }
        if !which.has(&turned) {
            return Ok(ControlFlow::Continue(()));
        }
        left -= 1;
        if let Some(why) = hindrance(&turned, &events, &actions) {
            told.leave(why);
            return Ok(ControlFlow::Continue(()));
        }
        told.sent += 1;
        if let Some(sender) = &mut sender {
            sender.send(turned)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(sender) = &mut sender {
        sender.commit()?;
        told.stopped = sender.stop.is_asked();
    }
    Ok(told)
}

/// What stands in the way of sending a message again, if anything does.
fn hindrance(turned: &Turned, events: &str, actions: &str) -> Option<&'static str> {
    let of = |topic: &str| turned.input.split_once('/').map_or(&*turned.input, |(name, _)| name) == topic;
    match turned.kept {
        Kept::Beginning => Some(BY_REFERENCE),
        Kept::Piece => Some(PIECE),
        Kept::Whole if of(actions) => Some(ACT),
        Kept::Whole if !of(events) => Some(OF_A_FILE),
        Kept::Whole => (turned.headers_left_out > 0).then_some(WITHOUT_HEADERS),
    }
}

/// Sends messages and says which refusals they were, in transactions.
struct Sender {
    store: KafkaStore<Bytes>,
    lease: Lease,
    partitions: u32,
    topic: String,
    sent: Sent,
    waiting: Vec<Output<Message>>,
    waiting_bytes: usize,
    places: Vec<(u32, u64)>,
    stop: Stop,
}

impl Sender {
    /// Takes the task over: another redrive of the same log can commit nothing from now on.
    fn open(broker: &Broker) -> Result<Self, Failure> {
        let mut store = broker.store()?;
        let lease = store.restore(REDRIVE).map_err(file::failed)?.lease;
        let sent = Sent::of(&store.pages(REDRIVE).map_err(file::failed)?)?;
        let partitions = store.partitions(EVENTS).map_err(file::failed)?;
        let topic = broker.space().name(REFUSED).unwrap_or_default();
        let stop = signals::stop(Drain::Patient)?;
        Ok(Self { store, lease, partitions, topic, sent, waiting: Vec::new(), waiting_bytes: 0, places: Vec::new(), stop })
    }

    fn send(&mut self, turned: Turned) -> Result<(), Failure> {
        let Turned { at, bytes, headers, input, .. } = turned;
        // That of the events it came from, where it still is one: messages of one key stay together.
        let own = input.rsplit_once('/').and_then(|(_, partition)| partition.parse::<u32>().ok()).unwrap_or_default();
        self.waiting_bytes += bytes.len();
        let record = Message::Raw(Arc::new(Raw { bytes, headers: marked(headers, &self.topic, at) }));
        self.waiting.push(Output { topic: EVENTS, partition: own % self.partitions, entry: Entry::Record { origin: 0, record } });
        self.places.push(at.place());
        if self.waiting.len() >= SENT_AT_ONCE || self.waiting_bytes >= BYTES_AT_ONCE {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failure> {
        if self.places.is_empty() {
            return Ok(());
        }
        self.waiting_bytes = 0;
        let checkpoint = Some(Checkpoint { extent: Extent::Touched, pages: self.sent.note(&std::mem::take(&mut self.places)) });
        let outputs = std::mem::take(&mut self.waiting);
        let mut parts = [Commit { lease: self.lease.clone(), outputs, position: position(REDRIVE, None, Vec::new()), checkpoint }];
        loop {
            match self.store.commit(&mut parts) {
                // A transaction that was rolled back, a broker that is away: the same messages go again.
                Err(error) if error.is_passing() && !self.stop.is_asked() => std::thread::sleep(AGAIN_AFTER),
                ended => return ended.map_err(file::failed),
            }
        }
    }
}

/// The sender's own headers, and which refusal it was: the newest, where it was refused more than once.
fn marked(headers: Vec<(String, Vec<u8>)>, topic: &str, at: At) -> Vec<(String, Vec<u8>)> {
    let own = headers.into_iter().filter(|(name, _)| name != REDRIVEN);
    own.chain([(REDRIVEN.to_owned(), format!("{topic}/{at}").into_bytes())]).collect()
}
