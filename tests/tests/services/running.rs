//! Services as threads of the test, each with its own health: for what a probe would say of them.
//!
//! Must never enter: an assertion; those stand in the tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use catalogue::{
    closed::Service,
    process::{Process, REVISION},
};
use intake::clock::Clock;
use service_kit::{
    Health, Live, Stop,
    config::{Sources, load},
};
use stages::{process::Failed, settings::KafkaSection};
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tests::event_log;

/// How long a service may take to become what it should be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// How often one is started again only to end in order.
const ENDS_MAX: u32 = 5;

/// The configuration of an intake of a broker, with a pack to begin with.
fn config(section: KafkaSection, pack: &str) -> intake::Config {
    let mut config: intake::Config = load(&Sources::default()).unwrap();
    config.kafka = section;
    config.intake.first_pack = Some(event_log::folder().join("packs").join(pack));
    config
}

/// A service in a thread.
pub(crate) struct Running {
    pub(crate) name: &'static str,
    pub(crate) health: Health,
    /// The way to its broker, where a reload may change it.
    pub(crate) kafka: Option<Live<KafkaSection>>,
    stop: Stop,
    thread: Option<JoinHandle<Result<(), Failed>>>,
}

impl Running {
    fn start(name: &'static str, run: impl FnOnce(Health, &Stop) -> Result<(), Failed> + Send + 'static) -> Self {
        // As deployed: a loop has to turn once a minute.
        let (health, stop) = (Health::new(Duration::from_secs(60)), Stop::new());
        let (for_it, asked) = (health.clone(), stop.clone());
        Self { name, health, kafka: None, stop, thread: Some(std::thread::spawn(move || run(for_it, &asked))) }
    }

    pub(crate) fn intake(section: KafkaSection, pack: &str) -> Self {
        Self::intake_of(config(section, pack), intake::clock::now)
    }

    /// The same, by another clock.
    pub(crate) fn intake_by(clock: Clock, section: KafkaSection, pack: &str) -> Self {
        Self::intake_of(config(section, pack), clock)
    }

    /// The same, with a door for feeds over HTTP and the address of it.
    pub(crate) fn intake_with_door(section: KafkaSection, pack: &str, tokens: PathBuf) -> (Self, SocketAddr) {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        let mut config = config(section, pack);
        (config.http.listen, config.http.tokens_file) = (Some(address), Some(tokens));
        (Self::intake_of(config, intake::clock::now), address)
    }

    /// The same, knowing a schema of a registry, which is that of events in JSON.
    pub(crate) fn intake_knowing(section: KafkaSection, pack: &str, schema: u32) -> Self {
        let mut config = config(section, pack);
        config.intake.json_schema_ids = vec![schema];
        Self::intake_of(config, intake::clock::now)
    }

    fn intake_of(config: intake::Config, clock: Clock) -> Self {
        Self::start("intake", move |health, stop| intake::build(config, health)?.with_clock(clock).run(stop))
    }

    pub(crate) fn casebook(section: KafkaSection) -> Self {
        Self::casebook_counting(section, Arc::new(Process::new(Service::Casebook, "0.0.0", REVISION)))
    }

    pub(crate) fn casebook_counting(section: KafkaSection, numbers: Arc<Process>) -> Self {
        let mut config: casebook::Config = load(&Sources::default()).expect("the defaults are good");
        config.0.kafka = section;
        let health = Health::new(Duration::from_secs(60));
        let service = casebook::build(config, health.clone()).counting_into(numbers);
        let kafka = Some(service.kafka());
        let stop = Stop::new();
        let asked = stop.clone();
        let thread = Some(std::thread::spawn(move || service.run(&asked)));
        Self { name: "casebook", health, kafka, stop, thread }
    }

    pub(crate) fn assessor(section: KafkaSection) -> Self {
        Self::start("assessor", move |health, stop| {
            let mut config: assessor::Config = load(&Sources::default())?;
            config.0.kafka = section;
            assessor::build(config, health).run(stop)
        })
    }

    /// Why it is not ready; none when it is.
    pub(crate) fn complaint(&self) -> Option<String> {
        let answer = self.health.ready();
        let complaints: Vec<String> = answer.checks.into_iter().filter_map(|(check, why)| Some(format!("{check}: {}", why?))).collect();
        (!complaints.is_empty()).then(|| complaints.join("; "))
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until a probe says so.
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(Option<&str>) -> bool) {
        let began = Instant::now();
        while !is_so(self.complaint().as_deref()) {
            let said = self.complaint();
            assert!(!self.has_ended(), "{} ended before {what}; it said {said:?}", self.name);
            assert!(began.elapsed() < PATIENCE, "{} is not {what}; it says {said:?}", self.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn ready(&self) {
        self.wait("ready", |complaint| complaint.is_none());
    }

    /// Asks it to end, and how it did.
    pub(crate) fn end(mut self) -> Result<(), Failed> {
        self.stop.ask();
        self.join()
    }

    /// Asks it to end in order. One whose last commit does not come about, as on a starved machine, is started again and asked again: whoever
    /// looks after services does that.
    pub(crate) fn end_in_order(self, again: impl Fn() -> Self) {
        let mut ended = self.end();
        for _again in 0..ENDS_MAX {
            if !matches!(ended, Err(Failed::Undrained { .. })) {
                break;
            }
            let next = again();
            next.ready();
            ended = next.end();
        }
        ended.unwrap();
    }

    /// Waits until it ends of itself.
    pub(crate) fn join(&mut self) -> Result<(), Failed> {
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or(Err(Failed::Bug { part: self.name })))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.ask();
    }
}
