//! How clients reach a broker: TLS, SASL, and more settings of the client library. The sections of configuration, and their check.
//!
//! Every mistake names its key, its value and what would be right. Secrets come from files alone, and are never shown. Must never
//! enter: a default, a look at the broker, a secret in a message.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use journal::kafka::{check_more, tls};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{BadConfig, Secret};

/// Mechanisms of SASL that are spoken.
const MECHANISMS: [&str; 3] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];
/// Settings of the client library whose values are secret, and so do not stand in a configuration.
const SECRET: [&str; 5] = ["sasl.password", "sasl.oauthbearer.client.secret", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password"];

/// The section `kafka.tls`: whom clients trust, and who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// Whether connections are encrypted, and the broker's certificate and name looked at.
    pub enabled: bool,
    /// Certificates of the authorities that are trusted (PEM). Empty: those of the system.
    pub ca_file: PathBuf,
    /// Our own certificate and those between it and its authority (PEM). Empty: none is shown.
    pub certificate_file: PathBuf,
    /// The key of our certificate (PEM).
    pub key_file: PathBuf,
    /// The file that holds the password of the key. Empty: the key has none.
    pub key_password_file: PathBuf,
}

/// The section `kafka.sasl`: as which user clients come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaslSection {
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`. Empty: none.
    pub mechanism: String,
    /// The user.
    pub user: String,
    /// The file that holds the user's password.
    pub password_file: PathBuf,
}

/// All that a section `kafka` says of how its broker is reached.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// TLS.
    pub tls: &'a TlsSection,
    /// SASL.
    pub sasl: &'a SaslSection,
    /// More settings of the client library, by their names there.
    pub client: &'a BTreeMap<String, String>,
    /// Those whose values are secret: name, and the file that holds the value.
    pub client_files: &'a BTreeMap<String, PathBuf>,
}

impl Access<'_> {
    /// All of it as settings of the client library. Files are read now: certificates and keys are looked at, secrets are taken.
    ///
    /// # Errors
    /// [`BadConfig::Wrong`] with every mistake.
    pub fn pairs(&self) -> Result<Vec<(String, String)>, BadConfig> {
        let mut checks = Checks::default();
        checks.tls(self.tls);
        checks.sasl(self.sasl);
        checks.protocol(self.tls, self.sasl);
        checks.more(self.client, self.client_files);
        checks.built_in(self.tls, self.sasl);
        if checks.mistakes.is_empty()
            && let Err(bad) = tls::check(&checks.pairs)
        {
            let key = OURS.iter().find(|(_, theirs)| *theirs == bad.setting).map_or(bad.setting, |(ours, _)| ours);
            checks.mistakes.push(format!("{key} is {:?}; {}", bad.value, bad.why));
        }
        // Whatever a client is refused for is found before one is made: at a reload the clients of before go on.
        if checks.mistakes.is_empty()
            && let Err(bad) = check_more(&checks.pairs)
        {
            checks.mistakes.push(format!("kafka.client: {bad}"));
        }
        if checks.mistakes.is_empty() { Ok(checks.pairs) } else { Err(BadConfig::Wrong(checks.mistakes)) }
    }

    /// A number that changes with anything that is said, and with the bytes of every file that is named.
    ///
    /// # Errors
    /// As [`Self::pairs`].
    pub fn fingerprint(&self) -> Result<u64, BadConfig> {
        let mut hasher = DefaultHasher::new();
        self.pairs()?.hash(&mut hasher);
        for file in [&self.tls.ca_file, &self.tls.certificate_file, &self.tls.key_file] {
            // One that cannot be read has been told of.
            std::fs::read(file).unwrap_or_default().hash(&mut hasher);
        }
        Ok(hasher.finish())
    }
}

/// Keys of ours, with the client library's names of what they say.
const OURS: [(&str, &str); 6] = [
    ("kafka.tls.ca_file", "ssl.ca.location"),
    ("kafka.tls.certificate_file", "ssl.certificate.location"),
    ("kafka.tls.key_file", "ssl.key.location"),
    ("kafka.tls.key_password_file", "ssl.key.password"),
    ("kafka.sasl.user", "sasl.username"),
    ("kafka.sasl.password_file", "sasl.password"),
];

#[derive(Default)]
struct Checks {
    mistakes: Vec<String>,
    pairs: Vec<(String, String)>,
}

impl Checks {
    fn wrong(&mut self, key: &str, value: impl std::fmt::Debug, right: &str) {
        self.mistakes.push(format!("{key} is {value:?}; {right}"));
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.pairs.push((name.to_owned(), value.into()));
    }

    fn tls(&mut self, section: &TlsSection) {
        let TlsSection { enabled, ca_file, certificate_file, key_file, key_password_file } = section;
        let files = [ca_file, certificate_file, key_file, key_password_file];
        if !enabled {
            for ((key, _), file) in OURS.iter().zip(files).filter(|(_, file)| is_set(file)) {
                self.wrong(key, file, "without kafka.tls.enabled = true it does nothing: say that, or leave it out");
            }
            return;
        }
        match (is_set(certificate_file), is_set(key_file)) {
            (true, false) => self.wrong("kafka.tls.key_file", key_file, "name the file with the key of kafka.tls.certificate_file"),
            (false, true) => self.wrong("kafka.tls.certificate_file", certificate_file, "name the file with the certificate of the key"),
            (true, true) | (false, false) => {}
        }
        if is_set(key_password_file) && !is_set(key_file) {
            self.wrong("kafka.tls.key_file", key_file, "name the key that kafka.tls.key_password_file has the password of");
        }
        for ((key, name), file) in OURS.iter().zip([ca_file, certificate_file, key_file]).filter(|(_, file)| is_set(file)) {
            match std::fs::metadata(file) {
                Ok(_) => self.set(name, file.display().to_string()),
                Err(error) => self.wrong(key, file, &format!("it cannot be read ({error}): name a file that this process may read")),
            }
        }
        if is_set(key_password_file) {
            self.secret("kafka.tls.key_password_file", "ssl.key.password", key_password_file);
        }
    }

    fn sasl(&mut self, SaslSection { mechanism, user, password_file }: &SaslSection) {
        if mechanism.is_empty() {
            for (key, value) in [("user", user.clone()), ("password_file", password_file.display().to_string())] {
                if !value.is_empty() {
                    self.wrong(
                        &format!("kafka.sasl.{key}"),
                        value,
                        "without kafka.sasl.mechanism it does nothing: name one, or leave it out",
                    );
                }
            }
            return;
        }
        if !MECHANISMS.contains(&mechanism.as_str()) {
            return self.wrong("kafka.sasl.mechanism", mechanism, &format!("it is one of {}", MECHANISMS.join(", ")));
        }
        self.set("sasl.mechanism", mechanism);
        if user.is_empty() {
            self.wrong("kafka.sasl.user", user, "name the user that the broker knows");
        } else {
            self.set("sasl.username", user);
        }
        if is_set(password_file) {
            self.secret("kafka.sasl.password_file", "sasl.password", password_file);
        } else {
            self.wrong("kafka.sasl.password_file", password_file, "name the file with the user's password");
        }
    }

    fn protocol(&mut self, tls: &TlsSection, sasl: &SaslSection) {
        match (tls.enabled, !sasl.mechanism.is_empty()) {
            (false, false) => {}
            (true, false) => self.set("security.protocol", "SSL"),
            (false, true) => self.set("security.protocol", "SASL_PLAINTEXT"),
            (true, true) => self.set("security.protocol", "SASL_SSL"),
        }
    }

    fn secret(&mut self, key: &str, name: &str, file: &Path) {
        match Secret::read(file) {
            Ok(secret) => self.set(name, secret.reveal()),
            Err(bad) => self.mistakes.push(format!("{key}: {bad}")),
        }
    }

    fn more(&mut self, client: &BTreeMap<String, String>, client_files: &BTreeMap<String, PathBuf>) {
        let said: Vec<String> = self.pairs.iter().map(|(name, _)| name.clone()).collect();
        for name in client.keys().chain(client_files.keys()).filter(|name| said.contains(name)) {
            self.mistakes.push(format!("kafka.client has {name}, and so has kafka.tls or kafka.sasl: say it in one of them"));
        }
        for (name, value) in client {
            if SECRET.contains(&name.as_str()) {
                // Not shown: it is a secret.
                let right = "it is a secret: put it in a file, and name that in kafka.tls, kafka.sasl or kafka.client_files";
                self.mistakes.push(format!("kafka.client has {name}; {right}"));
            } else {
                self.set(name, value);
            }
        }
        for (name, file) in client_files {
            self.secret(&format!("kafka.client_files.{name:?}"), name, file);
        }
    }

    /// What was left out of this program cannot be asked of it.
    fn built_in(&mut self, tls_section: &TlsSection, sasl: &SaslSection) {
        if tls::IS_BUILT_IN {
            return;
        }
        let right = "this program was built without it: take the release image, or build with `cargo build --release --bin slipwatch --features \
                     tls`, which needs the headers of OpenSSL (libssl-dev) and pkg-config";
        if tls_section.enabled {
            self.wrong("kafka.tls.enabled", true, right);
        }
        if sasl.mechanism.starts_with("SCRAM") {
            self.wrong("kafka.sasl.mechanism", &sasl.mechanism, right);
        }
        let said = self.pairs.iter().find(|(name, value)| name == "security.protocol" && value.to_ascii_uppercase().ends_with("SSL"));
        if let Some((_, value)) = said.cloned().filter(|_| !tls_section.enabled) {
            self.wrong("kafka.client.\"security.protocol\"", value, right);
        }
    }
}

fn is_set(file: &Path) -> bool {
    !file.as_os_str().is_empty()
}
