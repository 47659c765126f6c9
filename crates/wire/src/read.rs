//! What reading has in common: from the numbers and texts of a decoded message to words, or a refusal that names the field.
//!
//! Field names in refusals are those of the contract (snake_case). Nothing here knows a whole message.

use crate::{numbers::Numbered, timestamp::Timestamp};
use vocab::{
    name::{BadName, JurisdictionCode, Label, MeasureId, NAME_BYTES_MAX, RegimeId},
    quantity::Unit,
    record::{BadValue, Encoding, Refusal},
    series::{MeasureKey, SeriesKey},
    time::{BadTime, Day, Instant, Tick, Week},
};

/// Most members a list of a message may have: far above any act, low enough to bound state.
pub(crate) const LIST_MAX: usize = 256;

/// What a reading gives.
pub(crate) type Reading<T> = Result<T, Refusal>;

/// A text as a label, cut and cleaned so that it always is one: it comes from a decoder's message, not from a source.
pub(crate) fn label(text: &str) -> Label {
    let mut clean = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if clean.len() + letter.len_utf8() > NAME_BYTES_MAX {
            break;
        }
        clean.push(letter);
    }
    Label::parse(&clean).unwrap_or_else(|_| Label::parse("(empty)").expect("seven plain letters are a label"))
}

/// A field that holds something that cannot be.
pub(crate) fn bad(field: &str, problem: impl Into<BadValue>) -> Refusal {
    Refusal::BadField { field: label(field), problem: problem.into() }
}

/// A field that is needed and absent.
pub(crate) fn missing(field: &str) -> Refusal {
    Refusal::MissingField { field: label(field) }
}

/// Bytes that are no message of their encoding.
pub(crate) fn undecodable(encoding: Encoding, detail: &str) -> Refusal {
    Refusal::Undecodable { encoding, detail: label(detail) }
}

/// A name that is needed.
pub(crate) fn name<T>(field: &str, text: &str, parse: fn(&str) -> Result<T, BadName>) -> Reading<T> {
    match parse(text) {
        Ok(name) => Ok(name),
        Err(BadName::Empty) => Err(missing(field)),
        Err(problem) => Err(bad(field, problem)),
    }
}

/// A name that may be absent; one of white space alone is.
pub(crate) fn maybe_name<T>(field: &str, text: &str, parse: fn(&str) -> Result<T, BadName>) -> Reading<Option<T>> {
    if text.is_empty() {
        return Ok(None);
    }
    match parse(text) {
        Ok(name) => Ok(Some(name)),
        Err(BadName::Empty) => Ok(None),
        Err(problem) => Err(bad(field, problem)),
    }
}

/// Names of a list.
pub(crate) fn names<T>(field: &str, texts: &[String], parse: fn(&str) -> Result<T, BadName>) -> Reading<Vec<T>> {
    if texts.len() > LIST_MAX {
        return Err(bad(field, BadValue::TooLong));
    }
    // Collected, a list of one would have room for four for as long as its record is kept.
    let mut names = Vec::with_capacity(texts.len());
    for text in texts {
        names.push(parse(text).map_err(|problem| bad(field, problem))?);
    }
    Ok(names)
}

/// A value of an enum that may be absent.
pub(crate) fn maybe_choice<T: Numbered>(field: &str, number: i32) -> Reading<Option<T>> {
    if number == 0 {
        return Ok(None);
    }
    T::of_number(number).map(Some).ok_or_else(|| bad(field, BadValue::UnknownWord))
}

/// A value of an enum that is needed.
pub(crate) fn choice<T: Numbered>(field: &str, number: i32) -> Reading<T> {
    maybe_choice(field, number)?.ok_or_else(|| missing(field))
}

/// A time text that is needed, such as a day or a week.
fn timed<T>(field: &str, text: &str, parse: fn(&str) -> Result<T, BadTime>) -> Reading<T> {
    let text = text.trim();
    if text.is_empty() {
        return Err(missing(field));
    }
    parse(text).map_err(|problem| bad(field, problem))
}

/// A civil day that is needed.
pub(crate) fn day(field: &str, text: &str) -> Reading<Day> {
    timed(field, text, Day::parse)
}

/// A civil day that may be absent.
pub(crate) fn maybe_day(field: &str, text: &str) -> Reading<Option<Day>> {
    if text.is_empty() { Ok(None) } else { day(field, text).map(Some) }
}

/// A week that is needed.
pub(crate) fn week(field: &str, text: &str) -> Reading<Week> {
    timed(field, text, Week::parse)
}

/// An instant that may be absent.
pub(crate) fn maybe_instant(field: &str, time: Option<Timestamp>) -> Reading<Option<Instant>> {
    time.map(Timestamp::instant).transpose().map_err(|problem| bad(field, problem))
}

/// An instant that is needed.
pub(crate) fn instant(field: &str, time: Option<Timestamp>) -> Reading<Instant> {
    maybe_instant(field, time)?.ok_or_else(|| missing(field))
}

/// A tick, written as the instant at which it begins.
pub(crate) fn tick(field: &str, time: Option<Timestamp>) -> Reading<Tick> {
    instant(field, time).map(Tick::of)
}

/// A part that is needed.
pub(crate) fn part<T>(field: &str, part: Option<T>) -> Reading<T> {
    part.ok_or_else(|| missing(field))
}

/// A number that must fit a narrower type.
pub(crate) fn narrow<T: TryFrom<u32>>(field: &str, number: Option<u32>) -> Reading<Option<T>> {
    number.map(T::try_from).transpose().map_err(|_| bad(field, BadValue::TooLarge))
}

/// A count of acts: 1 to 4,294,967,295.
pub(crate) fn count(field: &str, count: i64) -> Reading<u32> {
    match count {
        0 => Err(bad(field, BadValue::Zero)),
        ..0 => Err(bad(field, BadValue::Negative)),
        1.. => u32::try_from(count).map_err(|_| bad(field, BadValue::TooLarge)),
    }
}

/// An id or hash as hexadecimal text.
pub(crate) fn hex<T>(field: &str, text: &str, parse: fn(&str) -> Option<T>) -> Reading<T> {
    if text.is_empty() {
        return Err(missing(field));
    }
    parse(text).ok_or_else(|| bad(field, BadValue::WrongType))
}

/// A hash or id as bytes.
pub(crate) fn hash<const N: usize>(field: &str, bytes: &[u8]) -> Reading<[u8; N]> {
    bytes.try_into().map_err(|_| bad(field, BadValue::WrongType))
}

/// A real number: NaN and infinities are no numbers of ours.
pub(crate) fn real(field: &str, number: f64) -> Reading<f64> {
    if number.is_finite() { Ok(number) } else { Err(bad(field, BadValue::NotFinite)) }
}

/// A real number that may be absent.
pub(crate) fn maybe_real(field: &str, number: Option<f64>) -> Reading<Option<f64>> {
    number.map(|number| real(field, number)).transpose()
}

/// The key of a series.
pub(crate) fn series(field: &str, key: Option<crate::pb::SeriesKey>) -> Reading<SeriesKey> {
    let key = part(field, key)?;
    Ok(SeriesKey {
        regime: name(&format!("{field}.regime"), &key.regime, RegimeId::parse)?,
        jurisdiction: name(&format!("{field}.jurisdiction"), &key.jurisdiction, JurisdictionCode::parse)?,
        measure: measure(key.measure.as_deref())?,
        unit: unit(&format!("{field}.unit"), key.unit)?,
    })
}

/// A measure, or any.
pub(crate) fn measure(text: Option<&str>) -> Reading<MeasureKey> {
    text.map_or(Ok(MeasureKey::Any), |text| name("measure", text, MeasureId::parse).map(MeasureKey::One))
}

/// A unit of account that is needed.
pub(crate) fn unit(field: &str, number: i32) -> Reading<Unit> {
    choice(field, number)
}
