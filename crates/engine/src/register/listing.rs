//! Listing: which series an event counts in under the rules in force, and what it names that no pack lists.
//!
//! Asked once per message that comes to stand, and remembered until the rules change: relief and listing are not applied
//! backwards. Must never enter: a story, a sum, an opinion on a value that is listed.

use super::{
    cells::{Cell, Cells, Digest, Several},
    room::grow_little,
    rules::{Regime, Rules},
    story::NONE,
};
use alloc::{boxed::Box, collections::BTreeSet, vec::Vec};
use vocab::{
    event::{Body, Event},
    name::{JurisdictionCode, Label, MeasureId, RegimeId, Stratum},
    quantity::{Quantity, Unit},
    series::Count,
    time::{Day, Occurred, Precision},
    unlisted::What,
};

/// The longest interval that is binned into the week of its first day, days.
const BINNED_DAYS_MAX: i32 = 7;
/// Places for answers: more than the product of what packs list, unless a feed sends nonsense.
const TABLE_PLACES: usize = 1 << 16;

/// The answer for one event.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// The cell it counts in, or [`NONE`].
    pub(super) cell: u32,
    /// What of it is unlisted, with the raw code.
    pub(super) unlisted: Box<[(What, Label)]>,
}

impl Listed {
    fn nothing() -> Self {
        Self { cell: NONE, unlisted: Box::default() }
    }

    fn only(what: What, code: &str) -> Self {
        Self { cell: NONE, unlisted: Box::new([(what, label(code))]) }
    }
}

/// The parts of an event that decide, besides the day.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Question {
    regime: RegimeId,
    jurisdiction: Option<JurisdictionCode>,
    measures: Option<Several>,
    stratum: Option<Stratum>,
    count: Count,
    /// The unit of what it weighs, if it says so.
    unit: Option<Unit>,
}

/// A remembered answer, good for the days in `from..to`.
#[derive(Clone, Debug)]
struct Answer {
    question: Question,
    from: Day,
    to: Day,
    listed: Listed,
}

impl Answer {
    /// Good for no day from now on; its place is free.
    const fn forget(&mut self) {
        (self.from, self.to) = (Day(0), Day(0));
    }

    fn is_for(&self, event: &Event, (count, unit): (Count, Option<Unit>)) -> bool {
        let question = &self.question;
        (self.from..self.to).contains(&event.occurred.day)
            && question.count == count
            && question.regime == event.regime
            && question.jurisdiction == event.jurisdiction
            && question.measures.as_ref().map_or(event.measures.is_empty(), |measures| measures.is(&event.measures))
            && question.stratum == event.stratum
            && question.unit == unit
    }
}

/// Answers under the rules in force, in a table of two places per question: one that finds both taken drives one out.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    answers: Vec<Answer>,
    /// Number of an answer, or [`NONE`].
    table: Vec<u32>,
}

impl Listing {
    /// Forgets the answers: the rules changed.
    pub(super) fn forget(&mut self) {
        self.answers.clear();
        self.table.clear();
    }

    /// Forgets the answers that name a cell whose number was taken back: one that is not marked as in use.
    pub(super) fn forget_cells(&mut self, used: &[bool]) {
        for answer in &mut self.answers {
            if answer.listed.cell != NONE && !used.get(answer.listed.cell as usize).copied().unwrap_or(false) {
                answer.forget();
            }
        }
    }

    /// Which cell an event counts in, and what of it is unlisted.
    pub(super) fn of(&mut self, event: &Event, rules: &mut Rules, cells: &mut Cells) -> Listed {
        let counted = match counted(&event.body) {
            Counted::As(count, weight) => (count, weight.map(|(unit, _)| unit)),
            Counted::Not => return Listed::nothing(),
            Counted::Unknown(type_name) => return Listed::only(What::Type, type_name),
        };
        if let Some(coarse) = coarse(&event.occurred) {
            return Listed::only(What::Precision, coarse);
        }
        let places = places_of(event, counted);
        for place in places {
            let number = self.table.get(place).copied().unwrap_or(NONE);
            if let Some(answer) = self.answers.get(number as usize).filter(|answer| answer.is_for(event, counted)) {
                return answer.listed.clone();
            }
        }
        let answer = ask(event, counted, rules, cells);
        let listed = answer.listed.clone();
        self.remember(places, answer);
        listed
    }

    fn is_free(&self, place: usize) -> bool {
        self.answers.get(self.table[place] as usize).is_none_or(|answer| answer.from >= answer.to)
    }

    fn remember(&mut self, [first, second]: [usize; 2], answer: Answer) {
        if self.table.is_empty() {
            self.table.resize(TABLE_PLACES, NONE);
        }
        let place = if self.is_free(first) { first } else { second };
        if let Some(old) = self.answers.get_mut(self.table[place] as usize) {
            *old = answer;
        } else {
            self.table[place] = u32::try_from(self.answers.len()).unwrap_or(NONE);
            grow_little(&mut self.answers);
            self.answers.push(answer);
        }
    }
}

/// The two places of a question: the same texts always have the same.
fn places_of(event: &Event, (count, unit): (Count, Option<Unit>)) -> [usize; 2] {
    let digest = Digest::new(count as u64).text(event.regime.as_str());
    let digest = digest.text(event.jurisdiction.as_ref().map_or("", JurisdictionCode::as_str));
    let digest = digest.text(event.stratum.as_ref().map_or("", Stratum::as_str));
    let digest = digest.text(unit.map_or("", Unit::as_str));
    let digest = event.measures.iter().fold(digest, |digest, measure| digest.text(measure.as_str())).0;
    [digest, digest >> 32].map(|part| usize::try_from(part % TABLE_PLACES as u64).unwrap_or(0))
}

fn ask(event: &Event, (count, unit): (Count, Option<Unit>), rules: &mut Rules, cells: &mut Cells) -> Answer {
    let question = Question {
        regime: event.regime.clone(),
        jurisdiction: event.jurisdiction.clone(),
        measures: Several::of(&event.measures),
        stratum: event.stratum.clone(),
        count,
        unit,
    };
    let always = |listed| (Day(i32::MIN), Day(i32::MAX), listed);
    let (from, to, listed) = match &event.jurisdiction {
        _ if rules.of(&event.regime).is_none() => always(Listed::only(What::Regime, event.regime.as_str())),
        None => always(Listed::only(What::Jurisdiction, UNNAMED)),
        Some(code) if !rules.admits(&event.regime, code) => always(Listed::only(What::Jurisdiction, code.as_str())),
        Some(code) => rules.of(&event.regime).map_or(always(Listed::nothing()), |regime| {
            let served = Served::by(event, regime);
            let cell = |measures| Cell {
                regime: event.regime.clone(),
                jurisdiction: code.clone(),
                measures,
                count,
                stratum: event.stratum.clone(),
                weighed: unit.and_then(|unit| Some(Box::new((unit, Several::of(served.weighed_in(unit, regime))?)))),
            };
            let number = Several::of(&served.measures).map_or(NONE, |measures| cells.number(cell(measures)));
            (served.from, served.to, Listed { cell: number, unlisted: served.unlisted.into() })
        }),
    };
    Answer { question, from, to, listed }
}

/// In place of a code that is not given.
pub(super) const UNNAMED: &str = "(none)";

/// The measures of an event that are listed and in force, and the days around it on which they stay so.
struct Served {
    measures: BTreeSet<MeasureId>,
    unlisted: Vec<(What, Label)>,
    from: Day,
    to: Day,
}

impl Served {
    fn by(event: &Event, regime: &Regime) -> Self {
        let mut served = Self { measures: BTreeSet::new(), unlisted: Vec::new(), from: Day(i32::MIN), to: Day(i32::MAX) };
        if event.measures.is_empty() {
            served.unlisted.push((What::Measure, label(UNNAMED)));
        }
        for id in &event.measures {
            match regime.measure(id) {
                None => served.unlisted.push((What::Measure, label(id.as_str()))),
                Some(measure) => {
                    let day = event.occurred.day;
                    served.bound(measure.from, day);
                    served.bound(measure.to, day);
                    if measure.holds_on(day) {
                        served.measures.insert(id.clone());
                    } else {
                        served.unlisted.push((What::Lapsed, label(id.as_str())));
                    }
                }
            }
        }
        served
    }

    /// Those of the measures that weigh acts in a unit.
    fn weighed_in<'s>(&'s self, unit: Unit, regime: &Regime) -> impl Iterator<Item = &'s MeasureId> {
        self.measures.iter().filter(move |id| regime.measure(id).is_some_and(|measure| measure.weighed_in == Some(unit)))
    }

    /// A day on which a measure begins or ends to hold bounds the days for which the answer is good.
    fn bound(&mut self, turn: Option<Day>, day: Day) {
        match turn {
            None => {}
            Some(turn) if turn <= day => self.from = self.from.max(turn),
            Some(turn) => self.to = self.to.min(turn),
        }
    }
}

/// So many whole units of account.
type Amount = (Unit, u32);

/// What a type of event counts as.
enum Counted<'a> {
    /// The count, and what its acts weigh together, if that is said.
    As(Count, Option<Amount>),
    Not,
    Unknown(&'a str),
}

fn counted(body: &Body) -> Counted<'_> {
    match body {
        Body::InspectionPerformed(inspection) => Counted::As(Count::Inspections, weight_of(inspection.quantity)),
        Body::SeizureRecorded(_) | Body::InterdictionOutcome(_) => Counted::As(Count::Interdictions, None),
        Body::ExposureObserved(exposure) => Counted::As(Count::Exposure, weight_of(exposure.quantity)),
        Body::ExposureAggregate(_) => Counted::As(Count::Exposure, None),
        Body::Unrecognised(body) => Counted::Unknown(body.type_name.as_str()),
        Body::PackActivated(activation) if activation.pack.is_none() => Counted::Unknown(body.type_name()),
        Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::CapacityReported(_)
        | Body::ContextNoted(_)
        | Body::DefinitionChanged(_)
        | Body::TargetChanged(_)
        | Body::FeedStatus(_)
        | Body::PackActivated(_)
        | Body::Act(_) => Counted::Not,
    }
}

/// Whether an event counts in no series, so that nothing is said of a place that is not listed.
pub(super) fn is_silent(body: &Body) -> bool {
    match counted(body) {
        Counted::As(..) => false,
        Counted::Not | Counted::Unknown(_) => true,
    }
}

/// What the acts of an event weigh together. What was taken, and totals, bring no weight.
pub(super) fn weight(body: &Body) -> Option<Amount> {
    match counted(body) {
        Counted::As(_, weight) => weight,
        Counted::Not | Counted::Unknown(_) => None,
    }
}

/// A quantity in whole units of its own; an amount beyond what a week can hold is none.
fn weight_of(quantity: Option<Quantity>) -> Option<Amount> {
    let quantity = quantity?;
    let units = i32::try_from(quantity.whole_units()).ok()?;
    Some((quantity.unit(), units.unsigned_abs()))
}

/// The word for a time too coarse for weeks, if it is.
fn coarse(occurred: &Occurred) -> Option<&'static str> {
    match occurred.precision {
        Precision::Month => Some("month"),
        Precision::Instant | Precision::Day if occurred.last_day.0 - occurred.day.0 >= BINNED_DAYS_MAX => Some("interval"),
        Precision::Instant | Precision::Day => None,
    }
}

/// A code of another kind as a label.
pub(super) fn label(text: &str) -> Label {
    Label::parse(text).expect("a name of another kind is a name too")
}
