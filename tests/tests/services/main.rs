//! The services on a real broker decide what one process decides, byte for byte.
//!
//! Tests run in the order of their names: what takes longest comes early, so that nobody waits for it alone. Must never enter: a broker
//! that is not real.

mod alike;
mod away;
mod backlog;
mod balance;
mod brokers;
mod chaos;
mod clocks;
mod delivery;
mod denied;
mod door;
mod flood;
mod growth;
mod letters;
mod live;
mod lost;
mod other_logs;
mod outsiders;
mod pace;
mod rebuilt;
mod refused;
mod reloaded;
mod running;
mod secure;
mod sender;
mod stamped;
mod taken_over;
mod unpacked;
