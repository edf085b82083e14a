//! States of every visibility, some with fields that nobody else may name.

use crate::prelude::graphs::{GraphState, Update};
use std::collections::HashMap;

/// Known to this module alone.
#[derive(Debug, Default)]
struct Cache {
    hits: u64,
}

/// A public state with a field of a private type.
#[derive(Debug, GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Order {
    /// How often it was touched.
    ///
    /// Each node adds one.
    #[reduce(add)]
    pub count: u64,
    /// Where it goes.
    pub address: String,
    #[state(skip)]
    cache: Cache,
    #[reduce(merge)]
    parts: HashMap<String, u32>,
    #[state(ephemeral, secret, default = "?".to_owned())]
    r#fn: String,
    #[reduce(append)]
    log: Vec<String>,
}

impl Order {
    /// How often the cache was hit.
    #[must_use]
    pub const fn hits(&self) -> u64 {
        self.cache.hits
    }

    /// How many parts there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len() + self.log.len() + self.r#fn.len()
    }
}

/// Writes the private field.
#[must_use]
pub fn hit(order: &Order) -> impl Update<Order> + use<> {
    Order::update().cache(Cache { hits: order.cache.hits + 1 }).parts([("a".to_owned(), 1)])
}

/// States that are seen less far.
pub mod inner {
    use crate::prelude::graphs::{GraphState, Update};

    /// Seen in the crate.
    #[derive(Debug, GraphState)]
    #[state(crate = crate::prelude::graphs)]
    pub(crate) struct InCrate {
        pub(crate) step: u32,
    }

    /// Seen one module up.
    #[derive(Debug, GraphState)]
    #[state(crate = crate::prelude::graphs)]
    pub(super) struct Above {
        pub(super) step: u32,
    }

    /// Seen at a path.
    #[derive(Debug, GraphState)]
    #[state(crate = crate::prelude::graphs)]
    pub(in crate::visible) struct AtPath {
        pub(super) step: u32,
    }

    /// Seen here, in words.
    #[derive(Debug, GraphState)]
    #[state(crate = crate::prelude::graphs)]
    #[expect(clippy::needless_pub_self, reason = "the derive must understand it")]
    pub(self) struct Here {
        step: u32,
    }

    /// Seen here.
    #[derive(Debug, GraphState)]
    #[state(crate = crate::prelude::graphs)]
    struct Private {
        step: u32,
    }

    /// The sum of one step each.
    #[must_use]
    pub fn steps() -> u32 {
        let mut here = Here::initial();
        write(&mut here, Here::update().step(1));
        let mut private = Private::initial();
        write(&mut private, Private::update().step(2));
        here.step + private.step
    }

    /// Writes an update into a state.
    pub fn write<S: GraphState>(state: &mut S, update: impl Update<S>) {
        let mut patch = S::Patch::default();
        update.write(&mut patch);
        state.apply(&mut patch);
    }
}

/// The sum of one step each.
#[must_use]
pub fn steps() -> u32 {
    let mut in_crate = inner::InCrate::initial();
    inner::write(&mut in_crate, inner::InCrate::update().step(1));
    let mut above = inner::Above::initial();
    inner::write(&mut above, inner::Above::update().step(2));
    let mut at_path = inner::AtPath::initial();
    inner::write(&mut at_path, inner::AtPath::update().step(3));
    in_crate.step + above.step + at_path.step
}

/// A state within a function, and one of a type that is called like a parameter.
#[must_use]
pub fn local() -> u32 {
    /// Only here.
    #[derive(Debug, GraphState)]
    #[state(crate = crate::prelude::graphs)]
    struct Local {
        step: u32,
    }
    let mut local = Local::initial();
    inner::write(&mut local, Local::update().step(4).erase());
    local.step
}

/// A type that generated code might call its parameter.
#[derive(Clone, Copy, Debug, Default)]
pub struct W;

/// A state of it.
#[derive(Debug, GraphState)]
#[state(crate = crate::prelude::graphs)]
pub struct Single {
    /// One.
    #[state(skip)]
    pub w: W,
}

/// A macro that declares a state.
macro_rules! state {
    ($name:ident, $field:ident: $ty:ty) => {
        /// A state of a macro.
        #[derive(Debug, GraphState)]
        #[state(crate = crate::prelude::graphs)]
        pub struct $name {
            /// A field.
            #[reduce(append)]
            pub $field: $ty,
        }
    };
}

state!(Declared, words: Vec<String>);
