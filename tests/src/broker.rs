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
use std::time::{Duration, Instant};

use journal::kafka::Growth;
use journal::kafka::topics::{Topics, Wanted};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::metadata::MetadataPartition;
use service_kit::broker::SaslSection;

/// What `start.sh` says when there is no Java or no Maven.
const ABSENT: i32 = 3;

/// How long a broker may take to end, or to be whole again.
const PATIENCE: Duration = Duration::from_secs(180);
/// After how long a broker that was started has said which process it is.
const STARTS_WITHIN: Duration = Duration::from_secs(15);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How a client that is none of ours reads partitions to their ends, in no group that keeps positions. The end of a partition is told by an
/// answer that has waited for more: not long.
#[must_use]
pub fn plain_reader(bootstrap: &str, group: &str) -> rdkafka::ClientConfig {
    let mut config = rdkafka::ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("group.id", group).set("enable.auto.commit", "false");
    config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "10");
    config
}

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
    SHARED.get_or_init(|| Broker::start_with(1, &[])).as_ref()
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
        // One that is killed waits until it is forgotten before it may come back.
        Self::start_with(count, if count < 3 { &[("KAFKA_SESSION", "8000")] } else { &[] })
    }

    /// Starts a broker with a second door, [`Broker::guarded`], for a user who may do nothing until it is granted.
    ///
    /// # Panics
    /// As [`Broker::start`].
    #[must_use]
    pub fn start_guarded() -> Option<Self> {
        Self::start_with(1, &[("KAFKA_GUARDED", "1")])
    }

    /// Starts a broker with doors for TLS, and makes the certificates for them; `None` as for [`broker`], and where these tests were built
    /// without TLS and need not have it.
    ///
    /// # Panics
    /// As [`Broker::start`].
    #[must_use]
    pub fn start_secured() -> Option<Secured> {
        if !journal::kafka::tls::IS_BUILT_IN {
            assert!(!is_required(), "these tests were built without TLS: cargo test … --features tls");
            say_loudly("a test of TLS: built without it (--features tls)");
            return None;
        }
        let certificates = std::env::temp_dir().join(format!("slipwatch-certificates-{}", std::process::id()));
        let made = std::fs::create_dir_all(&certificates)
            .and_then(|()| Command::new(starter().with_file_name("certificates.sh")).arg(&certificates).output());
        let made = made.unwrap_or_else(|error| panic!("make certificates: {error}"));
        assert!(made.status.success(), "make certificates: {}", String::from_utf8_lossy(&made.stderr));
        let folder = certificates.display().to_string();
        Some(Secured { broker: Self::start_with(1, &[("KAFKA_TLS", folder.as_str())])?, certificates })
    }

    fn start_with(count: u32, environment: Pairs<'_>) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("slipwatch-broker-{}-{}", std::process::id(), number()));
        let mut command = Command::new(starter());
        command.arg(&folder).arg(count.to_string()).env("KAFKA_OWNER", std::process::id().to_string());
        // Brokers of their own live for seconds, with little in them: what their compiler and their collector of garbage would gain later is
        // not worth their start.
        let options = "-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData";
        command.envs(environment.iter().copied()).env("KAFKA_JVM", options);
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
        self.copied_topics(1, topics);
    }

    /// Makes topics with so many copies each: (name, partitions, settings).
    ///
    /// # Panics
    /// When the broker does not make them.
    pub fn copied_topics(&self, copies: u32, topics: &[(&str, u32, Pairs<'_>)]) {
        let wanted = |(name, partitions, settings): &(&str, u32, Pairs<'_>)| Wanted {
            name: (*name).to_owned(),
            partitions: *partitions,
            replication: copies,
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
        self.signal(broker, "-KILL");
    }

    /// Asks a broker to end in order, as an upgrade does, and waits until it has; brokers count from 1.
    ///
    /// # Panics
    /// When there is no such broker, or it does not end.
    pub fn end(&self, broker: u32) {
        let pid = self.signal(broker, "-TERM");
        let began = Instant::now();
        while lives(&pid, &self.folder_of(broker)) {
            assert!(began.elapsed() < PATIENCE, "broker {broker} does not end");
            std::thread::sleep(LOOK);
        }
    }

    fn signal(&self, broker: u32, signal: &str) -> String {
        let pid = std::fs::read_to_string(self.folder_of(broker).join("pid"));
        let pid = pid.unwrap_or_else(|error| panic!("broker {broker} has no process: {error}")).trim().to_owned();
        assert!(lives(&pid, &self.folder_of(broker)), "broker {broker} is gone, and {pid} may be another's number by now");
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "broker {broker} was not sent {signal}");
        pid
    }

    /// Waits until so many brokers are there and every partition has all its copies again. One that ends while it starts, as on a
    /// starved machine when its registration takes a minute, is started again: whoever keeps brokers does that.
    ///
    /// # Panics
    /// When that does not come about; with the last words of each broker.
    pub fn wait_until_whole(&self, brokers: usize) {
        let client: BaseConsumer =
            rdkafka::ClientConfig::new().set("bootstrap.servers", &self.bootstrap).create().unwrap_or_else(|error| panic!("{error}"));
        let (began, mut started) = (Instant::now(), Instant::now());
        let mut seen = String::new();
        while began.elapsed() < PATIENCE * 3 {
            if started.elapsed() > STARTS_WITHIN {
                (1..).take(brokers).filter(|broker| !self.stands(*broker)).for_each(|broker| self.revive(broker));
                started = Instant::now();
            }
            match client.fetch_metadata(None, Duration::from_secs(5)) {
                Ok(found) => {
                    let partitions = found.topics().iter().flat_map(|topic| topic.partitions());
                    let short = partitions.filter(|partition| partition.isr().len() < partition.replicas().len()).count();
                    if found.brokers().len() == brokers && short == 0 {
                        return;
                    }
                    seen = format!("{} brokers, {short} partitions short of a copy", found.brokers().len());
                }
                Err(error) => seen = error.to_string(),
            }
            std::thread::sleep(LOOK);
        }
        let words = (1..).take(brokers).map(|broker| self.last_words(broker)).collect::<String>();
        panic!("not whole again after {} s: {seen}\n{words}", began.elapsed().as_secs());
    }

    fn stands(&self, broker: u32) -> bool {
        let folder = self.folder_of(broker);
        std::fs::read_to_string(folder.join("pid")).is_ok_and(|pid| lives(pid.trim(), &folder))
    }

    fn last_words(&self, broker: u32) -> String {
        let log = std::fs::read_to_string(self.folder_of(broker).join("server.log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(4).collect();
        last.iter().rev().fold(format!("broker {broker}:\n"), |words, line| words + line + "\n")
    }

    /// The broker that coordinates a consumer group: the leader of the partition its positions are kept in.
    ///
    /// # Panics
    /// When the brokers do not say.
    #[must_use]
    pub fn coordinator_of(&self, group: &str) -> u32 {
        // As Java hashes text; the broker takes the magnitude, modulo the partitions.
        let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
        let client: BaseConsumer =
            rdkafka::ClientConfig::new().set("bootstrap.servers", &self.bootstrap).create().unwrap_or_else(|error| panic!("{error}"));
        // The topic is made when the first group looks for its coordinator.
        let began = Instant::now();
        let found = loop {
            match client.fetch_metadata(Some("__consumer_offsets"), Duration::from_secs(5)) {
                Ok(found) if found.topics().iter().any(|topic| !topic.partitions().is_empty()) => break found,
                _ => assert!(began.elapsed() < PATIENCE, "no group has ever kept a position here"),
            }
            std::thread::sleep(LOOK);
        };
        let partitions = found.topics().first().map_or(&[][..], |topic| topic.partitions());
        let at = (hash & i32::MAX).cast_unsigned() as usize % partitions.len();
        let leader = partitions.iter().find(|partition| partition.id().cast_unsigned() as usize == at).map(MetadataPartition::leader);
        leader.and_then(|leader| u32::try_from(leader).ok()).unwrap_or_else(|| panic!("partition {at} of the positions has no leader"))
    }

    /// Where the user `clerk` connects, and as whom.
    ///
    /// # Panics
    /// When the broker has no such door.
    #[must_use]
    pub fn guarded(&self, password: &str) -> (String, SaslSection) {
        let folder = self.folder.clone().unwrap_or_default();
        let address = std::fs::read_to_string(folder.join("guarded")).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let password_file = folder.join(password);
        std::fs::write(&password_file, password).unwrap_or_else(|error| panic!("{}: {error}", password_file.display()));
        (address.trim().to_owned(), SaslSection { mechanism: "PLAIN".to_owned(), user: "clerk".to_owned(), password_file })
    }

    /// Runs one of Kafka's own tools with the broker's address; what it printed.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn tool(&self, class: &str, arguments: &[&str]) -> String {
        let jars = jars().unwrap_or_else(|| panic!("a broker runs here, and there are no jars"));
        let mut command = Command::new("java");
        command.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", &format!("{jars}/*"), class, "--bootstrap-server", &self.bootstrap]);
        let output = command.args(arguments).output().unwrap_or_else(|error| panic!("run {class}: {error}"));
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{class} {arguments:?}: {said}{complained}");
        said.into_owned()
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

/// A door of a broker that looks at who comes, or shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Asks for the user `clerk`.
    Secure,
    /// Asks for a certificate.
    Mutual,
    /// Shows a certificate of yesterday.
    Expired,
    /// Shows the certificate of another host.
    Elsewhere,
}

/// A broker with doors for TLS.
#[derive(Debug)]
pub struct Secured {
    /// The broker, whose first door is open to everybody.
    pub broker: Broker,
    certificates: PathBuf,
}

impl Secured {
    /// The folder of certificates, as `certificates.sh` lists them; a test may put files of its own there.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.certificates
    }

    /// Where a door is.
    ///
    /// # Panics
    /// When the broker does not say.
    #[must_use]
    pub fn address(&self, door: Door) -> String {
        let file = self.broker.folder.as_ref().map(|folder| folder.join("tls")).unwrap_or_default();
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = match door {
            Door::Secure => "SECURE ",
            Door::Mutual => "MUTUAL ",
            Door::Expired => "EXPIRED ",
            Door::Elsewhere => "ELSEWHERE ",
        };
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}in {text}")).to_owned()
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        let _removed = std::fs::remove_dir_all(&self.certificates);
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

/// Whether a process runs that was started from a folder. One that has ended has no command any more, also while it stays in the table
/// as a zombie; and its number may be another's.
fn lives(pid: &str, folder: &Path) -> bool {
    let folder = format!("{}/", folder.display());
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|command| String::from_utf8_lossy(&command).contains(&folder))
}

fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
