//! Certificates read, and a handshake made to see why it fails, with the same OpenSSL that the client library links.
//!
//! Must never enter: a byte of data, a longer wait than a few seconds, a key or password in a message.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openssl::asn1::Asn1Time;
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslMethod, SslVerifyMode};
use openssl::x509::{X509, X509Ref, X509StoreContextRef};

use super::tls::BadFile;

/// How long a broker may take to connect, and to say what it has to say.
const PATIENCE: Duration = Duration::from_secs(2);
/// A broker that does not trust us says so after the handshake, within so long.
const OBJECTION: Duration = Duration::from_millis(500);

const CA: &str = "ssl.ca.location";
const CERTIFICATE: &str = "ssl.certificate.location";
const KEY: &str = "ssl.key.location";
const PASSWORD: &str = "ssl.key.password";

fn said<'a>(pairs: &'a [(String, String)], setting: &str) -> Option<&'a str> {
    pairs.iter().find(|(name, _)| name == setting).map(|(_, value)| value.as_str())
}

pub(super) fn check(pairs: &[(String, String)]) -> Result<(), BadFile> {
    if let Some(file) = said(pairs, CA) {
        certificates(CA, file)?;
    }
    let Some(file) = said(pairs, CERTIFICATE) else { return Ok(()) };
    let ours = certificates(CERTIFICATE, file)?;
    let Some(key_file) = said(pairs, KEY) else { return Ok(()) };
    let key = key(key_file, said(pairs, PASSWORD))?;
    let fits = ours.first().and_then(|one| one.public_key().ok()).is_some_and(|public| public.public_eq(&key));
    if fits {
        return Ok(());
    }
    let why = format!("it is not the key of the certificate in {file}: name the two that were made together");
    Err(BadFile { setting: KEY, value: key_file.to_owned(), why })
}

/// The certificates of a file; for a folder of them none, since the client library looks there itself.
fn certificates(setting: &'static str, file: &str) -> Result<Vec<X509>, BadFile> {
    let bad = |why: String| BadFile { setting, value: file.to_owned(), why };
    if std::fs::metadata(file).is_ok_and(|found| found.is_dir()) {
        return Ok(Vec::new());
    }
    let text = std::fs::read(file).map_err(|error| bad(format!("it cannot be read: {error}")))?;
    let found = X509::stack_from_pem(&text).unwrap_or_default();
    if found.is_empty() {
        return Err(bad("there is no certificate in it: it begins with -----BEGIN CERTIFICATE-----, and is whole".to_owned()));
    }
    Ok(found)
}

fn key(file: &str, password: Option<&str>) -> Result<PKey<Private>, BadFile> {
    let bad = |why: String| BadFile { setting: KEY, value: file.to_owned(), why };
    let text = std::fs::read(file).map_err(|error| bad(format!("it cannot be read: {error}")))?;
    let is_locked = String::from_utf8_lossy(&text).contains("ENCRYPTED");
    match password {
        None if is_locked => Err(bad("it has a password: name the file that holds it in kafka.tls.key_password_file".to_owned())),
        None => PKey::private_key_from_pem(&text).map_err(|_| bad("there is no key in it that can be read (PEM)".to_owned())),
        Some(password) => PKey::private_key_from_pem_passphrase(&text, password.as_bytes())
            .map_err(|_| bad("it cannot be opened with the password in kafka.tls.key_password_file, or holds no key (PEM)".to_owned())),
    }
}

pub(super) fn diagnosis(bootstrap: &str, pairs: &[(String, String)]) -> Option<String> {
    if let Some(why) = said(pairs, CERTIFICATE).and_then(out_of_date) {
        return Some(why);
    }
    bootstrap.split(',').map(str::trim).find_map(|broker| objection(broker, pairs))
}

/// What is wrong with the days of our own certificate.
fn out_of_date(file: &str) -> Option<String> {
    let ours = certificates(CERTIFICATE, file).ok()?.into_iter().next()?;
    let now = Asn1Time::days_from_now(0).ok()?;
    if ours.not_after() < now {
        return Some(format!("our own certificate {file} has expired: it was good until {}", ours.not_after()));
    }
    (ours.not_before() > now).then(|| format!("our own certificate {file} is not good yet: it is from {}", ours.not_before()))
}

/// Why a handshake with a broker fails; none when it does not, or when nobody answers there.
fn objection(broker: &str, pairs: &[(String, String)]) -> Option<String> {
    let (host, _) = broker.rsplit_once(':')?;
    // One name may be several addresses, and not all of them answer.
    let stream = broker.to_socket_addrs().ok()?.find_map(|address| TcpStream::connect_timeout(&address, PATIENCE).ok())?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let seen: Arc<Mutex<Option<String>>> = Arc::default();
    let connector = connector(pairs, &seen).ok()?;
    let theirs = || seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    match connector.connect(host.trim_matches(['[', ']']), stream) {
        Err(error) => match theirs() {
            Some(why) => Some(format!("broker {broker}: {why}")),
            None => Some(format!("broker {broker}: the handshake fails: {}", plain(&error.to_string()))),
        },
        Ok(mut stream) => {
            stream.get_ref().set_read_timeout(Some(OBJECTION)).ok()?;
            let error = stream.ssl_read(&mut [0]).err()?;
            let errors = error.ssl_error()?.to_string();
            Some(format!("broker {broker} does not accept our certificate: {}", plain(&errors)))
        }
    }
}

fn connector(pairs: &[(String, String)], seen: &Arc<Mutex<Option<String>>>) -> Result<SslConnector, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    match said(pairs, CA) {
        Some(file) => builder.set_ca_file(file)?,
        None => builder.set_default_verify_paths()?,
    }
    show_ours(&mut builder, pairs)?;
    let seen = Arc::clone(seen);
    builder.set_verify_callback(SslVerifyMode::PEER, move |is_good, context| {
        if !is_good {
            seen.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| complaint(context));
        }
        is_good
    });
    Ok(builder.build())
}

fn show_ours(builder: &mut SslConnectorBuilder, pairs: &[(String, String)]) -> Result<(), ErrorStack> {
    if let (Some(file), Some(key_file)) = (said(pairs, CERTIFICATE), said(pairs, KEY))
        && let Ok(key) = key(key_file, said(pairs, PASSWORD))
    {
        builder.set_certificate_chain_file(file)?;
        builder.set_private_key(&key)?;
    }
    Ok(())
}

/// What is wrong with a certificate, and whose it is.
fn complaint(context: &X509StoreContextRef) -> String {
    let whose = context.current_cert().map(named).unwrap_or_default();
    format!("its certificate{whose} is not trusted: {}", context.error().error_string())
}

fn named(certificate: &X509Ref) -> String {
    let common = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next().and_then(|entry| entry.data().to_string().ok());
    let names = certificate.subject_alt_names();
    let names: Vec<String> = names.iter().flatten().filter_map(|name| name.dnsname().map(str::to_owned)).collect();
    let until = certificate.not_after();
    format!(" of {:?} (for {:?}, until {until})", common.unwrap_or_default(), names.join(", "))
}

/// OpenSSL's error without its numbers.
fn plain(error: &str) -> String {
    let parts: Vec<&str> = error.split(':').filter(|part| !part.is_empty()).collect();
    let words = parts.iter().find(|part| part.contains("certificate") || part.contains("failed") || part.contains("wrong"));
    words.map_or_else(|| error.to_owned(), |words| (*words).trim().to_owned())
}
