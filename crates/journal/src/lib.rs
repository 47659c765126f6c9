//! THE LOG: order within ticks, marks, repeats, checkpoints, over memory and SQLite.
