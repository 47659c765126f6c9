//! A real broker for tests: started once per test program, shared by its tests, ended with it.
//!
//! Needs a JDK and Maven. Without them a test says loudly that it was skipped, unless the run requires them
//! (`SLIPWATCH_REQUIRE_KAFKA=1`, or `CI=true`): then their absence is a failure. Every test takes names of its own. What must
//! never enter: a topic's name, a mock.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use journal::kafka::Growth;
use journal::kafka::topics::{Topics, Wanted};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};

/// What `start.sh` says when there is no Java or no Maven.
const ABSENT: i32 = 3;

/// Settings of a topic: keys and values.
pub type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Brokers of one cluster.
#[derive(Debug)]
pub struct Broker {
    /// Where to connect.
    pub bootstrap: String,
    folder: Option<PathBuf>,
}

/// The broker all tests of this program share; `None` when this machine cannot run one and need not.
#[must_use]
pub fn broker() -> Option<&'static Broker> {
    static SHARED: OnceLock<Option<Broker>> = OnceLock::new();
    SHARED.get_or_init(|| Broker::start(1)).as_ref()
}

fn is_required() -> bool {
    let is = |key: &str, value: &str| std::env::var(key).is_ok_and(|found| found == value);
    is("SLIPWATCH_REQUIRE_KAFKA", "1") || is("CI", "true")
}

/// Says something past the capture of the test harness: a skipped test must not read like a passed one.
fn say_loudly(words: &str) {
    let _shown = writeln!(std::io::stderr(), "SKIPPED: {words}");
}

fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("broker/start.sh")
}

impl Broker {
    /// Starts brokers of their own for a test that kills some; `None` as for [`broker`].
    ///
    /// # Panics
    /// When the machine could run brokers and they do not start, or when they are required and it cannot.
    #[must_use]
    pub fn start(count: u32) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("slipwatch-broker-{}-{}", std::process::id(), number()));
        let mut command = Command::new(starter());
        command.arg(&folder).arg(count.to_string()).env("KAFKA_OWNER", std::process::id().to_string());
        let output = command.output().unwrap_or_else(|error| panic!("run {}: {error}", starter().display()));
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.code() {
            Some(0) => {
                let bootstrap = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                Some(Self { bootstrap, folder: Some(folder) })
            }
            Some(ABSENT) if !is_required() => {
                say_loudly(&format!("a test on a real broker: {words}"));
                None
            }
            code => panic!("the broker did not start ({code:?}): {words}"),
        }
    }

    /// A broker that another process started, and ends.
    #[must_use]
    pub fn at(bootstrap: &str) -> Self {
        Self { bootstrap: bootstrap.to_owned(), folder: None }
    }

    fn folder_of(&self, broker: u32) -> PathBuf {
        let folder = self.folder.as_ref().unwrap_or_else(|| panic!("the broker at {} is another's", self.bootstrap));
        folder.join(broker.to_string())
    }

    /// Names nobody else uses, to be put before topics, groups and transactional ids.
    #[must_use]
    pub fn space(&self) -> String {
        format!("t{}x{}", std::process::id(), number())
    }

    /// Makes topics with one copy each: (name, partitions, settings).
    ///
    /// # Panics
    /// When the broker does not make them.
    pub fn topics(&self, topics: &[(&str, u32, Pairs<'_>)]) {
        let wanted = |(name, partitions, settings): &(&str, u32, Pairs<'_>)| Wanted {
            name: (*name).to_owned(),
            partitions: *partitions,
            replication: 1,
            settings: settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            growth: Growth::Fixed,
        };
        let wanted: Vec<Wanted> = topics.iter().map(wanted).collect();
        let made = self.admin().plan(&wanted).and_then(|plan| self.admin().apply(&plan));
        made.unwrap_or_else(|error| panic!("failed to make topics: {error}"));
    }

    /// What looks at topics and changes them.
    ///
    /// # Panics
    /// When the client does not start.
    #[must_use]
    pub fn admin(&self) -> Topics {
        Topics::open(&self.bootstrap, &[]).unwrap_or_else(|error| panic!("failed to open an admin client: {error}"))
    }

    /// Deletes what a partition holds before a position, as retention would.
    ///
    /// # Panics
    /// When the broker does not.
    pub fn delete_before(&self, at: (&str, u32), position: u64) {
        self.admin().delete_before(at, position).unwrap_or_else(|error| panic!("failed to delete records: {error}"));
    }

    /// Sets a group's position of a partition, as an operator's tool would.
    ///
    /// # Panics
    /// When the broker does not.
    pub fn set_group(&self, group: &str, (topic, partition): (&str, u32), position: i64) {
        let mut config = rdkafka::ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap).set("group.id", group);
        let mut list = rdkafka::TopicPartitionList::new();
        let set = list.add_partition_offset(topic, partition.cast_signed(), rdkafka::Offset::Offset(position)).and_then(|()| {
            let client: BaseConsumer = config.create()?;
            client.commit(&list, CommitMode::Sync)
        });
        set.unwrap_or_else(|error| panic!("failed to set the group's position: {error}"));
    }

    /// Kills a broker as a power cut would; brokers count from 1.
    ///
    /// # Panics
    /// When there is no such broker.
    pub fn kill(&self, broker: u32) {
        let pid = std::fs::read_to_string(self.folder_of(broker).join("pid"));
        let pid = pid.unwrap_or_else(|error| panic!("broker {broker} has no process: {error}"));
        let killed = Command::new("kill").args(["-9", pid.trim()]).status();
        assert!(killed.is_ok_and(|status| status.success()), "broker {broker} was not killed");
    }

    /// Starts a killed broker again, on its port and with its data.
    ///
    /// # Panics
    /// When its starter is gone.
    pub fn revive(&self, broker: u32) {
        let run = self.folder_of(broker).join("run");
        let started = Command::new(&run).stdin(std::process::Stdio::null()).spawn();
        // The broker outlives this call; whoever watches the owner ends it.
        started.map(drop).unwrap_or_else(|error| panic!("start {}: {error}", run.display()));
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _stopped = Command::new(starter()).arg("stop").arg(folder).status();
            let _removed = std::fs::remove_dir_all(folder);
        }
    }
}

/// The folder of the broker's jars; `None` when there are none here and none are required.
///
/// # Panics
/// When they are required and cannot be had.
#[must_use]
pub fn jars() -> Option<String> {
    let output = Command::new(starter()).arg("jars").output().unwrap_or_else(|error| panic!("run {}: {error}", starter().display()));
    let has_java = Command::new("java").arg("-version").output().is_ok();
    if output.status.success() && has_java {
        return Some(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert!(!is_required(), "no jars of the broker, or no Java: {words}");
    say_loudly(&format!("a test with the broker's classes: {words}"));
    None
}

fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
