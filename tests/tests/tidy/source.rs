//! One Rust file: its tokens, and which of them only tests see. The rules ask for the shipped code,
//! because a test may use a clock, a hash map and `unwrap`. What must never enter: a rule.

use crate::lexer::{Kind, Token, tokens};

/// Whether a file reaches users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Compiled into a library or the binary.
    Shipped,
    /// A test, a bench or an example.
    Proof,
}

/// One file of Rust.
pub(crate) struct Source {
    /// Path from the root of the workspace, with `/`.
    pub(crate) path: String,
    /// Folder of its crate: `vocab`, `slipwatch`, `tests`.
    pub(crate) room: String,
    /// Whether it reaches users.
    pub(crate) role: Role,
    /// Lines of the file.
    pub(crate) lines: usize,
    /// Everything but white space.
    pub(crate) tokens: Vec<Token>,
    /// For each token: is it inside an item under `#[cfg(test)]`?
    for_tests: Vec<bool>,
    /// Names of the modules declared as `#[cfg(test)] mod name;`.
    pub(crate) test_modules: Vec<String>,
}

impl Source {
    /// Reads the text of the file at `path`.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let (for_tests, test_modules) = mark_tests(&tokens);
        let mut parts = path.split('/');
        let room = match (parts.next(), parts.next()) {
            (Some("crates" | "services"), Some(folder)) => folder,
            (Some(folder), _) => folder,
            (None, _) => "",
        };
        let proof = ["/tests/", "/benches/", "/examples/"].iter().any(|folder| path.contains(folder));
        let role = if proof { Role::Proof } else { Role::Shipped };
        let lines = text.lines().count();
        Self { path: path.to_owned(), room: room.to_owned(), role, lines, tokens, for_tests, test_modules }
    }

    /// Code without comments and without what only tests see. Empty for a test file.
    pub(crate) fn shipped(&self) -> Vec<&Token> {
        self.shipped_with_comments().into_iter().filter(|token| !token.is_comment()).collect()
    }

    /// As [`Source::shipped`], with comments and docs.
    pub(crate) fn shipped_with_comments(&self) -> Vec<&Token> {
        if self.role == Role::Proof {
            return Vec::new();
        }
        self.tokens.iter().zip(&self.for_tests).filter(|(_, test)| !**test).map(|(token, _)| token).collect()
    }

    /// All code without comments, tests included.
    pub(crate) fn code(&self) -> Vec<&Token> {
        self.tokens.iter().filter(|token| !token.is_comment()).collect()
    }

    /// Lines that are not inside test items. A blank line between two lines of tests belongs to them.
    pub(crate) fn shipped_lines(&self) -> usize {
        let all = self.lines_of(&vec![true; self.tokens.len()]);
        let tests = self.lines_of(&self.for_tests);
        let (mut count, mut blank, mut inside) = (self.lines, 0, false);
        for line in 1..=self.lines {
            if tests[line] {
                count -= 1 + if inside { blank } else { 0 };
            }
            if all[line] {
                (inside, blank) = (tests[line], 0);
            } else {
                blank += 1;
            }
        }
        count
    }

    /// For each line from 1: does a chosen token stand on it?
    fn lines_of(&self, chosen: &[bool]) -> Vec<bool> {
        let mut lines = vec![false; self.lines + 2];
        for (token, _) in self.tokens.iter().zip(chosen).filter(|(_, chosen)| **chosen) {
            lines[token.line..=token.last_line].fill(true);
        }
        lines
    }
}

/// The index of the bracket that closes the one at `open`.
pub(crate) fn closing(code: &[&Token], open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, token) in code.iter().enumerate().skip(open) {
        if token.kind == Kind::Sign {
            match token.text.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at;
            }
        }
    }
    code.len() - 1
}

/// Does the code at `at` read as these words and signs?
pub(crate) fn reads(code: &[&Token], at: usize, pattern: &[&str]) -> bool {
    code.len() >= at + pattern.len() && pattern.iter().zip(&code[at..]).all(|(want, token)| token.is(want))
}

fn mark_tests(tokens: &[Token]) -> (Vec<bool>, Vec<String>) {
    let places: Vec<usize> = (0..tokens.len()).filter(|&at| !tokens[at].is_comment()).collect();
    let code: Vec<&Token> = places.iter().map(|&at| &tokens[at]).collect();
    let (mut marks, mut modules) = (vec![false; tokens.len()], Vec::new());
    let mut at = 0;
    while at < code.len() {
        if reads(&code, at, &["#", "!", "["]) && is_cfg_test(&code, at + 2) {
            return (vec![true; tokens.len()], modules);
        }
        if !(reads(&code, at, &["#", "["]) && is_cfg_test(&code, at + 1)) {
            at += 1;
            continue;
        }
        let item = after_attributes(&code, at);
        let end = item_end(&code, item);
        modules.extend(module_name(&code[item..=end]));
        marks[places[at]..=places[end]].fill(true);
        at = end + 1;
    }
    (marks, modules)
}

/// `#[cfg(test)]` and `#[cfg(all(test, ..))]`; not `any(test, ..)`, which also ships.
fn is_cfg_test(code: &[&Token], bracket: usize) -> bool {
    if !reads(code, bracket, &["[", "cfg", "("]) {
        return false;
    }
    let inside = &code[bracket..closing(code, bracket)];
    let has = |word: &str| inside.iter().any(|token| token.is(word));
    has("test") && !has("any") && !has("not")
}

fn after_attributes(code: &[&Token], mut at: usize) -> usize {
    while reads(code, at, &["#", "["]) {
        at = closing(code, at + 1) + 1;
    }
    at.min(code.len() - 1)
}

/// An item ends with its block or its semicolon; a field, arm or argument with its comma.
fn item_end(code: &[&Token], item: usize) -> usize {
    const ITEMS: [&str; 12] = ["fn", "pub", "impl", "struct", "enum", "mod", "use", "const", "static", "type", "trait", "extern"];
    let comma_ends = !ITEMS.iter().any(|word| code[item].is(word));
    let mut at = item;
    while at < code.len() {
        match code[at].text.as_str() {
            _ if code[at].kind != Kind::Sign => {}
            "{" => return closing(code, at),
            "(" | "[" => at = closing(code, at),
            ";" => return at,
            "," if comma_ends => return at,
            ")" | "]" | "}" => return at - 1,
            _ => {}
        }
        at += 1;
    }
    code.len() - 1
}

fn module_name(item: &[&Token]) -> Option<String> {
    let at = item.iter().position(|token| token.is("mod"))?;
    (at <= 4 && item.get(at + 2)?.is(";")).then(|| item[at + 1].text.clone())
}

#[test]
fn test_items_are_told_from_shipped_code() {
    let text = "fn a() {}\n#[cfg(test)]\nextern crate std;\n#[cfg(test)]\n#[derive(Debug)]\nmod tests {\n\n    fn b() { \"}\" }\n}\n\
                #[cfg(any(test, feature = \"x\"))]\nfn c() {}\n#[cfg(test)]\nmod far;\nstruct S {\n    #[cfg(test)]\n    hidden: u8,\n    seen: u8,\n}\n";
    let source = Source::new("crates/vocab/src/lib.rs", text);
    let words: Vec<&str> = source.shipped().iter().filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str()).collect();
    assert_eq!(words, ["fn", "a", "cfg", "any", "test", "feature", "fn", "c", "struct", "S", "seen", "u8"]);
    assert_eq!(source.test_modules, ["far"]);
    assert_eq!(source.shipped_lines(), 6);
    assert_eq!((source.room.as_str(), source.role), ("vocab", Role::Shipped));
    assert_eq!(Source::new("crates/vocab/tests/a.rs", text).role, Role::Proof);
    assert!(Source::new("crates/vocab/src/t.rs", "#![cfg(test)]\nfn a() {}").shipped().is_empty());
}
