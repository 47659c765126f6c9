//! Numbers of a row: whole counts, and decimals as integers of a fixed scale, with the separators a mapping declares.
//!
//! Nothing passes through floating point but what the source itself writes with an exponent. A fraction where acts are
//! counted is refused, never rounded.

use super::{
    cells::{Cell, Cells},
    reading::{Meaning, Need, Reading, Scope, Words},
    section::{Entry, Section},
};
use vocab::{
    quantity::{Quantity, Unit},
    record::{BadValue, Refusal},
};

/// Largest magnitude read, before scaling: far beyond any amount of goods, far below overflow.
const MAGNITUDE_MAX: i128 = 1_000_000_000_000_000_000;

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Separators {
    thousands: Option<char>,
    decimal: char,
}

/// A field that holds a number.
#[derive(Clone, Debug)]
pub(super) struct Number {
    reading: Reading,
    separators: Separators,
}

impl Number {
    /// A constant, or a table with `column` and, where needed, `thousands` and `decimal`.
    pub(super) fn of(entry: &Entry<'_>, scope: &Scope, need: Need) -> Option<Self> {
        if entry.is_table() {
            let section = entry.section()?;
            let number = Self::in_section(&section, scope, need);
            section.close();
            return number;
        }
        let reading = Reading::of(entry, scope, need)?;
        let separators = Separators { thousands: None, decimal: '.' };
        let constant = entry.scalar().map(|text| fixed(&text, 9, separators));
        if let Some(Err(problem)) = constant {
            entry.wrong(format!("has {}, which {problem}", entry.shown()), "a number, or { column = \"name of a column\" }");
        }
        Some(Self { reading, separators })
    }

    /// The number that a section describes; the section may hold more keys and is not closed.
    pub(super) fn in_section(section: &Section<'_>, scope: &Scope, need: Need) -> Option<Self> {
        let thousands = separator(section, "thousands");
        let decimal = separator(section, "decimal").unwrap_or('.');
        if thousands == Some(decimal) {
            section.wrong(
                "has the same letter for `thousands` and `decimal`",
                "thousands = \",\" with decimal = \".\", or the other way round",
            );
        }
        let reading = Reading::in_section(section, scope, need)?;
        Some(Self { reading, separators: Separators { thousands, decimal } })
    }

    /// A whole number from 0.
    pub(super) fn whole(&self, cells: &Cells<'_>) -> Result<Option<u64>, Refusal> {
        let number = match self.reading.only_cell().map(|cell| &cells.cells[cell]) {
            Some(Cell::Integer(number)) => Some(*number),
            Some(Cell::Absent | Cell::Text(_) | Cell::Real(_) | Cell::Truth(_) | Cell::Nested) | None => self.fixed(cells, 0)?,
        };
        let bad = |problem| self.reading.bad(problem);
        match number {
            None => Ok(None),
            Some(number) if number < 0 => Err(bad(BadValue::Negative)),
            Some(number) => u64::try_from(number).map(Some).map_err(|_| bad(BadValue::TooLarge)),
        }
    }

    /// A whole number from 0 that fits a smaller type.
    pub(super) fn small<N: TryFrom<u64>>(&self, cells: &Cells<'_>) -> Result<Option<N>, Refusal> {
        let number = self.whole(cells)?;
        number.map(|number| N::try_from(number).map_err(|_| self.reading.bad(BadValue::TooLarge))).transpose()
    }

    /// A decimal as an integer, scaled by ten to the number of `places`.
    pub(super) fn fixed(&self, cells: &Cells<'_>, places: u32) -> Result<Option<i128>, Refusal> {
        let text = self.reading.text(cells)?;
        text.map(|text| fixed(&text, places, self.separators).map_err(|problem| self.reading.bad(problem))).transpose()
    }

    /// A decimal within limits, scaled and as an `i32`.
    pub(super) fn degrees_e7(&self, cells: &Cells<'_>, limit_degrees: i32) -> Result<Option<i32>, Refusal> {
        let number = self.fixed(cells, 7)?;
        let within = |number: i128| i32::try_from(number).ok().filter(|number| number.abs() <= limit_degrees * 10_000_000);
        number.map(|number| within(number).ok_or_else(|| self.reading.bad(BadValue::TooLarge))).transpose()
    }

    /// The refusal of a bad value of this field.
    pub(super) fn bad(&self, problem: BadValue) -> Refusal {
        self.reading.bad(problem)
    }
}

fn separator(section: &Section<'_>, key: &'static str) -> Option<char> {
    let entry = section.entry(key)?;
    let mut letters = entry.text()?.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if !letter.is_ascii_digit() && letter != '-' => Some(letter),
        (Some(_) | None, _) => {
            entry.wrong(format!("has {}", entry.shown()), "one letter, such as \",\" or \".\" or \" \"");
            None
        }
    }
}

/// Reads a decimal exactly; digits beyond `places` are rounded half up, but for `places` 0 any fraction is refused.
fn fixed(text: &str, places: u32, separators: Separators) -> Result<i128, BadValue> {
    let (is_negative, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_plain = |letter: char| letter.is_ascii_digit() || letter == separators.decimal || Some(letter) == separators.thousands;
    if !digits.starts_with(|letter: char| letter.is_ascii_digit() || letter == separators.decimal) || !digits.chars().all(is_plain) {
        return written_otherwise(text, places, separators);
    }
    let (whole, fraction) = digits.split_once(separators.decimal).unwrap_or((digits, ""));
    if places == 0 && digits.contains(separators.decimal) {
        return Err(BadValue::WrongType);
    }
    let whole = number_of(&without_thousands(whole, separators.thousands)?)?;
    let magnitude = whole.checked_mul(10_i128.pow(places)).ok_or(BadValue::TooLarge)? + fraction_of(fraction, places)?;
    Ok(if is_negative { -magnitude } else { magnitude })
}

/// Spreadsheets group by three; anything else, such as `1,15` for one and fifteen hundredths, is not what was declared.
fn without_thousands(whole: &str, thousands: Option<char>) -> Result<String, BadValue> {
    let Some(separator) = thousands.filter(|separator| whole.contains(*separator)) else { return Ok(whole.to_owned()) };
    let mut groups = whole.split(separator);
    let head = groups.next().is_some_and(|head| (1..=3).contains(&head.len()));
    if head && groups.all(|group| group.len() == 3) { Ok(whole.replace(separator, "")) } else { Err(BadValue::NotANumber) }
}

fn number_of(digits: &str) -> Result<i128, BadValue> {
    let mut number = 0_i128;
    for digit in digits.bytes() {
        if !digit.is_ascii_digit() {
            return Err(BadValue::NotANumber);
        }
        number = number * 10 + i128::from(digit - b'0');
        if number > MAGNITUDE_MAX {
            return Err(BadValue::TooLarge);
        }
    }
    Ok(number)
}

fn fraction_of(digits: &str, places: u32) -> Result<i128, BadValue> {
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(BadValue::NotANumber);
    }
    let kept = usize::try_from(places).unwrap_or(0);
    let round_up = digits.as_bytes().get(kept).is_some_and(|digit| *digit >= b'5');
    let padded: String = digits.chars().chain("000000000".chars()).take(kept).collect();
    Ok(number_of(&padded)? + i128::from(round_up))
}

/// NaN, infinities and exponents: told apart from what is no number at all.
fn written_otherwise(text: &str, places: u32, separators: Separators) -> Result<i128, BadValue> {
    let Ok(number) = text.replace(separators.decimal, ".").parse::<f64>() else { return Err(BadValue::NotANumber) };
    if !number.is_finite() {
        return Err(BadValue::NotFinite);
    }
    // Rust writes floats without exponent, so this reads the same digits the slow way, once.
    let plain = number.to_string();
    if plain.contains(['e', 'E']) { Err(BadValue::NotANumber) } else { fixed(&plain, places, Separators { thousands: None, decimal: '.' }) }
}

/// An amount with its unit.
#[derive(Clone, Debug)]
pub(super) struct Amount {
    number: Number,
    unit: Words<Unit>,
}

/// The units of account of this version.
const UNITS: [Unit; 9] =
    [Unit::Count, Unit::Tonne, Unit::Kilogram, Unit::Barrel, Unit::Teu, Unit::Usd, Unit::InspectorDay, Unit::ShipDay, Unit::FlightHour];

impl Amount {
    /// A table with `column` and `unit`, the unit a constant or itself read from a column.
    pub(super) fn of(entry: &Entry<'_>, scope: &Scope, need: Need) -> Option<Self> {
        let section = entry.section()?;
        let number = Number::in_section(&section, scope, need);
        let unit = section.needed("unit", "unit = \"t\", or unit = { column = \"…\" }");
        let known = UNITS.iter().map(|unit| unit.as_str()).collect();
        let meaning = Meaning { convert: unit_of, known, need: Need::Required };
        let unit = unit.and_then(|unit| Words::of(&unit, scope, meaning));
        section.close();
        Some(Self { number: number?, unit: unit? })
    }

    /// The amount in a row, in thousandths of its unit.
    pub(super) fn read(&mut self, cells: &Cells<'_>) -> Result<Option<Quantity>, Refusal> {
        let Some(thousandths) = self.number.fixed(cells, 3)? else { return Ok(None) };
        if thousandths < 0 {
            return Err(self.number.bad(BadValue::Negative));
        }
        let thousandths = u64::try_from(thousandths).map_err(|_| self.number.bad(BadValue::TooLarge))?;
        Ok(self.unit.read(cells)?.map(|unit| Quantity::of_thousandths(thousandths, unit)))
    }
}

fn unit_of(word: &str) -> Result<Unit, BadValue> {
    UNITS.into_iter().find(|unit| unit.as_str().eq_ignore_ascii_case(word)).ok_or(BadValue::UnknownWord)
}
