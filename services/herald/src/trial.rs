//! A trial of one receiver: a test alert, sent the way real ones are, and what came back.
//!
//! Nothing is kept and nothing is tried again: whoever configures a receiver wants to see the first answer. What must never enter: the
//! outbox.

use crate::{
    clerk::Clerk,
    config::{Config, Plan},
    labels::Timing,
    moment::Clock,
    outbox::{Letter, Outcome},
    post,
    service::NoHerald,
};
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};
use vocab::{
    alert::{AlertPhase, Change, Evidence, Grade, Rule, Transition},
    assessment::{Diagnosis, FiredBy, Kind, Modes, Power},
    name::{BadName, JurisdictionCode, RegimeId},
    pack::Severity,
    quantity::Unit,
    record::{AlertId, ClaimId, PackHash, TransitionId},
    series::{MeasureKey, SeriesKey},
    time::{Instant, Tick, Week},
};

/// What one address said.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The address, without path and query: those may hold a token.
    pub address: String,
    /// How the attempt ended.
    pub outcome: Outcome,
    /// Status and the head of the body; empty where there was no answer.
    pub said: String,
    /// How long it took.
    pub took: Duration,
    /// The body that was sent.
    pub body: Vec<u8>,
}

/// Sends a test alert to every address of a receiver; at an Alertmanager it ends by itself after five minutes.
///
/// # Errors
/// [`NoHerald`] when the configuration is wrong. An empty list: there is no such receiver.
pub fn run(config: &Config, receiver: &str) -> Result<Vec<Answered>, NoHerald> {
    let clock = Clock::start();
    let mut plan: Plan = config.plan(clock.wall())?;
    plan.resend.hold = Duration::from_secs(300);
    let counter = post::open(&plan.targets, plan.answer_within, clock).map_err(NoHerald::Post)?;
    let clerk = Clerk::new(&plan);
    let letter = letter(clock.wall())?;
    let mut answers = Vec::new();
    for (outlet, _) in plan.rules.outlets.iter().enumerate().filter(|(_, outlet)| outlet.receiver == receiver) {
        let (back, receipts) = mpsc::channel();
        let parcel = clerk.parcel(outlet, std::slice::from_ref(&letter), clock.wall());
        let body = parcel.body.clone();
        counter.hand_over(0, parcel, &back);
        // The post answers everything, within the time a receiver has; were it gone, so would be the process.
        let Ok(receipt) = receipts.recv() else { continue };
        let url = &plan.targets[outlet].url;
        let address = format!("{}://{}", url.scheme_str().unwrap_or_default(), url.authority().map_or("", |authority| authority.as_str()));
        answers.push(Answered { address, outcome: receipt.outcome, said: receipt.said, took: receipt.took, body });
    }
    Ok(answers)
}

/// A transition that nobody decided, and that says so wherever it is read.
fn letter(wall: Instant) -> Result<Letter, BadName> {
    let at = Tick::of(wall);
    let id = |kind: u8| {
        let mut id = [0; 16];
        id[0] = kind;
        id[8..].copy_from_slice(&at.0.to_be_bytes());
        id
    };
    let name = "slipwatch-test";
    let transition = Transition {
        id: TransitionId(id(0xfe)),
        alert: AlertId(id(0xff)),
        n: 1,
        claim: ClaimId(id(0xfd)),
        rule: Rule::Slippage,
        series: SeriesKey {
            regime: RegimeId::parse(name)?,
            jurisdiction: JurisdictionCode::parse("TEST")?,
            measure: MeasureKey::Any,
            unit: Unit::Count,
        },
        opened: at.day(),
        at,
        change: Change::Fired(FiredBy::Evidence),
        phase: AlertPhase::Firing,
        kind: Kind::Effort,
        severity: Severity::Warning,
        evidence: evidence(Week::holding(at.day())),
        coincides: Vec::new(),
        previous: None,
        judgement: 0,
        pack: PackHash([0; 32]),
    };
    Ok(Letter { transition: Arc::new(transition), since: at, before: None, timing: Timing::Prompt })
}

fn evidence(week: Week) -> Evidence {
    Evidence {
        week,
        seen: [0; 3],
        completeness: None,
        streams: Vec::new(),
        stream: None,
        grade: Grade::Suspected,
        ruled_out: Vec::new(),
        diagnosis: Diagnosis::Insufficient,
        power: Power { half_in_26_weeks: 0.0, smallest_fall_in_13_weeks: None, weeks_for_half: None, weeks_for_30_percent: None },
        modes: Modes::default(),
        long: None,
    }
}
