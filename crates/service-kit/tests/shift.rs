//! Tasks that come and go: given, given back, taken away, fenced in the middle, and every record counted once.
//!
//! Must never enter: a broker; what it would say is scripted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use journal::{
    Change, Commit, Entry, JournalError, Lease, Mark, Memory, Origins, Output, Page, PageChange, PositionEntry, Restored, Retention,
    Sequenced, Store, Target, TaskPlan, Topic, TopicShape,
};
use service_kit::{BadState, Crew, Ending, Fatal, Hand, Line, Outputs, Pace, Stage, Stop};

const IN: Topic = Topic(0);
const OUT: Topic = Topic(1);
/// Ticks on each of the two partitions.
const TICKS: i64 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Count {
    tick: i64,
    partition: u32,
    sum: i64,
}

impl Sequenced for Count {
    type Order = (u32, i64);
    fn tick(&self) -> i64 {
        self.tick
    }
    fn order(&self) -> (u32, i64) {
        (self.partition, self.sum)
    }
}

/// Counts records; tells the count at every tick.
#[derive(Debug, Default)]
struct Counting(i64);

impl Stage for Counting {
    type Record = Count;
    fn step(&mut self, _tick: i64, records: &[Count], out: &mut Outputs<Count>) {
        for record in records {
            self.0 += 1;
            out.send_to(OUT, 0, Count { sum: self.0, ..*record });
        }
    }
    fn pass(&mut self, _tick: i64, _out: &mut Outputs<Count>) {}
    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.push(PageChange { key: "count".to_owned(), body: Some(self.0.to_le_bytes().to_vec()) });
    }
    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        self.0 = pages.first().map_or(0, |page| i64::from_le_bytes(page.body.clone().try_into().unwrap()));
        Ok(())
    }
}

/// What happens at a round.
#[derive(Clone, Copy, Debug)]
enum Event {
    Gained(u32),
    Losing(u32),
    Lost(u32),
    /// As losing, and the next commit stands but is answered by nothing.
    LosingUnsure(u32),
    /// Another process restores the task of the partition, without a word.
    Stolen(u32),
    Stop,
}

/// A memory log whose partitions come and go by a script of rounds.
struct Shared {
    log: Memory<Count>,
    script: VecDeque<Option<Event>>,
    released: Vec<(Topic, u32)>,
    stop: Stop,
    /// Whether the next commit is answered by nothing; whether one was, so that the next is taken for the same again.
    unsure: bool,
    doubt: bool,
}

impl Store for Shared {
    type Record = Count;
    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        self.log.partitions(topic)
    }
    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        self.log.end(topic, partition)
    }
    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<Count>)>) -> Result<(), JournalError> {
        self.log.read(at, from, max.min(7), out)
    }
    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.log.restore(task)
    }
    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        self.log.pages(task)
    }
    fn commit(&mut self, parts: &mut [Commit<Count>]) -> Result<(), JournalError> {
        if std::mem::take(&mut self.doubt) {
            for part in parts {
                part.outputs.clear();
                part.checkpoint = None;
            }
            return Ok(());
        }
        self.log.commit(parts)?;
        self.doubt = std::mem::take(&mut self.unsure);
        let (doing, why) = ("commit".to_owned(), "nobody answers".to_owned());
        if self.doubt { Err(JournalError::Unavailable { doing, why }) } else { Ok(()) }
    }
    fn changes(&mut self) -> Result<Vec<Change>, JournalError> {
        Ok(match self.script.pop_front().flatten() {
            None => Vec::new(),
            Some(Event::Gained(partition)) => vec![Change::Gained(vec![(IN, partition)])],
            Some(Event::LosingUnsure(partition)) => {
                self.unsure = true;
                vec![Change::Losing(vec![(IN, partition)])]
            }
            Some(Event::Losing(partition)) => vec![Change::Losing(vec![(IN, partition)])],
            Some(Event::Lost(partition)) => vec![Change::Lost(vec![(IN, partition)])],
            Some(Event::Stolen(partition)) => {
                self.log.restore(&format!("count/{partition}"))?;
                Vec::new()
            }
            Some(Event::Stop) => {
                self.stop.ask();
                Vec::new()
            }
        })
    }
    fn let_go(&mut self, inputs: &[(Topic, u32)]) -> Result<(), JournalError> {
        self.released.extend(inputs);
        Ok(())
    }
    fn wait(&mut self, _longest: Duration) {}
}

/// Notes which tasks have a seat after each round.
struct Counters(Rc<RefCell<Vec<Vec<String>>>>);

impl Crew<Count> for Counters {
    fn tasks(&mut self, (topic, partition): (Topic, u32)) -> Vec<Hand<Count>> {
        assert_eq!(topic, IN);
        let plan = TaskPlan {
            name: format!("count/{partition}"),
            stage: 1,
            origin: partition,
            inputs: vec![(IN, partition)],
            targets: vec![Target { topic: OUT, origins: 2 }],
            generation: 1,
            judgement: "v1".to_owned(),
            held_bytes_max: 1 << 20,
        };
        vec![(plan, Box::new(Counting::default()))]
    }
    fn turned(&mut self, line: &Line<'_, Count>) {
        self.0.borrow_mut().push(line.plans().map(|plan| plan.name.clone()).collect());
    }
}

fn filled() -> Memory<Count> {
    let mut log = Memory::new(Retention::All, &[TopicShape { partitions: 2, readers: 0 }, TopicShape { partitions: 1, readers: 0 }]);
    let lease: Lease = log.restore("source").unwrap().lease;
    let entries = (1..=TICKS).flat_map(|tick| {
        (0..2).flat_map(move |partition| {
            let record = Entry::Record { origin: 0, record: Count { tick, partition, sum: 0 } };
            let mark = Entry::Mark(Mark { generation: 1, stage: 0, origins: Origins::One(0), tick, count: 1 });
            [record, mark].map(|entry| Output { topic: IN, partition, entry })
        })
    });
    let position = PositionEntry {
        task: "source".to_owned(),
        generation: 1,
        judgement: "v1".to_owned(),
        tick: None,
        sent: None,
        inputs: Vec::new(),
        streams: Vec::new(),
    };
    log.commit(&mut [Commit { lease, outputs: entries.collect(), position, checkpoint: None }]).unwrap();
    log
}

fn serve(script: &[(usize, Event)], pace: Pace) -> (Shared, Vec<Vec<String>>) {
    let mut rounds = VecDeque::new();
    for (quiet, event) in script {
        rounds.extend(std::iter::repeat_n(None, *quiet));
        rounds.push_back(Some(*event));
    }
    let stop = Stop::new();
    let mut store = Shared { log: filled(), script: rounds, released: Vec::new(), stop: stop.clone(), unsure: false, doubt: false };
    let seats = Rc::new(RefCell::new(Vec::new()));
    let mut line = Line::new(pace);
    let ending: Result<Ending, Fatal> = line.serve(&mut store, &mut Counters(Rc::clone(&seats)), &stop);
    assert_eq!(ending.unwrap(), Ending::Stopped);
    let seats = seats.borrow().clone();
    (store, seats)
}

fn counts(store: &mut Shared) -> Vec<Count> {
    let mut said = store.log.drain(OUT, 0).unwrap();
    said.sort();
    said
}

fn all() -> Vec<Count> {
    (1..=TICKS).flat_map(|tick| (0..2).map(move |partition| Count { tick, partition, sum: tick })).collect()
}

fn paces() -> [Pace; 2] {
    let quick = Pace { idle: Duration::ZERO, ..Pace::default() };
    [quick, Pace { commit_outputs: 1, checkpoint_records: Some(5), ..quick }]
}

#[test]
fn a_partition_given_back_and_given_again_counts_on() {
    for pace in paces() {
        let script = [(0, Event::Gained(0)), (1, Event::Gained(1)), (2, Event::Losing(1)), (3, Event::Gained(1)), (400, Event::Stop)];
        let (mut store, seats) = serve(&script, pace);
        assert_eq!(counts(&mut store), all());
        assert_eq!(store.released, [(IN, 1)]);
        assert!(seats.contains(&vec!["count/0".to_owned()]), "there was a time without the task");
        assert_eq!(seats.last().unwrap().len(), 2);
        let saved = store.log.restore("count/1").unwrap();
        assert_eq!(saved.checkpoint, saved.position, "the end is a checkpoint");
    }
}

/// The last commit before a partition goes stands, and nobody says so. What comes after it is another commit, never a part of it.
#[test]
fn a_commit_of_which_nobody_knows_takes_nothing_along() {
    for pace in paces() {
        let script = [(0, Event::Gained(0)), (0, Event::Gained(1)), (2, Event::LosingUnsure(1)), (3, Event::Gained(1)), (400, Event::Stop)];
        let (mut store, _) = serve(&script, pace);
        assert_eq!(counts(&mut store), all());
        assert!(!store.unsure, "the commit was made");
    }
}

#[test]
fn a_partition_taken_away_is_forgotten_at_once() {
    for pace in paces() {
        let script = [(0, Event::Gained(0)), (0, Event::Gained(1)), (1, Event::Lost(0)), (4, Event::Gained(0)), (400, Event::Stop)];
        let (mut store, _) = serve(&script, pace);
        assert_eq!(counts(&mut store), all());
        assert_eq!(store.released, [(IN, 0)]);
    }
}

/// The task whose lease is stale loses its seat; the other one's part of the same commit is made.
#[test]
fn a_fenced_task_leaves_and_the_others_go_on() {
    for pace in paces() {
        let script = [(0, Event::Gained(0)), (0, Event::Gained(1)), (1, Event::Stolen(1)), (400, Event::Stop)];
        let (mut store, seats) = serve(&script, pace);
        assert_eq!(seats.last().unwrap(), &["count/0"]);
        let counts = counts(&mut store);
        let of = |partition: u32| counts.iter().filter(|count| count.partition == partition).map(|count| count.sum).collect::<Vec<_>>();
        assert_eq!(of(0), (1..=TICKS).collect::<Vec<_>>());
        let of_1: BTreeMap<i64, ()> = of(1).into_iter().map(|sum| (sum, ())).collect();
        assert!(of_1.len() < usize::try_from(TICKS).unwrap() && of_1.len() == of(1).len(), "stopped, and nothing twice: {of_1:?}");
    }
}
