//! The JSON schemas of configurations: kept as they are printed, and of one mind with the program that reads the file.
//!
//! A small checker of the few words that these schemas use stands here; a word it does not know is a failure, not a pass. What must
//! never enter: a rule that a schema does not state.

use crate::support::Folder;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const SERVICES: [&str; 6] = ["intake", "casebook", "assessor", "sentinel", "console", "herald"];
/// Words of a schema that ask for nothing.
const SILENT: [&str; 6] = ["$schema", "title", "description", "default", "format", "required"];

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(kept(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn schema(service: &str) -> Value {
    serde_json::from_str(&text(&format!("{service}.schema.json"))).expect("a schema is JSON")
}

fn toml(text: &str) -> Value {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// Whether a value is of a type that a schema names.
fn is(value: &Value, named: &Value) -> bool {
    match named.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some(_) | None => panic!("the schema names the type {named}, which this checker does not know"),
    }
}

/// What a schema says against a value: the path of it and the word that is not met.
fn against(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let (none, empty) = (Map::new(), Vec::new());
    let schema = schema.as_object().expect("a schema is an object");
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    for (word, asked) in schema {
        let is_met = match word.as_str() {
            "type" => asked.as_array().map_or_else(|| is(value, asked), |any| any.iter().any(|one| is(value, one))),
            "const" => value == asked,
            "minimum" => !value.is_i64() || value.as_i64() >= asked.as_i64(),
            "maximum" => !value.is_i64() || value.as_i64() <= asked.as_i64(),
            "oneOf" => asked.as_array().unwrap_or(&empty).iter().filter(|one| told(one, value).is_empty()).count() == 1,
            "items" => {
                let items = value.as_array().unwrap_or(&empty).iter().enumerate();
                items.for_each(|(at, item)| against(asked, item, &format!("{path}[{at}]"), found));
                true
            }
            "properties" => {
                let members = value.as_object().unwrap_or(&none).iter();
                members.filter_map(|(key, member)| Some((key, properties.get(key)?, member))).for_each(|(key, of, member)| {
                    against(of, member, &format!("{path}.{key}"), found);
                });
                true
            }
            "additionalProperties" => {
                let more = value.as_object().unwrap_or(&none).iter().filter(|(key, _)| !properties.contains_key(*key));
                for (key, member) in more {
                    match asked {
                        Value::Bool(true) => {}
                        Value::Bool(false) => found.push(format!("{path}.{key}: unknown")),
                        of => against(of, member, &format!("{path}.{key}"), found),
                    }
                }
                true
            }
            silent if SILENT.contains(&silent) => true,
            other => panic!("the schema says {other} at {path}, which this checker does not know"),
        };
        if !is_met {
            found.push(format!("{path}: {word} {asked}"));
        }
    }
    let needed = schema.get("required").and_then(Value::as_array).unwrap_or(&empty);
    let missing =
        needed.iter().filter_map(Value::as_str).filter(|key| value.as_object().is_some_and(|members| !members.contains_key(*key)));
    found.extend(missing.map(|key| format!("{path}.{key}: missing")));
}

fn told(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    against(schema, value, "", &mut found);
    found
}

#[test]
fn the_schemas_that_are_kept_are_those_that_are_printed() {
    for service in SERVICES {
        let printed = Folder::new().run(&format!("{service} --print-config-schema")).ends(0).out;
        assert!(
            printed == text(&format!("{service}.schema.json")),
            "`slipwatch {service} --print-config-schema` prints another one:\n{printed}"
        );
    }
}

#[test]
fn every_default_is_of_its_schema_and_every_key_of_a_schema_has_a_description() {
    fn described(schema: &Value, path: &str) {
        assert!(schema["description"].as_str().is_some_and(|words| words.len() > 3), "{path} has no description");
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties.for_each(|(key, property)| described(property, &format!("{path}.{key}")));
        if schema["items"]["properties"].is_object() {
            described(&schema["items"], &format!("{path}[]"));
        }
    }
    for service in SERVICES {
        let (schema, defaults) = (schema(service), text(&format!("{service}.toml")));
        assert_eq!(told(&schema, &toml(&defaults)), [""; 0], "{service}");
        described(&schema, service);
        // What is a comment in the file of defaults, because there is no default, is a key as well.
        let lines: Vec<&str> = defaults
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|line| line.contains(" = \"/") || line.starts_with("listen = ")).unwrap_or(line))
            .collect();
        assert_eq!(told(&schema, &toml(&lines.join("\n"))), [""; 0], "{service}");
    }
}

/// A receiver of each kind, and a setting or two of other sections: a file as people write it.
const HERALD: &str = r#"
[delivery]
tries_max = 20
[kafka.client]
"client.rack" = "a"
[[alertmanagers]]
name = "duty"
urls = ["https://alerts.example.org"]
severity_min = "critical"
allow = ["private"]
[[webhooks]]
name = "desk"
url = "https://desk.example.org/hook"
form = "cloudevents"
secret_files = []
"#;

#[test]
fn a_schema_and_the_program_refuse_the_same_files() {
    let folder = Folder::new();
    assert_eq!(told(&schema("herald"), &toml(HERALD)), [""; 0]);
    let cases = [
        ("casebook", "[state]\ncheckpoint_records = 5\n", ""),
        ("casebook", "", ""),
        ("intake", "[intake]\njson_schema_ids = [7]\n[log]\nlevel = \"warn\"\n", ""),
        ("casebook", "[kafka]\nbotstrap = \"b:1\"\n", ".kafka.botstrap: unknown"),
        ("casebook", "[kafcka]\nbootstrap = \"b:1\"\n", ".kafcka: unknown"),
        ("assessor", "[kafka]\ninstance = \"one\"\n", ".kafka.instance: type"),
        ("sentinel", "[state]\ncheckpoint_records = -1\n", ".state.checkpoint_records: minimum"),
        ("intake", "[log]\nlevel = \"loud\"\n", ".log.level: oneOf"),
        ("intake", "[intake]\nprotobuf_schema_ids = \"all\"\n", ".intake.protobuf_schema_ids: type"),
        ("intake", "[kafka.tls]\nenabled = \"perhaps\"\n", ".kafka.tls.enabled: type"),
        ("console", "[source]\nevery_ms = 1.5\n", ".source.every_ms: type"),
        ("console", "[admin]\nport = 1\n", ".admin.port: unknown"),
        ("herald", "[[webhooks]]\nname = \"desk\"\nform = \"cloudevents\"\nsecret_files = []\n", ".webhooks[0].url: missing"),
        (
            "herald",
            "[[alertmanagers]]\nname = \"a\"\nurls = [\"https://a.example.org\"]\nallow = [\"everything\"]\n",
            ".alertmanagers[0].allow[0]: oneOf",
        ),
    ];
    for (service, file, wanted) in cases {
        let told = told(&schema(service), &toml(file));
        assert_eq!(told.is_empty(), wanted.is_empty(), "{service}: {told:?}\n{file}");
        assert!(told.first().is_none_or(|first| first.starts_with(wanted)), "{service}: {told:?}\n{file}");
        folder.write("said.toml", file);
        let ran = folder.run(&format!("{service} --config said.toml --check-config"));
        assert_eq!(ran.code, Some(if wanted.is_empty() { 0 } else { 78 }), "{service}:\n{file}\n{}", ran.err);
    }
}
