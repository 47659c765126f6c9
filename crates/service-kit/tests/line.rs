//! Two toy stages on the memory log: the answer is the same on 1, 3 and 16 partitions, at every pace, through stops,
//! faults and restarts.
//!
//! Must never enter: a number that depends on how the work was cut.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use journal::sqlite::{Body, Chain, Codec, Layout, RowBuffer, Sqlite, SqliteStore, StoredRow};
use journal::{
    Commit, Entry, JournalError, Mark, Memory, Origins, Output, Page, PageChange, PositionEntry, Retention, Sequenced, Step, Store, Target,
    TaskPlan, Topic, TopicShape, partition_for,
};
use service_kit::{BadState, Ending, Fatal, Feed, Flow, Fused, Line, Outputs, Pace, Stage, Stop};

const WORDS: Topic = Topic(0);
const COUNTS: Topic = Topic(1);
const LEADERS: Topic = Topic(2);

/// What flows: a word (by its number), or how often it came by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    tick: i64,
    word: u32,
    count: u32,
    serial: u32,
}

impl Sequenced for Said {
    type Order = (u32, u32, u32);
    fn tick(&self) -> i64 {
        self.tick
    }
    fn order(&self) -> (u32, u32, u32) {
        (self.word, self.count, self.serial)
    }
}

/// Counts words; tells the counts that changed in every stretch of ten ticks, when it has passed.
#[derive(Debug, Default)]
struct Counter {
    counts: BTreeMap<u32, u32>,
    changed: BTreeMap<i64, BTreeSet<u32>>,
}

impl Counter {
    fn page(&self) -> Vec<u8> {
        let counts = self.counts.iter().map(|(word, count)| format!("c {word} {count}\n"));
        let changed = self.changed.iter().flat_map(|(at, words)| words.iter().map(move |word| format!("d {at} {word}\n")));
        counts.chain(changed).collect::<String>().into_bytes()
    }
}

impl Stage for Counter {
    type Record = Said;
    fn step(&mut self, tick: i64, records: &[Said], out: &mut Outputs<Said>) {
        self.pass(tick - 1, out);
        for said in records {
            *self.counts.entry(said.word).or_default() += 1;
            self.changed.entry(tick.div_euclid(10) * 10 + 9).or_default().insert(said.word);
        }
        self.pass(tick, out);
    }
    fn pass(&mut self, tick: i64, out: &mut Outputs<Said>) {
        while let Some(entry) = self.changed.first_entry().filter(|entry| *entry.key() <= tick) {
            let (at, words) = entry.remove_entry();
            for word in words {
                // All words of one initial meet in one task of the next stage.
                out.send(COUNTS, &(word % 7).to_le_bytes(), Said { tick: at, word, count: self.counts[&word], serial: 0 });
            }
        }
    }
    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.push(PageChange { key: "all".to_owned(), body: Some(self.page()) });
    }
    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        *self = Self::default();
        for page in pages {
            for line in String::from_utf8(page.body).unwrap().lines() {
                let part: Vec<i64> = line[2..].split(' ').map(|number| number.parse().unwrap()).collect();
                let (first, second) = (part[0], u32::try_from(part[1]).unwrap());
                if line.starts_with('c') {
                    self.counts.insert(u32::try_from(first).unwrap(), second);
                } else {
                    self.changed.entry(first).or_default().insert(second);
                }
            }
        }
        Ok(())
    }
}

/// Says which word of an initial leads, whenever another takes the lead.
#[derive(Debug, Default)]
struct Leader {
    leads: BTreeMap<u32, (u32, u32)>,
}

impl Stage for Leader {
    type Record = Said;
    fn step(&mut self, _tick: i64, records: &[Said], out: &mut Outputs<Said>) {
        for said in records {
            let lead = self.leads.entry(said.word % 7).or_default();
            if said.count > lead.1 {
                if lead.0 != said.word {
                    out.send(LEADERS, b"one", *said);
                }
                *lead = (said.word, said.count);
            }
        }
    }
    fn pass(&mut self, _tick: i64, _out: &mut Outputs<Said>) {}
    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.extend(
            self.leads.iter().map(|(initial, (word, count))| PageChange {
                key: initial.to_string(),
                body: Some(format!("{word} {count}").into_bytes()),
            }),
        );
    }
    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        self.leads.clear();
        for page in pages {
            let text = String::from_utf8(page.body).unwrap();
            let (word, count) = text.split_once(' ').ok_or(BadState { key: page.key.clone(), why: text.clone() })?;
            self.leads.insert(page.key.parse().unwrap(), (word.parse().unwrap(), count.parse().unwrap()));
        }
        Ok(())
    }
}

/// Brings words in, some ticks at a time, shuffled inside each, with repeats after the mark.
struct Words {
    next_tick: i64,
    ticks: i64,
    at_once: i64,
    partitions: u32,
    stop_at: Option<(i64, Stop)>,
}

fn words_of(tick: i64) -> impl Iterator<Item = Said> {
    let mixed = |n: i64| (n.wrapping_mul(6_364_136_223_846_793_005) >> 33).unsigned_abs() % 1_000;
    (0..mixed(tick) % 9).map(move |n| {
        let word = u32::try_from(mixed(tick * 31 + i64::try_from(n).unwrap()) % 60).unwrap();
        Said { tick, word, count: 0, serial: u32::try_from(n).unwrap() }
    })
}

impl Words {
    fn new(partitions: u32) -> Self {
        Self { next_tick: 1, ticks: 400, at_once: 7, partitions, stop_at: None }
    }

    fn outputs_of(&self, tick: i64) -> Vec<Output<Said>> {
        let output = |record: Said| Output {
            topic: WORDS,
            partition: partition_for(&record.word.to_le_bytes(), self.partitions),
            entry: Entry::Record { origin: 0, record },
        };
        let mut outputs: Vec<_> = words_of(tick).map(output).collect();
        outputs.reverse();
        outputs.extend((0..self.partitions).map(|partition| {
            let mark = Mark { generation: 1, stage: 0, origins: Origins::One(0), tick, count: 1 };
            Output { topic: WORDS, partition, entry: Entry::Mark(mark) }
        }));
        outputs.extend(words_of(tick).filter(|said| said.serial % 3 == 0).map(output));
        outputs
    }
}

impl<S: Store<Record = Said>> Feed<S> for Words {
    fn fill(&mut self, store: &mut S, parts: &mut Vec<Commit<Said>>) -> Result<Flow, JournalError> {
        let restored = store.restore("words")?;
        self.next_tick = restored.position.and_then(|entry| entry.sent).map_or(1, |sent| sent + 1);
        if self.next_tick > self.ticks {
            return Ok(Flow::Ended);
        }
        let until = self.ticks.min(self.next_tick + self.at_once - 1);
        let outputs = (self.next_tick..=until).flat_map(|tick| self.outputs_of(tick)).collect();
        let position = PositionEntry {
            task: "words".to_owned(),
            generation: 1,
            judgement: "v1".to_owned(),
            tick: None,
            sent: Some(until),
            inputs: Vec::new(),
            streams: Vec::new(),
        };
        parts.push(Commit { lease: restored.lease, outputs, position, checkpoint: None });
        if let Some((at, stop)) = &self.stop_at
            && until >= *at
        {
            stop.ask();
        }
        Ok(Flow::More)
    }
}

fn plan(stage: u8, index: u32, of: u32, topics: (Topic, Topic)) -> TaskPlan {
    TaskPlan {
        name: format!("stage{stage}/{index}"),
        stage,
        origin: index,
        inputs: vec![(topics.0, index)],
        targets: vec![Target { topic: topics.1, origins: of }],
        generation: 1,
        judgement: "v1".to_owned(),
        held_bytes_max: 1 << 12,
    }
}

fn log(retention: Retention, partitions: u32) -> Memory<Said> {
    let read = TopicShape { partitions, readers: 1 };
    Memory::new(retention, &[read, read, TopicShape { partitions: 1, readers: 0 }])
}

/// One life of the process: new stages on a log that may have seen others.
fn live(store: &mut Memory<Said>, feed: &mut impl Feed<Memory<Said>>, pace: Pace, stop: &Stop) -> Result<Ending, Fatal> {
    let partitions = store.partitions(WORDS)?;
    let mut counters: Vec<Counter> = (0..partitions).map(|_| Counter::default()).collect();
    let mut leaders: Vec<Leader> = (0..partitions).map(|_| Leader::default()).collect();
    let mut line = Line::new(pace);
    for (index, stage) in (0..).zip(&mut counters) {
        line.seat(store, plan(1, index, partitions, (WORDS, COUNTS)), stage)?;
    }
    for (index, stage) in (0..).zip(&mut leaders) {
        line.seat(store, plan(2, index, partitions, (COUNTS, LEADERS)), stage)?;
    }
    line.run(store, feed, stop)
}

fn answer(store: &mut Memory<Said>) -> Vec<Said> {
    let mut said = store.drain(LEADERS, 0).unwrap();
    said.sort();
    said
}

/// The same, computed without log, marks or partitions.
fn plain_answer() -> Vec<Said> {
    let (mut counts, mut leads, mut out) = (BTreeMap::<u32, u32>::new(), BTreeMap::<u32, (u32, u32)>::new(), Vec::new());
    for stretch in 0..40 {
        let mut changed = BTreeSet::new();
        for said in (stretch * 10..stretch * 10 + 10).filter(|tick| *tick > 0).flat_map(words_of) {
            *counts.entry(said.word).or_default() += 1;
            changed.insert(said.word);
        }
        for word in changed {
            let (count, lead) = (counts[&word], leads.entry(word % 7).or_insert((0, 0)));
            if count > lead.1 {
                if lead.0 != word {
                    out.push(Said { tick: stretch * 10 + 9, word, count, serial: 0 });
                }
                *lead = (word, count);
            }
        }
    }
    out.sort();
    out
}

fn paces() -> [Pace; 4] {
    let quick = Pace { idle: Duration::ZERO, ..Pace::default() };
    [
        quick,
        Pace { poll_entries: 1, commit_outputs: 1, checkpoint_records: Some(3), ..quick },
        Pace { poll_entries: 13, commit_outputs: 5, checkpoint_records: None, ..quick },
        Pace { poll_entries: 13, commit_outputs: 5, checkpoint_work: Duration::ZERO, ..quick },
    ]
}

#[test]
fn partitions_and_pace_change_nothing() {
    let want = plain_answer();
    assert!(want.len() > 15, "a test that says something: {}", want.len());
    for partitions in [1, 3, 16] {
        for pace in paces() {
            let mut store = log(Retention::Unread, partitions);
            let ending = live(&mut store, &mut Words::new(partitions), pace, &Stop::new()).unwrap();
            assert_eq!(ending, Ending::Ended);
            assert_eq!(answer(&mut store), want, "{partitions} partitions, {pace:?}");
            assert!(store.kept() <= 16, "what everybody has read is dropped: {}", store.kept());
        }
    }
}

fn fused(store: &mut impl Store<Record = Said>, pace: Pace) -> Result<Ending, Fatal> {
    let (mut counter, mut leader) = (Counter::default(), Leader::default());
    let mut both = Fused::new(vec![(COUNTS, 1), (LEADERS, 1)], vec![LEADERS]).then("counter", &[], &mut counter).then(
        "leader",
        &[COUNTS],
        &mut leader,
    );
    let mut line = Line::new(pace);
    line.seat(store, plan(1, 0, 1, (WORDS, LEADERS)), &mut both)?;
    line.run(store, &mut Words::new(1), &Stop::new())
}

/// Both stages as one, on one task, in one process that may die: the public outputs are the same.
#[test]
fn fused_stages_say_the_same() {
    for pace in paces() {
        let mut store = log(Retention::All, 1);
        assert_eq!(fused(&mut store, pace).unwrap(), Ending::Ended);
        assert_eq!(answer(&mut store), plain_answer(), "{pace:?}");
    }
    for nth in 1..120_u32 {
        let mut store = log(Retention::All, 1);
        for life in 0.. {
            store.hang((life < 9).then(|| dying_at(nth + life * 5)));
            match fused(&mut store, Pace { checkpoint_records: Some(40), ..paces()[2] }) {
                Ok(_) => break,
                Err(Fatal::Journal(JournalError::Stopped(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(answer(&mut store), plain_answer(), "killed at {nth}");
    }
}

/// A hook that stops the n-th step it meets.
fn dying_at(nth: u32) -> journal::FailHook {
    let mut left = nth;
    Box::new(move |step| {
        left = left.wrapping_sub(1);
        if left == 0 { Err(JournalError::Stopped(step)) } else { Ok(()) }
    })
}

/// Marks without a word between them; then the process is dead.
struct Silence(Words);

impl Feed<Memory<Said>> for Silence {
    fn fill(&mut self, store: &mut Memory<Said>, parts: &mut Vec<Commit<Said>>) -> Result<Flow, JournalError> {
        match self.0.fill(store, parts)? {
            Flow::Ended => return Err(JournalError::Stopped(Step::Begin)),
            Flow::More | Flow::Idle => {}
        }
        parts.iter_mut().for_each(|part| part.outputs.retain(|output| matches!(output.entry, Entry::Mark(_))));
        Ok(Flow::More)
    }
}

/// A task to which little comes reads marks for weeks: after a death it must not read all of them again.
#[test]
fn where_only_marks_come_it_is_saved_how_far_they_are_read() {
    let after = |pace: Pace| {
        let mut store = log(Retention::All, 1);
        let ended = live(&mut store, &mut Silence(Words::new(1)), pace, &Stop::new());
        assert!(matches!(ended, Err(Fatal::Journal(JournalError::Stopped(_)))), "{ended:?}");
        store.restore("stage1/0").unwrap().checkpoint.and_then(|saved| saved.tick)
    };
    assert_eq!(after(Pace { checkpoint_records: Some(1_000), ..paces()[0] }), None, "there are no more than 400");
    let by_marks = after(Pace { checkpoint_records: Some(50), ..paces()[0] });
    let by_work = after(Pace { checkpoint_work: Duration::ZERO, ..paces()[0] });
    assert!(by_marks >= Some(300) && by_work >= Some(380), "{by_marks:?} and {by_work:?} of 400");
}

#[test]
fn a_stop_loses_nothing() {
    for partitions in [1, 3] {
        for at in [1, 50, 123, 399] {
            let mut store = log(Retention::All, partitions);
            let stop = Stop::new();
            let mut feed = Words { stop_at: Some((at, stop.clone())), ..Words::new(partitions) };
            assert_eq!(live(&mut store, &mut feed, paces()[0], &stop).unwrap(), Ending::Stopped);
            assert_eq!(live(&mut store, &mut Words::new(partitions), paces()[1], &Stop::new()).unwrap(), Ending::Ended);
            assert_eq!(answer(&mut store), plain_answer(), "stopped at {at}");
        }
    }
}

#[test]
fn a_process_that_dies_anywhere_changes_nothing() {
    let want = plain_answer();
    for nth in (1..160_u32).step_by(3) {
        let mut store = log(Retention::All, 3);
        let mut lives = 0;
        loop {
            store.hang((lives < 12).then(|| dying_at(nth + lives * 7)));
            lives += 1;
            match live(&mut store, &mut Words::new(3), Pace { checkpoint_records: Some(40), ..paces()[2] }, &Stop::new()) {
                Ok(ending) => {
                    assert_eq!(ending, Ending::Ended);
                    break;
                }
                Err(Fatal::Journal(JournalError::Stopped(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(answer(&mut store), want, "killed at {nth}");
    }
}

#[test]
fn a_bad_page_rebuilds_its_stage_alone() {
    let mut store = log(Retention::All, 3);
    let stop = Stop::new();
    let mut feed = Words { stop_at: Some((200, stop.clone())), ..Words::new(3) };
    live(&mut store, &mut feed, paces()[1], &stop).unwrap();
    store.flip_bit_of_page("stage1/1", "all");
    let (mut counter, mut line) = (Counter::default(), Line::new(paces()[0]));
    line.seat(&mut store, plan(1, 1, 3, (WORDS, COUNTS)), &mut counter).unwrap();
    assert_eq!(line.rebuilt().collect::<Vec<_>>(), ["stage1/1"]);
    drop(line);
    live(&mut store, &mut Words::new(3), paces()[1], &Stop::new()).unwrap();
    assert_eq!(answer(&mut store), plain_answer());
}

/// A failed commit is made again by the next call, by the same process, with the same outputs.
#[test]
fn a_full_disk_is_waited_out() {
    let mut store = log(Retention::All, 1);
    let (mut counter, mut leader) = (Counter::default(), Leader::default());
    let mut line = Line::new(paces()[1]);
    line.seat(&mut store, plan(1, 0, 1, (WORDS, COUNTS)), &mut counter).unwrap();
    line.seat(&mut store, plan(2, 0, 1, (COUNTS, LEADERS)), &mut leader).unwrap();
    let mut visits = 0_u32;
    store.hang(Some(Box::new(move |step| {
        visits += 1;
        let fails = step == journal::Step::Outputs && visits.is_multiple_of(5);
        if fails { Err(JournalError::Stopped(step)) } else { Ok(()) }
    })));
    let (mut feed, mut failures) = (Words::new(1), 0);
    while line.run(&mut store, &mut feed, &Stop::new()).is_err() {
        failures += 1;
    }
    assert!(failures > 5);
    assert_eq!(answer(&mut store), plain_answer());
}

/// Key: word. Body: count and serial.
#[derive(Debug)]
struct SaidCodec;

impl Codec for SaidCodec {
    type Record = Said;
    fn write(&self, _topic: Topic, record: &Said, row: &mut RowBuffer) {
        row.tick = record.tick;
        row.key.push_str(&record.word.to_string());
        row.body.extend_from_slice(format!("{} {}", record.count, record.serial).as_bytes());
    }
    fn read(&self, _topic: Topic, row: &StoredRow) -> Result<Said, String> {
        let text = str::from_utf8(&row.body).map_err(|error| error.to_string())?;
        let (count, serial) = text.split_once(' ').ok_or("two numbers")?;
        let number = |text: &str| text.parse::<u32>().map_err(|error| error.to_string());
        Ok(Said { tick: row.tick, word: number(&row.key)?, count: number(count)?, serial: number(serial)? })
    }
}

/// The embedded way: fused stages on a file, dying and coming back, with a feed that resumes by what is committed.
#[test]
fn a_file_says_the_same() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("line-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let layout = Layout::new(1, 1, "v1").table("counts", Body::Text, Chain::Plain).table("leaders", Body::Text, Chain::Plain);
    for nth in [1, 8, 20, 55, 90, 1_000] {
        let path = folder.join(format!("{nth}.db"));
        for life in 0.. {
            let mut file = Sqlite::open(&path, &layout).unwrap();
            file.hang((life < 6).then(|| dying_at(nth + life * 5)));
            let mut store = SqliteStore::new(file, SaidCodec).passing(WORDS).unwrap();
            match fused(&mut store, Pace { checkpoint_records: Some(90), ..paces()[0] }) {
                Ok(_) => break,
                Err(Fatal::Journal(JournalError::Stopped(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        let file = Sqlite::open(&path, &layout).unwrap();
        file.verify_chain(WORDS).unwrap();
        let rows = file.rows(LEADERS, 0, usize::MAX).unwrap();
        let mut said: Vec<Said> = rows.iter().map(|row| SaidCodec.read(LEADERS, row).unwrap()).collect();
        said.sort();
        assert_eq!(said, plain_answer(), "killed at {nth}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
