//! Configuration, health and the admin port, from outside.
//!
//! What must never enter: the loop (`line`), a broker.

use serde::Deserialize;
use service_kit::admin::{self, Asked, Exposition};
use service_kit::config::{BadConfig, Secret, Settings, Sources, load};
use service_kit::{Exit, Health};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Toy {
    kafka: Kafka,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kafka {
    bootstrap: String,
    instance: u32,
    client_id: Option<String>,
}

impl Settings for Toy {
    const DEFAULTS: &'static str = "[kafka]\n# where\nbootstrap = 'default:1'\ninstance = 0\n";
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// Which of the four sources speak, and whose value counts.
#[test]
fn a_flag_is_before_the_environment_before_the_file_before_the_default() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("toy.toml");
    std::fs::write(&file, "[kafka]\nbootstrap = 'file:1'\n").unwrap();
    for said in 0..8_u8 {
        let sources = Sources {
            file: (said & 1 > 0).then(|| file.clone()),
            environment: (said & 2 > 0).then(|| pair("SLIPWATCH_KAFKA__BOOTSTRAP", "environment:1")).into_iter().collect(),
            flags: (said & 4 > 0).then(|| pair("kafka.bootstrap", "flag:1")).into_iter().collect(),
        };
        let expected = ["default:1", "file:1", "environment:1", "environment:1", "flag:1", "flag:1", "flag:1", "flag:1"];
        assert_eq!(load::<Toy>(&sources).unwrap().kafka.bootstrap, expected[usize::from(said)], "sources {said:03b}");
    }
}

#[test]
fn an_unknown_key_is_refused_by_name_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("toy.toml");
    std::fs::write(&file, "[kafka]\nbootstrp = 'file:1'\n").unwrap();
    let shown = |sources: Sources| load::<Toy>(&sources).unwrap_err().to_string();
    let of_file = shown(Sources { file: Some(file), ..Sources::default() });
    assert!(of_file.contains("bootstrp") && of_file.contains("toy.toml"), "{of_file}");
    let of_environment = shown(Sources { environment: vec![pair("SLIPWATCH_KAFKA__INSTANCES", "2")], ..Sources::default() });
    assert!(of_environment.contains("instances") && of_environment.contains("SLIPWATCH_KAFKA__INSTANCES"), "{of_environment}");
    let of_flag = shown(Sources { flags: vec![pair("kafka.instance", "many")], ..Sources::default() });
    assert!(of_flag.contains("kafka.instance") && of_flag.contains("flags"), "{of_flag}");
}

#[test]
fn a_variable_without_a_section_is_no_setting() {
    let sources = Sources { environment: vec![pair("SLIPWATCH_SEED", "7"), pair("OTHER_KAFKA__BOOTSTRAP", "x")], ..Sources::default() };
    assert_eq!(load::<Toy>(&sources).unwrap().kafka.bootstrap, "default:1");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let sources = Sources { file: Some("/nowhere/toy.toml".into()), ..Sources::default() };
    let error = load::<Toy>(&sources).unwrap_err();
    assert!(matches!(&error, BadConfig::Unreadable { .. }) && error.to_string().contains("/nowhere/toy.toml"), "{error}");
}

#[test]
fn a_secret_is_read_from_its_file_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "planted-secret\n").unwrap();
    let secret = Secret::read(&file).unwrap();
    assert_eq!(secret.reveal(), "planted-secret");
    assert!(!format!("{secret:?}").contains("planted"));
    std::fs::write(&file, "\n").unwrap();
    assert!(Secret::read(&file).unwrap_err().to_string().contains("empty"));
}

#[test]
fn exit_codes_are_those_that_supervisors_know() {
    let all = [
        (Exit::Done, 0),
        (Exit::No, 1),
        (Exit::Usage, 2),
        (Exit::Input, 66),
        (Exit::Away, 69),
        (Exit::Bug, 70),
        (Exit::Disk, 74),
        (Exit::Again, 75),
        (Exit::Configuration, 78),
    ];
    assert!(all.iter().all(|(exit, code)| exit.code() == *code));
}

fn ask(address: SocketAddr, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, text))
}

#[test]
fn the_admin_port_answers_probes_with_the_reason_and_scrapes_with_the_series() {
    let health = Health::new(Duration::from_mins(10));
    let render = Arc::new(|_: Asked<'_>| Exposition::text("toy_total 1\n".to_owned()));
    let address = admin::serve("127.0.0.1:0".parse().unwrap(), health.clone(), render).unwrap();
    assert_eq!(ask(address, "/livez").unwrap().0, 200);
    assert_eq!(ask(address, "/startupz").unwrap().0, 503);
    let (status, text) = ask(address, "/readyz").unwrap();
    assert!(status == 503 && text.contains("not restored"), "{text}");
    health.started();
    health.wrong("broker", "nobody answers at toy:1");
    assert_eq!(ask(address, "/startupz").unwrap().0, 200);
    let (status, text) = ask(address, "/readyz?verbose").unwrap();
    assert!(status == 503 && text.contains("[-] broker: nobody answers at toy:1") && text.contains("[+] startup"), "{text}");
    health.right("broker");
    assert_eq!(ask(address, "/readyz").unwrap().0, 200);
    let (status, text) = ask(address, "/metrics").unwrap();
    assert!(status == 200 && text.contains("text/plain; version=0.0.4") && text.ends_with("toy_total 1\n"), "{text}");
    assert_eq!(ask(address, "/nothing").unwrap().0, 404);
    assert!(admin::serve(address, health, Arc::new(|_| Exposition::text(String::new()))).is_err(), "the port is taken");
}

#[test]
fn a_loop_that_does_not_turn_is_not_live() {
    let health = Health::new(Duration::ZERO);
    assert!(health.live().is_well, "there is no loop yet");
    let pulse = health.pulse("fold");
    while pulse.since_beat().is_zero() {
        std::thread::yield_now();
    }
    let answer = health.live();
    assert!(!answer.is_well && answer.checks[0].0 == "loop fold", "{answer:?}");
    let patient = Health::new(Duration::from_mins(10));
    patient.pulse("fold").beat();
    assert!(patient.live().is_well);
}
