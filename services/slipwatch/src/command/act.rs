//! `slipwatch act`: what people do about alerts, as events with who and why, answered once.
//!
//! When the log is free the act is judged at once; when another process runs on it, the act is handed in and the answer
//! awaited; on Kafka it is a message among the acts. What must never enter: a judgement of the act (the sentinel's).

use super::{act_broker, when};
use crate::{
    book::{Book, Stored, find, standing},
    broker::Broker,
    cli::{ActArgs, DeedArgs, Format},
    embedded::Embedded,
    failure::Failure,
    file::{self, Rows},
    output::Output,
    rules,
};
use engine::{identity, intake::Pace};
use journal::{
    Commit, JournalError,
    sqlite::{Inbox, Reader, SqliteStore},
};
use serde_json::json;
use service_kit::{Feed, Flow, Stop};
use stages::{
    admission::{act, put_in_force},
    intaking::{FirstPack, Intaking},
    message::Message,
};
use std::{
    fmt::Display,
    path::{Path, PathBuf},
    time::Duration,
};
use vocab::{
    act::{Act, Deed, Seen},
    alert::Transition,
    event::{Body, Event, Selector},
    name::{ActorId, JurisdictionCode, Label, MeasureId, RegimeId},
    quantity::Unit,
    record::RecordId,
    series::{MeasureKey, SeriesKey},
    time::{Day, Instant, Tick},
};

/// How often the answer of another process is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The answer that is a yes.
pub(super) const APPLIED: &str = "applied";

/// Does something and prints the answer.
///
/// # Errors
/// [`Failure::No`] when the act is stale; [`Failure`] with its exit code otherwise.
pub fn run(arguments: &ActArgs, out: &mut Output) -> Result<(), Failure> {
    let answer = match (&arguments.db, &arguments.kafka) {
        (Some(db), _) => on_database(arguments, db)?,
        (None, Some(bootstrap)) => act_broker::run(arguments, &Broker::new(bootstrap, &arguments.broker)?)?,
        (None, None) => return Err(Failure::Usage("--db FILE or --kafka HOST:PORT is needed: an act stands in a log".to_owned())),
    };
    match out.format() {
        Format::Json => out.json(&json!({ "answer": answer }))?,
        Format::Table | Format::Csv => out.text(&format!("{answer}\n"))?,
    }
    if answer == APPLIED { Ok(()) } else { Err(Failure::No(format!("the act was answered `{answer}`"))) }
}

/// Who acts, why, and how long the answer is awaited.
pub(super) struct Asked {
    pub(super) who: ActorId,
    pub(super) why: Label,
    pub(super) wait: Duration,
}

impl Asked {
    pub(super) fn of(arguments: &ActArgs) -> Result<Self, Failure> {
        let who = needed(arguments.who.as_ref(), "--who NAME")?;
        let why = needed(arguments.why.as_ref(), "--why SENTENCE")?;
        Ok(Self {
            who: ActorId::parse(who).map_err(|bad| Failure::Usage(format!("--who: {bad}")))?,
            why: Label::parse(why).map_err(|bad| Failure::Usage(format!("--why: {bad}")))?,
            wait: when::duration("--wait", &arguments.wait)?,
        })
    }
}

fn on_database(arguments: &ActArgs, db: &Path) -> Result<String, Failure> {
    let Asked { who, why, wait } = Asked::of(arguments)?;
    let at = arguments.at.as_deref().map(past).transpose()?;
    let book = Book::open(db)?;
    let event = match &arguments.deed {
        DeedArgs::Pack { file } => pack(file, day(at, &book)?, (who, why))?,
        deeds => {
            let transitions = book.transitions()?;
            let (regime, deed) = deed(deeds, &transitions, &|| named_regime(arguments, || regime_of(&book)))?;
            act(regime, &id(&deed, &who, &why, at), day(at, &book)?, Act { who, why, deed })
        }
    };
    drop(book);
    match Embedded::open(db) {
        Ok(log) => judge(log, event, at),
        Err(Failure::Locked(_)) => hand_in(&Said::of(db, &event), &event, (at, wait)),
        Err(other) => Err(other),
    }
}

/// The event that puts the pack of a file into force.
pub(super) fn pack(file: &Path, day: Day, (who, why): (ActorId, Label)) -> Result<Event, Failure> {
    let FirstPack { pack, bytes } = rules::pack(file)?;
    let id = said(&[&day.to_string(), &who.to_string(), &why.to_string()]);
    Ok(put_in_force(pack, &bytes, (&id, day), (who, why)))
}

fn needed<'a, T>(value: Option<&'a T>, flag: &str) -> Result<&'a T, Failure> {
    value.ok_or_else(|| Failure::Usage(format!("{flag} is needed: an act stands in the log with who and why")))
}

/// The instant of an act in a log of history: what is marked is closed for ever, so a slip of the pen must not reach ahead.
fn past(text: &str) -> Result<Instant, Failure> {
    let at = when::instant("--at", text)?;
    if Tick::of(at) > intake::clock::now() {
        return Err(Failure::Usage(format!("--at {text}: lies in the future; every day up to it would be closed")));
    }
    Ok(at)
}

/// The civil day of the act: of its instant, or the newest day of the log.
fn day(at: Option<Instant>, book: &Book) -> Result<Day, Failure> {
    Ok(match at {
        Some(at) => at.day(),
        None => book.judged_to()?.map_or(vocab::time::DAY_MIN, Tick::day),
    })
}

/// The regime that the command line names, or the one that a log is about.
pub(super) fn named_regime(arguments: &ActArgs, of_log: impl FnOnce() -> Result<RegimeId, Failure>) -> Result<RegimeId, Failure> {
    match &arguments.regime {
        Some(name) => RegimeId::parse(name).map_err(|bad| Failure::Usage(format!("--regime {name}: {bad}"))),
        None => of_log(),
    }
}

/// One act is one record: the same words about the same thing are said once.
pub(super) fn id(deed: &Deed, who: &ActorId, why: &Label, at: Option<Instant>) -> String {
    format!("act/{}", said(&[&format!("{deed:?}"), &who.to_string(), &why.to_string(), &format!("{at:?}")]))
}

/// Words as a short text that stands for them.
fn said(words: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(words.join("\u{0}").as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What is to be done, and in which regime; `regime` is asked where the deed itself does not say.
pub(super) fn deed(
    arguments: &DeedArgs,
    transitions: &[Stored],
    regime: &dyn Fn() -> Result<RegimeId, Failure>,
) -> Result<(RegimeId, Deed), Failure> {
    match arguments {
        DeedArgs::Acknowledge { alert, until, transition } => {
            let seen = seen(transitions, alert, *transition)?;
            Ok((seen.series.regime.clone(), Deed::Acknowledge { seen, until: when::instant("--until", until)? }))
        }
        DeedArgs::Close { alert, transition } => {
            let seen = seen(transitions, alert, *transition)?;
            Ok((seen.series.regime.clone(), Deed::Close { seen }))
        }
        DeedArgs::Rebase { series, from, until } => {
            let regime = regime()?;
            let Selector { jurisdiction: Some(jurisdiction), measure: Some(measure) } = selector(series)? else {
                return Err(Failure::Usage(format!("{series}: name one series as JURISDICTION/MEASURE")));
            };
            let series = SeriesKey { regime: regime.clone(), jurisdiction, measure: MeasureKey::One(measure), unit: Unit::Count };
            let (from, until) = ordered(when::week("--from", from)?, when::week("--until", until)?)?;
            Ok((regime, Deed::Rebase { series, from, until }))
        }
        DeedArgs::Outage { series, from, until } => {
            let affects = selector(series)?;
            let (from, until) = ordered(when::day("--from", from)?, when::day("--until", until)?)?;
            Ok((regime()?, Deed::DeclareOutage { affects, from, until }))
        }
        DeedArgs::Pack { .. } => Err(Failure::Usage("a pack is no deed about an alert or a series".to_owned())),
    }
}

fn ordered<T: Ord + Display>(from: T, until: T) -> Result<(T, T), Failure> {
    if from <= until { Ok((from, until)) } else { Err(Failure::Usage(format!("--from {from} lies after --until {until}"))) }
}

fn seen(transitions: &[Stored], prefix: &str, n: Option<u32>) -> Result<Seen, Failure> {
    let alert = find(transitions, prefix)?;
    let newest: Option<&Transition> = standing(transitions).into_iter().find(|transition| transition.alert == alert);
    let newest = newest.ok_or_else(|| Failure::Usage(format!("no alert begins with `{prefix}`")))?;
    let n = n.unwrap_or(newest.n);
    if n == 0 || n > newest.n {
        return Err(Failure::Usage(format!("nobody has seen transition {n}: the alert has 1 to {}", newest.n)));
    }
    Ok(Seen { alert, transition: n, series: newest.series.clone() })
}

/// `JURISDICTION` or `JURISDICTION/MEASURE`.
fn selector(text: &str) -> Result<Selector, Failure> {
    let (jurisdiction, measure) = text.split_once('/').map_or((text, None), |(jurisdiction, measure)| (jurisdiction, Some(measure)));
    let wrong = |bad: vocab::name::BadName| Failure::Usage(format!("series {text}: {bad}"));
    Ok(Selector {
        jurisdiction: Some(JurisdictionCode::parse(jurisdiction).map_err(wrong)?),
        measure: measure.map(MeasureId::parse).transpose().map_err(wrong)?,
    })
}

/// The regime of a log: that of its newest pack.
fn regime_of(book: &Book) -> Result<RegimeId, Failure> {
    let mut found = None;
    book.rows("admitted", |row| {
        if row.key.starts_with("operators/pack/") {
            found = file::admitted(&row.body).ok().map(|record| record.event.regime.clone());
        }
        Ok(())
    })?;
    found.ok_or_else(|| Failure::Input("this log has no pack yet".to_owned()))
}

/// An act by its record: said twice in the same words, it is answered once.
struct Said {
    db: PathBuf,
    act: RecordId,
    /// The key of an act that nobody judges, a pack: that it was let in is its answer.
    admitted: Option<String>,
}

impl Said {
    fn of(db: &Path, event: &Event) -> Self {
        let is_pack = matches!(event.body, Body::PackActivated(_));
        let admitted = is_pack.then(|| file::event_key(event));
        Self { db: db.to_owned(), act: identity::record(&event.source, &event.source_record_id), admitted }
    }

    fn answer(&self) -> Result<Option<String>, JournalError> {
        if let Some(key) = &self.admitted {
            let rows = Reader::open(&self.db)?.rows_with_key("admitted", key, 1)?;
            return Ok(rows.first().map(|_| APPLIED.to_owned()));
        }
        let rows = Reader::open(&self.db)?.rows_with_key("decisions", &format!("answer/{}", self.act), 1)?;
        let Some(row) = rows.first() else { return Ok(None) };
        let answer = wire::decision::answer_from_json(&String::from_utf8_lossy(&row.body));
        let answer = answer.map_err(|refusal| JournalError::BadRecord { position: row.position, why: refusal.to_string() })?;
        Ok(Some(file::outcome(answer.outcome)))
    }
}

/// The one act as a feed of a free log.
struct One {
    intaking: Intaking,
    event: Option<(Event, Option<Instant>)>,
    has_caught_up: bool,
}

impl Feed<SqliteStore<Rows>> for One {
    fn fill(&mut self, store: &mut SqliteStore<Rows>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        // What a process that was stopped has left is judged first: this act may be among it.
        if !std::mem::replace(&mut self.has_caught_up, true) {
            return Ok(Flow::More);
        }
        let Some((event, at)) = self.event.take() else { return Ok(Flow::Ended) };
        let said = Said::of(store.file().path(), &event);
        if said.answer()?.is_none() {
            let clock = at.map_or(Tick::START, Tick::of);
            // Intake never stamps into what is promised: the act becomes known with the first tick that is open.
            if let Some(admitted) = self.intaking.admit(event, clock) {
                self.intaking.mark(admitted.known);
            }
            parts.push(self.intaking.part(None));
        }
        Ok(Flow::Ended)
    }
}

fn judge(mut log: Embedded, event: Event, at: Option<Instant>) -> Result<String, Failure> {
    let said = Said::of(log.store.file().path(), &event);
    let intaking = Intaking::open(&mut log.store, Pace::Live, 1).map_err(file::failed)?;
    let mut feed = One { intaking, event: Some((event, at)), has_caught_up: false };
    log.drive(&mut feed, &Stop::new())?;
    drop(log);
    let answer = said.answer().map_err(file::failed)?;
    answer.ok_or_else(|| Failure::No("the act was refused at intake; see the table `refused`".to_owned()))
}

fn hand_in(said: &Said, event: &Event, (at, wait): (Option<Instant>, Duration)) -> Result<String, Failure> {
    if at.is_some() {
        return Err(Failure::Usage("--at is for a log of history; this one is live: its own clock stamps the act".to_owned()));
    }
    let mut inbox = Inbox::open(&said.db).map_err(file::failed)?;
    let mut body = Vec::new();
    wire::event::event_to_json(event, &mut body);
    let mut id = None;
    let began = std::time::Instant::now();
    loop {
        // Looked for among the decisions: a process that was killed behind its commit has told nobody.
        if let Some(answer) = said.answer().map_err(file::failed)? {
            return Ok(answer);
        }
        if let Some(answer) = id.map_or(Ok(None), |id| inbox.answer(id)).map_err(file::failed)? {
            return Ok(answer);
        }
        if id.is_none() {
            id = Some(inbox.hand_in(&String::from_utf8_lossy(&body)).map_err(file::failed)?);
        }
        if began.elapsed() >= wait {
            break;
        }
        std::thread::sleep(LOOK_EVERY.min(wait));
    }
    Err(Failure::Locked(format!(
        "the act is handed in and will be answered by the process that holds {}; no answer within {wait:?}; the same command again \
         waits for it",
        said.db.display()
    )))
}
