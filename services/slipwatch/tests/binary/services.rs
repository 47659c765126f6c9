//! Services as processes: how they end when they cannot begin, and what their supervisor is told.
//!
//! What they do is looked at in `tests/tests`. What must never enter: a broker.

use crate::support::{Folder, terminate, until, wait};
use std::{
    net::TcpListener,
    os::unix::net::UnixDatagram,
    time::{Duration, Instant},
};

const SERVICES: [&str; 6] = ["intake", "casebook", "assessor", "sentinel", "herald", "console"];

#[test]
fn a_configuration_that_is_not_there_and_a_port_that_is_taken_end_every_service_alike() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for service in SERVICES {
        folder.run(&format!("{service} --config absent.toml --check-config")).ends(66).says(&["absent.toml"]);
        folder.run(&format!("{service} --kafka localhost:1 --set admin.listen=nowhere --check-config")).ends(78).says(&["admin.listen"]);
        let said = folder.run(&format!("{service} --kafka localhost:1 --set admin.listen={address}"));
        said.ends(75).says(&[&format!("admin.listen = {address}")]);
    }
    folder.write("tokens.toml", "[[token]]\nname = \"customs\"\ntoken = \"0123456789abcdef\"\nsources = [\"customs\"]\n");
    let door = format!("[admin]\nlisten = \"127.0.0.1:0\"\n[http]\nlisten = \"{address}\"\ntokens_file = \"tokens.toml\"\n");
    folder.write("door.toml", door);
    // A file of tokens that others may read is refused before the address is looked at.
    folder.shell("chmod 600 tokens.toml").ends(0);
    folder.run("intake --kafka localhost:1 --config door.toml").ends(75).says(&[&format!("http.listen = {address}")]);
}

#[test]
fn looking_at_a_configuration_finds_what_a_start_would_refuse() {
    let folder = Folder::new();
    folder.write("pack.toml", "regime = 7\n");
    let check = |service: &str, settings: &str| {
        folder.write("a.toml", settings);
        folder.run(&format!("{service} --config a.toml --check-config"))
    };
    for service in ["intake", "casebook", "assessor", "sentinel"] {
        let asked = check(service, "[kafka]\nsession_timeout_ms = 500\n");
        asked.ends(78).says(&["session_timeout_ms is 500", "900 or more"]);
        check(service, "[kafka]\nbootstrap = \"\"\n").ends(78).says(&["bootstrap is", "host:port"]);
        check(service, "[log]\nlevel = \"warn\"\n").ends(0);
    }
    check("intake", "[intake]\nfirst_pack = \"absent.toml\"\n").ends(66).says(&["absent.toml"]);
    check("intake", "[intake]\nfirst_pack = \"pack.toml\"\n").ends(78).says(&["intake.first_pack", "mistakes"]);
    check("intake", "[http]\nlisten = \"127.0.0.1:0\"\n").ends(78).says(&["http.tokens_file is missing"]);
}

/// Whether a broker is there or not, such a client is never made: waiting for one mends nothing.
#[test]
fn what_the_client_of_the_broker_does_not_take_ends_services_alike() {
    let folder = Folder::new();
    let client =
        "[admin]\nlisten = \"127.0.0.1:0\"\n[kafka]\nbootstrap = \"localhost:1\"\n[kafka.client]\n\"sasl.pasword\" = \"hunter2\"\n";
    folder.write("client.toml", client);
    for service in SERVICES {
        let looked = folder.run(&format!("{service} --config client.toml --check-config"));
        looked.ends(78).says(&["kafka.client", "sasl.pasword"]);
        let said = folder.run(&format!("{service} --config client.toml"));
        let said = said.ends(78).says(&["sasl.pasword", "no such setting"]);
        assert!(!format!("{said:?}").contains("hunter2"), "{service} tells a secret: {said:?}");
    }
}

/// What the supervisor hears until something was said.
fn heard(socket: &UnixDatagram, what: &str) -> Vec<String> {
    let (mut said, began) = (Vec::new(), Instant::now());
    while !said.iter().any(|one| one == what) {
        assert!(began.elapsed() < Duration::from_secs(60), "heard {said:?}, and not {what}");
        let mut bytes = [0; 256];
        if let Ok(length) = socket.recv(&mut bytes) {
            said.extend(String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned));
        }
    }
    said
}

#[test]
fn a_supervisor_hears_that_it_has_started_that_it_turns_and_that_it_ends() {
    let folder = Folder::new();
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut command = folder.command("console --db later.db --listen 127.0.0.1:0");
    command.env("NOTIFY_SOCKET", folder.path("notify")).env("WATCHDOG_USEC", "400000");
    let child = command.spawn().unwrap();
    // It turns, and has no source yet: alive, and not started.
    let before = heard(&socket, "WATCHDOG=1");
    assert!(!before.contains(&"READY=1".to_owned()), "{before:?}");
    folder.write("map.toml", crate::support::MAPPING);
    folder.write("pack.toml", crate::support::PACK);
    folder.write("log.csv", crate::support::log(1, 30));
    folder.run("import --mapping map.toml --pack pack.toml --db later.db log.csv").ends(0);
    heard(&socket, "READY=1");
    until("it goes on to turn", || heard(&socket, "WATCHDOG=1").len() == 1);
    terminate(&child);
    heard(&socket, "STOPPING=1");
    wait(child).ends(0);
}

#[test]
fn a_run_ends_with_its_herald() {
    let folder = Folder::with_log(&crate::support::log(1, 30));
    folder.run("import --mapping map.toml --pack pack.toml --db a.db log.csv").ends(0);
    folder.write("herald.toml", "[admin]\nlisten = \"127.0.0.1:0\"\n");
    let first = folder.command("herald --config herald.toml --db a.db").spawn().unwrap();
    until("the first herald has the outbox", || folder.path("a.db.outbox").exists());
    // The file is followed without end, so what ends the run is that its herald cannot have the outbox.
    let run = folder.run("run --mapping map.toml --db a.db --herald herald.toml log.csv");
    run.ends(75).says(&["a.db.outbox is locked"]);
    terminate(&first);
    wait(first).ends(0);
}
