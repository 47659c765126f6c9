//! THE WORDS of Slipwatch: identifiers, units, times, places, measures, packs as values, events, verdicts.
//!
//! Whatever crosses a topic is one of these types. This room holds meaning and validity, and nothing that decides:
//! never a clock, a file, a byte layout, a hash function, a metric name or a threshold's value.
//!
//! # Glossary (one word per concept, the same in code, topics, CLI and docs)
//!
//! | Words | Meaning |
//! |---|---|
//! | event · record · case | one immutable message · what a source calls one thing, (`source`, `source_record_id`) · one story of records, `case_id` |
//! | occurred · known · reported · tick · mark · as-of | when it happened · when we learned it · the source's own date · the atom of knowledge · promise that a tick is complete · a view by what was known then |
//! | tally · fact · watch · weigh · seal | signed count in a cell · what a rule needs one by one · decide by rules at the tick · decide on assessments at the day's close · chained hash over a day's decisions |
//! | exposure · effort · yield · completeness · nowcast | what could be inspected · inspections done against it · finds per inspection · share of a period already known · estimate of its final count |
//! | series · stream | regime, jurisdiction, measure (or `any`), unit · one ratio of it and its side |
//! | weight · consignment | what acts amount to in a second unit of account (`weighed_in`) · its typical size Σw²/Σw, in which a series by weight is judged |
//! | evidence · onset · size · power | log weight against "no fall" · week the fall began · how far below expected · chance that a given fall would have been seen |
//! | verdict · kind · condition · alert | judgement of a series for a week · what sort of slippage · one stream past its threshold · standing claim with a lifecycle |
//! | recall · resolve · silence | take an alert back · close it because the fall ended · a source that stopped reporting |
//! | regime pack · policy · horizon · late ledger | versioned measures, feeds, calendar · thresholds · how far back a record may change figures · what came later than that |
//! | obligation · duty · incident | rule with a clock · one instance of it in a case, due on a day · an event of a type that a watch rule names |
//! | refusal | a record turned away: reason, position, bytes |
#![no_std]
#![deny(clippy::wildcard_enum_match_arm)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod act;
pub mod alert;
pub mod assessment;
pub mod event;
pub mod identifier;
pub mod mark;
pub mod name;
pub mod pack;
pub mod place;
pub mod quantity;
pub mod record;
pub mod series;
pub mod tally;
pub mod time;
pub mod unlisted;
pub mod watch;
