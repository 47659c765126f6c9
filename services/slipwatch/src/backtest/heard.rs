//! What a replay said of every series, kept as it leaves the log: which weeks could be judged, and each transition of each alert.
//!
//! A few bytes a transition and nothing of the figures behind it, so that a history of any length fits. What must never enter: the
//! truth.

use crate::{
    backtest::truth::{KINDS, Sort},
    failure::Failure,
    replay::{Left, Outlet},
};
use stages::message::Message;
use std::collections::{BTreeMap, BTreeSet};
use vocab::{
    alert::{Decision, Transition},
    assessment::{Assessment, Verdict},
    record::{AlertId, PackHash},
    time::Day,
};

/// A transition of an alert, as far as it is scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The midnight that ends the day of the decision.
    pub at: Day,
    /// The alert.
    pub alert: AlertId,
    /// Which transition of it.
    pub n: u32,
    /// The word of the change.
    pub change: &'static str,
    /// Whether it calls somebody.
    pub pages: bool,
    /// Whether the alert stands from now on.
    pub is_open: bool,
    /// The kind as it is called from now on.
    pub kind: &'static str,
    /// When it is said to have begun: the first day of that week.
    pub onset: Option<Day>,
}

impl Spoken {
    /// Of a transition.
    #[must_use]
    pub fn of(transition: &Transition) -> Self {
        Self {
            at: transition.at.day().plus(1),
            alert: transition.alert,
            n: transition.n,
            change: transition.change.as_str(),
            pages: transition.change.pages(),
            is_open: transition.phase.is_open(),
            kind: transition.kind.as_str(),
            onset: transition.evidence.onset().map(|onset| onset.week.monday()),
        }
    }

    /// Whether its kind is one that pages are scored by.
    #[must_use]
    pub fn is_slippage(&self) -> bool {
        sort(self.kind) == Sort::Slippage
    }
}

/// What sort of thing a kind is; one that truth files do not know can only be a notice.
#[must_use]
pub fn sort(kind: &str) -> Sort {
    KINDS.iter().find(|(word, _)| *word == kind).map_or(Sort::Notice, |(_, sort)| *sort)
}

/// What was said of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesHeard {
    /// The midnight after the first closed week that was judged: neither learning nor a gap.
    pub judged_from: Option<Day>,
    /// Weeks assessed.
    pub weeks: u32,
    /// Transitions of its alerts, by time, alert and number.
    pub spoken: Vec<Spoken>,
}

/// All that a replay said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// By the name of the series.
    pub series: BTreeMap<String, SeriesHeard>,
    /// Jurisdictions as a whole, by code: silences and the like.
    pub jurisdictions: BTreeMap<String, Vec<Spoken>>,
    /// The midnight after the last day that was sealed.
    pub last: Option<Day>,
    /// Packs in force.
    pub packs: BTreeSet<PackHash>,
}

impl Heard {
    fn assessment(&mut self, assessment: &Assessment) {
        self.packs.insert(assessment.pack);
        for of in &assessment.series {
            let heard = self.series.entry(assessment.key(of).to_string()).or_default();
            heard.weeks += 1;
            let judged = match of.verdict {
                Verdict::Slip | Verdict::Watch | Verdict::Insufficient | Verdict::Normal => Some(assessment.day.plus(1)),
                Verdict::Gap | Verdict::Learning => None,
            };
            heard.judged_from = heard.judged_from.into_iter().chain(judged).min();
        }
    }

    fn decision(&mut self, decision: &Decision) {
        match decision {
            Decision::Transition(transition) => {
                let spoken = match &transition.series.measure {
                    vocab::series::MeasureKey::Any => self.jurisdictions.entry(transition.series.jurisdiction.to_string()).or_default(),
                    vocab::series::MeasureKey::One(_) => &mut self.series.entry(transition.series.to_string()).or_default().spoken,
                };
                spoken.push(Spoken::of(transition));
            }
            Decision::Seal(seal) => self.last = self.last.max(Some(seal.day.plus(1))),
            Decision::Answer(_) | Decision::Digest(_) => {}
        }
    }

    /// Puts what was said in order: it leaves the log in no promised one.
    pub fn sort(&mut self) {
        let spoken = self.series.values_mut().map(|series| &mut series.spoken).chain(self.jurisdictions.values_mut());
        spoken.for_each(|spoken| spoken.sort_by_key(|one| (one.at, one.alert, one.n)));
    }
}

impl Outlet for Heard {
    fn take(&mut self, left: Left) -> Result<(), Failure> {
        for message in left.records.into_iter().flatten() {
            match message {
                Message::Assessment(assessment) => self.assessment(&assessment),
                Message::Decision(_, decision) => self.decision(&decision),
                Message::Admitted(_)
                | Message::Kept(..)
                | Message::Raw(_)
                | Message::Tallies(_)
                | Message::Note(_)
                | Message::Fact(_)
                | Message::Late(_)
                | Message::Version(_)
                | Message::Ledger(..)
                | Message::Unlisted(..)
                | Message::Refused(..)
                | Message::Statistic(..) => {}
            }
        }
        Ok(())
    }
}
