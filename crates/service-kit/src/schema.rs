//! The JSON schema of a configuration: what an editor and a pipeline need to find a wrong key before a process does.
//!
//! Keys, types and descriptions are those of the structs that read the file, defaults those of the annotated file. Must never enter: a
//! rule that reading does not have.

use figment::{
    Figment,
    providers::{Format as _, Toml},
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::config::{BadConfig, Settings, extract};

/// The schema (draft 2020-12) of the file of settings of a service, by its name.
///
/// # Errors
/// [`BadConfig::Wrong`] when the annotated defaults cannot be read.
pub fn schema<C: Settings + JsonSchema>(service: &str) -> Result<Value, BadConfig> {
    // Written out in each place: sections are few, and an editor shows what is under the cursor.
    let generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut schema = generator.into_root_schema_for::<C>().to_value();
    let defaults: Value = extract(&Figment::from(Toml::string(C::DEFAULTS)))?;
    complete(&mut schema, &defaults);
    schema["title"] = json!(format!("Configuration of slipwatch {service}"));
    Ok(schema)
}

/// Every key of a section may be left out, for it has a default, which is told. What stands in a list has none: there a key may be needed.
fn complete(section: &mut Value, defaults: &Value) {
    let Some(section) = section.as_object_mut() else { return };
    section.remove("required");
    let Some(properties) = section.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (key, property) in properties {
        let default = defaults.get(key);
        if property.get("properties").is_some() {
            complete(property, default.unwrap_or(&Value::Null));
        } else if let (Some(property), Some(default)) = (property.as_object_mut(), default) {
            property.insert("default".to_owned(), default.clone());
        }
    }
}
