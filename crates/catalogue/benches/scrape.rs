//! What a scrape costs: rendering the regimes when they have changed, and handing them out when they have not.
//!
//! Plain clock: `cargo bench -p catalogue`. 5,000 series with every figure is the most a console shows one by one; a million is what
//! it must survive. Must never enter: a bar that fails a build, because machines differ.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at the line that says why")]

#[path = "../tests/made/mod.rs"]
mod made;

use catalogue::{
    closed::Service,
    declared::SERIES_MAX,
    exposition::{Exposition, Wanted},
    process::Process,
    regime::Known,
};
use made::{assessment, series};
use std::{io::Write, time::Instant};
use vocab::assessment::{Assessment, Verdict};

fn regime(series_count: usize) -> Vec<Assessment> {
    (0..series_count).map(|number| assessment(&format!("J{number:07}"), vec![series("coal", Verdict::Normal)])).collect()
}

fn main() {
    for series_count in [SERIES_MAX, 1_000_000] {
        let all = regime(series_count);
        let began = Instant::now();
        let families = Known::new(&all, []).families();
        say(&format!("{series_count} series: {} samples gathered", families.samples()), began);
        for (form, wanted) in [("text", Wanted::TEXT), ("gzip", Wanted::of("", "gzip"))] {
            let began = Instant::now();
            let part = families.part(wanted);
            say(&format!("  rendered as {form}"), began);
            let process = Process::new(Service::Console, "0.0.0", "bench");
            let began = Instant::now();
            let own = process.families().telling_of(families.overflows()).overflowing().part(wanted);
            let exposition = Exposition::of(wanted, &[own, part.clone()]);
            say(&format!("  a scrape that finds it rendered, {} bytes", exposition.body.len()), began);
        }
    }
}

fn say(what: &str, began: Instant) {
    let mut out = std::io::stdout();
    writeln!(out, "{what}: {:.2} ms", began.elapsed().as_secs_f64() * 1e3).unwrap();
}
