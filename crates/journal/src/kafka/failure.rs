//! What the client library's errors mean for a commit.
//!
//! Five answers: somebody else is the writer now; the transaction is rolled back and may be made again; the way to the broker
//! is broken and may heal; a setting is wrong; a program's mistake. Must never enter: an error that is answered by going on, the value
//! of a secret.

use rdkafka::error::KafkaError;
use rdkafka::types::{RDKafkaConfRes, RDKafkaErrorCode};

use super::settings::MESSAGE_BYTES_MAX;
use super::tls;
use crate::error::JournalError;

/// Words in the names of settings whose values nobody but the owner may see.
const SECRET: [&str; 7] = ["password", "secret", "pem", "oauthbearer", "token", "username", "_key"];

/// The way to the broker is broken, or barred, for now.
pub(super) fn unavailable(doing: &str, error: &KafkaError) -> JournalError {
    let (doing, why) = (doing.to_owned(), error.to_string());
    if is_denial(error) { JournalError::Denied { doing, why } } else { JournalError::Unavailable { doing, why } }
}

/// A client that cannot be started: a setting is wrong, and stays so however often it is tried.
pub(super) fn not_started(doing: &str, error: &KafkaError) -> JournalError {
    match error {
        KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, _, key, _) => {
            let want = "left out: the client library has no such setting".to_owned();
            // Whatever it is, it may be a secret under a misspelt name.
            JournalError::BadSetting { key: key.clone(), value: "set".to_owned(), want }
        }
        KafkaError::ClientConfig(_, why, key, value) => {
            let is_secret = SECRET.iter().any(|word| key.contains(word));
            let (value, why) = if is_secret { ("a secret", "") } else { (value.as_str(), why.as_str()) };
            let want = format!("what the client library takes as {key} ({})", if why.is_empty() { "it does not take this" } else { why });
            JournalError::BadSetting { key: key.clone(), value: value.to_owned(), want }
        }
        KafkaError::ClientCreation(why) => JournalError::BadClient { doing: doing.to_owned(), why: why.clone() },
        other => unavailable(doing, other),
    }
}

/// A message that did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unsent {
    pub(super) error: KafkaError,
    /// The topic it was meant for.
    pub(super) name: String,
    /// Bytes of its key and value.
    pub(super) bytes: usize,
}

impl Unsent {
    /// Whether it was thrown away because another message failed: that one's error is the reason.
    pub(super) fn is_echo(&self) -> bool {
        matches!(self.error.rdkafka_error_code(), Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight))
    }

    /// What no retry mends: it is larger than the topic, or this program, takes.
    pub(super) fn too_large(&self) -> Option<JournalError> {
        let is_so = self.error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge);
        is_so.then(|| JournalError::TooLarge { name: self.name.clone(), bytes: self.bytes, bytes_max: MESSAGE_BYTES_MAX })
    }
}

/// Whether the broker said that this process is nobody it knows, or may not do this.
pub(super) fn is_denial(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(|code| {
        matches!(
            code,
            RDKafkaErrorCode::Authentication
                | RDKafkaErrorCode::SaslAuthenticationFailed
                | RDKafkaErrorCode::UnsupportedSASLMechanism
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
                | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
        )
    })
}

/// The error as it is, or, where the reason is a certificate, that.
pub(super) fn untrusted_first(error: JournalError, bootstrap: &str, more: &[(String, String)]) -> JournalError {
    let JournalError::Unavailable { doing, why } = error else { return error };
    match tls::diagnosis(bootstrap, more) {
        Some(why) => JournalError::Untrusted { doing, why },
        None => JournalError::Unavailable { doing, why },
    }
}

/// Whether a handshake of TLS failed.
pub(super) fn is_handshake(error: &KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::SSL))
}

/// Whether a client asked a broker that does not lead the partition, or knows of no leader: somebody else may do so by now.
pub(super) fn is_stale(error: &KafkaError) -> bool {
    error.rdkafka_error_code().is_some_and(|code| {
        matches!(
            code,
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::ReplicaNotAvailable
                | RDKafkaErrorCode::FencedLeaderEpoch
                | RDKafkaErrorCode::UnknownLeaderEpoch
                | RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::OffsetNotAvailable
                | RDKafkaErrorCode::DestroyBroker
                | RDKafkaErrorCode::BrokerTransportFailure
        )
    })
}

/// An error that the client of `instance` does not recover from.
pub(super) fn broken(doing: &str, instance: &str, error: &KafkaError) -> JournalError {
    match error.rdkafka_error_code() {
        // Under the broker's protocol it is the newer one of two members of one name that is turned away.
        Some(code) if is_fencing(code) || code == RDKafkaErrorCode::UnreleasedInstanceId => {
            JournalError::Superseded { instance: instance.to_owned() }
        }
        Some(_) | None => unavailable(doing, error),
    }
}

/// What became of a transaction call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Another producer has this one's name.
    Fenced,
    /// Roll back, and the same may be made again.
    Abort,
    /// Nothing is known: the producer must be made anew.
    Renew,
}

/// Reads an error of a transaction call, beside the error the client does not recover from, if there is one.
pub(super) fn outcome_of(error: &KafkaError, fatal: Option<RDKafkaErrorCode>) -> Outcome {
    match fatal {
        Some(code) if is_fencing(code) => return Outcome::Fenced,
        Some(_) => return Outcome::Renew,
        None => {}
    }
    if error.rdkafka_error_code().is_some_and(is_fencing) {
        return Outcome::Fenced;
    }
    match error {
        KafkaError::Transaction(inner) if inner.is_fatal() => Outcome::Renew,
        KafkaError::Transaction(inner) if inner.txn_requires_abort() => Outcome::Abort,
        // Whatever else was said before the end of the transaction was sent can be rolled back.
        _ => match error.rdkafka_error_code() {
            Some(
                RDKafkaErrorCode::OperationTimedOut
                | RDKafkaErrorCode::RequestTimedOut
                | RDKafkaErrorCode::State
                // A call that timed out is still under way.
                | RDKafkaErrorCode::Conflict,
            ) => Outcome::Renew,
            Some(_) | None => Outcome::Abort,
        },
    }
}

fn is_fencing(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced
            | RDKafkaErrorCode::ProducerFenced
            | RDKafkaErrorCode::InvalidProducerEpoch
            | RDKafkaErrorCode::FencedInstanceId
            | RDKafkaErrorCode::TransactionCoordinatorFenced
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::ClientConfig;
    use rdkafka::producer::{BaseProducer, Producer};
    use std::time::Duration;

    fn producer() -> BaseProducer {
        let mut config = ClientConfig::new();
        // Nobody listens there.
        config.set("bootstrap.servers", "127.0.0.1:1").set("transactional.id", "toy");
        config.create().unwrap()
    }

    /// After a call that timed out, and after whatever says that the client and the broker disagree, the producer is made anew:
    /// a late end of its transaction could hit the next one.
    #[test]
    fn what_an_error_of_a_transaction_comes_to() {
        use RDKafkaErrorCode as Code;
        let said = KafkaError::MessageProduction;
        let table = [
            (said(Code::OperationTimedOut), None, Outcome::Renew),
            (said(Code::RequestTimedOut), None, Outcome::Renew),
            (said(Code::State), None, Outcome::Renew),
            (said(Code::Conflict), None, Outcome::Renew),
            (said(Code::ProducerFenced), None, Outcome::Fenced),
            (said(Code::InvalidProducerEpoch), None, Outcome::Fenced),
            (said(Code::FencedInstanceId), None, Outcome::Fenced),
            (said(Code::TransactionCoordinatorFenced), None, Outcome::Fenced),
            (said(Code::IllegalGeneration), None, Outcome::Abort),
            (said(Code::UnknownMemberId), None, Outcome::Abort),
            (said(Code::MessageTimedOut), None, Outcome::Abort),
            // Once the client has an error that it does not recover from, all others are its echo.
            (said(Code::IllegalGeneration), Some(Code::ProducerFenced), Outcome::Fenced),
            (said(Code::IllegalGeneration), Some(Code::OutOfOrderSequenceNumber), Outcome::Renew),
            (said(Code::ProducerFenced), Some(Code::OutOfOrderSequenceNumber), Outcome::Renew),
        ];
        for (error, fatal, outcome) in table {
            assert_eq!(outcome_of(&error, fatal), outcome, "{error} with {fatal:?}");
        }
    }

    /// The same of errors as the library itself makes them.
    #[test]
    fn a_transaction_call_that_times_out_costs_the_producer() {
        let producer = producer();
        let error = producer.init_transactions(Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::OperationTimedOut));
        assert_eq!(outcome_of(&error, None), Outcome::Renew);
        let error = producer.commit_transaction(Duration::from_millis(50)).unwrap_err();
        assert_eq!(outcome_of(&error, None), Outcome::Renew, "{error}: the call before it is still under way");
    }

    #[test]
    fn a_setting_that_the_library_does_not_take_is_named_and_no_secret_is_shown() {
        let refused = |key: &str, value: &str| {
            let made = ClientConfig::new().set(key, value).create::<BaseProducer>();
            let error = not_started("start the producer", &made.err().unwrap());
            assert!((error.exit_code(), error.is_passing()) == (78, false), "{error}");
            error.to_string()
        };
        let unknown = refused("sasl.pasword", "hunter2");
        assert!(unknown.contains("sasl.pasword is set") && !unknown.contains("hunter2"), "{unknown}");
        let wrong = refused("socket.timeout.ms", "soon");
        assert!(wrong.contains("socket.timeout.ms is soon"), "{wrong}");
        // Where the library has no TLS the protocol is refused, else the certificates that are not there.
        let secured =
            ClientConfig::new().set("security.protocol", "SSL").set("ssl.ca.location", "/nowhere/ca.pem").create::<BaseProducer>();
        let secured = not_started("start the producer", &secured.err().unwrap());
        assert_eq!(secured.exit_code(), 78, "{secured}");
        assert!(secured.to_string().contains("ssl") || secured.to_string().contains("SSL"), "{secured}");
    }

    #[test]
    fn the_value_of_a_secret_is_never_told() {
        for key in ["sasl.password", "ssl.key.pem", "sasl.oauthbearer.client.secret"] {
            let text = |what: &str| format!("Invalid value {what}");
            let error =
                KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_INVALID, text("hunter2"), key.to_owned(), "hunter2".to_owned());
            let told = not_started("start the producer", &error).to_string();
            assert!(told.contains(key) && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_told_by_topic_size_and_bound() {
        let unsent = |code, bytes| Unsent { error: KafkaError::MessageProduction(code), name: "toy.out".to_owned(), bytes };
        let told = unsent(RDKafkaErrorCode::MessageSizeTooLarge, 2_000_000).too_large().unwrap();
        assert!(!told.is_passing() && told.exit_code() == 78, "the topic takes less than it must");
        assert!(["2000000", "toy.out", "4194304"].iter().all(|word| told.to_string().contains(word)), "{told}");
        assert_eq!(unsent(RDKafkaErrorCode::MessageSizeTooLarge, 5 << 20).too_large().map(|told| told.exit_code()), Some(70), "a bug");
        assert_eq!(unsent(RDKafkaErrorCode::MessageTimedOut, 2_000_000).too_large().map(|told| told.to_string()), None);
    }
}
