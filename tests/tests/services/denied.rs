//! A process that the broker turns away: it lives, is not ready, says why, and begins by itself when it is let in. And two
//! processes of one name: one of them ends.
//!
//! The rights are granted one after the other, so that each denial is met. Must never enter: a broker without an authoriser.

use crate::running::Running;
use stages::settings::KafkaSection;
use std::time::{Duration, Instant};
use tests::{
    broker::{Broker, broker},
    on_kafka::Stand,
};

const ACLS: &str = "org.apache.kafka.tools.AclCommand";

fn stand(broker: &Broker, namespace: String) -> Stand {
    Stand { bootstrap: broker.bootstrap.clone(), namespace, partitions: 1, instances: 1 }
}

/// The casebook of a user whom nobody trusts.
fn casebook(broker: &Broker, stand: &Stand, password: &str) -> Running {
    let (bootstrap, sasl) = broker.guarded(password);
    Running::casebook(KafkaSection { bootstrap, sasl, ..stand.section(0) })
}

/// Grants the user operations on everything of a kind whose name begins so.
fn grant(broker: &Broker, operations: &[&str], kind: &str, beginning: &str) {
    let mut arguments = vec!["--add", "--allow-principal", "User:clerk", kind, beginning, "--resource-pattern-type", "prefixed"];
    operations.iter().for_each(|operation| arguments.extend(["--operation", operation]));
    let said = broker.tool(ACLS, &arguments);
    assert!(said.contains("Adding ACLs"), "{said}");
}

#[test]
fn a_process_that_is_turned_away_says_why_and_begins_when_it_is_let_in() {
    let Some(broker) = Broker::start_guarded() else { return };
    let stand = stand(&broker, "guarded".to_owned());
    stand.make_topics().unwrap();
    grant(&broker, &["Describe", "DescribeConfigs", "Read"], "--topic", "guarded");

    let nobody = casebook(&broker, &stand, "another-secret");
    nobody.wait("turned away", |complaint| complaint.is_some_and(|why| why.contains("refuses it") && why.contains("Authentication")));
    assert!(nobody.health.live().is_well, "{:?}", nobody.health.live());
    nobody.end().unwrap();

    let clerk = casebook(&broker, &stand, "clerk-secret");
    let refused = |right: &str| {
        clerk.wait(&format!("refused {right}"), |complaint| complaint.is_some_and(|why| why.contains("refuses it") && why.contains(right)));
        assert!(clerk.health.live().is_well && !clerk.health.ready().is_well);
    };
    refused("Group authorization");
    grant(&broker, &["Read"], "--group", "guarded");
    refused("Transactional Id authorization");
    grant(&broker, &["Describe", "Write"], "--transactional-id", "guarded");
    grant(&broker, &["Write"], "--topic", "guarded");
    clerk.ready();
    clerk.end().unwrap();
}

#[test]
fn one_of_two_processes_with_one_number_ends_with_75() {
    let Some(broker) = broker() else { return };
    let stand = stand(broker, broker.space());
    stand.make_topics().unwrap();
    let first = Running::casebook(stand.section(0));
    first.ready();
    let second = Running::casebook(stand.section(0));
    // Each takes the other's place once; whoever is taken over again knows that somebody is there.
    let began = Instant::now();
    while !first.has_ended() && !second.has_ended() {
        assert!(began.elapsed() < Duration::from_secs(120), "both run under one name");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (mut ended, other) = if first.has_ended() { (first, second) } else { (second, first) };
    let why = ended.join().unwrap_err();
    assert_eq!(why.exit_code(), 75, "{why}");
    assert!(why.to_string().contains("another process runs as"), "{why}");
    other.ready();
    other.end().unwrap();
}
