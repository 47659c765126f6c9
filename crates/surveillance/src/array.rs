//! Fixed-length arrays that can be saved.
//!
//! The saved form is the bare elements in order, without a length: state stays small and a restored array has the same bits.
//! Nothing but storage lives here; what the elements mean is the business of the module that owns the array.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `N` elements saved as a tuple of `N`; serde itself stops at arrays of 32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fixed<T, const N: usize>([T; N]);

impl<T: Copy + Default, const N: usize> Default for Fixed<T, N> {
    fn default() -> Self {
        Self([T::default(); N])
    }
}

impl<T, const N: usize> Deref for Fixed<T, N> {
    type Target = [T; N];
    fn deref(&self) -> &[T; N] {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for Fixed<T, N> {
    fn deref_mut(&mut self) -> &mut [T; N] {
        &mut self.0
    }
}

impl<T: Serialize, const N: usize> Serialize for Fixed<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for element in &self.0 {
            tuple.serialize_element(element)?;
        }
        tuple.end()
    }
}

impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Deserialize<'de> for Fixed<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(N, Elements(PhantomData))
    }
}

/// Saves an array without the zeros at its end, behind the number of elements saved: for what is mostly empty.
pub(crate) mod trimmed {
    use serde::de::{Deserializer, Error, SeqAccess, Visitor};
    use serde::{Serialize, Serializer};

    use super::Fixed;

    pub(crate) fn serialize<S: Serializer, const N: usize>(of: &Fixed<i32, N>, serializer: S) -> Result<S::Ok, S::Error> {
        let len = of.iter().rposition(|element| *element != 0).map_or(0, |last| last + 1);
        of[..len].serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<Fixed<i32, N>, D::Error> {
        deserializer.deserialize_seq(Elements)
    }

    /// Reads at most `N` elements; more is an error, never cut off.
    struct Elements<const N: usize>;

    impl<'de, const N: usize> Visitor<'de> for Elements<N> {
        type Value = Fixed<i32, N>;

        fn expecting(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            write!(formatter, "at most {N} elements")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
            let (mut read, mut at) = (Fixed::default(), 0);
            while let Some(element) = elements.next_element()? {
                *read.get_mut(at).ok_or_else(|| A::Error::invalid_length(at + 1, &self))? = element;
                at += 1;
            }
            Ok(read)
        }
    }
}

/// Reads exactly `N` elements; fewer is an error, never a zero.
struct Elements<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Visitor<'de> for Elements<T, N> {
    type Value = Fixed<T, N>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{N} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut read = Fixed::default();
        for (at, slot) in read.iter_mut().enumerate() {
            *slot = elements.next_element()?.ok_or_else(|| A::Error::invalid_length(at, &self))?;
        }
        Ok(read)
    }
}
