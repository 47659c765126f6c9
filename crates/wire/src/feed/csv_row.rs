//! Lines of comma-separated values: where a row ends, and its fields (RFC 4180, read as leniently as the csv crate does).
//!
//! Rows are cut out of the stream before their fields are read, because a refusal carries the bytes of its row and because
//! rows are mapped on other threads. Nothing here knows a header or a meaning. The csv crate is the oracle of its tests.

use std::borrow::Cow;

/// How a file writes its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// Parts the fields of a row.
    pub(super) delimiter: u8,
    /// Encloses a field that holds delimiters or line ends; none when quotes are ordinary letters.
    pub(super) quote: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl Dialect {
    fn next(self, state: State, byte: u8) -> State {
        let is_quote = self.quote == Some(byte);
        match state {
            State::Quoted if is_quote => State::QuoteInQuoted,
            State::Quoted => State::Quoted,
            State::FieldStart | State::QuoteInQuoted if is_quote => State::Quoted,
            State::FieldStart | State::Plain | State::QuoteInQuoted if byte == self.delimiter => State::FieldStart,
            State::FieldStart | State::Plain | State::QuoteInQuoted => State::Plain,
        }
    }

    /// Bytes of the row that begins here, without its line feed; nothing when no row ends in these bytes.
    pub(super) fn row_length(self, bytes: &[u8]) -> Option<usize> {
        let mut state = State::FieldStart;
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' && state != State::Quoted {
                return Some(at);
            }
            state = self.next(state, *byte);
        }
        None
    }

    /// Whether a quote that opens in these bytes does not close in them.
    pub(super) fn is_open(self, bytes: &[u8]) -> bool {
        bytes.iter().fold(State::FieldStart, |state, byte| self.next(state, *byte)) == State::Quoted
    }

    /// Hands each field of a row to `take`, with its place from 0, and returns how many there are.
    pub(super) fn fields<'a>(self, row: &'a str, mut take: impl FnMut(usize, Cow<'a, str>)) -> usize {
        let (mut place, mut rest) = (0, Some(row));
        while let Some(text) = rest {
            let (field, behind) = self.field(text);
            take(place, field);
            place += 1;
            rest = behind;
        }
        place
    }

    /// The first field, and what is behind its delimiter.
    fn field(self, text: &str) -> (Cow<'_, str>, Option<&str>) {
        let mut state = State::FieldStart;
        for (at, byte) in text.bytes().enumerate() {
            let next = self.next(state, byte);
            if next == State::FieldStart {
                // A delimiter is ASCII, so the text may be cut on both sides of it.
                return (self.unquoted(&text[..at]), text.get(at + 1..));
            }
            state = next;
        }
        (self.unquoted(text), None)
    }

    fn unquoted(self, field: &str) -> Cow<'_, str> {
        // Only a quote at its beginning encloses a field; any other is a letter of it.
        let Some(quote) = self.quote.filter(|quote| field.bytes().next() == Some(*quote)) else { return Cow::Borrowed(field) };
        let inner = field.get(1..field.len().saturating_sub(1)).filter(|_| field.bytes().last() == Some(quote));
        match inner {
            Some(inner) if !inner.bytes().any(|byte| byte == quote) => Cow::Borrowed(inner),
            Some(_) | None => Cow::Owned(self.unescaped(field)),
        }
    }

    /// Every quote that opens, closes or escapes is dropped; an escaped one and one inside a plain field stay.
    fn unescaped(self, field: &str) -> String {
        let (mut state, mut text) = (State::FieldStart, String::with_capacity(field.len()));
        for letter in field.chars() {
            let byte = u8::try_from(letter).ok().filter(u8::is_ascii);
            let next =
                byte.map_or_else(|| if state == State::Quoted { State::Quoted } else { State::Plain }, |byte| self.next(state, byte));
            let is_kept = match (state, next) {
                (State::FieldStart, State::Quoted) | (_, State::QuoteInQuoted) => false,
                (State::FieldStart | State::Plain | State::Quoted | State::QuoteInQuoted, _) => true,
            };
            if is_kept {
                text.push(letter);
            }
            state = next;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;
    use proptest::prelude::*;

    const COMMAS: Dialect = Dialect { delimiter: b',', quote: Some(b'"') };

    fn ours(dialect: Dialect, row: &str) -> Vec<String> {
        let mut fields = Vec::new();
        let count = dialect.fields(row, |place, field| {
            assert_eq!(place, fields.len());
            fields.push(field.into_owned());
        });
        assert_eq!(count, fields.len());
        fields
    }

    #[test]
    fn quotes_enclose_escape_or_are_letters() {
        let table: [(&str, &[&str]); 8] = [
            ("a,,b", &["a", "", "b"]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\"\"b\"", &["a\"b"]),
            ("a\"b,\"\"", &["a\"b", ""]),
            ("\"a\"x\"y,z", &["ax\"y", "z"]),
            ("\"a", &["a"]),
            (" \"a\"", &[" \"a\""]),
            ("é,\"é\"", &["é", "é"]),
        ];
        for (row, fields) in table {
            assert_eq!(ours(COMMAS, row), fields, "{row}");
        }
    }

    #[test]
    fn without_quotes_a_quote_is_a_letter() {
        assert_eq!(ours(Dialect { delimiter: b'\t', quote: None }, "\"a\tb\""), ["\"a", "b\""]);
    }

    #[test]
    fn a_row_ends_outside_of_quotes() {
        assert_eq!(COMMAS.row_length(b"a,\"b\nc\"\nd"), Some(7));
        assert_eq!(COMMAS.row_length(b"a,\"b\nc"), None);
        assert!(COMMAS.is_open(b"a,\"b\nc") && !COMMAS.is_open(b"a,\"b\""));
    }

    proptest! {
        #[test]
        fn any_row_has_the_fields_that_the_csv_crate_finds(row in "[a\",;é ]{1,20}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row.as_bytes());
            let theirs: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
            prop_assert_eq!(ours(COMMAS, &row), theirs);
        }
    }
}
