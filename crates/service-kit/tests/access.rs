//! The sections `kafka.tls` and `kafka.sasl`: every mistake names its key, its value and what would be right; secrets are never shown.
//!
//! What must never enter: a broker.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use service_kit::broker::{Access, SaslSection, TlsSection};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

#[derive(Clone, Default)]
struct Said {
    tls: TlsSection,
    sasl: SaslSection,
    client: BTreeMap<String, String>,
    client_files: BTreeMap<String, PathBuf>,
}

impl Said {
    fn pairs(&self) -> Result<Vec<(String, String)>, String> {
        let access = Access { tls: &self.tls, sasl: &self.sasl, client: &self.client, client_files: &self.client_files };
        access.pairs().map_err(|bad| bad.to_string())
    }

    #[track_caller]
    fn is_refused(&self, words: &[&str]) {
        let said = self.pairs().unwrap_err();
        words.iter().for_each(|word| assert!(said.contains(word), "does not say {word:?}: {said}"));
        assert!(!said.contains("hidden"), "a secret is shown: {said}");
    }
}

fn pairs(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn password(folder: &Path) -> PathBuf {
    let file = folder.join("password");
    std::fs::write(&file, "hidden\n").unwrap();
    file
}

#[test]
fn a_user_needs_a_mechanism_that_is_spoken_a_name_and_a_file_with_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let sasl = SaslSection { mechanism: "PLAIN".to_owned(), user: "clerk".to_owned(), password_file: password(folder.path()) };
    let good = Said { sasl: sasl.clone(), ..Said::default() };
    let want =
        [("sasl.mechanism", "PLAIN"), ("sasl.username", "clerk"), ("sasl.password", "hidden"), ("security.protocol", "SASL_PLAINTEXT")];
    assert_eq!(good.pairs().unwrap().into_iter().collect::<BTreeMap<_, _>>(), pairs(&want));
    let with = |change: fn(&mut SaslSection)| {
        let mut said = good.clone();
        change(&mut said.sasl);
        said
    };
    with(|sasl| sasl.mechanism = "GSSAPI".to_owned()).is_refused(&["kafka.sasl.mechanism is \"GSSAPI\"", "PLAIN, SCRAM-SHA-256"]);
    with(|sasl| sasl.mechanism.clear()).is_refused(&["kafka.sasl.user is \"clerk\"", "kafka.sasl.password_file", "does nothing"]);
    with(|sasl| sasl.user.clear()).is_refused(&["kafka.sasl.user is \"\"", "name the user"]);
    with(|sasl| sasl.password_file = PathBuf::new()).is_refused(&["kafka.sasl.password_file is \"\"", "name the file"]);
    with(|sasl| sasl.password_file = PathBuf::from("absent")).is_refused(&["kafka.sasl.password_file: read the secret in absent"]);
}

#[test]
fn certificates_come_with_their_key_and_only_where_tls_is_on() {
    let tls = |enabled: bool, [ca, certificate, key, password]: [&str; 4]| Said {
        tls: TlsSection {
            enabled,
            ca_file: ca.into(),
            certificate_file: certificate.into(),
            key_file: key.into(),
            key_password_file: password.into(),
        },
        ..Said::default()
    };
    assert_eq!(tls(false, [""; 4]).pairs().unwrap(), []);
    tls(false, ["ca.pem", "", "", ""]).is_refused(&["kafka.tls.ca_file is \"ca.pem\"", "kafka.tls.enabled = true"]);
    tls(true, ["absent.pem", "", "", ""]).is_refused(&["kafka.tls.ca_file is \"absent.pem\"", "cannot be read"]);
    tls(true, ["", "absent.pem", "", ""]).is_refused(&["kafka.tls.key_file is \"\"", "kafka.tls.certificate_file is \"absent.pem\""]);
    tls(true, ["", "", "absent.key", ""]).is_refused(&["kafka.tls.certificate_file is \"\"", "name the file with the certificate"]);
    tls(true, ["", "", "", "absent"]).is_refused(&["kafka.tls.key_file is \"\"", "kafka.tls.key_password_file"]);
    let plain = tls(true, [""; 4]).pairs();
    if journal::kafka::tls::IS_BUILT_IN {
        assert_eq!(plain.unwrap(), [("security.protocol".to_owned(), "SSL".to_owned())]);
    } else {
        let said = plain.unwrap_err();
        assert!(said.contains("kafka.tls.enabled is true") && said.contains("--features tls") && said.contains("release image"), "{said}");
    }
}

#[test]
fn more_settings_hold_no_secret_and_say_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = password(folder.path());
    let said = Said { client: pairs(&[("sasl.password", "hidden")]), ..Said::default() };
    said.is_refused(&["kafka.client has sasl.password", "kafka.client_files"]);
    let files = BTreeMap::from([("sasl.password".to_owned(), file.clone())]);
    let said = Said { client_files: files.clone(), client: pairs(&[("client.rack", "a")]), ..Said::default() };
    assert_eq!(said.pairs().unwrap().len(), 2);
    let sasl = SaslSection { mechanism: "PLAIN".to_owned(), user: "clerk".to_owned(), password_file: file };
    Said { sasl, client_files: files, ..Said::default() }.is_refused(&["kafka.client has sasl.password", "say it in one of them"]);
    let said = Said { client: pairs(&[("security.protocol", "sasl_ssl")]), ..Said::default() };
    if !journal::kafka::tls::IS_BUILT_IN {
        said.is_refused(&["kafka.client.\"security.protocol\" is \"sasl_ssl\"", "--features tls"]);
    }
}
