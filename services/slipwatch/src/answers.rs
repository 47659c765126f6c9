//! What a replay writes: decisions, assessments, refusals and counts as files, in the order of the seals.
//!
//! What has left the log waits here until it is complete to a tick, and is then written sorted: the files do not depend on
//! the number of partitions. Runs on a thread of its own. What must never enter: a decision.

use crate::{
    counts::Counts,
    failure::Failure,
    replay::{Left, Outlet},
    yardstick::Yardstick,
};
use stages::message::Message;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::JoinHandle,
};
use vocab::{
    alert::Decision,
    assessment::Assessment,
    name::{JurisdictionCode, RegimeId, SourceId},
    tally::Ledger,
    time::{Day, Tick},
};

/// Chunks that may wait for the writing thread.
const CHUNKS_WAITING_MAX: usize = 4;

/// Which files are written.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The folder.
    pub folder: PathBuf,
    /// The source's own words for inspections, interdictions and exposure in `counts.csv`.
    pub words: [String; 3],
    /// Weeks after which a day of counts leaves for its file.
    pub horizon_weeks: u16,
    /// Whether the three files of the detection benchmark are wanted.
    pub yardstick: bool,
}

/// What was written, for the summary.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Transitions by the word of their change.
    pub transitions: BTreeMap<&'static str, u64>,
    /// Transitions that page, one line each, the newest last.
    pub pages: Vec<vocab::alert::Transition>,
    /// Answers to acts.
    pub answers: u64,
    /// Rows of digests: (series, stream, week) that stood out.
    pub digest_rows: u64,
    /// Seals; the last one stands for the whole replay.
    pub seals: u64,
    /// The last seal.
    pub last_seal: Option<vocab::alert::Seal>,
    /// Assessments of a jurisdiction and week.
    pub assessments: u64,
    /// Series-weeks by the word of their verdict.
    pub verdicts: BTreeMap<&'static str, u64>,
    /// Series-weeks assessed.
    pub series_weeks: u64,
    /// Refusals by code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Messages older than the horizon.
    pub late: u64,
    /// What became of admitted messages, by source.
    pub ledger: BTreeMap<SourceId, Ledger>,
    /// Acts that name what no pack lists: by regime, what, code.
    pub unlisted: BTreeMap<(String, &'static str, String), u64>,
    /// Rows of `counts.csv`.
    pub count_rows: u64,
}

/// Hands chunks to the writing thread.
pub struct Answers {
    chunks: Option<SyncSender<Left>>,
    writer: Option<JoinHandle<Result<Written, Failure>>>,
}

impl Answers {
    /// Makes the folder and its files.
    ///
    /// # Errors
    /// [`Failure::Output`] when they cannot be made.
    pub fn create(wanted: &Wanted) -> Result<Self, Failure> {
        std::fs::create_dir_all(&wanted.folder).map_err(|error| cannot("make the folder", &wanted.folder, &error))?;
        let writer = Writer::create(wanted)?;
        let (chunks, received) = sync_channel(CHUNKS_WAITING_MAX);
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || writer.run(&received));
        let thread = thread.map_err(|error| Failure::Output(format!("start the writing thread: {error}")))?;
        Ok(Self { chunks: Some(chunks), writer: Some(thread) })
    }

    /// Waits until everything is on disk.
    ///
    /// # Errors
    /// What the writing thread met.
    pub fn finish(mut self) -> Result<Written, Failure> {
        self.chunks = None;
        self.join()
    }

    fn join(&mut self) -> Result<Written, Failure> {
        let bug = || Failure::Other(anyhow::anyhow!("the writing thread ended by a bug; its message stands above"));
        self.writer.take().ok_or_else(bug)?.join().map_err(|_| bug())?
    }
}

impl Outlet for Answers {
    fn take(&mut self, left: Left) -> Result<(), Failure> {
        let sent = self.chunks.as_ref().is_some_and(|chunks| chunks.send(left).is_ok());
        // A writer that stopped says why when it is asked.
        if sent { Ok(()) } else { self.join().map(|_| ()) }
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::Output(format!("{what} {}: {error}", path.display()))
}

/// A file of lines.
pub(crate) struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
    line: Vec<u8>,
}

impl Lines {
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self, Failure> {
        let path = folder.join(name);
        let file = File::create(&path).map_err(|error| cannot("write", &path, &error))?;
        Ok(Self { path, file: BufWriter::with_capacity(1 << 18, file), line: Vec::new() })
    }

    /// Writes one line, as `fill` makes it.
    pub(crate) fn line(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> Result<(), Failure> {
        self.line.clear();
        fill(&mut self.line);
        self.line.push(b'\n');
        self.file.write_all(&self.line).map_err(|error| cannot("write", &self.path, &error))
    }

    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|error| cannot("write", &self.path, &error))
    }
}

/// Where a decision stands among those of its regime: by tick, then alerts before answers before the digest before the seal.
type Place = (Option<RegimeId>, Tick, u8, [u8; 16], u32);

/// What waits until its day is complete.
#[derive(Default)]
struct Waiting {
    assessments: BTreeMap<(Day, RegimeId, JurisdictionCode), std::sync::Arc<Assessment>>,
    decisions: BTreeMap<(Day, Place), std::sync::Arc<Decision>>,
    others: BTreeMap<(Day, Vec<u8>), (u8, u64)>,
}

struct Writer {
    alerts: Lines,
    answers: Lines,
    assessments: Lines,
    digests: Lines,
    seals: Lines,
    refused: Lines,
    late: Lines,
    dockets: Lines,
    counts: Counts,
    yardstick: Option<Yardstick>,
    waiting: Waiting,
    written: Written,
}

impl Writer {
    fn create(wanted: &Wanted) -> Result<Self, Failure> {
        let file = |name: &str| Lines::create(&wanted.folder, name);
        Ok(Self {
            alerts: file("alerts.jsonl")?,
            answers: file("answers.jsonl")?,
            assessments: file("assessments.jsonl")?,
            digests: file("digests.jsonl")?,
            seals: file("seals.jsonl")?,
            refused: file("refused.jsonl")?,
            late: file("late.jsonl")?,
            dockets: file("dockets.jsonl")?,
            counts: Counts::new(file("counts.csv")?, wanted.words.clone(), wanted.horizon_weeks)?,
            yardstick: wanted.yardstick.then(|| Yardstick::create(&wanted.folder)).transpose()?,
            waiting: Waiting::default(),
            written: Written::default(),
        })
    }

    fn run(mut self, chunks: &Receiver<Left>) -> Result<Written, Failure> {
        let mut complete_to = None;
        while let Ok(left) = chunks.recv() {
            for message in left.records.into_iter().flatten() {
                self.take(message)?;
            }
            complete_to = complete_to.max(left.complete_to);
            // Days up to the one that is still open are complete.
            if let Some(day) = complete_to.map(|tick: Tick| Tick(tick.0.saturating_add(1)).day()) {
                self.write_before(day)?;
            }
        }
        self.write_before(Day(i32::MAX))?;
        self.finish()
    }

    fn take(&mut self, message: Message) -> Result<(), Failure> {
        match message {
            Message::Assessment(assessment) => {
                let key = (assessment.day, assessment.regime.clone(), assessment.jurisdiction.clone());
                self.waiting.assessments.insert(key, assessment);
            }
            Message::Decision(tick, decision) => {
                self.waiting.decisions.insert((tick.day(), place(tick, &decision)), decision);
            }
            Message::Refused(_, refused, _) => {
                *self.written.refused.entry(refused.reason.code()).or_default() += 1;
                self.refused.line(|out| wire::refused::refused_to_json(&refused, out))?;
            }
            Message::Late(late) => {
                self.written.late += 1;
                let mut line = Vec::new();
                wire::late::late_to_json(&late, &mut line);
                self.waiting.others.entry((late.known.day(), line)).or_insert((0, 0)).1 += 1;
            }
            Message::Version(version) => {
                let mut line = Vec::new();
                crate::lines::version(&version, &mut line);
                self.waiting.others.entry((version.known.day(), line)).or_insert((1, 0)).1 += 1;
            }
            Message::Ledger(_, line) => *self.written.ledger.entry(line.source.clone()).or_default() += line.change,
            Message::Unlisted(_, unlisted) => {
                let key = (unlisted.regime.to_string(), unlisted.what.as_str(), unlisted.code.to_string());
                *self.written.unlisted.entry(key).or_default() += unlisted.count;
            }
            Message::Tallies(told) => told.tallies.iter().try_for_each(|tally| self.counts.take(tally))?,
            Message::Statistic(_, line) => {
                if let Some(yardstick) = &mut self.yardstick {
                    yardstick.statistic(&line);
                }
            }
            Message::Admitted(_) | Message::Kept(..) | Message::Raw(_) | Message::Note(_) | Message::Fact(_) => {}
        }
        Ok(())
    }

    fn write_before(&mut self, day: Day) -> Result<(), Failure> {
        while let Some(entry) = self.waiting.assessments.first_entry().filter(|entry| entry.key().0 < day) {
            let assessment = entry.remove();
            self.assessment(&assessment)?;
        }
        while let Some(entry) = self.waiting.decisions.first_entry().filter(|entry| entry.key().0 < day) {
            let decision = entry.remove();
            self.decision(&decision)?;
        }
        while let Some(entry) = self.waiting.others.first_entry().filter(|entry| entry.key().0 < day) {
            let ((_, line), (file, times)) = entry.remove_entry();
            let file = if file == 0 { &mut self.late } else { &mut self.dockets };
            for _ in 0..times {
                file.line(|out| out.extend_from_slice(&line))?;
            }
        }
        if let Some(yardstick) = &mut self.yardstick {
            yardstick.write_before(day)?;
        }
        Ok(())
    }

    fn assessment(&mut self, assessment: &Assessment) -> Result<(), Failure> {
        self.written.assessments += 1;
        for series in &assessment.series {
            self.written.series_weeks += 1;
            *self.written.verdicts.entry(series.verdict.as_str()).or_default() += 1;
        }
        if let Some(yardstick) = &mut self.yardstick {
            yardstick.assessment(assessment);
        }
        self.assessments.line(|out| wire::assessment::assessment_to_report(assessment, out))
    }

    fn decision(&mut self, decision: &Decision) -> Result<(), Failure> {
        match decision {
            Decision::Transition(transition) => {
                *self.written.transitions.entry(transition.change.as_str()).or_default() += 1;
                if transition.change.pages() {
                    self.written.pages.push(transition.clone());
                }
                if let Some(yardstick) = &mut self.yardstick {
                    yardstick.transition(transition);
                }
                self.alerts.line(|out| wire::decision::transition_to_json(transition, out))
            }
            Decision::Answer(answer) => {
                self.written.answers += 1;
                self.answers.line(|out| wire::decision::answer_to_json(answer, out))
            }
            Decision::Digest(digest) => {
                self.written.digest_rows += digest.rows.len() as u64;
                self.digests.line(|out| wire::decision::digest_to_json(digest, out))
            }
            Decision::Seal(seal) => {
                self.written.seals += 1;
                self.written.last_seal = Some(seal.clone());
                self.seals.line(|out| wire::decision::seal_to_json(seal, out))
            }
        }
    }

    fn finish(mut self) -> Result<Written, Failure> {
        self.written.count_rows = self.counts.finish()?;
        for file in [self.alerts, self.answers, self.assessments, self.digests, self.seals, self.refused, self.late, self.dockets] {
            file.finish()?;
        }
        self.yardstick.map_or(Ok(()), Yardstick::finish)?;
        Ok(self.written)
    }
}

fn place(tick: Tick, decision: &Decision) -> Place {
    match decision {
        Decision::Transition(transition) => (Some(transition.series.regime.clone()), tick, 0, transition.alert.0, transition.n),
        // An answer names no regime; answers come before the regimes, in the order of their acts.
        Decision::Answer(answer) => (None, tick, 1, answer.act.0, 0),
        Decision::Digest(digest) => (Some(digest.regime.clone()), tick, 2, [0; 16], 0),
        Decision::Seal(seal) => (Some(seal.regime.clone()), tick, 3, [0; 16], 0),
    }
}
