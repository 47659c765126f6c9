//! Kills at drawn moments, on a machine of any speed and under any load.
//!
//! How long a program takes depends on the machine and on what else it does. So the span from which moments are drawn follows what
//! became of the kills before: shorter after one that came too late, longer after one that came too early. A proof asks for kills that
//! met what they were to meet, never for a time. What must never enter: a moment that is chosen because it works, a time that has to be
//! long enough.

use crate::support::Chance;
use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus},
    sync::mpsc::channel,
    time::Duration,
};

/// Moments a proof may draw before it says that its kills meet nothing.
const DRAWN_MAX: u32 = 3_000;
/// No span is shorter: a program that has just been started has not ended yet.
const SPAN_MIN: Duration = Duration::from_micros(200);
/// No span is longer: by then the slowest machine has begun what is to be disturbed.
const SPAN_MAX: Duration = Duration::from_secs(20);

/// Moments, from a seed.
pub(crate) struct Moments {
    chance: Chance,
    span: Duration,
    drawn: u32,
}

impl Moments {
    /// The first ones lie within a span, which need not fit.
    pub(crate) fn new(seed: u64, span: Duration) -> Self {
        Self { chance: Chance::new(seed), span, drawn: 0 }
    }

    /// The next moment.
    #[track_caller]
    pub(crate) fn draw(&mut self) -> Duration {
        self.drawn += 1;
        assert!(
            self.drawn <= DRAWN_MAX,
            "{DRAWN_MAX} kills, the last within {:?}, and too few met what they were to meet: does it still happen?",
            self.span
        );
        Duration::from_micros(self.chance.below(u64::try_from(self.span.as_micros()).unwrap_or(u64::MAX)))
    }

    /// The last one came too late.
    pub(crate) fn sooner(&mut self) {
        self.span = (self.span * 5 / 8).max(SPAN_MIN);
    }

    /// The last one came in time, or too early.
    pub(crate) fn later(&mut self) {
        self.span = (self.span * 5 / 4).min(SPAN_MAX);
    }

    /// Kills a program that ends by itself; whether it was still running. One kill in three comes too late, in the long run.
    #[track_caller]
    pub(crate) fn kill(&mut self, child: Child) -> bool {
        let ended = kill_after(child, self.draw());
        match ended {
            None => self.later(),
            Some(status) => {
                assert!(status.success(), "the program did not end in order: {status}");
                self.sooner();
            }
        }
        ended.is_none()
    }
}

/// Kills a program after a while; how it had ended, if it was no longer running.
pub(crate) fn kill_after(mut child: Child, wait: Duration) -> Option<ExitStatus> {
    std::thread::sleep(wait);
    child.kill().expect("a child that has not been waited for can be killed");
    let status = child.wait().expect("a child can be waited for");
    if status.signal() == Some(9) {
        return None;
    }
    let mut said = String::new();
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_string(&mut said).expect("what is said is UTF-8");
    }
    assert!(status.code().is_some_and(|code| code != 101), "{status}: {said}");
    Some(status)
}

/// Waits until a live log says that it watches: from then on it holds its file. What it says of that.
pub(crate) fn watches(child: &mut Child) -> String {
    let stderr = child.stderr.take().expect("what is said is a pipe");
    let (sender, said) = channel();
    std::thread::spawn(move || {
        // Read on to the end, so that the program never waits for a reader.
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _nobody_waits_any_more = sender.send(line);
        }
    });
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.contains("watching")) {
        let line = said.recv_timeout(crate::support::HANGS_AFTER);
        lines.push(line.unwrap_or_else(|_| panic!("the program never watches, it says: {}", lines.join("\n"))));
    }
    lines.pop().unwrap_or_default()
}
