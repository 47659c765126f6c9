//! Which refusals were sent in again: pages of the task `redrive`, committed with what was sent.
//!
//! A page is a stretch of positions of a partition, in it ranges, so that a page stays small however many refusals there are.
//! What must never enter: what became of what was sent.

use crate::failure::Failure;
use journal::{Page, PageChange};
use std::collections::{BTreeMap, BTreeSet};

/// The task that sends refusals again.
pub const REDRIVE: &str = "redrive";
/// Positions of a page.
const STRETCH: u64 = 4_096;

/// Positions that were sent again, by partition and stretch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pages: BTreeMap<(u32, u64), BTreeSet<u64>>,
}

impl Sent {
    /// From the pages of the task.
    ///
    /// # Errors
    /// [`Failure::Other`] when one is no such page.
    pub fn of(pages: &[Page]) -> Result<Self, Failure> {
        let mut sent = Self::default();
        for Page { key, body } in pages {
            let address = key.split_once('/').and_then(|(partition, stretch)| partition.parse().ok().zip(stretch.parse().ok()));
            let address =
                address.ok_or_else(|| Failure::Other(anyhow::anyhow!("the page {key} of the task {REDRIVE} has no such name")))?;
            let ranges: Vec<(u64, u64)> = serde_json::from_slice(body).map_err(|error| Failure::Other(error.into()))?;
            // A page holds no position of another stretch, whatever its ranges say.
            let own = |at: &u64| at / STRETCH == address.1;
            let positions = ranges.into_iter().flat_map(|(first, last)| first..=last.min(first.saturating_add(STRETCH))).filter(own);
            sent.pages.insert(address, positions.collect());
        }
        Ok(sent)
    }

    /// Whether a position was sent again.
    #[must_use]
    pub fn has(&self, (partition, position): (u32, u64)) -> bool {
        self.pages.get(&(partition, position / STRETCH)).is_some_and(|page| page.contains(&position))
    }

    /// Notes positions, and gives the pages that changed.
    pub fn note(&mut self, positions: &[(u32, u64)]) -> Vec<PageChange> {
        let mut touched = BTreeSet::new();
        for (partition, position) in positions {
            let address = (*partition, position / STRETCH);
            self.pages.entry(address).or_default().insert(*position);
            touched.insert(address);
        }
        touched
            .into_iter()
            .map(|address| PageChange { key: format!("{}/{}", address.0, address.1), body: Some(self.body(address)) })
            .collect()
    }

    fn body(&self, address: (u32, u64)) -> Vec<u8> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for at in self.pages.get(&address).into_iter().flatten() {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *at => *last = *at,
                Some(_) | None => ranges.push((*at, *at)),
            }
        }
        let mut body = Vec::new();
        crate::lines::write(&ranges, &mut body);
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_say_what_was_sent_and_are_read_back() {
        let mut sent = Sent::default();
        let first = sent.note(&[(0, 3), (0, 4), (0, 9), (2, 4_096)]);
        let bodies: Vec<_> = first.iter().map(|page| (page.key.as_str(), String::from_utf8_lossy(page.body.as_deref().unwrap()))).collect();
        assert_eq!(bodies, [("0/0", "[[3,4],[9,9]]".into()), ("2/1", "[[4096,4096]]".into())]);
        let second = sent.note(&[(0, 5)]);
        assert_eq!(second.len(), 1, "only what changed is written");
        let last = [second[0].clone(), first[1].clone()].map(|page| Page { key: page.key, body: page.body.unwrap() });
        let read = Sent::of(&last).unwrap();
        assert_eq!(read, sent);
        let asked = [(0, 3), (0, 5), (0, 6), (1, 3), (2, 4_096), (2, 0)];
        assert_eq!(asked.map(|at| read.has(at)), [true, true, false, false, true, false]);
    }

    #[test]
    fn a_page_that_is_none_is_told() {
        for (key, body) in [("0", "[]"), ("0/x", "[]"), ("0/0", "{}")] {
            let page = Page { key: key.to_owned(), body: body.as_bytes().to_vec() };
            assert!(Sent::of(&[page]).is_err(), "{key} {body}");
        }
        let endless = Page { key: "0/0".to_owned(), body: format!("[[0,{}]]", u64::MAX).into_bytes() };
        assert!(!Sent::of(&[endless]).unwrap().has((0, STRETCH)));
    }
}
