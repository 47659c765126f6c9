//! The names of topics on a broker, and which of them a generation derives.
//!
//! The number of a topic is its place in the table; names follow the conventions: what others write or read has no generation,
//! what is derived carries it. Must never enter: a client's type, what a topic's messages mean.

use crate::{GENERATION, message};
use journal::{
    Topic,
    kafka::{Growth, Identity, MESSAGE_BYTES_MAX, TopicName, topics::Wanted},
};

/// How large an installation is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Partitions of the topic of events: as many as feeds need; more may be added later.
    pub events: u32,
    /// Partitions of every topic of the generation: as many tasks has each stage. A constant of the generation.
    pub partitions: u32,
    /// Copies of each partition.
    pub replication: u32,
}

/// What is derived can be derived again; so long readers may be away, milliseconds (14 days).
const DERIVED_MS: u64 = 14 * 86_400_000;
/// How long events stay: what was admitted holds their bytes, milliseconds (90 days).
const EVENTS_MS: u64 = 90 * 86_400_000;

/// The topics of one installation on a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    namespace: String,
}

/// The stages that keep state on a broker, by the name of their consumer group.
pub const GROUPS: [&str; 7] = ["intake", "register", "docket", "assessor", "watch", "weigh", "herald"];

impl Space {
    /// The topics whose names begin with a word, usually `slipwatch`.
    #[must_use]
    pub fn new(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned() }
    }

    /// The beginning of all names of the generation, such as `slipwatch.g1`.
    #[must_use]
    pub fn generation(&self) -> String {
        format!("{}.g{GENERATION}", self.namespace)
    }

    /// The full name of a topic; none for one that exists in memory only.
    #[must_use]
    pub fn name(&self, topic: Topic) -> Option<String> {
        let (derived, word) = match topic {
            message::ADMITTED => (true, "admitted"),
            message::ASSESSMENTS => (true, "assessments"),
            message::DECISIONS => (false, "alerts"),
            message::LATE => (true, "late"),
            message::DOCKETS => (true, "dockets"),
            message::LEDGER => (true, "ledger"),
            message::UNLISTED => (true, "unlisted"),
            message::REFUSED => (false, "refused"),
            message::TALLIES => (true, "tallies"),
            message::FACTS => (true, "facts"),
            message::EVENTS => (false, "events"),
            message::ACTIONS => (false, "actions"),
            _ => return None,
        };
        Some(if derived { format!("{}.{word}.v1", self.generation()) } else { format!("{}.{word}.v1", self.namespace) })
    }

    /// The topic that holds positions and pages of a group.
    #[must_use]
    pub fn state(&self, group: &str) -> String {
        Identity::new(&self.generation(), group, 0).state_topic()
    }

    /// The topics as they should be, with the settings that the guarantees need.
    #[must_use]
    pub fn wanted(&self, scale: Scale) -> Vec<Wanted> {
        let topics = (0..message::TOPICS).map(Topic).filter_map(|topic| Some((topic, self.name(topic)?)));
        let mut wanted: Vec<Wanted> = topics.map(|(topic, name)| self.wanted_topic(topic, name, scale)).collect();
        // Their number stays as it is, also where events grow: a task's state is in the partition that its number says.
        wanted.extend(GROUPS.map(|group| {
            let compacted = [("cleanup.policy", "compact".to_owned()), ("min.cleanable.dirty.ratio", "0.1".to_owned())];
            want((self.state(group), scale.partitions), Growth::Fixed, scale, &compacted)
        }));
        wanted
    }

    fn wanted_topic(&self, topic: Topic, name: String, scale: Scale) -> Wanted {
        // The policy is named though it is the usual one: on a broker that compacts unless it is told otherwise the log would lose what
        // was said first of a key.
        let keep = |ms: Option<u64>| {
            let ms = ms.map_or("-1".to_owned(), |ms| ms.to_string());
            [("cleanup.policy", "delete".to_owned()), ("retention.ms", ms), ("retention.bytes", "-1".to_owned())]
        };
        match topic {
            message::EVENTS => want((name, scale.events), Growth::MayGrow, scale, &keep(Some(EVENTS_MS))),
            message::ACTIONS => want((name, 1), Growth::Fixed, scale, &keep(None)),
            message::ADMITTED | message::DECISIONS | message::LATE | message::REFUSED => {
                want((name, scale.partitions), Growth::Fixed, scale, &keep(None))
            }
            _ => want((name, scale.partitions), Growth::Fixed, scale, &keep(Some(DERIVED_MS))),
        }
    }

    /// The table a store is opened with: a topic's number is its place. What exists in memory only has a name that no broker
    /// has, so that using it is refused by that name.
    #[must_use]
    pub fn table(&self) -> Vec<TopicName> {
        let name = |number: u16| {
            let topic = Topic(number);
            let name = self.name(topic).unwrap_or_else(|| format!("{}.in-memory-{number}", self.generation()));
            let growth = if topic == message::EVENTS { Growth::MayGrow } else { Growth::Fixed };
            TopicName { name, growth }
        };
        (0..message::TOPICS).map(name).collect()
    }
}

fn want((name, partitions): (String, u32), growth: Growth, scale: Scale, settings: &[(&str, String)]) -> Wanted {
    let mut settings: Vec<(String, String)> = settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    settings.push(("max.message.bytes".to_owned(), MESSAGE_BYTES_MAX.to_string()));
    // Time-based retention must not look at event time, which lies years back in a history.
    settings.push(("message.timestamp.type".to_owned(), "LogAppendTime".to_owned()));
    if scale.replication >= 3 {
        settings.push(("min.insync.replicas".to_owned(), "2".to_owned()));
    }
    Wanted { name, partitions, replication: scale.replication, settings, growth }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_conventions() {
        let space = Space::new("slipwatch");
        assert_eq!(space.name(message::EVENTS).as_deref(), Some("slipwatch.events.v1"));
        assert_eq!(space.name(message::DECISIONS).as_deref(), Some("slipwatch.alerts.v1"));
        assert_eq!(space.name(message::ADMITTED).as_deref(), Some("slipwatch.g1.admitted.v1"));
        assert_eq!(space.state("register"), "slipwatch.g1.register-state.v1");
        assert_eq!(space.name(message::COUNTS), None);
    }

    #[test]
    fn what_becomes_of_old_entries_is_left_to_no_broker() {
        let space = Space::new("slipwatch");
        let states = GROUPS.map(|group| space.state(group));
        for topic in space.wanted(Scale { events: 3, partitions: 2, replication: 3 }) {
            let policy = topic.settings.iter().find(|(key, _)| key == "cleanup.policy").map(|(_, value)| value.as_str());
            let wanted = if states.contains(&topic.name) { "compact" } else { "delete" };
            assert_eq!(policy, Some(wanted), "{}", topic.name);
        }
    }

    #[test]
    fn the_table_is_as_long_as_there_are_topics_and_every_name_is_one() {
        let mut names: Vec<String> = Space::new("slipwatch").table().into_iter().map(|topic| topic.name).collect();
        assert_eq!(names.len(), usize::from(message::TOPICS));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), usize::from(message::TOPICS));
    }
}
