//! `slipwatch topics`: the topics of an installation, as they are and as they should be.
//!
//! Planning changes nothing; applying twice does nothing the second time. What must never enter: a topic's name (stages), a
//! client's call (journal).

use crate::{
    cli::services::{TopicsArgs, TopicsStep, TopicsWanted},
    failure::Failure,
    file,
    output::Output,
};
use journal::kafka::topics::{Plan, Topics, Wanted};
use service_kit::Exit;
use stages::space::{Scale, Space};
use std::time::{Duration, Instant};

/// How long brokers may take to know of topics that were made.
const KNOWN_WITHIN: Duration = Duration::from_secs(30);

/// Plans, applies or checks.
///
/// # Errors
/// [`Failure`] with its exit code: 1 when a check finds a difference, 78 when something stands in the way.
pub fn run(arguments: &TopicsArgs, out: &mut Output) -> Result<(), Failure> {
    match &arguments.step {
        TopicsStep::Plan(wanted) => {
            let (_, plan, _) = planned(wanted)?;
            tell(&plan, out)
        }
        TopicsStep::Apply(wanted) => {
            let (topics, plan, wanted) = planned(wanted)?;
            tell(&plan, out)?;
            apply(&topics, &plan, &wanted)?;
            out.say(&format!("{} topics are as they should be", wanted.len()));
            Ok(())
        }
        TopicsStep::Check(wanted) => {
            let (_, plan, wanted) = planned(wanted)?;
            tell(&plan, out)?;
            if plan.is_done() {
                out.say(&format!("{} topics are as they should be", wanted.len()));
                return Ok(());
            }
            Err(Failure::No("topics are not as they should be; `slipwatch topics apply` makes what can be made".to_owned()))
        }
    }
}

/// Makes the topics of an installation where they are missing.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn ensure(wanted: &TopicsWanted) -> Result<usize, Failure> {
    let (topics, plan, wanted) = planned(wanted)?;
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

fn planned(wanted: &TopicsWanted) -> Result<(Topics, Plan, Vec<Wanted>), Failure> {
    let scale = Scale { events: wanted.events, partitions: wanted.partitions, replication: wanted.replication };
    let topics = Topics::open(&wanted.kafka, &wanted.client).map_err(file::failed)?;
    let wanted = Space::new(&wanted.namespace).wanted(scale);
    let plan = topics.plan(&wanted).map_err(file::failed)?;
    Ok((topics, plan, wanted))
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
