//! The desk that alerts are delivered to while heralds are killed: what stands on the topic of alerts has come, in order, under one key.
//!
//! What is owed is read from the topic, not from a herald. Must never enter: a herald of its own, a letter that is made up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::delivery::{
    self,
    support::{
        log::Log,
        receiver::{Got, Receiver},
        running::{configured, webhook},
    },
};
use herald::config::Config;
use service_kit::{
    Stop,
    config::{Sources, load},
};
use stages::settings::KafkaSection;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tests::{Outcome, play::Played};
use vocab::{alert::Decision, record::AlertId};

/// How long letters that are owed may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// A receiver that takes everything, and the configuration of heralds that deliver to it.
pub(crate) struct Desk {
    log: Log,
    receiver: Receiver,
}

impl Desk {
    pub(crate) fn open() -> Self {
        let (log, receiver) = (Log::new(), Receiver::willing());
        // Of everything that is decided, however little it matters.
        let all = format!("{}severity_min = \"notice\"\n", webhook(&log, "desk", &receiver.url()));
        drop(configured(&log, &all));
        Self { log, receiver }
    }

    /// The file that heralds are configured by.
    pub(crate) fn file(&self) -> PathBuf {
        self.log.folder().join("herald.toml")
    }

    /// Waits until every transition on the topic has come, and looks at how they came: each alert's in order, each under a key of its own.
    pub(crate) fn check(&self, played: &Played, look: &mut impl FnMut() -> Outcome<()>) -> Outcome<String> {
        let owed = owed(played);
        let began = Instant::now();
        let mut got = self.receiver.got();
        while !missing(&owed, &got).is_empty() {
            if began.elapsed() > PATIENCE {
                return Err(format!("{} letters came; of these transitions none: {:?}", got.len(), missing(&owed, &got)).into());
            }
            look()?;
            std::thread::sleep(Duration::from_millis(50));
            got = self.receiver.got();
        }
        let orders = delivery::orders(&got);
        let sorted: BTreeMap<String, Vec<u64>> = owed.iter().map(|(alert, n)| (alert.to_string(), n.iter().copied().collect())).collect();
        if orders != sorted {
            return Err(format!("they came as {orders:?}, and are {sorted:?}").into());
        }
        let keys = keys(&got);
        let of_one: BTreeSet<&str> = keys.values().flatten().map(String::as_str).collect();
        if keys.values().any(|keys| keys.len() != 1 || keys.contains("")) || of_one.len() != keys.len() {
            return Err(format!("a transition has one key, and no other has it: {keys:?}").into());
        }
        let transitions: usize = owed.values().map(BTreeSet::len).sum();
        let again = got.len() - transitions;
        Ok(format!(
            "{transitions} transitions of {} alerts were delivered, in order; {again} letters came again under their keys",
            owed.len()
        ))
    }
}

/// By alert: the numbers of its transitions.
fn owed(played: &Played) -> BTreeMap<AlertId, BTreeSet<u64>> {
    let mut owed: BTreeMap<AlertId, BTreeSet<u64>> = BTreeMap::new();
    for (_, decision) in &played.decisions {
        if let Decision::Transition(transition) = &**decision {
            owed.entry(transition.alert).or_default().insert(u64::from(transition.n));
        }
    }
    owed
}

fn missing(owed: &BTreeMap<AlertId, BTreeSet<u64>>, got: &[Got]) -> Vec<(String, u64)> {
    let orders = delivery::orders(got);
    let all = owed.iter().flat_map(|(alert, all)| all.iter().map(|n| (alert.to_string(), *n)));
    all.filter(|(alert, n)| !orders.get(alert).is_some_and(|order| order.contains(n))).collect()
}

/// By alert and number: the keys that its letters had.
fn keys(got: &[Got]) -> BTreeMap<(String, u64), BTreeSet<String>> {
    let mut keys: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
    for one in got {
        let ours = &one.json()["slipwatch"];
        let transition = (ours["alert"].as_str().unwrap().to_owned(), ours["n"].as_u64().unwrap());
        keys.entry(transition).or_default().insert(one.id().to_owned());
    }
    keys
}

/// Is a herald, until somebody asks it to end.
pub(crate) fn serve(file: &Path, section: &KafkaSection, stop: &Stop) -> Outcome<()> {
    let mut config: Config = load(&Sources { file: Some(file.to_owned()), ..Sources::default() })?;
    // Whatever the scripted clock says is behind it.
    config.delivery.fence = "1990-01-01T00:00:00Z".to_owned();
    (config.source.db, config.kafka) = (PathBuf::new(), delivery::kafka(section));
    Ok(herald::service::build(&config, Arc::new(|_| {}), stop)?.run()?)
}
