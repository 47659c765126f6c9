//! The arguments of the services on a broker, and of what sets a broker up for them.
//!
//! Only shapes and help texts, like `cli`. Must never enter: a default of a service (its annotated file has them).

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of a service.
///
/// A setting is taken from, weakest first: the annotated defaults (--print-default-config), the file, the environment
/// (SLIPWATCH_SECTION__KEY), the flags.
#[derive(Args, Clone, Debug)]
pub struct ServiceArgs {
    /// A TOML file of settings.
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, stronger than file and environment.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// Brokers to begin with; the same as --set kafka.bootstrap=…
    #[arg(long, value_name = "HOST:PORT")]
    pub kafka: Option<String>,
    /// text for people, json for machines; the same as --set log.format=…
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Look at the configuration, say what is wrong with it, and end.
    #[arg(long)]
    pub check_config: bool,
    /// Print the annotated file of all settings with their defaults, and end.
    #[arg(long)]
    pub print_default_config: bool,
    /// Print the JSON schema of that file, and end.
    #[arg(long, conflicts_with = "print_default_config")]
    pub print_config_schema: bool,
}

impl ServiceArgs {
    /// The settings that flags make.
    #[must_use]
    pub fn flags(&self) -> Vec<(String, String)> {
        let named = |key: &str, value: &Option<String>| value.as_ref().map(|value| (key.to_owned(), value.clone()));
        let mut flags: Vec<_> = named("kafka.bootstrap", &self.kafka).into_iter().collect();
        flags.extend(named("log.format", &self.log_format));
        flags.extend(self.set.iter().cloned());
        flags
    }
}

pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("{text}: SECTION.KEY=VALUE is needed"))?;
    if key.contains('.') {
        Ok((key.to_owned(), value.to_owned()))
    } else {
        Err(format!("{key}: a key has a section before it, as in kafka.bootstrap"))
    }
}

/// Arguments of `topics`.
#[derive(Args, Clone, Debug)]
pub struct TopicsArgs {
    /// What to do.
    #[command(subcommand)]
    pub step: TopicsStep,
}

/// What is to be done about topics.
#[derive(Clone, Debug, Subcommand)]
pub enum TopicsStep {
    /// Say what it would take to have the topics as they should be; change nothing
    Plan(TopicsWanted),
    /// Create and set what is missing; a second time it does nothing
    Apply(TopicsWanted),
    /// Exit 0 when all is as it should be, 1 with every difference
    Check(TopicsWanted),
}

/// Which topics, and how large.
#[derive(Args, Clone, Debug)]
pub struct TopicsWanted {
    /// Brokers to begin with.
    #[arg(long, value_name = "HOST:PORT", group = "broker")]
    pub kafka: String,
    /// Whose topics, and how the brokers are reached.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// Partitions of the topics between stages: as many tasks has each stage. It stays as it is for ever [default: as there are, else 8].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub partitions: Option<u32>,
    /// Partitions of the topic of events; may be raised later [default: as there are, else 8].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub events: Option<u32>,
    /// Copies of each partition: 3 in production, 1 on a single broker [default: as there are, else 3].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=9))]
    pub replication: Option<u32>,
}

fn client_setting(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    pair.ok_or_else(|| format!("{text}: NAME=VALUE is needed"))
}

/// What a command says of a broker beside its address, which is an argument in the group `broker`.
#[derive(Args, Clone, Debug, Default)]
pub struct BrokerArgs {
    /// How brokers are reached (TLS, SASL), and whose topics: a TOML file with a section `kafka`, as services have it. Its `instance`
    /// and its time-out are those of services, and do not count here.
    #[arg(long, value_name = "FILE", requires = "broker", global = true)]
    pub config: Option<PathBuf>,
    /// One setting of that section, stronger than file and environment (SLIPWATCH_KAFKA__KEY).
    #[arg(long, value_name = "kafka.KEY=VALUE", value_parser = setting, requires = "broker", global = true)]
    pub set: Vec<(String, String)>,
    /// What the names of its topics begin with; the same as --set kafka.namespace=… [default: slipwatch]
    #[arg(long, value_name = "NAME", requires = "broker", global = true)]
    pub namespace: Option<String>,
    /// A setting of the client library, NAME=VALUE. Secrets stand in files: kafka.sasl.password_file, kafka.tls.key_password_file.
    #[arg(long, value_name = "NAME=VALUE", value_parser = client_setting, requires = "broker", global = true)]
    pub client: Vec<(String, String)>,
}

/// Arguments of `up`.
#[derive(Args, Clone, Debug)]
pub struct UpArgs {
    /// Brokers to begin with.
    #[arg(long, value_name = "HOST:PORT")]
    pub kafka: String,
    /// What every topic's name begins with.
    #[arg(long, default_value = "slipwatch")]
    pub namespace: String,
    /// Instances of every stage.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub instances: u32,
    /// Partitions of the topics, when they have to be made [default: as there are, else 3].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub partitions: Option<u32>,
    /// The pack to activate when the log is new.
    #[arg(long, value_name = "FILE")]
    pub pack: Option<PathBuf>,
    /// The configuration of the herald: its receivers (TOML). Without it the herald delivers to nobody.
    #[arg(long, value_name = "FILE")]
    pub herald: Option<PathBuf>,
    /// The first admin port; those of the other stages and of the herald follow it.
    #[arg(long, default_value_t = 9_101)]
    pub admin_port: u16,
    /// The port of the console.
    #[arg(long, default_value_t = 9_464)]
    pub console_port: u16,
}
