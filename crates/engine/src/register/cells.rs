//! Cells: the sets of series that an act counts in, each kept once and known by a number.
//!
//! A million acts fall into a few thousand of them. The number is a matter of this task's history and of nobody else: it
//! never decides an order or leaves the register. Must never enter: what a pack lists (that is asked of `rules`).

use super::{open::Weight, room::grow_little, story::NONE};
use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    name::{JurisdictionCode, MeasureId, RegimeId, Stratum},
    quantity::Unit,
    series::{Count, MeasureKey, SeriesKey},
    tally::Sum,
};

/// Cells per saved page.
pub(super) const CELLS_PER_PAGE: usize = 256;

/// The series of one jurisdiction that an act counts in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) regime: RegimeId,
    pub(super) jurisdiction: JurisdictionCode,
    /// The measures served, sorted.
    pub(super) measures: Several,
    pub(super) count: Count,
    pub(super) stratum: Option<Stratum>,
    /// Those of the measures that weigh acts in the unit of the act's quantity, and that unit. Apart, as few cells have any.
    pub(super) weighed: Option<Box<(Unit, Several)>>,
}

/// At least one measure. Nearly always there is one, and it is worth having close at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Several {
    first: MeasureId,
    rest: Box<[MeasureId]>,
}

impl Several {
    /// Measures in the order given, if there is one.
    pub(super) fn of<'a>(measures: impl IntoIterator<Item = &'a MeasureId>) -> Option<Self> {
        let mut measures = measures.into_iter().cloned();
        Some(Self { first: measures.next()?, rest: measures.collect() })
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &MeasureId> {
        core::iter::once(&self.first).chain(self.rest.iter())
    }

    /// How many.
    pub(super) fn count(&self) -> i64 {
        i64::try_from(self.rest.len()).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Whether these are the measures of a list, in its order.
    pub(super) fn is(&self, measures: &[MeasureId]) -> bool {
        measures.split_first().is_some_and(|(first, rest)| self.first == *first && *self.rest == *rest)
    }
}

impl Cell {
    fn key(&self, measure: MeasureKey, unit: Unit) -> SeriesKey {
        SeriesKey { regime: self.regime.clone(), jurisdiction: self.jurisdiction.clone(), measure, unit }
    }

    /// The series of single measures that it counts in. Acts are counted in acts, whatever unit of account a measure has.
    pub(super) fn counted(&self) -> impl Iterator<Item = SeriesKey> {
        self.measures.iter().map(|measure| self.key(MeasureKey::One(measure.clone()), Unit::Count))
    }

    /// The series in which its acts weigh.
    pub(super) fn weighed(&self) -> impl Iterator<Item = SeriesKey> {
        let weighed = self.weighed.as_deref().into_iter();
        let weighed = weighed.flat_map(|(unit, measures)| measures.iter().map(move |measure| (*unit, measure)));
        weighed.map(|(unit, measure)| self.key(MeasureKey::One(measure.clone()), unit))
    }

    /// Every series it counts in, `any` first, with what so many acts of such a weight add to it.
    pub(super) fn shares(&self, acts: i64, (weight, weight_squared): Weight) -> impl Iterator<Item = (SeriesKey, Sum)> {
        let served = self.measures.count();
        let (measures, measures_squared) = (acts.saturating_mul(served), acts.saturating_mul(served.saturating_mul(served)));
        let any = (self.key(MeasureKey::Any, Unit::Count), Sum { acts, measures, measures_squared, ..Sum::default() });
        let one = Sum { acts, ..Sum::default() };
        let weight = Sum { weight, weight_squared, ..Sum::default() };
        let counted = self.counted().map(move |series| (series, one));
        let weighed = self.weighed().map(move |series| (series, weight));
        core::iter::once(any).chain(counted).chain(weighed).filter(|(_, sum)| !sum.is_zero())
    }

    /// A number from its content alone, by which its tallies are ordered.
    fn digest(&self) -> u64 {
        let digest = Digest::new(self.count as u64).text(self.regime.as_str()).text(self.jurisdiction.as_str());
        let digest = digest.text(self.stratum.as_ref().map_or("", Stratum::as_str));
        let digest = self.measures.iter().fold(digest, |digest, measure| digest.text(measure.as_str()));
        let Some((unit, measures)) = self.weighed.as_deref() else { return digest.0 };
        measures.iter().fold(digest.text(unit.as_str()), |digest, measure| digest.text(measure.as_str())).0
    }
}

/// A quick mix of texts. Equal texts give equal numbers; the other way round is checked wherever it matters.
#[derive(Clone, Copy)]
pub(super) struct Digest(pub(super) u64);

impl Digest {
    /// Begins with a number.
    pub(super) const fn new(start: u64) -> Self {
        Self(start ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn mix(self, word: u64) -> Self {
        let mixed = (self.0 ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(mixed ^ (mixed >> 32))
    }

    /// Mixes a text in, with its length.
    pub(super) fn text(self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut digest = self.mix(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            digest = digest.mix(u64::from_le_bytes(word));
        }
        digest
    }
}

/// Every cell in use, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    slots: Vec<Option<Cell>>,
    /// The digest of each, apart, as it is asked for oftener.
    ranks: Vec<u64>,
    /// Digest to number. Where two cells share a digest, the later one takes the next free number above it.
    numbers: BTreeMap<u64, u32>,
    free: Vec<u32>,
    /// Pages that changed since they were last saved.
    touched: alloc::collections::BTreeSet<u32>,
}

impl Cells {
    /// The cell of a number.
    pub(super) fn cell(&self, number: u32) -> Option<&Cell> {
        self.slots.get(number as usize)?.as_ref()
    }

    /// Where the tallies of a cell stand among others.
    pub(super) fn rank(&self, number: u32) -> u64 {
        self.ranks.get(number as usize).copied().unwrap_or(0)
    }

    /// The number of a cell, a new one if it has none yet.
    pub(super) fn number(&mut self, cell: Cell) -> u32 {
        let mut digest = cell.digest();
        while let Some(number) = self.numbers.get(&digest) {
            if self.cell(*number) == Some(&cell) {
                return *number;
            }
            digest = digest.wrapping_add(1);
        }
        let number = self.free.pop().unwrap_or_else(|| {
            grow_little(&mut self.slots);
            self.slots.push(None);
            self.ranks.push(0);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        });
        self.place(number, digest, cell);
        number
    }

    fn place(&mut self, number: u32, digest: u64, cell: Cell) {
        self.touched.insert(page_of(number));
        self.numbers.insert(digest, number);
        self.slots[number as usize] = Some(cell);
        self.ranks[number as usize] = digest;
    }

    /// Forgets every cell that is not marked as in use; says whether any was.
    pub(super) fn sweep(&mut self, used: &[bool]) -> bool {
        let before = self.free.len();
        for number in 0..self.slots.len() {
            if !used.get(number).copied().unwrap_or(false) && self.slots[number].take().is_some() {
                let digest = self.ranks[number];
                let number = u32::try_from(number).unwrap_or(NONE);
                self.touched.insert(page_of(number));
                self.numbers.remove(&digest);
                self.free.push(number);
            }
        }
        self.free.len() > before
    }

    /// How many numbers are or were given.
    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Pages that changed since this was last asked.
    pub(super) fn touched(&mut self) -> impl Iterator<Item = u32> + use<> {
        core::mem::take(&mut self.touched).into_iter()
    }

    /// Counts every page as changed.
    pub(super) fn touch_all(&mut self) {
        self.touched.extend(self.slots.chunks(CELLS_PER_PAGE).zip(0..).map(|(_, page)| page));
    }

    /// The cells of a page, in the order of their numbers.
    pub(super) fn page(&self, page: u32) -> Vec<Option<&Cell>> {
        let from = page as usize * CELLS_PER_PAGE;
        self.slots.iter().skip(from).take(CELLS_PER_PAGE).map(Option::as_ref).collect()
    }

    /// Puts a saved page back; pages may come in any order.
    pub(super) fn restore(&mut self, page: u32, cells: Vec<Option<Cell>>) {
        let from = page as usize * CELLS_PER_PAGE;
        self.slots.resize(self.slots.len().max(from + cells.len()), None);
        for (slot, cell) in (from..).zip(cells) {
            self.slots[slot] = cell;
        }
    }

    /// Builds what is not saved, once every page is back.
    pub(super) fn restored(&mut self) {
        self.slots.shrink_to_fit();
        self.ranks.resize(self.slots.len(), 0);
        for number in (0..self.slots.len()).rev() {
            match self.slots[number].take() {
                Some(cell) => {
                    let mut digest = cell.digest();
                    while self.numbers.contains_key(&digest) {
                        digest = digest.wrapping_add(1);
                    }
                    self.place(u32::try_from(number).unwrap_or(NONE), digest, cell);
                }
                None => self.free.push(u32::try_from(number).unwrap_or(NONE)),
            }
        }
        self.touched.clear();
    }
}

fn page_of(number: u32) -> u32 {
    number / CELLS_PER_PAGE as u32
}
