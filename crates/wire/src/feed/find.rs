//! Inspections that are finds as well: the section `[find]`, by which one row of a source becomes two events.
//!
//! Most inspection logs write the result beside the inspection, while effort and yield are counts of two kinds of records. The
//! second record has the first one's id with `/find` behind it, so that a correction or retraction of the row reaches both. What
//! must never enter: a judgement of what is a find; the mapping says it, by a word in a column.

use super::{cells::Cells, row_test::RowTest, section::Section};
use crate::feed::reading::{Scope, label};
use vocab::{
    event::{Body, Event, Interdiction, Operation},
    name::SourceRecordId,
    record::Refusal,
};

/// What the second record's id ends in.
const SUFFIX: &str = "/find";
/// The type of event that can be a find as well.
const BESIDE: &str = "inspection.performed";

/// The section `[find]`.
#[derive(Clone, Debug)]
pub(super) struct Find {
    test: RowTest,
}

impl Find {
    /// Compiles the section; `possible` are the types of event that rows can have.
    pub(super) fn of(section: Section<'_>, scope: &Scope, possible: &[&str]) -> Option<Self> {
        let test = RowTest::in_section(&section, scope);
        if !possible.contains(&BESIDE) {
            let hint = "type = \"inspection.performed\" in [event], or no section [find]: rows that are finds alone say so by their type";
            section.wrong("stands beside inspections, and no row is one", hint);
        }
        section.close();
        Some(Self { test: test? })
    }

    /// The second event of a row, if it has one. A version that is not the first and finds nothing takes back what an earlier
    /// one may have found.
    pub(super) fn beside(&self, event: &Event, cells: &Cells<'_>) -> Result<Option<Event>, Refusal> {
        let Body::InspectionPerformed(inspection) = &event.body else { return Ok(None) };
        let is_found = self.test.is_met(cells)?;
        let is_first = event.operation == Operation::Assert && event.revision == 0;
        if is_first && !is_found {
            return Ok(None);
        }
        let id = SourceRecordId::parse(&format!("{}{SUFFIX}", event.source_record_id));
        let source_record_id = id.map_err(|problem| Refusal::BadField { field: label("record.id"), problem: problem.into() })?;
        let operation = if is_found { event.operation } else { Operation::Retract };
        let found = Interdiction { request: None, end: None, on_high_seas: None, ship: inspection.ship.clone() };
        Ok(Some(Event { source_record_id, operation, body: Body::InterdictionOutcome(found), ..event.clone() }))
    }
}
