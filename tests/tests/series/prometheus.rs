//! A real Prometheus with the shipped rules, at a quicker pace, over processes of this machine.
//!
//! What must never enter: an expression; those are the shipped files' or the test's that asks.

use crate::{scrape, site, tools::Running};
use serde_json::Value;
use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The shipped rules with a quicker pace, and a scrape of everything every second.
pub(crate) fn configure(folder: &Path, targets: &[(String, SocketAddr)]) -> std::io::Result<()> {
    let mut text = "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files:\n".to_owned();
    for path in site::files("prometheus/rules", "yml") {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        std::fs::write(folder.join(&name), site::read(&path).replace("interval: 15s", "interval: 1s"))?;
        text.push_str(&format!("  - {name}\n"));
    }
    text.push_str("scrape_configs:\n");
    let mut jobs: Vec<&String> = targets.iter().map(|(job, _)| job).collect();
    jobs.dedup();
    for job in jobs {
        let of_job: Vec<String> = targets.iter().filter(|(of, _)| of == job).map(|(_, address)| format!("\"{address}\"")).collect();
        text.push_str(&format!("  - job_name: {job}\n    static_configs:\n      - targets: [{}]\n", of_job.join(", ")));
    }
    std::fs::write(folder.join("prometheus.yml"), text)
}

/// A Prometheus over loopback.
pub(crate) struct Prometheus {
    address: SocketAddr,
    _process: Running,
}

impl Prometheus {
    pub(crate) fn start(program: &Path, folder: &Path) -> Self {
        // The port is free until Prometheus takes it; it cannot be asked to choose one and say which.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let process = Command::new(program)
            .arg("--config.file=prometheus.yml")
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log")).expect("a log file"))
            .spawn()
            .expect("an installed prometheus starts");
        Self { address, _process: Running(process) }
    }

    /// The samples of an instant query; what is wrong where there are none.
    pub(crate) fn query(&self, expression: &str) -> Result<usize, String> {
        let path = format!("/api/v1/query?query={}", scrape::encoded(expression));
        let answer = scrape::get(self.address, &path, "").map_err(|error| error.to_string())?;
        let json: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("{}: {error}", answer.status))?;
        match (json["status"].as_str(), json.pointer("/data/result").and_then(Value::as_array)) {
            (Some("success"), Some(result)) => Ok(result.len()),
            _ => Err(json["error"].as_str().unwrap_or("no answer").to_owned()),
        }
    }

    /// How many rules are loaded, and what ails those that cannot be evaluated.
    pub(crate) fn rules(&self) -> (usize, Vec<String>) {
        let answer = scrape::get(self.address, "/api/v1/rules", "").expect("prometheus answers");
        let json: Value = serde_json::from_slice(&answer.body).expect("the answer is JSON");
        let groups = json.pointer("/data/groups").and_then(Value::as_array).cloned().unwrap_or_default();
        let rules: Vec<Value> = groups.iter().filter_map(|group| group["rules"].as_array().cloned()).flatten().collect();
        let ailing = rules.iter().filter(|rule| rule["health"] != "ok").map(|rule| format!("{}: {}", rule["name"], rule["lastError"]));
        (rules.len(), ailing.collect())
    }

    /// Waits until a query has data; what came instead after that long.
    pub(crate) fn waits_for(&self, expression: &str, until: Instant) -> Result<(), String> {
        loop {
            match self.query(expression) {
                Ok(samples) if samples > 0 => return Ok(()),
                other if Instant::now() > until => return Err(format!("{other:?}")),
                Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }
}
