//! What the herald reads of the log of alerts: transitions; of anything else that stands there only that it passed.
//!
//! What must never enter: an assessment, a fact, a way to decide.

use journal::Sequenced;
use std::sync::Arc;
use vocab::{alert::Transition, time::Tick};

/// An entry of the log of alerts.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An alert moved.
    Transition(Arc<Transition>),
    /// An answer, a digest or a seal: nobody is told of it.
    Other(Tick),
}

impl Sequenced for Heard {
    /// Alert and number: inside a tick the transitions of an alert come in their order.
    type Order = ([u8; 16], u32);

    fn tick(&self) -> i64 {
        match self {
            Self::Transition(transition) => transition.at.0,
            Self::Other(tick) => tick.0,
        }
    }

    fn order(&self) -> Self::Order {
        match self {
            Self::Transition(transition) => (transition.alert.0, transition.n),
            Self::Other(_) => ([0; 16], 0),
        }
    }

    fn size_bytes(&self) -> usize {
        match self {
            Self::Transition(_) => 4_096,
            Self::Other(_) => size_of::<Self>(),
        }
    }
}
