//! `slipwatch refused redrive`: refused messages sent in again, and what came of it in words.
//!
//! What must never enter: a way in of its own (`redrive`), a deletion.

use super::refused::{nowhere, which};
use crate::{
    broker::Broker,
    cli::{Format, RefusedArgs, RefusedRedrive},
    failure::Failure,
    output::Output,
    redrive::{Deed, Redriven, Rereading, in_file, on_broker},
    rules,
};

/// New reasons that are told.
const REASONS_TOLD: usize = 8;

/// Sends refusals again, or says what would come of it.
///
/// # Errors
/// [`Failure`] with its exit code.
pub(super) fn run(arguments: &RefusedArgs, asked: &RefusedRedrive, out: &mut Output) -> Result<(), Failure> {
    let deed = if asked.dry_run { Deed::Try } else { Deed::Send };
    let chosen = (which(&asked.which)?, asked.limit);
    let redriven = match (&arguments.db, &arguments.kafka) {
        (Some(db), _) => {
            let mapping = asked.mapping.as_deref().map(rules::mapping).transpose()?;
            in_file(db, chosen, Rereading::of(mapping.as_ref(), asked.columns_of.as_deref())?, deed)?
        }
        (None, Some(bootstrap)) => on_broker(&Broker::new(bootstrap, &arguments.broker)?, chosen, deed)?,
        (None, None) => return Err(nowhere()),
    };
    match out.format() {
        Format::Json => out.json(&redriven),
        Format::Table | Format::Csv => {
            let what = if arguments.db.is_some() { into_database(&redriven, deed) } else { to_broker(&redriven, deed) };
            out.text(&format!("{what}{}", rest(&redriven)))
        }
    }
}

fn into_database(redriven: &Redriven, deed: Deed) -> String {
    let Redriven { sent, admitted, passed_over, refused_again, .. } = redriven;
    let did = match deed {
        Deed::Send => "sent",
        Deed::Try => "would send",
    };
    format!(
        "{did} {} in again: {} let in, {passed_over} passed over by the mapping, {} refused again\n",
        words::counted(*sent, "refused message"),
        words::counted(*admitted, "record"),
        refused_again.values().sum::<u64>()
    )
}

fn to_broker(redriven: &Redriven, deed: Deed) -> String {
    let messages = words::counted(redriven.sent, "refused message");
    match deed {
        Deed::Try => format!("would send {messages} to the topic of events\n"),
        Deed::Send => format!(
            "sent {messages} to the topic of events; intake takes them in like any other, and `slipwatch refused list --waiting` shows what \
             it refuses again\n"
        ),
    }
}

/// What was refused again and why, what was not sent and why, and whether that was all.
fn rest(redriven: &Redriven) -> String {
    let Redriven { reasons, left, stopped, .. } = redriven;
    let mut text = String::new();
    let mut by_count: Vec<_> = reasons.iter().collect();
    by_count.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    by_count.iter().take(REASONS_TOLD).for_each(|(reason, count)| text.push_str(&format!("  refused again {count}: {reason}\n")));
    if by_count.len() > REASONS_TOLD {
        text.push_str("  and for other reasons: `slipwatch refused list --waiting`\n");
    }
    left.iter().for_each(|(why, count)| text.push_str(&format!("  not sent {count}: {why}\n")));
    if *stopped {
        text.push_str("stopped as asked, everything so far is committed: the same command goes on from here\n");
    }
    text
}
