//! Which addresses a letter may go to. A receiver's address comes from a configuration, yet its name may be made to point anywhere:
//! so the address itself is looked at, when the connection is made.
//!
//! What must never enter: a name, a look-up.

use schemars::JsonSchema;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a receiver is allowed beyond `https` to a public address. Each is a word of its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// `http://`, unencrypted.
    PlainHttp,
    /// This machine.
    Loopback,
    /// Private networks (RFC 1918, RFC 4193, shared address space of RFC 6598).
    Private,
    /// Addresses of the link, where clouds keep their metadata.
    LinkLocal,
}

impl Allowed {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainHttp => "plain_http",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link_local",
        }
    }
}

/// What sort of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// Anybody may be reached there.
    Public,
    /// Only where this is allowed.
    With(Allowed),
    /// Never: no receiver lives there.
    Never,
}

/// Looks at an address.
#[must_use]
pub fn reachable(address: IpAddr) -> Reachable {
    match address {
        IpAddr::V4(address) => reachable_v4(address),
        IpAddr::V6(address) => reachable_v6(address),
    }
}

/// Whether a letter may go there.
///
/// # Errors
/// The word that would allow it, or none.
pub fn check(address: IpAddr, allowed: &[Allowed]) -> Result<(), Option<Allowed>> {
    match reachable(address) {
        Reachable::Public => Ok(()),
        Reachable::With(word) if allowed.contains(&word) => Ok(()),
        Reachable::With(word) => Err(Some(word)),
        Reachable::Never => Err(None),
    }
}

fn reachable_v4(address: Ipv4Addr) -> Reachable {
    let [a, b, c, _] = address.octets();
    if address.is_loopback() {
        Reachable::With(Allowed::Loopback)
    } else if address.is_link_local() {
        Reachable::With(Allowed::LinkLocal)
    } else if address.is_private() || (a == 100 && b & 0xc0 == 64) {
        Reachable::With(Allowed::Private)
    } else if a == 0
        || a >= 224 // multicast, reserved, broadcast
        || address.is_documentation()
        || (a, b, c) == (192, 0, 0) // protocol assignments
        || (a, b, c) == (192, 88, 99) // 6to4 relays
        || (a == 198 && b & 0xfe == 18)
    // benchmarks
    {
        Reachable::Never
    } else {
        Reachable::Public
    }
}

fn reachable_v6(address: Ipv6Addr) -> Reachable {
    if let Some(inner) = embedded(address) {
        return reachable_v4(inner);
    }
    let first = address.segments()[0];
    if address.is_loopback() {
        Reachable::With(Allowed::Loopback)
    } else if address.is_unicast_link_local() {
        Reachable::With(Allowed::LinkLocal)
    } else if address.is_unique_local() {
        Reachable::With(Allowed::Private)
    } else if first & 0xe000 == 0x2000 && !is_reserved(address) {
        Reachable::Public
    } else {
        Reachable::Never
    }
}

/// Teredo and other protocol assignments (2001::/23), documentation.
fn is_reserved(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || (first == 0x3fff && second < 0x1000)
}

/// The older address that one of the newer carries: mapped, translated (RFC 6052), 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b) {
        (0, 0) if [c, d, e, f] == [0, 0, 0, 0xffff] => inner(g, h),
        (0x64, 0xff9b) if [c, d, e, f] == [0, 0, 0, 0] => inner(g, h),
        (0x2002, _) => inner(b, c),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_machine_the_link_and_the_house_need_a_word() {
        use Reachable::{Never, Public, With};
        let table = [
            ("93.184.216.34", Public),
            ("2606:2800:220:1:248:1893:25c8:1946", Public),
            ("127.0.0.1", With(Allowed::Loopback)),
            ("127.255.0.9", With(Allowed::Loopback)),
            ("::1", With(Allowed::Loopback)),
            ("::ffff:127.0.0.1", With(Allowed::Loopback)),
            ("64:ff9b::7f00:1", With(Allowed::Loopback)),
            ("2002:7f00:1::1", With(Allowed::Loopback)),
            ("169.254.169.254", With(Allowed::LinkLocal)),
            ("::ffff:169.254.169.254", With(Allowed::LinkLocal)),
            ("fe80::1", With(Allowed::LinkLocal)),
            ("10.0.0.1", With(Allowed::Private)),
            ("172.31.255.1", With(Allowed::Private)),
            ("192.168.1.1", With(Allowed::Private)),
            ("100.64.0.1", With(Allowed::Private)),
            ("fd00:ec2::254", With(Allowed::Private)),
            ("172.32.0.1", Public),
            ("100.128.0.1", Public),
            ("0.0.0.0", Never),
            ("0.1.2.3", Never),
            ("255.255.255.255", Never),
            ("224.0.0.1", Never),
            ("240.0.0.1", Never),
            ("198.18.0.1", Never),
            ("203.0.113.7", Never),
            ("192.0.0.192", Never),
            ("::", Never),
            ("ff02::1", Never),
            ("2001:db8::1", Never),
            ("2001::1", Never),
            ("::7f00:1", Never),
            ("64:ff9b:1::1", Never),
            ("fec0::1", Never),
        ];
        for (address, want) in table {
            assert_eq!(reachable(address.parse().unwrap()), want, "{address}");
        }
        assert_eq!(check("10.0.0.1".parse().unwrap(), &[Allowed::Loopback]), Err(Some(Allowed::Private)));
        assert_eq!(check("10.0.0.1".parse().unwrap(), &[Allowed::Private]), Ok(()));
        assert_eq!(check("224.0.0.1".parse().unwrap(), &[Allowed::Private]), Err(None));
    }
}
