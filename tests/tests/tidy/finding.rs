//! What a rule found, and the one way a test ends. A finding names file, line and rule, because the
//! reader of a red build has nothing else. What must never enter: a severity. A rule holds or not.

/// One breach of one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Path from the root of the workspace.
    pub(crate) path: String,
    /// Line from 1; 0 where the whole file is meant.
    pub(crate) line: usize,
    /// The rule in a sentence, as a reader should obey it.
    pub(crate) rule: &'static str,
    /// What stands there instead.
    pub(crate) found: String,
}

impl Finding {
    /// A breach of `rule` in `path` at `line`.
    pub(crate) fn new(path: &str, line: usize, rule: &'static str, found: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, found: found.into() }
    }
}

/// Ends a test: passes when nothing was found, else lists every finding.
pub(crate) fn report(mut findings: Vec<Finding>) {
    findings.sort();
    findings.dedup();
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| {
            let Finding { path, line, rule, found } = finding;
            format!("  {path}:{line}: {rule}; found: {found}")
        })
        .collect();
    assert!(lines.is_empty(), "{} breach(es) of the architecture:\n{}", lines.len(), lines.join("\n"));
}

/// Shows that a rule is able to fail: `findings` must name exactly these lines.
pub(crate) fn expect_lines(findings: &[Finding], lines: &[usize]) {
    let mut found: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, lines, "{findings:#?}");
}
