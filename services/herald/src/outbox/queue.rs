//! The queue before one outlet: a lane per alert, so that a letter that cannot be delivered holds those of its alert and no other.
//!
//! What must never enter: a page, a rule about what is sent.

use super::letter::{Letter, Waiting};
use crate::moment::Moment;
use std::collections::{BTreeMap, VecDeque};
use vocab::record::AlertId;

/// Alerts told of in one go at most.
const ALERTS_AT_ONCE: usize = 100;

/// Letters that wait for an outlet.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) lanes: BTreeMap<AlertId, VecDeque<Waiting>>,
    pub(super) count: usize,
    /// Attempts under way.
    pub(super) in_flight: usize,
    /// The receiver asked to be left alone until then.
    pub(super) hold_until: Moment,
    /// The newest attempt found nobody there.
    pub(super) is_away: bool,
    /// Nothing is due before; looked at first, because most turns find nothing.
    pub(super) wake: Moment,
}

/// How many letters of which alerts left together.
pub(super) type Taken = Vec<(AlertId, usize)>;

impl Queue {
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.lanes.entry(waiting.alert()).or_default().push_back(waiting);
        self.count += 1;
        self.wake = Moment::default();
    }

    /// Takes a letter that is due, the only one of its attempt.
    pub(super) fn take_one(&mut self, now: Moment) -> Option<(Taken, Vec<Letter>)> {
        let head = self.lanes.values_mut().filter_map(VecDeque::front_mut).find(|head| head.is_ready(now))?;
        head.is_in_flight = true;
        Some((vec![(head.alert(), 1)], vec![head.letter.clone()]))
    }

    /// Takes what is due of several alerts: of each, what leads to its newest state. An end is never told together with what it
    /// ended, or the receiver would not have seen it stand.
    pub(super) fn take_states(&mut self, now: Moment) -> Option<(Taken, Vec<Letter>)> {
        let (mut taken, mut letters) = (Taken::new(), Vec::new());
        for (alert, lane) in &mut self.lanes {
            let Some(head) = lane.front().filter(|head| head.is_ready(now)) else { continue };
            let (is_open, is_alone) = (head.letter.transition.phase.is_open(), head.is_alone);
            if is_alone && !taken.is_empty() {
                continue;
            }
            let run = |one: &&mut Waiting| one.is_saved && one.letter.transition.phase.is_open() == is_open;
            let mut length = 0;
            for one in lane.iter_mut().take_while(run).take(if is_alone { 1 } else { usize::MAX }) {
                one.is_in_flight = true;
                length += 1;
                letters.push(one.letter.clone());
            }
            taken.push((*alert, length));
            if is_alone || taken.len() == ALERTS_AT_ONCE {
                break;
            }
        }
        (!taken.is_empty()).then_some((taken, letters))
    }

    /// Nothing was due: when to look again.
    pub(super) fn rest(&mut self) {
        let heads = self.lanes.values().filter_map(VecDeque::front);
        let due = heads.filter(|head| head.is_saved && !head.is_in_flight).map(|head| head.due).min();
        self.wake = due.unwrap_or(Moment(std::time::Duration::MAX));
    }

    /// The letters that were taken, to be changed.
    pub(super) fn taken_mut(&mut self, taken: &Taken) -> Vec<&mut Waiting> {
        let mut wanted: BTreeMap<AlertId, usize> = taken.iter().copied().collect();
        let lanes = self.lanes.iter_mut().filter_map(|(alert, lane)| wanted.remove(alert).map(|length| (lane, length)));
        lanes.flat_map(|(lane, length)| lane.iter_mut().take(length)).collect()
    }

    /// Removes the letters that were taken.
    pub(super) fn remove(&mut self, taken: &Taken) -> Vec<Letter> {
        let mut gone = Vec::new();
        for (alert, length) in taken {
            let Some(lane) = self.lanes.get_mut(alert) else { continue };
            gone.extend(lane.drain(..(*length).min(lane.len())).map(|waiting| waiting.letter));
            if lane.is_empty() {
                self.lanes.remove(alert);
            }
        }
        self.count -= gone.len();
        gone
    }

    /// Removes the letter that is missed least: one whose alert has a later one waiting, else the oldest of all. Those under way stay.
    /// The letter behind it, if there is one, must be saved anew before it leaves (its number is told): else a crash could bring back
    /// what was thrown out, behind what followed it.
    pub(super) fn evict(&mut self) -> Option<(Letter, Option<u32>)> {
        let rank = |lane: &VecDeque<Waiting>, at: usize| (lane.len() - at < 2, lane[at].letter.transition.at);
        let first = |lane: &VecDeque<Waiting>| lane.iter().position(|waiting| !waiting.is_in_flight);
        let lanes = self.lanes.iter().filter_map(|(alert, lane)| first(lane).map(|at| (rank(lane, at), *alert, at)));
        let (_, alert, at) = lanes.min()?;
        let lane = self.lanes.get_mut(&alert)?;
        let gone = lane.remove(at)?;
        let next = lane.get_mut(at).map(Waiting::unsave);
        if lane.is_empty() {
            self.lanes.remove(&alert);
        }
        self.count -= 1;
        Some((gone.letter, next))
    }

    /// The first letter of an alert must be saved anew before it leaves; its number.
    pub(super) fn unsave_first(&mut self, alert: AlertId) -> Option<u32> {
        self.lanes.get_mut(&alert)?.front_mut().map(Waiting::unsave)
    }

    pub(super) fn letter(&self, alert: AlertId, n: u32) -> Option<&Waiting> {
        self.lanes.get(&alert)?.iter().find(|waiting| waiting.letter.transition.n == n)
    }

    /// Somebody is there again: whoever found nobody tries at once.
    pub(super) fn wake_up(&mut self) {
        self.is_away = false;
        for waiting in self.lanes.values_mut().filter_map(VecDeque::front_mut).filter(|head| head.found_nobody) {
            waiting.due = Moment::default();
        }
        self.wake = Moment::default();
    }
}
