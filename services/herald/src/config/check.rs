//! From what a file says to what can be used: every mistake with its key, its value and what would be right.
//!
//! What must never enter: a look-up, a socket.

use super::{AlertmanagerSection, Config, Plan, Resend, Target, WebhookSection};
use crate::{
    guard::{self, Allowed},
    labels::Links,
    outbox::{Backoff, Rules},
    outlet::{Asks, Manner, Outlet},
    signature,
    webhook::Form,
};
use hyper::Uri;
use service_kit::config::{BadConfig, Secret};
use std::{net::IpAddr, time::Duration};
use vocab::{
    name::RegimeId,
    pack::Severity,
    time::{Instant, Tick},
};

/// Paths of the API of an Alertmanager.
const ALERTS_PATH: &str = "/api/v2/alerts";

impl Config {
    /// Checks everything; `now` is the fence of a first start that the file does not name.
    ///
    /// # Errors
    /// [`BadConfig::Wrong`] with every mistake.
    pub fn plan(&self, now: Instant) -> Result<Plan, BadConfig> {
        let mut checks = Checks { config: self, mistakes: Vec::new(), outlets: Vec::new(), targets: Vec::new() };
        self.alertmanagers.iter().for_each(|section| checks.alertmanager(section));
        self.webhooks.iter().for_each(|section| checks.webhook(section));
        let fence = checks.fence(now);
        checks.delivery();
        let Checks { mistakes, outlets, targets, .. } = checks;
        if !mistakes.is_empty() {
            return Err(BadConfig::Wrong(mistakes));
        }
        let delivery = &self.delivery;
        let backoff = Backoff {
            first: Duration::from_secs(delivery.backoff_first_seconds),
            longest: Duration::from_secs(delivery.backoff_longest_seconds),
            tries_max: delivery.tries_max,
        };
        Ok(Plan {
            rules: Rules { outlets, backoff, fence, late_after: Duration::from_secs(delivery.late_after_seconds) },
            targets,
            links: Links { console: self.links.console.clone(), runbooks: self.links.runbooks.clone() },
            resend: Resend {
                hold: Duration::from_secs(delivery.hold_hours.saturating_mul(3_600)),
                every: Duration::from_secs(delivery.resend_seconds),
                ended_for: Duration::from_secs(delivery.resend_ended_seconds),
            },
            answer_within: Duration::from_secs(delivery.answer_within_seconds),
        })
    }
}

struct Checks<'a> {
    config: &'a Config,
    mistakes: Vec<String>,
    outlets: Vec<Outlet>,
    targets: Vec<Target>,
}

impl Checks<'_> {
    fn wrong(&mut self, key: &str, value: impl std::fmt::Debug, right: &str) {
        self.mistakes.push(format!("{key} is {value:?}; {right}"));
    }

    fn alertmanager(&mut self, section: &AlertmanagerSection) {
        let at = format!("alertmanagers `{}`", section.name);
        self.name(&at, &section.name);
        let Some(asks) = self.asks(&at, &section.severity_min, &section.regimes) else { return };
        if section.urls.is_empty() {
            self.wrong(&format!("{at}: urls"), &section.urls, "name every instance, such as \"https://am-1.example:9093\"");
        }
        for url in &section.urls {
            let whole = if url.contains("/api/") { url.clone() } else { format!("{}{ALERTS_PATH}", url.trim_end_matches('/')) };
            if let Some(uri) = self.url(&format!("{at}: urls"), &whole, &section.allow) {
                let target = Target { url: uri, allowed: section.allow.clone(), form: None, secrets: Vec::new() };
                self.add(&section.name, Manner::States, asks.clone(), target);
            }
        }
    }

    fn webhook(&mut self, section: &WebhookSection) {
        let at = format!("webhooks `{}`", section.name);
        self.name(&at, &section.name);
        let form = match section.form.as_str() {
            "alertmanager" => Form::Alertmanager,
            "cloudevents" => Form::CloudEvents,
            other => return self.wrong(&format!("{at}: form"), other, "it is \"alertmanager\" or \"cloudevents\""),
        };
        let secrets = self.secrets(&at, section);
        let asks = self.asks(&at, &section.severity_min, &section.regimes);
        let url = self.url(&format!("{at}: url"), &section.url, &section.allow);
        if let (Some(asks), Some(url)) = (asks, url) {
            let target = Target { url, allowed: section.allow.clone(), form: Some(form), secrets };
            self.add(&section.name, Manner::Letters, asks, target);
        }
    }

    fn add(&mut self, receiver: &str, manner: Manner, asks: Asks, target: Target) {
        let key = format!("{receiver}@{}", target.url);
        let outlet =
            Outlet { receiver: receiver.to_owned(), key: key.clone(), manner, asks, waiting_max: self.config.delivery.waiting_max };
        if self.outlets.iter().any(|known| known.key == key) {
            return self.wrong(&format!("receiver `{receiver}`"), target.url.to_string(), "an address stands once under a receiver");
        }
        self.outlets.push(outlet);
        self.targets.push(target);
    }

    fn name(&mut self, at: &str, name: &str) {
        let is_plain =
            !name.is_empty() && name.len() <= 64 && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_.".contains(&letter));
        if !is_plain {
            self.wrong(&format!("{at}: name"), name, "1 to 64 letters, digits, `-`, `_` or `.`");
        }
        let all = self.config.alertmanagers.iter().map(|one| &one.name).chain(self.config.webhooks.iter().map(|one| &one.name));
        if all.filter(|other| *other == name).count() > 1 {
            self.wrong(&format!("{at}: name"), name, "another receiver has the same name, and each needs its own");
        }
    }

    fn asks(&mut self, at: &str, severity: &str, regimes: &[String]) -> Option<Asks> {
        let named = [Severity::Notice, Severity::Warning, Severity::Critical].into_iter().find(|one| one.as_str() == severity);
        if named.is_none() {
            self.wrong(&format!("{at}: severity_min"), severity, "it is \"notice\", \"warning\" or \"critical\"");
        }
        let mut ids = Vec::new();
        for regime in regimes {
            match RegimeId::parse(regime) {
                Ok(id) => ids.push(id),
                Err(bad) => self.wrong(&format!("{at}: regimes"), regime, &format!("a regime's id is a name, and this is {bad}")),
            }
        }
        named.map(|severity_min| Asks { severity_min, regimes: ids })
    }

    fn url(&mut self, key: &str, text: &str, allowed: &[Allowed]) -> Option<Uri> {
        let parsed: Option<Uri> = text.parse().ok();
        let Some((uri, host)) = parsed.and_then(|uri| uri.host().map(str::to_owned).map(|host| (uri, host))) else {
            self.wrong(key, text, "it is a URL such as \"https://alerts.example/hook\"");
            return None;
        };
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if allowed.contains(&Allowed::PlainHttp) => {}
            Some("http") => self.wrong(key, text, "http is not encrypted; use https, or add `allow = [\"plain_http\"]`"),
            Some(_) | None => self.wrong(key, text, "it begins with https://"),
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            // Not shown: what stands there is a password.
            self.mistakes.push(format!("{key}: a user or password in a URL would be logged; receivers verify the signature instead"));
            return None;
        }
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>()
            && let Err(word) = guard::check(address, allowed)
        {
            let right = word.map_or("no receiver can live there".to_owned(), |word| format!("it needs `allow = [\"{}\"]`", word.as_str()));
            self.wrong(key, text, &right);
        }
        Some(uri)
    }

    fn secrets(&mut self, at: &str, section: &WebhookSection) -> Vec<signature::Secret> {
        if !(1..=2).contains(&section.secret_files.len()) {
            self.wrong(&format!("{at}: secret_files"), &section.secret_files, "name one file, or the new and the old during a rotation");
        }
        let mut secrets = Vec::new();
        for file in &section.secret_files {
            let secret = Secret::read(file).map_err(|bad| bad.to_string());
            match secret.and_then(|text| signature::Secret::parse(text.reveal()).map_err(|bad| format!("{} {bad}", file.display()))) {
                Ok(secret) => secrets.push(secret),
                Err(bad) => self.mistakes.push(format!("{at}: secret_files: {bad}")),
            }
        }
        secrets
    }

    fn fence(&mut self, now: Instant) -> Tick {
        let text = &self.config.delivery.fence;
        if text == "first_start" {
            return Tick::of(now);
        }
        Instant::parse(text).map(Tick::of).unwrap_or_else(|_| {
            self.wrong("delivery.fence", text, "it is \"first_start\" or an instant such as \"2026-01-01T00:00:00Z\"");
            Tick::of(now)
        })
    }

    fn delivery(&mut self) {
        let delivery = &self.config.delivery;
        let ranges = [
            ("backoff_first_seconds", delivery.backoff_first_seconds, 1, 3_600),
            ("backoff_longest_seconds", delivery.backoff_longest_seconds, delivery.backoff_first_seconds, 86_400),
            ("tries_max", u64::from(delivery.tries_max), 1, u64::from(u32::MAX)),
            ("answer_within_seconds", delivery.answer_within_seconds, 1, 300),
            ("waiting_max", delivery.waiting_max as u64, 1, 1_000_000),
            ("resend_seconds", delivery.resend_seconds, 1, 3_600),
            ("resend_ended_seconds", delivery.resend_ended_seconds, 0, 86_400),
            // Less than two re-sends would let an alert end between them.
            ("hold_hours", delivery.hold_hours, 2, 24 * 365),
        ];
        for (key, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                self.wrong(&format!("delivery.{key}"), value, &format!("it is {least} to {most}"));
            }
        }
    }
}
