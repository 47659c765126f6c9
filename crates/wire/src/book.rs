//! What the register books beside figures, as bytes: records joining and leaving cases, lines of the ledger, what is unlisted.
//!
//! Days and ticks are numbers, as on every topic of a generation. Nothing is added up here.

use crate::{
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, choice, hash, maybe_name, name, names},
    sink::Sink,
    table,
};
use vocab::{
    name::{CaseName, EventTypeName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, Stratum},
    record::{BadValue, CaseId, RecordId, Step, Version},
    tally::{Ledger, LedgerLine},
    time::{Day, Tick},
    unlisted::Unlisted,
};

/// Tells a version of a record within a case.
pub(crate) fn write_version<S: Sink>(out: &mut S, version: &Version) {
    use table::version as f;
    out.bytes(&f::CASE, &version.case.0);
    out.text(&f::CASE_NAME, version.case_name.as_str());
    out.bytes(&f::RECORD, &version.record.0);
    out.whole(&f::SIGN, i64::from(version.sign));
    out.whole(&f::OCCURRED, i64::from(version.occurred.0));
    out.whole(&f::KNOWN, version.known.0);
    if let Some(step) = &version.step {
        out.message(&f::STEP, |out| write_step(out, step));
    }
}

fn write_step<S: Sink>(out: &mut S, step: &Step) {
    use table::step as f;
    out.text(&f::REGIME, step.regime.as_str());
    out.text(&f::EVENT, step.event.as_str());
    out.maybe(&f::JURISDICTION, step.jurisdiction.as_ref());
    out.texts(&f::MEASURES, &step.measures);
    out.maybe(&f::STRATUM, step.stratum.as_ref());
}

fn read_step(step: &pb::Step) -> Reading<Step> {
    Ok(Step {
        regime: name("step.regime", &step.regime, RegimeId::parse)?,
        event: name("step.event", &step.event, EventTypeName::parse)?,
        jurisdiction: maybe_name("step.jurisdiction", &step.jurisdiction, JurisdictionCode::parse)?,
        measures: names("step.measures", &step.measures, MeasureId::parse)?,
        stratum: maybe_name("step.stratum", &step.stratum, Stratum::parse)?,
    })
}

/// Reads a version of a record within a case; its sign is 1 or -1.
pub(crate) fn read_version(message: &pb::Version) -> Reading<Version> {
    Ok(Version {
        case: CaseId(hash("case", &message.case)?),
        case_name: name("case_name", &message.case_name, CaseName::parse)?,
        record: RecordId(hash("record", &message.record)?),
        sign: match message.sign {
            1 => 1,
            -1 => -1,
            0 => return Err(bad("sign", BadValue::Zero)),
            _ => return Err(bad("sign", BadValue::TooLarge)),
        },
        occurred: Day(message.occurred),
        known: Tick(message.known),
        step: message.step.as_ref().map(read_step).transpose()?,
    })
}

/// Tells a line of the ledger.
pub(crate) fn write_line<S: Sink>(out: &mut S, line: &LedgerLine) {
    use table::ledger_line as f;
    let change = line.change;
    out.text(&f::SOURCE, line.source.as_str());
    out.whole(&f::DAY, i64::from(line.day.0));
    out.whole(&f::EFFECTIVE, change.effective);
    out.whole(&f::DUPLICATES, change.duplicates);
    out.whole(&f::SUPERSEDED, change.superseded);
    out.whole(&f::CONFLICTS, change.conflicts);
    out.whole(&f::LATE, change.late);
    out.whole(&f::UNLISTED, change.unlisted);
}

/// Reads a line of the ledger.
pub(crate) fn read_line(message: &pb::LedgerLine) -> Reading<LedgerLine> {
    Ok(LedgerLine {
        source: name("source", &message.source, SourceId::parse)?,
        day: Day(message.day),
        change: Ledger {
            effective: message.effective,
            duplicates: message.duplicates,
            superseded: message.superseded,
            conflicts: message.conflicts,
            late: message.late,
            unlisted: message.unlisted,
        },
    })
}

/// Tells what no pack lists.
pub(crate) fn write_unlisted<S: Sink>(out: &mut S, unlisted: &Unlisted) {
    use table::unlisted as f;
    out.text(&f::REGIME, unlisted.regime.as_str());
    out.choice(&f::WHAT, unlisted.what.number());
    out.text(&f::CODE, unlisted.code.as_str());
    out.natural(&f::COUNT, unlisted.count);
}

/// Reads what no pack lists.
pub(crate) fn read_unlisted(message: &pb::Unlisted) -> Reading<Unlisted> {
    Ok(Unlisted {
        regime: name("regime", &message.regime, RegimeId::parse)?,
        what: choice("what", message.what)?,
        code: name("code", &message.code, Label::parse)?,
        count: message.count,
    })
}
