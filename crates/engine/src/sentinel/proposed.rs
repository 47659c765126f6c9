//! A pack holds from the tick after its activation; until then it is only proposed.
//!
//! Assessor and sentinel keep it alike, so that both judge a tick by the same rules. What must never enter: what a pack says.

use alloc::sync::Arc;
use serde::{Deserialize, Serialize};
use vocab::{pack::Pack, time::Tick};

/// Packs that were activated but hold only from the next tick.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Proposed(Option<(Tick, Arc<Pack>)>);

impl Proposed {
    /// A pack was activated; of several in one tick the highest version will hold.
    pub(crate) fn propose(&mut self, tick: Tick, pack: &Arc<Pack>) {
        let rank = |pack: &Pack| (pack.version, pack.hash);
        if self.0.as_ref().is_none_or(|(_, other)| rank(other) < rank(pack)) {
            self.0 = Some((tick, Arc::clone(pack)));
        }
    }

    /// The pack that begins to hold by a tick, with the tick of its activation.
    pub(crate) fn take(&mut self, tick: Tick) -> Option<(Tick, Arc<Pack>)> {
        self.0.take_if(|(activated, _)| *activated < tick)
    }
}
