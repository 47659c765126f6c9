//! The feeds a pack expects, and whether they agree with what it says about exposure.
//!
//! What must never enter: how a feed is read (its mapping is a file of its own).

use crate::{
    findings::Findings,
    form::FEED,
    section::{Entry, Named, Section},
    word::{ARRIVALS, COUNTS},
};
use vocab::{
    name::SourceId,
    pack::{ExposureRule, Feed},
    series::Count,
};

/// Reads `[[feeds]]`.
pub(crate) fn feeds<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Vec<Feed>> {
    let mut sources = Named::default();
    let mut found = Vec::new();
    for item in out.keep(entry.items())? {
        let section = item.section(&FEED, out);
        found.push(out.keep(section).and_then(|section| feed(&section, &mut sources, out)));
    }
    let mut found: Vec<Feed> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| left.source.cmp(&right.source));
    Some(found)
}

fn feed<'t>(section: &Section<'t>, sources: &mut Named, out: &mut Findings<'t>) -> Option<Feed> {
    let entry = out.keep(section.needed("source"));
    let source = entry.and_then(|entry| {
        let source = out.keep(entry.name(SourceId::parse))?;
        out.keep(sources.once(source.as_str(), &entry)).map(|()| source)
    });
    let listed = out.keep(section.needed("counts"));
    let counts = listed.and_then(|entry| counts(&entry, out));
    let days = out.keep(section.needed("every_days"));
    let days = days.and_then(|entry| out.keep(entry.whole(1..=366)));
    let arrives = out.keep(section.needed("arrives"));
    let arrives = arrives.and_then(|entry| out.keep(entry.word(&ARRIVALS)));
    Some(Feed { source: source?, counts: counts?, expected_interval_days: days?, arrives_in: arrives? })
}

fn counts<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Vec<Count>> {
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in out.keep(entry.items())? {
        let count = out.keep(item.word(&COUNTS));
        if let Some(count) = count {
            out.keep(names.once(count.as_str(), &item));
        }
        found.push(count);
    }
    let mut found: Vec<Count> = found.into_iter().collect::<Option<_>>()?;
    found.sort_unstable();
    Some(found)
}

/// Finds feeds that contradict the rule of exposure, or that leave nothing to judge.
pub(crate) fn find_contradictions<'t>(exposure: (&Entry<'t>, ExposureRule), feeds: (Option<&Entry<'t>>, &[Feed]), out: &mut Findings<'t>) {
    let ((entry, rule), (listed, feeds)) = (exposure, feeds);
    let brings = |count: Count| feeds.iter().find(|feed| feed.counts.contains(&count));
    match (rule, brings(Count::Exposure)) {
        (ExposureRule::Absent, Some(feed)) => {
            let problem = format!("exposure is absent, yet the feed \"{}\" brings it", feed.source);
            let help = r#"write exposure = "reported", or take "exposure" out of the feed's counts"#;
            out.add(entry.fault(problem, help));
        }
        (ExposureRule::Reported, None) => {
            let help = r#"write exposure = "absent", or list the feed that counts "exposure""#;
            out.add(entry.fault("exposure is reported, yet no feed brings it", help));
        }
        (ExposureRule::Absent, None) | (ExposureRule::Reported, Some(_)) => {}
    }
    if let Some(listed) = listed.filter(|_| brings(Count::Inspections).is_none()) {
        let help = r#"list the feed that counts "inspections": without it effort cannot be judged"#;
        out.add(listed.fault("no feed brings inspections", help));
    }
}
