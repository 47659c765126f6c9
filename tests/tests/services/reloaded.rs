//! A herald and a console in threads of the test, with what a reload does to them: for what a probe would say of them.
//!
//! Must never enter: an assertion of what they do; those stand in the tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{delivery, letters::Desk, running::PATIENCE};
use console::{BrokerSection, Config};
use herald::process;
use service_kit::{
    Health, Live, Stop,
    config::{Sources, load},
    logging::LogLevel,
};
use stages::settings::KafkaSection;
use std::{
    path::PathBuf,
    sync::mpsc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Waits until a probe says so.
fn wait(health: &Health, thread: &JoinHandle<()>, (name, what): (&str, &str), is_so: impl Fn(Option<&str>) -> bool) {
    let said = || {
        let complaints: Vec<String> = health.ready().checks.into_iter().filter_map(|(_, why)| why).collect();
        (!complaints.is_empty()).then(|| complaints.join("; "))
    };
    let began = Instant::now();
    while !is_so(said().as_deref()) {
        assert!(!thread.is_finished(), "{name} ended before {what}; it said {:?}", said());
        assert!(began.elapsed() < PATIENCE, "{name} is not {what}; it says {:?}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A herald that delivers to a desk.
pub(crate) struct Herald {
    pub(crate) live: Live<herald::config::Config>,
    health: Health,
    stop: Stop,
    thread: JoinHandle<()>,
    _desk: Desk,
}

impl Herald {
    pub(crate) fn start(section: &KafkaSection) -> Self {
        let desk = Desk::open();
        let mut config: herald::config::Config = load(&Sources { file: Some(desk.file()), ..Sources::default() }).unwrap();
        (config.source.db, config.kafka) = (PathBuf::new(), delivery::kafka(section));
        config.admin.listen = ([127, 0, 0, 1], 0).into();
        // A process starts logging, and this one is the test.
        config.log.level = LogLevel::Error;
        let (running, stop) = (process::Running::new(config), Stop::new());
        let (live, asked, (tell, told)) = (running.live.clone(), stop.clone(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            let run = process::run(&running, &asked, |health, _| tell.send(health.clone()).map_err(std::io::Error::other));
            run.unwrap_or_else(|failed| panic!("herald: {failed}"));
        });
        let health = told.recv().unwrap();
        Self { live, health, stop, thread, _desk: desk }
    }

    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(Option<&str>) -> bool) {
        wait(&self.health, &self.thread, ("the herald", what), is_so);
    }

    pub(crate) fn end(self) {
        self.stop.ask();
        self.thread.join().unwrap();
    }
}

/// A console that says after a second how old its figures are.
pub(crate) struct Console {
    pub(crate) kafka: Live<BrokerSection>,
    health: Health,
    stop: Stop,
    thread: JoinHandle<()>,
}

impl Console {
    pub(crate) fn start(section: &KafkaSection) -> Self {
        let KafkaSection { bootstrap, namespace, instance, client, client_files, tls, sasl, .. } = section.clone();
        let mut config: Config = load(&Sources::default()).unwrap();
        config.kafka = BrokerSection { bootstrap, namespace, generation: 1, instance, client, client_files, tls, sasl };
        (config.source.every_ms, config.source.stale_after_s) = (50, 1);
        let (service, stop) = (console::build(config, "0.0.0", "test").unwrap(), Stop::new());
        let (kafka, health, asked) = (service.kafka(), service.health().clone(), stop.clone());
        let thread = std::thread::spawn(move || service.run(&asked).unwrap_or_else(|fatal| panic!("{fatal}")));
        Self { kafka, health, stop, thread }
    }

    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(Option<&str>) -> bool) {
        wait(&self.health, &self.thread, ("the console", what), is_so);
    }

    pub(crate) fn end(self) {
        self.stop.ask();
        self.thread.join().unwrap();
    }
}
