//! The modes a series can be judged in, what operators do, and who shares what: one small steady world, changed in one respect.
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up must fail the test")]

use surveillance::{
    Adoption, Cause, Cell, Feed, Gap, Group, Held, Life, NO_EVIDENCE, Phase, Pooling, ReferenceWindow, Reports, Role, SeriesWeek, Settings,
    Sight, Standing, Stream, StreamWeek, Traffic, Turn,
};

/// Inspections and traffic of one series in a week.
type Counts = (i64, i64);

/// A group of measures, all with the same counts, run from week 0.
struct World {
    group: Group,
    settings: Settings,
    sharing: [f64; 2],
    said: Vec<SeriesWeek>,
    silences: Vec<i64>,
}

impl World {
    fn of(series: usize, settings: Settings) -> Self {
        let mut group = Group::new();
        for at in 0..series {
            group.join(at, 0, Role::Measure);
        }
        Self { group, settings, sharing: [1.0; 2], said: Vec::new(), silences: Vec::new() }
    }

    fn add(&mut self, series: usize, feed: Feed, count: i64) {
        let week = self.group.open_week();
        self.group.add(Cell { series, feed, week, known_week: week }, count).unwrap();
    }

    fn close(&mut self) {
        let close = self.group.close(&self.settings, self.sharing, &mut self.said).unwrap();
        if close.silent.any() {
            self.silences.push(close.week);
        }
    }

    /// Closes weeks until `until` is open, with the counts that `counts` gives for each.
    fn run(&mut self, until: i64, counts: impl Fn(i64) -> Counts) {
        while self.group.open_week() < until {
            let (inspections, traffic) = counts(self.group.open_week());
            for series in 0..self.group.series_count() {
                self.add(series, Feed::Inspections, inspections);
                self.add(series, Feed::Traffic, traffic);
            }
            self.close();
        }
    }

    fn of_series(&self, series: usize) -> Vec<&SeriesWeek> {
        self.said.iter().filter(|said| said.series == series).collect()
    }

    fn last(&self) -> &SeriesWeek {
        self.said.last().unwrap()
    }

    fn first_where(&self, holds: impl Fn(&SeriesWeek) -> bool) -> Option<i64> {
        self.said.iter().find(|said| holds(said)).map(|said| said.week)
    }
}

/// About 20 inspections of 100, with a little noise.
fn steady(week: i64) -> Counts {
    (18 + (week * 7) % 5, 98 + (week * 3) % 5)
}

fn fallen_from(onset: i64) -> impl Fn(i64) -> Counts {
    move |week| if week < onset { steady(week) } else { (steady(week).0 / 2, steady(week).1) }
}

fn effort(said: &SeriesWeek) -> &StreamWeek {
    said.stream(Stream::Effort)
}

fn one() -> World {
    World::of(1, Settings::default())
}

#[test]
fn nothing_is_said_before_a_baseline_exists_and_then_the_power_is() {
    let mut world = one();
    world.run(60, steady);
    for said in &world.said {
        assert_eq!(said.standing() == Standing::Learning, said.week < 34, "week {}", said.week);
        assert_eq!(effort(said).power.is_some(), said.week >= 34);
    }
    world.run(120, steady);
    assert!(effort(world.last()).power.unwrap().half_in_26_weeks > 0.9);
    assert_eq!(world.last().standing(), Standing::Normal);
}

#[test]
fn until_52_weeks_are_learnt_it_is_unseasoned() {
    let mut world = one();
    world.run(100, steady);
    assert_eq!(world.first_where(|said| !said.modes.unseasoned), Some(34 + 52));
}

#[test]
fn a_fall_fires_with_its_onset_and_size() {
    let mut world = one();
    world.run(120, fallen_from(100));
    let fired = world.said.iter().find(|said| matches!(effort(said).turn, Some(Turn::Fired(_)))).unwrap();
    assert!((101..106).contains(&fired.week), "fired in {}", fired.week);
    let condition = effort(fired).phase.condition().unwrap();
    assert!((99..=101).contains(&condition.onset), "{condition:?}");
    let size = effort(world.last()).size.unwrap();
    assert!(size.low < 0.5 && size.high > 0.45 && (size.ratio - 0.48).abs() < 0.06, "{size:?}");
}

#[test]
fn declared_without_traffic_it_is_unadjusted_from_the_start() {
    let mut world = World::of(1, Settings { traffic: Traffic::Absent, ..Settings::default() });
    world.run(120, |week| (fallen_from(100)(week).0, 0));
    assert!(world.said.iter().all(|said| said.modes.unadjusted));
    assert!(effort(world.last()).phase.condition().is_some());
}

#[test]
fn never_reported_traffic_is_given_up_after_26_weeks_and_then_equals_declared_absence() {
    let counts = |week| (fallen_from(100)(week).0, 0);
    let mut waiting = one();
    waiting.run(120, counts);
    assert_eq!(waiting.first_where(|said| said.modes.unadjusted), Some(25));
    let mut declared = World::of(1, Settings { traffic: Traffic::Absent, ..Settings::default() });
    declared.run(120, counts);
    for (said, want) in waiting.said.iter().zip(&declared.said).skip(25) {
        assert_eq!(effort(said).evidence, effort(want).evidence, "week {}", said.week);
    }
}

#[test]
fn traffic_that_stops_is_a_silence_first_then_unadjusted_with_evidence_restarted() {
    let mut world = one();
    world.run(200, |week| (steady(week).0, if week < 100 { steady(week).1 } else { 0 }));
    assert_eq!(world.silences.first(), Some(&100));
    let restarted = world.first_where(|said| said.modes.unadjusted).unwrap();
    assert_eq!(restarted, 125);
    for said in world.said.iter().filter(|said| (125..160).contains(&said.week)) {
        assert_eq!(effort(said).evidence.own, NO_EVIDENCE, "week {}", said.week);
    }
    assert_eq!(world.first_where(|said| said.week > 125 && effort(said).evidence.own > NO_EVIDENCE), Some(126 + 34));
}

/// Traffic stops at 100 for good; effort falls at 190 and is back at 215.
#[test]
fn what_fires_after_traffic_is_given_up_ends_as_well() {
    let mut world = one();
    world.run(300, |week| {
        let inspections = if (190..215).contains(&week) { 8 } else { steady(week).0 };
        (inspections, if week < 100 { steady(week).1 } else { 0 })
    });
    let fired = world.first_where(|said| matches!(effort(said).turn, Some(Turn::Fired(_)))).unwrap();
    let ended = world.first_where(|said| matches!(effort(said).turn, Some(Turn::Recovered { .. } | Turn::Faded(_)))).unwrap();
    assert!((190..200).contains(&fired) && (215..228).contains(&ended), "{fired}, {ended}");
    assert_eq!(world.last().standing(), Standing::Normal);
}

/// Traffic stops at 100 for good, and from 150 on half of the inspections are reported two weeks late.
#[test]
fn delays_are_learnt_after_traffic_is_given_up() {
    let mut world = one();
    while world.group.open_week() < 230 {
        let week = world.group.open_week();
        if week < 100 {
            world.add(0, Feed::Traffic, steady(week).1);
        }
        let late = |week: i64| if week >= 150 { steady(week).0 / 2 } else { 0 };
        world.add(0, Feed::Inspections, steady(week).0 - late(week));
        if week >= 152 {
            let cell = Cell { series: 0, feed: Feed::Inspections, week: week - 2, known_week: week };
            world.group.add(cell, late(week - 2)).unwrap();
        }
        world.close();
    }
    let newest = world.last().recent[0].completeness;
    assert!((0.4..0.7).contains(&newest), "{newest}");
}

/// Nobody finds anything for 100 weeks; then a third of the inspections do.
#[test]
fn yield_begins_with_the_first_find_and_not_with_weeks_of_none() {
    let mut world = one();
    while world.group.open_week() < 160 {
        let week = world.group.open_week();
        if week >= 100 {
            world.add(0, Feed::Interdictions, 6 + week % 2);
        }
        world.run(week + 1, steady);
    }
    let of_yield: Vec<&StreamWeek> = world.said.iter().map(|said| said.stream(Stream::Yield)).collect();
    assert!(of_yield[..100].iter().all(|said| !said.has_level));
    let known: Vec<&&StreamWeek> = of_yield.iter().filter(|said| said.has_level).collect();
    assert!(known.len() > 20);
    for said in known {
        let recent = said.recent.unwrap();
        assert!(recent.low < 1.0 && recent.high > 1.0, "{recent:?}");
    }
}

#[test]
fn a_condition_that_stands_when_traffic_stops_stands_until_an_operator_ends_it() {
    let mut world = one();
    let counts = |week| (fallen_from(90)(week).0, if week < 100 { steady(week).1 } else { 0 });
    world.run(200, counts);
    assert!(world.last().modes.unadjusted && effort(world.last()).phase.condition().is_some());
    assert!(world.group.close_conditions(0).unwrap()[0].is_some());
    world.run(260, counts);
    assert_eq!(
        (effort(world.last()).phase, world.last().sight),
        (Phase::Quiet, Sight::Sufficient),
        "a new level is learnt from the close on"
    );
}

#[test]
fn a_rebase_over_weeks_with_traffic_makes_it_adjusted_again() {
    let mut world = one();
    world.run(150, |week| (steady(week).0, if (60..100).contains(&week) { 0 } else { steady(week).1 }));
    assert!(world.last().modes.unadjusted);
    assert_eq!(world.group.rebase(0, 110, 150).unwrap(), [None; 3]);
    world.run(160, steady);
    assert!(!world.last().modes.unadjusted);
    assert!(effort(world.last()).evidence.own > NO_EVIDENCE);
    let weeks: Vec<i64> = world.group.contributions(&world.settings, 0, Stream::Effort).iter().map(|week| week.week).collect();
    assert_eq!(weeks, (150..160).rev().collect::<Vec<i64>>());
}

#[test]
fn a_group_without_inspections_is_a_gap() {
    let mut world = one();
    world.run(60, |week| (0, steady(week).1));
    assert!(world.said.iter().all(|said| said.sight == Sight::Gap(Gap::NoInspections)));
}

#[test]
fn a_silence_holds_for_eight_weeks_and_then_a_stopped_service_is_slippage() {
    let mut world = one();
    world.run(130, |week| if week < 100 { steady(week) } else { (0, steady(week).1) });
    assert_eq!(world.silences.first(), Some(&100));
    let held = Sight::Gap(Gap::Held(Held::Silence));
    let held_weeks: Vec<i64> = world.said.iter().filter(|said| said.sight == held).map(|said| said.week).collect();
    assert_eq!(held_weeks, (100..108).collect::<Vec<i64>>());
    let fired = world.said.iter().find(|said| matches!(effort(said).turn, Some(Turn::Fired(_)))).unwrap();
    assert!((108..112).contains(&fired.week), "fired in {}", fired.week);
    assert!(effort(world.last()).phase.condition().is_some());
}

#[test]
fn a_service_that_stays_away_for_years_does_not_page_again_and_again() {
    let mut world = one();
    world.run(420, |week| if week < 120 { steady(week) } else { (0, steady(week).1) });
    let deeper = world.of_series(0).into_iter().filter(|line| matches!(effort(line).turn, Some(Turn::Escalated { .. }))).count();
    assert!(deeper <= 4, "escalated {deeper} times");
    assert!(matches!(effort(world.last()).phase, Phase::Firing(condition) if condition.ratio >= 0.02));
}

#[test]
fn a_silence_resolves_nothing() {
    let mut world = one();
    world.run(150, |week| if (112..140).contains(&week) { (0, 0) } else { fallen_from(100)(week) });
    let during = world.said.iter().filter(|said| (112..140).contains(&said.week));
    assert!(during.clone().count() > 20 && during.clone().all(|said| effort(said).phase.condition().is_some()));
}

#[test]
fn a_declared_reference_sees_a_fall_before_a_baseline_could() {
    let window = ReferenceWindow { from: 0, until: 8, adoption: Adoption::Adopt };
    let mut world = World::of(1, Settings { reference: Some(window), ..Settings::default() });
    world.run(60, fallen_from(14));
    let fired = world.said.iter().find(|said| matches!(effort(said).turn, Some(Turn::Fired(_)))).unwrap();
    assert!(fired.week < 34 && fired.modes.reference && fired.modes.unseasoned, "fired in {}", fired.week);
    assert!(!world.said[40].modes.reference);
    let mut kept =
        World::of(1, Settings { reference: Some(ReferenceWindow { adoption: Adoption::Keep, ..window }), ..Settings::default() });
    kept.run(60, steady);
    assert!(kept.last().modes.reference);
}

#[test]
fn settled_weeks_are_no_evidence() {
    let mut world = one();
    world.run(102, fallen_from(100));
    world.group.settle(0, 100, 104).unwrap();
    world.run(110, |week| if (100..104).contains(&week) { fallen_from(100)(week) } else { steady(week) });
    assert!(world.said.iter().all(|said| !matches!(effort(said).phase, Phase::Firing(_))));
    let weeks: Vec<i64> = world.group.contributions(&world.settings, 0, Stream::Effort).iter().map(|week| week.week).collect();
    assert!(weeks.contains(&104) && weeks.contains(&99) && !weeks.iter().any(|week| (100..104).contains(week)));
}

#[test]
fn an_operators_close_settles_the_fall_and_is_remembered() {
    let mut world = one();
    world.run(110, fallen_from(100));
    let condition = world.group.close_conditions(0).unwrap()[0].unwrap();
    assert_eq!(world.group.last_ended(0), Some(109));
    world.run(112, steady);
    assert_eq!(effort(world.last()).phase, Phase::Quiet);
    let weeks: Vec<i64> = world.group.contributions(&world.settings, 0, Stream::Effort).iter().map(|week| week.week).collect();
    assert!(!weeks.iter().any(|week| (condition.onset - 2..110).contains(week)));
    assert_eq!(world.group.close_conditions(0).unwrap(), [None; 3]);
}

#[test]
fn a_rebase_moves_the_level_and_only_a_rebase_does() {
    let mut world = one();
    world.run(180, fallen_from(100));
    assert!(effort(world.last()).phase.condition().is_some(), "the level must not follow the fall");
    let ended = world.group.rebase(0, 150, 180).unwrap()[0].unwrap();
    assert!(ended.onset <= 101);
    world.run(220, fallen_from(100));
    assert_eq!(effort(world.last()).phase, Phase::Quiet);
    let recent = world.last().recent[0];
    assert!((recent.expected.unwrap() / recent.inspections as f64 - 1.0).abs() < 0.2);
    assert!(world.group.rebase(0, 10, 20).is_err(), "these weeks are forgotten");
}

#[test]
fn a_total_lends_and_borrows_nothing() {
    let counts = fallen_from(100);
    let mut alone = World::of(2, Settings::default());
    alone.run(110, &counts);
    let mut beside = World::of(2, Settings::default());
    beside.group.join(1, 0, Role::Total);
    beside.run(110, &counts);
    for (series, place) in [(0, 0), (1, 2)] {
        for (want, said) in alone.of_series(series).into_iter().zip(beside.of_series(place)) {
            assert_eq!((effort(want).evidence, effort(want).turn, want.recent), (effort(said).evidence, effort(said).turn, said.recent));
        }
    }
    assert!(beside.of_series(1).iter().all(|said| effort(said).evidence.combined == effort(said).evidence.own));
}

#[test]
fn a_weak_fall_of_all_fires_by_the_pool_unless_the_acts_are_shared() {
    // Six per series and week: one alone is slow to tell.
    let thin = |week: i64| (if week < 100 { 5 + week % 3 } else { 3 + week % 2 }, 60 + week % 3);
    let run = |sharing: [f64; 2]| {
        let mut world = World::of(4, Settings::default());
        world.sharing = sharing;
        world.run(112, thin);
        let fired = world.said.iter().find_map(|said| effort(said).phase.condition().copied().filter(|condition| condition.onset > 90));
        fired.map(|condition| (condition.by, condition.fired))
    };
    let (by, week) = run([1.0; 2]).unwrap();
    assert_eq!(by, Cause::Pool);
    assert!(run([0.25; 2]).is_none_or(|(_, shared)| shared > week), "shared acts are one act");
}

#[test]
fn with_life_off_nothing_lives_but_the_evidence_is_said() {
    let mut world = World::of(1, Settings { life: Life::Off, ..Settings::default() });
    world.run(120, fallen_from(100));
    assert!(world.said.iter().all(|said| effort(said).phase == Phase::Quiet && effort(said).turn.is_none()));
    assert!(effort(world.last()).evidence.combined > 6.0);
}

#[test]
fn a_count_known_ahead_of_its_week_waits_for_it() {
    let mut world = one();
    world.run(5, steady);
    world.group.add(Cell { series: 0, feed: Feed::Inspections, week: 6, known_week: 5 }, 3).unwrap();
    world.run(7, steady);
    assert_eq!(world.said[5].recent[0].inspections as i64, steady(5).0);
    assert_eq!(world.said[6].recent[0].inspections as i64, steady(6).0 + 3);
    let close = world.group.close(&world.settings, [1.0; 2], &mut world.said).unwrap();
    assert_eq!(close.early, 3);
}

#[test]
fn what_is_older_than_the_ring_is_counted_for_life_only() {
    let (mut world, mut other) = (one(), one());
    world.run(60, steady);
    other.run(60, steady);
    world.group.add(Cell { series: 0, feed: Feed::Inspections, week: 8, known_week: 60 }, 500).unwrap();
    world.run(70, steady);
    other.run(70, steady);
    assert_eq!(format!("{:?}", world.said), format!("{:?}", other.said));
    assert_eq!(world.group.lifetime(0, Feed::Inspections), other.group.lifetime(0, Feed::Inspections) + 500);
}

#[test]
fn a_declared_backfill_teaches_no_delays() {
    let backfill = |world: &mut World| {
        for week in 20..58 {
            world.group.add(Cell { series: 0, feed: Feed::Inspections, week, known_week: 60 }, 10).unwrap();
        }
    };
    let (mut declared, mut silent) = (one(), one());
    for world in [&mut declared, &mut silent] {
        world.run(60, steady);
        backfill(world);
    }
    declared.group.declare_backfill(Feed::Inspections);
    for world in [&mut declared, &mut silent] {
        world.run(61, steady);
    }
    assert!(declared.last().recent[0].completeness > 0.95);
    assert!(silent.last().recent[0].completeness < declared.last().recent[0].completeness);
}

#[test]
fn a_series_that_joins_later_starts_its_own_clock() {
    let mut world = one();
    world.run(50, steady);
    world.group.join(1, 50, Role::Measure);
    world.run(100, steady);
    let joined = world.of_series(1);
    assert_eq!(joined.iter().find(|said| effort(said).power.is_some()).unwrap().week, 50 + 34);
    assert!(joined.iter().all(|said| effort(said).usable_weeks as i64 <= said.week - 50 + 1));
}

#[test]
fn reports_taken_as_complete_are_falls_until_they_arrive() {
    let missing = |reports| {
        let mut world = World::of(1, Settings { reports, ..Settings::default() });
        while world.group.open_week() < 120 {
            let week = world.group.open_week();
            world.add(0, Feed::Traffic, 100);
            // Four in ten inspections are told within their week, the others in the next.
            world.group.add(Cell { series: 0, feed: Feed::Inspections, week, known_week: week }, 40).unwrap();
            if week > 0 {
                world.group.add(Cell { series: 0, feed: Feed::Inspections, week: week - 1, known_week: week }, 60).unwrap();
            }
            world.close();
        }
        let last = world.last();
        (last.recent[0].completeness, last.recent[0].expected.unwrap())
    };
    let (share, expected) = missing(Reports::Estimated);
    assert!((share - 0.4).abs() < 0.03 && (expected - 40.0).abs() < 5.0, "{share} {expected}");
    let (share, expected) = missing(Reports::TakenAsComplete);
    assert!(share == 1.0 && (expected - 100.0).abs() < 12.0, "{share} {expected}");
}

/// Eight late weeks of the largest counts that are accepted: their sum is beyond 32 bits.
#[test]
fn late_arrivals_beyond_32_bits_do_not_overflow() {
    let mut world = one();
    world.run(70, steady);
    for back in 1..=8 {
        let cell = Cell { series: 0, feed: Feed::Inspections, week: 70 - back, known_week: 70 };
        world.group.add(cell, 400_000_000).unwrap();
    }
    world.run(71, steady);
    assert!(world.last().stream(Stream::Timeliness).recent.unwrap().ratio > 1.0);
}

/// Four series of about three a week; from week 120 on those before `fallen` lose a third. Also the group's evidence by week.
fn small_falls(fallen: usize, pool: Pooling) -> (World, Vec<f64>) {
    let mut world = World::of(4, Settings { pool, ..Settings::default() });
    let mut pooled = Vec::new();
    while world.group.open_week() < 150 {
        let week = world.group.open_week();
        for series in 0..4 {
            let full = 2 + (week * 7 + series as i64 * 3) % 3;
            let is_missing = week >= 120 && series < fallen && (week + series as i64) % 3 != 0;
            world.add(series, Feed::Inspections, if is_missing { full - 2 } else { full });
            world.add(series, Feed::Traffic, 40);
        }
        let close = world.group.close(&world.settings, world.sharing, &mut world.said).unwrap();
        pooled.push(close.pooled[0].map_or(NO_EVIDENCE, |pooled| pooled.evidence));
    }
    (world, pooled)
}

#[test]
fn in_a_mixture_those_that_did_not_fall_dilute_no_evidence_and_borrow_none() {
    let whole = Pooling::Group { penalty: 0.5, own_floor: 0.3 };
    let mixture = Pooling::Mixture { part: 0.75, penalty: 0.5, own_floor: 0.3 };
    let has_fired = |world: &World| [0, 1, 2, 3].map(|series| world.of_series(series).iter().any(|said| said.standing() == Standing::Slip));
    let ((_, summed), (world, mixed)) = (small_falls(2, whole), small_falls(2, mixture));
    for week in 136..150 {
        assert!(mixed[week] > summed[week], "week {week}: {} and {}", mixed[week], summed[week]);
    }
    assert_eq!(has_fired(&world), [true, true, false, false]);
    let (world, quiet) = small_falls(0, mixture);
    assert!(quiet[60..].iter().all(|evidence| *evidence < 3.0));
    assert_eq!(has_fired(&world), [false; 4]);
}

#[test]
fn a_weighted_series_is_judged_in_typical_consignments_and_told_in_its_own_counts() {
    let counts = fallen_from(100);
    let mut plain = one();
    plain.run(120, &counts);
    let mut weighted = one();
    weighted.group.weigh(0, [50.0, 1.0, 1.0]).unwrap();
    weighted.run(120, |week| (counts(week).0 * 50, counts(week).1));
    for (plain, weighted) in plain.said.iter().zip(&weighted.said) {
        for (one, other) in plain.streams.iter().zip(&weighted.streams) {
            let (one, other) = (one.evidence.combined, other.evidence.combined);
            assert!((one - other).abs() < 1e-9 * one.abs().max(1.0), "week {}: {one} and {other}", plain.week);
        }
        let told = |said: &SeriesWeek| said.recent[0].expected.unwrap_or_default();
        assert!((told(plain) * 50.0 - told(weighted)).abs() < 1e-6);
        assert_eq!(effort(plain).phase.condition().map(|of| of.fired), effort(weighted).phase.condition().map(|of| of.fired));
    }
    let [plain, weighted] = [&plain, &weighted].map(|world| world.group.contributions(&world.settings, 0, Stream::Effort));
    assert_eq!((plain[0].seen * 50.0, plain.len()), (weighted[0].seen, weighted.len()));
    assert!((plain[0].nats - weighted[0].nats).abs() < 1e-9);
}

#[test]
fn the_counts_of_kept_weeks_can_be_asked() {
    let mut world = one();
    world.run(60, steady);
    let of = |feed, week| world.group.counts(0, feed, week);
    assert_eq!(of(Feed::Inspections, 59), Some(steady(59).0 as i32));
    assert_eq!(of(Feed::Traffic, 8), Some(steady(8).1 as i32));
    assert_eq!((of(Feed::Interdictions, 60), of(Feed::Inspections, 7), of(Feed::Inspections, 62)), (Some(0), None, None));
    assert_eq!(world.group.counts(1, Feed::Inspections, 59), None);
}

/// A hundred inspections of 500 and ten finds of them; of the inspections `late` are told in the week after.
fn told_late(world: &mut World, until: i64, late: impl Fn(i64) -> i64) {
    while world.group.open_week() < until {
        let week = world.group.open_week();
        world.add(0, Feed::Traffic, 500);
        world.add(0, Feed::Interdictions, 10);
        world.group.add(Cell { series: 0, feed: Feed::Inspections, week, known_week: week }, 100 - late(week)).unwrap();
        if week > 0 {
            world.group.add(Cell { series: 0, feed: Feed::Inspections, week: week - 1, known_week: week }, late(week - 1)).unwrap();
        }
        world.close();
    }
}

#[test]
fn reports_that_come_later_fire_timeliness_and_an_act_ends_whatever_stands() {
    let mut world = one();
    told_late(&mut world, 130, |week| if week < 110 { 10 } else { 60 });
    let late = world.last().stream(Stream::Timeliness);
    let condition = *late.phase.condition().unwrap();
    assert!((110..=112).contains(&condition.onset) && condition.ratio > 1.5, "{condition:?}");
    assert!(late.size.unwrap().low > 1.0);
    let ended = world.group.close_conditions(0).unwrap();
    assert_eq!(ended[Stream::Timeliness.at()].map(|ended| ended.onset), Some(condition.onset));
    told_late(&mut world, 131, |_| 60);
    assert!(world.last().streams.iter().all(|stream| stream.phase.condition().is_none()));
    let weeks = world.group.contributions(&world.settings, 0, Stream::Timeliness);
    assert!(!weeks.iter().any(|week| (condition.onset - 2..130).contains(&week.week)), "settled weeks are no evidence");
}

#[test]
fn lateness_is_held_against_the_table_of_the_firing_while_it_stands_and_ends_by_itself() {
    let mut world = one();
    told_late(&mut world, 200, |week| if (110..140).contains(&week) { 60 } else { 10 });
    let of = |week: usize| world.said[week].stream(Stream::Timeliness);
    let standing = of(139);
    // The tables of twelve weeks ago have long followed the slowness; those held still expect ten of a hundred.
    assert!(standing.phase.condition().is_some() && standing.expected.is_some_and(|expected| (expected - 10.0).abs() < 0.5));
    let turns: Vec<Turn> = (0..200).filter_map(|week| of(week).turn).collect();
    assert!(matches!(turns[..], [Turn::Pending, Turn::Fired(_), Turn::Recovered { .. } | Turn::Faded(_), ..]), "{turns:?}");
}

#[test]
fn a_fall_of_yield_freezes_the_level_of_yield_alone() {
    let mut world = one();
    while world.group.open_week() < 200 {
        let week = world.group.open_week();
        let (inspections, traffic) = steady(week);
        world.add(0, Feed::Inspections, inspections);
        world.add(0, Feed::Traffic, traffic);
        world.add(0, Feed::Interdictions, if week < 120 { 10 } else { 3 });
        world.close();
    }
    let fallen = world.last().stream(Stream::Yield);
    let size = fallen.size.unwrap();
    assert!(fallen.phase.condition().is_some() && size.low < 0.3 && 0.3 < size.high, "eighty weeks later the level stands: {size:?}");
    assert!(effort(world.last()).phase == Phase::Quiet && world.last().standing() == Standing::Slip);
    let fired = world.said.iter().find(|said| matches!(said.stream(Stream::Yield).turn, Some(Turn::Fired(_)))).unwrap();
    let weeks = &fired.stream(Stream::Yield).weeks;
    assert!(weeks.iter().all(|week| week.week >= 118) && weeks.iter().map(|week| week.nats).sum::<f64>() > 3.0, "{weeks:?}");
}
