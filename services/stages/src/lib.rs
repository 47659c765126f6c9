//! What the services share of the way of the data: what travels, where to, and the stages of the engine as tasks on a log.
//!
//! Embedded, in a replay and on Kafka the same wrappers drive the same engine; only the log below them differs. Must never
//! enter: a judgement (engine), a rule (regime), a byte format (wire), SQL or a broker (journal), a clock (it is handed in).

pub mod admission;
pub mod assessor;
pub mod behind;
pub mod bytes;
pub mod crew;
pub mod docket;
pub mod ground;
pub mod intaking;
pub mod key;
pub mod message;
pub mod numbers;
pub mod process;
pub mod register;
pub mod sentinel;
pub mod settings;
pub mod skew;
pub mod space;

use service_kit::BadState;

/// Generation of everything this build writes.
pub const GENERATION: u32 = 1;

/// The version of the judgement as positions carry it.
#[must_use]
pub fn judgement() -> String {
    engine::seal::JUDGEMENT.to_string()
}

/// Names the stage whose page cannot be read.
pub fn bad<E: std::fmt::Display>(stage: &'static str) -> impl Fn(E) -> BadState {
    move |why| BadState { key: stage.to_owned(), why: why.to_string() }
}
