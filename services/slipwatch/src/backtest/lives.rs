//! The lives of alerts under a pack: how often each change happened, and how many alerts stand at the end.
//!
//! Counts beside the scores, for whoever has to live with the alerts. What must never enter: whether an alert was right.

use crate::backtest::heard::Spoken;
use serde::Serialize;
use std::collections::BTreeMap;
use vocab::record::AlertId;

/// The life of alerts: how often each change happened, and how many alerts stand at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lives {
    /// Alerts that fired.
    pub fired: u32,
    /// Re-opened soon after their end.
    pub reopened: u32,
    /// Escalated.
    pub escalated: u32,
    /// Called another kind than before.
    pub reclassified: u32,
    /// Ended: recovered, faded, closed or re-based.
    pub resolved: u32,
    /// Taken back by late reports.
    pub recalled: u32,
    /// Standing at the end of the log.
    pub standing: u32,
}

impl Lives {
    /// Of the alerts of slippage among what was said, in order.
    #[must_use]
    pub fn of<'a>(spoken: impl Iterator<Item = &'a Spoken>) -> Self {
        let mut lives = Self::default();
        let mut stands: BTreeMap<AlertId, bool> = BTreeMap::new();
        for one in spoken.filter(|one| one.is_slippage()) {
            match one.change {
                "fired" => lives.fired += 1,
                "reopened" => lives.reopened += 1,
                "escalated" => lives.escalated += 1,
                "reclassified" => lives.reclassified += 1,
                "recovered" | "faded" | "closed" | "rebased" => lives.resolved += 1,
                "recalled" => lives.recalled += 1,
                _ => {}
            }
            stands.insert(one.alert, one.is_open);
        }
        lives.standing = u32::try_from(stands.values().filter(|stands| **stands).count()).unwrap_or(u32::MAX);
        lives
    }
}
