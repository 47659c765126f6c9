//! TLS and SASL on a real broker: who is let in, what is said of what is wrong with trust, and certificates that are replaced.
//!
//! Authorities and certificates are made by the test, each good for a day. Must never enter: a certificate that is kept.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{
    reloaded::{Console, Herald},
    running::Running,
};
use catalogue::{
    closed::Service,
    process::{Process, REVISION},
};
use service_kit::broker::Way;
use service_kit::{
    admin::Asked,
    broker::{SaslSection, TlsSection},
};
use slipwatch::{broker::Broker as OfCommands, cli::BrokerArgs, command::service::exposing};
use stages::settings::KafkaSection;
use std::{
    path::Path,
    sync::{Arc, OnceLock},
};
use tests::{
    broker::{Broker, Door, Secured},
    on_kafka::Stand,
};

fn secured() -> Option<&'static Secured> {
    static SHARED: OnceLock<Option<Secured>> = OnceLock::new();
    SHARED.get_or_init(Broker::start_secured).as_ref()
}

/// Topics of a name of their own, and the way to them by a door.
fn section(secured: &Secured, door: Door, (tls, sasl): (TlsSection, SaslSection)) -> KafkaSection {
    let stand = Stand { bootstrap: secured.broker.bootstrap.clone(), namespace: secured.broker.space(), partitions: 1, instances: 1 };
    stand.make_topics().unwrap();
    KafkaSection { bootstrap: secured.address(door), tls, sasl, ..stand.section(0) }
}

/// Trusts an authority, and shows a certificate, if one is named.
fn tls(folder: &Path, authority: &str, certificate: &str) -> TlsSection {
    let file = |end: &str| if certificate.is_empty() { "".into() } else { folder.join(format!("{certificate}.{end}")) };
    let ca_file = folder.join(format!("{authority}.pem"));
    TlsSection { enabled: true, ca_file, certificate_file: file("pem"), key_file: file("key"), ..TlsSection::default() }
}

fn clerk(folder: &Path, mechanism: &str, password: &str) -> SaslSection {
    let password_file = folder.join(format!("{mechanism}-{password}"));
    std::fs::write(&password_file, password).unwrap();
    SaslSection { mechanism: mechanism.to_owned(), user: "clerk".to_owned(), password_file }
}

#[test]
fn whoever_has_the_right_certificate_or_password_is_let_in() {
    let Some(secured) = secured() else { return };
    let folder = secured.folder();
    let scram = |mechanism| section(secured, Door::Secure, (tls(folder, "ca", ""), clerk(folder, mechanism, "clerk-secret")));
    let (short, scram) = (scram("SCRAM-SHA-256"), scram("SCRAM-SHA-512"));
    let mut shown = tls(folder, "ca", "client");
    shown.key_file = folder.join("locked.key");
    shown.key_password_file = folder.join("locked.password");
    let mutual = section(secured, Door::Mutual, (shown, SaslSection::default()));
    let file = folder.join("commands.toml");
    let text = format!(
        "[admin]\nlisten = \"127.0.0.1:1\"\n[kafka]\ninstance = 0\nnamespace = {:?}\n[kafka.tls]\nenabled = true\nca_file = {:?}\n\
         [kafka.sasl]\nmechanism = \"PLAIN\"\nuser = \"clerk\"\npassword_file = {:?}\n",
        scram.namespace,
        folder.join("ca.pem"),
        clerk(folder, "PLAIN", "clerk-secret").password_file
    );
    std::fs::write(&file, text).unwrap();
    let arguments = BrokerArgs { config: Some(file), ..BrokerArgs::default() };
    let running = [Running::casebook(short), Running::casebook(scram), Running::casebook(mutual)];
    let command = OfCommands::new(&secured.address(Door::Secure), &arguments).unwrap_or_else(|bad| panic!("{bad}"));
    assert_eq!(command.pages().unwrap_or_else(|bad| panic!("{bad}")), []);
    running.iter().for_each(Running::ready);
    running.into_iter().for_each(|one| one.end().unwrap());
}

#[test]
fn what_is_wrong_with_trust_is_said_counted_and_waited_out() {
    let Some(secured) = secured() else { return };
    let folder = secured.folder();
    let nobody = SaslSection::default;
    let right = || clerk(folder, "SCRAM-SHA-512", "clerk-secret");
    let table = [
        (Door::Secure, tls(folder, "other-ca", ""), right(), "untrusted", "unable to get local issuer certificate"),
        (Door::Elsewhere, tls(folder, "ca", ""), nobody(), "untrusted", "elsewhere.example"),
        (Door::Expired, tls(folder, "ca", ""), nobody(), "untrusted", "certificate has expired"),
        (Door::Mutual, tls(folder, "ca", "late"), nobody(), "untrusted", "late.pem has expired"),
        (Door::Mutual, tls(folder, "ca", "stranger"), nobody(), "untrusted", "does not accept our certificate"),
        (Door::Secure, tls(folder, "ca", ""), clerk(folder, "SCRAM-SHA-512", "wrong"), "denied", "Authentication"),
        (Door::Secure, tls(folder, "ca", ""), clerk(folder, "PLAIN", "wrong"), "denied", "Authentication"),
    ];
    let running = table.map(|(door, tls, sasl, cause, words)| {
        let numbers = Arc::new(Process::new(Service::Casebook, "0.0.0", REVISION));
        let one = Running::casebook_counting(section(secured, door, (tls, sasl)), Arc::clone(&numbers));
        (one, numbers, cause, words)
    });
    for (one, numbers, cause, words) in running {
        one.wait(words, |complaint| complaint.is_some_and(|why| why.contains(words)));
        assert!(one.health.live().is_well && !one.health.ready().is_well, "{words}: {:?}", one.health.live());
        let shown = String::from_utf8(exposing(numbers)(Asked::default()).body).unwrap();
        let sample = format!("slipwatch_log_failures_total{{cause=\"{cause}\"}} ");
        let counted = shown.lines().find_map(|line| line.strip_prefix(&sample));
        assert!(counted.is_some_and(|count| count != "0"), "{words}: {counted:?}");
        one.end().unwrap();
    }
}

/// The three kinds of service that have a way of their own to their broker, and what a reload does to each.
struct Reloaded {
    casebook: Running,
    herald: Herald,
    console: Console,
}

impl Reloaded {
    fn wait(&self, what: &str, is_so: impl Fn(Option<&str>) -> bool) {
        self.casebook.wait(what, &is_so);
        self.herald.wait(what, &is_so);
        self.console.wait(what, &is_so);
    }
}

#[test]
fn a_certificate_that_is_replaced_under_its_name_is_used_without_a_restart() {
    let Some(secured) = secured() else { return };
    let folder = secured.folder();
    // A file takes the place of another as a whole, as whoever rotates certificates does it.
    let rotate = |from: &str| {
        for end in ["pem", "key"] {
            let new = folder.join(format!("rotated.{end}.new"));
            std::fs::copy(folder.join(format!("{from}.{end}")), &new).unwrap();
            std::fs::rename(new, folder.join(format!("rotated.{end}"))).unwrap();
        }
    };
    rotate("client");
    let section = section(secured, Door::Mutual, (tls(folder, "ca", "rotated"), SaslSection::default()));
    let (casebook, herald, console) = (Running::casebook(section.clone()), Herald::start(&section), Console::start(&section));
    let all = Reloaded { casebook, herald, console };
    all.wait("ready", |complaint| complaint.is_none());
    let mut way = Way::of(all.casebook.kafka.clone().expect("a casebook has a way to its broker")).unwrap();
    let mut way_of_console = Way::of(all.console.kafka.clone()).unwrap();
    rotate("stranger");
    way.go(way.look(&section).unwrap());
    way_of_console.go(way_of_console.look(&all.console.kafka.now()).unwrap());
    herald::config::adopt(&all.herald.live, &all.herald.live.now()).unwrap();
    all.wait("turned away", |complaint| complaint.is_some_and(|why| why.contains("does not accept our certificate")));
    // Who is turned away looks at its files again by itself.
    rotate("client");
    all.wait("ready", |complaint| complaint.is_none());
    let Reloaded { casebook, herald, console } = all;
    casebook.end().unwrap();
    herald.end();
    console.end();
}
