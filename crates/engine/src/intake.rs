//! Intake: stamps `known` once, says when a tick is complete, and turns away what cannot be admitted.
//!
//! `known` and the marks of an origin rise and never fall, whatever the clock does: the clock is an argument, read by the
//! shell. Must never enter: a position, a byte of the message, a regime pack, a second look at a time already stamped.

use crate::identity;
use alloc::{collections::BTreeMap, sync::Arc};
use vocab::{
    event::{Body, Event},
    name::Label,
    record::{Admitted, BadValue, CaseId, ContentHash, Flag, Flags, RecordId, Refusal},
    time::{Instant, Occurred, Tick},
};

mod oddity;

/// The origin of operators' acts and packs; partition p of the events is origin p + 1.
pub const ACTIONS: u32 = 0;
/// How far ahead of `known` an event may have occurred before it is turned away, milliseconds (24 h).
const AHEAD_MS_MAX: i64 = 86_400_000;
/// How long before midnight UTC a civil day begins where it begins first (UTC+14), milliseconds.
const EARLIEST_MIDNIGHT_MS: i64 = 14 * 3_600_000;

/// Where the clock that is handed in comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It is a clock. Set back, it costs nothing but a while in which marks come half as often.
    Live,
    /// It is the last tick of the day that a file says its line became known.
    History,
}

/// Where one origin stands.
#[derive(Clone, Copy, Debug)]
struct Origin {
    /// Last mark, if any.
    mark: Option<Tick>,
    /// The newest stamp given.
    open: Option<Tick>,
    /// The clock when the last mark was given, or since when the wait for the next one runs.
    since: Option<Tick>,
}

impl Origin {
    const NEW: Self = Self { mark: None, open: None, since: None };

    /// The first tick that is not yet promised to be complete.
    fn first_open(self) -> Tick {
        self.mark.map_or(Tick::START, |mark| Tick(mark.0.saturating_add(1)))
    }
}

/// Admission for the origins of one task.
#[derive(Clone, Debug)]
pub struct Intake {
    pace: Pace,
    origins: BTreeMap<u32, Origin>,
    out_of_window: u64,
}

impl Intake {
    /// Begins, or goes on after the last marks that the task's position entry holds.
    #[must_use]
    pub fn resume(pace: Pace, marks: impl IntoIterator<Item = (u32, Tick)>) -> Self {
        let origins = marks.into_iter().map(|(origin, mark)| (origin, Origin { mark: Some(mark), ..Origin::NEW })).collect();
        Self { pace, origins, out_of_window: 0 }
    }

    /// The last mark of an origin, if it gave one.
    #[must_use]
    pub fn last_mark(&self, origin: u32) -> Option<Tick> {
        self.origins.get(&origin).and_then(|origin| origin.mark)
    }

    /// How many lines were older than the sorting window of their feed and took the open tick.
    #[must_use]
    pub const fn out_of_window(&self) -> u64 {
        self.out_of_window
    }

    /// Admits an event that an origin hands over at a tick of the clock, or says why not. Repeated measures are one.
    ///
    /// # Errors
    /// As [`Intake::admit_prepared`].
    pub fn admit(&mut self, event: Event, origin: u32, clock: Tick) -> Result<Admitted, Refusal> {
        self.admit_prepared(Prepared::of(event), origin, clock)
    }

    /// The same for an event of which everything is computed that needs neither clock nor origin.
    ///
    /// # Errors
    /// [`Refusal::WrongInput`] for an act among events or an event among acts, [`Refusal::BadField`] for a count of 0 or a
    /// pack of another regime, [`Refusal::FromTheFuture`] for what occurred over 24 h after it became known.
    pub fn admit_prepared(&mut self, prepared: Prepared, origin: u32, clock: Tick) -> Result<Admitted, Refusal> {
        let Prepared { id, content, case, oddities: mut flags, event } = prepared;
        check(&event, origin)?;
        let state = self.origins.get(&origin).copied().unwrap_or(Origin::NEW);
        let (known, within) = self.stamp(state, clock);
        if ahead(&event.occurred, known)? {
            flags.raise(Flag::Skewed);
        }
        if within == Window::Missed {
            flags.raise(Flag::OutOfWindow);
            self.out_of_window += 1;
        }
        self.origins.insert(origin, Origin { open: state.open.max(Some(known)), ..state });
        Ok(Admitted { id, content, case, known, origin, flags, event })
    }

    fn stamp(&self, origin: Origin, clock: Tick) -> (Tick, Window) {
        let first = origin.first_open();
        match self.pace {
            Pace::Live => (clock.max(first), Window::Met),
            Pace::History if clock >= first => (clock, Window::Met),
            // Its day is promised already. The day being read takes it: whole days stay single ticks.
            Pace::History => (origin.open.filter(|open| *open >= first).unwrap_or_else(|| first.day().last_tick()), Window::Missed),
        }
    }

    /// The newest stamp of an origin that is not promised yet: what a file that ends here still has to mark.
    #[must_use]
    pub fn open(&self, origin: u32) -> Option<Tick> {
        self.origins.get(&origin).and_then(|origin| origin.open.filter(|open| *open >= origin.first_open()))
    }

    /// Promises that a tick of the clock is complete from an origin: what it sends next is stamped later. `None` when
    /// nothing new can be promised. Ahead of its clock an origin advances one tick in two, so that the clock catches up.
    pub fn mark(&mut self, origin: u32, clock: Tick) -> Option<Tick> {
        let state = self.origins.entry(origin).or_insert(Origin::NEW);
        let next = state.first_open();
        let due = match self.pace {
            Pace::Live | Pace::History if clock >= next => clock,
            Pace::History => return None,
            Pace::Live => {
                let since = state.since.map_or(clock, |since| since.min(clock));
                state.since = Some(since);
                if clock.0.saturating_sub(since.0) < 2 {
                    return None;
                }
                next
            }
        };
        *state = Origin { mark: Some(due), since: Some(clock), ..*state };
        Some(due)
    }

    /// Promises, where an origin ends in order, the tick of the clock and all that it has stamped: nothing of it may wait for whoever
    /// goes on, who stamps behind this. `None` when nothing new can be promised.
    pub fn finish(&mut self, origin: u32, clock: Tick) -> Option<Tick> {
        let state = self.origins.entry(origin).or_insert(Origin::NEW);
        let due = state.open.map_or(clock, |open| open.max(clock));
        if due < state.first_open() {
            return None;
        }
        *state = Origin { mark: Some(due), since: Some(clock), ..*state };
        Some(due)
    }
}

/// Whether a line of history came before its day was promised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Window {
    Met,
    Missed,
}

/// An event with all that follows from what it says alone: hashes and oddities. Any thread may prepare it.
#[derive(Clone, Debug)]
pub struct Prepared {
    id: RecordId,
    content: ContentHash,
    case: Option<CaseId>,
    oddities: Flags,
    event: Arc<Event>,
}

impl Prepared {
    /// Prepares an event; repeated measures are one.
    #[must_use]
    pub fn of(mut event: Event) -> Self {
        event.measures.sort_unstable();
        event.measures.dedup();
        Self {
            id: identity::record(&event.source, &event.source_record_id),
            content: identity::content(&event),
            case: event.case().map(|case| identity::case(&event.regime, case)),
            oddities: oddity::flags(&event.body),
            event: Arc::new(event),
        }
    }

    /// The event, its measures sorted.
    #[must_use]
    pub const fn event(&self) -> &Arc<Event> {
        &self.event
    }
}

/// Whether it is what a person did, or the rules they set: such events come from [`ACTIONS`] and from nowhere else.
#[must_use]
pub const fn is_action(body: &Body) -> bool {
    match body {
        Body::Act(_) | Body::PackActivated(_) => true,
        Body::InspectionPerformed(_)
        | Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::ExposureObserved(_)
        | Body::ExposureAggregate(_)
        | Body::SeizureRecorded(_)
        | Body::InterdictionOutcome(_)
        | Body::CapacityReported(_)
        | Body::ContextNoted(_)
        | Body::DefinitionChanged(_)
        | Body::TargetChanged(_)
        | Body::FeedStatus(_)
        | Body::Unrecognised(_) => false,
    }
}

fn check(event: &Event, origin: u32) -> Result<(), Refusal> {
    if is_action(&event.body) != (origin == ACTIONS) {
        return Err(Refusal::WrongInput { type_name: label(event.body.type_name()) });
    }
    if event.count == 0 {
        return Err(Refusal::BadField { field: label("count"), problem: BadValue::Zero });
    }
    if let Body::PackActivated(activation) = &event.body
        && activation.pack.as_ref().is_some_and(|pack| pack.regime != event.regime)
    {
        return Err(Refusal::BadField { field: label("regime"), problem: BadValue::UnknownWord });
    }
    Ok(())
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a type or field name is a short text")
}

/// Whether something occurred after it became known, as far as a skewed clock may explain.
fn ahead(occurred: &Occurred, known: Tick) -> Result<bool, Refusal> {
    let known = known.start().0;
    let civil = i64::from(occurred.day.0) * AHEAD_MS_MAX;
    let begun = occurred.at.map_or(civil, |Instant(at)| at.max(civil));
    let by = begun.saturating_sub(known);
    if by > AHEAD_MS_MAX {
        let ahead_hours = u32::try_from(by / 3_600_000).unwrap_or(u32::MAX);
        return Err(Refusal::FromTheFuture { ahead_hours });
    }
    // East of Greenwich a civil day begins before the day of the clock does: that alone is no skew.
    Ok(occurred.at.map_or(civil - EARLIEST_MIDNIGHT_MS, |Instant(at)| at) > known)
}
