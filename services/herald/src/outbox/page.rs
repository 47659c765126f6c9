//! Pages of the outbox: what is written down, byte by byte, and read back.
//!
//! First byte: version. Transitions are kept as protobuf, so that they read as the log does. What must never enter: a decision about
//! what a page means for the queue.

use crate::{labels::Texts, labels::Timing, outbox::letter::Letter};
use serde::{Deserialize, Serialize};
use service_kit::BadState;
use std::{collections::BTreeMap, sync::Arc};
use vocab::{alert::Transition, record::TransitionId, time::Tick};

/// Version of the pages this program writes.
const VERSION: u8 = 1;

/// What one page says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Body {
    /// Nothing decided before this tick is sent.
    Fence(Tick),
    /// An alert as it was last heard of.
    Alert {
        newest: Vec<u8>,
        since: Tick,
        /// Outlets it was routed to, and whether they have got it.
        outlets: BTreeMap<String, bool>,
    },
    /// A letter that waits for an outlet.
    Waiting { outlet: String, transition: Vec<u8>, since: Tick, before: Option<Texts>, is_late: bool },
    /// A letter that was given up.
    Dead { outlet: String, transition: TransitionId, why: String },
}

impl Body {
    pub(super) fn waiting(outlet: &str, letter: &Letter) -> Self {
        Self::Waiting {
            outlet: outlet.to_owned(),
            transition: protobuf(&letter.transition),
            since: letter.since,
            before: letter.before.clone(),
            is_late: letter.timing == Timing::Late,
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let encoded = postcard::to_allocvec(self).expect("a page has nothing that cannot be encoded");
        [&[VERSION], encoded.as_slice()].concat()
    }

    pub(super) fn from_bytes(key: &str, bytes: &[u8]) -> Result<Self, BadState> {
        let bad = |why: String| BadState { key: key.to_owned(), why };
        match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).map_err(|error| bad(error.to_string())),
            Some((version, _)) => Err(bad(format!("its version is {version}, and this program reads {VERSION}"))),
            None => Err(bad("it is empty".to_owned())),
        }
    }
}

pub(super) fn protobuf(transition: &Transition) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::decision::transition_to_protobuf(transition, &mut bytes);
    bytes
}

pub(super) fn transition(key: &str, bytes: &[u8]) -> Result<Arc<Transition>, BadState> {
    let read = wire::decision::transition_from_protobuf(bytes);
    read.map(Arc::new).map_err(|refusal| BadState { key: key.to_owned(), why: refusal.to_string() })
}
