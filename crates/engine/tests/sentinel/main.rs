//! The sentinel told directly what assessors said: the life of alerts, their kinds, notices, digests.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod duties;
#[path = "../judged/mod.rs"]
mod judged;
mod kinds;
mod life;
mod notices;
mod script;
mod several;
