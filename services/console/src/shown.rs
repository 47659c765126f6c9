//! What a scrape shows: the read model, rendered once for each form until it changes, behind what the process says of itself.
//!
//! A hundred scrapers cost one rendering. What must never enter: a source, a metric's name.

use crate::model::{BadRow, Look, ReadModel};
use catalogue::{
    exposition::{Exposition, Families, Part, Wanted},
    process::Process,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The read model with what was rendered of it.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    model: ReadModel,
    rendered: Option<Rendered>,
}

/// What the model says, in the forms that were asked for.
#[derive(Debug)]
struct Rendered {
    families: Families,
    parts: BTreeMap<Wanted, Part>,
}

impl Shown {
    /// Takes what a look brought. The rows that could not be read are handed back.
    pub(crate) fn apply(&self, look: Look) -> Vec<BadRow> {
        if look.is_empty() {
            return Vec::new();
        }
        let mut inner = self.inner();
        inner.rendered = None;
        look.apply(&mut inner.model)
    }

    /// A scrape: what the process says of itself, then the regimes.
    pub(crate) fn expose(&self, process: &Process, wanted: Wanted) -> Exposition {
        let mut inner = self.inner();
        let Inner { model, rendered } = &mut *inner;
        let rendered = rendered.get_or_insert_with(|| Rendered { families: model.families(), parts: BTreeMap::new() });
        let own = process.families().telling_of(rendered.families.overflows()).overflowing().part(wanted);
        let regimes = rendered.parts.entry(wanted).or_insert_with(|| rendered.families.part(wanted)).clone();
        drop(inner);
        Exposition::of(wanted, &[own, regimes])
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
