//! What can go wrong with a log, each with its way out.
//!
//! Messages read after "failed to" or "refused:". Must never enter: an error that is answered by going on as if nothing
//! had happened; a missing position or a bad page is a refusal, never a jump.

use std::path::PathBuf;

use crate::fault::Step;
use crate::position::Topic;

/// How a chain of rows was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// The row does not hash to its link: it, or the order of rows before it, was edited.
    Edited,
    /// Rows at the end are missing: the file says it once had more.
    Cut,
    /// There are rows behind the end that the file recorded.
    Surplus,
}

/// The first bad row of a chained table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLink {
    /// The table.
    pub table: String,
    /// Position of the first row that does not fit.
    pub position: u64,
    /// Rows before it, all good.
    pub good_rows: u64,
    /// What is wrong.
    pub fault: LinkFault,
}

/// Why a log operation did not happen. When one is returned from a commit, nothing of the commit is stored (except
/// [`JournalError::Stopped`] at [`Step::Sent`] and later, which stands for a process that died behind the commit).
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process writes this file.
    #[error("{path} is locked by another writer; stop it first, or read without a lock")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error("{path} is read-only; a writer needs the file and its folder writable")]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{path} is not a journal: {why}")]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        why: String,
    },
    /// There is no such file.
    #[error("{path} cannot be opened: {why}")]
    Missing {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file was written by a later version.
    #[error("layout version {found} is newer than {newest}, the newest this program knows; use the newer program")]
    NewerLayout {
        /// Version found.
        found: u32,
        /// Newest version known.
        newest: u32,
    },
    /// The file has a table of another shape than the program declares.
    #[error("table {table} is {found} in the file and {declared} in this program; start a new file and import into it")]
    OtherTable {
        /// The table.
        table: String,
        /// As stored.
        found: String,
        /// As declared.
        declared: String,
    },
    /// The caller declares an impossible table.
    #[error("table name {name:?} is reserved, repeated or not a plain lower-case word")]
    BadTableName {
        /// The name.
        name: String,
    },
    /// The file system has no shared memory for the write-ahead log.
    #[error("{path} lies on a drive without write-ahead logging (a network drive?); use a local disk")]
    NoWriteAhead {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full; the same commit may be retried once there is room.
    #[error("disk full; nothing of the commit was stored, and it can be retried once there is room")]
    Full {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The disk does not do as told.
    #[error("disk failing (read, write or sync error, or read-only by now); nothing of the commit is acknowledged")]
    Failing {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The stored bytes are damaged below the level of rows.
    #[error("file damaged; restore a copy, or export what can be read and import it into a new file")]
    Damaged {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Another process held the file for too long; the same commit may be retried.
    #[error("file busy: another process held it for seconds; the commit can be retried")]
    Busy {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Another error of SQLite.
    #[error("database error")]
    Database {
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A newer owner of the task exists.
    #[error("task {task} was taken over by a newer owner; this one must stop writing and restore")]
    Fenced {
        /// The task.
        task: String,
    },
    /// The store has no such topic.
    #[error("topic {} is not declared in this store", topic.0)]
    UnknownTopic {
        /// The topic.
        topic: Topic,
    },
    /// The topic has no such partition.
    #[error("topic {} has no partition {partition}", topic.0)]
    UnknownPartition {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: u32,
    },
    /// A position that must be read was deleted.
    #[error("position {wanted} of topic {} partition {partition} is gone, the first kept is {first}; move the archive of the log into new topics (deploy/README.md, Migration)", topic.0)]
    PositionGone {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: u32,
        /// Position needed.
        wanted: u64,
        /// First position there is.
        first: u64,
    },
    /// A stored position lies behind the end of the log: the topic was recreated or cut.
    #[error("position {wanted} of topic {} partition {partition} lies behind the end {end}: the log was cut or recreated; move the archive of the log into new topics (deploy/README.md, Migration)", topic.0)]
    PositionAhead {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: u32,
        /// Position needed.
        wanted: u64,
        /// End of the partition.
        end: u64,
    },
    /// The saved state belongs to another version of the judgement.
    #[error(
        "task {task} was judged by {stored:?} and this program is {running:?}; go on with the old program, or export the log and import it anew (deploy/README.md, Migration)"
    )]
    OtherJudgement {
        /// The task, or the file.
        task: String,
        /// As stored.
        stored: String,
        /// As running.
        running: String,
    },
    /// The saved state or a mark belongs to another generation.
    #[error(
        "{what} belongs to generation {stored}, not {running}; start the program of that generation, or export the log and import it anew (deploy/README.md, Migration)"
    )]
    OtherGeneration {
        /// What does.
        what: String,
        /// As stored.
        stored: u32,
        /// As running.
        running: u32,
    },
    /// The task read other partitions when it was saved.
    #[error("task {task} has no stored position in topic {} partition {partition}; partitions are a constant of a generation: move the log into new topics (deploy/README.md, Migration)", topic.0)]
    PositionMissing {
        /// The task.
        task: String,
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: u32,
    },
    /// A page does not match its checksum.
    #[error("page {key:?} of task {task} does not match its checksum; rebuild the task from the log")]
    BadPage {
        /// The task.
        task: String,
        /// The page.
        key: String,
    },
    /// A chained row was edited.
    #[error("{} row {} does not fit the chain ({:?}); {} rows before it do", .0.table, .0.position, .0.fault, .0.good_rows)]
    BadLink(BadLink),
    /// An entry breaks the protocol of marks.
    #[error("entry at position {position} breaks the order of ticks: {why}")]
    Disorder {
        /// Its position.
        position: u64,
        /// What is wrong.
        why: String,
    },
    /// A stage sent a record whose tick is not one of those being committed: its mark would be a lie.
    #[error("output breaks the order of ticks: {why}")]
    BadOutput {
        /// What is wrong.
        why: String,
    },
    /// A stored record cannot be read back.
    #[error("stored record at position {position} cannot be decoded: {why}")]
    BadRecord {
        /// Its position.
        position: u64,
        /// What the codec says.
        why: String,
    },
    /// The broker or the way to it fails. Nothing of a commit is known to be stored; the same commit may be made again, and
    /// what became of the first try is then looked up.
    #[error("{doing}: the broker does not do it ({why}); it can be tried again")]
    Unavailable {
        /// What was being done.
        doing: String,
        /// What the client says.
        why: String,
    },
    /// The broker does not let this process do it: its credentials or its rights are wrong. They may be put right while it waits.
    #[error("{doing}: the broker refuses it ({why}); give this process the credentials and rights it needs, it is tried again")]
    Denied {
        /// What was being done.
        doing: String,
        /// What the client says.
        why: String,
    },
    /// The broker's certificate is not trusted by this process, or this one's is not by the broker. It may be put right while it waits.
    #[error(
        "{doing}: there is no trusted way to the broker ({why}); give this process or the broker another certificate, it is tried again"
    )]
    Untrusted {
        /// What was being done.
        doing: String,
        /// Whose certificate it is, and what is wrong with it.
        why: String,
    },
    /// The transaction was rolled back; the same commit may be made again.
    #[error("transaction rolled back, nothing of it is stored, and the same commit can be made again: {why}")]
    Aborted {
        /// What the client says.
        why: String,
    },
    /// Another process runs under the same name.
    #[error(
        "another process runs as {instance} and took over, or this one was cut off from its brokers for longer than its session and met itself when it came back; if there are two, give each instance a number of its own"
    )]
    Superseded {
        /// The name both use.
        instance: String,
    },
    /// A topic is absent from the broker, or hidden from this process: a broker tells nobody which of the two.
    #[error(
        "topic {name} does not exist, or this process may not see it; create the topics first (`slipwatch topics apply`), and grant it Describe"
    )]
    NoTopic {
        /// Its name.
        name: String,
    },
    /// A topic has another number of partitions than when the state was saved.
    #[error(
        "topic {name} had {stored} partitions when task {task} was saved and has {found} now; partitions are a constant of a generation: take them back, or move the log into new topics (deploy/README.md, Migration)"
    )]
    OtherPartitions {
        /// The topic.
        name: String,
        /// The task.
        task: String,
        /// As stored.
        stored: u32,
        /// As found.
        found: u32,
    },
    /// The topic was made anew: another entry stands where the task read one.
    #[error(
        "topic {name} partition {partition} is not the one task {task} read: another entry stands at position {position}; move the archive of the log into new topics (deploy/README.md, Migration)"
    )]
    Recreated {
        /// The topic.
        name: String,
        /// The partition.
        partition: u32,
        /// The task.
        task: String,
        /// The position at which the entries differ.
        position: u64,
    },
    /// An entry does not stand in the partition of its key.
    #[error(
        "position {position} of topic {name} partition {partition} has a key of partition {wanted}: the topic was written by a program that spread keys otherwise; export the log (`slipwatch export`) and import it into new topics"
    )]
    OtherKeys {
        /// The topic.
        name: String,
        /// The partition.
        partition: u32,
        /// Position of the entry.
        position: u64,
        /// The partition of its key.
        wanted: u32,
    },
    /// A setting breaks a rule that exactly-once rests on.
    #[error("setting {key} is {value}, and must be {want}")]
    BadSetting {
        /// The setting.
        key: String,
        /// Its value.
        value: String,
        /// What would be right, and why.
        want: String,
    },
    /// The client library cannot be started with the settings it was given.
    #[error("{doing}: the client library does not start with these settings: {why}")]
    BadClient {
        /// What was being done.
        doing: String,
        /// What the library says.
        why: String,
    },
    /// A message that no retry brings to its topic.
    #[error(
        "a message of {bytes} bytes does not fit into topic {name}: at most {bytes_max} are sent, and the topic must take as many (max.message.bytes; `slipwatch topics check` compares)"
    )]
    TooLarge {
        /// The topic.
        name: String,
        /// Bytes of its key and value.
        bytes: usize,
        /// The most that is sent to any topic.
        bytes_max: u32,
    },
    /// A fault injected by a test.
    #[error("stopped at {}", .0.name())]
    Stopped(Step),
}

impl From<rusqlite::Error> for JournalError {
    fn from(source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { source },
            Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::Failing { source },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { source },
            Some(_) | None => Self::Database { source },
        }
    }
}

impl JournalError {
    /// The topic it is about, where it says only its number: whoever knows names can add this one's.
    #[must_use]
    pub const fn topic(&self) -> Option<Topic> {
        match self {
            Self::PositionGone { topic, .. }
            | Self::PositionAhead { topic, .. }
            | Self::PositionMissing { topic, .. }
            | Self::UnknownTopic { topic }
            | Self::UnknownPartition { topic, .. } => Some(*topic),
            _ => None,
        }
    }

    /// The process exit code this error ends in: 1 a verification failed, 66 input missing, 69 the broker stays away, 70 bug, 74 storage, 75
    /// locked or fenced (start me again), 78 configuration.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadLink(_) => 1,
            Self::NotAJournal { .. } | Self::Missing { .. } => 66,
            Self::UnknownTopic { .. } | Self::UnknownPartition { .. } | Self::Database { .. } | Self::Stopped(_) => 70,
            Self::BadTableName { .. } | Self::Disorder { .. } | Self::BadOutput { .. } | Self::BadRecord { .. } => 70,
            Self::ReadOnly { .. } | Self::Full { .. } | Self::Failing { .. } | Self::Damaged { .. } => 74,
            Self::NoWriteAhead { .. } | Self::BadPage { .. } => 74,
            Self::PositionGone { .. } | Self::PositionAhead { .. } | Self::PositionMissing { .. } => 74,
            Self::Locked { .. } | Self::Fenced { .. } | Self::Busy { .. } => 75,
            Self::Recreated { .. } => 74,
            Self::Unavailable { .. } | Self::Denied { .. } | Self::Untrusted { .. } => 69,
            Self::Aborted { .. } | Self::Superseded { .. } => 75,
            Self::NewerLayout { .. } | Self::OtherTable { .. } => 78,
            Self::OtherJudgement { .. } | Self::OtherGeneration { .. } => 78,
            Self::NoTopic { .. }
            | Self::OtherPartitions { .. }
            | Self::OtherKeys { .. }
            | Self::BadSetting { .. }
            | Self::BadClient { .. } => 78,
            // What is larger than anything that should be sent is a bug; else the topic takes less than it must.
            Self::TooLarge { bytes, bytes_max, .. } => {
                if *bytes > *bytes_max as usize {
                    70
                } else {
                    78
                }
            }
        }
    }

    /// Whether the world is to blame, and the same call may succeed later: whoever drives the log waits and calls again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Busy { .. } | Self::Unavailable { .. } | Self::Aborted { .. }) || self.is_distrust()
    }

    /// Whether somebody was not taken for who he is. The client keeps what it was given when it was made: after that is changed, only a
    /// new one goes by it.
    #[must_use]
    pub fn is_distrust(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::Untrusted { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Named = fn(&JournalError) -> bool;

    /// What SQLite reports, by extended result code, and what becomes of it.
    #[test]
    fn every_fault_of_the_disk_has_its_name() {
        let table: [(i32, Named, u8); 8] = [
            (rusqlite::ffi::SQLITE_FULL, |error| matches!(error, JournalError::Full { .. }), 74),
            (rusqlite::ffi::SQLITE_IOERR_FSYNC, |error| matches!(error, JournalError::Failing { .. }), 74),
            (rusqlite::ffi::SQLITE_IOERR_WRITE, |error| matches!(error, JournalError::Failing { .. }), 74),
            (rusqlite::ffi::SQLITE_READONLY, |error| matches!(error, JournalError::Failing { .. }), 74),
            (rusqlite::ffi::SQLITE_CORRUPT, |error| matches!(error, JournalError::Damaged { .. }), 74),
            (rusqlite::ffi::SQLITE_NOTADB, |error| matches!(error, JournalError::Damaged { .. }), 74),
            (rusqlite::ffi::SQLITE_BUSY_SNAPSHOT, |error| matches!(error, JournalError::Busy { .. }), 75),
            (rusqlite::ffi::SQLITE_CONSTRAINT, |error| matches!(error, JournalError::Database { .. }), 70),
        ];
        for (code, is_named, exit_code) in table {
            let source = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            let error = JournalError::from(source);
            assert!(is_named(&error), "{code}: {error:?}");
            assert_eq!(error.exit_code(), exit_code);
        }
    }
}
