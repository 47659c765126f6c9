//! What a good pack compiles to, value by value, and what it is explained as.
//!
//! What must never enter: mistakes; those are cases under `tests/mistakes`.

use regime::{compile, explain};
use sha2::{Digest, Sha256};
use vocab::{
    event::{CircumstanceEffect, CircumstanceKind, Purpose, Selector},
    name::{EventTypeName, JurisdictionCode, Label},
    pack::{Adoption, Arrival, Basis, CalendarEntry, Direction, ExposureRule, Jurisdictions, Pack, Part, Pool, Severity},
    quantity::Unit,
    record::PackHash,
    series::Count,
    time::{Day, Week},
    watch::{About, Resolves, Watches},
};

const GOOD: &str = include_str!("mistakes/good.toml");
const LONG: &str = include_str!("mistakes/long.toml");
const WATCH: &str = include_str!("mistakes/watch.toml");
const STANDARD: &str = include_str!("../../../deploy/regimes/policy/standard-1.toml");

fn compiled(text: &str) -> Pack {
    compile("x.toml", text.as_bytes()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn a_pack_is_hashed_by_its_bytes() {
    let pack = compiled(GOOD);
    assert_eq!(pack.hash, PackHash(Sha256::digest(GOOD).into()));
    assert_ne!(compiled(&format!("{GOOD}\n")).hash, pack.hash);
}

#[test]
fn measures_are_sorted_and_keep_what_they_rest_on() {
    let pack = compiled(GOOD);
    let [arms, coal] = pack.measures.as_slice() else { panic!("{:?}", pack.measures) };
    assert_eq!(coal.instrument.as_str(), "UNSCR 2371 (2017), para 8 (content read; paragraph recalled)");
    assert_eq!(arms.instrument.as_str(), "UNSCR 1718 (2006)");
    assert_eq!((coal.basis, arms.basis), (Basis::Recalled, Basis::Read));
    assert_eq!((coal.purpose, arms.purpose), (Purpose::Economic, Purpose::Both));
    assert_eq!((coal.direction, arms.direction), (Direction::Outbound, Direction::Any));
    assert_eq!((coal.unit, arms.unit), (Unit::Count, Unit::Tonne));
    assert_eq!(coal.hs_scope.iter().map(|code| code.as_str()).collect::<Vec<_>>(), ["2701", "8901-8908"]);
    assert_eq!(coal.from.map(|day| day.to_string()).as_deref(), Some("2017-08-05"));
    assert_eq!((arms.from, arms.to, arms.hs_scope.len()), (None, None, 0));
}

#[test]
fn a_list_keeps_its_neighbours_and_a_pattern_its_maximum() {
    let Jurisdictions::Listed(list) = compiled(GOOD).jurisdictions else { panic!("no list") };
    assert_eq!((list[0].code.as_str(), list[0].neighbours[0].as_str()), ("N1", "N2"));
    assert_eq!((list[1].title.as_str(), list[1].neighbours.len()), ("Valley crossing", 0));
    let (head, tail) = (GOOD.find("[[jurisdictions").unwrap(), GOOD.find("[[measures").unwrap());
    let tail = GOOD[tail..].replace("\"N2\"", "\"N22\"");
    let pack = compiled(&format!("{}[jurisdictions]\npattern = \"N[1-9A]{{2}}\"\nmax = 7\n{tail}", &GOOD[..head]));
    let place = vec![('1', '9'), ('A', 'A')];
    assert_eq!(pack.jurisdictions, Jurisdictions::Pattern { shape: vec![vec![('N', 'N')], place.clone(), place], max: 7 });
    assert_eq!(explain(&pack).jurisdictions, "N[1-9A][1-9A]");
}

#[test]
fn feeds_and_strata_are_sorted() {
    let pack = compiled(GOOD);
    let sources: Vec<&str> = pack.feeds.iter().map(|feed| feed.source.as_str()).collect();
    assert_eq!(sources, ["coastguard", "customs"]);
    assert_eq!(pack.feeds[1].counts, [Count::Inspections, Count::Exposure]);
    assert_eq!((pack.feeds[1].arrives_in, pack.feeds[0].expected_interval_days), (Arrival::Lots, 7));
    assert_eq!(pack.exposure, ExposureRule::Reported);
    assert_eq!(pack.effort_strata.len(), 2);
}

#[test]
fn the_calendar_is_sorted_by_day_and_says_what_it_concerns() {
    let pack = compiled(GOOD);
    let [festival, strike] = pack.calendar.as_slice() else { panic!("{:?}", pack.calendar) };
    let days = |entry: &CalendarEntry| (entry.occurred.day.to_string(), entry.occurred.last_day.to_string());
    assert_eq!(days(festival), ("2019-03-01".into(), "2019-03-01".into()));
    assert_eq!(days(strike), ("2019-03-04".into(), "2019-03-08".into()));
    let (festival, strike) = (&festival.circumstance, &strike.circumstance);
    assert_eq!((festival.text.as_str(), festival.kind, festival.effect), ("harbour festival", CircumstanceKind::Holiday, None));
    assert_eq!(festival.affects, Selector::default());
    assert_eq!((strike.kind, strike.effect), (CircumstanceKind::Strike, Some(CircumstanceEffect::Effort)));
    let named = (strike.affects.jurisdiction.as_ref().map(|code| code.as_str()), strike.affects.measure.as_ref().map(|id| id.as_str()));
    assert_eq!(named, (Some("N2"), Some("coal")));
}

#[test]
fn a_pack_knows_every_word_of_a_circumstance() {
    let base = &GOOD[..GOOD.find("[[calendar]]").unwrap()];
    let entry = |kind: CircumstanceKind, effect: CircumstanceEffect| {
        format!("{base}[[calendar]]\nlabel = \"a\"\nfrom = 2019-03-01\nkind = \"{}\"\neffect = \"{}\"\n", kind.as_str(), effect.as_str())
    };
    for &kind in CircumstanceKind::KNOWN {
        for &effect in CircumstanceEffect::KNOWN {
            let circumstance = &compiled(&entry(kind, effect)).calendar[0].circumstance;
            assert_eq!((circumstance.kind, circumstance.effect), (kind, Some(effect)));
        }
    }
}

#[test]
fn what_is_seen_over_years_is_declared() {
    let pack = compiled(LONG);
    let reference = pack.erosion.unwrap();
    assert_eq!((reference.first.to_string(), reference.last.to_string(), reference.weeks()), ("2003-W01".into(), "2007-W52".into(), 261));
    let [patrols, escorts] = pack.interventions.as_slice() else { panic!("{:?}", pack.interventions) };
    assert_eq!((patrols.label.as_str(), patrols.day.to_string()), ("patrols of the strait", "2004-07-20".into()));
    assert_eq!((patrols.from().to_string(), patrols.looks().collect::<Vec<_>>()), ("2002-07-23".into(), vec![12, 26, 52, 104]));
    assert_eq!((escorts.counts, escorts.looks().collect::<Vec<_>>()), (Count::Inspections, vec![12, 26]));
    let part = |code: &str| patrols.part_of(&JurisdictionCode::parse(code).unwrap());
    assert_eq!(
        ["STRAIT", "GULF", "COAST", "BAY", "LAKE"].map(part),
        [Some(Part::Treated), Some(Part::Neighbour), Some(Part::Control), Some(Part::Control), None]
    );
    // The day is a Tuesday: the twelfth week after it ends on a Monday, and is looked at when that week closes.
    let looks = |week: &str| patrols.look_at(Week::parse(week).unwrap());
    assert_eq!(["2004-W41", "2004-W42", "2004-W43", "2005-W03"].map(looks), [None, Some(12), None, Some(26)]);
}

#[test]
fn what_is_seen_over_years_is_explained() {
    let text = explain(&compiled(&LONG.replace("2007-W52", "2007-W40"))).to_string();
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("erosion")).take_while(|line| *line != "policy").collect();
    let expected = [
        "erosion        2003-W01 to 2007-W40",
        "displacement   2",
        "  2004-07-20 patrols of the strait: exposure of STRAIT and next to it GULF, against BAY COAST, 104 weeks before and 12, 26, 52, 104 after",
        "  2008-12-19 escorts: inspections of GULF and next to it LAKE, against COAST, 12 weeks before and 12, 26 after",
        "obligations    0",
        "watch          0",
        "remark         erosion: 2003-W01 to 2007-W40 are 249 weeks, which are no whole years: where there is a season, it does not cancel",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_watched_is_declared() {
    let pack = compiled(WATCH);
    let names: Vec<&str> = pack.watches.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["disposal-overdue", "refused-boarding"]);
    let [overdue, refused] = pack.watches.as_slice() else { panic!("{:?}", pack.watches) };
    assert_eq!(overdue.watches, Watches::Overdue(Label::parse("disposal").unwrap()));
    assert_eq!((overdue.about, overdue.severity, overdue.resolves), (About::Jurisdiction, Severity::Warning, Resolves::ByAct));
    let types = ["inspection.impossible", "inspection.refused"].map(|name| EventTypeName::parse(name).unwrap());
    assert_eq!(refused.watches, Watches::Events(types.into()));
    assert_eq!((refused.about, refused.severity, refused.resolves), (About::Record, Severity::Critical, Resolves::AfterDays(14)));
    assert_eq!(refused.of.jurisdiction.as_ref().map(ToString::to_string).as_deref(), Some("KR"));
    let [disposal] = pack.obligations.as_slice() else { panic!("{:?}", pack.obligations) };
    assert_eq!((disposal.within_days, disposal.grace_days), (30, 5));
    assert_eq!(disposal.last_day(Day::parse("2020-02-01").unwrap()).to_string(), "2020-03-07");
}

#[test]
fn what_is_watched_is_explained() {
    let text = explain(&compiled(WATCH)).to_string();
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("obligations")).take_while(|line| *line != "policy").collect();
    let expected = [
        "obligations    1",
        "  disposal: seizure.recorded of all/coal, then seizure.disposed of the same case within 30 d and 5 d of grace",
        "watch          2",
        "  disposal-overdue (warning): overdue disposal of all/all; an alert a jurisdiction, until somebody closes it: Ask customs what became of the goods.",
        "  refused-boarding (critical): inspection.impossible or inspection.refused of KR/coal, stratum boarding; an alert a record, for 14 d: Call the desk of the flag State.",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_policy_is_named_extended_or_written_whole() {
    let head = &GOOD[..GOOD.find("[policy]").unwrap()];
    let named = compiled(&format!("policy = \"standard-1\"\n{head}")).policy;
    let whole = compiled(&format!("{head}[policy]\n{STANDARD}")).policy;
    assert_eq!(named, whole);
    let extended = compiled(&format!("{head}[policy]\nextends = \"standard-1\"\npool = \"off\"\nfade_weeks = 6\n")).policy;
    assert_eq!((extended.pool, extended.fade_weeks, extended.recall_weeks), (Pool::Off, 6, named.recall_weeks));
    let mixed = compiled(&format!("{head}[policy]\nextends = \"standard-1\"\npool = \"mixture\"\npool_part = 0.75\n")).policy;
    assert_eq!(mixed.pool, Pool::Mixture { part: 0.75, penalty: 1.0, own_floor: 0.5 });
    let window = compiled(GOOD).policy.reference.unwrap();
    assert_eq!((window.first.to_string(), window.last.to_string()), ("2019-W02".into(), "2019-W10".into()));
    assert_eq!(window.adoption, Adoption::Adopt);
    let kept = compiled(&GOOD.replace("last = \"2019-W10\"", "last = \"2019-W10\", once_learnt = \"keep\""));
    assert_eq!(kept.policy.reference.unwrap().adoption, Adoption::Keep);
}

#[test]
fn what_may_be_left_out_may_be_left_out() {
    let (from, to) = (GOOD.find("[effort]").unwrap(), GOOD.find("[[jurisdictions").unwrap());
    let feeds = GOOD.find("[[feeds]]").unwrap();
    let text = format!("policy = \"standard-1\"\n{}{}", &GOOD[..from], &GOOD[to..feeds]);
    let pack = compiled(&text.replace("\"reported\"", "\"absent\"").replace("first_week = \"2019-W01\"\n", ""));
    assert_eq!((pack.first_week, pack.effort_strata.len(), pack.feeds.len()), (None, 0, 0));
}

#[test]
fn the_example_of_the_guide_compiles() {
    let guide = include_str!("../../../deploy/regimes/README.md");
    let blocks: Vec<&str> = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [pack, smallest, policy, long, watched] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    assert_eq!(compiled(pack).measures.len(), 1);
    let smallest = compiled(smallest);
    assert_eq!((smallest.measures.len(), smallest.feeds.len(), smallest.first_week), (1, 1, None));
    let changed = compiled(&format!("{}\n{policy}", pack.replace("policy = \"standard-1\"", "")).replace("2019-W01", "2017-W01"));
    assert_eq!(changed.policy.false_alarms_per_series_year, 0.05);
    let from = LONG.find("[erosion]").unwrap();
    let long = compiled(&format!("{}{long}", &LONG[..from]));
    assert_eq!((long.erosion.unwrap().weeks(), long.interventions.len()), (261, 1));
    let watched = compiled(&format!("{pack}{watched}"));
    assert_eq!((watched.obligations.len(), watched.watches.len()), (1, 2));
}

#[test]
fn a_pack_is_explained_in_plain_words() {
    let text = explain(&compiled(GOOD)).to_string();
    let expected = "\
Inspections at the border (border), version 1
sha256         814a85199cc35a09e2ebcefc99082a3dcb84397e907e26cce07f3c519903f8c5
measures       2 (1 read, 1 recalled, 0 measured)
jurisdictions  2 listed, 1 neighbours
feeds          2
  coastguard: interdictions, every 7 d, singly
  customs: inspections, exposure, every 1 d, lots
effort         physical, remote
exposure       reported
first week     2019-W01
calendar       2
  2019-03-01..2019-03-01 holiday   all/all: harbour festival
  2019-03-04..2019-03-08 strike    N2/coal: dock workers' strike
erosion        no reference
displacement   0
obligations    0
watch          0
policy
  false_alarms_per_series_year 0.07
  slip_sizes                   [0.2, 0.35, 0.5, 0.7, 0.88]
  drift_per_week               [0.015, 0.035]
  lookback_weeks               52
  guard_weeks                  26
  min_reported_share           0.25
  silence_hold_weeks           8
  silence_grace_weeks          2
  outage_cap_sd                2.5
  pool                         jurisdiction
  pool_penalty                 1
  pool_own_floor               0.5
  recovered_at                 0.9
  recovery_evidence            2
  fade_weeks                   4
  recall_weeks                 26
  merge_weeks                  8
  escalation                   4
  horizon_weeks                78
  effort_severity              warning
  reference                    2019-W02 to 2019-W10, once learnt: adopt
measures in full
  arms                     read     t               ..           UNSCR 1718 (2006): arms
  coal                     recalled count 2017-08-05..2018-08-05 UNSCR 2371 (2017), para 8 (content read; paragraph recalled): export of coal
";
    assert_eq!(text, expected);
}
