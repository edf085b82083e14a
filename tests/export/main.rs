//! An export is the whole thread, for any store; an import is that thread again, or an error and nothing.

mod concurrent;
mod damage;
mod graphs;
mod interrupted;
mod large;
mod moved;
mod refused;
