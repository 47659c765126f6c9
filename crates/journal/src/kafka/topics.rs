//! The topics a log needs: what is there, what is wanted, and the steps between.
//!
//! Planning changes nothing; applying twice does nothing the second time. What would move keys or lose entries is no step
//! but a refusal that names the way. Must never enter: a topic's name, a default for a number.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigResource, ConfigSource, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::codec::Growth;
use super::ear::Ear;
use super::failure::{not_started, unavailable};
use super::side::{asking, first_counts};
use super::wait::wait_for;
use crate::error::JournalError;

/// How often to look whether a change is seen.
const LOOK: Duration = Duration::from_millis(20);

/// A topic as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The full name.
    pub name: String,
    /// How many partitions it must have (or, where it may grow, at least).
    pub partitions: u32,
    /// Copies of each partition.
    pub replication: u32,
    /// Settings of the topic, by the broker's names, such as `cleanup.policy`.
    pub settings: Vec<(String, String)>,
    /// Whether partitions may be added later.
    pub growth: Growth,
}

/// One step from what is there to what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Create the topic.
    Create(Wanted),
    /// Add partitions.
    Grow {
        /// The topic.
        name: String,
        /// How many it has.
        found: u32,
        /// How many it shall have.
        wanted: u32,
    },
    /// Change a setting.
    Set {
        /// The topic.
        name: String,
        /// The setting.
        key: String,
        /// Its value now; `None` if the broker does not know it.
        found: Option<String>,
        /// The value wanted.
        wanted: String,
    },
}

impl Change {
    fn name(&self) -> &str {
        match self {
            Self::Create(Wanted { name, .. }) | Self::Grow { name, .. } | Self::Set { name, .. } => name,
        }
    }

    fn is_seen(&self, found: &Found) -> bool {
        match self {
            Self::Create(_) => found.partitions > 0,
            Self::Grow { wanted, .. } => found.partitions >= *wanted,
            Self::Set { key, wanted, .. } => found.settings.get(key).is_some_and(|setting| setting.value.as_ref() == Some(wanted)),
        }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Create(Wanted { name, partitions, replication, .. }) => {
                write!(out, "create {name} with {partitions} partitions, {replication} copies each")
            }
            Self::Grow { name, found, wanted } => write!(out, "add partitions to {name}: {found} to {wanted}"),
            Self::Set { name, key, found, wanted } => {
                write!(out, "set {key} of {name} to {wanted} (now {})", found.as_deref().unwrap_or("unset"))
            }
        }
    }
}

/// What no step may do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Keys would move to other partitions, away from their state.
    #[error(
        "{name} has {found} partitions and {wanted} are wanted: its keys would move away from their state; keep {found}, or move the log into new topics (deploy/README.md, Migration)"
    )]
    OtherPartitions {
        /// The topic.
        name: String,
        /// How many it has.
        found: u32,
        /// How many are wanted.
        wanted: u32,
    },
    /// Partitions cannot be taken away.
    #[error("{name} has {found} partitions and only {wanted} are wanted: partitions cannot be taken away; ask for {found}")]
    Fewer {
        /// The topic.
        name: String,
        /// How many it has.
        found: u32,
        /// How many are wanted.
        wanted: u32,
    },
    /// Copies are moved by the broker's own tool.
    #[error("{name} has {found} copies and {wanted} are wanted: move them with the broker's tool kafka-reassign-partitions")]
    OtherReplication {
        /// The topic.
        name: String,
        /// How many it has.
        found: u32,
        /// How many are wanted.
        wanted: u32,
    },
}

/// The way from what is there to what is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Steps, in order.
    pub changes: Vec<Change>,
    /// What stands in the way; nothing is applied while there is any.
    pub refusals: Vec<Refusal>,
}

impl Plan {
    /// Whether everything is as wanted.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.changes.is_empty() && self.refusals.is_empty()
    }
}

/// A topic as it is.
#[derive(Clone, Debug, Default)]
struct Found {
    partitions: u32,
    replication: u32,
    settings: BTreeMap<String, Setting>,
}

#[derive(Clone, Debug)]
struct Setting {
    value: Option<String>,
    is_of_topic: bool,
}

/// Looks at topics and makes them.
pub struct Topics {
    admin: AdminClient<DefaultClientContext>,
    bootstrap: String,
    patience: Duration,
}

impl Topics {
    /// Connects; `more` are settings of the client library, such as those of TLS.
    ///
    /// # Errors
    /// [`JournalError::BadSetting`], [`JournalError::BadClient`]; where there are such settings also [`JournalError::Denied`] and
    /// [`JournalError::Untrusted`].
    pub fn open(bootstrap: &str, more: &[(String, String)]) -> Result<Self, JournalError> {
        let mut config = ClientConfig::new();
        config.extend(more.iter().cloned());
        config.set("bootstrap.servers", bootstrap);
        let patience = Duration::from_secs(30);
        if !more.is_empty() {
            // A client for administration does not say that it was turned away.
            let client = config.create_with_context(Ear::default()).map_err(|error| not_started("start a client", &error))?;
            first_counts(&client, (bootstrap, more), patience)?;
        }
        let admin = config.create().map_err(|error| not_started("start the admin client", &error))?;
        Ok(Self { admin, bootstrap: bootstrap.to_owned(), patience })
    }

    /// What it takes to have these topics. Changes nothing.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`].
    pub fn plan(&self, wanted: &[Wanted]) -> Result<Plan, JournalError> {
        let found = self.look(wanted)?;
        let mut plan = Plan::default();
        for topic in wanted {
            match found.get(&topic.name) {
                None => plan.changes.push(Change::Create(topic.clone())),
                Some(there) => compare(topic, there, &mut plan),
            }
        }
        Ok(plan)
    }

    /// How large a topic is: its partitions and the copies of each; none where it does not exist.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`].
    pub fn size(&self, name: &str) -> Result<Option<(u32, u32)>, JournalError> {
        Ok(self.sizes(&[name])?.remove(name).map(|there| (there.partitions, there.replication)))
    }

    /// Takes the steps of a plan.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`]; steps before the failed one are taken, and a new plan says what is left.
    pub fn apply(&self, plan: &Plan) -> Result<(), JournalError> {
        if let Some(refusal) = plan.refusals.first() {
            return Err(JournalError::BadSetting {
                key: "topics".to_owned(),
                value: "not as wanted".to_owned(),
                want: refusal.to_string(),
            });
        }
        for change in &plan.changes {
            match change {
                Change::Create(wanted) => self.create(wanted)?,
                Change::Grow { name, wanted, .. } => self.grow(name, *wanted)?,
                Change::Set { .. } => {}
            }
        }
        let mut settings: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for change in &plan.changes {
            if let Change::Set { name, key, wanted, .. } = change {
                settings.entry(name).or_default().push((key, wanted));
            }
        }
        settings.into_iter().try_for_each(|(name, changed)| self.set(name, &changed))?;
        self.wait_until_seen(plan)
    }

    /// The broker answers before all of it knows: what was made may be asked for a moment too early.
    fn wait_until_seen(&self, plan: &Plan) -> Result<(), JournalError> {
        let named =
            |name: &str| Wanted { name: name.to_owned(), partitions: 0, replication: 0, settings: Vec::new(), growth: Growth::Fixed };
        let wanted: Vec<Wanted> = plan.changes.iter().map(|change| named(change.name())).collect();
        let start = Instant::now();
        loop {
            let found = self.look(&wanted)?;
            let Some(unseen) = plan.changes.iter().find(|change| !found.get(change.name()).is_some_and(|there| change.is_seen(there)))
            else {
                return Ok(());
            };
            if start.elapsed() > self.patience {
                return Err(JournalError::Unavailable { doing: unseen.to_string(), why: "it was taken and is not seen".to_owned() });
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Deletes topics: for tests and for a generation that was given up.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`].
    pub fn delete(&self, names: &[&str]) -> Result<(), JournalError> {
        let results = self.done("delete topics", self.admin.delete_topics(names, &self.options()))?;
        results.into_iter().try_for_each(|result| named("delete", result))
    }

    /// Deletes consumer groups with their positions: for tests and for a generation that was given up. One that still has members, or
    /// remembers some, is refused.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`].
    pub fn delete_groups(&self, names: &[&str]) -> Result<(), JournalError> {
        let results = self.done("delete groups", self.admin.delete_groups(names, &self.options()))?;
        results.into_iter().try_for_each(|result| named("delete group", result))
    }

    /// Deletes what a partition holds before a position: for a log that was archived. `at` is (topic, partition).
    ///
    /// # Errors
    /// [`JournalError::Unavailable`].
    pub fn delete_before(&self, at: (&str, u32), position: u64) -> Result<(), JournalError> {
        let mut list = TopicPartitionList::new();
        let added = list.add_partition_offset(at.0, at.1.cast_signed(), Offset::Offset(position.cast_signed()));
        added.map_err(|error| unavailable("name a partition", &error))?;
        let deleted = self.done("delete records", self.admin.delete_records(&list, &self.options()))?;
        let failed = |element: rdkafka::topic_partition_list::TopicPartitionListElem<'_>| element.error();
        deleted.elements().into_iter().try_for_each(failed).map_err(|error| unavailable("delete records", &error))
    }

    fn options(&self) -> AdminOptions {
        AdminOptions::new().operation_timeout(Some(self.patience)).request_timeout(Some(self.patience))
    }

    fn done<T>(&self, doing: &str, future: impl Future<Output = Result<T, KafkaError>>) -> Result<T, JournalError> {
        wait_for(future).map_err(|error| unavailable(doing, &error))
    }

    fn create(&self, wanted: &Wanted) -> Result<(), JournalError> {
        let (partitions, copies) = (wanted.partitions.cast_signed(), wanted.replication.cast_signed());
        let mut topic = NewTopic::new(&wanted.name, partitions, TopicReplication::Fixed(copies));
        for (key, value) in &wanted.settings {
            topic = topic.set(key, value);
        }
        let results = self.done("create a topic", self.admin.create_topics([&topic], &self.options()))?;
        for result in results {
            match result {
                // Somebody else was quicker; the next look says whether it is as wanted.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, RDKafkaErrorCode::InvalidReplicationFactor)) => return Err(too_many_copies(wanted.replication)),
                other => named("create", other)?,
            }
        }
        Ok(())
    }

    fn grow(&self, name: &str, wanted: u32) -> Result<(), JournalError> {
        let partitions = NewPartitions::new(name, wanted as usize);
        let results = self.done("add partitions", self.admin.create_partitions([&partitions], &self.options()))?;
        results.into_iter().try_for_each(|result| named("add partitions to", result))
    }

    /// The broker takes all settings of a topic at once: those it has of its own are sent again with the changed ones.
    fn set(&self, name: &str, changed: &[(&str, &str)]) -> Result<(), JournalError> {
        let own = self.settings(&[name])?.remove(name).unwrap_or_default();
        let own = own.iter().filter(|(_, setting)| setting.is_of_topic);
        let mut all: BTreeMap<&str, &str> =
            own.filter_map(|(key, setting)| setting.value.as_deref().map(|value| (key.as_str(), value))).collect();
        all.extend(changed.iter().copied());
        let alter = all.iter().fold(AlterConfig::new(ResourceSpecifier::Topic(name)), |alter, (key, value)| alter.set(key, value));
        let results = self.done("change settings", self.admin.alter_configs([&alter], &self.options()))?;
        for result in results {
            if let Err((_, code)) = result {
                return Err(JournalError::Unavailable { doing: format!("change settings of {name}"), why: code.to_string() });
            }
        }
        Ok(())
    }

    fn look(&self, wanted: &[Wanted]) -> Result<BTreeMap<String, Found>, JournalError> {
        let names: Vec<&str> = wanted.iter().map(|wanted| wanted.name.as_str()).collect();
        let mut found = self.sizes(&names)?;
        let names: Vec<&str> = names.into_iter().filter(|name| found.contains_key(*name)).collect();
        for (name, settings) in self.settings(&names)? {
            if let Some(there) = found.get_mut(&name) {
                there.settings = settings;
            }
        }
        Ok(found)
    }

    /// Those of the topics that exist, without their settings.
    fn sizes(&self, names: &[&str]) -> Result<BTreeMap<String, Found>, JournalError> {
        let metadata = self.admin.inner().fetch_metadata(None, self.patience);
        let metadata = metadata.map_err(|error| unavailable(&asking(&self.bootstrap), &error))?;
        let mut found = BTreeMap::new();
        for topic in metadata.topics().iter().filter(|topic| names.contains(&topic.name())) {
            let copies = topic.partitions().iter().map(|partition| partition.replicas().len()).min().unwrap_or(0);
            let partitions = u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX);
            let there = Found { partitions, replication: u32::try_from(copies).unwrap_or(u32::MAX), settings: BTreeMap::new() };
            found.insert(topic.name().to_owned(), there);
        }
        Ok(found)
    }

    fn settings(&self, names: &[&str]) -> Result<BTreeMap<String, BTreeMap<String, Setting>>, JournalError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let results = self.done("ask for settings", self.admin.describe_configs(&asked, &self.options()))?;
        let mut all = BTreeMap::new();
        for (name, result) in names.iter().zip(results) {
            let why =
                |code: RDKafkaErrorCode| JournalError::Unavailable { doing: format!("ask for settings of {name}"), why: code.to_string() };
            all.insert((*name).to_owned(), settings_of(result.map_err(why)?));
        }
        Ok(all)
    }
}

fn settings_of(resource: ConfigResource) -> BTreeMap<String, Setting> {
    let setting = |entry: rdkafka::admin::ConfigEntry| {
        let is_of_topic = entry.source == ConfigSource::DynamicTopic;
        (entry.name, Setting { value: entry.value, is_of_topic })
    };
    resource.entries.into_iter().map(setting).collect()
}

fn compare(wanted: &Wanted, found: &Found, plan: &mut Plan) {
    let name = wanted.name.clone();
    if found.partitions != wanted.partitions {
        let (found, wanted, growth) = (found.partitions, wanted.partitions, wanted.growth);
        match growth {
            Growth::MayGrow if found < wanted => plan.changes.push(Change::Grow { name: name.clone(), found, wanted }),
            Growth::MayGrow => plan.refusals.push(Refusal::Fewer { name: name.clone(), found, wanted }),
            Growth::Fixed => plan.refusals.push(Refusal::OtherPartitions { name: name.clone(), found, wanted }),
        }
    }
    if found.replication != wanted.replication {
        plan.refusals.push(Refusal::OtherReplication { name: name.clone(), found: found.replication, wanted: wanted.replication });
    }
    for (key, value) in &wanted.settings {
        let now = found.settings.get(key).and_then(|setting| setting.value.clone());
        if now.as_deref() != Some(value) {
            plan.changes.push(Change::Set { name: name.clone(), key: key.clone(), found: now, wanted: value.clone() });
        }
    }
}

fn named(doing: &str, result: Result<String, (String, RDKafkaErrorCode)>) -> Result<(), JournalError> {
    let failed =
        |(name, code): (String, RDKafkaErrorCode)| JournalError::Unavailable { doing: format!("{doing} {name}"), why: code.to_string() };
    result.map(drop).map_err(failed)
}

/// More than there are brokers: no waiting mends it.
fn too_many_copies(copies: u32) -> JournalError {
    let want = "as many as there are brokers, at most: --replication 1 on a single one".to_owned();
    JournalError::BadSetting { key: "replication".to_owned(), value: copies.to_string(), want }
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Topics({:?})", self.patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(partitions: u32, growth: Growth) -> Wanted {
        let settings = vec![("cleanup.policy".to_owned(), "compact".to_owned())];
        Wanted { name: "in".to_owned(), partitions, replication: 3, settings, growth }
    }

    fn found(partitions: u32, policy: &str) -> Found {
        let setting = Setting { value: Some(policy.to_owned()), is_of_topic: false };
        Found { partitions, replication: 3, settings: [("cleanup.policy".to_owned(), setting)].into() }
    }

    fn compared(wanted: &Wanted, found: &Found) -> Plan {
        let mut plan = Plan::default();
        compare(wanted, found, &mut plan);
        plan
    }

    #[test]
    fn what_is_as_wanted_needs_nothing() {
        assert!(compared(&wanted(8, Growth::Fixed), &found(8, "compact")).is_done());
    }

    #[test]
    fn a_constant_of_a_generation_is_never_changed() {
        for there in [4, 16] {
            let plan = compared(&wanted(8, Growth::Fixed), &found(there, "compact"));
            assert!(plan.changes.is_empty());
            assert!(plan.refusals[0].to_string().contains("move the log into new topics"), "{}", plan.refusals[0]);
        }
    }

    #[test]
    fn what_may_grow_grows_and_never_shrinks() {
        let plan = compared(&wanted(8, Growth::MayGrow), &found(4, "compact"));
        assert_eq!(plan.changes, [Change::Grow { name: "in".to_owned(), found: 4, wanted: 8 }]);
        let plan = compared(&wanted(8, Growth::MayGrow), &found(9, "compact"));
        assert!(plan.changes.is_empty());
        assert_eq!(plan.refusals, [Refusal::Fewer { name: "in".to_owned(), found: 9, wanted: 8 }]);
    }

    #[test]
    fn a_setting_is_changed_and_copies_are_not() {
        let plan = compared(&wanted(8, Growth::Fixed), &found(8, "delete"));
        assert_eq!(plan.changes.len(), 1);
        assert_eq!(plan.changes[0].to_string(), "set cleanup.policy of in to compact (now delete)");
        let plan = compared(&Wanted { replication: 1, ..wanted(8, Growth::Fixed) }, &found(8, "compact"));
        assert!(plan.refusals[0].to_string().contains("kafka-reassign-partitions"));
    }

    #[test]
    fn more_copies_than_brokers_are_no_reason_to_try_again() {
        let error = too_many_copies(3);
        assert!(error.to_string().contains("replication is 3") && error.to_string().contains("--replication 1"), "{error}");
        assert_eq!(error.exit_code(), 78);
    }
}
