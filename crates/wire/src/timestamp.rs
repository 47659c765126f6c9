//! A point in time as the contract carries it: `google.protobuf.Timestamp`, in JSON a text of RFC 3339.
//!
//! Only the shape on the wire stands here; what a valid instant is says `vocab::time`. No clock ever enters.

use vocab::{
    record::BadValue,
    time::{DAY_MAX, DAY_MIN, Instant},
};

/// Seconds since 1970-01-01T00:00:00Z and nanoseconds of the second.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct Timestamp {
    /// Whole seconds, rounded down.
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    /// 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

impl Timestamp {
    /// The instant it names; parts of a millisecond are cut off.
    pub(crate) fn instant(self) -> Result<Instant, BadValue> {
        if !(0..1_000_000_000).contains(&self.nanos) {
            return Err(BadValue::NotATime);
        }
        // Seconds beyond any date of ours would overflow as milliseconds.
        let milliseconds = self.seconds.checked_mul(1_000).ok_or(BadValue::AbsurdTime)?;
        let instant = Instant(milliseconds.saturating_add(i64::from(self.nanos / 1_000_000)));
        if (DAY_MIN..=DAY_MAX).contains(&instant.day()) { Ok(instant) } else { Err(BadValue::AbsurdTime) }
    }

    /// How the contract writes an instant.
    pub(crate) fn of(instant: Instant) -> Self {
        let nanos = instant.0.rem_euclid(1_000) * 1_000_000;
        Self { seconds: instant.0.div_euclid(1_000), nanos: i32::try_from(nanos).unwrap_or_default() }
    }
}
