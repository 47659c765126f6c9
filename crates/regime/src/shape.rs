//! The pattern of jurisdiction codes: literal characters, classes such as `[A-Z0-9]`, and `{n}` after either.
//!
//! It compiles to a shape of fixed length, so that matching is a walk over characters and every code it admits can be a key.
//! What must never enter: a regular-expression engine, alternatives, open lengths.

use std::ops::Range;

/// Longest code a pattern may admit, in characters: at four bytes each it still is a name.
const PLACES_MAX: usize = 64;
/// Characters that keys are joined with: a code that held one could be taken for two.
const JOINTS: [char; 2] = ['/', '#'];

/// For each character of a code the ranges it may lie in.
pub(crate) type Shape = Vec<Vec<(char, char)>>;

/// Why a text is no pattern.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadPattern {
    /// Where in the pattern, in bytes.
    pub(crate) span: Range<usize>,
    /// What is wrong.
    pub(crate) problem: String,
    /// What would be right.
    pub(crate) help: &'static str,
}

/// Compiles a pattern.
pub(crate) fn shape(pattern: &str) -> Result<Shape, BadPattern> {
    let mut reader = Reader { pattern, at: 0, shape: Shape::new(), repeatable: false };
    while let Some(letter) = reader.peek() {
        match letter {
            '[' => reader.class()?,
            '{' => reader.repetition()?,
            letter => reader.literal(letter)?,
        }
    }
    if reader.shape.is_empty() {
        return Err(reader.bad(0, "it is empty", "write [A-Z]{2} for two capital letters"));
    }
    Ok(reader.shape)
}

struct Reader<'p> {
    pattern: &'p str,
    /// Bytes read.
    at: usize,
    shape: Shape,
    /// Whether the last thing read may be repeated.
    repeatable: bool,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.pattern[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bad(&self, from: usize, problem: impl Into<String>, help: &'static str) -> BadPattern {
        let span = from..self.at;
        let problem = problem.into();
        BadPattern { span, problem, help }
    }

    /// The inside of a bracket that opens here, and where it opened.
    fn bracket(&mut self, close: char, help: &'static str) -> Result<(usize, String), BadPattern> {
        let from = self.at;
        let Some(length) = self.rest().find(close) else {
            self.at = self.pattern.len();
            return Err(self.bad(from, format!("it has no closing `{close}`"), help));
        };
        let inside = self.rest()[1..length].to_owned();
        self.at += length + 1;
        Ok((from, inside))
    }

    fn push(&mut self, from: usize, ranges: &[(char, char)], times: usize) -> Result<(), BadPattern> {
        if self.shape.len() + times > PLACES_MAX {
            let help = "a code has at most 64 characters";
            return Err(self.bad(from, "it is longer than a code may be", help));
        }
        self.shape.extend(std::iter::repeat_n(ranges.to_vec(), times));
        Ok(())
    }

    fn literal(&mut self, letter: char) -> Result<(), BadPattern> {
        let from = self.at;
        self.at += letter.len_utf8();
        if let Some(help) = foreign(letter) {
            return Err(self.bad(from, format!("`{letter}` has no meaning here"), help));
        }
        self.admissible(from, (letter, letter))?;
        self.repeatable = true;
        self.push(from, &[(letter, letter)], 1)
    }

    fn class(&mut self) -> Result<(), BadPattern> {
        let (from, inside) = self.bracket(']', "close the class, as in [A-Z]")?;
        let letters: Vec<char> = inside.chars().collect();
        let mut ranges = Vec::new();
        let mut rest = letters.as_slice();
        loop {
            let (range, after) = match rest {
                [] => break,
                ['^', ..] if ranges.is_empty() => {
                    let help = "name what is admitted, as in [A-Z0-9]";
                    return Err(self.bad(from, "a class cannot say what is not admitted", help));
                }
                ['\\', ..] => {
                    let help = "a class holds characters and ranges: write [0-9] for a digit";
                    return Err(self.bad(from, "`\\` has no meaning in a class", help));
                }
                [low, '-', high, after @ ..] => ((*low, *high), after),
                [letter, after @ ..] => ((*letter, *letter), after),
            };
            self.admissible(from, range)?;
            ranges.push(range);
            rest = after;
        }
        if ranges.is_empty() {
            let help = "name what is admitted, as in [A-Z0-9]";
            return Err(self.bad(from, "the class is empty: no code can match", help));
        }
        self.repeatable = true;
        self.push(from, &ranges, 1)
    }

    fn repetition(&mut self) -> Result<(), BadPattern> {
        let help = "write how often as one number, as in [0-9]{3}: codes of a pattern have one length";
        let (from, inside) = self.bracket('}', help)?;
        let digits = inside.bytes().all(|byte| byte.is_ascii_digit());
        let times = inside.parse::<usize>().ok().filter(|_| digits);
        let Some(times) = times else {
            return Err(self.bad(from, format!("`{{{inside}}}` is no repetition"), help));
        };
        if !std::mem::take(&mut self.repeatable) {
            let help = "put it after a character or a class, as in [0-9]{3}";
            return Err(self.bad(from, "there is nothing to repeat", help));
        }
        match (times, self.shape.last().cloned()) {
            (0, _) | (_, None) => {
                let help = "repeat at least once, or leave the part out";
                Err(self.bad(from, "it repeats nothing at all", help))
            }
            (times, Some(ranges)) => self.push(from, &ranges, times - 1),
        }
    }

    /// Whether codes may hold these characters.
    fn admissible(&self, from: usize, (low, high): (char, char)) -> Result<(), BadPattern> {
        let holds = |letter: char| low <= letter && letter <= high;
        if low > high {
            let problem = format!("the range {low}-{high} runs backwards: no code can match");
            return Err(self.bad(from, problem, "write the lower character first, as in [A-Z]"));
        }
        if let Some(joint) = JOINTS.into_iter().find(|joint| holds(*joint)) {
            let help = "leave it out: keys are joined with `/` and `#`";
            return Err(self.bad(from, format!("a code cannot hold `{joint}`"), help));
        }
        let blank = |letter: char| letter.is_whitespace() || letter.is_control();
        if blank(low) || blank(high) || holds(' ') {
            let help = "codes hold no spaces and no control characters";
            return Err(self.bad(from, "no code can match a blank", help));
        }
        Ok(())
    }
}

/// What to write instead of a sign of regular expressions.
fn foreign(letter: char) -> Option<&'static str> {
    match letter {
        '.' => Some("name the characters, as in [A-Z0-9]"),
        '*' | '+' | '?' => Some("codes of a pattern have one length: write {n}, as in [0-9]{3}"),
        '^' | '$' => Some("a pattern always covers the whole code: leave it out"),
        '|' | '(' | ')' => Some("there are no alternatives: use a class, or list the codes"),
        '\\' => Some("write a class, as in [0-9] for a digit"),
        ']' | '}' => Some("it closes nothing: open it with `[` or `{`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocab::pack::has_shape;

    #[test]
    fn a_pattern_admits_codes_of_its_shape() {
        for (pattern, yes, no) in [
            ("J[0-9]{3}", "J042", "J42"),
            ("[A-Z]{2}", "KR", "Kr"),
            ("[A-Y][ACEGIKMO]", "YO", "ZO"),
            ("US-[A-Z]{2}", "US-MA", "US MA"),
            ("[-A-C_]{2}", "-B", "DD"),
            ("é{2}", "éé", "e"),
        ] {
            let shape = shape(pattern).unwrap();
            assert!(has_shape(yes, &shape), "{pattern} {yes}");
            assert!(!has_shape(no, &shape), "{pattern} {no}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_where_and_why() {
        for (pattern, span, problem) in [
            ("", 0..0, "it is empty"),
            ("J[0-9", 1..5, "it has no closing `]`"),
            ("J[]", 1..3, "the class is empty: no code can match"),
            ("J[9-0]", 1..6, "the range 9-0 runs backwards: no code can match"),
            ("J[^A]", 1..5, "a class cannot say what is not admitted"),
            ("J[\\d]", 1..5, "`\\` has no meaning in a class"),
            ("J\\d", 1..2, "`\\` has no meaning here"),
            ("J.", 1..2, "`.` has no meaning here"),
            ("J[0-9]+", 6..7, "`+` has no meaning here"),
            ("J{2,3}", 1..6, "`{2,3}` is no repetition"),
            ("J{+2}", 1..5, "`{+2}` is no repetition"),
            ("J{0}", 1..4, "it repeats nothing at all"),
            ("J{2}{2}", 4..7, "there is nothing to repeat"),
            ("{2}", 0..3, "there is nothing to repeat"),
            ("J{65}", 1..5, "it is longer than a code may be"),
            ("J{18446744073709551616}", 1..23, "`{18446744073709551616}` is no repetition"),
            ("J K", 1..2, "no code can match a blank"),
            ("J/", 1..2, "a code cannot hold `/`"),
            ("[!-~]", 0..5, "a code cannot hold `/`"),
        ] {
            let bad = shape(pattern).unwrap_err();
            assert_eq!((bad.span, bad.problem.as_str()), (span, problem), "{pattern}");
        }
    }
}
