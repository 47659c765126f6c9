//! `slipwatch topics`: the topics of an installation, as they are and as they should be.
//!
//! Planning changes nothing; applying twice does nothing the second time. What must never enter: a topic's name (stages), a
//! client's call (journal).

use crate::{
    broker::Broker,
    cli::services::{TopicsArgs, TopicsStep, TopicsWanted},
    failure::Failure,
    file,
    output::Output,
};
use journal::kafka::topics::{Plan, Topics, Wanted};
use service_kit::Exit;
use stages::{
    message::{DECISIONS, EVENTS},
    space::{Scale, Space},
};
use std::time::{Duration, Instant};

/// How large an installation is made where nobody says so.
const USUAL: Scale = Scale { events: 8, partitions: 8, replication: 3 };
/// How long brokers may take to know of topics that were made.
const KNOWN_WITHIN: Duration = Duration::from_secs(30);

/// Plans, applies or checks.
///
/// # Errors
/// [`Failure`] with its exit code: 1 when a check finds a difference, 78 when something stands in the way.
pub fn run(arguments: &TopicsArgs, out: &mut Output) -> Result<(), Failure> {
    match &arguments.step {
        TopicsStep::Plan(wanted) => {
            let (_, plan, _) = planned(wanted, USUAL)?;
            tell(&plan, out)
        }
        TopicsStep::Apply(wanted) => {
            let (topics, plan, wanted) = planned(wanted, USUAL)?;
            tell(&plan, out)?;
            apply(&topics, &plan, &wanted)?;
            out.say(&format!("{} topics are as they should be", wanted.len()));
            Ok(())
        }
        TopicsStep::Check(wanted) => {
            let (_, plan, wanted) = planned(wanted, USUAL)?;
            tell(&plan, out)?;
            if plan.is_done() {
                out.say(&format!("{} topics are as they should be", wanted.len()));
                return Ok(());
            }
            Err(Failure::No("topics are not as they should be; `slipwatch topics apply` makes what can be made".to_owned()))
        }
    }
}

/// Makes the topics of an installation where they are missing; so large where neither the arguments nor what is there say it.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn ensure(wanted: &TopicsWanted, usual: Scale) -> Result<usize, Failure> {
    let (topics, plan, wanted) = planned(wanted, usual)?;
    apply(&topics, &plan, &wanted)?;
    Ok(plan.changes.len())
}

/// Takes the steps, and waits until the brokers know of them: a service that is started next must find its topics.
fn apply(topics: &Topics, plan: &Plan, wanted: &[Wanted]) -> Result<(), Failure> {
    refuse(plan)?;
    topics.apply(plan).map_err(file::failed)?;
    let began = Instant::now();
    while !topics.plan(wanted).map_err(file::failed)?.is_done() {
        if began.elapsed() > KNOWN_WITHIN {
            return Err(Failure::Service { code: Exit::Away.code(), text: "the brokers do not know the new topics after 30 s".to_owned() });
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn planned(wanted: &TopicsWanted, usual: Scale) -> Result<(Topics, Plan, Vec<Wanted>), Failure> {
    let broker = Broker::new(&wanted.kafka, &wanted.broker)?;
    let topics = Topics::open(&wanted.kafka, &broker.access()?).map_err(file::failed)?;
    let space = broker.space();
    let wanted = space.wanted(scale((&topics, &space), wanted, usual)?);
    let plan = topics.plan(&wanted).map_err(file::failed)?;
    Ok((topics, plan, wanted))
}

/// What was asked for; else as large as what is there, so that a check needs no numbers; else as large as usual.
fn scale((topics, space): (&Topics, &Space), wanted: &TopicsWanted, usual: Scale) -> Result<Scale, Failure> {
    let size = |topic| topics.size(&space.name(topic).unwrap_or_default()).map_err(file::failed);
    let (decisions, events) = (size(DECISIONS)?, size(EVENTS)?);
    Ok(Scale {
        events: wanted.events.or(events.map(|(partitions, _)| partitions)).unwrap_or(usual.events),
        partitions: wanted.partitions.or(decisions.map(|(partitions, _)| partitions)).unwrap_or(usual.partitions),
        replication: wanted.replication.or(decisions.map(|(_, copies)| copies)).unwrap_or(usual.replication),
    })
}

fn tell(plan: &Plan, out: &mut Output) -> Result<(), Failure> {
    let changes = plan.changes.iter().map(|change| format!("{change}\n"));
    let refusals = plan.refusals.iter().map(|refusal| format!("refused: {refusal}\n"));
    out.text(&changes.chain(refusals).collect::<String>())
}

fn refuse(plan: &Plan) -> Result<(), Failure> {
    match plan.refusals.first() {
        Some(refusal) => Err(Failure::Configuration(format!("{} in the way, the first: {refusal}", plan.refusals.len()))),
        None => Ok(()),
    }
}
