//! Which functions can stand where in a graph: traits that rustc checks the user's functions with, and what it says then.

pub(crate) mod each;
pub(crate) mod node;
pub(crate) mod now;
pub(crate) mod passage;
pub(crate) mod pause;
pub(crate) mod race;
pub(crate) mod route;
pub(crate) mod work;
