//! `slipwatch up`: all services of one machine as processes, for trials.
//!
//! Each service is a process of its own, started again when it ends, with growing patience. A signal is passed on, and the last
//! to end ends this. What must never enter: what a service does, a supervisor for production (that is systemd's, or a
//! cluster's).

use crate::{
    cli::services::{BrokerArgs, TopicsWanted, UpArgs},
    command::topics,
    failure::Failure,
    output::Output,
    signals::{self, Drain},
};
use service_kit::Stop;
use stages::space::Scale;
use std::{
    process::{Child, Command},
    time::{Duration, Instant},
};

/// How large topics are made for a trial.
const TRIAL: Scale = Scale { events: 3, partitions: 3, replication: 1 };
/// How often processes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a process rests before it is started again, at first and at most.
const REST: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));
/// How long processes may drain before they are ended.
const DRAIN: Duration = Duration::from_secs(12);
/// The stages, in the order of the way of the data; a herald and a console come behind them.
const STAGES: [&str; 4] = ["intake", "casebook", "assessor", "sentinel"];

/// A process and when to start it again.
struct Kept {
    service: &'static str,
    arguments: Vec<String>,
    child: Option<Child>,
    rest: Duration,
    due: Instant,
}

/// Starts all services and keeps them until asked to stop.
///
/// # Errors
/// [`Failure`] of the topics, or when no process can be started.
pub fn run(arguments: &UpArgs, out: &Output) -> Result<(), Failure> {
    let wanted = TopicsWanted {
        kafka: arguments.kafka.clone(),
        broker: BrokerArgs { namespace: Some(arguments.namespace.clone()), ..BrokerArgs::default() },
        partitions: arguments.partitions,
        events: arguments.partitions,
        replication: None,
    };
    let made = topics::ensure(&wanted, TRIAL)?;
    if made > 0 {
        out.say(&format!("{made} changes to topics; those that were missing have one copy each: for trials"));
    }
    let stop = signals::stop(Drain::Patient)?;
    let mut kept = processes(arguments);
    let (count, first, console) = (kept.len(), arguments.admin_port, arguments.console_port);
    out.say(&format!("{count} processes; admin ports from {first}, the console's is {console}; a signal ends them all"));
    while !stop.is_asked() {
        for process in &mut kept {
            process.look(out)?;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    end(kept, &stop, out)
}

fn processes(arguments: &UpArgs) -> Vec<Kept> {
    let mut ports = arguments.admin_port..=u16::MAX;
    let mut kept = Vec::new();
    for service in STAGES {
        for instance in 0..arguments.instances {
            let mut settings = vec![("kafka.instance", instance.to_string())];
            if let Some(pack) = arguments.pack.as_ref().filter(|_| service == "intake") {
                settings.push(("intake.first_pack", pack.display().to_string()));
            }
            kept.push(process(arguments, service, ports.next(), &settings));
        }
    }
    let mut herald = process(arguments, "herald", ports.next(), &[]);
    herald.arguments.extend(arguments.herald.iter().flat_map(|file| ["--config".to_owned(), file.display().to_string()]));
    kept.push(herald);
    kept.push(process(arguments, "console", Some(arguments.console_port), &[]));
    kept
}

/// A service of this machine; where there is no port left it takes any.
fn process(arguments: &UpArgs, service: &'static str, port: Option<u16>, settings: &[(&str, String)]) -> Kept {
    let mut words = vec![service.to_owned(), "--kafka".to_owned(), arguments.kafka.clone()];
    let own = [("kafka.namespace", arguments.namespace.clone()), ("admin.listen", format!("127.0.0.1:{}", port.unwrap_or(0)))];
    for (key, value) in own.iter().chain(settings) {
        words.extend(["--set".to_owned(), format!("{key}={value}")]);
    }
    Kept { service, arguments: words, child: None, rest: REST.0, due: Instant::now() }
}

impl Kept {
    /// Starts it when it is due, and notices when it has ended.
    fn look(&mut self, out: &Output) -> Result<(), Failure> {
        let ended = match &mut self.child {
            None => None,
            Some(child) => child.try_wait().map_err(|error| Failure::Other(error.into()))?,
        };
        if let Some(status) = ended {
            out.say(&format!("{} ended ({status}); started again in {} ms", self.service, self.rest.as_millis()));
            self.child = None;
            self.due = Instant::now() + self.rest;
            self.rest = (self.rest * 2).min(REST.1);
        }
        if self.child.is_none() && Instant::now() >= self.due {
            let program = std::env::current_exe().map_err(|error| Failure::Other(error.into()))?;
            let started = Command::new(program).args(&self.arguments).spawn();
            self.child = Some(started.map_err(|error| Failure::Other(error.into()))?);
        }
        Ok(())
    }

    fn has_ended(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| matches!(child.try_wait(), Ok(Some(_)) | Err(_)))
    }
}

/// Lets processes drain, and ends those that do not.
fn end(mut kept: Vec<Kept>, stop: &Stop, out: &Output) -> Result<(), Failure> {
    debug_assert!(stop.is_asked(), "nobody ends processes unasked");
    for process in kept.iter().filter_map(|process| process.child.as_ref()) {
        // The program `kill` asks politely; the library's own way does not.
        let _asked = Command::new("kill").arg("-TERM").arg(process.id().to_string()).status();
    }
    let began = Instant::now();
    while began.elapsed() < DRAIN && !kept.iter_mut().all(Kept::has_ended) {
        std::thread::sleep(LOOK_EVERY);
    }
    let mut missed = Vec::new();
    for process in &mut kept {
        if !process.has_ended()
            && let Some(child) = &mut process.child
        {
            let _ended = child.kill();
            let _reaped = child.wait();
            missed.push(process.service);
        }
    }
    if missed.is_empty() {
        out.say("all processes have ended");
        return Ok(());
    }
    Err(Failure::Locked(format!("these did not end within {} s and were ended: {}", DRAIN.as_secs(), missed.join(", "))))
}
