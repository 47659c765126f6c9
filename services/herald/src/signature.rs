//! Signatures of webhooks (Standard Webhooks): HMAC-SHA256 over id, time and body, in base64; during a rotation by two secrets.
//!
//! What must never enter: a secret in a message, a log or a `Debug`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret that letters are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a text is no secret. It never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    /// Not of the form.
    #[error("is not `whsec_` and base64 of 24 to 64 bytes (make one: `echo whsec_$(openssl rand -base64 32)`)")]
    Shape,
}

impl Secret {
    /// Reads `whsec_<base64 of 24 to 64 bytes>`; white space around it is not part of it.
    ///
    /// # Errors
    /// [`BadSecret`].
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let encoded = text.trim().strip_prefix("whsec_").ok_or(BadSecret::Shape)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| BadSecret::Shape)?;
        if (24..=64).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSecret::Shape) }
    }

    fn sign(&self, parts: [&[u8]; 5]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        parts.iter().for_each(|part| mac.update(part));
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The value of `webhook-signature`: one signature per secret, apart by a space.
#[must_use]
pub fn signatures(secrets: &[Secret], id: &str, seconds: i64, body: &[u8]) -> String {
    let time = seconds.to_string();
    let sign = |secret: &Secret| secret.sign([id.as_bytes(), b".", time.as_bytes(), b".", body]);
    secrets.iter().map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own reference libraries.
    #[test]
    fn the_known_example_is_signed_alike() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let signed = signatures(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_never_shows_and_a_bad_one_is_refused() {
        assert_eq!(format!("{:?}", Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")), "Ok(Secret(..))");
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_!!"] {
            assert_eq!(Secret::parse(bad), Err(BadSecret::Shape), "{bad}");
        }
    }
}
