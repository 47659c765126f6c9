//! Identities: 128 bits of a hash over what a thing *is*, so that every machine and every replay gives it the same name.
//!
//! Each kind has its own tag, each part its length in front, so that no two things share an identity by running together.
//! Must never enter: a position, a partition, an instance, a wall time, a kind of slippage; nothing random.

use alloc::vec::Vec;
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use sha2::{Digest, Sha256};
use vocab::{
    alert::Rule,
    event::{Body, Context, Event, Operation, PackActivation},
    name::{CaseName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, SourceRecordId, Stratum},
    record::{AlertId, AssessmentId, CaseId, ClaimId, ContentHash, RecordId, TransitionId},
    series::{MeasureKey, SeriesKey},
    time::{Day, Occurred, Tick},
};

/// What an identity names; the first byte that is hashed.
#[derive(Clone, Copy)]
enum Tag {
    Record = 1,
    Case = 2,
    Content = 3,
    Claim = 4,
    Alert = 5,
    Transition = 6,
    Assessment = 7,
}

/// Bytes gathered before they are hashed: a serializer hands them over one by one.
const GATHERED_BYTES: usize = 256;

/// Feeds parts into the hash without a heap object.
struct Parts {
    hash: Sha256,
    gathered: [u8; GATHERED_BYTES],
    used: usize,
}

impl Parts {
    fn of(tag: Tag) -> Self {
        let mut parts = Self { hash: Sha256::new(), gathered: [0; GATHERED_BYTES], used: 1 };
        parts.gathered[0] = tag as u8;
        parts
    }

    fn feed(&mut self, bytes: &[u8]) {
        if self.used + bytes.len() > GATHERED_BYTES {
            self.hash.update(&self.gathered[..self.used]);
            self.used = 0;
            if bytes.len() > GATHERED_BYTES {
                self.hash.update(bytes);
                return;
            }
        }
        self.gathered[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    fn part(mut self, bytes: &[u8]) -> Self {
        self.feed(&(bytes.len() as u64).to_be_bytes());
        self.feed(bytes);
        self
    }

    fn identity(mut self) -> [u8; 16] {
        self.hash.update(&self.gathered[..self.used]);
        let mut identity = [0; 16];
        identity.copy_from_slice(&self.hash.finalize()[..16]);
        identity
    }
}

impl Flavor for Parts {
    type Output = [u8; 16];

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        if self.used == GATHERED_BYTES {
            self.hash.update(&self.gathered[..]);
            self.used = 0;
        }
        self.gathered[self.used] = byte;
        self.used += 1;
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.feed(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<[u8; 16]> {
        Ok(self.identity())
    }
}

/// The identity of a record: what a source calls one thing of its own.
#[must_use]
pub fn record(source: &SourceId, source_record_id: &SourceRecordId) -> RecordId {
    RecordId(Parts::of(Tag::Record).part(source.as_str().as_bytes()).part(source_record_id.as_str().as_bytes()).identity())
}

/// The identity of a case: a story of records within a regime.
#[must_use]
pub fn case(regime: &RegimeId, name: &CaseName) -> CaseId {
    CaseId(Parts::of(Tag::Case).part(regime.as_str().as_bytes()).part(name.as_str().as_bytes()).identity())
}

/// The task, of so many, that alone tells on a record which all of them read. Where other records go is not the engine's to say: any
/// rule will do that brings all messages of a record to one task.
#[must_use]
pub fn home(record: RecordId, partitions: u32) -> u32 {
    let [a, b, c, d, ..] = record.0;
    u32::from_be_bytes([a, b, c, d]) % partitions.max(1)
}

/// The judged fields of an event in the order in which they are hashed. What is left out may differ between two deliveries
/// of the same statement: when it was reported and known, its revision, and the message's own id.
#[derive(Serialize)]
struct Judged<'a> {
    regime: &'a RegimeId,
    source: &'a SourceId,
    source_record_id: &'a SourceRecordId,
    operation: Operation,
    occurred: Occurred,
    count: u32,
    jurisdiction: Option<&'a JurisdictionCode>,
    measures: &'a [&'a MeasureId],
    stratum: Option<&'a Stratum>,
    body: JudgedBody<'a>,
    context: Option<Context>,
}

/// A pack is its bytes: the compiled value is filled in later and must not change the hash.
#[derive(Serialize)]
enum JudgedBody<'a> {
    Pack { bytes: &'a [u8], who: &'a str, why: &'a str },
    Other(&'a Body),
}

/// The hash of what an event says, with the order and repetition of its measures taken out.
#[must_use]
pub fn content(event: &Event) -> ContentHash {
    // One measure is by far the commonest; only several need a list of their own.
    let one = event.measures.first();
    match (event.measures.len(), one) {
        (1, Some(one)) => content_of(event, &[one]),
        (0, _) | (_, None) => content_of(event, &[]),
        (_, Some(_)) => {
            let mut measures: Vec<&MeasureId> = event.measures.iter().collect();
            measures.sort_unstable();
            measures.dedup();
            content_of(event, &measures)
        }
    }
}

fn content_of(event: &Event, measures: &[&MeasureId]) -> ContentHash {
    let body = match &event.body {
        Body::PackActivated(PackActivation { bytes, who, why, pack: _ }) => {
            JudgedBody::Pack { bytes, who: who.as_str(), why: why.as_str() }
        }
        Body::InspectionPerformed(_)
        | Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::ExposureObserved(_)
        | Body::ExposureAggregate(_)
        | Body::SeizureRecorded(_)
        | Body::InterdictionOutcome(_)
        | Body::CapacityReported(_)
        | Body::ContextNoted(_)
        | Body::DefinitionChanged(_)
        | Body::TargetChanged(_)
        | Body::FeedStatus(_)
        | Body::Act(_)
        | Body::Unrecognised(_) => JudgedBody::Other(&event.body),
    };
    let judged = Judged {
        regime: &event.regime,
        source: &event.source,
        source_record_id: &event.source_record_id,
        operation: event.operation,
        occurred: event.occurred,
        count: event.count,
        jurisdiction: event.jurisdiction.as_ref(),
        measures,
        stratum: event.stratum.as_ref(),
        body,
        context: event.context.as_deref().map(|context| Context { id: None, ..context.clone() }).filter(|rest| *rest != Context::default()),
    };
    ContentHash(
        postcard::serialize_with_flavor(&judged, Parts::of(Tag::Content)).expect("every judged field is a type that postcard writes"),
    )
}

/// The identity of a claim: (regime, rule, subject), whichever condition of the series fires.
#[must_use]
pub fn claim(regime: &RegimeId, rule: Rule, series: &SeriesKey) -> ClaimId {
    // `any` is an empty part: no measure has an empty name.
    let measure = match &series.measure {
        MeasureKey::Any => "",
        MeasureKey::One(measure) => measure.as_str(),
    };
    let parts = Parts::of(Tag::Claim).part(regime.as_str().as_bytes()).part(rule.as_str().as_bytes());
    let parts = parts.part(series.regime.as_str().as_bytes()).part(series.jurisdiction.as_str().as_bytes()).part(measure.as_bytes());
    ClaimId(parts.part(series.unit.as_str().as_bytes()).identity())
}

/// What an alert of a watch rule claims something of.
#[derive(Clone, Copy, Debug)]
pub enum Watched<'a> {
    /// One record; of a duty the one that opened it.
    Record(RecordId),
    /// A jurisdiction.
    Jurisdiction(&'a JurisdictionCode),
}

/// The identity of the claim of a watch rule.
#[must_use]
pub fn watch_claim(regime: &RegimeId, rule: &Label, watched: Watched<'_>) -> ClaimId {
    let parts = Parts::of(Tag::Claim).part(regime.as_str().as_bytes()).part(Rule::Watch.as_str().as_bytes()).part(rule.as_str().as_bytes());
    ClaimId(match watched {
        Watched::Record(record) => parts.part(b"record").part(&record.0).identity(),
        Watched::Jurisdiction(code) => parts.part(b"jurisdiction").part(code.as_str().as_bytes()).identity(),
    })
}

/// The identity of an alert of a watch rule: a claim and the tick it opened.
#[must_use]
pub fn watch_alert(claim: ClaimId, opened: Tick) -> AlertId {
    AlertId(Parts::of(Tag::Alert).part(&claim.0).part(&opened.0.to_be_bytes()).identity())
}

/// The identity of an alert: a claim and the day it opened.
#[must_use]
pub fn alert(claim: ClaimId, opened: Day) -> AlertId {
    AlertId(Parts::of(Tag::Alert).part(&claim.0).part(&opened.0.to_be_bytes()).identity())
}

/// The identity of an alert's n-th transition.
#[must_use]
pub fn transition(alert: AlertId, n: u32) -> TransitionId {
    TransitionId(Parts::of(Tag::Transition).part(&alert.0).part(&n.to_be_bytes()).identity())
}

/// The identity of the assessment of a jurisdiction on a day.
#[must_use]
pub fn assessment(regime: &RegimeId, jurisdiction: &JurisdictionCode, day: Day) -> AssessmentId {
    let parts = Parts::of(Tag::Assessment).part(regime.as_str().as_bytes()).part(jurisdiction.as_str().as_bytes());
    AssessmentId(parts.part(&day.0.to_be_bytes()).identity())
}

#[cfg(test)]
mod tests;
