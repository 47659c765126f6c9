//! Two accounts of one log held against each other: what a replay decides, and what stands in the topic of alerts.
//!
//! Decisions are paired by what they are (an alert's transition, the answer to an act, a digest, a seal) and compared by their bytes.
//! What must never enter: a tolerance, a decision of its own.

use crate::{broker::Read, file};
use serde::{Serialize, Serializer};
use stages::message::Message;
use std::{collections::BTreeMap, fmt, sync::Arc};
use vocab::{alert::Decision, time::Tick};
use wire::outbound::Published;

/// What a replay decided, by what each decision is.
#[derive(Debug, Default)]
pub struct Decided(BTreeMap<String, (Tick, Arc<Decision>)>);

impl Decided {
    /// Notes a decision; anything else is none.
    pub fn take(&mut self, message: &Message) {
        if let Message::Decision(tick, decision) = message {
            self.0.insert(file::decision_key(decision), (*tick, Arc::clone(decision)));
        }
    }
}

/// A decision on which the two accounts differ.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// What it is, such as `alert/<id>/<n>`; none where the topic holds what is no decision.
    pub decision: Option<String>,
    /// When it was decided: the beginning of the tick.
    pub at: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What the log decides, as JSON.
    #[serde(serialize_with = "as_value")]
    pub replayed: Option<String>,
    /// What stands in the topic, with its place.
    pub live: Vec<Standing>,
}

/// What stands at a place of the topic.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The partition.
    pub partition: u32,
    /// The position in it.
    pub position: u64,
    /// What it says, as JSON; none where it cannot be read.
    #[serde(serialize_with = "as_value")]
    pub body: Option<String>,
}

/// What came of a comparison.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// Every decision up to this instant was compared: the beginning of the last tick that both accounts have passed.
    pub complete_to: String,
    /// Decisions that were compared, seals among them.
    pub decisions: u64,
    /// Seals among them.
    pub seals: u64,
    /// Decisions behind that, in either account: not compared yet.
    pub behind: u64,
    /// On how many the accounts differ.
    pub differences: u64,
    /// The first of them, by their ticks.
    pub first: Option<Difference>,
}

/// One decision in both accounts.
#[derive(Default)]
struct Pair<'a> {
    replayed: Option<&'a Arc<Decision>>,
    live: Vec<&'a crate::broker::Live>,
}

impl Compared {
    /// Compares what a replay decided up to a tick with what stands in the topic.
    #[must_use]
    pub fn of(decided: &Decided, read: &Read, until: Tick) -> Self {
        let mut pairs: BTreeMap<(Tick, String), Pair<'_>> = BTreeMap::new();
        for (key, (tick, decision)) in &decided.0 {
            pairs.entry((*tick, key.clone())).or_default().replayed = Some(decision);
        }
        let mut unreadable = Vec::new();
        for live in &read.messages {
            match &live.told {
                Ok(decision) => {
                    let at = (Published::Decision(Arc::clone(decision)).tick(), file::decision_key(decision));
                    pairs.entry(at).or_default().live.push(live);
                }
                Err(why) => unreadable.push(Difference {
                    decision: None,
                    at: None,
                    what: format!("a message of the topic cannot be read: {why}"),
                    replayed: None,
                    live: vec![standing(live)],
                }),
            }
        }
        let behind = pairs.split_off(&(Tick(until.0.saturating_add(1)), String::new()));
        let differing = pairs.iter().filter_map(|((tick, key), pair)| Some((tick, key, pair, pair.wrong()?)));
        let mut differing = differing.peekable();
        let paired = differing.peek().map(|(tick, key, pair, what)| pair.told((**tick, key), what));
        let differences = (unreadable.len() + differing.count()) as u64;
        Self {
            complete_to: until.start().to_string(),
            decisions: pairs.len() as u64,
            seals: pairs.keys().filter(|(_, key)| key.starts_with("seal/")).count() as u64,
            behind: behind.len() as u64,
            differences,
            first: unreadable.into_iter().next().or(paired),
        }
    }
}

impl Pair<'_> {
    /// What is wrong, if anything is.
    fn wrong(&self) -> Option<&'static str> {
        match (self.replayed, self.live.as_slice()) {
            (Some(_), []) => Some("the log decides it, and the topic does not have it"),
            (None, _) => Some("the topic has it, and the log does not decide it"),
            (Some(decision), [live]) => {
                let mut bytes = Vec::new();
                Published::Decision(Arc::clone(decision)).to_protobuf(&mut bytes);
                (bytes != live.value).then_some("the topic has another body")
            }
            (Some(_), [_, ..]) => Some("the topic has it more than once"),
        }
    }

    fn told(&self, (tick, key): (Tick, &String), what: &str) -> Difference {
        Difference {
            decision: Some(key.clone()),
            at: Some(tick.start().to_string()),
            what: what.to_owned(),
            replayed: self.replayed.map(|decision| body(decision)),
            live: self.live.iter().map(|live| standing(live)).collect(),
        }
    }
}

fn standing(live: &crate::broker::Live) -> Standing {
    let body = live.told.as_ref().ok().map(|decision| body(decision));
    Standing { partition: live.partition, position: live.position, body }
}

/// A decision as the JSON of the files and of the database.
fn body(decision: &Decision) -> String {
    let mut bytes = Vec::new();
    file::decision_json(decision, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// JSON inside JSON, and not as a text.
fn as_value<S: Serializer>(body: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let value: Option<serde_json::Value> = body.as_deref().map(serde_json::from_str).transpose().map_err(serde::ser::Error::custom)?;
    value.serialize(serializer)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(decision), Some(at)) = (&self.decision, &self.at) {
            write!(f, "{decision}, decided at {at}: ")?;
        }
        writeln!(f, "{}", self.what)?;
        if let Some(replayed) = &self.replayed {
            writeln!(f, "  the log decides: {replayed}")?;
        }
        for Standing { partition, position, body } in &self.live {
            let body = body.as_deref().unwrap_or("(nothing that can be read)");
            writeln!(f, "  the topic has, in partition {partition} at position {position}: {body}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { complete_to, decisions, seals, behind, differences, first } = self;
        if let Some(first) = first {
            write!(f, "{first}")?;
        }
        let verdict = match differences {
            0 => "all as the services decided them".to_owned(),
            some => format!("{} not as the services decided them", words::counted(*some, "decision")),
        };
        writeln!(
            f,
            "compared {} up to {complete_to}, {} among them: {verdict}",
            words::counted(*decisions, "decision"),
            words::counted(*seals, "seal")
        )?;
        match behind {
            0 => Ok(()),
            some => writeln!(
                f,
                "{} behind that in one account or the other: compare again when both have come there",
                words::counted(*some, "decision")
            ),
        }
    }
}
