//! Which partition a key belongs to: murmur2 as the Java clients of Kafka compute it.
//!
//! Every store routes by this function, so that one key meets the same task in every way to run. Must never enter: a
//! second hash, or a seed that differs between processes.

const SEED: u32 = 0x9747_b28c;
const MULTIPLIER: u32 = 0x5bd1_e995;
const ROTATION: u32 = 24;

/// The 32-bit murmur2 hash of `key`, bit for bit `org.apache.kafka.common.utils.Utils.murmur2`.
#[must_use]
pub fn murmur2(key: &[u8]) -> u32 {
    // The Java code hashes the length as an int: keys of 2 GiB and more do not exist here, and wrap as they do there.
    #[expect(clippy::cast_possible_truncation, reason = "the Java hash takes the length modulo 2^32")]
    let mut hash = SEED ^ key.len() as u32;
    let (words, tail) = key.as_chunks::<4>();
    for word in words {
        let mut mixed = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        mixed ^= mixed >> ROTATION;
        hash = hash.wrapping_mul(MULTIPLIER) ^ mixed.wrapping_mul(MULTIPLIER);
    }
    if !tail.is_empty() {
        for (place, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(MULTIPLIER);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}

/// The partition of `key` among `count`, as the default partitioner of the Java clients chooses it; 0 when `count` is 0.
#[must_use]
pub fn partition_for(key: &[u8], count: u32) -> u32 {
    (murmur2(key) & 0x7fff_ffff).checked_rem(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of Kafka's own `UtilsTest.testMurmur2`.
    const KNOWN: [(&str, i32); 6] = [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("abc", 479_470_107),
    ];

    #[test]
    fn the_hash_is_the_one_of_the_java_clients() {
        for (key, want) in KNOWN {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), want, "{key}");
        }
    }

    #[test]
    fn the_sign_bit_is_cleared_and_not_negated() {
        for (key, hash) in KNOWN {
            let want = (hash & i32::MAX).rem_euclid(16).cast_unsigned();
            assert_eq!(partition_for(key.as_bytes(), 16), want, "{key}");
        }
        assert_eq!(partition_for(b"any", 1), 0);
        assert_eq!(partition_for(b"any", 0), 0);
    }
}
