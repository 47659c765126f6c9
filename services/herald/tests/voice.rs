//! What the herald says of itself, as a probe reads it.
//!
//! Must never enter: a receiver.

use catalogue::{closed::Service, process::Process};
use herald::{stage::Told, voice::observer};
use service_kit::Health;
use std::{sync::Arc, time::Duration};

/// In a quiet month nothing new is delivered: what is sent again is all there is to say that a receiver is back.
#[test]
fn a_receiver_that_takes_again_what_stands_is_well_again() {
    let health = Health::new(Duration::from_secs(60));
    let tell = observer(Arc::new(Process::new(Service::Herald, "0.1.0", "unknown")), health.clone());
    health.started();
    assert!(health.ready().is_well, "{:?}", health.ready());
    tell(Told::ResendFailed("duty", "it does not answer"));
    assert!(!health.ready().is_well);
    tell(Told::Resent("duty"));
    assert!(health.ready().is_well, "{:?}", health.ready());
}
