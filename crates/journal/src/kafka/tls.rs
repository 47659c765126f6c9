//! What this program can say of TLS: whether it speaks it, whether files can be used for it, and why a broker is not trusted.
//!
//! The client library says that a handshake failed, and seldom why: whoever has to put it right needs to know. So the handshake is
//! made once more, by the same rules, only to be looked at. Must never enter: a connection that data go over, a rule of trust that is
//! not the client library's.

use super::handshake;

/// Whether TLS was built in (the feature `tls`).
pub const IS_BUILT_IN: bool = cfg!(feature = "tls");

/// A file for TLS that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFile {
    /// The setting of the client library that names it.
    pub setting: &'static str,
    /// The file.
    pub value: String,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// Looks at the files that settings name: certificates, a key and its password, and that they belong together.
///
/// # Errors
/// [`BadFile`], the first that cannot be used. Without TLS built in nothing is looked at.
pub fn check(pairs: &[(String, String)]) -> Result<(), BadFile> {
    handshake::check(pairs)
}

/// Why no broker is trusted, or none trusts us; none where nothing is wrong with that, or TLS is not asked for.
pub(super) fn diagnosis(bootstrap: &str, pairs: &[(String, String)]) -> Option<String> {
    let is_encrypted = pairs.iter().any(|(name, value)| name == "security.protocol" && value.to_ascii_uppercase().ends_with("SSL"));
    if is_encrypted { handshake::diagnosis(bootstrap, pairs) } else { None }
}
