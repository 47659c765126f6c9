//! SIGHUP to a process: what may change takes hold without a restart, what is wrong is refused whole, what cannot change is named.
//!
//! No broker answers here: a process that waits for one reads its configuration all the same. What must never enter: a broker.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::support::{Folder, terminate, until, wait};
use std::{
    fs::File,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command},
};

/// A process with its log in a file.
struct Process<'a> {
    folder: &'a Folder,
    child: Child,
    admin: SocketAddr,
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap()
}

fn asked(address: SocketAddr, head: &str, body: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        let length = body.len();
        write!(stream, "{head} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        stream.read_to_string(&mut answer).unwrap();
    }
    answer
}

impl<'a> Process<'a> {
    /// Starts it with a configuration `a.toml`, to which its admin port is added.
    fn start(folder: &'a Folder, command: &str) -> Self {
        let admin = free();
        let mut command = folder.command(&format!("{command} --config a.toml"));
        command.env("SLIPWATCH_ADMIN__LISTEN", admin.to_string()).stdout(File::create(folder.path("log")).unwrap());
        let process = Self { folder, child: command.spawn().unwrap(), admin };
        until("its port answers", || process.metrics().contains("slipwatch_build_info"));
        assert!(process.counts(0, 0, 1), "{}", process.metrics());
        process
    }

    fn metrics(&self) -> String {
        asked(self.admin, "GET /metrics", "")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path("log")).unwrap()
    }

    /// Whether so many reloads were applied and refused, and the last one holds or does not.
    fn counts(&self, applied: u32, refused: u32, holds: u32) -> bool {
        let metrics = self.metrics();
        let has = |line: String| metrics.lines().any(|one| one == line);
        has(format!("slipwatch_config_reloads_total{{outcome=\"applied\"}} {applied}"))
            && has(format!("slipwatch_config_reloads_total{{outcome=\"refused\"}} {refused}"))
            && has(format!("slipwatch_config_last_reload_successful {holds}"))
    }

    /// Reads another configuration, and waits until that is counted.
    fn reload(&self, configuration: &str, (applied, refused, holds): (u32, u32, u32)) {
        self.folder.write("a.toml", configuration);
        assert!(Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().unwrap().success());
        until("the reload is counted", || self.counts(applied, refused, holds));
    }

    #[track_caller]
    fn says(&self, words: &[&str]) {
        until("the log is written", || words.iter().all(|word| self.log().contains(word)));
    }

    fn end(self) {
        terminate(&self.child);
        wait(self.child).ends(0);
    }
}

#[test]
fn a_reload_is_taken_over_or_refused_whole_and_what_needs_a_restart_is_named() {
    let folder = Folder::new();
    let of = |level: &str, more: &str| format!("[log]\nlevel = \"{level}\"\n[kafka]\nbootstrap = \"localhost:1\"\n{more}");
    folder.write("a.toml", of("error", ""));
    let process = Process::start(&folder, "casebook");
    process.reload(&of("warn", ""), (1, 0, 1));
    process.says(&["trying again"]);
    assert!(!process.log().contains("needs a restart"), "{}", process.log());

    process.reload(&of("loud", ""), (1, 1, 0));
    process.says(&["refused whole", "log.level", "loud", "`warn`", "a.toml"]);
    // The level is good, and not taken over: the way to the broker is not.
    process.reload(&of("error", "[kafka.sasl]\nmechanism = \"SCRAM-SHA-1\"\n"), (1, 2, 0));
    process.says(&["kafka.sasl.mechanism", "SCRAM-SHA-1", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"]);
    // Nor is what the client library would refuse to begin with, or what a guarantee rests on.
    process.reload(&of("error", "[kafka.client]\n\"sasl.pasword\" = \"hunter2\"\n"), (1, 3, 0));
    process.says(&["sasl.pasword is set", "no such setting"]);
    process.reload(&of("error", "[kafka.client]\n\"isolation.level\" = \"read_uncommitted\"\n"), (1, 4, 0));
    process.says(&["isolation.level is read_uncommitted", "left out"]);
    assert!(!process.log().contains("hunter2"), "{}", process.log());
    let tries = || process.log().matches("trying again").count();
    let before = tries();
    until("it goes on at the level before", || tries() > before);

    process.reload(&of("warn", "namespace = \"elsewhere\"\n"), (2, 4, 1));
    process.says(&["needs a restart", "kafka.namespace", "elsewhere"]);
    process.reload(&of("warn", ""), (3, 4, 1));
    process.end();
}

#[test]
fn a_console_reads_its_way_to_the_broker_again_and_ends_in_order_while_no_broker_answers() {
    let folder = Folder::new();
    let of = |sasl: &str| format!("[kafka]\nbootstrap = \"localhost:1\"\n[kafka.sasl]\n{sasl}");
    folder.write("secret", "hunter2");
    folder.write("a.toml", of(""));
    let process = Process::start(&folder, "console");
    process.says(&["the source is away"]);
    process.reload(&of("mechanism = \"SCRAM-SHA-1\"\n"), (0, 1, 0));
    process.says(&["refused whole", "kafka.sasl.mechanism"]);
    let plain = format!("mechanism = \"PLAIN\"\nuser = \"clerk\"\npassword_file = {:?}\n", folder.path("secret"));
    process.reload(&of(&plain), (1, 1, 1));
    process.says(&["certificates or credentials have changed"]);
    assert!(!process.log().contains("hunter2"), "{}", process.log());
    process.end();
}

#[test]
fn the_tokens_of_a_door_are_those_of_the_file_that_was_read_last() {
    let folder = Folder::new();
    let door = free();
    let file = |token: &str| format!("[[token]]\nname = \"customs\"\ntoken = \"{token}\"\nsources = [\"customs\"]\n");
    let tokens = |text: &str| folder.write("tokens.toml", text);
    tokens(&file("the-token-of-before"));
    let configuration =
        format!("[kafka]\nbootstrap = \"localhost:1\"\n[http]\nlisten = \"{door}\"\ntokens_file = {:?}\n", folder.path("tokens.toml"));
    folder.write("a.toml", &configuration);
    let process = Process::start(&folder, "intake");
    // Whoever is let in is told that this is no event.
    let is_let_in = |token: &str| {
        let head = format!("POST /api/v1/events HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\nX-Rest:");
        let answer = asked(door, &head, "{}");
        assert!(answer.contains(" 401 ") || answer.contains(" 422 "), "{answer}");
        !answer.contains(" 401 ")
    };
    until("the door is open", || TcpStream::connect(door).is_ok());
    assert!(is_let_in("the-token-of-before") && !is_let_in("the-token-of-later"));
    tokens(&file("the-token-of-later"));
    process.reload(&configuration, (1, 0, 1));
    assert!(!is_let_in("the-token-of-before") && is_let_in("the-token-of-later"));
    tokens(&file("short"));
    process.reload(&configuration, (1, 1, 0));
    process.says(&["refused whole", "http.tokens_file", "fewer than 16 characters"]);
    assert!(!process.log().contains("short\""), "a token is in the log: {}", process.log());
    assert!(is_let_in("the-token-of-later"));
    process.end();
}

#[test]
fn the_receivers_of_a_herald_are_those_of_the_file_that_was_read_last() {
    let folder = Folder::with_log(&crate::support::log(1, 30));
    folder.run("import --mapping map.toml --pack pack.toml --db a.db log.csv").ends(0);
    folder.write("secret", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    let of = |name: &str, secret: &str, allow: &str| {
        let secret = folder.path(secret);
        format!(
            "[source]\ndb = \"a.db\"\n[[webhooks]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\nform = \"alertmanager\"\n\
             secret_files = [{secret:?}]\nallow = [{allow}]\n"
        )
    };
    let allowed = "\"plain_http\", \"loopback\"";
    folder.write("a.toml", of("desk", "secret", allowed));
    let process = Process::start(&folder, "herald");
    let waits_for = |receiver: &str| process.metrics().contains(&format!("slipwatch_outbox_records{{receiver=\"{receiver}\"}} 0"));
    let is_ready = || asked(process.admin, "GET /readyz", "").contains(" 200 ");
    until("it is ready", is_ready);
    assert!(waits_for("desk") && !waits_for("night"));
    // One of two mistakes would be enough.
    process.reload(&of("night", "no-secret", ""), (0, 1, 0));
    process.says(&["refused whole", "webhooks `night`: secret_files", "webhooks `night`: url", "https"]);
    assert!(!waits_for("night") && is_ready());
    process.reload(&of("night", "secret", allowed), (1, 1, 1));
    until("letters go by the new one", || waits_for("night"));
    until("it is ready again", is_ready);
    assert!(asked(process.admin, "GET /livez", "").contains(" 200 "));
    process.end();
}

#[test]
fn the_unit_file_is_one_and_a_reload_is_a_hangup() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/systemd/slipwatch@.service");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.lines().any(|line| line == "ExecReload=/bin/kill -HUP $MAINPID"), "{text}");
    match Command::new("systemd-analyze").arg("verify").arg(&file).output() {
        Ok(ran) => assert!(ran.status.success() && ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr)),
        Err(error) => eprintln!("SKIPPED: systemd-analyze verify {}: {error}", file.display()),
    }
}
