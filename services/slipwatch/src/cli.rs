//! The command line: what can be asked for, in words that teach.
//!
//! Only shapes and help texts live here; what a command does stands in the module of its name. No defaults that judge:
//! thresholds come from packs.

mod acts;
mod logs;
mod refused;
pub mod services;

pub use acts::{ActArgs, DeedArgs};
pub use logs::{ExportArgs, ImportArgs, ReplayArgs};
pub use refused::{RefusedArgs, RefusedList, RefusedRedrive, RefusedStep, RefusedWhich};

use clap::{Args, Parser, Subcommand, ValueEnum};
pub use services::BrokerArgs;
use services::{ServiceArgs, TopicsArgs, UpArgs};
use std::path::PathBuf;

const AFTER: &str = "\
Exit codes:
  0   done
  1   the answer is no: a difference, a failed check, a decision that does not verify
  2   wrong usage, or scenario tests that cannot be understood
  66  an input is missing or cannot be read
  69  a needed service stayed away
  70  a bug in this program
  74  a file cannot be written: disk full, read-only or failing
  75  locked, fenced or taken over by another process, or a drain that took too long: start it again
  78  a pack, a mapping or other configuration is wrong

A feed of your own takes two files: a mapping (deploy/mappings/README.md)
and a regime pack (deploy/regimes/README.md).

Data goes to standard output, words about it to standard error. NO_COLOR is respected.";

/// Knows, early and with proof, that the enforcement of a sanctions regime is slipping.
///
/// Slipwatch reads records of inspections, keeps them as an append-only log in one SQLite file, and raises an alert when
/// the effort falls below what season and exposure lead one to expect. It reports enforcement health: what was done, not
/// whether sanctions work. Start with `slipwatch demo`.
#[derive(Debug, Parser)]
#[command(name = "slipwatch", version, after_help = AFTER, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to print data: a table for people, JSON or CSV for programs.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Table)]
    pub output: Format,
}

impl Cli {
    /// The command line that somebody writes behind the name of the program.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn of(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        Self::try_parse_from(std::iter::once("slipwatch".to_owned()).chain(words)).map_err(|error| error.to_string())
    }
}

/// How data is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table and sentences for people.
    Table,
    /// JSON for programs.
    Json,
    /// CSV for spreadsheets, where the answer is a list.
    Csv,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show, within seconds, what slipped in twenty years of real data and how sure that is
    ///
    /// Takes the citations written in Massachusetts in 2002–2021 (they are inside this program), runs every stage, and leaves
    /// a database that `slipwatch explain` opens.
    Demo(DemoArgs),
    /// Watch live: take events from standard input or a file that grows
    Run(RunArgs),
    /// Take the history of a feed into a database, by a mapping file
    ///
    /// Every row becomes an event, known on the day the mapping says. Stopped at any point, it resumes where it was.
    /// First `--check 1000` until the mapping fits, then `--pack FILE --db FILE`. `replay` shows how many weeks could be judged.
    Import(ImportArgs),
    /// Write the admitted log of a database, or of a broker, as an archive, to keep it or to move it
    ///
    /// Records go over as the bytes they are, with the ticks at which they became known and the marks between them: what `import --archive`
    /// or `replay --archive` decides from it is, byte for byte, what the log decided. Refused messages stay behind.
    /// Of a broker (--kafka) it goes as far as the marks of all origins; records of one tick stand in the order of the stages there.
    Export(ExportArgs),
    /// Replay a log in memory and write every decision as files
    ///
    /// Into the folder: assessments.jsonl (the verdict of each series and week, and what it rests on), alerts.jsonl,
    /// answers.jsonl (to acts), digests.jsonl, dockets.jsonl, counts.csv, refused.jsonl, late.jsonl, seals.jsonl, and summary.txt, which is
    /// printed too: what counted, what did not and why, and the weeks by verdict.
    Replay(ReplayArgs),
    /// Replay history under a pack and score it against what is known to have happened
    ///
    /// How many slips are found, how soon, at what price in false pages, with the right kind and onset; each with its interval. With
    /// --against, two packs side by side and which difference is real.
    ///
    /// The truth is a file of JSON lines, one a series or an episode of it. It may be that of the detection benchmark, as it is:
    ///   {"series":"J003/coal","kind":"effort","onset":"2018-03-05","scenario":"step_50"}
    /// series    JURISDICTION/MEASURE, with #UNIT where it is not counted one by one
    /// kind      none, slippage (of a kind nobody says), effort, yield, timeliness, displacement, erosion; transient (a dip that
    ///           recovered: pages in it are counted apart); deterrence, displacement_source, reporting, definition, incident (a page is false)
    /// onset     day or instant it began; end: when it had ended, if it did; noticed: when others noticed, if known
    /// scenario  or group: series that are told of together, and drawn together for intervals
    /// eval_from, eval_to   first and last moment scored; else from the first week any pack could judge to the end of the log
    ///
    /// The rules are those of the benchmark. A slip is found by its first page within 26 weeks of the onset, or by an alert open at the
    /// end of a week in that time. A page before the onset, more than 8 weeks after the end, or on a series without slippage is false;
    /// within 8 weeks of one that was counted it is the same. A decision counts from the midnight that ends its day. Intervals are
    /// drawn anew from jurisdictions (from series, where no pack pools) within their scenario; two packs on the same draws.
    #[command(verbatim_doc_comment)]
    Backtest(BacktestArgs),
    /// Print the evidence of an alert and verify it by recomputing it from the log
    Explain(ExplainArgs),
    /// List the alerts of a database, or of a log on Kafka
    ///
    /// None is no proof of health: a series of few acts can hardly raise one. `status` says what would have been seen.
    Alerts(AlertsArgs),
    /// Show every series as judged in a week, and how large a fall of it would have been seen
    ///
    /// A quiet board is worth what could have been seen on it: that stands beside every verdict.
    Status(StatusArgs),
    /// List which series stood out, week by week, with the error that the list controls
    Digest(DigestArgs),
    /// Serve what is decided as metrics for Prometheus, from a database whose writer may be running, or from a broker
    ///
    /// /metrics has the figures, verdicts and standing alerts of every series; /livez, /readyz and /startupz say how the console is.
    /// A flag is stronger than the environment (SLIPWATCH_SOURCE__DB), that than the file, that than the defaults.
    Console(ConsoleArgs),
    /// Check a regime pack and explain every mistake
    ///
    /// A mapping is tried by `slipwatch import --mapping FILE --check 1000 DATA`.
    Check(CheckArgs),
    /// Run scenario tests of a regime pack: a small log in, expected verdicts and alerts out
    ///
    /// A file of cases names a pack, what is reported week by week (`20 for 80 weeks, then 8 for 12 weeks`), and what should be
    /// said about it. What differs is shown, expected beside actual with the reason of the latter, and the exit code is 1; a file
    /// that cannot be understood is 2. How cases are written: deploy/regimes/tests/README.md.
    Test(TestArgs),
    /// Deliver the alerts of a database to Alertmanagers and webhooks
    ///
    /// A process of its own beside `slipwatch run`: it reads the database without its lock, and keeps in a file of its own how far it
    /// has read and what waits for whom. Nothing decided before its first start is sent. With `test RECEIVER` it sends one test
    /// alert and prints what came back.
    Herald(HeraldArgs),
    /// Acknowledge or close an alert, set a level anew, declare an outage, put another pack into force: with who and why
    Act(ActArgs),
    /// List what intake refused and why, show a message as it came, send it in again
    ///
    /// Nothing that is turned away is lost: a database keeps it in its table `refused`, a broker in the topic of that name.
    Refused(RefusedArgs),
    /// Make a synthetic regime with known truth: what would you see with your volumes?
    ///
    /// Into the folder: events.jsonl (in the order in which it became known), truth.jsonl (what is true of each series, and since
    /// when), pack.toml, mapping.toml, and a copy of the scenario. Scenario files are described in deploy/scenarios/README.md;
    /// `--like` draws one after a log of your own.
    Generate(GenerateArgs),
    /// Write shell completions
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
    /// Service on Kafka: stamp and admit messages of feeds and acts of people
    Intake(ServiceArgs),
    /// Service on Kafka: one story per record
    Casebook(ServiceArgs),
    /// Service on Kafka: assess every jurisdiction
    Assessor(ServiceArgs),
    /// Service on Kafka: decide what is an alert, and seal every day
    Sentinel(ServiceArgs),
    /// Plan, make and check the topics of an installation on Kafka
    Topics(TopicsArgs),
    /// Start all six services on a Kafka that runs already, for trials
    Up(UpArgs),
}

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// The database to leave behind; an older demo database of that name is replaced.
    #[arg(long, default_value = "slipwatch-demo.db", value_name = "FILE")]
    pub db: PathBuf,
}

/// Where rules and rows come from.
#[derive(Args, Debug)]
pub struct Rules {
    /// The mapping file (TOML) that turns rows into events; without one the input is native events, one JSON object a line.
    #[arg(short, long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// The regime pack (TOML) whose rules judge: needed when the log is new; a database that exists keeps its own. What it
    /// does not list counts nowhere.
    #[arg(short, long, value_name = "FILE")]
    pub pack: Option<PathBuf>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Mapping and pack.
    #[command(flatten)]
    pub rules: Rules,
    /// The database, made when absent.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// Where events come from: a file that is followed as it grows, or `-` for standard input [default: -, or with --listen nothing].
    #[arg(value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The door for feeds over HTTP.
    #[command(flatten)]
    pub door: crate::door::DoorArgs,
    /// Stop at the end of the file instead of waiting for more.
    #[arg(long)]
    pub once: bool,
    /// Also deliver alerts, by this configuration of `slipwatch herald`.
    #[arg(long, value_name = "FILE")]
    pub herald: Option<PathBuf>,
    /// The port for probes and metrics.
    #[command(flatten)]
    pub admin: crate::counting::AdminArgs,
}

/// Arguments of `backtest`.
#[derive(Args, Debug)]
pub struct BacktestArgs {
    /// The mapping file (TOML) that turns rows into events; without one the input is native events, one JSON object a line.
    #[arg(short, long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// The regime pack (TOML) to score.
    #[arg(short, long, value_name = "FILE")]
    pub pack: PathBuf,
    /// Another pack to compare it with, on the same log and the same draws.
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// What is known to have happened: JSON lines, as described above.
    #[arg(short, long, value_name = "FILE")]
    pub truth: PathBuf,
    /// Score only decisions from this day on (YYYY-MM-DD).
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Score only decisions up to this day, and close days up to it even where the log has ended.
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Also replay at other rates of false alarms, for the curve of the chart: six more replays a pack.
    #[arg(long)]
    pub curve: bool,
    /// How many draws the intervals come from.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub resamples: u32,
    /// The seed of the draws: the same seed gives the same intervals.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A folder for report.txt, report.json, series.csv and chart.svg, made when absent.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The files of the log, in the order of their history; plain, .gz or .zst.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The alert: its id or the first characters of it, as `slipwatch alerts` lists them.
    pub alert: String,
    /// The database.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// Which transition of the alert to explain; the newest page by default.
    #[arg(long, value_name = "N")]
    pub transition: Option<u32>,
}

/// Arguments of `alerts`.
#[derive(Args, Debug)]
pub struct AlertsArgs {
    /// The database.
    #[arg(long, value_name = "FILE", required_unless_present = "kafka")]
    pub db: Option<PathBuf>,
    /// The log on Kafka instead: its brokers. What is committed there now is listed.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "db", group = "broker")]
    pub kafka: Option<String>,
    /// Whose topics.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// Only those that stand: neither resolved nor closed nor recalled.
    #[arg(long)]
    pub open: bool,
}

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// The database.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// As judged at the close of this week (YYYY-Www); the newest by default.
    #[arg(long, value_name = "WEEK")]
    pub week: Option<String>,
}

/// Arguments of `digest`.
#[derive(Args, Debug)]
pub struct DigestArgs {
    /// The database.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// How many of the newest weeks.
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub weeks: usize,
}

/// Arguments of `console`.
#[derive(Args, Debug)]
pub struct ConsoleArgs {
    /// A file of settings (TOML).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database to follow (source.db).
    #[arg(long, value_name = "FILE", conflicts_with = "kafka")]
    pub db: Option<String>,
    /// The broker to follow instead (kafka.bootstrap).
    #[arg(long, value_name = "HOST:PORT")]
    pub kafka: Option<String>,
    /// Where to serve (admin.listen).
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// One setting, stronger than file and environment.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = services::setting)]
    pub set: Vec<(String, String)>,
    /// Say whether the settings are good, and end.
    #[arg(long, conflicts_with = "print_default_config")]
    pub check_config: bool,
    /// Print the annotated file of defaults, and end.
    #[arg(long)]
    pub print_default_config: bool,
    /// Print the JSON schema of that file, and end.
    #[arg(long, conflicts_with_all = ["check_config", "print_default_config"])]
    pub print_config_schema: bool,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Regime packs (TOML).
    #[arg(required = true, value_name = "PACK")]
    pub packs: Vec<PathBuf>,
}

/// Arguments of `test`.
#[derive(Args, Debug)]
pub struct TestArgs {
    /// Files of cases (TOML), or folders of such files.
    #[arg(required = true, value_name = "PACK_TESTS")]
    pub tests: Vec<PathBuf>,
    /// Only cases whose name has this text in it.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}

/// Arguments of `herald`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = false, subcommand_negates_reqs = true)]
pub struct HeraldArgs {
    /// The configuration (TOML): receivers and what differs from the defaults.
    #[arg(short, long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The database, in place of `source.db`.
    #[arg(long, value_name = "FILE", conflicts_with = "kafka")]
    pub db: Option<PathBuf>,
    /// The broker to read alerts from instead (kafka.bootstrap).
    #[arg(long, value_name = "HOST:PORT")]
    pub kafka: Option<String>,
    /// One setting, stronger than file and environment.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = services::setting)]
    pub set: Vec<(String, String)>,
    /// Only say whether the configuration can be used.
    #[arg(long)]
    pub check_config: bool,
    /// Print the annotated defaults.
    #[arg(long, conflicts_with_all = ["check_config", "config"])]
    pub print_default_config: bool,
    /// Print the JSON schema of the configuration.
    #[arg(long, conflicts_with_all = ["check_config", "config", "print_default_config"])]
    pub print_config_schema: bool,
    /// What else.
    #[command(subcommand)]
    pub deed: Option<HeraldDeed>,
}

/// What else a herald does.
#[derive(Debug, Subcommand)]
pub enum HeraldDeed {
    /// Send a test alert to a receiver, and print what came back
    Test {
        /// Its name in the configuration.
        receiver: String,
    },
}

/// Arguments of `generate`.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// A scenario file (TOML), or the name of one that ships.
    #[arg(long, value_name = "FILE|NAME", required_unless_present_any = ["list", "like"], requires = "out")]
    pub scenario: Option<String>,
    /// The folder for the files, made when absent.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Another seed draws another regime of the same scenario; the same seed draws the same one.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many weeks, in place of what the scenario says.
    #[arg(long)]
    pub weeks: Option<u16>,
    /// At most so many jurisdictions of each group, for a quick look (two where exposure moves from one to the next).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jurisdictions: Option<u16>,
    /// List the scenarios that ship.
    #[arg(long, conflicts_with = "scenario")]
    pub list: bool,
    /// Print a scenario with the volumes, unevenness and delays of a log of your own, read by its mapping: to be looked through,
    /// changed, and handed to --scenario.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "mapping", conflicts_with_all = ["scenario", "list"])]
    pub like: Vec<PathBuf>,
    /// The mapping of that log.
    #[arg(short, long, value_name = "FILE", requires = "like")]
    pub mapping: Option<PathBuf>,
}
