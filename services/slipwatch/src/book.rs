//! A finished log, read without its lock: its alerts, its decisions, and the same decisions recomputed from its records.
//!
//! Recomputing drives the same fused stages over the admitted rows in the order of their ticks. What must never enter: a write, a
//! second way to decide.

use crate::{
    embedded::FUSED,
    failure::Failure,
    file::{self, LAYOUT, admitted, decision_json},
    fused::FusedStage,
};
use journal::{
    Entry, JournalError, Sequenced,
    sqlite::{Reader, StoredRow},
};
use serde_json::Value;
use service_kit::{Outputs, Stage};
use stages::{
    judgement,
    message::{DECISIONS, Message},
};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use vocab::{
    alert::{Digest, Transition},
    assessment::Assessment,
    record::Admitted,
    series::SeriesKey,
    time::{TICKS_PER_DAY, Tick, Week},
};

/// Rows read at once.
const ROWS_AT_ONCE: usize = 4_096;

/// A log open for reading.
pub struct Book {
    reader: Reader,
}

/// A transition with where it stands in the table of decisions.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its row.
    pub position: u64,
    /// What it says.
    pub transition: Transition,
}

impl Book {
    /// Opens an existing log.
    ///
    /// # Errors
    /// [`Failure::Input`] when there is none, or it is something else; [`Failure::Configuration`] when a newer program made it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let reader = Reader::open(path).map_err(file::failed)?;
        // A number that is none was put in by hand; it counts as newer than anything.
        let found = reader.meta("layout").map_err(file::failed)?.and_then(|layout| layout.parse().ok()).unwrap_or(u32::MAX);
        if found > LAYOUT {
            return Err(file::failed(JournalError::NewerLayout { found, newest: LAYOUT }));
        }
        Ok(Self { reader })
    }

    /// Whether this program would judge as the one that made the log.
    fn agrees(&self) -> Result<(), JournalError> {
        let (stored, running) = (self.reader.meta("judgement")?.unwrap_or_default(), judgement());
        if stored == running { Ok(()) } else { Err(JournalError::OtherJudgement { task: FUSED.to_owned(), stored, running }) }
    }

    /// The reader itself.
    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Walks the chains of admitted records and of decisions; how many rows they have.
    ///
    /// # Errors
    /// [`Failure::No`] names the first bad row.
    pub fn verify_chains(&self) -> Result<(u64, u64), Failure> {
        let verify = |table: &str| self.reader.verify_chain(table).map(|verified| verified.rows).map_err(file::failed);
        Ok((verify("admitted")?, verify("decisions")?))
    }

    /// Every transition, in the order of decision.
    ///
    /// # Errors
    /// [`Failure`] of the file, or of a row that cannot be read.
    pub fn transitions(&self) -> Result<Vec<Stored>, Failure> {
        let mut found = Vec::new();
        self.rows("decisions", |row| {
            if row.key.starts_with("alert/") {
                let text = String::from_utf8_lossy(&row.body);
                let transition = wire::decision::transition_from_json(&text).map_err(|refusal| bad_row(row, &refusal.to_string()))?;
                found.push(Stored { position: row.position, transition });
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Every digest, in the order of weeks.
    ///
    /// # Errors
    /// [`Failure`] of the file, or of a row that cannot be read.
    pub fn digests(&self) -> Result<Vec<Digest>, Failure> {
        let mut found = Vec::new();
        self.rows("decisions", |row| {
            if row.key.starts_with("digest/") {
                let text = String::from_utf8_lossy(&row.body);
                found.push(wire::decision::digest_from_json(&text).map_err(|refusal| bad_row(row, &refusal.to_string()))?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The tick up to which the log has been judged.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn judged_to(&self) -> Result<Option<Tick>, Failure> {
        Ok(self.reader.position(FUSED).map_err(file::failed)?.and_then(|position| position.tick).map(Tick))
    }

    /// Walks the rows of a table.
    ///
    /// # Errors
    /// [`Failure`] of the file, and what `visit` returns.
    pub fn rows(&self, table: &str, mut visit: impl FnMut(&StoredRow) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut from = 0;
        loop {
            let rows = self.reader.rows(table, from, ROWS_AT_ONCE).map_err(file::failed)?;
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.position + 1;
            rows.iter().try_for_each(&mut visit)?;
        }
    }

    /// Walks the assessments in the order in which they were made.
    ///
    /// # Errors
    /// [`Failure`] of the file, or of a row that cannot be read.
    pub fn assessments(&self, mut visit: impl FnMut(Assessment)) -> Result<(), Failure> {
        self.rows("assessments", |row| {
            visit(assessment(row)?);
            Ok(())
        })
    }

    /// Walks the assessments of one jurisdiction in the order in which they were made; those of others are not read.
    ///
    /// # Errors
    /// As [`Book::assessments`].
    pub fn assessments_of(&self, place: &SeriesKey, mut visit: impl FnMut(Assessment)) -> Result<(), Failure> {
        let key = file::assessment_key(&place.regime, &place.jurisdiction);
        self.rows("assessments", |row| {
            if row.key == key {
                visit(assessment(row)?);
            }
            Ok(())
        })
    }

    /// The newest assessment of every jurisdiction, up to a week, by regime and jurisdiction; older ones are not read.
    ///
    /// # Errors
    /// As [`Book::assessments`].
    pub fn newest_assessments(&self, until: Option<Week>) -> Result<Vec<Assessment>, Failure> {
        // A week is assessed with the end of its Sunday, so the tick of the row says which week it is.
        let until = until.map_or(i64::MAX, |until| until.sunday().last_tick().0);
        let mut newest: BTreeMap<String, StoredRow> = BTreeMap::new();
        self.rows("assessments", |row| {
            if row.tick <= until {
                newest.insert(row.key.clone(), row.clone());
            }
            Ok(())
        })?;
        let mut found = newest.values().map(assessment).collect::<Result<Vec<_>, _>>()?;
        found.sort_by(|one, other| (&one.regime, &one.jurisdiction).cmp(&(&other.regime, &other.jurisdiction)));
        Ok(found)
    }

    /// The decisions as they are stored: key to body.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn decisions(&self) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        let mut stored = BTreeMap::new();
        self.rows("decisions", |row| {
            stored.insert(row.key.clone(), row.body.clone());
            Ok(())
        })?;
        Ok(stored)
    }

    /// What became of all admitted messages of the log: counts by word.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn ledger(&self) -> Result<BTreeMap<String, i64>, Failure> {
        let mut totals = BTreeMap::new();
        self.rows("ledger", |row| {
            for (word, number) in line(row)? {
                // The source and the day are text: only counts add up.
                if let Some(number) = number.as_i64() {
                    *totals.entry(word).or_default() += number;
                }
            }
            Ok(())
        })?;
        Ok(totals)
    }

    /// How many records came later than the horizon.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn late(&self) -> Result<u64, Failure> {
        let mut records = 0;
        self.rows("late", |_| {
            records += 1;
            Ok(())
        })?;
        Ok(records)
    }

    /// What no pack lists, with how many acts name it, the most frequent first.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn not_listed(&self) -> Result<Vec<(String, u64)>, Failure> {
        let mut acts = BTreeMap::new();
        self.rows("unlisted", |row| {
            let line = line(row)?;
            let word = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let key = format!("{} {}", word("what"), word("code"));
            *acts.entry(key).or_default() += line.get("count").and_then(Value::as_u64).unwrap_or(0);
            Ok(())
        })?;
        let mut acts: Vec<(String, u64)> = acts.into_iter().collect();
        acts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        Ok(acts)
    }

    /// Recomputes every decision up to a tick from the admitted records, showing each record to `visit` on the way.
    ///
    /// # Errors
    /// [`Failure`] of the file, or of a row that cannot be read; [`Failure::Configuration`] when another version judged it.
    pub fn recompute(
        &self,
        stage: &mut FusedStage,
        until: Tick,
        mut visit: impl FnMut(&StoredRow, &Admitted) -> Result<(), Failure>,
    ) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        self.agrees().map_err(file::failed)?;
        let mut judging = Judging {
            stage,
            out: Outputs::new(0, crate::embedded::plan().targets.iter().map(|target| (target.topic, 1)).collect()),
            waiting: BTreeMap::new(),
            decisions: BTreeMap::new(),
        };
        self.rows("admitted", |row| {
            let record = admitted(&row.body).map_err(|why| bad_row(row, &why))?;
            visit(row, &record)?;
            judging.take(record, until);
            Ok(())
        })?;
        Ok(judging.finish(until))
    }
}

fn assessment(row: &StoredRow) -> Result<Assessment, Failure> {
    let text = String::from_utf8_lossy(&row.body);
    wire::assessment::assessment_from_json(&text).map_err(|refusal| bad_row(row, &refusal.to_string()))
}

/// A row of JSON by its keys.
fn line(row: &StoredRow) -> Result<BTreeMap<String, Value>, Failure> {
    serde_json::from_slice(&row.body).map_err(|error| bad_row(row, &error.to_string()))
}

fn bad_row(row: &StoredRow, why: &str) -> Failure {
    Failure::No(format!("row {} ({}) cannot be read: {why}", row.position, row.key))
}

/// The fused stages over rows that come nearly in the order of their ticks.
struct Judging<'a> {
    stage: &'a mut FusedStage,
    out: Outputs<Message>,
    waiting: BTreeMap<i64, Vec<Message>>,
    decisions: BTreeMap<String, Vec<u8>>,
}

impl Judging<'_> {
    fn take(&mut self, record: Admitted, until: Tick) {
        if record.known > until {
            return;
        }
        let tick = record.known.0;
        self.waiting.entry(tick).or_default().push(Message::Admitted(Arc::new(record)));
        // Origins run apart by less than a day: what they have not promised is younger than that.
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() < tick - TICKS_PER_DAY) {
            let (tick, records) = entry.remove_entry();
            self.step(tick, records);
        }
    }

    fn step(&mut self, tick: i64, mut records: Vec<Message>) {
        records.sort_by_key(Sequenced::order);
        self.stage.step(tick, &records, &mut self.out);
        self.collect();
    }

    fn finish(mut self, until: Tick) -> BTreeMap<String, Vec<u8>> {
        for (tick, records) in std::mem::take(&mut self.waiting) {
            self.step(tick, records);
        }
        self.stage.pass(until.0, &mut self.out);
        self.collect();
        self.decisions
    }

    fn collect(&mut self) {
        for output in self.out.take() {
            if output.topic != DECISIONS {
                continue;
            }
            if let Entry::Record { record: Message::Decision(_, decision), .. } = output.entry {
                let mut body = Vec::new();
                decision_json(&decision, &mut body);
                self.decisions.insert(file::decision_key(&decision), body);
            }
        }
    }
}

/// The newest transition of every alert, in the order in which they opened.
#[must_use]
pub fn standing(transitions: &[Stored]) -> Vec<&Transition> {
    let mut newest = BTreeMap::new();
    for Stored { transition, .. } in transitions {
        newest.insert((transition.opened, transition.alert), transition);
    }
    newest.into_values().collect()
}

/// Finds an alert by its id or the first characters of it.
///
/// # Errors
/// [`Failure::Usage`] when none or several match, naming those there are.
pub fn find(transitions: &[Stored], prefix: &str) -> Result<vocab::record::AlertId, Failure> {
    let prefix = prefix.to_ascii_lowercase();
    let mut found: Vec<_> =
        transitions.iter().map(|stored| stored.transition.alert).filter(|alert| alert.to_string().starts_with(&prefix)).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [alert] => Ok(*alert),
        [] if transitions.is_empty() => Err(Failure::Usage("this log has no alerts".to_owned())),
        [] => Err(Failure::Usage(format!("no alert begins with `{prefix}`; `slipwatch alerts` lists them"))),
        several => {
            let names: Vec<_> = several.iter().take(8).map(ToString::to_string).collect();
            Err(Failure::Usage(format!("`{prefix}` is the beginning of several alerts: {}", names.join(", "))))
        }
    }
}
