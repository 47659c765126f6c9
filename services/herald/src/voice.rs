//! What the herald says of itself: numbers, log lines and health, from what the stage tells.
//!
//! A receiver that fails is one warning and one line when it is back, however many tries lie between. What must never enter: a body, a
//! URL, a secret.

use crate::{
    outbox::News,
    stage::{Observer, Told},
};
use catalogue::{
    closed::DeliveryResult,
    process::{Output, Process},
};
use service_kit::Health;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Turns what is told into numbers, log lines and health.
#[must_use]
pub fn observer(numbers: Arc<Process>, health: Health) -> Observer {
    let voice = Voice { numbers, health, failing: Mutex::default() };
    Arc::new(move |told| voice.say(&told))
}

/// The check that says whether a receiver takes letters.
#[must_use]
pub fn check_of(receiver: &str) -> String {
    format!("receiver {receiver}")
}

struct Voice {
    numbers: Arc<Process>,
    health: Health,
    /// Receivers whose newest attempt failed.
    failing: Mutex<BTreeSet<String>>,
}

impl Voice {
    fn say(&self, told: &Told<'_>) {
        match told {
            Told::News(receiver, news) => self.news(receiver.unwrap_or_default(), news),
            Told::Resent(receiver) => self.works(receiver),
            Told::ResendFailed(receiver, why) => self.fails(receiver, why),
            Told::Waiting(receiver, letters) => self.numbers.observe(Output::Outbox(receiver, *letters as u64)),
            Told::Orphans(outlet, letters) => {
                tracing::warn!(
                    outlet,
                    letters,
                    "letters wait for an address that is not configured; they stay, and go out when it is configured again"
                );
            }
        }
    }

    fn news(&self, receiver: &str, news: &News) {
        match news {
            News::Withheld(transition) => tracing::debug!(%transition, "decided before the fence: not sent"),
            News::Delivered { transition, .. } => {
                self.count(receiver, DeliveryResult::Delivered);
                tracing::debug!(receiver, %transition, "delivered");
                self.works(receiver);
            }
            News::Retrying { letters, why, .. } => {
                self.count(receiver, DeliveryResult::Retried);
                tracing::debug!(receiver, letters, why, "to be tried again");
                self.fails(receiver, why);
            }
            News::Dead { transition, why, .. } => {
                self.count(receiver, DeliveryResult::Dead);
                tracing::error!(receiver, %transition, why, "a letter was given up: the receiver will not hear of this transition");
            }
            News::Overflowed { transition, .. } => {
                self.count(receiver, DeliveryResult::Dead);
                tracing::error!(receiver, %transition, "too many letters wait: one was thrown out");
            }
        }
    }

    fn count(&self, receiver: &str, result: DeliveryResult) {
        self.numbers.observe(Output::Delivered(receiver, result));
    }

    fn fails(&self, receiver: &str, why: &str) {
        if self.failing.lock().unwrap_or_else(PoisonError::into_inner).insert(receiver.to_owned()) {
            tracing::warn!(receiver, why, "the receiver does not take letters; they wait");
        }
        self.health.wrong(&check_of(receiver), why);
    }

    fn works(&self, receiver: &str) {
        if self.failing.lock().unwrap_or_else(PoisonError::into_inner).remove(receiver) {
            tracing::info!(receiver, "the receiver takes letters again");
        }
        self.health.right(&check_of(receiver));
    }
}
