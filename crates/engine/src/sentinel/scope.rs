//! What acts and circumstances concern, and when an act may be done at all: rules that assessor and sentinel must read alike.
//!
//! What must never enter: the state of an alert or of a series.

use vocab::{
    act::Staleness,
    event::Selector,
    name::JurisdictionCode,
    pack::Pack,
    series::{MeasureKey, SeriesKey},
    time::{Tick, Week},
};

/// Closed weeks of which counts are kept, the newest included (`detection.md` §2).
const WEEKS_KEPT: i32 = 52;

/// A selector within the jurisdiction that its record names, if it names none of its own.
pub(crate) fn within(affects: &Selector, jurisdiction: Option<&JurisdictionCode>) -> Selector {
    Selector { jurisdiction: affects.jurisdiction.as_ref().or(jurisdiction).cloned(), measure: affects.measure.clone() }
}

/// Whether a selector means a series.
pub(crate) fn selects(selector: &Selector, series: &SeriesKey) -> bool {
    let here = selector.jurisdiction.as_ref().is_none_or(|jurisdiction| *jurisdiction == series.jurisdiction);
    let this = match &series.measure {
        MeasureKey::Any => selector.measure.is_none(),
        MeasureKey::One(measure) => selector.measure.as_ref().is_none_or(|selected| selected == measure),
    };
    here && this
}

/// Whether a pack lists what a selector names.
pub(crate) fn lists(pack: &Pack, selector: &Selector) -> bool {
    let measure = selector.measure.as_ref().is_none_or(|id| pack.measures.iter().any(|measure| measure.id == *id));
    let jurisdiction = selector.jurisdiction.as_ref().is_none_or(|code| pack.jurisdictions.admits(code));
    measure && jurisdiction
}

/// Whether the level of a series may be set anew from the weeks `from` to `until` at a tick.
pub(crate) fn may_rebase(pack: Option<&Pack>, at: Tick, series: &SeriesKey, (from, until): (Week, Week)) -> Result<(), Staleness> {
    let listed = match &series.measure {
        MeasureKey::Any => false,
        MeasureKey::One(measure) => {
            let selector = Selector { jurisdiction: Some(series.jurisdiction.clone()), measure: Some(measure.clone()) };
            pack.is_some_and(|pack| pack.regime == series.regime && lists(pack, &selector))
        }
    };
    if !listed {
        return Err(Staleness::Unlisted);
    }
    let open = at.day().week();
    let kept = from <= until && from < open && until.0 > open.0.saturating_sub(WEEKS_KEPT);
    if kept { Ok(()) } else { Err(Staleness::EmptyWindow) }
}
