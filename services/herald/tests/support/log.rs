//! A log of alerts in a file, as `slipwatch run` leaves one, written by hand.

use journal::{
    Mark, Origins,
    sqlite::{Body, Chain, Layout, Row, Sqlite},
};
use std::path::{Path, PathBuf};
use vocab::{alert::Transition, time::Tick};

/// A log and the folder it is in.
pub(crate) struct Log {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    file: Sqlite,
}

impl Log {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let layout =
            Layout::new(1, 1, "judged").table("assessments", Body::Text, Chain::Plain).table("decisions", Body::Text, Chain::Linked);
        let file = Sqlite::open(&path, &layout).unwrap();
        Self { folder, path, file }
    }

    /// Appends transitions of one tick, and the mark behind them.
    pub(crate) fn decide(&mut self, transitions: &[Transition]) {
        let topic = journal::Topic(2);
        let mut batch = self.file.begin().unwrap();
        for transition in transitions {
            let mut body = Vec::new();
            wire::decision::transition_to_json(transition, &mut body);
            let key = format!("alert/{}/{}", transition.alert, transition.n);
            batch.append(topic, &Row { origin: 0, tick: transition.at.0, key: &key, body: &body }).unwrap();
        }
        let tick = transitions.iter().map(|transition| transition.at.0).max().unwrap();
        batch.mark(topic, &Mark { generation: 1, stage: 1, origins: Origins::One(0), tick, count: 1 }).unwrap();
        batch.commit().unwrap();
    }

    /// A mark alone.
    pub(crate) fn mark(&mut self, tick: Tick) {
        let mut batch = self.file.begin().unwrap();
        let mark = Mark { generation: 1, stage: 1, origins: Origins::One(0), tick: tick.0, count: 1 };
        batch.mark(journal::Topic(2), &mark).unwrap();
        batch.commit().unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
