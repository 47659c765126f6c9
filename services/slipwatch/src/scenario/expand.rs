//! From what a case writes down to the events it stands for, each with the tick at which it becomes known.
//!
//! A week's reports are one record that occurs on its Wednesday; acts of people are recorded like those of `slipwatch act`. The
//! same case makes the same events, to the last byte. What must never enter: a clock, chance.

use super::{
    amount::Amounts,
    form::{CaseForm, CircumstanceForm, DefinitionForm, OutageForm, PackForm, RebaseForm, RecordForm, ReportForm, Text},
    mistake::known,
    read::{Checker, Files, Named},
    weeks::{REPORTED_ON, Wrong},
};
use crate::failure::Failure;
use stages::admission;
use vocab::{
    act::{Act, Deed},
    event::{Body, Circumstance, CircumstanceKind, DefinitionChange, Event, ExposureTotal, Inspection, Operation, PackActivation, Seizure},
    name::{ActorId, Label, MeasureId, SourceId, SourceRecordId, Stratum},
    pack::ExposureRule,
    quantity::Unit,
    series::{Count, MeasureKey, SeriesKey},
    time::{Day, Occurred, Tick},
};

/// Who acts in a case.
const ACTOR: &str = "scenario";

type Timed = (Tick, Event);

/// The events of a case, in the order in which they become known.
///
/// # Errors
/// [`Failure`] of a pack that it names; its own mistakes are left with the checker.
pub(super) fn events(checker: &mut Checker, form: &CaseForm, files: &mut Files) -> Result<Vec<Timed>, Failure> {
    let mut events: Vec<Timed> = Vec::new();
    for (number, report) in form.reports.iter().enumerate() {
        checker.reports(number, report, &mut events);
    }
    events.extend(form.records.iter().enumerate().filter_map(|(number, record)| checker.record(number, record)));
    events.extend(form.outages.iter().enumerate().filter_map(|(number, outage)| checker.outage(number, outage)));
    events.extend(form.rebases.iter().enumerate().filter_map(|(number, rebase)| checker.rebase(number, rebase)));
    events.extend(form.definitions.iter().enumerate().filter_map(|(number, definition)| checker.definition(number, definition)));
    events.extend(form.circumstances.iter().enumerate().filter_map(|(number, one)| checker.circumstance(number, one)));
    for pack in &form.packs {
        events.extend(checker.activation(pack, files)?);
    }
    events.sort_by_key(|(tick, _)| *tick);
    Ok(events)
}

/// What an event says beside its envelope.
struct Said {
    id: String,
    occurred: Occurred,
    body: Body,
}

impl Checker {
    fn reports(&mut self, number: usize, form: &ReportForm, out: &mut Vec<Timed>) {
        let series = self.series(&form.series);
        let also: Option<Vec<MeasureId>> = form.also_serves.iter().map(|text| self.keep(text, self.measure(text.get_ref()))).collect();
        let Some(first) = self.calendar.first else {
            let help = "first_week = \"2018-W01\" in the case".to_owned();
            self.wrong(&form.series, ("reports begin in week 1, and the case does not say which week that is".to_owned(), help));
            return;
        };
        let told =
            [(Count::Inspections, &form.inspections), (Count::Interdictions, &form.interdictions), (Count::Exposure, &form.exposure)];
        if told.iter().all(|(_, text)| text.is_none()) {
            let help = "inspections = \"20 for 80 weeks\", interdictions or exposure".to_owned();
            self.wrong(&form.series, ("nothing is reported here".to_owned(), help));
        }
        for (count, text) in told.into_iter().filter_map(|(count, text)| Some((count, text.as_ref()?))) {
            let amounts = self.keep(text, Amounts::parse(text.get_ref()));
            let allowed = self.keep(text, self.allowed(count));
            let stratum = self.stratum(count, &form.stratum, text);
            let (Some(series), Some(also), Some(amounts), Some(()), Some(stratum)) = (&series, &also, amounts, allowed, stratum) else {
                continue;
            };
            for (at, acts) in (0..).zip(amounts.counts(first)).filter(|(_, acts)| *acts > 0) {
                let day = first.monday().plus(7 * at + REPORTED_ON);
                let id = format!("{number}/{series}/{}/{}", count.as_str(), day.week());
                let said = Said { id, occurred: Occurred::on(day), body: body(count) };
                let mut event = self.event(said);
                event.source = self.source(count);
                event.count = acts;
                event.stratum.clone_from(&stratum);
                event.jurisdiction = Some(series.jurisdiction.clone());
                event.measures = std::iter::once(&series.measure).chain(also).cloned().collect();
                out.push((day.plus(i32::from(form.known_after_days)).last_tick(), event));
            }
        }
    }

    fn record(&mut self, number: usize, form: &RecordForm) -> Option<Timed> {
        let series = self.series(&form.series);
        let count = self.keep(&form.what, count_of(form.what.get_ref()));
        let day = self.keep(&form.occurred, self.calendar.day(form.occurred.get_ref()));
        let known =
            form.known.as_ref().map_or_else(|| day.map(Day::last_tick), |text| self.keep(text, self.calendar.moment(text.get_ref())));
        let operation = form.operation.as_ref().map_or(Some(Operation::Assert), |text| self.keep(text, operation_of(text.get_ref())));
        let allowed = count.and_then(|count| self.keep(&form.what, self.allowed(count)));
        let stratum = count.and_then(|count| self.stratum(count, &form.stratum, &form.what));
        let (series, count, day, known) = (series?, count?, day?, known?);
        allowed?;
        let id = form.id.as_ref().map_or_else(|| format!("record/{number}"), |id| id.get_ref().clone());
        let mut event = self.event(Said { id, occurred: Occurred::on(day), body: body(count) });
        event.source = self.source(count);
        // Records of one name are versions in the order in which the case has them.
        event.revision = u32::try_from(number).unwrap_or(u32::MAX);
        event.operation = operation?;
        event.count = form.count;
        event.stratum = stratum?;
        event.jurisdiction = Some(series.jurisdiction);
        event.measures = vec![series.measure];
        Some((known, event))
    }

    /// Whether the pack lets a count in.
    fn allowed(&self, count: Count) -> Result<(), Wrong> {
        match (count, self.pack.pack.exposure) {
            (Count::Exposure, ExposureRule::Absent) => Err((
                "the pack says exposure = \"absent\"".to_owned(),
                "leave it out, or test a pack with a feed that brings exposure".to_owned(),
            )),
            (Count::Inspections | Count::Interdictions | Count::Exposure, _) => Ok(()),
        }
    }

    /// The stratum of acts; a pack that counts some of them wants to know which.
    fn stratum(&mut self, count: Count, text: &Option<Text>, at: &Text) -> Option<Option<Stratum>> {
        let strata: Vec<String> = self.pack.pack.effort_strata.iter().map(ToString::to_string).collect();
        match (count, text) {
            (Count::Inspections, None) if !strata.is_empty() => {
                let right =
                    format!("stratum = {} counts as effort", strata.iter().map(|one| format!("\"{one}\"")).collect::<Vec<_>>().join(", "));
                self.wrong(at, ("the pack counts only some strata as effort, and none is named".to_owned(), right));
                None
            }
            (_, None) => Some(None),
            (_, Some(text)) => {
                let read = Stratum::parse(text.get_ref()).map_err(|bad| (format!("stratum: {bad}"), known("", &strata)));
                self.keep(text, read).map(Some)
            }
        }
    }

    /// The feed that the pack expects to bring a count.
    fn source(&self, count: Count) -> SourceId {
        let feed = self.pack.pack.feeds.iter().find(|feed| feed.counts.contains(&count));
        feed.map_or_else(|| literal(SourceId::parse(ACTOR)), |feed| feed.source.clone())
    }

    fn outage(&mut self, number: usize, form: &OutageForm) -> Option<Timed> {
        let affects = self.selector(Some(&form.series));
        let weeks = self.weeks(&form.weeks);
        let told = self.told(&form.told);
        let (weeks, told) = (weeks?, told?);
        let deed = Deed::DeclareOutage { affects: affects?, from: weeks.first.monday(), until: weeks.last.sunday() };
        Some((told, self.act(&format!("outage/{number}"), told, deed)))
    }

    fn rebase(&mut self, number: usize, form: &RebaseForm) -> Option<Timed> {
        let series = self.series(&form.series);
        let weeks = self.weeks(&form.weeks);
        let told = self.told(&form.told);
        let (Named { jurisdiction, measure }, weeks, told) = (series?, weeks?, told?);
        let regime = self.pack.pack.regime.clone();
        let series = SeriesKey { regime, jurisdiction, measure: MeasureKey::One(measure), unit: Unit::Count };
        let deed = Deed::Rebase { series, from: weeks.first, until: weeks.last };
        Some((told, self.act(&format!("rebase/{number}"), told, deed)))
    }

    fn act(&self, id: &str, told: Tick, deed: Deed) -> Event {
        let act = Act { who: literal(ActorId::parse(ACTOR)), why: admission::label("written in a scenario"), deed };
        admission::act(self.pack.pack.regime.clone(), id, told.day(), act)
    }

    fn definition(&mut self, number: usize, form: &DefinitionForm) -> Option<Timed> {
        let affects = self.selector(form.series.as_ref());
        let effective = self.keep(&form.effective, self.calendar.day(form.effective.get_ref()));
        let told = self.told(&form.told);
        let text = self.words(&form.text);
        let body = Body::DefinitionChanged(DefinitionChange { affects: affects?, effective: effective?, text: text?, comparable: None });
        let told = told?;
        Some((told, self.event(Said { id: format!("definition/{number}"), occurred: Occurred::on(told.day()), body })))
    }

    fn circumstance(&mut self, number: usize, form: &CircumstanceForm) -> Option<Timed> {
        let affects = self.selector(form.series.as_ref());
        let kind = self.keep(&form.kind, circumstance_of(form.kind.get_ref()));
        let weeks = self.weeks(&form.weeks);
        let told = self.told(&form.told);
        let text = self.words(&form.text);
        let (weeks, told) = (weeks?, told?);
        let body = Body::ContextNoted(Circumstance { kind: kind?, effect: None, affects: affects?, text: text? });
        let occurred = Occurred::on(weeks.first.monday()).until(weeks.last.sunday());
        let occurred = self.keep(&form.weeks, occurred.map_err(|bad| (bad.to_string(), "81 to 84".to_owned())))?;
        Some((told, self.event(Said { id: format!("circumstance/{number}"), occurred, body })))
    }

    fn activation(&mut self, form: &PackForm, files: &mut Files) -> Result<Option<Timed>, Failure> {
        let next = files.pack(&form.file)?;
        let Some(told) = self.told(&form.told) else { return Ok(None) };
        if next.pack.regime != self.pack.pack.regime {
            let (other, ours) = (&next.pack.regime, &self.pack.pack.regime);
            self.wrong(&form.file, (format!("a pack of regime `{other}`"), format!("a pack of regime `{ours}`")));
        }
        let mut event = admission::activation(&next.pack, &next.bytes, told.day());
        if let Body::PackActivated(PackActivation { who, why, .. }) = &mut event.body {
            (*who, *why) = (literal(ActorId::parse(ACTOR)), admission::label("written in a scenario"));
        }
        Ok(Some((told, event)))
    }

    fn told(&mut self, text: &Text) -> Option<Tick> {
        self.keep(text, self.calendar.moment(text.get_ref()))
    }

    fn words(&mut self, text: &Text) -> Option<Label> {
        let read = Label::parse(text.get_ref()).map_err(|bad| (bad.to_string(), "a short sentence".to_owned()));
        self.keep(text, read)
    }

    fn event(&self, said: Said) -> Event {
        Event {
            regime: self.pack.pack.regime.clone(),
            source: literal(SourceId::parse(ACTOR)),
            source_record_id: SourceRecordId::parse(&said.id).unwrap_or_else(|_| literal(SourceRecordId::parse(ACTOR))),
            revision: 0,
            operation: Operation::Assert,
            occurred: said.occurred,
            reported: None,
            count: 1,
            jurisdiction: None,
            measures: Vec::new(),
            stratum: None,
            body: said.body,
            context: None,
        }
    }
}

/// A name that stands in this program.
fn literal<T, E: std::fmt::Debug>(parsed: Result<T, E>) -> T {
    parsed.expect("a literal word is a name")
}

fn body(count: Count) -> Body {
    match count {
        Count::Inspections => Body::InspectionPerformed(Inspection::default()),
        Count::Interdictions => Body::SeizureRecorded(Seizure::default()),
        Count::Exposure => Body::ExposureAggregate(ExposureTotal::default()),
    }
}

fn count_of(text: &str) -> Result<Count, Wrong> {
    let found = Count::ALL.into_iter().find(|count| count.as_str() == text);
    found.ok_or_else(|| (format!("`{text}` is nothing that is counted"), "inspections, interdictions or exposure".to_owned()))
}

fn operation_of(text: &str) -> Result<Operation, Wrong> {
    match text {
        "assert" => Ok(Operation::Assert),
        "correct" => Ok(Operation::Correct),
        "retract" => Ok(Operation::Retract),
        _ => Err((format!("`{text}` is nothing that a record does"), "assert, correct or retract".to_owned())),
    }
}

fn circumstance_of(text: &str) -> Result<CircumstanceKind, Wrong> {
    CircumstanceKind::of_word(text).ok_or_else(|| {
        let words: Vec<&str> = CircumstanceKind::KNOWN.iter().map(|kind| kind.as_str()).collect();
        (format!("`{text}` is no kind of circumstance"), format!("one of {}", words.join(", ")))
    })
}
