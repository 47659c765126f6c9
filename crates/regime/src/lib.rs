//! THE RULES: regime packs, parsed, checked, compiled to words, hashed.
