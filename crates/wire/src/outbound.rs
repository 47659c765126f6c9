//! What goes out as CloudEvents: assessments, decisions and marks, with the attributes that plain readers expect, in binary mode
//! (attributes beside the bare protobuf message) and as one JSON text.
//!
//! Ids are those of what is told, so that whoever reads twice sees it. `time` is the beginning of the tick at which it was told:
//! read back, it is that tick. Must never enter: a header's prefix, a topic, a receiver.

use crate::{
    assessment,
    cloudevents::{Attribute, value},
    decision,
    inbound::Envelope,
    mark,
    read::{Reading, bad, missing},
    sink::Json,
};
use std::{borrow::Cow, fmt::Write as _, sync::Arc};
use vocab::{
    act::Outcome,
    alert::Decision,
    assessment::Assessment,
    mark::Mark,
    name::RegimeId,
    record::{BadValue, Refusal},
    time::{Instant, Tick},
};

/// The content type of the bytes in binary mode.
pub const PROTOBUF: &str = "application/protobuf";
/// The type of a mark.
pub const MARK: &str = "slipwatch.mark.v1";
/// The type of an assessment.
pub const ASSESSMENT: &str = "slipwatch.assessment.v1";
/// The extension that says who sent it, as a number.
pub const ORIGIN: &str = "origin";

/// Something that plain readers may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// A promise of completeness, for our own readers.
    Mark(Mark),
    /// The assessment of a jurisdiction.
    Assessment(Arc<Assessment>),
    /// What the sentinel decided.
    Decision(Arc<Decision>),
}

impl Published {
    /// The tick at which it was told.
    #[must_use]
    pub fn tick(&self) -> Tick {
        match self {
            Self::Mark(mark) => mark.known,
            Self::Assessment(assessment) => assessment.day.last_tick(),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => transition.at,
                Decision::Answer(answer) => answer.at,
                Decision::Digest(digest) => digest.day.last_tick(),
                Decision::Seal(seal) => seal.day.last_tick(),
            },
        }
    }

    /// The type, such as `slipwatch.alert.fired.v1`.
    #[must_use]
    pub fn type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Mark(_) => Cow::Borrowed(MARK),
            Self::Assessment(_) => Cow::Borrowed(ASSESSMENT),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => Cow::Owned(format!("slipwatch.alert.{}.v1", transition.change.as_str())),
                Decision::Answer(answer) => Cow::Borrowed(match answer.outcome {
                    Outcome::Applied => "slipwatch.act.applied.v1",
                    Outcome::Stale(_) => "slipwatch.act.stale.v1",
                }),
                Decision::Digest(_) => Cow::Borrowed("slipwatch.digest.v1"),
                Decision::Seal(_) => Cow::Borrowed("slipwatch.seal.v1"),
            },
        }
    }

    /// Its identity: the same for the same thing in every run.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Mark(mark) => format!("{}/{}/{}-{}/{}", mark.generation, mark.stage, mark.first, mark.until, mark.known.0),
            Self::Assessment(assessment) => assessment.id.to_string(),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => transition.id.to_string(),
                Decision::Answer(answer) => answer.act.to_string(),
                Decision::Digest(digest) => digest.week.to_string(),
                Decision::Seal(seal) => seal.day.to_string(),
            },
        }
    }

    /// What it is about: the jurisdiction, the alert or the act.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Mark(_) => None,
            Self::Assessment(assessment) => Some(assessment.jurisdiction.to_string()),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => Some(transition.alert.to_string()),
                Decision::Answer(answer) => Some(answer.act.to_string()),
                Decision::Digest(_) | Decision::Seal(_) => None,
            },
        }
    }

    /// The regime; an answer to an act and a mark name none.
    #[must_use]
    pub fn regime(&self) -> Option<&RegimeId> {
        match self {
            Self::Mark(_) => None,
            Self::Assessment(assessment) => Some(&assessment.regime),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => Some(&transition.series.regime),
                Decision::Answer(_) => None,
                Decision::Digest(digest) => Some(&digest.regime),
                Decision::Seal(seal) => Some(&seal.regime),
            },
        }
    }

    /// The attributes in the order in which they are written; `origin` says who sends it.
    #[must_use]
    pub fn attributes(&self, origin: u32) -> Vec<Attribute<'static>> {
        let source = self.regime().map_or_else(|| "slipwatch".to_owned(), |regime| format!("slipwatch/{}", escaped(regime.as_str())));
        let mut attributes: Vec<Attribute<'static>> = vec![
            (Cow::Borrowed("specversion"), Cow::Borrowed("1.0")),
            (Cow::Borrowed("id"), Cow::Owned(self.id())),
            (Cow::Borrowed("source"), Cow::Owned(source)),
            (Cow::Borrowed("type"), self.type_name()),
        ];
        // A mark may lie before the first day that can be written.
        let time = if let Self::Mark(_) = self { None } else { Some(self.tick().start().to_string()) };
        attributes.extend(time.map(|time| (Cow::Borrowed("time"), Cow::Owned(time))));
        attributes.extend(self.subject().map(|subject| (Cow::Borrowed("subject"), Cow::Owned(subject))));
        attributes.push((Cow::Borrowed(ORIGIN), Cow::Owned(origin.to_string())));
        attributes
    }

    /// Appends the bare protobuf message: `Assessment`, `Transition`, `Answer`, `Digest`, `Seal` or `Mark`, as the type says.
    pub fn to_protobuf(&self, out: &mut Vec<u8>) {
        match self {
            Self::Mark(mark) => mark::mark_to_protobuf(mark, out),
            Self::Assessment(assessment) => assessment::assessment_to_protobuf(assessment, out),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => decision::transition_to_protobuf(transition, out),
                Decision::Answer(answer) => decision::answer_to_protobuf(answer, out),
                Decision::Digest(digest) => decision::digest_to_protobuf(digest, out),
                Decision::Seal(seal) => decision::seal_to_protobuf(seal, out),
            },
        }
    }

    /// Appends the whole CloudEvent as one JSON object without a line end (`application/cloudevents+json`).
    pub fn to_json(&self, origin: u32, out: &mut Vec<u8>) {
        out.push(b'{');
        for (name, value) in self.attributes(origin) {
            Json::member(out, &name, &value);
            out.push(b',');
        }
        Json::member(out, "datacontenttype", "application/json");
        out.extend_from_slice(b",\"data\":");
        match self {
            Self::Mark(mark) => mark::mark_to_json(mark, out),
            Self::Assessment(assessment) => assessment::assessment_to_json(assessment, out),
            Self::Decision(decision) => match &**decision {
                Decision::Transition(transition) => decision::transition_to_json(transition, out),
                Decision::Answer(answer) => decision::answer_to_json(answer, out),
                Decision::Digest(digest) => decision::digest_to_json(digest, out),
                Decision::Seal(seal) => decision::seal_to_json(seal, out),
            },
        }
        out.push(b'}');
    }
}

/// Reads what was published in binary mode: what it is, and who sent it (0 where nobody says).
///
/// # Errors
/// A [`Refusal`] that names the attribute or field; a type of a later version is refused, for nothing of it can be known.
pub fn published(attributes: &[Attribute<'_>], bytes: &[u8]) -> Result<(Published, u32), Refusal> {
    let told = of_type(value(attributes, "type").ok_or_else(|| missing("ce_type"))?, bytes)?;
    let origin = value(attributes, ORIGIN).map_or(Ok(0), |text| text.parse().map_err(|_| bad("ce_origin", BadValue::NotANumber)))?;
    let Some(time) = value(attributes, "time") else { return Ok((told, origin)) };
    let tick = Instant::parse(time).map(Tick::of).map_err(|problem| bad("ce_time", problem))?;
    if tick == told.tick() { Ok((told, origin)) } else { Err(bad("ce_time", BadValue::Contradicts)) }
}

/// Reads what was published as a Kafka record: its `ce_*` headers and its value.
///
/// # Errors
/// As [`published`], and for headers as [`Envelope::of_kafka`].
pub fn published_in<'a>(headers: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>, value: &[u8]) -> Result<(Published, u32), Refusal> {
    let envelope = Envelope::of_kafka(headers.into_iter().filter_map(|(name, value)| Some((name, value?))))?;
    published(envelope.attributes(), value)
}

fn of_type(type_name: &str, bytes: &[u8]) -> Reading<Published> {
    let decision = |decision| Published::Decision(Arc::new(decision));
    let told = match type_name {
        MARK => Published::Mark(mark::mark_from_protobuf(bytes)?),
        ASSESSMENT => Published::Assessment(Arc::new(assessment::assessment_from_protobuf(bytes)?)),
        "slipwatch.digest.v1" => decision(Decision::Digest(decision::digest_from_protobuf(bytes)?)),
        "slipwatch.seal.v1" => decision(Decision::Seal(decision::seal_from_protobuf(bytes)?)),
        _ if type_name.starts_with("slipwatch.alert.") => decision(Decision::Transition(decision::transition_from_protobuf(bytes)?)),
        _ if type_name.starts_with("slipwatch.act.") => decision(Decision::Answer(decision::answer_from_protobuf(bytes)?)),
        _ => return Err(bad("ce_type", BadValue::UnknownWord)),
    };
    if told.type_name() == type_name { Ok(told) } else { Err(bad("ce_type", BadValue::Contradicts)) }
}

/// A name as a segment of a URI: whatever is not unreserved stands as `%41`.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let written = write!(text, "%{byte:02X}");
            debug_assert!(written.is_ok(), "a text takes every letter");
        }
    }
    text
}
