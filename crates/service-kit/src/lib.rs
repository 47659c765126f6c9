//! THE HABITS: stop, and the run loop that drives stages on a journal.
