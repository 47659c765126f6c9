//! The read model: the newest assessment of every jurisdiction, the newest digest of every regime, and where every claim stands.
//!
//! A fold over the outputs: thrown away and read again it is the same. Bodies are kept as they come and read once a batch is in, so that
//! twenty years of assessments cost the reading of the newest ones. What must never enter: a judgement, the source's tables and positions.

use catalogue::{exposition::Families, regime::Known};
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    alert::{Decision, Digest, Transition},
    assessment::Assessment,
    name::{JurisdictionCode, RegimeId},
    record::{ClaimId, Refusal},
};
use wire::outbound::Published;

/// An output that cannot be read. The model stays as it was before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the {what} under the key {key}: {why}")]
pub struct BadRow {
    /// What it should be.
    pub what: &'static str,
    /// Its key.
    pub key: String,
    /// What is wrong with it.
    pub why: Refusal,
}

/// What is known by now.
#[derive(Clone, Debug, Default)]
pub struct ReadModel {
    assessments: BTreeMap<(RegimeId, JurisdictionCode), Assessment>,
    claims: BTreeMap<ClaimId, Transition>,
    digests: BTreeMap<RegimeId, Digest>,
}

impl ReadModel {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an assessment; an older week than the one known changes nothing.
    pub fn assessed(&mut self, assessment: Assessment) {
        let key = (assessment.regime.clone(), assessment.jurisdiction.clone());
        let is_newer = self.assessments.get(&key).is_none_or(|known| known.week <= assessment.week);
        if is_newer {
            self.assessments.insert(key, assessment);
        }
    }

    /// Takes a transition; one decided before the one known of its claim changes nothing.
    pub fn moved(&mut self, transition: Transition) {
        let order = |one: &Transition| (one.at, one.opened, one.n);
        let is_newer = self.claims.get(&transition.claim).is_none_or(|known| order(known) <= order(&transition));
        if is_newer {
            self.claims.insert(transition.claim, transition);
        }
    }

    /// Takes a digest; one of an older week than the one known changes nothing.
    pub fn digested(&mut self, digest: Digest) {
        let is_newer = self.digests.get(&digest.regime).is_none_or(|known| known.week <= digest.week);
        if is_newer {
            self.digests.insert(digest.regime.clone(), digest);
        }
    }

    /// The newest assessments, in order of their keys.
    pub fn assessments(&self) -> impl Iterator<Item = &Assessment> {
        self.assessments.values()
    }

    /// Where every claim stands, in order of their ids.
    pub fn claims(&self) -> impl Iterator<Item = &Transition> {
        self.claims.values()
    }

    /// The newest digest of every regime.
    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.digests.values()
    }

    /// What it says as samples.
    #[must_use]
    pub fn families(&self) -> Families {
        Known::new(self.assessments(), self.claims()).with_digests(self.digests()).families()
    }
}

/// What a look at the source brought.
#[derive(Debug)]
pub struct Look {
    beginning: Beginning,
    batch: Batch,
}

/// Whether what was known before belongs to the source as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// The look went on where the one before ended.
    Known,
    /// It read from the start.
    Anew,
}

impl Look {
    /// What came, and whether it is all there is.
    pub(crate) const fn new(beginning: Beginning, batch: Batch) -> Self {
        Self { beginning, batch }
    }

    /// How many rows came.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.batch.rows
    }

    /// Whether it would leave a model as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.beginning == Beginning::Known && self.batch.rows == 0
    }

    /// Reads what came into a model. The rows that could not be read are handed back.
    pub fn apply(self, model: &mut ReadModel) -> Vec<BadRow> {
        match self.beginning {
            Beginning::Known => {}
            Beginning::Anew => *model = ReadModel::new(),
        }
        self.batch.apply(model)
    }
}

/// Outputs of one look, the newest of each key.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    assessments: BTreeMap<String, Vec<u8>>,
    transitions: BTreeMap<String, Vec<u8>>,
    digests: BTreeMap<String, Vec<u8>>,
    published: ReadModel,
    unread: Vec<BadRow>,
    rows: u64,
}

impl Batch {
    /// Takes the row of an assessment.
    pub(crate) fn assessment(&mut self, key: String, body: Vec<u8>) {
        self.rows += 1;
        self.assessments.insert(key, body);
    }

    /// Takes the row of a decision: a transition, whose key is `alert/ID/N`, or a digest, `digest/REGIME/WEEK`. Others move nothing.
    pub(crate) fn decision(&mut self, key: &str, body: Vec<u8>) {
        self.rows += 1;
        if let Some((alert, _)) = key.strip_prefix("alert/").and_then(|key| key.rsplit_once('/')) {
            self.transitions.insert(alert.to_owned(), body);
        } else if let Some((regime, _)) = key.strip_prefix("digest/").and_then(|key| key.rsplit_once('/')) {
            self.digests.insert(regime.to_owned(), body);
        }
    }

    /// Takes what was published for plain readers.
    pub(crate) fn published(&mut self, told: Published) {
        self.rows += 1;
        match told {
            Published::Assessment(assessment) => self.published.assessed(Arc::unwrap_or_clone(assessment)),
            Published::Decision(decision) => match Arc::unwrap_or_clone(decision) {
                Decision::Transition(transition) => self.published.moved(transition),
                Decision::Digest(digest) => self.published.digested(digest),
                Decision::Answer(_) | Decision::Seal(_) => {}
            },
            Published::Mark(_) => {}
        }
    }

    /// Takes note of what cannot be read.
    pub(crate) fn set_aside(&mut self, row: BadRow) {
        self.rows += 1;
        self.unread.push(row);
    }

    fn apply(self, model: &mut ReadModel) -> Vec<BadRow> {
        let mut bad = self.unread;
        for (key, body) in self.assessments {
            match wire::assessment::assessment_from_json(&String::from_utf8_lossy(&body)) {
                Ok(assessment) => model.assessed(assessment),
                Err(why) => bad.push(BadRow { what: "assessment", key, why }),
            }
        }
        for (key, body) in self.transitions {
            match wire::decision::transition_from_json(&String::from_utf8_lossy(&body)) {
                Ok(transition) => model.moved(transition),
                Err(why) => bad.push(BadRow { what: "transition", key, why }),
            }
        }
        for (key, body) in self.digests {
            match wire::decision::digest_from_json(&String::from_utf8_lossy(&body)) {
                Ok(digest) => model.digested(digest),
                Err(why) => bad.push(BadRow { what: "digest", key, why }),
            }
        }
        self.published.digests.into_values().for_each(|digest| model.digested(digest));
        self.published.assessments.into_values().for_each(|assessment| model.assessed(assessment));
        self.published.claims.into_values().for_each(|transition| model.moved(transition));
        bad
    }
}
