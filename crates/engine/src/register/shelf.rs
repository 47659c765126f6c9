//! The shelf: every story, ordered by record, close together.
//!
//! Record ids are hashes, so their first bits spread evenly: rows by first bits, each row a short sorted vector. That is an
//! ordered map at 1.1 times the size of its stories and one cache miss a look-up, where a tree of a million takes twenty.
//! Must never enter: an order other than that of the ids.

use super::story::Story;
use alloc::{vec, vec::Vec};
use vocab::record::RecordId;

/// Stories per row above which the number of rows doubles.
const ROW_STORIES: usize = 16;
/// Places that a full row gets, and not twice as many as it has: the slack of so many rows is memory too.
const ROW_GROWTH: usize = 2;

/// All stories in the order of their ids.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    /// How many leading bits of an id name its row.
    bits: u32,
    rows: Vec<Vec<Story>>,
    len: usize,
}

/// Where a story stands, or would.
#[derive(Clone, Copy)]
pub(super) struct Place {
    row: usize,
    at: usize,
    /// Whether it stands there.
    pub(super) taken: bool,
}

impl Shelf {
    /// An empty shelf.
    pub(super) fn new() -> Self {
        Self { bits: 0, rows: vec![Vec::new()], len: 0 }
    }

    /// How many stories it holds.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn row_of(&self, id: RecordId) -> usize {
        usize::try_from(number(id).checked_shr(128 - self.bits).unwrap_or(0)).unwrap_or(0)
    }

    /// Where the story of a record stands or belongs. Valid until the next [`Shelf::put`].
    pub(super) fn place(&self, id: RecordId) -> Place {
        let row = self.row_of(id);
        match self.rows[row].binary_search_by_key(&number(id), |story| number(story.id)) {
            Ok(at) => Place { row, at, taken: true },
            Err(at) => Place { row, at, taken: false },
        }
    }

    /// Touches the row of a record; the number means nothing.
    pub(super) fn glance(&self, id: RecordId) -> u32 {
        let row = &self.rows[self.row_of(id)];
        row.get(row.len() / 2).map_or(0, |story| story.revision)
    }

    /// The story at a place, if one stands there.
    pub(super) fn at(&self, place: Place) -> Option<Story> {
        place.taken.then(|| self.rows[place.row][place.at])
    }

    /// Puts a story where [`Shelf::place`] said its record belongs.
    pub(super) fn put(&mut self, place: Place, story: Story) {
        let row = &mut self.rows[place.row];
        if place.taken {
            row[place.at] = story;
            return;
        }
        if row.len() == row.capacity() {
            row.reserve_exact(ROW_GROWTH);
        }
        row.insert(place.at, story);
        self.len += 1;
        if self.len > ROW_STORIES * self.rows.len() {
            self.double();
        }
    }

    fn double(&mut self) {
        self.bits += 1;
        let shift = 128 - self.bits;
        let mut rows = Vec::with_capacity(2 * self.rows.len());
        for low in core::mem::take(&mut self.rows) {
            let middle = low.partition_point(|story| (number(story.id) >> shift) & 1 == 0);
            rows.push(low[..middle].to_vec());
            rows.push(low[middle..].to_vec());
        }
        self.rows = rows;
    }

    /// Every story in the order of ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Story> {
        self.rows.iter().flatten()
    }

    /// Keeps the stories for which `keep` says so.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Story) -> bool) {
        for row in &mut self.rows {
            row.retain(&mut keep);
            if row.capacity() > ROW_STORIES && row.len() < row.capacity() / 2 {
                row.shrink_to_fit();
            }
        }
        self.len = self.rows.iter().map(Vec::len).sum();
    }
}

fn number(id: RecordId) -> u128 {
    u128::from_be_bytes(id.0)
}
