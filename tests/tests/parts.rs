//! Two sentinels, one that watches and one that weighs, decide together what one sentinel decides that does both.
//!
//! Every log of `tests/logs` and logs drawn from seeds; each part is saved and restored on the way. The parts share no decision, and the
//! one that weighs seals what the other told. Must never enter: a tolerance, a part that is told more than its topics carry.

use engine::{
    docket::Docket,
    register::{Bucket, Output, Register},
    seal,
    sentinel::{Part, Sentinel},
};
use std::{collections::BTreeMap, sync::Arc};
use tests::{
    chance::Chance,
    event_log::{self, Log},
    generate,
    play::{Played, Setup, play},
};
use vocab::{
    alert::{Decision, Rule},
    assessment::Assessment,
    pack::Pack,
    record::{Admitted, Version},
    tally::{Fact, Matter, Note, Withdrawal},
    time::{Day, Tick},
};

/// Seeds of drawn logs.
const SEEDS: u64 = 60;

/// What the two topics of the sentinel carry.
struct Topics {
    facts: BTreeMap<Tick, Vec<Fact>>,
    assessments: BTreeMap<Day, Vec<Arc<Assessment>>>,
    until: Day,
}

impl Topics {
    fn of(played: &Played) -> Self {
        let mut by_tick = BTreeMap::<Tick, Vec<&Admitted>>::new();
        for one in &played.admitted {
            by_tick.entry(one.known).or_default().push(one);
        }
        let seals =
            played.decisions.iter().filter_map(|(_, decision)| if let Decision::Seal(seal) = &**decision { Some(seal.day) } else { None });
        let until = seals.max().unwrap_or(Day(0));
        let facts = facts(by_tick, until);
        let mut assessments = BTreeMap::<Day, Vec<Arc<Assessment>>>::new();
        for one in &played.assessments {
            assessments.entry(one.day).or_default().push(Arc::clone(one));
        }
        Self { facts, assessments, until }
    }

    /// What a part decides; `restarts` draws the ticks after which it is written down and read back.
    fn decide(&self, part: Part, restarts: &mut Chance) -> Vec<Decision> {
        let (mut sentinel, mut out, mut pages) = (Sentinel::of(part), Vec::new(), BTreeMap::new());
        let days = self.facts.keys().map(|tick| tick.day()).chain(self.assessments.keys().copied());
        let days: std::collections::BTreeSet<Day> = days.chain([self.until]).filter(|day| *day <= self.until).collect();
        for day in days {
            for (tick, facts) in self.facts.range(Tick(day.plus(-1).last_tick().0 + 1)..=day.last_tick()) {
                sentinel.step(*tick, facts, &mut out);
            }
            if let Some(assessments) = self.assessments.get(&day).filter(|_| part != Part::Watch) {
                let assessments: Vec<&Assessment> = assessments.iter().map(|one| &**one).collect();
                sentinel.weigh(day, &assessments, &mut out);
            }
            sentinel.pass(day.last_tick(), &mut out);
            if restarts.percent(15) {
                pages.extend(sentinel.pages_due().into_iter().map(|page| (page.key, page.body)));
                sentinel = Sentinel::of(part);
                sentinel.restore(pages.values().map(Vec::as_slice)).expect("a page of this part, just written");
            }
        }
        out
    }
}

/// What register and docket say to the sentinel, by tick.
fn facts(by_tick: BTreeMap<Tick, Vec<&Admitted>>, until: Day) -> BTreeMap<Tick, Vec<Fact>> {
    let (mut register, mut docket, mut told) = (Register::new(0, 1, Bucket::Day), Docket::new(), Vec::new());
    for (tick, mut records) in by_tick {
        records.sort_by_key(|one| (one.id, one.event.revision, one.content));
        let (mut said, mut versions, mut packs) = (Vec::new(), Vec::<Version>::new(), Vec::<Arc<Pack>>::new());
        register.step(tick, &records, &mut said);
        for one in said {
            match one {
                Output::Fact(fact) => {
                    if let Fact::Told(Note { matter: Matter::Pack(pack, _), .. }) = &fact {
                        packs.push(Arc::clone(pack));
                    }
                    told.push(fact);
                }
                Output::Version(version) => versions.push(version),
                Output::Tally(_) | Output::Note(_) | Output::Late(_) | Output::Ledger(_) | Output::Unlisted(_) => {}
            }
        }
        docket.step(tick, &versions, &packs, &mut told);
    }
    docket.pass(until.last_tick(), &mut told);
    let mut facts = BTreeMap::<Tick, Vec<Fact>>::new();
    for fact in told {
        let (Fact::Told(Note { known, .. }) | Fact::Withdrawn(Withdrawal { known, .. })) = &fact;
        facts.entry(*known).or_default().push(fact);
    }
    facts
}

fn sorted(mut decisions: Vec<Decision>) -> Vec<Decision> {
    decisions.sort_by(seal::order);
    decisions
}

/// Whether the task that watches decides it.
fn is_watched(decision: &Decision) -> bool {
    matches!(decision, Decision::Transition(moved) if moved.rule == Rule::Watch)
}

/// The two parts of a log together are the whole, which is what the pipeline decided; how many transitions were watched.
fn check(name: &str, log: &Log) -> usize {
    let played = play(log, Setup::PLAIN).unwrap_or_else(|why| panic!("{name}: {why}"));
    let topics = Topics::of(&played);
    let mut chance = Chance::new(u64::from(log.lines.len() as u32), name);
    let whole = sorted(topics.decide(Part::Whole, &mut chance));
    let piped = sorted(played.decisions.iter().map(|(_, decision)| Decision::clone(decision)).collect());
    assert_eq!(whole, piped, "{name}: the whole is not what the pipeline decided");
    let (watch, weigh) = (topics.decide(Part::Watch, &mut chance), topics.decide(Part::Weigh, &mut chance));
    assert!(watch.iter().all(|decision| is_watched(decision) || matches!(decision, Decision::Answer(_))), "{name}: {watch:?}");
    assert!(!weigh.iter().any(is_watched), "{name}: weighing told of what is watched");
    let watched = watch.iter().filter(|decision| is_watched(decision)).count();
    assert_eq!(sorted(watch.into_iter().chain(weigh).collect()), whole, "{name}: the parts are not the whole");
    watched
}

#[test]
fn the_parts_of_every_log_are_the_whole() {
    let watched: usize = event_log::all().unwrap().iter().map(|(name, log)| check(name, log)).sum();
    assert!(watched > 10, "only {watched} transitions were watched");
}

#[test]
fn the_parts_of_drawn_logs_are_the_whole() {
    let watched: usize = (0..SEEDS).map(|seed| check(&format!("seed {seed}"), &generate::log(seed).unwrap())).sum();
    assert!(watched > 1_000, "only {watched} transitions were watched");
}

#[test]
fn a_page_of_one_part_is_none_of_another() {
    let (_, log) = event_log::all().unwrap().into_iter().find(|(name, _)| name == "two_incidents_in_one_tick").unwrap();
    let topics = Topics::of(&play(&log, Setup::PLAIN).unwrap());
    let mut sentinel = Sentinel::of(Part::Weigh);
    topics.facts.iter().for_each(|(tick, facts)| sentinel.step(*tick, facts, &mut Vec::new()));
    let pages = sentinel.pages_due();
    for (part, reads) in [(Part::Weigh, true), (Part::Watch, false), (Part::Whole, false)] {
        assert_eq!(Sentinel::of(part).restore(pages.iter().map(|page| page.body.as_slice())).is_ok(), reads, "{part:?}");
    }
}
