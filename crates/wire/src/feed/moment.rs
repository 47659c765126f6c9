//! When something happened or was reported: from a column in a declared format and zone to a civil day and an instant.
//!
//! The civil day is the authority's own: as written where the text has its own offset, in the declared zone otherwise.
//! Nothing here compares two times or decides what is late.

use super::{
    cells::{Cell, Cells},
    mistake::suggest,
    reading::{Need, Reading, Scope},
    section::{Entry, Section},
};
use chrono::{
    NaiveDate, NaiveDateTime, Offset, TimeZone,
    format::{Fixed, Item, Numeric, Parsed, StrftimeItems},
};
use chrono_tz::Tz;
use vocab::{
    record::{BadValue, Refusal},
    time::{BadTime, DAY_MAX, DAY_MIN, Day, Instant, Occurred, Precision},
};

/// The named formats, besides patterns with `%`.
const NAMED: [&str; 4] = ["date", "rfc3339", "epoch_ms", "epoch_s"];
/// What a mistake about a format answers.
const FORMAT_HINT: &str = "\"date\" (2019-03-04), \"rfc3339\", \"epoch_ms\", \"epoch_s\", or a pattern such as \"%d/%m/%Y %H:%M\"";
/// The precisions a mapping may declare.
const PRECISIONS: [(&str, Precision); 3] = [("instant", Precision::Instant), ("day", Precision::Day), ("month", Precision::Month)];
/// Instants further away than this cannot be of 1970 to 2199; it keeps the arithmetic below from overflowing.
const MILLIS_MAX: i128 = 86_400_000 * 100_000;

/// Whether a text says its own offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Yes,
    No,
}

#[derive(Clone, Debug)]
enum Format {
    Date,
    Rfc3339,
    Epoch { per_second: i128 },
    Pattern { items: Vec<Item<'static>>, precision: Precision, offset: Written },
}

impl Format {
    const fn precision(&self) -> Precision {
        match self {
            Self::Date => Precision::Day,
            Self::Rfc3339 | Self::Epoch { .. } => Precision::Instant,
            Self::Pattern { precision, .. } => *precision,
        }
    }
}

/// A time of a row, as finely as the source says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    /// The civil day; of a month, its first.
    pub(super) day: Day,
    /// The instant, where the source says it.
    pub(super) at: Option<Instant>,
    /// How finely it says it.
    pub(super) precision: Precision,
}

/// A field that holds a time.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    reading: Reading,
    formats: Vec<Format>,
    zone: Option<Tz>,
    precision: Option<Precision>,
}

impl Moment {
    /// The time that a section describes; the section may hold more keys and is not closed.
    pub(super) fn in_section(section: &Section<'_>, scope: &Scope, need: Need) -> Option<Self> {
        let reading = Reading::in_section(section, scope, need);
        let format = section.needed("format", FORMAT_HINT);
        let formats: Vec<Format> = format.iter().flat_map(Entry::texts).filter_map(|entry| format_of(&entry)).collect();
        let zone = section.entry("zone").and_then(|entry| zone_of(&entry));
        let precision = section.entry("precision").and_then(|entry| precision_of(&entry));
        if let (Some(declared), Some(finest)) = (precision, formats.iter().map(Format::precision).min())
            && declared < finest
        {
            section.wrong("declares a finer precision than its format gives", "leave `precision` out: it follows from the format");
        }
        if formats.is_empty() { None } else { Some(Self { reading: reading?, formats, zone, precision }) }
    }

    /// A table that describes a time.
    pub(super) fn of(entry: &Entry<'_>, scope: &Scope, need: Need) -> Option<Self> {
        let section = entry.section()?;
        let moment = Self::in_section(&section, scope, need);
        section.close();
        moment
    }

    /// The time in a row.
    pub(super) fn read(&self, cells: &Cells<'_>) -> Result<Option<Time>, Refusal> {
        let whole = match self.reading.only_cell().map(|cell| &cells.cells[cell]) {
            Some(Cell::Integer(number)) => Some(*number),
            Some(Cell::Absent | Cell::Text(_) | Cell::Real(_) | Cell::Truth(_) | Cell::Nested) | None => None,
        };
        if let (Some(number), Some(Format::Epoch { per_second })) = (whole, self.formats.first()) {
            return self.coarsened(self.epoch(number, *per_second)).map(Some);
        }
        let Some(text) = self.reading.text(cells)? else { return Ok(None) };
        // The first format that fits wins; if none does, the reason of the last one that came near is told.
        let mut problem = BadTime::Shape;
        for format in &self.formats {
            match self.in_format(&text, format) {
                Ok(time) => return self.coarsened(Ok(time)).map(Some),
                Err(BadTime::Range) => problem = BadTime::Range,
                Err(BadTime::Shape) => {}
            }
        }
        self.coarsened(Err(problem)).map(Some)
    }

    /// The refusal of a bad value of this field.
    pub(super) fn bad(&self, problem: BadValue) -> Refusal {
        self.reading.bad(problem)
    }

    fn coarsened(&self, time: Result<Time, BadTime>) -> Result<Time, Refusal> {
        let time = time.map_err(|problem| self.bad(problem.into()))?;
        match self.precision {
            Some(Precision::Instant) | None => Ok(time),
            Some(coarse @ (Precision::Day | Precision::Month)) => Ok(Time { at: None, precision: coarse.max(time.precision), ..time }),
        }
    }

    fn in_format(&self, text: &str, format: &Format) -> Result<Time, BadTime> {
        match format {
            Format::Date => Ok(Time { day: Day::parse(text)?, at: None, precision: Precision::Day }),
            Format::Rfc3339 => self.rfc3339(text),
            Format::Epoch { per_second } => self.epoch(text.parse().map_err(|_| BadTime::Shape)?, *per_second),
            Format::Pattern { items, precision, offset } => {
                let mut parsed = Parsed::new();
                chrono::format::parse(&mut parsed, text, items.iter()).map_err(|_| BadTime::Shape)?;
                self.parsed(parsed, *precision, *offset)
            }
        }
    }

    /// Where no zone is declared the civil day is the one written, whatever its offset.
    fn rfc3339(&self, text: &str) -> Result<Time, BadTime> {
        let instant = Instant::parse(text)?;
        let day = match self.zone {
            None if text.ends_with(['Z', 'z']) => instant.day(),
            None => Day::parse(text.get(..10).unwrap_or(""))?,
            Some(zone) => civil_day(instant, zone)?,
        };
        Ok(Time { day, at: Some(instant), precision: Precision::Instant })
    }

    fn epoch(&self, number: i128, per_second: i128) -> Result<Time, BadTime> {
        let millis = number.checked_mul(1_000 / per_second).filter(|millis| millis.abs() < MILLIS_MAX).ok_or(BadTime::Range)?;
        let instant = Instant(i64::try_from(millis).map_err(|_| BadTime::Range)?);
        let day = civil_day(instant, self.zone.unwrap_or(Tz::UTC))?;
        Ok(Time { day, at: Some(instant), precision: Precision::Instant })
    }

    fn parsed(&self, mut parsed: Parsed, precision: Precision, offset: Written) -> Result<Time, BadTime> {
        if precision == Precision::Month {
            parsed.set_day(1).map_err(|_| BadTime::Shape)?;
        }
        if precision != Precision::Instant {
            let day = day_of(parsed.to_naive_date().map_err(|_| BadTime::Shape)?)?;
            return Ok(Time { day, at: None, precision });
        }
        if parsed.minute().is_none() && parsed.timestamp().is_none() {
            parsed.set_minute(0).map_err(|_| BadTime::Shape)?;
        }
        if offset == Written::Yes {
            let time = parsed.to_datetime().map_err(|_| BadTime::Shape)?;
            let instant = in_range(time.timestamp_millis())?;
            let day = self.zone.map_or_else(|| day_of(time.date_naive()), |zone| civil_day(instant, zone))?;
            return Ok(Time { day, at: Some(instant), precision });
        }
        let local = parsed.to_naive_datetime_with_offset(0).map_err(|_| BadTime::Shape)?;
        let instant = in_range(millis_in(local, self.zone.unwrap_or(Tz::UTC))?)?;
        Ok(Time { day: day_of(local.date())?, at: Some(instant), precision })
    }
}

/// A local time that a clock change skips does not exist; of one that it repeats the earlier is taken.
fn millis_in(local: NaiveDateTime, zone: Tz) -> Result<i64, BadTime> {
    let offset = zone.offset_from_local_datetime(&local).earliest().ok_or(BadTime::Shape)?;
    Ok(local.and_utc().timestamp_millis() - i64::from(offset.fix().local_minus_utc()) * 1_000)
}

fn in_range(millis: i64) -> Result<Instant, BadTime> {
    let instant = Instant(millis);
    if (DAY_MIN..=DAY_MAX).contains(&instant.day()) { Ok(instant) } else { Err(BadTime::Range) }
}

fn civil_day(instant: Instant, zone: Tz) -> Result<Day, BadTime> {
    if zone == Tz::UTC {
        return in_range(instant.0).map(Instant::day);
    }
    let time = chrono::DateTime::from_timestamp_millis(instant.0).ok_or(BadTime::Range)?;
    day_of(time.with_timezone(&zone).date_naive())
}

fn day_of(date: NaiveDate) -> Result<Day, BadTime> {
    use chrono::Datelike as _;
    Day::of(date.year(), date.month(), date.day())
}

fn format_of(entry: &Entry<'_>) -> Option<Format> {
    match entry.text()? {
        "date" => Some(Format::Date),
        "rfc3339" => Some(Format::Rfc3339),
        "epoch_ms" => Some(Format::Epoch { per_second: 1_000 }),
        "epoch_s" => Some(Format::Epoch { per_second: 1 }),
        pattern if pattern.contains('%') => pattern_of(entry, pattern),
        other => {
            entry.wrong(format!("has {}", entry.shown()), format!("{}; or a pattern such as \"%d/%m/%Y\"", suggest(other, NAMED)));
            None
        }
    }
}

fn pattern_of(entry: &Entry<'_>, pattern: &str) -> Option<Format> {
    let Ok(items) = StrftimeItems::new(pattern).parse_to_owned() else {
        entry.wrong(format!("has {}, which holds an unknown `%` letter", entry.shown()), FORMAT_HINT);
        return None;
    };
    let has = |wanted: fn(&Item<'_>) -> bool| items.iter().any(wanted);
    let offset = if has(is_offset) { Written::Yes } else { Written::No };
    let precision = match (has(is_time), has(is_day), has(is_month)) {
        (true, _, _) => Precision::Instant,
        (false, true, _) => Precision::Day,
        (false, false, true) => Precision::Month,
        (false, false, false) => {
            entry.wrong(format!("has {}, which gives neither a day nor a month", entry.shown()), FORMAT_HINT);
            return None;
        }
    };
    Some(Format::Pattern { items, precision, offset })
}

fn is_time(item: &Item<'_>) -> bool {
    matches!(item, Item::Numeric(Numeric::Hour | Numeric::Hour12 | Numeric::Timestamp, _) | Item::Fixed(Fixed::RFC2822 | Fixed::RFC3339))
}

fn is_day(item: &Item<'_>) -> bool {
    matches!(item, Item::Numeric(Numeric::Day | Numeric::Ordinal | Numeric::WeekdayFromMon | Numeric::NumDaysFromSun, _))
        || matches!(item, Item::Fixed(Fixed::ShortWeekdayName | Fixed::LongWeekdayName))
}

fn is_month(item: &Item<'_>) -> bool {
    matches!(item, Item::Numeric(Numeric::Month, _) | Item::Fixed(Fixed::ShortMonthName | Fixed::LongMonthName))
}

fn is_offset(item: &Item<'_>) -> bool {
    let is_fixed = matches!(
        item,
        Item::Fixed(
            Fixed::TimezoneOffset
                | Fixed::TimezoneOffsetZ
                | Fixed::TimezoneOffsetColon
                | Fixed::TimezoneOffsetColonZ
                | Fixed::TimezoneOffsetDoubleColon
                | Fixed::TimezoneOffsetTripleColon
                | Fixed::RFC2822
                | Fixed::RFC3339
        )
    );
    is_fixed || matches!(item, Item::Numeric(Numeric::Timestamp, _))
}

fn zone_of(entry: &Entry<'_>) -> Option<Tz> {
    let name = entry.text()?;
    let zone = name.parse::<Tz>().ok();
    if zone.is_none() {
        let hint = suggest_zone(name);
        entry.wrong(format!("has {}", entry.shown()), hint);
    }
    zone
}

fn suggest_zone(name: &str) -> String {
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let near = super::mistake::nearest(name, names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("{near}\"UTC\" or a name of the IANA time zones, such as \"Asia/Seoul\"")
}

fn precision_of(entry: &Entry<'_>) -> Option<Precision> {
    let word = entry.text()?;
    let found = PRECISIONS.iter().find(|(name, _)| *name == word).map(|(_, precision)| *precision);
    if found.is_none() {
        entry.wrong(format!("has {}", entry.shown()), suggest(word, PRECISIONS.iter().map(|(name, _)| *name)));
    }
    found
}

/// When it occurred: a moment, and for an interval its last day.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    begin: Moment,
    until: Option<Moment>,
}

impl Occurrence {
    /// The section `[occurred]`.
    pub(super) fn of(section: Section<'_>, scope: &Scope) -> Option<Self> {
        let begin = Moment::in_section(&section, scope, Need::Required);
        let until = section.entry("until").map(|entry| Moment::of(&entry, scope, Need::Optional));
        section.close();
        match until {
            None => Some(Self { begin: begin?, until: None }),
            Some(until) => Some(Self { begin: begin?, until: Some(until?) }),
        }
    }

    /// When it occurred, in a row.
    pub(super) fn read(&self, cells: &Cells<'_>) -> Result<Occurred, Refusal> {
        let Some(time) = self.begin.read(cells)? else {
            return Err(Refusal::MissingField { field: self.begin.reading.field().clone() });
        };
        let occurred = match (time.precision, time.at) {
            (Precision::Instant, Some(at)) => Occurred::at(at, time.day),
            (Precision::Instant, None) | (Precision::Day, _) => Occurred::on(time.day),
            (Precision::Month, _) => Occurred::in_month_of(time.day),
        };
        let Some(until) = &self.until else { return Ok(occurred) };
        match until.read(cells)? {
            Some(last) => occurred.until(last.day).map_err(|_| until.bad(BadValue::Backwards)),
            None => Ok(occurred),
        }
    }
}
