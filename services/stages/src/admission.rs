//! Admission: from an event to an admitted record, with what only a shell can do: compile a pack's bytes.
//!
//! The stamp and the checks are intake's. What must never enter: a clock (it is handed in), a position.

use engine::intake::{ACTIONS, Intake, Pace, Prepared, is_action};
use std::sync::Arc;
use vocab::{
    act::Act,
    event::{Body, Event, Operation, PackActivation},
    name::{ActorId, BadName, Label, RegimeId, SourceId, SourceRecordId},
    pack::Pack,
    record::{Admitted, Refusal},
    time::{Day, Occurred, Tick},
};

/// The origin of the first partition of events.
pub const EVENTS: u32 = 1;
/// The source under which packs and acts of people are kept.
const OPERATORS: &str = "operators";

/// Lets events in.
#[derive(Clone, Debug)]
pub struct Admission {
    intake: Intake,
}

impl Admission {
    /// Begins, or goes on after the last mark of every origin.
    #[must_use]
    pub fn resume(pace: Pace, origins: u32, mark: Option<Tick>) -> Self {
        let marks = (0..origins).filter_map(|origin| mark.map(|mark| (origin, mark)));
        Self { intake: Intake::resume(pace, marks) }
    }

    /// The same for one origin, which alone is admitted here.
    #[must_use]
    pub fn resume_origin(pace: Pace, origin: u32, mark: Option<Tick>) -> Self {
        Self { intake: Intake::resume(pace, mark.map(|mark| (origin, mark))) }
    }

    /// Admits an event at a tick of the clock.
    ///
    /// # Errors
    /// [`Refusal`], also [`Refusal::BadPack`] when the pack it carries does not compile.
    pub fn admit_prepared(&mut self, prepared: Prepared, origin: u32, clock: Tick) -> Result<Admitted, Refusal> {
        let body = &prepared.event().body;
        let origin = if is_action(body) { ACTIONS } else { origin };
        let prepared = if matches!(body, Body::PackActivated(_)) { compiled(prepared)? } else { prepared };
        self.intake.admit_prepared(prepared, origin, clock)
    }

    /// Admits an event from the origin it really came from: an act among events, or an event among acts, is turned away.
    ///
    /// # Errors
    /// As [`Admission::admit_prepared`], and [`Refusal::WrongInput`].
    pub fn admit_from(&mut self, prepared: Prepared, origin: u32, clock: Tick) -> Result<Admitted, Refusal> {
        let prepared = if matches!(prepared.event().body, Body::PackActivated(_)) { compiled(prepared)? } else { prepared };
        self.intake.admit_prepared(prepared, origin, clock)
    }

    /// Promises that a tick is complete from one origin; the promise, if there is a new one.
    pub fn mark_origin(&mut self, origin: u32, clock: Tick) -> Option<Tick> {
        self.intake.mark(origin, clock)
    }

    /// The last promise of an origin that ends in order: all it has stamped, and the tick of the clock; if there is a new one.
    pub fn finish_origin(&mut self, origin: u32, clock: Tick) -> Option<Tick> {
        self.intake.finish(origin, clock)
    }

    /// The last mark of an origin.
    #[must_use]
    pub fn marked_of(&self, origin: u32) -> Option<Tick> {
        self.intake.last_mark(origin)
    }

    /// Promises that a tick is complete from every origin; the promise they share, if there is a new one.
    pub fn mark(&mut self, origins: u32, clock: Tick) -> Option<Tick> {
        (0..origins).filter_map(|origin| self.intake.mark(origin, clock)).max()
    }

    /// The last mark of the origin of events.
    #[must_use]
    pub fn marked(&self) -> Option<Tick> {
        self.intake.last_mark(EVENTS)
    }

    /// How many lines were older than the sorting window of their feed.
    #[must_use]
    pub const fn out_of_window(&self) -> u64 {
        self.intake.out_of_window()
    }
}

/// The same event with what its pack means.
fn compiled(prepared: Prepared) -> Result<Prepared, Refusal> {
    let mut event = Event::clone(prepared.event());
    if let Body::PackActivated(activation) = &mut event.body {
        compile(activation)?;
    }
    Ok(Prepared::of(event))
}

/// Fills in what a pack's bytes mean.
///
/// # Errors
/// As [`compiled_pack`].
pub fn compile(activation: &mut PackActivation) -> Result<(), Refusal> {
    if activation.pack.is_none() {
        activation.pack = Some(compiled_pack(&activation.bytes)?);
    }
    Ok(())
}

/// What a pack's bytes mean.
///
/// # Errors
/// [`Refusal::BadPack`] with the number of mistakes and the first of them.
pub fn compiled_pack(bytes: &[u8]) -> Result<Arc<Pack>, Refusal> {
    let pack = regime::compile("pack", bytes).map_err(|mistakes| {
        let first = mistakes.shown().first().map(regime::Mistake::one_line).unwrap_or_default();
        Refusal::BadPack { mistakes: u32::try_from(mistakes.total()).unwrap_or(u32::MAX), first: label(&first) }
    })?;
    Ok(Arc::new(pack))
}

/// Any text as a label: cut to length, without control characters.
#[must_use]
pub fn label(text: &str) -> Label {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect();
    Label::parse(&plain).unwrap_or_else(|_| literal(Label::parse("-")))
}

/// A name that stands in this program.
fn literal<T>(parsed: Result<T, BadName>) -> T {
    parsed.expect("a literal word is a name")
}

/// The event that activates the pack of a new log, as configuration proposes it.
#[must_use]
pub fn activation(pack: &Pack, bytes: &[u8], day: Day) -> Event {
    let who = literal(ActorId::parse("configuration"));
    let why = label("first pack of a new log");
    pack_event(Arc::new(pack.clone()), bytes, (&format!("pack/{}", pack.hash), day), (who, why))
}

/// The event by which somebody puts another pack into force; `id` tells it from other activations of the same pack.
#[must_use]
pub fn put_in_force(pack: Arc<Pack>, bytes: &[u8], (id, day): (&str, Day), (who, why): (ActorId, Label)) -> Event {
    let id = format!("pack/{}/{id}", pack.hash);
    pack_event(pack, bytes, (&id, day), (who, why))
}

fn pack_event(pack: Arc<Pack>, bytes: &[u8], (id, day): (&str, Day), (who, why): (ActorId, Label)) -> Event {
    let regime = pack.regime.clone();
    of_people(regime, id, day, Body::PackActivated(PackActivation { bytes: Arc::from(bytes), pack: Some(pack), who, why }))
}

/// The event of an act; `id` makes it one of its kind, so that handing it in twice is doing it once.
#[must_use]
pub fn act(regime: RegimeId, id: &str, day: Day, act: Act) -> Event {
    of_people(regime, id, day, Body::Act(act))
}

fn of_people(regime: RegimeId, id: &str, day: Day, body: Body) -> Event {
    Event {
        regime,
        source: literal(SourceId::parse(OPERATORS)),
        source_record_id: SourceRecordId::parse(id).unwrap_or_else(|_| literal(SourceRecordId::parse("act"))),
        revision: 0,
        operation: Operation::Assert,
        occurred: Occurred::on(day),
        reported: None,
        count: 1,
        jurisdiction: None,
        measures: Vec::new(),
        stratum: None,
        body,
        context: None,
    }
}
