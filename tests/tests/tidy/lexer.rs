//! Rust text cut into words, signs, literals and comments, so that no rule mistakes a word in a
//! string or a comment for code. It knows nested comments, raw strings, byte strings, characters and
//! lifetimes. What must never enter: grammar. Rules that need a bracket matched count brackets.

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier, a keyword, a number or a lifetime.
    Word,
    /// One character of punctuation.
    Sign,
    /// The inside of a string literal, escapes as written.
    Text,
    /// A character literal.
    Char,
    /// `//!` or `/*!`: documents the file it stands in.
    InnerDoc,
    /// `///` or `/**`: documents the item after it.
    OuterDoc,
    /// A comment for readers of the code.
    Comment,
}

/// One piece of Rust text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text; of strings and comments only the inside.
    pub(crate) text: String,
    /// Line on which it begins, from 1.
    pub(crate) line: usize,
    /// Line on which it ends.
    pub(crate) last_line: usize,
}

impl Token {
    /// Is this the word or sign `text`, as code?
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text == text
    }

    /// Is this prose that only people read?
    pub(crate) fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::InnerDoc | Kind::OuterDoc | Kind::Comment)
    }
}

/// Cuts Rust text into tokens; white space is dropped.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { letters: text.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    while reader.at < reader.letters.len() {
        reader.token();
    }
    reader.tokens
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.letters.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn step(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == '\n' {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn push(&mut self, kind: Kind, begin: usize, end: usize, line: usize) {
        let end = end.min(self.letters.len());
        let text = self.letters[begin.min(end)..end].iter().collect();
        self.tokens.push(Token { kind, text, line, last_line: self.line });
    }

    fn token(&mut self) {
        let letter = self.peek(0);
        match (letter, self.peek(1)) {
            _ if letter.is_whitespace() => self.step(1),
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('\'', _) => self.quote(),
            _ if self.raw_string_hashes().is_some() => self.raw_string(),
            ('b' | 'c', '"') => {
                self.step(1);
                self.string();
            }
            ('b', '\'') => {
                self.step(1);
                self.quote();
            }
            _ if is_word(letter) => self.word(),
            _ => {
                let (begin, line) = (self.at, self.line);
                self.step(1);
                self.push(Kind::Sign, begin, begin + 1, line);
            }
        }
    }

    fn word(&mut self) {
        let (begin, line) = (self.at, self.line);
        while is_word(self.peek(0)) {
            self.step(1);
        }
        self.push(Kind::Word, begin, self.at, line);
    }

    fn line_comment(&mut self) {
        let line = self.line;
        let (kind, marker) = match (self.peek(2), self.peek(3)) {
            ('!', _) => (Kind::InnerDoc, 3),
            ('/', '/') => (Kind::Comment, 2),
            ('/', _) => (Kind::OuterDoc, 3),
            _ => (Kind::Comment, 2),
        };
        self.step(marker);
        let begin = self.at;
        while self.at < self.letters.len() && self.peek(0) != '\n' {
            self.step(1);
        }
        self.push(kind, begin, self.at, line);
    }

    fn block_comment(&mut self) {
        let line = self.line;
        let kind = match (self.peek(2), self.peek(3)) {
            ('!', _) => Kind::InnerDoc,
            ('*', '*' | '/') => Kind::Comment,
            ('*', _) => Kind::OuterDoc,
            _ => Kind::Comment,
        };
        self.step(2);
        let begin = self.at;
        let mut depth = 1;
        while self.at < self.letters.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.step(1);
                    continue;
                }
            }
            self.step(2);
            if depth == 0 {
                break;
            }
        }
        self.push(kind, begin, self.at.saturating_sub(2), line);
    }

    fn string(&mut self) {
        let line = self.line;
        self.step(1);
        let begin = self.at;
        while self.at < self.letters.len() && self.peek(0) != '"' {
            let escaped = self.peek(0) == '\\';
            self.step(if escaped { 2 } else { 1 });
        }
        let end = self.at;
        self.step(1);
        self.push(Kind::Text, begin, end, line);
    }

    /// The number of hashes when a raw string begins here (`r"`, `br#"`, `cr##"`).
    fn raw_string_hashes(&self) -> Option<(usize, usize)> {
        let prefix = match (self.peek(0), self.peek(1)) {
            ('r', _) => 1,
            ('b' | 'c', 'r') => 2,
            _ => return None,
        };
        let mut hashes = 0;
        while self.peek(prefix + hashes) == '#' {
            hashes += 1;
        }
        (self.peek(prefix + hashes) == '"').then_some((prefix, hashes))
    }

    fn raw_string(&mut self) {
        let Some((prefix, hashes)) = self.raw_string_hashes() else {
            return;
        };
        let line = self.line;
        self.step(prefix + hashes + 1);
        let begin = self.at;
        let closes = |reader: &Self| (0..=hashes).all(|n| reader.peek(n) == if n == 0 { '"' } else { '#' });
        while self.at < self.letters.len() && !closes(self) {
            self.step(1);
        }
        let end = self.at;
        self.step(hashes + 1);
        self.push(Kind::Text, begin, end, line);
    }

    /// A quote opens a character (`'a'`, `'\n'`) or a lifetime (`'a`).
    fn quote(&mut self) {
        let (begin, line) = (self.at, self.line);
        let lifetime = self.peek(1) != '\\' && self.peek(2) != '\'';
        self.step(1);
        if lifetime {
            while is_word(self.peek(0)) {
                self.step(1);
            }
            self.push(Kind::Word, begin, self.at, line);
            return;
        }
        while self.at < self.letters.len() && self.peek(0) != '\'' {
            let escaped = self.peek(0) == '\\';
            self.step(if escaped { 2 } else { 1 });
        }
        self.step(1);
        // The quote itself as a character: `'''` is not Rust, `'\''` is, and was stepped over above.
        self.push(Kind::Char, begin, self.at, line);
    }
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

#[test]
fn the_lexer_sees_through_strings_characters_and_comments() {
    let text = "let a = \"fn \\\" x\"; // std::\nlet b = r#\"a \" b\"#; /* a /* b */ c */ 'x' '\\'' &'a str b\"q\"\n//! inner\n/// outer\n//// plain\n";
    let seen: Vec<(Kind, String)> =
        tokens(text).into_iter().filter(|token| token.kind != Kind::Sign).map(|token| (token.kind, token.text)).collect();
    let want = [
        (Kind::Word, "let"),
        (Kind::Word, "a"),
        (Kind::Text, "fn \\\" x"),
        (Kind::Comment, " std::"),
        (Kind::Word, "let"),
        (Kind::Word, "b"),
        (Kind::Text, "a \" b"),
        (Kind::Comment, " a /* b */ c "),
        (Kind::Char, "'x'"),
        (Kind::Char, "'\\''"),
        (Kind::Word, "'a"),
        (Kind::Word, "str"),
        (Kind::Text, "q"),
        (Kind::InnerDoc, " inner"),
        (Kind::OuterDoc, " outer"),
        (Kind::Comment, "// plain"),
    ];
    assert_eq!(seen, want.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn the_lexer_counts_lines_inside_long_tokens() {
    let lines: Vec<(usize, usize)> = tokens("a\n\"x\ny\"\n/* p\nq */ b").iter().map(|token| (token.line, token.last_line)).collect();
    assert_eq!(lines, [(1, 1), (2, 3), (4, 5), (5, 5)]);
}
