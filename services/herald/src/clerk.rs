//! The clerk: makes parcels of letters. Bodies, headers and signatures meet here and nowhere else.
//!
//! The body of a letter and its id are the same at every try; only the time and with it the signature is new. What must never enter: a
//! decision what is sent.

use crate::{
    alertmanager::{self, Post},
    config::{Plan, Resend, Target},
    labels::Links,
    outbox::Letter,
    post::Parcel,
    signature::signatures,
    webhook,
};
use vocab::time::Instant;

/// Makes parcels for the addresses of a plan.
#[derive(Clone, Debug)]
pub struct Clerk {
    /// Name and address of each outlet, in their order.
    desks: Vec<(String, Target)>,
    links: Links,
    resend: Resend,
}

impl Clerk {
    /// A clerk for this plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let receivers = plan.rules.outlets.iter().map(|outlet| outlet.receiver.clone());
        Self { desks: receivers.zip(plan.targets.iter().cloned()).collect(), links: plan.links.clone(), resend: plan.resend }
    }

    /// The name of the receiver an outlet belongs to.
    #[must_use]
    pub fn receiver(&self, outlet: usize) -> &str {
        self.desks.get(outlet).map_or("", |(receiver, _)| receiver)
    }

    /// A parcel of letters: all of them for an Alertmanager, the one there is for a webhook.
    #[must_use]
    pub fn parcel(&self, outlet: usize, letters: &[Letter], wall: Instant) -> Parcel {
        let (receiver, target) = &self.desks[outlet];
        match (target.form, letters) {
            (None, letters) => {
                let post = Post { wall, hold: self.resend.hold, links: &self.links };
                let body = alertmanager::body(&post.alerts(letters));
                Parcel { target: outlet, headers: Vec::new(), media_type: "application/json", body }
            }
            (Some(form), letters) => {
                let body = letters.first().map(|letter| webhook::body(form, receiver, letter, &self.links)).unwrap_or_default();
                let id = letters.first().map(|letter| letter.transition.id.to_string()).unwrap_or_default();
                let seconds = wall.0.div_euclid(1_000);
                let signature = signatures(&target.secrets, &id, seconds, &body);
                let headers = vec![("webhook-id", id), ("webhook-timestamp", seconds.to_string()), ("webhook-signature", signature)];
                Parcel { target: outlet, headers, media_type: form.media_type(), body }
            }
        }
    }
}
