//! A call of the client that hangs ends the process: nothing else can.
//!
//! The hook is called in a process of its own, which is this test once more. Must never enter: a broker, a call that really hangs.

use std::process::Command;
use std::time::Duration;

/// Set in the process that is to end.
const MARK: &str = "SLIPWATCH_TEST_STALLS";

#[test]
fn a_call_that_hangs_ends_the_process_with_75() {
    if std::env::var_os(MARK).is_some() {
        service_kit::broker::end_on_stall()("commit_transaction", Duration::from_secs(15));
        return;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", "a_call_that_hangs_ends_the_process_with_75"]).env(MARK, "1").output().unwrap();
    assert_eq!(output.status.code(), Some(75), "{}", String::from_utf8_lossy(&output.stdout));
}
