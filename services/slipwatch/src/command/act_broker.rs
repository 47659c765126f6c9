//! `slipwatch act --kafka`: an act as a message among the acts, acknowledged by all copies, and its answer among the decisions.
//!
//! Nothing is judged here, and no service is waited for longer than was asked. What must never enter: a judgement of the act (the
//! sentinel's), a stamp (intake's).

use super::act::{APPLIED, Asked, deed, id, named_regime, pack};
use crate::{
    broker::{Broker, Following},
    cli::{ActArgs, DeedArgs},
    failure::Failure,
    file,
};
use engine::identity;
use journal::{
    Entry,
    kafka::{Appender, Outgoing, Reader},
};
use stages::{
    admission::act,
    bytes::Bytes,
    key,
    message::{ACTIONS, ADMITTED, Message, REFUSED},
};
use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    time::{Duration, Instant},
};
use vocab::{act::Act, alert::Decision, event::Event, name::RegimeId, record::RecordId};

/// How often the answer is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Name of the clients.
const NAME: &str = "act";

/// Sends an act and waits for its answer. What was said before in the same words is not sent again.
///
/// # Errors
/// [`Failure`] with its exit code; no answer in time is [`Failure::Locked`]: the same command waits again.
pub(super) fn run(arguments: &ActArgs, broker: &Broker) -> Result<String, Failure> {
    let Asked { who, why, wait } = Asked::of(arguments)?;
    if arguments.at.is_some() {
        return Err(Failure::Usage("--at is for a log of history; this one is live: its own clock stamps the act".to_owned()));
    }
    if let DeedArgs::Pack { file } = &arguments.deed {
        let event = pack(file, intake::clock::now().day(), (who, why))?;
        return put_in_force(broker, &event, wait);
    }
    let mut decisions = Following::open(broker)?;
    decisions.read_on()?;
    let transitions = decisions.read().transitions();
    let (regime, deed) = deed(&arguments.deed, &transitions, &|| named_regime(arguments, || regime_of(&decisions)))?;
    let id = id(&deed, &who, &why, None);
    let event = act(regime, &id, intake::clock::now().day(), Act { who, why, deed });
    let said = identity::record(&event.source, &event.source_record_id);
    if let Some(answer) = answer(&decisions, said) {
        return Ok(answer);
    }
    say(broker, &event, wait, || {
        decisions.read_on()?;
        Ok(answer(&decisions, said))
    })
}

/// Sends an event of people and waits until it is answered, by `answer`, or refused.
fn say(
    broker: &Broker,
    event: &Event,
    wait: Duration,
    mut answer: impl FnMut() -> Result<Option<String>, Failure>,
) -> Result<String, Failure> {
    let mut refusals = Refusals::open(broker)?;
    let body = send(broker, event)?;
    let began = Instant::now();
    loop {
        if let Some(answer) = answer()? {
            return Ok(answer);
        }
        if let Some(reason) = refusals.reason(&body)? {
            return Err(Failure::No(format!("the act was refused at intake: {reason}")));
        }
        if began.elapsed() >= wait {
            let actions = broker.space().name(ACTIONS).unwrap_or_default();
            return Err(Failure::Locked(format!(
                "the act stands in {actions} and is answered when intake, casebook and sentinel have come to it; no answer within {wait:?}; \
                 the same command again waits for it"
            )));
        }
        std::thread::sleep(LOOK_EVERY.min(wait));
    }
}

/// Nobody judges a pack: that it stands in the log is the answer. It comes to every partition, so that one is enough to look at.
fn put_in_force(broker: &Broker, event: &Event, wait: Duration) -> Result<String, Failure> {
    let reader = broker.reader(NAME, Bytes::of(&broker.space()))?;
    let (_, mut next) = reader.ends((ADMITTED, 0)).map_err(file::failed)?;
    let said = identity::record(&event.source, &event.source_record_id);
    say(broker, event, wait, || {
        let mut is_in = false;
        let read = reader.each((ADMITTED, 0), next, |position, entry| {
            next = position + 1;
            if let Entry::Record { record: Message::Admitted(admitted) | Message::Kept(admitted, _), .. } = entry {
                is_in |= admitted.id == said;
            }
            Ok(ControlFlow::Continue(()))
        });
        read.map_err(file::failed)?;
        Ok(is_in.then(|| APPLIED.to_owned()))
    })
}

/// The one regime that decisions name.
fn regime_of(decisions: &Following) -> Result<RegimeId, Failure> {
    let mut regimes = BTreeSet::new();
    for live in &decisions.read().messages {
        match live.told.as_deref() {
            Ok(Decision::Transition(transition)) => regimes.insert(transition.series.regime.clone()),
            Ok(Decision::Digest(digest)) => regimes.insert(digest.regime.clone()),
            Ok(Decision::Seal(seal)) => regimes.insert(seal.regime.clone()),
            Ok(Decision::Answer(_)) | Err(_) => false,
        };
    }
    let named: Vec<&str> = regimes.iter().map(RegimeId::as_str).collect();
    match regimes.len() {
        1 => regimes.pop_first().ok_or_else(|| Failure::Usage("--regime NAME is needed".to_owned())),
        0 => Err(Failure::Usage("nothing is decided here yet that names a regime: say which with --regime NAME".to_owned())),
        _ => Err(Failure::Usage(format!("several regimes are judged here: say which with --regime NAME, one of {}", named.join(", ")))),
    }
}

fn answer(decisions: &Following, said: RecordId) -> Option<String> {
    decisions.read().messages.iter().find_map(|live| match live.told.as_deref() {
        Ok(Decision::Answer(answer)) if answer.act == said => Some(file::outcome(answer.outcome)),
        Ok(_) | Err(_) => None,
    })
}

/// Appends the act; its bytes, when every copy has them.
fn send(broker: &Broker, event: &Event) -> Result<Vec<u8>, Failure> {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    key::of_event(event, &mut key);
    wire::event::event_to_json(event, &mut value);
    let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
    let appender = Appender::open(broker.settings(NAME)?).map_err(file::failed)?;
    let topic = broker.space().name(ACTIONS).unwrap_or_default();
    let outgoing = Outgoing { key, value: value.clone(), headers };
    appender.append_now(&topic, &[outgoing]).map_err(file::failed)?;
    Ok(value)
}

/// What is turned away from now on.
struct Refusals {
    reader: Reader<Bytes>,
    next: Vec<u64>,
}

impl Refusals {
    fn open(broker: &Broker) -> Result<Self, Failure> {
        let reader = broker.reader(NAME, Bytes::of(&broker.space()))?;
        let partitions = reader.partitions(REFUSED).map_err(file::failed)?;
        let end = |partition| reader.ends((REFUSED, partition)).map(|(_, end)| end).map_err(file::failed);
        let next = (0..partitions).map(end).collect::<Result<_, _>>()?;
        Ok(Self { reader, next })
    }

    /// Why these bytes were refused, if they were.
    fn reason(&mut self, body: &[u8]) -> Result<Option<String>, Failure> {
        let mut reason = None;
        for (partition, next) in (0..).zip(&mut self.next) {
            let read = self.reader.each((REFUSED, partition), *next, |position, entry| {
                *next = position + 1;
                if let Entry::Record { record: Message::Raw(raw), .. } = entry
                    && raw.bytes == body
                {
                    let told = raw.headers.iter().find(|(name, _)| name == "slipwatch-reason");
                    reason = told.map(|(_, why)| String::from_utf8_lossy(why).into_owned());
                }
                Ok(ControlFlow::Continue(()))
            });
            read.map_err(file::failed)?;
        }
        Ok(reason)
    }
}
