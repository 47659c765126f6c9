//! How the clients of a broker are set up, and what may not be set otherwise.
//!
//! Every fixed value here was paid for: without it a stage is slow, stalls, or loses exactly-once. A setting that breaks
//! one of them is refused by name at the start, and never quietly corrected. Must never enter: a default that differs
//! between the services, a topic's name.

use std::time::Duration;

use rdkafka::ClientConfig;

use super::failure::not_started;
use crate::error::JournalError;
use crate::position::Topic;

/// Below this the client's thread to the broker spins, and several stages on few cores fall over.
const LINGER_MIN: Duration = Duration::from_millis(5);

/// The longest a client may go without being asked for messages, as the library allows it: a day.
const POLL_LIMIT_MAX: Duration = Duration::from_hours(24);

/// Largest message that is sent, bytes: topics must take as much. The library's own bound is a megabyte, which a message that is kept
/// with all its bytes exceeds, and a message that it does not take would be sent again for ever.
pub const MESSAGE_BYTES_MAX: u32 = 4 << 20;

/// How often a client asks which partitions there are: so late at most does a member of a group notice that a topic has grown.
const REFRESH: &str = "topic.metadata.refresh.interval.ms";
/// The usual value for members, milliseconds.
const REFRESH_MS: u64 = 10_000;

/// The protocol of the group.
const PROTOCOL: &str = "group.protocol";
/// The library's name of the bound of what it unpacks, and of what it takes from a broker at once; and its default.
const UNPACKED: &str = "receive.message.max.bytes";
const UNPACKED_BYTES_MAX: u64 = 100_000_000;
/// How much of a partition one answer of the broker holds.
const FETCH_BYTES: &str = "fetch.message.max.bytes";

/// Settings that are ours alone: the guarantees rest on them.
const FIXED: [&str; 18] = [
    "acks",
    "auto.offset.reset",
    "client.id",
    "connections.max.idle.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.partition.eof",
    "fetch.queue.backoff.ms",
    "group.id",
    "group.instance.id",
    "isolation.level",
    "linger.ms",
    "max.poll.interval.ms",
    "message.max.bytes",
    "partition.assignment.strategy",
    "transaction.timeout.ms",
    "transactional.id",
];

/// Who a process is among those that share its work: stable over its restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The consumer group: one for all instances of a service and generation.
    pub group: String,
    /// The instance: the group with its ordinal. Two processes with one name fence each other.
    pub instance: String,
}

impl Identity {
    /// `space` is the beginning of all names of a generation, such as `slipwatch.g1`.
    #[must_use]
    pub fn new(space: &str, service: &str, ordinal: u32) -> Self {
        let group = format!("{space}.{service}");
        Self { instance: format!("{group}-{ordinal}"), group }
    }

    /// The compacted topic that holds positions and pages of the service's tasks.
    #[must_use]
    pub fn state_topic(&self) -> String {
        format!("{}-state.v1", self.group)
    }
}

/// Who decides which partitions a process reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inputs {
    /// The caller: it reads whatever it asks for. No other process may run the same tasks.
    Chosen,
    /// The consumer group, for these topics. Other topics (co-partitioned ones) may be read beside them.
    Shared(Vec<Topic>),
}

/// Who computes which member of the group reads what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// A member; session and heartbeat are those of [`Settings`].
    Classic,
    /// The broker.
    Consumer,
}

/// How to reach the broker and how patient to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Brokers to begin with, `host:port,host:port`.
    pub bootstrap: String,
    /// Who this process is.
    pub identity: Identity,
    /// Who decides what is read.
    pub inputs: Inputs,
    /// How long the group waits for a silent member before its partitions move; also how long a transaction may be open.
    pub session_timeout: Duration,
    /// How often a member shows that it lives; a moved partition rests for about this long.
    pub heartbeat: Duration,
    /// How long a step may take before the group takes the partitions of its process away. A long one is no reason to: that
    /// another begins the same step anew helps nobody, so it is as long as can be. Heartbeats show that the process lives, and
    /// whether its loop turns is the question of its probe.
    pub poll_limit: Duration,
    /// How long a record may wait for others on its way out; 5 ms at least.
    pub linger: Duration,
    /// How long one call to the broker may take before it counts as failed.
    pub call_timeout: Duration,
    /// How much longer than `call_timeout` a transaction call may hang before the process must end.
    pub stall_margin: Duration,
    /// How often to look whether every partition has an owner; one that had none twice makes the group share anew.
    pub look_at_group: Duration,
    /// Bytes of messages kept per partition that no task has asked for yet; reading of the partition rests above them.
    pub queue_bytes_max: usize,
    /// Bytes, compressed, that one answer of the broker holds of a partition at most: decompressed they may be some hundred times as many,
    /// and where others write nothing else bounds what they become. All of an answer is kept, each message at some 300 bytes more,
    /// whatever the bound of what is read ahead.
    pub fetch_bytes_max: u32,
    /// More settings of the client library, such as those of TLS; none of those that are fixed here. `group.protocol` may be `consumer`:
    /// then the broker computes who reads what (KIP-848), and session and heartbeat are its settings of the group.
    pub more: Vec<(String, String)>,
}

impl Settings {
    /// The usual patience, for this broker, process and source of partitions.
    #[must_use]
    pub fn new(bootstrap: &str, identity: Identity, inputs: Inputs) -> Self {
        Self {
            bootstrap: bootstrap.to_owned(),
            identity,
            inputs,
            session_timeout: Duration::from_secs(6),
            heartbeat: Duration::from_millis(300),
            poll_limit: POLL_LIMIT_MAX,
            linger: LINGER_MIN,
            call_timeout: Duration::from_secs(10),
            // Behind a coordinator that died a call comes back when idle connections are given up (five seconds) and the next one
            // answers: on a slow machine that took more than five beyond the time-out, and a process ended that would have gone on.
            stall_margin: Duration::from_secs(20),
            look_at_group: Duration::from_secs(30),
            queue_bytes_max: 1 << 20,
            fetch_bytes_max: 64 << 10,
            more: Vec::new(),
        }
    }

    /// Looks for what would break a guarantee.
    ///
    /// # Errors
    /// [`JournalError::BadSetting`] with the key, its value, and what would be right.
    pub fn check(&self) -> Result<(), JournalError> {
        let refuse =
            |key: &str, value: String, want: &str| Err(JournalError::BadSetting { key: key.to_owned(), value, want: want.to_owned() });
        if self.linger < LINGER_MIN {
            return refuse("linger.ms", self.linger.as_millis().to_string(), "5 or more: with less the client's thread spins");
        }
        let least = self.heartbeat * 3;
        if least > self.session_timeout {
            let want = format!("{} or more: one lost heartbeat must not cost the partitions", least.as_millis());
            return refuse("session_timeout_ms", self.session_timeout.as_millis().to_string(), &want);
        }
        if self.poll_limit < self.session_timeout || self.poll_limit > POLL_LIMIT_MAX {
            let want = "between the session time-out and a day: a slow step must not cost the partitions";
            return refuse("max.poll.interval.ms", self.poll_limit.as_millis().to_string(), want);
        }
        if self.bootstrap.trim().is_empty() {
            return refuse("bootstrap", format!("{:?}", self.bootstrap), "host:port of a broker");
        }
        let group = &self.identity.group;
        if group.starts_with('.') || !group.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')) {
            // Behind it stand the generation and the service, which have no dots.
            let namespace = group.rsplitn(3, '.').nth(2).unwrap_or_default();
            return refuse("namespace", format!("{namespace:?}"), "letters, digits, '.', '_' and '-': what brokers take in a topic's name");
        }
        check_more(&self.more)
    }

    /// The most bytes that the client unpacks a batch to: its own default, unless another bound is set.
    pub(super) fn unpacked_bytes_max(&self) -> u64 {
        let asked = self.more.iter().rev().find(|(key, _)| key == UNPACKED).and_then(|(_, value)| value.parse().ok());
        asked.unwrap_or(UNPACKED_BYTES_MAX)
    }

    /// Who computes which member reads what; the words where they are none.
    fn protocol(&self) -> Result<Protocol, &str> {
        protocol_of(&self.more)
    }

    fn client(&self, suffix: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set(REFRESH, "30000");
        for (key, value) in self.more.iter().filter(|(key, _)| key != PROTOCOL) {
            config.set(key, value);
        }
        config.set("bootstrap.servers", &self.bootstrap);
        config.set("client.id", format!("{}{suffix}", self.identity.instance));
        config.set("reconnect.backoff.max.ms", "1000");
        config
    }

    /// How often to look whether a topic has grown: as often as the client does for itself.
    pub(super) fn look_every(&self) -> Duration {
        let asked = self.more.iter().rev().find(|(key, _)| key == REFRESH).and_then(|(_, value)| value.parse().ok());
        Duration::from_millis(asked.unwrap_or(REFRESH_MS))
    }

    /// For the one consumer of an instance.
    pub(super) fn consumer(&self) -> ClientConfig {
        let mut config = self.reader("");
        config.set("group.id", &self.identity.group);
        // How far it has fetched, past what ends transactions: nothing else of the client says that.
        config.set("statistics.interval.ms", "5000");
        match self.inputs {
            Inputs::Chosen => {}
            Inputs::Shared(_) => {
                config.set("group.instance.id", &self.identity.instance);
                config.set("max.poll.interval.ms", self.poll_limit.as_millis().to_string());
                config.set(REFRESH, self.look_every().as_millis().to_string());
                match self.protocol().unwrap_or(Protocol::Classic) {
                    Protocol::Classic => self.share_classic(&mut config),
                    Protocol::Consumer => drop(config.set(PROTOCOL, "consumer")),
                }
            }
        }
        config
    }

    fn share_classic(&self, config: &mut ClientConfig) {
        config.set("partition.assignment.strategy", "cooperative-sticky");
        config.set("session.timeout.ms", self.session_timeout.as_millis().to_string());
        config.set("heartbeat.interval.ms", self.heartbeat.as_millis().to_string());
    }

    /// For a member that comes and goes; none where the broker itself sees to it that every partition has an owner, or there is no group.
    pub(super) fn visitor(&self) -> Option<ClientConfig> {
        match (&self.inputs, self.protocol()) {
            (Inputs::Shared(_), Ok(Protocol::Classic)) => {}
            (Inputs::Shared(_), Ok(Protocol::Consumer) | Err(_)) | (Inputs::Chosen, _) => return None,
        }
        let mut config = self.reader("-visitor");
        config.set("group.id", &self.identity.group);
        self.share_classic(&mut config);
        Some(config)
    }

    /// For reading one partition to its end, beside the one consumer and in no group.
    pub(super) fn side(&self) -> ClientConfig {
        let mut config = self.reader("-side");
        config.set("group.id", format!("{}-side", self.identity.instance));
        config.set("enable.partition.eof", "true");
        config
    }

    /// For asking where partitions end, counting what is not committed yet.
    pub(super) fn asker(&self) -> ClientConfig {
        let mut config = self.client("-asker");
        config.set("isolation.level", "read_uncommitted");
        config
    }

    fn reader(&self, suffix: &str) -> ClientConfig {
        let mut config = self.client(suffix);
        config.set("isolation.level", "read_committed");
        config.set("enable.auto.commit", "false");
        config.set("enable.auto.offset.store", "false");
        config.set("auto.offset.reset", "error");
        config.set("fetch.queue.backoff.ms", "10");
        // A partition that is added waits for the fetch under way, which waits for records that may not come.
        config.set("fetch.wait.max.ms", "100");
        config.set("fetch.error.backoff.ms", "100");
        // What the library reads ahead costs several times its bytes in memory, and every consumer of a process has its own. It
        // bounds a fetch as well; a message that is larger still comes.
        config.set("queued.max.messages.kbytes", "2048");
        if config.get(FETCH_BYTES).is_none() {
            config.set(FETCH_BYTES, self.fetch_bytes_max.to_string());
        }
        config
    }

    /// For the one transactional producer of an instance.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client("-writer");
        let open = self.transaction_timeout().as_millis().to_string();
        config.set("transactional.id", &self.identity.instance);
        config.set("enable.idempotence", "true");
        config.set("acks", "all");
        config.set("linger.ms", self.linger.as_millis().to_string());
        config.set("transaction.timeout.ms", &open);
        config.set("message.timeout.ms", &open);
        config.set("message.max.bytes", MESSAGE_BYTES_MAX.to_string());
        // Without it sending positions never returns once the coordinator's broker has died.
        config.set("connections.max.idle.ms", "5000");
        config.set("compression.type", "lz4");
        config.set("queue.buffering.max.messages", "200000");
        config
    }

    /// For appends outside any transaction.
    pub(super) fn appender(&self) -> ClientConfig {
        let mut config = self.client("-appender");
        config.set("enable.idempotence", "true");
        config.set("acks", "all");
        config.set("linger.ms", self.linger.as_millis().to_string());
        // A sender waits for the answer: it is told in time that there is none.
        config.set("message.timeout.ms", self.call_timeout.as_millis().to_string());
        config.set("message.max.bytes", MESSAGE_BYTES_MAX.to_string());
        config.set("compression.type", "lz4");
        // As Java clients do; the library's own choice of a partition differs.
        config.set("partitioner", "murmur2_random");
        config.set("allow.auto.create.topics", "false");
        config
    }

    /// A dead producer's transaction holds readers up for this long: no longer than its partitions rest anyway.
    pub(super) fn transaction_timeout(&self) -> Duration {
        self.session_timeout
    }
}

/// Looks whether the client library takes these settings, and whether they leave alone what exactly-once rests on. No client is started.
///
/// # Errors
/// [`JournalError::BadSetting`], the first that cannot be used.
pub fn check_more(pairs: &[(String, String)]) -> Result<(), JournalError> {
    if let Err(other) = protocol_of(pairs) {
        let (key, value) = (PROTOCOL.to_owned(), format!("{other:?}"));
        return Err(JournalError::BadSetting { key, value, want: "classic or consumer".to_owned() });
    }
    if let Some((key, value)) = pairs.iter().find(|(key, _)| FIXED.contains(&key.as_str())) {
        let want = "left out: exactly-once rests on the value this program sets".to_owned();
        return Err(JournalError::BadSetting { key: key.clone(), value: value.clone(), want });
    }
    let mut config = ClientConfig::new();
    for (key, value) in pairs {
        config.set(key, value);
    }
    config.create_native_config().map(drop).map_err(|error| not_started("look at the settings of the client", &error))
}

fn protocol_of(pairs: &[(String, String)]) -> Result<Protocol, &str> {
    match pairs.iter().rev().find(|(key, _)| key == PROTOCOL).map(|(_, value)| value.as_str()) {
        None | Some("classic") => Ok(Protocol::Classic),
        Some("consumer") => Ok(Protocol::Consumer),
        Some(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        let identity = Identity::new("toy.g7", "fold", 2);
        Settings::new("localhost:9092", identity, Inputs::Shared(vec![Topic(0)]))
    }

    #[test]
    fn names_are_stable_and_of_their_generation() {
        let identity = settings().identity;
        assert_eq!((identity.group.as_str(), identity.instance.as_str()), ("toy.g7.fold", "toy.g7.fold-2"));
        assert_eq!(identity.state_topic(), "toy.g7.fold-state.v1");
    }

    /// The rules, each with the value that holds it.
    #[test]
    fn every_rule_of_the_clients_is_set() {
        let settings = settings();
        let consumer = [
            ("isolation.level", "read_committed"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("partition.assignment.strategy", "cooperative-sticky"),
            ("fetch.queue.backoff.ms", "10"),
            ("queued.max.messages.kbytes", "2048"),
            ("max.poll.interval.ms", "86400000"),
            ("group.id", "toy.g7.fold"),
            ("group.instance.id", "toy.g7.fold-2"),
            ("client.id", "toy.g7.fold-2"),
        ];
        let producer = [
            ("transactional.id", "toy.g7.fold-2"),
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "5"),
            ("connections.max.idle.ms", "5000"),
            ("message.max.bytes", "4194304"),
            ("client.id", "toy.g7.fold-2-writer"),
        ];
        for (config, rules) in [(settings.consumer(), &consumer[..]), (settings.producer(), &producer[..])] {
            for (key, want) in rules {
                assert_eq!(config.get(key), Some(*want), "{key}");
            }
        }
        let silent = [settings.producer(), settings.side(), settings.asker(), settings.appender()];
        assert!(silent.iter().all(|config| config.get("statistics.interval.ms").is_none()), "only the one consumer is asked how far it is");
        let millis = |config: &ClientConfig, key| config.get(key).and_then(|text| text.parse::<u64>().ok()).unwrap();
        let open = millis(&settings.producer(), "transaction.timeout.ms");
        assert!(open <= millis(&settings.consumer(), "session.timeout.ms"));
        assert!(millis(&settings.producer(), "message.timeout.ms") <= open);
        let appender = settings.appender();
        for (key, want) in [
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("partitioner", "murmur2_random"),
            ("message.max.bytes", "4194304"),
            ("transactional.id", ""),
        ] {
            assert_eq!(appender.get(key).unwrap_or(""), want, "{key}");
        }
        let names = [settings.consumer(), settings.producer(), settings.side(), settings.asker(), appender];
        let mut names: Vec<_> = names.iter().map(|config| config.get("client.id").unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 5, "every client has a name of its own");
    }

    /// The library refuses a client that sets for itself what is the broker's then.
    #[test]
    fn the_protocol_of_the_broker_leaves_sessions_to_the_broker() {
        let settings = Settings { more: vec![(PROTOCOL.to_owned(), "consumer".to_owned())], ..settings() };
        assert!(settings.check().is_ok());
        let consumer = settings.consumer();
        assert_eq!((consumer.get(PROTOCOL), consumer.get("group.instance.id")), (Some("consumer"), Some("toy.g7.fold-2")));
        for key in ["session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"] {
            assert_eq!(consumer.get(key), None, "{key}");
        }
        for config in [settings.producer(), settings.side(), settings.asker(), settings.appender()] {
            assert_eq!(config.get(PROTOCOL), None, "only members of groups have one");
        }
    }

    #[test]
    fn a_setting_that_breaks_a_rule_is_refused_by_name() {
        let refused = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        assert!(settings().check().is_ok());
        let linger = refused(|settings| settings.linger = Duration::from_millis(1));
        assert!(linger.contains("linger.ms is 1") && linger.contains("5 or more"), "{linger}");
        assert!(
            refused(|settings| settings.session_timeout = Duration::from_millis(899))
                .contains("session_timeout_ms is 899, and must be 900 or more")
        );
        assert!(refused(|settings| settings.poll_limit = Duration::from_secs(5)).contains("max.poll.interval.ms is 5000"));
        assert!(refused(|settings| settings.more = vec![(PROTOCOL.to_owned(), "share".to_owned())]).contains("classic or consumer"));
        assert!(refused(|settings| settings.bootstrap = " ".to_owned()).contains("bootstrap is \" \", and must be host:port"));
        for namespace in ["a b", "", "käse", "a/b", "a.good b"] {
            let identity = Identity::new(&format!("{namespace}.g1"), "fold", 0);
            let error = Settings { identity, ..settings() }.check().unwrap_err().to_string();
            assert!(error.contains(&format!("namespace is {namespace:?}, and must be letters")), "{error}");
        }
        for key in FIXED {
            let mut settings = settings();
            settings.more = vec![(key.to_owned(), "1".to_owned())];
            assert!(settings.check().unwrap_err().to_string().contains(key), "{key}");
        }
    }
}
