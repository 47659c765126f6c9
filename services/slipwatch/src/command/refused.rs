//! `slipwatch refused`: what intake turned away, listed and shown.
//!
//! Data goes to standard output, counts to standard error. What must never enter: a byte of a message on a terminal as it came
//! (`refused::preview`), a way back in (`redrive`).

use super::when;
use crate::{
    broker::Broker,
    cli::{Format, RefusedArgs, RefusedList, RefusedStep, RefusedWhich},
    failure::Failure,
    output::{Output, csv, csv_row, table},
    refused::{Again, At, InFile, Kept, Listed, OnBroker, Refusals, Turned, Which, preview},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::ControlFlow,
};
use vocab::time::{Instant, Tick};

/// Refusals in a table where nobody says how many.
const LISTED_USUALLY: usize = 50;

/// Lists, shows or sends again.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &RefusedArgs, out: &mut Output) -> Result<(), Failure> {
    match &arguments.step {
        RefusedStep::List(asked) if asked.summary => summary(&*open(arguments)?, &wanted(asked)?, out),
        RefusedStep::List(asked) => list(&*open(arguments)?, asked, out),
        RefusedStep::Show { at } => show(&*open(arguments)?, At::parse(at)?, out),
        RefusedStep::Redrive(asked) => super::redrive::run(arguments, asked, out),
    }
}

/// Neither a database nor a broker was named.
pub(super) fn nowhere() -> Failure {
    Failure::Usage("--db FILE or --kafka HOST:PORT is needed: whose refused messages are meant".to_owned())
}

fn open(arguments: &RefusedArgs) -> Result<Box<dyn Refusals>, Failure> {
    match (&arguments.db, &arguments.kafka) {
        (Some(db), _) => Ok(Box::new(InFile::open(db)?)),
        (None, Some(bootstrap)) => Ok(Box::new(OnBroker::open(&Broker::new(bootstrap, &arguments.broker)?)?)),
        (None, None) => Err(nowhere()),
    }
}

/// What the filters of the command line ask for.
pub(super) fn which(asked: &RefusedWhich) -> Result<Which, Failure> {
    let since = asked.since.as_deref().map(|text| time("--since", text, 0)).transpose()?;
    let until = asked.until.as_deref().map(|text| time("--until", text, 1)).transpose()?;
    Ok(Which { reasons: asked.reason.clone(), source: asked.source.clone(), since, until, again: None })
}

/// An instant, or the beginning of a day so many days later.
fn time(flag: &str, text: &str, days_later: i32) -> Result<Instant, Failure> {
    if text.contains('T') {
        return when::instant(flag, text);
    }
    let before = when::day(flag, text)?.plus(days_later - 1);
    Ok(Tick(before.last_tick().0 + 1).start())
}

fn wanted(asked: &RefusedList) -> Result<Which, Failure> {
    let again = asked.waiting.then_some(Again::Waiting);
    Ok(Which { again, ..which(&asked.which)? })
}

fn list(refusals: &dyn Refusals, asked: &RefusedList, out: &mut Output) -> Result<(), Failure> {
    let which = wanted(asked)?;
    let limit = asked.limit.or((out.format() == Format::Table).then_some(LISTED_USUALLY));
    let mut counted = Counted::default();
    let mut newest = Newest { most: limit.unwrap_or(usize::MAX), listed: VecDeque::new() };
    if out.format() == Format::Csv {
        out.text(&csv(&Listed::HEADER, std::iter::empty()))?;
    }
    refusals.each(&mut |turned| {
        if which.has(&turned) {
            counted.count(&turned);
            let listed = Listed::of(&turned);
            match limit {
                None => line(&listed, out)?,
                Some(_) => newest.take(turned.known, listed),
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let listed: Vec<Listed> = newest.listed.into_iter().map(|(_, listed)| listed).collect();
    match out.format() {
        Format::Table if listed.is_empty() => {}
        Format::Table => out.text(&table(&Listed::HEADER, listed.iter().map(Listed::row)))?,
        Format::Json | Format::Csv => listed.iter().try_for_each(|listed| line(listed, out))?,
    }
    out.say(&counted.words(listed.len(), limit));
    Ok(())
}

/// One refusal for programs.
fn line(listed: &Listed, out: &mut Output) -> Result<(), Failure> {
    match out.format() {
        Format::Json => {
            let text = serde_json::to_string(listed).map_err(|error| Failure::Other(error.into()))?;
            out.text(&format!("{text}\n"))
        }
        Format::Csv | Format::Table => out.text(&csv_row(&listed.row())),
    }
}

/// The newest refusals, oldest of them first. On a broker partitions come one after the other.
struct Newest {
    most: usize,
    listed: VecDeque<(Option<Instant>, Listed)>,
}

impl Newest {
    fn take(&mut self, known: Option<Instant>, listed: Listed) {
        let place = self.listed.partition_point(|(other, _)| *other <= known);
        self.listed.insert(place, (known, listed));
        if self.listed.len() > self.most {
            self.listed.pop_front();
        }
    }
}

/// How many there are of a reason of a feed.
#[derive(Clone, Debug, Default)]
struct Count {
    refused: u64,
    sent_again: u64,
    first: Option<Instant>,
    last: Option<Instant>,
}

/// Counts by reason and feed.
#[derive(Debug, Default)]
struct Counted(BTreeMap<(String, String), Count>);

impl Counted {
    fn count(&mut self, turned: &Turned) {
        let code = if turned.code.is_empty() { "-" } else { turned.code.as_str() };
        let source = turned.source.as_deref().map_or("-".to_owned(), |source| preview(source.as_bytes(), usize::MAX));
        let count = self.0.entry((preview(code.as_bytes(), usize::MAX), source)).or_default();
        count.refused += 1;
        count.sent_again += u64::from(turned.again == Again::Sent);
        count.first = count.first.into_iter().chain(turned.known).min();
        count.last = count.last.max(turned.known);
    }

    /// What a person wants to know first: how many, why, and whether anybody did something about it.
    fn words(&self, listed: usize, limit: Option<usize>) -> String {
        let sum = |of: fn(&Count) -> u64| self.0.values().map(of).sum::<u64>();
        let (all, sent) = (sum(|count| count.refused), sum(|count| count.sent_again));
        if all == 0 {
            return "nothing was refused that is asked for here".to_owned();
        }
        let mut by_code: BTreeMap<&str, u64> = BTreeMap::new();
        self.0.iter().for_each(|((code, _), count)| *by_code.entry(code).or_default() += count.refused);
        let mut by_code: Vec<_> = by_code.into_iter().collect();
        by_code.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let reasons: Vec<_> = by_code.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let shown = match limit {
            Some(_) if (listed as u64) < all => format!("; the newest {listed} are shown"),
            Some(_) | None => String::new(),
        };
        format!("{all} refused: {}; {sent} of them sent again since{shown}", reasons.join(", "))
    }
}

fn summary(refusals: &dyn Refusals, which: &Which, out: &mut Output) -> Result<(), Failure> {
    let mut counted = Counted::default();
    refusals.each(&mut |turned| {
        if which.has(&turned) {
            counted.count(&turned);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let time = |time: &Option<Instant>| time.map_or("-".to_owned(), |time| time.to_string());
    let rows = || {
        counted.0.iter().map(|((code, source), count)| {
            let (refused, sent) = (count.refused.to_string(), count.sent_again.to_string());
            vec![code.clone(), source.clone(), refused, sent, time(&count.first), time(&count.last)]
        })
    };
    const HEADER: [&str; 6] = ["reason", "feed", "refused", "sent again", "first", "last"];
    match out.format() {
        Format::Json => {
            let value = |((code, source), count): (&(String, String), &Count)| {
                json!({ "code": code, "source": source, "refused": count.refused, "sentAgain": count.sent_again,
                        "first": count.first.map(|time| time.to_string()), "last": count.last.map(|time| time.to_string()) })
            };
            out.json(&counted.0.iter().map(value).collect::<Vec<_>>())?;
        }
        Format::Csv => out.text(&csv(&HEADER, rows()))?,
        Format::Table if counted.0.is_empty() => {}
        Format::Table => out.text(&table(&HEADER, rows()))?,
    }
    out.say(&counted.words(0, None));
    Ok(())
}

fn show(refusals: &dyn Refusals, at: At, out: &mut Output) -> Result<(), Failure> {
    let turned = refusals.at(at)?;
    let listed = Listed::of(&turned);
    if out.is_terminal() {
        out.text(&format!("{}\n", preview(&turned.bytes, usize::MAX)))?;
        out.say("(shown with escapes, for this is a terminal; into a file or a pipe the bytes go as they came)");
    } else {
        out.bytes(&turned.bytes)?;
    }
    out.say(&format!("{}:{} was refused: {}; SHA-256 {}", listed.input, listed.place, listed.reason, listed.sha256));
    match turned.kept {
        Kept::Whole => Ok(()),
        Kept::Beginning => Err(Failure::No(format!(
            "only the first {} bytes are kept, of {}: it was larger than is read, and is kept by length and hash",
            turned.bytes.len(),
            turned.length.map_or("an unknown number".to_owned(), |length| length.to_string())
        ))),
        Kept::Piece => Err(Failure::No("this is a piece of a row whose end is not known: the file has the rest".to_owned())),
    }
}
