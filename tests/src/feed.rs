//! Messages of a feed, numbered: with some that come twice, and some that are no event.
//!
//! For tests that count what became of each. Must never enter: a clock, a broker.

use vocab::time::Day;

/// Message `n` of a source: every tenth is that of nine before it once more, every fiftieth is no event at all.
#[must_use]
pub fn message(n: u32, source: &str, day: Day) -> Vec<u8> {
    if n % 50 == 49 {
        return format!("no event, number {n}").into_bytes();
    }
    let record = if n % 10 == 9 { n - 9 } else { n };
    let text = format!(
        "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"{source}\",\"sourceRecordId\":\"R{record}\",\"op\":\"OPERATION_ASSERT\",\
         \"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"jurisdiction\":\"XA\",\"measures\":[\"arms\"],\
         \"caseId\":\"c{}\",\"inspectionPerformed\":{{}}}}",
        record % 7
    );
    text.into_bytes()
}
