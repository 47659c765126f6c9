//! The files of the workspace as they stand on the disk, read once per process. What must never
//! enter: a rule, and anything that version control ignores (`target`, hidden folders).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::lexer::Kind;
use crate::source::{Role, Source};

/// The root folder of the workspace.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        // cargo sets the variable for a test it starts; the compiled-in path serves a debugger.
        let tests = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        tests.parent().map(Path::to_path_buf).unwrap_or(tests)
    })
}

/// Every file whose name ends so, as (path from the root, text), sorted.
pub(crate) fn files(ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(root(), ending, &mut found);
    found.sort();
    found.into_iter().map(|path| (relative(&path), read(&path))).collect()
}

/// Every Rust file of the members, sorted by path.
pub(crate) fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut sources: Vec<Source> = files(".rs").iter().map(|(path, text)| Source::new(path, text)).collect();
        let tests: Vec<String> = sources.iter().flat_map(test_module_paths).collect();
        for source in &mut sources {
            if tests.iter().any(|path| source.path == format!("{path}.rs") || source.path.starts_with(&format!("{path}/"))) {
                source.role = Role::Proof;
            }
        }
        sources
    })
}

/// The text of one file, which must exist.
pub(crate) fn text(path: &str) -> String {
    read(&root().join(path))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("failed to read {}: {error}", path.display()))
}

fn relative(path: &Path) -> String {
    let tail = path.strip_prefix(root()).unwrap_or(path);
    tail.to_string_lossy().replace('\\', "/")
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("failed to list {}: {error}", folder.display()));
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, ending, found);
        } else if kind.is_file() && name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// Where the modules that a file declares for tests only live, without the ending.
fn test_module_paths(source: &Source) -> Vec<String> {
    let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let stem = file.trim_end_matches(".rs");
    let base = if ["lib", "main", "mod"].contains(&stem) { folder.to_owned() } else { format!("{folder}/{stem}") };
    source.test_modules.iter().map(|module| format!("{base}/{module}")).collect()
}

#[test]
fn modules_for_tests_are_found_beside_and_below_their_parent() {
    let paths = |path| test_module_paths(&Source::new(path, "#[cfg(test)]\nmod tests;\n"));
    assert_eq!(paths("crates/vocab/src/lib.rs"), ["crates/vocab/src/tests"]);
    assert_eq!(paths("crates/vocab/src/day.rs"), ["crates/vocab/src/day/tests"]);
}

#[test]
fn the_tree_is_read() {
    let paths: Vec<&str> = sources().iter().map(|source| source.path.as_str()).collect();
    assert!(paths.contains(&"crates/vocab/src/lib.rs") && paths.contains(&"tests/tests/tidy/main.rs"), "{paths:?}");
}

#[test]
fn the_scanner_keeps_its_bearings_in_every_file() {
    for source in sources() {
        let mut open = Vec::new();
        for token in source.code().into_iter().filter(|token| token.kind == Kind::Sign) {
            let opener = match token.text.as_str() {
                "(" | "[" | "{" => {
                    open.push(token.text.as_str());
                    continue;
                }
                ")" => "(",
                "]" => "[",
                "}" => "{",
                _ => continue,
            };
            assert_eq!(open.pop(), Some(opener), "{}:{}: a bracket without its partner", source.path, token.line);
        }
        assert!(open.is_empty(), "{}: brackets left open: {open:?}", source.path);
    }
}
