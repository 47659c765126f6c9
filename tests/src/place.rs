//! Places for tests that keep a machine busy: so many go on at once, the others wait their turn.
//!
//! A test runs for each core, and `RUST_TEST_THREADS` may ask for more, because most of them wait. Those that start processes by the
//! dozen, or play every log, take a place first, for with all of them at once none would get anywhere: a stage ends where a call takes
//! longer than it may. Must never enter: a time, an order that a test relies on.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tests that may keep the machine busy at once, for each two cores.
const PLACES_PER_TWO_CORES: usize = 2;

static ROOM: Room = Room { state: Mutex::new(State { came: 0, called: 0, taken: 0 }), changed: Condvar::new() };

struct Room {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// How many have asked for a place.
    came: u64,
    /// How many were given one.
    called: u64,
    /// How many have one now.
    taken: usize,
}

/// A place, free again when this goes.
#[derive(Debug)]
pub struct Place(());

/// Waits for a place, in the order of asking.
#[must_use]
pub fn take() -> Place {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let places = (PLACES_PER_TWO_CORES * cores / 2).max(PLACES_PER_TWO_CORES);
    let mut state = ROOM.lock();
    let mine = state.came;
    state.came += 1;
    while state.called < mine || state.taken >= places {
        state = ROOM.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.called += 1;
    state.taken += 1;
    ROOM.changed.notify_all();
    Place(())
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        ROOM.lock().taken -= 1;
        ROOM.changed.notify_all();
    }
}
