//! The scenarios that ship, inside the program: `deploy/scenarios`.
//!
//! What must never enter: a scenario that is not a file there.

/// A scenario that ships.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Its name on the command line.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

/// All of them, sorted by name.
pub const ALL: [Builtin; 5] = [
    Builtin { name: "kinds", text: include_str!("../../../../deploy/scenarios/kinds.toml") },
    Builtin { name: "lifecycle", text: include_str!("../../../../deploy/scenarios/lifecycle.toml") },
    Builtin { name: "ports", text: include_str!("../../../../deploy/scenarios/ports.toml") },
    Builtin { name: "power", text: include_str!("../../../../deploy/scenarios/power.toml") },
    Builtin { name: "sharing", text: include_str!("../../../../deploy/scenarios/sharing.toml") },
];
