//! Room: how lists that live as long as the register grow.
//!
//! A vector doubles, and once it is long half of it may stand empty for good, in every partition of a process. Must never enter:
//! a list that is emptied often, which is worth its room.

use alloc::vec::Vec;

/// The least that is added.
const PLACES_MIN: usize = 8;

/// Makes room for one more, with an eighth more places where there is none.
pub(super) fn grow_little<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 8 + PLACES_MIN);
    }
}
