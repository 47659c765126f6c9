//! What a reload does to a service that runs stages: another way to the broker, if there is one.
//!
//! A certificate that was replaced under its name is another way, too. Where nothing has changed nobody is disturbed. Must never
//! enter: a signal, a file of configuration.

use crate::settings::KafkaSection;
use service_kit::{Live, config::BadConfig};

/// The way to the broker of a service that runs.
#[derive(Debug)]
pub struct Way {
    live: Live<KafkaSection>,
    fingerprint: u64,
}

/// A way that was looked at and can be gone.
#[derive(Debug)]
pub struct Next {
    section: KafkaSection,
    fingerprint: u64,
}

impl Way {
    /// The one that a service goes.
    ///
    /// # Errors
    /// [`BadConfig`] when it cannot be gone.
    pub fn of(live: Live<KafkaSection>) -> Result<Self, BadConfig> {
        let fingerprint = live.now().access().fingerprint()?;
        Ok(Self { live, fingerprint })
    }

    /// Looks at the way that a configuration says. Its brokers and names are those of before.
    ///
    /// # Errors
    /// [`BadConfig`] with every mistake.
    pub fn look(&self, said: &KafkaSection) -> Result<Next, BadConfig> {
        let section = self.live.now().with_access_of(said);
        let fingerprint = section.access().fingerprint()?;
        Ok(Next { section, fingerprint })
    }

    /// Goes it from now on: tasks commit what is in hand, and begin again with new clients. The same way as before is gone on.
    pub fn go(&mut self, next: Next) {
        if next.fingerprint != self.fingerprint {
            tracing::info!("certificates or credentials have changed: clients of the broker are made anew");
            self.fingerprint = next.fingerprint;
            self.live.replace(next.section);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::{
        Stop,
        broker::{SaslSection, TlsSection},
    };
    use std::{collections::BTreeMap, path::Path};

    fn section(password_file: &Path) -> KafkaSection {
        let sasl = SaslSection { mechanism: "PLAIN".to_owned(), user: "clerk".to_owned(), password_file: password_file.to_owned() };
        KafkaSection {
            bootstrap: "localhost:1".to_owned(),
            namespace: "toy".to_owned(),
            instance: 0,
            session_timeout_ms: 6_000,
            client: BTreeMap::new(),
            client_files: BTreeMap::new(),
            tls: TlsSection::default(),
            sasl,
        }
    }

    #[test]
    fn only_another_way_disturbs_and_a_file_with_other_bytes_is_one() {
        let file = std::env::temp_dir().join(format!("slipwatch-way-{}", std::process::id()));
        std::fs::write(&file, "one\n").unwrap();
        let live = Live::new(section(&file));
        let mut way = Way::of(live.clone()).unwrap();
        let (_, until) = live.until_replaced(&Stop::new());
        let elsewhere = KafkaSection { bootstrap: "elsewhere:2".to_owned(), ..section(&file) };
        let mut reload = |said: &KafkaSection| way.look(said).map(|next| way.go(next)).map_err(|bad| bad.to_string());
        reload(&elsewhere).unwrap();
        assert!(!until.is_asked(), "brokers are not changed by a reload");
        std::fs::write(&file, "").unwrap();
        let refused = reload(&elsewhere).unwrap_err();
        assert!(refused.contains("kafka.sasl.password_file") && !until.is_asked(), "{refused}");
        std::fs::write(&file, "two\n").unwrap();
        reload(&elsewhere).unwrap();
        assert!(until.is_asked() && live.now().bootstrap == "localhost:1");
        std::fs::remove_file(&file).unwrap();
    }
}
