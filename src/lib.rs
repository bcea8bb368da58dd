//! Costate.
