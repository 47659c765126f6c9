//! A herald in a thread, and configurations for it.

use super::log::Log;
use herald::{
    config::Config,
    outbox::News,
    service,
    stage::{Observer, Told as Heard},
};
use service_kit::{
    Stop,
    config::{Sources, load},
};
use std::{
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

/// `whsec_` and 24 bytes.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A herald in a thread.
pub(crate) struct Running {
    stop: Stop,
    news: Arc<Mutex<Vec<News>>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(log: &Log, config: &Config) -> Self {
        let stop = Stop::new();
        let news: Arc<Mutex<Vec<News>>> = Arc::default();
        let heard = Arc::clone(&news);
        let observer: Observer = Arc::new(move |told| {
            if let Heard::News(_, news) = told {
                heard.lock().unwrap().push(news.clone());
            }
        });
        assert_eq!(config.source.db, log.path);
        let service = service::build(config, observer, &stop).unwrap();
        let thread = std::thread::spawn(move || service.run().unwrap());
        Self { stop, news, thread: Some(thread) }
    }

    pub(crate) fn news(&self) -> Vec<News> {
        self.news.lock().unwrap().clone()
    }

    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&[News]) -> bool) {
        let began = std::time::Instant::now();
        while !holds(&self.news()) {
            assert!(began.elapsed() < Duration::from_secs(60), "waited for {what}; heard {:?}", self.news());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn end(mut self) -> Vec<News> {
        self.stop.ask();
        self.thread.take().unwrap().join().unwrap();
        self.news()
    }
}

pub(crate) fn configured(log: &Log, text: &str) -> Config {
    let file = log.folder().join("herald.toml");
    std::fs::write(log.folder().join("secret"), SECRET).unwrap();
    let head = format!(
        "[source]\ndb = {:?}\n[delivery]\nfence = \"2020-01-01T00:00:00Z\"\nanswer_within_seconds = 1\nbackoff_longest_seconds = 2\n",
        log.path
    );
    std::fs::write(&file, format!("{text}\n{head}")).unwrap();
    load(&Sources { file: Some(file), ..Sources::default() }).unwrap()
}

pub(crate) fn webhook(log: &Log, name: &str, url: &str) -> String {
    let secret = log.folder().join("secret");
    format!(
        "[[webhooks]]\nname = \"{name}\"\nurl = \"{url}\"\nform = \"alertmanager\"\nsecret_files = [{secret:?}]\nallow = [\"plain_http\", \"loopback\"]\n"
    )
}
