//! THE HERALD: delivers alerts to Alertmanager and webhooks; durable, retried, idempotent, and silent about what was decided before
//! it was asked to speak.
//!
//! It reads the log of alerts and can judge nothing: it sees neither the detector nor the engine. [`outbox`] is a pure state machine,
//! [`stage`] drives it on a log, [`post`] carries, [`clerk`] writes; [`guard`] says which addresses may be written to.
//!
//! What must never enter: a decision about an alert, a second wording (`words` has it), a secret in a log.

pub mod alertmanager;
pub mod answer;
pub mod beside;
pub mod broker;
pub mod clerk;
pub mod config;
pub mod connect;
mod drain;
pub mod guard;
pub mod heard;
pub mod labels;
pub mod moment;
pub mod outbox;
pub mod outlet;
pub mod post;
pub mod process;
pub mod service;
pub mod signature;
pub mod stage;
pub mod trial;
pub mod voice;
pub mod webhook;
pub mod witness;
