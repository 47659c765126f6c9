//! The body of `POST /api/v2/alerts`: alerts as they stand, with the label sets they had before, ended.
//!
//! An alert that stands ends `hold` from now: it is told again long before, and if nobody tells it any more it stays until somebody
//! has noticed. What must never enter: a queue, a decision what stands.

use crate::{
    labels::{Links, Texts, annotations, labels},
    outbox::Letter,
};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use vocab::{record::AlertId, time::Instant};

/// One alert of the post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    /// The identity.
    pub labels: Texts,
    /// What is said.
    pub annotations: Texts,
    /// RFC 3339.
    pub starts_at: String,
    /// RFC 3339; in the past: ended.
    pub ends_at: String,
    /// The page of the alert; absent where there is none.
    #[serde(rename = "generatorURL", skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
}

/// When and how it is posted.
#[derive(Clone, Debug)]
pub struct Post<'a> {
    /// Now.
    pub wall: Instant,
    /// How far ahead a standing alert ends.
    pub hold: Duration,
    /// Where people read on.
    pub links: &'a Links,
}

impl Post<'_> {
    /// The alerts of letters, in order: of each alert its newest state, after the label sets that it no longer has.
    #[must_use]
    pub fn alerts(&self, letters: &[Letter]) -> Vec<Posted> {
        let mut newest: BTreeMap<AlertId, &Letter> = BTreeMap::new();
        let mut gone: Vec<(AlertId, Texts)> = Vec::new();
        for letter in letters {
            newest.insert(letter.transition.alert, letter);
            gone.extend(letter.before.clone().map(|before| (letter.transition.alert, before)));
        }
        let mut posted: Vec<Posted> = Vec::new();
        for (alert, before) in gone {
            let Some(letter) = newest.get(&alert) else { continue };
            if before != labels(&letter.transition) && !posted.iter().any(|one| one.labels == before) {
                posted.push(self.posted(letter, before, Ends::Now));
            }
        }
        posted.extend(newest.values().map(|letter| {
            let ends = if letter.transition.phase.is_open() { Ends::Held } else { Ends::Decided };
            self.posted(letter, labels(&letter.transition), ends)
        }));
        posted
    }

    fn posted(&self, letter: &Letter, labels: Texts, ends: Ends) -> Posted {
        // A day of history is its last tick, which may lie ahead of the clock; nothing starts or ends there.
        let starts = letter.since.start().min(self.wall);
        let hold = i64::try_from(self.hold.as_millis()).unwrap_or(i64::MAX);
        let ends = match ends {
            Ends::Held => Instant(self.wall.0.saturating_add(hold)),
            Ends::Decided => letter.transition.at.start().min(self.wall).max(starts),
            Ends::Now => self.wall,
        };
        Posted {
            labels,
            annotations: annotations(&letter.transition, letter.timing, self.links),
            starts_at: starts.to_string(),
            ends_at: ends.to_string(),
            page: self.links.page(&letter.transition),
        }
    }
}

/// When an alert of a post ends.
#[derive(Clone, Copy, Debug)]
enum Ends {
    /// Far ahead.
    Held,
    /// When that was decided.
    Decided,
    /// Now.
    Now,
}

/// The body of a post.
#[must_use]
pub fn body(alerts: &[Posted]) -> Vec<u8> {
    serde_json::json!(alerts).to_string().into_bytes()
}
