//! Partitions that a group has lost sight of: they are noticed, and the group is made to share anew.
//!
//! Under cooperative-sticky a partition moves in two steps. A static member that is killed between them comes back to what the first
//! step left it, and no second one is made: a static member that restarts asks for none, however often. So every member looks at the
//! assignment now and then, and what had no owner twice in a row makes it send a visitor, a member without a lasting name, whose coming
//! and going lets the group share its partitions out. Must never enter: a position, a record, a choice of who is to own what.

use std::collections::BTreeSet;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::groups::GroupInfo;

use super::codec::Codec;
use super::ear::{Ear, Move};
use super::settings::{Inputs, Settings};
use super::store::KafkaStore;
use crate::store::Notice;

/// How long a visitor waits to be given something before it leaves.
const VISIT_MAX: Duration = Duration::from_secs(20);
/// How often it is served meanwhile.
const SERVE_EVERY: Duration = Duration::from_millis(100);
/// The word of a group that has shared its partitions out and waits for nobody.
const AT_REST: &str = "Stable";
/// Members whose looks fall on different moments.
const SPREAD: u32 = 8;

/// How long brokers may take to say who has what.
const ASK_MAX: Duration = Duration::from_secs(10);

/// A partition by the name of its topic.
type Named = (String, i32);
/// What the members of a group have; none while nobody can tell.
type Owned = Option<BTreeSet<Named>>;

/// What was seen at the last look, and who was sent.
#[derive(Debug)]
pub(super) struct Census {
    due: Instant,
    without_owner: BTreeSet<Named>,
    look: Option<JoinHandle<Owned>>,
    visit: Option<JoinHandle<()>>,
}

impl Census {
    /// Nothing was seen yet. Members look at different moments, so that one of them is the first.
    pub(super) fn of(settings: &Settings) -> Self {
        let ordinal = settings.identity.instance.rsplit_once('-').and_then(|(_, number)| number.parse::<u32>().ok()).unwrap_or(0);
        let due = Instant::now() + settings.look_at_group + settings.look_at_group * (ordinal % SPREAD) / SPREAD;
        Self { due, without_owner: BTreeSet::new(), look: None, visit: None }
    }

    /// What a look has found, once it is over.
    fn seen(&mut self) -> Option<Owned> {
        let over = self.look.take_if(|look| look.is_finished())?;
        Some(over.join().unwrap_or_default())
    }

    /// What had no owner at the last look either.
    fn take(&mut self, without_owner: BTreeSet<Named>) -> Option<Named> {
        let again = without_owner.intersection(&self.without_owner).next().cloned();
        self.without_owner = without_owner;
        again
    }

    fn send(&mut self, config: ClientConfig, topics: Vec<String>) {
        if self.visit.as_ref().is_none_or(JoinHandle::is_finished) {
            self.visit = Some(thread::spawn(move || visit(&config, &topics)));
        }
    }
}

impl<C: Codec> KafkaStore<C> {
    /// Looks now and then whether every partition has an owner. Nothing waits for what is seen.
    pub(super) fn look_for_orphans(&mut self) {
        if let Some(owned) = self.census.seen() {
            self.judge(owned);
        }
        // The moment first: this is asked at every turn of the loop, and is seldom due.
        if self.census.due > Instant::now() || self.fetcher.away.is_some() || self.census.look.is_some() {
            return;
        }
        self.census.due = Instant::now() + self.settings.look_at_group;
        if self.settings.visitor().is_some() {
            let (config, group) = (self.settings.asker(), self.settings.identity.group.clone());
            self.census.look = Some(thread::spawn(move || look(&config, &group)));
        }
    }

    /// Sends a visitor where something had no owner twice. Of a look that brought nothing, nothing is remembered.
    fn judge(&mut self, owned: Owned) {
        let (topics, group) = (self.shared_names(), &self.settings.identity.group);
        let without_owner = owned.map_or_else(BTreeSet::new, |owned| {
            let all =
                topics.iter().flat_map(|name| (0..self.counts.get(name).map_or(0, |count| count.cast_signed())).map(|p| (name.clone(), p)));
            all.filter(|one| !owned.contains(one)).collect()
        });
        let again = self.census.take(without_owner);
        if let Some(((topic, partition), config)) = again.zip(self.settings.visitor()) {
            let told = format!("topic {topic} partition {partition} has no owner in group {group}: the group is made to share anew");
            self.notices.push(Notice::Broker(told));
            self.census.send(config, topics);
        }
    }

    fn shared_names(&self) -> Vec<String> {
        let Inputs::Shared(shared) = &self.settings.inputs else { return Vec::new() };
        shared.iter().filter_map(|topic| self.name(*topic).ok().map(str::to_owned)).collect()
    }
}

/// Asks who has what. The library asks every broker that a client has heard of, and waits for one that is away until it gives up: a client
/// that has just been made has heard of those alone that are there.
fn look(config: &ClientConfig, group: &str) -> Owned {
    let client = config.create_with_context::<_, BaseConsumer<Ear>>(Ear::default()).ok()?;
    let groups = client.fetch_group_list(Some(group), ASK_MAX).ok()?;
    groups.groups().iter().find(|found| found.name() == group).and_then(owned)
}

/// What the members of a group have; none while it shares anew, or where a member's part cannot be read.
fn owned(group: &GroupInfo) -> Owned {
    if group.state() != AT_REST {
        return None;
    }
    let parts = group.members().iter().map(|member| member.assignment().map_or(Some(Vec::new()), partitions_of));
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.into_iter().flatten().collect())
}

/// The partitions in a member's part, as the consumer protocol writes it: a version, then topics, each with its partitions, all numbers
/// big-endian (`ConsumerProtocolAssignment.json` of Apache Kafka). Nothing at all is a part without any.
fn partitions_of(bytes: &[u8]) -> Option<Vec<Named>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let (_version, mut rest) = number::<2>(bytes)?;
    let (topics, mut partitions) = (count(&mut rest)?, Vec::new());
    for _ in 0..topics {
        let (length, behind) = number::<2>(rest)?;
        let (name, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(length)))?;
        rest = behind;
        let name = str::from_utf8(name).ok()?;
        for _ in 0..count(&mut rest)? {
            let (partition, behind) = number::<4>(rest)?;
            rest = behind;
            partitions.push((name.to_owned(), i32::from_be_bytes(partition)));
        }
    }
    Some(partitions)
}

fn count(rest: &mut &[u8]) -> Option<u32> {
    let (found, behind) = number::<4>(rest)?;
    *rest = behind;
    u32::try_from(i32::from_be_bytes(found)).ok()
}

fn number<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    bytes.split_first_chunk::<N>().map(|(first, rest)| (*first, rest))
}

/// Joins, and leaves as soon as it has something: both make the group share anew.
fn visit(config: &ClientConfig, topics: &[String]) {
    let Ok(consumer) = config.create_with_context::<_, BaseConsumer<Ear>>(Ear::default()) else { return };
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let begun = Instant::now();
    if consumer.subscribe(&names).is_err() {
        return;
    }
    // It reads nothing of what it is given: whoever owns it next does.
    let is_given = |step: &Move| matches!(step, Move::Gained(named) if !named.is_empty());
    while begun.elapsed() < VISIT_MAX && !consumer.context().take_moves().iter().any(is_given) {
        drop(consumer.poll(SERVE_EVERY));
    }
    consumer.context().close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(topics: &[(&str, &[i32])]) -> Vec<u8> {
        let mut bytes = vec![0, 3];
        bytes.extend(u32::try_from(topics.len()).unwrap_or(0).to_be_bytes());
        for (name, partitions) in topics {
            bytes.extend(u16::try_from(name.len()).unwrap_or(0).to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend(u32::try_from(partitions.len()).unwrap_or(0).to_be_bytes());
            partitions.iter().for_each(|partition| bytes.extend(partition.to_be_bytes()));
        }
        bytes
    }

    #[test]
    fn the_part_of_a_member_is_read_whole_or_not_at_all() {
        let bytes = part(&[("a.in.v1", &[0, 2]), ("a.beside.v1", &[1])]);
        let named = |name: &str, partition| (name.to_owned(), partition);
        let all = vec![named("a.in.v1", 0), named("a.in.v1", 2), named("a.beside.v1", 1)];
        assert_eq!(partitions_of(&bytes), Some(all));
        assert_eq!(partitions_of(&[]), Some(Vec::new()));
        for cut in 1..bytes.len() {
            assert_eq!(partitions_of(&bytes[..cut]), None, "cut at {cut}");
        }
        // Whatever a newer member adds behind it is its own.
        let longer: Vec<u8> = bytes.iter().copied().chain([0, 0, 0, 1, 9]).collect();
        assert_eq!(partitions_of(&longer).map(|all| all.len()), Some(3));
    }

    #[test]
    fn only_what_had_no_owner_twice_in_a_row_is_told() {
        let mut census = Census { due: Instant::now(), without_owner: BTreeSet::new(), look: None, visit: None };
        let one = |partition| BTreeSet::from([("a".to_owned(), partition)]);
        assert_eq!(census.take(one(1)), None);
        assert_eq!(census.take(one(2)), None, "another one");
        assert_eq!(census.take(BTreeSet::new()), None, "they were on their way");
        assert_eq!(census.take(one(2)), None);
        assert_eq!(census.take(one(2)), Some(("a".to_owned(), 2)));
    }
}
