//! Where the functions of a file begin and end, found by counting brackets. Enough for lengths and
//! parameters. What must never enter: types, names in scope, anything that needs a compiler.

use crate::lexer::{Kind, Token};
use crate::source::closing;

/// One function with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Line of the word `fn`.
    pub(crate) line: usize,
    /// Parameters, `self` included.
    pub(crate) parameters: usize,
    /// Lines of code, signature and braces included; 0 for a declaration without a body.
    pub(crate) lines: usize,
}

/// The functions of a file, nested ones too, in order.
pub(crate) fn functions(code: &[&Token]) -> Vec<Function> {
    let named = |at: &usize| code[*at].is("fn") && code.get(at + 1).is_some_and(|token| token.kind == Kind::Word);
    (0..code.len()).filter(named).filter_map(|at| function(code, at)).collect()
}

fn function(code: &[&Token], at: usize) -> Option<Function> {
    let open = parameters_open(code, at + 2)?;
    let close = closing(code, open);
    let body = (close..code.len()).scan(0_i32, |depth, at| {
        let before = *depth;
        *depth += depth_change(code[at], &["(", "["], &[")", "]"]);
        Some((at, before))
    });
    let end = body.filter(|(_, depth)| *depth == -1 || *depth == 0).find_map(|(at, _)| match code[at] {
        token if token.is("{") => Some(Some(closing(code, at))),
        token if token.is(";") => Some(None),
        _ => None,
    })?;
    let lines = end.map_or(0, |end| lines_of_code(&code[at..=end]));
    let parameters = count_parameters(&code[open + 1..close]);
    Some(Function { name: code[at + 1].text.clone(), line: code[at].line, parameters, lines })
}

/// The parenthesis that opens the parameters, past the generics.
fn parameters_open(code: &[&Token], begin: usize) -> Option<usize> {
    let mut angles = 0_i32;
    for at in begin..code.len() {
        angles += angle_change(code, at);
        if angles == 0 && code[at].is("(") {
            return Some(at);
        }
    }
    None
}

fn count_parameters(inside: &[&Token]) -> usize {
    let (mut depth, mut count, mut pending) = (0_i32, 0, false);
    for at in 0..inside.len() {
        depth += angle_change(inside, at) + depth_change(inside[at], &["(", "[", "{"], &[")", "]", "}"]);
        if depth == 0 && inside[at].is(",") {
            count += 1;
            pending = false;
        } else {
            pending = true;
        }
    }
    count + usize::from(pending)
}

/// `<` opens and `>` closes, but the `>` of `->` and `=>` does not.
fn angle_change(code: &[&Token], at: usize) -> i32 {
    let arrow = at > 0 && (code[at - 1].is("-") || code[at - 1].is("="));
    depth_change(code[at], &["<"], if arrow { &[] } else { &[">"] })
}

fn depth_change(token: &Token, open: &[&str], close: &[&str]) -> i32 {
    let any = |signs: &[&str]| signs.iter().any(|sign| token.is(sign));
    i32::from(any(open)) - i32::from(any(close))
}

fn lines_of_code(code: &[&Token]) -> usize {
    let mut lines: Vec<usize> = code.iter().flat_map(|token| token.line..=token.last_line).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.len()
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {}\ntrait T { fn b(&self, x: Map<u8, u8>, f: impl Fn(u8, u8) -> u8) -> [u8; 3]; }\n\
                fn c<F: Fn(u8) -> u8>(f: F,\n    // why\n\n    g: (u8, u8),\n) -> Vec<u8>\nwhere F: Copy\n{\n    let d: fn(u8) = e;\n    \"}\n}\";\n}\n";
    let tokens = crate::lexer::tokens(text);
    let code: Vec<&Token> = tokens.iter().filter(|token| !token.is_comment()).collect();
    let seen: Vec<(String, usize, usize, usize)> =
        functions(&code).into_iter().map(|found| (found.name, found.line, found.parameters, found.lines)).collect();
    let want = [("a", 1, 0, 1), ("b", 2, 3, 0), ("c", 3, 2, 9)];
    assert_eq!(seen, want.map(|(name, line, parameters, lines)| (name.to_owned(), line, parameters, lines)));
}
