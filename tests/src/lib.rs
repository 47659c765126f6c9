//! What is proven about several rooms at once.
