//! Names met before: a text that comes again is the name it was, shared, instead of one more copy of it.
//!
//! A million events name few regimes, feeds, places and measures. What is kept is bounded, and changes no reading: a name that was
//! driven out is read anew. Each thread has its own, so that nobody waits. Must never enter: names of single things (records,
//! cases), which rarely come again.

use std::cell::RefCell;
use vocab::name::{BadName, JurisdictionCode, MeasureId, RegimeId, SourceId, Stratum};

/// Names of one kind that are kept: every text has one place, and whoever came last has it.
const PLACES: usize = 1_024;

thread_local! {
    static MET: RefCell<Met> = RefCell::default();
}

/// The names of one kind, by the place of their text.
struct Places<T>(Vec<Option<T>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A kind of name that comes again.
pub(crate) trait Recurring: Clone {
    /// Takes a text as this kind of name.
    fn parsed(text: &str) -> Result<Self, BadName>;
    /// Its text.
    fn text(&self) -> &str;
    #[expect(private_interfaces, reason = "only this file asks for it")]
    fn places(met: &mut Met) -> &mut Places<Self>;
}

macro_rules! recurring {
    ($($kind:ident $places:ident)*) => {
        #[derive(Default)]
        struct Met {
            $($places: Places<$kind>,)*
        }
        $(impl Recurring for $kind {
            fn parsed(text: &str) -> Result<Self, BadName> {
                Self::parse(text)
            }
            fn text(&self) -> &str {
                self.as_str()
            }
            #[expect(private_interfaces, reason = "only this file asks for it")]
            fn places(met: &mut Met) -> &mut Places<Self> {
                &mut met.$places
            }
        })*
    };
}

recurring! {
    RegimeId regimes
    SourceId sources
    JurisdictionCode jurisdictions
    MeasureId measures
    Stratum strata
}

/// Takes a text as a name, the one it was when it was met before.
///
/// # Errors
/// [`BadName`] as the name's own `parse`.
pub(crate) fn name<T: Recurring>(text: &str) -> Result<T, BadName> {
    MET.with_borrow_mut(|met| {
        let places = &mut T::places(met).0;
        if places.is_empty() {
            places.resize(PLACES, None);
        }
        let place = &mut places[place_of(text)];
        if let Some(name) = place.as_ref().filter(|name| name.text() == text) {
            return Ok(name.clone());
        }
        let name = T::parsed(text)?;
        *place = Some(name.clone());
        Ok(name)
    })
}

/// FNV-1a, folded.
fn place_of(text: &str) -> usize {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = text.bytes().fold(0x811c_9dc5, mix);
    (hash ^ (hash >> 16)) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_would_be_alone_whatever_was_met_before() {
        let texts = (0..5_000).map(|number| format!("R{number}")).chain(["  KR ", "", "a\nb"].map(str::to_owned));
        let texts: Vec<String> = texts.collect();
        for text in texts.iter().chain(texts.iter().rev()) {
            assert_eq!(name::<JurisdictionCode>(text), JurisdictionCode::parse(text));
            assert_eq!(name::<MeasureId>(text), MeasureId::parse(text));
        }
    }

    #[test]
    fn a_text_that_comes_again_is_shared() {
        let [one, two] = ["KR", "KR"].map(|text| name::<RegimeId>(text).unwrap());
        assert!(std::ptr::eq(one.as_str(), two.as_str()));
    }
}
