//! The architecture, executed. Every rule that a reader could check by reading is checked here by a
//! program that reads: the graph of crates, the purity of the core, sizes, names, words, bans, links.
//! A failure names file, line and rule. Each rule is also shown a small bad text, so that a rule which
//! can no longer fail is noticed. What must never enter: knowledge of what the code computes, and any
//! exception by file name (an exception stands beside the code, as `#[expect(.., reason = "..")]`).

mod attributes;
mod bans;
mod commands;
mod documents;
mod domain;
mod faults;
mod finding;
mod graph;
mod graph_rules;
mod layout;
mod lexer;
mod limits;
mod manifests;
mod names;
mod purity;
mod sizes;
mod source;
mod tree;
mod waiting;
mod wording;
