//! `slipwatch check`: every mistake of a pack, or what a valid one amounts to.
//!
//! What must never enter: a check (regime's).

use crate::{
    cli::{CheckArgs, Format},
    failure::Failure,
    output::Output,
    rules,
};
use regime::explain;
use serde_json::json;
use surveillance::Settings;

/// Checks packs; all of them, even when one is wrong.
///
/// # Errors
/// [`Failure::Configuration`] with every mistake of every pack.
pub fn run(arguments: &CheckArgs, out: &mut Output) -> Result<(), Failure> {
    let (mut wrong, mut values) = (Vec::new(), Vec::new());
    for path in &arguments.packs {
        let name = path.display().to_string();
        let bytes = rules::read(path)?;
        match regime::compile(&name, &bytes) {
            Ok(pack) => {
                let explanation = explain(&pack);
                let rate = pack.policy.false_alarms_per_series_year;
                let threshold = Settings { false_alarms_per_series_year: rate, ..Settings::default() }.threshold();
                if out.format() == Format::Json {
                    values.push(json!({ "file": name, "valid": true, "thresholdNats": threshold, "pack": explanation }));
                } else {
                    let powers = threshold / std::f64::consts::LN_10;
                    out.text(&format!(
                        "{name}: valid\n{explanation}\nthreshold on the evidence: {threshold:.2} nats ({powers:.1} powers of ten)\n"
                    ))?;
                }
            }
            Err(mistakes) => {
                let shown: Vec<_> = mistakes.shown().iter().map(regime::Mistake::one_line).collect();
                values.push(json!({ "file": name, "valid": false, "mistakes": shown, "total": mistakes.total() }));
                wrong.push(mistakes.to_string());
            }
        }
    }
    if out.format() == Format::Json {
        out.json(&values)?;
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Configuration(format!("not valid\n\n{}", wrong.join("\n\n")))) }
}
