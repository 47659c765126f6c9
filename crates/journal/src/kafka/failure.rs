//! What the client library's errors mean for a commit.
//!
//! Four answers: somebody else is the writer now; the transaction is rolled back and may be made again; the way to the broker
//! is broken and may heal; a program's mistake. Must never enter: an error that is answered by going on.

use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::error::JournalError;

/// The way to the broker is broken, or barred, for now.
pub(super) fn unavailable(doing: &str, error: &KafkaError) -> JournalError {
    let (doing, why) = (doing.to_owned(), error.to_string());
    if is_denial(error) { JournalError::Denied { doing, why } } else { JournalError::Unavailable { doing, why } }
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

/// An error that the client of `instance` does not recover from.
pub(super) fn broken(doing: &str, instance: &str, error: &KafkaError) -> JournalError {
    match error.rdkafka_error_code() {
        Some(code) if is_fencing(code) => JournalError::Superseded { instance: instance.to_owned() },
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
            Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::RequestTimedOut | RDKafkaErrorCode::State) => Outcome::Renew,
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
