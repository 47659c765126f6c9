//! Saved forms of arrays whose neighbours are near each other, bit for bit: what differs from the element before, in as few bytes as
//! that takes.
//!
//! Doubles of one sign that are near each other are near as integers too, so a table of slowly moving sums takes six or seven bytes
//! an element. A count after a count is a small step at any volume. What must never enter: a rounded number.

use alloc::vec::Vec;
use core::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::array::Fixed;

/// Bits of a nibble.
const NIBBLE: u32 = 4;

/// What can be seen as a row of doubles of known length.
pub(crate) trait Row: Default {
    /// How many doubles.
    const LEN: usize;
    /// The double at a place; neighbours are near each other.
    fn at(&self, place: usize) -> f64;
    /// The same, to be set.
    fn at_mut(&mut self, place: usize) -> &mut f64;
}

impl<const N: usize> Row for Fixed<f64, N> {
    const LEN: usize = N;
    fn at(&self, place: usize) -> f64 {
        self[place]
    }
    fn at_mut(&mut self, place: usize) -> &mut f64 {
        &mut self[place]
    }
}

/// A table, column by column.
impl<const N: usize, const M: usize> Row for Fixed<[f64; M], N>
where
    [f64; M]: Copy + Default,
{
    const LEN: usize = N * M;
    fn at(&self, place: usize) -> f64 {
        self[place % N][place / N]
    }
    fn at_mut(&mut self, place: usize) -> &mut f64 {
        &mut self[place % N][place / N]
    }
}

/// Saves a row: the lengths of all steps in bytes, two to a byte, then the steps.
pub(crate) fn serialize<R: Row, S: Serializer>(row: &R, serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = alloc::vec![0_u8; R::LEN.div_ceil(2)];
    let mut before = 0;
    for place in 0..R::LEN {
        let bits = row.at(place).to_bits();
        let step = zigzag(bits.wrapping_sub(before).cast_signed());
        before = bits;
        let length = (u64::BITS - step.leading_zeros()).div_ceil(8) as usize;
        bytes[place / 2] |= (length as u8) << (NIBBLE * (place as u32 % 2));
        bytes.extend_from_slice(&step.to_le_bytes()[..length]);
    }
    bytes.serialize(serializer)
}

/// Reads a row back; what is too short, too long or of no length at all is an error.
pub(crate) fn deserialize<'de, R: Row, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
    let bytes = Vec::<u8>::deserialize(deserializer)?;
    let broken = || D::Error::invalid_length(bytes.len(), &Steps(R::LEN));
    let (lengths, mut steps) = bytes.split_at_checked(R::LEN.div_ceil(2)).ok_or_else(broken)?;
    let (mut row, mut before) = (R::default(), 0_u64);
    for place in 0..R::LEN {
        let length = usize::from(lengths[place / 2] >> (NIBBLE * (place as u32 % 2)) & 0xf);
        let mut step = [0; 8];
        let (of_step, rest) = steps.split_at_checked(length).ok_or_else(broken)?;
        step.get_mut(..length).ok_or_else(broken)?.copy_from_slice(of_step);
        steps = rest;
        before = before.wrapping_add(unzigzag(u64::from_le_bytes(step)).cast_unsigned());
        *row.at_mut(place) = f64::from_bits(before);
    }
    if steps.is_empty() { Ok(row) } else { Err(broken()) }
}

/// Small steps of either sign are small numbers.
const fn zigzag(step: i64) -> u64 {
    (step << 1 ^ step >> 63).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

struct Steps(usize);

impl serde::de::Expected for Steps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the lengths of {} steps, and the steps", self.0)
    }
}

/// Counts, each as its step from the one before.
pub(crate) mod steps {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::array::Fixed;

    pub(crate) fn serialize<S: Serializer, const N: usize>(counts: &Fixed<i32, N>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut steps = *counts;
        for at in (1..N).rev() {
            steps[at] = counts[at].wrapping_sub(counts[at - 1]);
        }
        steps.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<Fixed<i32, N>, D::Error> {
        let mut counts = Fixed::<i32, N>::deserialize(deserializer)?;
        for at in 1..N {
            counts[at] = counts[at].wrapping_add(counts[at - 1]);
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use crate::array::Fixed;

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Saved {
        #[serde(with = "super")]
        row: Fixed<f64, 5>,
        #[serde(with = "super")]
        table: Fixed<[f64; 3], 2>,
        #[serde(with = "super::steps")]
        counts: Fixed<i32, 4>,
    }

    fn saved(reals: &[f64], counts: &[i32]) -> Saved {
        let mut saved = Saved::default();
        saved.row.copy_from_slice(&reals[..5]);
        saved.table.copy_from_slice(&[[reals[5], reals[6], reals[7]], [reals[8], reals[9], reals[10]]]);
        saved.counts.copy_from_slice(counts);
        saved
    }

    fn bits(saved: &Saved) -> Vec<u64> {
        saved.row.iter().chain(saved.table.iter().flatten()).map(|real| real.to_bits()).collect()
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_saved(reals in prop::collection::vec(prop::num::f64::ANY, 11), counts in prop::array::uniform4(any::<i32>())) {
            let before = saved(&reals, &counts);
            let bytes = serde_json::to_vec(&before).unwrap();
            let after: Saved = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(bits(&after), bits(&before));
            prop_assert_eq!(after.counts, before.counts);
        }
    }

    #[test]
    fn near_neighbours_and_nothing_take_less_room() {
        let length = |reals: &[f64]| serde_json::to_value(saved(reals, &[0; 4])).unwrap()["row"].as_array().unwrap().len();
        assert_eq!(length(&[0.0; 11]), 3);
        assert_eq!(length(&[812.5, 812.5, 820.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 3 + 8 + 6 + 8);
    }

    #[test]
    fn a_row_cut_short_or_grown_is_refused() {
        let whole = serde_json::to_value(saved(&[1.5; 11], &[7; 4])).unwrap();
        assert!(serde_json::from_value::<Saved>(whole.clone()).is_ok());
        let changed = |change: fn(&mut Vec<serde_json::Value>)| {
            let mut value = whole.clone();
            change(value["row"].as_array_mut().unwrap());
            serde_json::from_value::<Saved>(value)
        };
        assert!(changed(|row| drop(row.pop())).is_err());
        assert!(changed(|row| row.push(0.into())).is_err());
        assert!(changed(|row| row[0] = 0x0f.into()).is_err(), "no step has fifteen bytes");
        assert!(changed(Vec::clear).is_err());
    }
}
