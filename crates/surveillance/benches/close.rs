//! How fast a week closes: a group of twelve series with full windows, quiet, with a condition firing on each, and quiet after ten
//! times the history, which must cost the same.
//!
//! The figure is series-weeks per second of one core, with power, nowcast, pool and all bookkeeping; adding the counts is not in it. The counts come from a fixed
//! generator, so two runs do the same work.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use surveillance::{Cell, Feed, Group, Role, SeriesWeek, Settings, Stream};

const SERIES: usize = 12;

/// Counts of a week: about nine inspections of sixty units of traffic, a sixth of both reported in the week after.
struct Source {
    state: u64,
}

impl Source {
    fn below(&mut self, bound: u64) -> i64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) % bound) as i64
    }

    fn report(&mut self, group: &mut Group, effort: u64) {
        let week = group.open_week();
        for series in 0..SERIES {
            for (feed, most) in [(Feed::Inspections, effort), (Feed::Interdictions, 4), (Feed::Traffic, 100)] {
                let mut add = |week, count| group.add(Cell { series, feed, week, known_week: group.open_week() }, count);
                add(week, self.below(most) + most as i64 / 10).expect("the open week is not ahead");
                add(week - 1, self.below(most) / 5).expect("a kept week");
            }
        }
    }
}

/// A group after so many weeks, the last `fallen` of them at a third of the effort.
fn seasoned((weeks, fallen): (i64, i64), said: &mut Vec<SeriesWeek>) -> (Group, Source) {
    let (mut group, mut source) = (Group::new(), Source { state: 7 });
    for at in 0..SERIES {
        group.join(at, 0, Role::Measure);
    }
    while group.open_week() < weeks {
        let effort = if group.open_week() >= weeks - fallen { 5 } else { 15 };
        source.report(&mut group, effort);
        said.clear();
        group.close(&Settings::default(), [1.0; 2], said).expect("counts that can be");
    }
    (group, source)
}

fn close(criterion: &mut Criterion) {
    let settings = Settings::default();
    let mut said = Vec::new();
    let mut bench = criterion.benchmark_group("close");
    bench.throughput(Throughput::Elements(SERIES as u64));
    for (name, weeks, fallen, effort) in [("quiet", 156, 0, 15), ("firing", 156, 12, 5), ("quiet at week 1,560", 1_560, 0, 15)] {
        let (group, mut source) = seasoned((weeks, fallen), &mut said);
        assert_eq!(
            said.iter().filter(|said| said.stream(Stream::Effort).phase.condition().is_some()).count(),
            if fallen > 0 { SERIES } else { 0 }
        );
        bench.bench_function(name, |bencher| {
            // Each close starts from the same week: one group that goes on would be thousands of weeks old by the end.
            let fresh = || {
                let mut group = group.clone();
                source.report(&mut group, effort);
                group
            };
            bencher.iter_batched_ref(
                fresh,
                |group| {
                    said.clear();
                    group.close(&settings, [1.0; 2], &mut said).expect("counts that can be")
                },
                BatchSize::SmallInput,
            );
        });
    }
    bench.finish();
}

criterion_group!(benches, close);
criterion_main!(benches);
