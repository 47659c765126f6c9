//! The tools of Prometheus: where they are, how they are run, and what is said when they are missing.
//!
//! What must never enter: a check that passes because nobody looked.

use std::io::Write;
use std::process::{Child, Command, Stdio};

/// A tool by its name; none where it is not installed, which is said aloud and is a failure under `CI=true`.
pub(crate) fn find(tool: &str, what: &str) -> Option<std::path::PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(tool)).find(|path| path.is_file());
    if found.is_none() {
        let said = format!("SKIPPED: {what}, because {tool} is not installed (Debian: apt-get install prometheus)");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{said}");
        let _nobody_listens = writeln!(std::io::stderr(), "\n{said}\n");
    }
    found
}

/// What a tool says of its arguments and what it is handed; it has to be content.
pub(crate) fn content(tool: &std::path::Path, arguments: &[&str], input: &[u8]) -> String {
    let folder = crate::site::deploy().join("prometheus");
    let mut child = Command::new(tool)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("an installed tool starts");
    // A tool that takes no input closes it: that is no failure.
    let _closed = child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let done = child.wait_with_output().expect("a tool that has started ends");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{} {}: {said}", tool.display(), arguments.join(" "));
    said
}

/// A process that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}
