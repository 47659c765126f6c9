//! Services as processes that are killed while a log is put in: what is decided is what one process decides.
//!
//! Each process is this test program, asked to be one service. `kill -9` falls on one of them every few seconds, and another
//! takes its place. Must never enter: a pause in the place of a condition, a kill that asks.

use crate::letters;
use service_kit::{
    Health,
    config::{Sources, load},
    logging::{self, LogFormat, LogLevel, LogSection},
    signals::{self, Drain},
};
use stages::settings::KafkaSection;
use std::{
    collections::BTreeMap,
    os::unix::process::parent_id,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};
use tests::{
    Outcome,
    broker::broker,
    chance::Chance,
    event_log::{self, Log},
    form::amount,
    generate,
    on_kafka::{self, Stand},
    place,
    play::{Setup, play},
};
use vocab::time::{Day, TICKS_PER_DAY, Tick};

/// Says which service a process of this program is: service, instance, brokers, namespace.
const ROLE: &str = "SLIPWATCH_TEST_SERVICE";
/// Makes the process go by the scripted clock: the tick of the host's clock at which that began.
const BEGAN: &str = "SLIPWATCH_TEST_CLOCK_BEGAN";
/// The configuration of heralds.
const LETTERS: &str = "SLIPWATCH_TEST_LETTERS";
/// A folder for what the processes say, for whoever looks for a cause.
const LOGS: &str = "SLIPWATCH_TEST_LOGS";
/// Days that pass on the scripted clock in a tick of the host's.
const DAYS_A_TICK: i64 = 2;
/// How often one is killed.
const EVERY: Duration = Duration::from_secs(4);
/// The first kills of services alone come twice as often: so many fall into the short form.
const HURRIED: u32 = 15;
/// The least of them that must have come about when it is over.
pub(crate) const KILLS_MIN: u32 = 10;

/// How long services alone are killed.
pub(crate) fn killing() -> Duration {
    Duration::from_secs(amount("SLIPWATCH_KILLING_SECONDS", 30))
}
/// The signal that asks a process to end, in the mask of those it catches.
const SIGTERM: u64 = 1 << 14;
/// The processes: every stage twice.
const ROLES: [Role; 6] = [("casebook", 0), ("casebook", 1), ("assessor", 0), ("assessor", 1), ("sentinel", 0), ("sentinel", 1)];

/// Not a test of its own: what a process started by [`spawn`] does. Started by hand it is no service, and ends.
#[test]
fn a_process_of_this_program_may_be_a_service() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let words: Vec<&str> = role.split(' ').collect();
    let [service, instance, bootstrap, namespace] = words[..] else { panic!("{role}: four words are needed") };
    let stand = Stand { bootstrap: bootstrap.to_owned(), namespace: namespace.to_owned(), partitions: 3, instances: 2 };
    end_with_parent();
    if std::env::var_os(LOGS).is_some() {
        logging::start(LogSection { level: LogLevel::Info, format: LogFormat::Text });
    }
    // Whatever ends a service is seen by whoever started it.
    if let Err(failed) = serve(service, stand.section(instance.parse().unwrap())) {
        panic!("{service}/{instance}: {failed}");
    }
}

/// Ends this process when the test that started it has ended, however it ended: nobody else would.
fn end_with_parent() {
    let parent = parent_id();
    std::thread::spawn(move || {
        while parent_id() == parent {
            std::thread::sleep(Duration::from_millis(500));
        }
        std::process::exit(1);
    });
}

fn serve(service: &str, section: KafkaSection) -> Outcome<()> {
    let health = Health::new(Duration::from_secs(60));
    let (stop, sources) = (signals::stop(Drain::Within(Duration::from_secs(10)))?, Sources::default());
    match service {
        "intake" => {
            let mut config: intake::Config = load(&sources)?;
            config.kafka = section;
            config.intake.first_pack = Some(event_log::folder().join("packs/watched.toml"));
            let service = intake::build(config, health)?;
            let is_scripted = std::env::var_os(BEGAN).is_some();
            if is_scripted { service.with_clock(scripted) } else { service }.run(&stop)?;
        }
        "casebook" => {
            let mut config: casebook::Config = load(&sources)?;
            config.0.kafka = section;
            casebook::build(config, health).run(&stop)?;
        }
        "assessor" => {
            let mut config: assessor::Config = load(&sources)?;
            config.0.kafka = section;
            assessor::build(config, health).run(&stop)?;
        }
        "herald" => {
            let file = std::env::var_os(LETTERS).ok_or("a herald needs a configuration")?;
            letters::serve(Path::new(&file), &section, &stop)?;
        }
        "sentinel" => {
            let mut config: sentinel::Config = load(&sources)?;
            config.0.kafka = section;
            sentinel::build(config, health).run(&stop)?;
        }
        other => return Err(format!("{other} is no service").into()),
    }
    Ok(())
}

/// When the scripted clock began, by the host's.
static BEGINNING: LazyLock<Tick> = LazyLock::new(|| {
    let told = std::env::var(BEGAN).ok().and_then(|text| text.parse().ok());
    told.map_or_else(intake::clock::now, Tick)
});

/// The scripted clock: from a Monday on, days pass in parts of a second. All processes of a test have the same.
pub(crate) fn scripted() -> Tick {
    let passed = intake::clock::now().0 - BEGINNING.0;
    Tick(Day(10_956).last_tick().0 + 1 + passed * DAYS_A_TICK * TICKS_PER_DAY)
}

fn spawn((service, instance): Role, Ground { stand, clock, letters }: &Ground<'_>) -> Outcome<Child> {
    let role = format!("{service} {instance} {} {}", stand.bootstrap, stand.namespace);
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--exact", "chaos::a_process_of_this_program_may_be_a_service", "--nocapture"]).env(ROLE, role);
    match clock {
        Clock::Host => {}
        Clock::Scripted => drop(command.env(BEGAN, BEGINNING.0.to_string())),
    }
    if let Some(file) = letters {
        command.env(LETTERS, file);
    }
    let (out, errors) = log_of((service, instance))?;
    Ok(command.stdout(out).stderr(errors).spawn()?)
}

/// Where a service says what it does, and why it ended: nowhere, unless a folder for it is named.
fn log_of((service, instance): Role) -> Outcome<(Stdio, Stdio)> {
    let Some(folder) = std::env::var_os(LOGS) else { return Ok((Stdio::null(), Stdio::null())) };
    std::fs::create_dir_all(&folder)?;
    let file = Path::new(&folder).join(format!("{service}-{instance}.log"));
    let file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    Ok((file.try_clone()?.into(), file.into()))
}

/// What intake goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The host's clock.
    Host,
    /// [`scripted`].
    Scripted,
}

/// A service and the number of its instance.
pub(crate) type Role = (&'static str, u32);

/// What the processes of a herd go by.
#[derive(Clone, Debug)]
struct Ground<'a> {
    stand: &'a Stand,
    clock: Clock,
    /// The configuration of heralds, if there are any.
    letters: Option<PathBuf>,
}

/// How often processes of a service ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    /// By `kill -9`.
    pub(crate) killed: u32,
    /// When they were asked to.
    pub(crate) asked: u32,
    /// Of themselves, as one does that was fenced.
    pub(crate) of_themselves: u32,
}

/// A process that is a service.
struct Process {
    role: Role,
    child: Child,
    is_expected_to_end: bool,
}

impl Process {
    fn start(role: Role, ground: &Ground<'_>) -> Outcome<Self> {
        Ok(Self { role, child: spawn(role, ground)?, is_expected_to_end: false })
    }

    /// Waits until it has said what is to be done with the wish that it end: before, it would die of that.
    fn until_it_listens(&mut self) -> Outcome<()> {
        while self.child.try_wait()?.is_none() {
            let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).ok_or("no SigCgt")?;
            if u64::from_str_radix(caught.trim(), 16)? & SIGTERM != 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn ask(&self) -> Outcome<()> {
        Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status()?;
        Ok(())
    }
}

/// Processes, one of which is killed now and then.
pub(crate) struct Herd<'a> {
    ground: Ground<'a>,
    processes: Vec<Process>,
    chance: Chance,
    /// How many were killed or asked to end.
    pub(crate) kills: u32,
    /// The same by service, and what ended of itself.
    pub(crate) ends: BTreeMap<&'static str, Ends>,
    last: Instant,
    /// Kills that come twice as often, at the beginning.
    hurried: u32,
}

impl<'a> Herd<'a> {
    pub(crate) fn start(stand: &'a Stand, roles: &[Role], clock: Clock) -> Outcome<Self> {
        let mut herd = Self::on(Ground { stand, clock, letters: None }, roles)?;
        herd.hurried = HURRIED;
        Ok(herd)
    }

    /// The same with heralds among the roles, which are configured by a file.
    pub(crate) fn with_heralds(stand: &'a Stand, roles: &[Role], clock: Clock, letters: PathBuf) -> Outcome<Self> {
        Self::on(Ground { stand, clock, letters: Some(letters) }, roles)
    }

    fn on(ground: Ground<'a>, roles: &[Role]) -> Outcome<Self> {
        let processes = roles.iter().map(|role| Process::start(*role, &ground)).collect::<Outcome<_>>()?;
        Ok(Self { ground, processes, chance: Chance::new(5, "kills"), kills: 0, ends: BTreeMap::new(), last: Instant::now(), hurried: 0 })
    }

    /// Kills one when it is time (every fourth is asked to end, as a restart in order does), and starts whatever has ended.
    pub(crate) fn look(&mut self) -> Outcome<()> {
        if self.last.elapsed() >= if self.kills < self.hurried { EVERY / 2 } else { EVERY } {
            self.last = Instant::now();
            let victim = self.chance.below(self.processes.len());
            let victim = &mut self.processes[victim];
            victim.is_expected_to_end = true;
            self.kills += 1;
            let ends = self.ends.entry(victim.role.0).or_default();
            if self.kills.is_multiple_of(4) {
                ends.asked += 1;
                victim.ask()?;
            } else {
                ends.killed += 1;
                victim.child.kill()?;
                victim.child.wait()?; // whoever asks it to end must not meet a process that is dying of this
            }
        }
        self.restart()
    }

    /// Starts whatever has ended.
    pub(crate) fn restart(&mut self) -> Outcome<()> {
        for process in &mut self.processes {
            if process.child.try_wait()?.is_some() {
                if !process.is_expected_to_end {
                    self.ends.entry(process.role.0).or_default().of_themselves += 1;
                }
                *process = Process::start(process.role, &self.ground)?;
            }
        }
        Ok(())
    }

    /// Whether none has ended.
    pub(crate) fn all_live(&mut self) -> Outcome<bool> {
        for process in &mut self.processes {
            if process.child.try_wait()?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The most memory that each process has held, KiB.
    pub(crate) fn peaks_kib(&self) -> Outcome<Vec<(Role, u64)>> {
        let peak = |Process { role, child, .. }: &Process| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
            Ok((*role, line.trim().trim_end_matches(" kB").parse()?))
        };
        self.processes.iter().map(peak).collect()
    }

    /// Asks the processes of a service to end, and waits until they have.
    pub(crate) fn end(&mut self, service: &str) -> Outcome<()> {
        let (ending, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.processes).into_iter().partition(|process| process.role.0 == service);
        self.processes = others;
        for mut process in ending {
            process.until_it_listens()?;
            process.ask()?;
            let status = process.child.wait()?;
            if !status.success() {
                return Err(format!("{:?} was asked to end and ended with {status}", process.role).into());
            }
        }
        Ok(())
    }
}

impl Drop for Herd<'_> {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _killed = process.child.kill();
            let _reaped = process.child.wait();
        }
    }
}

#[test]
fn killed_services_decide_what_one_process_decides() {
    let Some(broker) = broker() else { return };
    let _place = place::take();
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 3, instances: 2 };
    let log: Log = generate::log(11).unwrap();
    let alone = play(&log, Setup::PLAIN).unwrap();
    stand.make_topics().unwrap();
    let (mut herd, killing) = (Herd::start(&stand, &ROLES, Clock::Host).unwrap(), killing());
    let began = Instant::now();
    let apart = on_kafka::put_in_slowly(&log, &stand, killing, &mut || herd.look()).unwrap();
    assert!(began.elapsed() >= killing && herd.kills >= KILLS_MIN, "only {} kills in {:?}", herd.kills, began.elapsed());
    assert_eq!(crate::alike::difference(&log, &alone, apart), None, "after {} kills", herd.kills);
}
