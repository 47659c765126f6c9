//! The crates and what they may see: the table of the architecture, and the workspace as cargo tells
//! it. What must never enter: the rules themselves (`graph_rules`), or a crate's own reasons.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::tree::root;

/// What one crate may see.
pub(crate) struct Room {
    /// Folder, package and word.
    pub(crate) name: &'static str,
    /// Crates of ours, exactly; of the binary and the tests: at most.
    pub(crate) sees: &'static [&'static str],
    /// Crates of others: exactly where the room is pure, else at most.
    pub(crate) outside: &'static [&'static str],
}

/// The rooms that exist. A member without a row is a breach, and so is a row without a member.
pub(crate) const ROOMS: &[Room] = &[
    Room { name: "vocab", sees: &[], outside: &["chrono", "serde", "thiserror"] },
    Room { name: "surveillance", sees: &[], outside: &["libm", "serde"] },
    Room { name: "engine", sees: &["surveillance", "vocab"], outside: &["libm", "postcard", "serde", "sha2", "thiserror"] },
    Room { name: "regime", sees: &["vocab"], outside: &["serde", "sha2", "toml"] },
    Room {
        name: "wire",
        sees: &["vocab"],
        outside: &[
            "chrono",
            "chrono-tz",
            "csv",
            "flate2",
            "pbjson",
            "pbjson-build",
            "prost",
            "prost-build",
            "protox",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "toml",
            "zstd",
        ],
    },
    Room { name: "catalogue", sees: &["vocab"], outside: &["flate2", "prometheus"] },
    Room { name: "journal", sees: &[], outside: &["crc32c", "openssl", "rdkafka", "rusqlite", "sha2", "thiserror"] },
    Room { name: "words", sees: &["vocab"], outside: &[] },
    Room {
        name: "service-kit",
        sees: &["journal"],
        outside: &[
            "axum",
            "figment",
            "schemars",
            "sd-notify",
            "serde",
            "serde_json",
            "signal-hook",
            "thiserror",
            "tokio",
            "tracing",
            "tracing-subscriber",
        ],
    },
    Room {
        name: "intake",
        sees: &["catalogue", "engine", "journal", "regime", "service-kit", "stages", "vocab", "wire"],
        outside: &[
            "axum",
            "chrono",
            "flate2",
            "hyper",
            "hyper-util",
            "schemars",
            "serde",
            "serde_json",
            "sha2",
            "subtle",
            "thiserror",
            "tokio",
            "toml",
            "tracing",
        ],
    },
    Room {
        name: "stages",
        sees: &["catalogue", "engine", "journal", "regime", "service-kit", "vocab", "wire"],
        outside: &["schemars", "serde", "thiserror", "tracing"],
    },
    Room { name: "sentinel", sees: &["catalogue", "service-kit", "stages"], outside: &["schemars", "serde"] },
    Room { name: "assessor", sees: &["catalogue", "service-kit", "stages"], outside: &["schemars", "serde"] },
    Room { name: "casebook", sees: &["catalogue", "service-kit", "stages"], outside: &["schemars", "serde"] },
    Room {
        name: "console",
        sees: &["catalogue", "journal", "service-kit", "vocab", "wire"],
        outside: &["schemars", "serde", "thiserror", "tracing"],
    },
    Room {
        name: "herald",
        sees: &["catalogue", "journal", "service-kit", "vocab", "wire", "words"],
        outside: &[
            "base64",
            "hmac",
            "http-body-util",
            "httpdate",
            "hyper",
            "hyper-rustls",
            "hyper-util",
            "postcard",
            "schemars",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "tokio",
            "tower-service",
            "tracing",
        ],
    },
    Room {
        name: "slipwatch",
        sees: &[
            "assessor",
            "casebook",
            "catalogue",
            "console",
            "engine",
            "herald",
            "intake",
            "journal",
            "regime",
            "sentinel",
            "service-kit",
            "stages",
            "surveillance",
            "vocab",
            "wire",
            "words",
        ],
        outside: &[
            "anstyle",
            "anyhow",
            "chrono",
            "clap",
            "clap_complete",
            "comfy-table",
            "crc32c",
            "csv",
            "indicatif",
            "plotters",
            "rand_chacha",
            "rand_distr",
            "schemars",
            "serde",
            "serde_json",
            "sha2",
            "signal-hook",
            "similar",
            "textplots",
            "tokio",
            "toml",
            "tracing",
            "zstd",
        ],
    },
    Room {
        name: "tests",
        sees: &[
            "assessor",
            "casebook",
            "catalogue",
            "console",
            "engine",
            "herald",
            "intake",
            "journal",
            "regime",
            "sentinel",
            "service-kit",
            "slipwatch",
            "stages",
            "surveillance",
            "vocab",
            "wire",
            "words",
        ],
        outside: &["chrono", "rdkafka", "serde", "serde_json"],
    },
];

/// Crates whose row may name fewer of ours than it is allowed to.
pub(crate) const MAY_SEE_LESS: [&str; 2] = ["slipwatch", "tests"];
/// What tests and benches may use anywhere, beside what their crate uses.
pub(crate) const TEST_TOOLS: [&str; 9] =
    ["cargo_metadata", "criterion", "insta", "proptest", "rand_chacha", "rand_distr", "rusqlite", "serde_json", "tempfile"];
/// Features that would give a pure crate a clock, the standard library or the platform's floats.
pub(crate) const IMPURE_FEATURES: [&str; 5] = ["clock", "default", "now", "std", "wasmbind"];

/// One arrow out of a crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrow {
    /// The package at its point.
    pub(crate) to: String,
    /// Only tests, benches and examples follow it.
    pub(crate) for_tests: bool,
    /// Are the default features left out?
    pub(crate) without_default_features: bool,
    /// Features asked for by name.
    pub(crate) features: Vec<String>,
    /// Where the package comes from.
    pub(crate) origin: Origin,
    /// Line of the manifest that asks for it.
    pub(crate) line: usize,
}

/// Where a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The workspace.
    Ours,
    /// The crate registry.
    Registry,
    /// A git repository or a folder outside.
    Elsewhere,
}

/// One crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Name of the package.
    pub(crate) name: String,
    /// Folder from the root of the workspace.
    pub(crate) folder: String,
    /// May it be published anywhere?
    pub(crate) publishable: bool,
    /// What it depends on.
    pub(crate) arrows: Vec<Arrow>,
}

impl Member {
    /// Path of its manifest from the root.
    pub(crate) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }

    /// Line of the manifest that asks for the package `name`; 0 where none does.
    pub(crate) fn line_of(&self, name: &str) -> usize {
        self.arrows.iter().find(|arrow| arrow.to == name).map_or(0, |arrow| arrow.line)
    }

    /// Names at the points of the arrows that `keep` keeps.
    pub(crate) fn names(&self, keep: impl Fn(&Arrow) -> bool) -> BTreeSet<&str> {
        self.arrows.iter().filter(|arrow| keep(arrow)).map(|arrow| arrow.to.as_str()).collect()
    }
}

/// The members of the workspace.
pub(crate) fn members() -> &'static [Member] {
    static MEMBERS: OnceLock<Vec<Member>> = OnceLock::new();
    MEMBERS.get_or_init(|| {
        let mut command = MetadataCommand::new();
        command.manifest_path(root().join("Cargo.toml")).no_deps();
        let metadata = command.exec().unwrap_or_else(|error| panic!("failed to run cargo metadata: {error}"));
        let names: Vec<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
        metadata.packages.iter().map(|package| member(package, &names, metadata.workspace_root.as_str())).collect()
    })
}

fn member(package: &Package, ours: &[String], root: &str) -> Member {
    let manifest =
        std::fs::read_to_string(&package.manifest_path).unwrap_or_else(|error| panic!("failed to read {}: {error}", package.manifest_path));
    let arrows = package.dependencies.iter().map(|dependency| {
        let from_registry = dependency.source.as_ref().is_some_and(|source| source.is_crates_io());
        let origin = match (dependency.path.is_some(), ours.contains(&dependency.name)) {
            (true, true) => Origin::Ours,
            (false, _) if from_registry => Origin::Registry,
            (true, false) | (false, _) => Origin::Elsewhere,
        };
        Arrow {
            to: dependency.name.clone(),
            for_tests: dependency.kind == DependencyKind::Development,
            without_default_features: !dependency.uses_default_features,
            features: dependency.features.clone(),
            origin,
            line: asking_line(&manifest, &dependency.name),
        }
    });
    let folder = package.manifest_path.parent().map_or("", |folder| folder.as_str());
    Member {
        name: package.name.to_string(),
        folder: folder.strip_prefix(root).unwrap_or(folder).trim_start_matches('/').to_owned(),
        publishable: package.publish.as_ref().is_none_or(|registries| !registries.is_empty()),
        arrows: arrows.collect(),
    }
}

/// The line `name.workspace = true` or `name = { .. }` of a manifest.
fn asking_line(manifest: &str, name: &str) -> usize {
    let asks = |line: &str| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
    };
    manifest.lines().position(asks).map_or(0, |at| at + 1)
}
