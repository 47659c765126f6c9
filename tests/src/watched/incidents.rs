//! Incidents: events of the types that rules of the pack look at, while the message that tells of one stands.
//!
//! Must never enter: a duty, an alert.

use super::{ByTick, News};
use crate::naive::{Figures, lists};
use std::collections::BTreeMap;
use vocab::{
    event::{Event, Operation},
    name::{EventTypeName, JurisdictionCode, RegimeId},
    record::{Admitted, RecordId},
    watch::{Incident, WatchedMatter, Watches},
};

/// What each tick says of incidents.
pub(super) fn of(figures: &Figures, regime: &RegimeId) -> ByTick {
    let (mut by_tick, mut told) = (ByTick::new(), BTreeMap::<RecordId, bool>::new());
    for stood in figures.stood.iter().filter(|stood| stood.message.event.regime == *regime) {
        let id = stood.message.id;
        let incident = incident(figures, &stood.message);
        let before = told.insert(id, incident.is_some()).unwrap_or(false);
        let news = match incident {
            Some((code, incident)) => Some(News::Is(code, WatchedMatter::Incident(incident))),
            None => before.then_some(News::Undone(id)),
        };
        if let Some(news) = news {
            by_tick.entry(stood.from).or_default().insert((id, None), news);
        }
    }
    by_tick
}

/// The incident a message tells of, if a rule in force looks at its type and the pack lists its place.
fn incident(figures: &Figures, message: &Admitted) -> Option<(JurisdictionCode, Incident)> {
    let event: &Event = &message.event;
    let pack = figures.packs.at(message.known, &event.regime)?;
    let name = event.body.type_name();
    let is_looked_at = pack.watches.iter().any(|rule| match &rule.watches {
        Watches::Events(types) => types.iter().any(|one| one.as_str() == name),
        Watches::Overdue(_) => false,
    });
    let code = event.jurisdiction.clone().filter(|code| lists(&pack.jurisdictions, code))?;
    (is_looked_at && event.operation != Operation::Retract).then(|| {
        let incident = Incident {
            event: EventTypeName::parse(name).expect("the type of an event is a name"),
            occurred: event.occurred.day,
            source: event.source.clone(),
            source_record_id: event.source_record_id.clone(),
            measures: super::duties::measures(event),
            stratum: event.stratum.clone(),
            count: event.count,
            case: event.case().cloned(),
        };
        (code, incident)
    })
}
