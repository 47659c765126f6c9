//! The naive checker: figures and ledgers recomputed from the whole admitted log, slowly, from what the words mean.
//!
//! It keeps no state and shares the vocabulary with the product and nothing else: per record it asks, after every tick in which
//! the record was spoken of, which message stands, and writes down how long each contribution stood. Every figure as of any day
//! is then a sum over what stood. Must never enter: a call into the engine, a shortcut.

use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    event::{Body, Event, Operation},
    name::{JurisdictionCode, RegimeId, SourceId},
    pack::{Jurisdictions, Pack, has_shape},
    record::{Admitted, RecordId},
    series::{Count, MeasureKey, SeriesKey},
    tally::{Cell, Ledger},
    time::{Day, Precision, Tick, Week},
};

/// What a record contributed to one cell, and for how long.
#[derive(Clone, Debug)]
pub struct Stay {
    /// Where.
    pub cell: Cell,
    /// The tick that brought it.
    pub from: Tick,
    /// The tick that took it back; none: it stands.
    pub until: Option<Tick>,
    /// Acts.
    pub acts: i64,
    /// Measures served, for the series of any measure; 0 elsewhere.
    pub measures: i64,
    /// What the acts weigh together, and the sum of squares if each weighs the same; 0 where acts are counted.
    pub weight: (i64, i128),
}

impl Stay {
    /// Whether it stands at the end of a tick.
    #[must_use]
    pub fn stands_at(&self, tick: Tick) -> bool {
        self.from <= tick && self.until.is_none_or(|until| until > tick)
    }
}

/// A message began to stand for its record.
#[derive(Clone, Debug)]
pub struct Stood {
    /// At the end of this tick.
    pub from: Tick,
    /// The message.
    pub message: Admitted,
}

/// What a log amounts to.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Every contribution ever made.
    pub stays: Vec<Stay>,
    /// Every message that ever stood, by record, in the order of ticks.
    pub stood: Vec<Stood>,
    /// Where in it those of a series stand.
    of_series: BTreeMap<SeriesKey, Vec<usize>>,
    /// What became of the messages of a source that became known on a day.
    pub ledger: BTreeMap<(SourceId, Day), Ledger>,
    /// The rules.
    pub packs: Packs,
}

impl Figures {
    /// Recomputes everything.
    #[must_use]
    pub fn of(admitted: &[Arc<Admitted>]) -> Self {
        let mut figures = Self { packs: Packs::of(admitted), ..Self::default() };
        let mut by_record = BTreeMap::<RecordId, Vec<&Admitted>>::new();
        for one in admitted {
            by_record.entry(one.id).or_default().push(one);
        }
        for messages in by_record.values_mut() {
            messages.sort_by_key(|message| (message.known, message.event.revision, message.content));
            figures.record(messages);
        }
        figures.ledger.retain(|_, ledger| *ledger != Ledger::default());
        for (at, stay) in figures.stays.iter().enumerate() {
            figures.of_series.entry(stay.cell.series.clone()).or_default().push(at);
        }
        figures
    }

    /// What stands in a series at the end of a day.
    fn standing(&self, series: &SeriesKey, day: Day) -> impl Iterator<Item = &Stay> {
        let stays = self.of_series.get(series).into_iter().flatten().map(|at| &self.stays[*at]);
        stays.filter(move |stay| stay.stands_at(day.last_tick()))
    }

    /// What changed in every cell on every day: acts, measures served and their squares, weights and their squares. Changes of nothing are left out.
    #[must_use]
    pub fn changes(&self) -> BTreeMap<(Cell, Day), [i128; 5]> {
        let mut changes = BTreeMap::<(Cell, Day), [i128; 5]>::new();
        for stay in &self.stays {
            let signed = [(Some(stay.from), 1), (stay.until, -1)];
            for (tick, sign) in signed.into_iter().filter_map(|(tick, sign)| Some((tick?, sign))) {
                let sum = changes.entry((stay.cell.clone(), tick.day())).or_default();
                let (acts, m) = (i128::from(stay.acts), i128::from(stay.measures));
                let more = [acts, acts * m, acts * m * m, stay.weight.0.into(), stay.weight.1];
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += sign * more);
            }
        }
        changes.retain(|_, sum| *sum != [0; 5]);
        changes
    }

    /// Standing counts of a week, as known at the end of a day: inspections that are effort, interdictions, exposure.
    #[must_use]
    pub fn seen(&self, series: &SeriesKey, week: Week, day: Day) -> [i64; 3] {
        let mut seen = [0; 3];
        for stay in self.standing(series, day) {
            if stay.cell.occurred.week() == week && self.is_judged(&stay.cell, day) {
                seen[stay.cell.count as usize] += stay.acts + stay.weight.0;
            }
        }
        seen
    }

    /// Inspections of every stratum standing at the end of a day that were first known in a week, by the weeks they took.
    #[must_use]
    pub fn arrivals(&self, series: &SeriesKey, week: Week, day: Day) -> BTreeMap<i32, i64> {
        let mut arrivals = BTreeMap::new();
        for stay in self.standing(series, day) {
            let (first, occurred) = (stay.cell.first_known.week(), stay.cell.occurred.week());
            if first == week && stay.cell.count == Count::Inspections {
                *arrivals.entry((first.0 - occurred.0).max(0)).or_default() += stay.acts;
            }
        }
        arrivals.retain(|_, acts| *acts != 0);
        arrivals
    }

    /// Only strata that the pack counts as effort are inspections for the judgement.
    fn is_judged(&self, cell: &Cell, day: Day) -> bool {
        let strata = self.packs.at(day.last_tick(), &cell.series.regime).map(|pack| &pack.effort_strata);
        let counts = |stratum| strata.is_none_or(|strata| strata.is_empty() || strata.contains(stratum));
        match cell.count {
            Count::Inspections => cell.stratum.as_ref().map_or_else(|| strata.is_none_or(Vec::is_empty), counts),
            Count::Interdictions | Count::Exposure => true,
        }
    }

    /// Walks through the life of one record, tick by tick.
    fn record(&mut self, messages: &[&Admitted]) {
        let mut life = Life::default();
        for same_tick in messages.chunk_by(|one, next| one.known == next.known) {
            let tick = same_tick[0].known;
            let floors = self.packs.floors(&same_tick[0].event.regime, tick);
            if !life.heard.is_empty() && !is_kept(life.stands()) && life.last_day < floors.gone {
                self.settle(&life);
                life = Life::default();
            }
            let fresh = self.not_late(&mut life, same_tick, tick);
            if life.heard.is_empty() && !fresh.is_empty() {
                life.last_day = tick.day();
            }
            life.heard.extend(&fresh);
            life.last_day =
                life.heard.iter().map(|message| message.event.occurred.day).chain([life.last_day]).max().unwrap_or(life.last_day);
            self.stand(&mut life, tick);
        }
        self.settle(&life);
    }

    /// The messages of a tick that are inside the horizon; the others are booked as late.
    fn not_late<'a>(&mut self, life: &mut Life<'a>, same_tick: &[&'a Admitted], tick: Tick) -> Vec<&'a Admitted> {
        let stood = life.stands().filter(|message| !is_kept(Some(message))).map(|message| message.event.occurred.day);
        let mut fresh = Vec::new();
        for message in same_tick {
            let floor = self.packs.floors(&message.event.regime, tick).late;
            let is_old = message.event.occurred.day < floor || stood.is_some_and(|day| day < floor);
            if is_old && !is_kept(Some(message)) && !annotates(&message.event.body) {
                self.ledger.entry((message.event.source.clone(), tick.day())).or_default().late += 1;
                let joins = !life.heard.is_empty() || same_tick.iter().any(|other| other.event.occurred.day >= floor);
                if joins {
                    life.last_day = life.last_day.max(message.event.occurred.day);
                }
            } else {
                fresh.push(*message);
            }
        }
        fresh
    }

    /// Lets the message that stands after a tick contribute from then on.
    fn stand(&mut self, life: &mut Life<'_>, tick: Tick) {
        let Some(stands) = standing(&life.heard) else { return };
        if life.stood.is_some_and(|stood| std::ptr::eq(stood, stands)) {
            return;
        }
        for at in life.open.drain(..) {
            self.stays[at].until = Some(tick);
        }
        life.stood = Some(stands);
        self.stood.push(Stood { from: tick, message: stands.clone() });
        life.is_unlisted = false;
        match self.packs.contribution(stands) {
            Contribution::Nothing => {}
            Contribution::Unlisted => life.is_unlisted = true,
            Contribution::In(series, count, weighed) => {
                let served = i64::try_from(series.len()).unwrap_or(0);
                let any = SeriesKey { measure: MeasureKey::Any, ..series[0].clone() };
                let acts = i64::from(stands.event.count);
                let counted = series.into_iter().map(|series| (series, 0)).chain([(any, served)]);
                let counted = counted.map(|(series, measures)| (series, acts, measures, (0, 0)));
                let all = counted.chain(weighed.into_iter().map(|(series, weight)| (series, 0, 0, (weight, squared(weight, acts)))));
                for (series, acts, measures, weight) in all {
                    let first_known = life.heard[0].known.day();
                    let cell =
                        Cell { series, count, stratum: stands.event.stratum.clone(), occurred: stands.event.occurred.day, first_known };
                    life.open.push(self.stays.len());
                    self.stays.push(Stay { cell, from: tick, until: None, acts, measures, weight });
                }
            }
        }
    }

    /// Books the messages that were heard of a record while it was remembered.
    fn settle(&mut self, life: &Life<'_>) {
        let Some(stands) = standing(&life.heard) else { return };
        for (n, message) in life.heard.iter().enumerate() {
            let line = self.ledger.entry((message.event.source.clone(), message.known.day())).or_default();
            let before = &life.heard[..n];
            let highest = before.iter().map(|earlier| earlier.event.revision).max();
            if std::ptr::eq(*message, stands) {
                line.effective += 1;
            } else if highest == Some(message.event.revision) {
                let is_same = standing(before).is_some_and(|stood| stood.content == message.content);
                if is_same { line.duplicates += 1 } else { line.conflicts += 1 }
            } else {
                line.superseded += 1;
            }
        }
        if life.is_unlisted {
            self.ledger.entry((stands.event.source.clone(), stands.known.day())).or_default().unlisted += 1;
        }
    }
}

/// One record while it is remembered.
#[derive(Debug)]
struct Life<'a> {
    heard: Vec<&'a Admitted>,
    stood: Option<&'a Admitted>,
    /// Its contributions that stand, by place.
    open: Vec<usize>,
    is_unlisted: bool,
    last_day: Day,
}

impl Default for Life<'_> {
    fn default() -> Self {
        Self { heard: Vec::new(), stood: None, open: Vec::new(), is_unlisted: false, last_day: Day(i32::MIN) }
    }
}

impl<'a> Life<'a> {
    fn stands(&self) -> Option<&'a Admitted> {
        standing(&self.heard)
    }
}

/// The one that stands: the highest revision; of it the earliest; of that tick the lowest content.
fn standing<'a>(messages: &[&'a Admitted]) -> Option<&'a Admitted> {
    let highest = messages.iter().map(|message| message.event.revision).max()?;
    messages.iter().filter(|message| message.event.revision == highest).min_by_key(|message| (message.known, message.content)).copied()
}

/// Rules, and what people and circumstances say of figures, are remembered for ever.
fn is_kept(message: Option<&Admitted>) -> bool {
    let kept = |body: &Body| {
        matches!(body, Body::PackActivated(_) | Body::ContextNoted(_) | Body::DefinitionChanged(_) | Body::TargetChanged(_) | Body::Act(_))
    };
    message.is_some_and(|message| kept(&message.event.body))
}

/// What speaks of figures without being one is never late.
fn annotates(body: &Body) -> bool {
    matches!(body, Body::FeedStatus(_))
}

/// What a message adds while it stands.
enum Contribution {
    Nothing,
    Unlisted,
    /// The series it counts in, and those it weighs in with its weight in their unit.
    In(Vec<SeriesKey>, Count, Vec<(SeriesKey, i64)>),
}

/// Where the horizon of a regime lies.
struct Floors {
    /// What occurred before this day is late.
    late: Day,
    /// What was last spoken of before this day is forgotten.
    gone: Day,
}

/// The rules and the ticks after which they held.
#[derive(Clone, Debug, Default)]
pub struct Packs(Vec<(Tick, Arc<Pack>)>);

impl Packs {
    /// A pack counts once, when its record first says it.
    fn of(admitted: &[Arc<Admitted>]) -> Self {
        let mut told: Vec<&Admitted> =
            admitted.iter().map(|one| &**one).filter(|one| matches!(one.event.body, Body::PackActivated(_))).collect();
        told.sort_by_key(|one| (one.known, one.id, one.event.revision, one.content));
        let mut packs: Vec<(Tick, Arc<Pack>)> = Vec::new();
        let mut seen = Vec::new();
        for one in told {
            if let Body::PackActivated(activation) = &one.event.body
                && let Some(pack) = &activation.pack
                && !seen.contains(&one.id)
            {
                seen.push(one.id);
                packs.push((one.known, Arc::clone(pack)));
            }
        }
        Self(packs)
    }

    /// The rules that hold at a tick.
    #[must_use]
    pub fn at(&self, tick: Tick, regime: &RegimeId) -> Option<&Pack> {
        self.0.iter().rfind(|(from, pack)| *from < tick && pack.regime == *regime).map(|(_, pack)| &**pack)
    }

    /// The first day inside the horizon of a regime with rules; it rises with the days and never falls.
    fn floor(&self, tick: Tick, regime: &RegimeId) -> Option<Day> {
        let of_regime: Vec<&(Tick, Arc<Pack>)> = self.0.iter().filter(|(_, pack)| pack.regime == *regime).collect();
        let ends = of_regime.iter().skip(1).map(|(tick, _)| *tick).chain([Tick(i64::MAX)]);
        // One that is replaced in the tick in which it was told has held at none.
        let held = of_regime.iter().zip(ends).filter(|((from, _), end)| *from < tick && from < end);
        held.map(|((_, pack), end)| end.min(tick).day().plus(-7 * i32::from(pack.policy.horizon_weeks))).max()
    }

    fn floors(&self, regime: &RegimeId, tick: Tick) -> Floors {
        // A regime without rules has the widest horizon of the others.
        let widest = self.0.iter().filter_map(|(_, pack)| self.floor(tick, &pack.regime)).min().unwrap_or(Day(i32::MIN));
        let late = self.floor(tick, regime).unwrap_or(widest);
        Floors { late, gone: late.max(widest) }
    }

    fn contribution(&self, message: &Admitted) -> Contribution {
        let event = &*message.event;
        let count = match &event.body {
            _ if event.operation == Operation::Retract => return Contribution::Nothing,
            Body::InspectionPerformed(_) => Count::Inspections,
            Body::SeizureRecorded(_) | Body::InterdictionOutcome(_) => Count::Interdictions,
            Body::ExposureObserved(_) | Body::ExposureAggregate(_) => Count::Exposure,
            Body::Unrecognised(_) => return Contribution::Unlisted,
            _ => return Contribution::Nothing,
        };
        match self.at(message.known, &event.regime).and_then(|pack| series_of(pack, event)) {
            Some(series) if !series.is_empty() => {
                let weighed = self.at(message.known, &event.regime).map(|pack| weighed(pack, event, &series)).unwrap_or_default();
                Contribution::In(series, count, weighed)
            }
            Some(_) | None => Contribution::Unlisted,
        }
    }
}

/// The series an event counts in, if the pack lists its place and it is known to the week.
fn series_of(pack: &Pack, event: &Event) -> Option<Vec<SeriesKey>> {
    let days = event.occurred.last_day.0 - event.occurred.day.0 + 1;
    let jurisdiction = event.jurisdiction.as_ref().filter(|code| lists(&pack.jurisdictions, code))?;
    if event.occurred.precision == Precision::Month || days > 7 {
        return None;
    }
    let measures = pack.measures.iter().filter(|measure| event.measures.contains(&measure.id) && measure.holds_on(event.occurred.day));
    let key = |measure: &vocab::pack::Measure| SeriesKey {
        regime: event.regime.clone(),
        jurisdiction: jurisdiction.clone(),
        measure: MeasureKey::One(measure.id.clone()),
        unit: measure.unit,
    };
    Some(measures.map(key).collect())
}

/// The series an event weighs in, of those it counts in: its quantity in their unit of weight, in thousandths rounded to units.
fn weighed(pack: &Pack, event: &Event, counted: &[SeriesKey]) -> Vec<(SeriesKey, i64)> {
    let quantity = match &event.body {
        Body::InspectionPerformed(inspection) => inspection.quantity,
        Body::ExposureObserved(exposure) => exposure.quantity,
        _ => None,
    };
    let Some(quantity) = quantity else { return Vec::new() };
    let weight = i64::try_from((quantity.thousandths() + 500) / 1_000).unwrap_or(i64::MAX);
    let in_unit = |measure: &&vocab::pack::Measure| measure.weighed_in == Some(quantity.unit()) && weight <= i64::from(i32::MAX);
    let keys = pack.measures.iter().filter(in_unit).flat_map(|measure| {
        let one = MeasureKey::One(measure.id.clone());
        counted.iter().filter(move |series| series.measure == one).map(|series| SeriesKey { unit: quantity.unit(), ..series.clone() })
    });
    keys.map(|key| (key, weight)).collect()
}

fn squared(weight: i64, acts: i64) -> i128 {
    i128::from(weight) * i128::from(weight) / i128::from(acts.max(1))
}

/// A pattern takes any code of its shape; logs for this checker stay below its maximum.
pub(crate) fn lists(jurisdictions: &Jurisdictions, code: &JurisdictionCode) -> bool {
    match jurisdictions {
        Jurisdictions::Listed(listed) => listed.iter().any(|jurisdiction| jurisdiction.code == *code),
        Jurisdictions::Pattern { shape, max: _ } => has_shape(code.as_str(), shape),
    }
}
