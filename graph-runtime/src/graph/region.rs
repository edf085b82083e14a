//! The static structure of a graph: its groups and `for`s, and what stands in them.

/// A group or a `for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its label, or a name made of its first node; unique in the graph. Checkpoints hold it.
    pub name: &'static str,
    /// Where it stands.
    pub scope: Option<Scope>,
    /// Which of the two it is.
    pub form: Form,
}

/// A branch of a group, or the chain of a `for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The place in [`Definition::REGIONS`](crate::Definition::REGIONS).
    pub region: usize,
    /// The branch; 0 in a `for`.
    pub branch: u32,
}

/// How a region branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One branch for each that the text has.
    Group,
    /// One branch per item.
    Each {
        /// How many of its tasks run at once; all, if `None`.
        concurrency: Option<u32>,
    },
}
