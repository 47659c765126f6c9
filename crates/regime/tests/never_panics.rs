//! Whatever the bytes are, compiling them ends: with a pack or with mistakes that point into the text.
//!
//! Random bytes, and shipped packs with random damage. Nothing is left to chance: a failure names its seed, and
//! `SLIPWATCH_SEED=…` runs that one alone. What must never enter: a clock or the system's randomness.

use regime::{Mistakes, compile, explain};
use std::{fs, panic, path::PathBuf};

const SEEDS: u64 = 1_000;

/// SplitMix64, Steele, Lea and Flood 2014.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or(0)
    }
}

/// Pieces that turn one valid thing into another, or into something at the edge of validity.
const PIECES: [&[u8]; 24] = [
    b"\"",
    b"'",
    b"\n",
    b"[",
    b"]",
    b"[[",
    b"]]",
    b"{",
    b"}",
    b"=",
    b".",
    b",",
    b"#",
    b"-",
    b"nan",
    b"inf",
    b"9223372036854775808",
    b"0x7f",
    b"2019-W53",
    b"9999-12-31",
    b"\xff",
    "\u{202e}\u{e9}".as_bytes(),
    b"\\u0000",
    b"a.b.c.d = {}\n",
];

fn packs() -> Vec<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let names = [
        "tests/mistakes/good.toml",
        "tests/mistakes/watch.toml",
        "../../deploy/regimes/ma-citations.toml",
        "../../deploy/regimes/policy/standard-1.toml",
    ];
    names.iter().map(|name| fs::read(root.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))).collect()
}

fn noise(chance: &mut Chance) -> Vec<u8> {
    let length = chance.below(200);
    (0..length)
        .flat_map(|_| if chance.below(3) == 0 { PIECES[chance.below(PIECES.len())].to_vec() } else { vec![chance.next() as u8] })
        .collect()
}

fn damaged(chance: &mut Chance, packs: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = packs[chance.below(packs.len())].clone();
    for _ in 0..=chance.below(4) {
        let from = chance.below(bytes.len());
        let to = (from + chance.below(30)).min(bytes.len());
        let put = match chance.below(3) {
            0 => Vec::new(),
            1 => PIECES[chance.below(PIECES.len())].to_vec(),
            _ => bytes[from..to].repeat(2),
        };
        bytes.splice(from..to, put);
    }
    bytes
}

/// Every mistake points to a line that exists and shows no control character.
fn examine(bytes: &[u8], mistakes: &Mistakes) {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(mistakes.total() >= mistakes.shown().len() && !mistakes.shown().is_empty());
    for mistake in mistakes.shown() {
        assert!(mistake.line >= 1 && mistake.line <= lines && mistake.column >= 1, "{mistake:?}");
        assert!(mistake.width >= 1 && mistake.indent < mistake.column, "{mistake:?}");
        assert!(!mistake.help.is_empty() && !mistake.problem.is_empty(), "{mistake:?}");
        assert!(mistake.to_string().lines().all(|line| !line.chars().any(char::is_control)), "{mistake:?}");
    }
}

fn run(seed: u64, packs: &[Vec<u8>]) {
    let mut chance = Chance(seed);
    let bytes = if seed.is_multiple_of(4) { noise(&mut chance) } else { damaged(&mut chance, packs) };
    match compile("x.toml", &bytes) {
        Ok(pack) => assert!(explain(&pack).to_string().contains(pack.regime.as_str())),
        Err(mistakes) => examine(&bytes, &mistakes),
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let packs = packs();
    let one = std::env::var("SLIPWATCH_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = one.map_or(0..SEEDS, |seed| seed..seed + 1);
    for seed in seeds {
        let outcome = panic::catch_unwind(|| run(seed, &packs));
        assert!(outcome.is_ok(), "SLIPWATCH_SEED={seed}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    for text in ["a.".repeat(100_000), "[".repeat(200_000), "x = [".repeat(50_000), "[a]\n".repeat(50_000), "a = 1\n".repeat(50_000)] {
        let mistakes = compile("x.toml", text.as_bytes()).unwrap_err();
        assert!(mistakes.total() >= 1 && mistakes.shown().len() <= 100);
    }
}

/// Every unknown neighbour asks for the nearest of all codes: a hostile list must not take minutes.
#[test]
fn a_long_list_with_unknown_neighbours_ends() {
    let list: String = (0..8_000).map(|n| format!("{{code=\"A{n}\",title=\"t\",neighbours=[\"B{n}\",\"C{n}\",\"D{n}\"]}},")).collect();
    let mistakes = compile("x.toml", format!("jurisdictions.list=[{list}]\n").as_bytes()).unwrap_err();
    assert_eq!(mistakes.total(), 24_000 + 6);
}
