//! SIGHUP: the configuration is read again, and what may change takes hold without a restart.
//!
//! A configuration with any mistake is refused whole, and the one before stays. What cannot change while the process runs, and is
//! said otherwise now, is named as needing a restart, at every reload until there is one. Must never enter: what a setting means, a
//! metric's name, a second way to read a file.

use std::collections::BTreeMap;

use signal_hook::consts::SIGHUP;
use signal_hook::iterator::Signals;

use crate::config::{BadConfig, Settings, Sources, load, values};

/// What a reload changes: keys, and beginnings of keys (with a dot at their end), in groups.
pub type Reach = &'static [&'static [&'static str]];

/// How a reload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// What was said holds.
    Applied,
    /// It was refused whole.
    Refused,
}

/// The supervisor's wish that the configuration be read again. Once there is one, SIGHUP no longer ends the process.
#[derive(Debug)]
pub struct Hangups(Signals);

/// A key that a reload leaves as it is, though the configuration says something else by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The key.
    pub key: String,
    /// The value that goes on; none where it is absent.
    pub runs: Option<String>,
    /// The value that is said.
    pub said: Option<String>,
}

impl Hangups {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system refuses to tell of signals.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self(Signals::new([SIGHUP])?))
    }

    /// Calls somebody at every SIGHUP, on a thread of its own, as long as the process lives.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn each(mut self, mut call: impl FnMut() + Send + 'static) -> std::io::Result<()> {
        let listening = move || self.0.forever().for_each(|_| call());
        std::thread::Builder::new().name("reload".to_owned()).spawn(listening).map(drop)
    }

    /// Reads the configuration again at every SIGHUP. `reach` lists what a reload changes: keys, and beginnings of keys (with a dot
    /// at their end), in groups. `adopt` looks at all of a configuration first, and takes nothing over if anything is wrong; `told` hears how it
    /// ended.
    ///
    /// # Errors
    /// [`BadConfig`] when the configuration cannot be read now; otherwise as [`Self::each`].
    pub fn reload<C: Settings>(
        self,
        sources: Sources,
        reach: Reach,
        mut adopt: impl FnMut(&C) -> Result<(), BadConfig> + Send + 'static,
        told: impl Fn(Reloaded) + Send + 'static,
    ) -> Result<(), BadConfig> {
        let mut runs = values::<C>(&sources)?;
        let call = move || {
            let read = values::<C>(&sources).and_then(|said| load::<C>(&sources).map(|config| (said, config)));
            told(match read.and_then(|(said, config)| adopt(&config).map(|()| said)) {
                Ok(said) => {
                    tracing::info!("the configuration was read again, and holds");
                    standing(&runs, &said, reach).iter().for_each(Standing::say);
                    take_over(&mut runs, said, reach);
                    Reloaded::Applied
                }
                Err(error) => {
                    tracing::warn!(%error, "the configuration that was read again is refused whole; the one before stays");
                    Reloaded::Refused
                }
            });
        };
        self.each(call).map_err(|error| BadConfig::Wrong(vec![format!("listen for SIGHUP: {error}")]))
    }
}

impl Standing {
    fn say(&self) {
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_owned());
        let (key, runs, said) = (&self.key, word(&self.runs), word(&self.said));
        tracing::warn!(key, runs, said, "needs a restart: a reload does not change it");
    }
}

/// What is said otherwise than it runs, and stays.
fn standing(runs: &BTreeMap<String, String>, said: &BTreeMap<String, String>, reach: &[&[&str]]) -> Vec<Standing> {
    let mut keys: Vec<&String> = runs.keys().chain(said.keys()).collect();
    keys.sort();
    keys.dedup();
    let stays = keys.into_iter().filter(|key| !is_within(key, reach) && runs.get(*key) != said.get(*key));
    stays.map(|key| Standing { key: key.clone(), runs: runs.get(key).cloned(), said: said.get(key).cloned() }).collect()
}

fn take_over(runs: &mut BTreeMap<String, String>, said: BTreeMap<String, String>, reach: &[&[&str]]) {
    runs.retain(|key, _| !is_within(key, reach));
    runs.extend(said.into_iter().filter(|(key, _)| is_within(key, reach)));
}

fn is_within(key: &str, reach: &[&[&str]]) -> bool {
    reach.iter().copied().flatten().any(|one| if one.ends_with('.') { key.starts_with(one) } else { key == *one })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reload_does_not_reach_is_named_until_it_is_as_it_runs() {
        let of = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let reach: [&[&str]; 2] = [&["log.level"], &["kafka.tls."]];
        let mut runs: BTreeMap<String, String> = of(&[("kafka.bootstrap", "a"), ("kafka.tls.ca_file", "x"), ("log.level", "info")]);
        let said = of(&[("kafka.bootstrap", "b"), ("kafka.tls.key_file", "y"), ("log.level", "debug"), ("http.listen", "z")]);
        let keys = |found: Vec<Standing>| found.into_iter().map(|one| one.key).collect::<Vec<_>>();
        assert_eq!(keys(standing(&runs, &said, &reach)), ["http.listen", "kafka.bootstrap"]);
        take_over(&mut runs, said.clone(), &reach);
        assert_eq!(runs, of(&[("kafka.bootstrap", "a"), ("kafka.tls.key_file", "y"), ("log.level", "debug")]));
        assert_eq!(keys(standing(&runs, &said, &reach)), ["http.listen", "kafka.bootstrap"]);
        assert_eq!(keys(standing(&runs, &runs, &reach)), [""; 0]);
    }
}
