//! Several stages as one: what one process does with all of them, without a log in between.
//!
//! Between the stages the rules are those of the log: whole ticks, sorted, after the stage before has passed them. So a
//! fused line decides what the same stages decide on topics. Must never enter: an encoding, or a shortcut that hands out
//! a tick before it is whole.

use std::collections::BTreeMap;

use journal::{Entry, Page, PageChange, Sequenced, Topic, Voice};

use crate::stage::{BadState, Outputs, Stage};

/// A stage among others, with what waits for it.
struct Link<'a, R> {
    /// Prefix of its pages.
    name: String,
    inputs: Vec<Topic>,
    stage: &'a mut dyn Stage<Record = R>,
    waiting: BTreeMap<i64, Vec<R>>,
}

/// Stages in the order of the way of the data, driven as one [`Stage`]. The first one gets the records; every other one
/// reads topics that stages before it write. What is sent to a public topic leaves the fused stage as well.
pub struct Fused<'a, R> {
    links: Vec<Link<'a, R>>,
    public: Vec<Topic>,
    inner: Outputs<R>,
    passed: Option<i64>,
}

impl<'a, R: Sequenced + Clone> Fused<'a, R> {
    /// A fused stage without stages. `targets` are all topics its stages send to, each with its number of partitions as
    /// seen from outside (1 for one that stays inside); `public` are those that leave it.
    #[must_use]
    pub fn new(targets: Vec<(Topic, u32)>, public: Vec<Topic>) -> Self {
        Self { links: Vec::new(), public, inner: Outputs::new(0, targets), passed: None }
    }

    /// Adds the next stage. Its pages are kept under `name`, which must be unique and have no `/`; `inputs` are the topics
    /// it reads, none for the first.
    #[must_use]
    pub fn then(mut self, name: &str, inputs: &[Topic], stage: &'a mut dyn Stage<Record = R>) -> Self {
        let (name, inputs) = (format!("{name}/"), inputs.to_vec());
        self.links.push(Link { name, inputs, stage, waiting: BTreeMap::new() });
        self
    }

    /// Lets everything at or before `tick` flow through all stages.
    fn flow(&mut self, tick: i64, out: &mut Outputs<R>) {
        if self.passed >= Some(tick) {
            return;
        }
        self.passed = Some(tick);
        for index in 0..self.links.len() {
            while let Some(whole) = self.links[index].waiting.first_entry().filter(|whole| *whole.key() <= tick) {
                let (at, mut records) = whole.remove_entry();
                records.sort_by_key(Sequenced::order);
                self.links[index].stage.step(at, &records, &mut self.inner);
            }
            self.links[index].stage.pass(tick, &mut self.inner);
            self.route(index, out);
        }
    }

    /// Gives what stage `index` said to the stages behind it and, if it is public, to the outside.
    fn route(&mut self, index: usize, out: &mut Outputs<R>) {
        for output in self.inner.take() {
            let (topic, partition) = (output.topic, output.partition);
            let Entry::Record { record, .. } = output.entry else { continue };
            for link in self.links.iter_mut().skip(index + 1).filter(|link| link.inputs.contains(&topic)) {
                link.waiting.entry(record.tick()).or_default().push(record.clone());
            }
            match out.voice() {
                Voice::Aloud if self.public.contains(&topic) => out.send_to(topic, partition, record),
                Voice::Aloud | Voice::Silent => {}
            }
        }
    }
}

impl<R: Sequenced + Clone> Stage for Fused<'_, R> {
    type Record = R;

    fn step(&mut self, tick: i64, records: &[R], out: &mut Outputs<R>) {
        self.flow(tick - 1, out);
        if let Some(first) = self.links.first_mut() {
            first.stage.step(tick, records, &mut self.inner);
            self.route(0, out);
        }
    }

    fn pass(&mut self, tick: i64, out: &mut Outputs<R>) {
        self.flow(tick, out);
    }

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        for link in &mut self.links {
            let first = pages.len();
            link.stage.pages_due(pages);
            for page in &mut pages[first..] {
                page.key.insert_str(0, &link.name);
            }
        }
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        let mut pages = pages;
        self.passed = None;
        for link in &mut self.links {
            link.waiting.clear();
            let (own, others): (Vec<_>, Vec<_>) = pages.into_iter().partition(|page| page.key.starts_with(&link.name));
            let own = own.into_iter().map(|page| Page { key: page.key[link.name.len()..].to_owned(), body: page.body });
            link.stage.restore(own.collect())?;
            pages = others;
        }
        match pages.into_iter().next() {
            None => Ok(()),
            Some(page) => Err(BadState { key: page.key, why: "no stage has pages of this name".to_owned() }),
        }
    }
}
