//! Compiles the contract (`proto/`) without `protoc` and without network: decoders (prost), the table of messages and
//! fields that writers and the JSON reader share, and, for the tests alone, an independent JSON mapping (pbjson) as oracle.
//!
//! Nothing is generated into the source tree: all of it goes to `OUT_DIR`.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

const FILES: [&str; 8] = ["event", "admitted", "assessment", "alert", "refused", "late", "tally", "entry"];
const PACKAGE: &str = "slipwatch.v1";
const TIMESTAMP: &str = ".google.protobuf.Timestamp";
/// One type for it, so that the decoders need no crate of well-known types.
const TIMESTAMP_TYPE: &str = "crate::timestamp::Timestamp";

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=../../proto/slipwatch");
    let files = FILES.map(|name| format!("slipwatch/v1/{name}.proto"));
    let compiled = protox::compile(files, ["../../proto"])?;
    prost_build::Config::new().btree_map(["."]).extern_path(TIMESTAMP, TIMESTAMP_TYPE).compile_fds(compiled.clone())?;
    let mut oracle = pbjson_build::Builder::new();
    let mut table = String::new();
    for file in compiled.file {
        if file.package() == PACKAGE {
            for choices in &file.enum_type {
                let words = choices.value.iter().map(|value| (value.number(), value.name()));
                table += &enum_row(choices.name(), words)?;
            }
            for message in &file.message_type {
                let fields = message.field.iter().map(|field| Field {
                    name: field.name(),
                    json: field.json_name(),
                    number: field.number(),
                    kind: field.r#type().as_str_name(),
                    refers_to: field.type_name(),
                    presence: match (field.label().as_str_name(), field.proto3_optional(), field.oneof_index) {
                        ("LABEL_REPEATED", _, _) => "Repeated",
                        (_, false, Some(_)) => "OneOf",
                        (_, true, _) => "Explicit",
                        (_, false, None) => "Implicit",
                    },
                });
                table += &message_row(message.name(), fields)?;
            }
        }
        oracle.register_file_descriptor(file);
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("table.rs"), table)?;
    oracle.ignore_unknown_fields().extern_path(TIMESTAMP, TIMESTAMP_TYPE).build(&[format!(".{PACKAGE}")])?;
    Ok(())
}

/// What the table says of a field, as the descriptor has it.
struct Field<'a> {
    name: &'a str,
    json: &'a str,
    number: i32,
    kind: &'a str,
    refers_to: &'a str,
    presence: &'a str,
}

/// The words of an enum by number. A gap would shift them, so it ends the build.
fn enum_row<'a>(name: &str, words: impl Iterator<Item = (i32, &'a str)>) -> Result<String, Failure> {
    let mut row = format!("pub(crate) static {}: &[&str] = &[", snake(name).to_uppercase());
    for (place, (number, word)) in words.enumerate() {
        if usize::try_from(number)? != place {
            return Err(format!("enum {name}: {word} is not number {place}").into());
        }
        write!(row, "{word:?}, ")?;
    }
    Ok(row + "];\n")
}

fn message_row<'a>(name: &str, fields: impl Iterator<Item = Field<'a>>) -> Result<String, Failure> {
    let mut rows = format!("pub(crate) mod {} {{\n    use super::*;\n", snake(name));
    let mut names = String::new();
    for field in fields {
        let constant = field.name.to_uppercase();
        let Field { number, json, name, presence, .. } = field;
        let (kind, key) = (kind(field.kind, field.refers_to)?, format!(",\"{json}\":"));
        writeln!(
            rows,
            "    pub(crate) static {constant}: Field = Field {{ number: {number}, json: {json:?}, key: {key:?}, snake: {name:?}, kind: {kind}, presence: Presence::{presence} }};"
        )?;
        write!(names, "&{constant}, ")?;
    }
    writeln!(rows, "    pub(crate) static MESSAGE: Message = Message {{ fields: &[{names}] }};\n}}")?;
    Ok(rows)
}

fn kind(kind: &str, refers_to: &str) -> Result<String, Failure> {
    let short = refers_to.rsplit('.').next().unwrap_or_default();
    Ok(match kind {
        "TYPE_STRING" => "Kind::Text".into(),
        "TYPE_BYTES" => "Kind::Bytes".into(),
        "TYPE_BOOL" => "Kind::Truth".into(),
        "TYPE_DOUBLE" => "Kind::Real".into(),
        "TYPE_SINT32" => "Kind::Sint32".into(),
        "TYPE_UINT32" => "Kind::Uint32".into(),
        "TYPE_INT64" => "Kind::Int64".into(),
        "TYPE_UINT64" => "Kind::Uint64".into(),
        "TYPE_ENUM" => format!("Kind::Choice(super::{})", snake(short).to_uppercase()),
        "TYPE_MESSAGE" if refers_to == TIMESTAMP => "Kind::Time".into(),
        "TYPE_MESSAGE" => format!("Kind::Message(&super::{}::MESSAGE)", snake(short)),
        other => return Err(format!("the writers know no {other}").into()),
    })
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
