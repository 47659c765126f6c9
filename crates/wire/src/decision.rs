//! What the sentinel decides, as bytes: transitions of alerts with their evidence, answers to acts, digests, seals. One line of
//! a file of `replay` each, and protobuf of the same; both are read back, so that a decision can be explained.
//!
//! Weeks are `2019-W09`, days ISO, ticks RFC 3339, ids and hashes hexadecimal. Nothing is decided here.

mod change;
mod digest;
mod evidence;

use crate::{
    event::{self, protobuf_error},
    json,
    numbers::{Numbered as _, staleness},
    pb,
    read::{Reading, bad, choice, day, hex, maybe_choice, missing, name, names, part, series, tick},
    sink::{Json, Protobuf, Sink},
    table,
};
use digest::{read as read_digest, write as write_digest};
use vocab::{
    act::{Answer, Outcome, Staleness},
    alert::{Decision, Digest, Rule, Seal, Transition},
    name::{Label, RegimeId},
    record::{AlertId, BadValue, ClaimId, PackHash, RecordId, Refusal, SealHash, TransitionId},
};

macro_rules! document {
    ($($word:literal $value:ty, $message:ident: $write:ident, $read:ident; $to_json:ident $from_json:ident $to_protobuf:ident $from_protobuf:ident)*) => {$(
        #[doc = concat!("Appends ", $word, " as one JSON object without a line end.")]
        pub fn $to_json(value: &$value, out: &mut Vec<u8>) {
            Json::object(out, |json| $write(json, value));
        }
        #[doc = concat!("Reads ", $word, " from JSON.")]
        ///
        /// # Errors
        /// A [`Refusal`] that names the field.
        pub fn $from_json(text: &str) -> Result<$value, Refusal> {
            $read(json::message(text, &table::$message::MESSAGE)?)
        }
        #[doc = concat!("Appends ", $word, " as protobuf.")]
        pub fn $to_protobuf(value: &$value, out: &mut Vec<u8>) {
            $write(&mut Protobuf::new(out), value);
        }
        #[doc = concat!("Reads ", $word, " from protobuf.")]
        ///
        /// # Errors
        /// A [`Refusal`] that names the field.
        pub fn $from_protobuf(bytes: &[u8]) -> Result<$value, Refusal> {
            $read(prost::Message::decode(bytes).map_err(|error| protobuf_error(&error))?)
        }
    )*};
}

document! {
    "a decision" Decision, decision: write, read; decision_to_json decision_from_json decision_to_protobuf decision_from_protobuf
    "a transition" Transition, transition: write_transition, read_transition; transition_to_json transition_from_json transition_to_protobuf transition_from_protobuf
    "an answer" Answer, answer: write_answer, read_answer; answer_to_json answer_from_json answer_to_protobuf answer_from_protobuf
    "a digest" Digest, digest: write_digest, read_digest; digest_to_json digest_from_json digest_to_protobuf digest_from_protobuf
    "a seal" Seal, seal: write_seal, read_seal; seal_to_json seal_from_json seal_to_protobuf seal_from_protobuf
}

/// Tells a decision.
pub(crate) fn write<S: Sink>(out: &mut S, decision: &Decision) {
    use table::decision as f;
    match decision {
        Decision::Transition(transition) => out.message(&f::TRANSITION, |out| write_transition(out, transition)),
        Decision::Answer(answer) => out.message(&f::ANSWER, |out| write_answer(out, answer)),
        Decision::Digest(digest) => out.message(&f::DIGEST, |out| write_digest(out, digest)),
        Decision::Seal(seal) => out.message(&f::SEAL, |out| write_seal(out, seal)),
    }
}

/// Reads a decision.
pub(crate) fn read(message: pb::Decision) -> Reading<Decision> {
    use pb::decision::Decision as Told;
    Ok(match part("decision", message.decision)? {
        Told::Transition(transition) => Decision::Transition(read_transition(transition)?),
        Told::Answer(answer) => Decision::Answer(read_answer(answer)?),
        Told::Digest(digest) => Decision::Digest(read_digest(digest)?),
        Told::Seal(seal) => Decision::Seal(read_seal(seal)?),
    })
}

fn write_transition<S: Sink>(out: &mut S, transition: &Transition) {
    use table::transition as f;
    out.shown(&f::ID, transition.id);
    out.shown(&f::ALERT, transition.alert);
    out.natural(&f::N, u64::from(transition.n));
    out.shown(&f::CLAIM, transition.claim);
    event::write_series(out, &f::SERIES, &transition.series);
    out.shown(&f::OPENED, transition.opened);
    out.time(&f::AT, transition.at.start());
    out.message(&f::CHANGE, |out| change::write(out, &transition.change));
    out.choice(&f::PHASE, transition.phase.number());
    out.choice(&f::KIND, transition.kind.number());
    out.choice(&f::SEVERITY, transition.severity.number());
    out.message(&f::EVIDENCE, |out| evidence::write(out, &transition.evidence));
    out.texts(&f::COINCIDES, &transition.coincides);
    out.maybe(&f::PREVIOUS, transition.previous);
    out.natural(&f::JUDGEMENT, u64::from(transition.judgement));
    out.shown(&f::PACK, transition.pack);
    out.choice(&f::RULE, transition.rule.number());
}

fn read_transition(message: pb::Transition) -> Reading<Transition> {
    Ok(Transition {
        id: hex("id", &message.id, TransitionId::parse)?,
        alert: hex("alert", &message.alert, AlertId::parse)?,
        n: message.n,
        claim: hex("claim", &message.claim, ClaimId::parse)?,
        // Judgement 1 had one rule, and did not name it.
        rule: maybe_choice("rule", message.rule)?.unwrap_or(Rule::Slippage),
        series: series("series", message.series)?,
        opened: day("opened", &message.opened)?,
        at: tick("at", message.at)?,
        change: change::read(&part("change", message.change)?)?,
        phase: choice("phase", message.phase)?,
        kind: choice("kind", message.kind)?,
        severity: choice("severity", message.severity)?,
        evidence: evidence::read(part("evidence", message.evidence)?)?,
        coincides: names("coincides", &message.coincides, Label::parse)?,
        previous: if message.previous.is_empty() { None } else { Some(hex("previous", &message.previous, AlertId::parse)?) },
        judgement: message.judgement,
        pack: hex("pack", &message.pack, PackHash::parse)?,
    })
}

fn write_answer<S: Sink>(out: &mut S, answer: &Answer) {
    use table::answer as f;
    out.shown(&f::ACT, answer.act);
    out.time(&f::AT, answer.at.start());
    match answer.outcome {
        Outcome::Applied => out.choice(&f::OUTCOME, 1),
        Outcome::Stale(reason) => {
            out.choice(&f::OUTCOME, 2);
            out.choice(&f::STALENESS, staleness(reason));
            match reason {
                Staleness::Moved { newest } => out.natural(&f::NEWEST, u64::from(newest)),
                Staleness::NoSuchAlert | Staleness::Ended | Staleness::Expired | Staleness::Unlisted | Staleness::EmptyWindow => {}
            }
        }
    }
}

fn read_answer(message: pb::Answer) -> Reading<Answer> {
    let outcome = match message.outcome {
        0 => return Err(missing("outcome")),
        1 => Outcome::Applied,
        2 => Outcome::Stale(read_staleness(&message)?),
        _ => return Err(bad("outcome", BadValue::UnknownWord)),
    };
    Ok(Answer { act: hex("act", &message.act, RecordId::parse)?, at: tick("at", message.at)?, outcome })
}

fn read_staleness(message: &pb::Answer) -> Reading<Staleness> {
    Ok(match message.staleness {
        0 => return Err(missing("staleness")),
        1 => Staleness::NoSuchAlert,
        2 => Staleness::Ended,
        3 => Staleness::Moved { newest: part("newest", message.newest)? },
        4 => Staleness::Expired,
        5 => Staleness::Unlisted,
        6 => Staleness::EmptyWindow,
        _ => return Err(bad("staleness", BadValue::UnknownWord)),
    })
}

fn write_seal<S: Sink>(out: &mut S, seal: &Seal) {
    use table::seal as f;
    out.text(&f::REGIME, seal.regime.as_str());
    out.shown(&f::DAY, seal.day);
    out.natural(&f::DECISIONS, u64::from(seal.decisions));
    out.natural(&f::JUDGEMENT, u64::from(seal.judgement));
    out.shown(&f::PACK, seal.pack);
    out.shown(&f::PREVIOUS, seal.previous);
    out.shown(&f::HASH, seal.hash);
}

fn read_seal(message: pb::Seal) -> Reading<Seal> {
    Ok(Seal {
        regime: name("regime", &message.regime, RegimeId::parse)?,
        day: day("day", &message.day)?,
        decisions: message.decisions,
        judgement: message.judgement,
        pack: hex("pack", &message.pack, PackHash::parse)?,
        previous: hex("previous", &message.previous, SealHash::parse)?,
        hash: hex("hash", &message.hash, SealHash::parse)?,
    })
}
