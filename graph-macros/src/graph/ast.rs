//! The syntax tree of `graph!`: what was written, with the user's tokens, nothing resolved.

use proc_macro2::TokenStream;
use syn::{Attribute, Ident, Lifetime, Path, Token, Type, Visibility};

/// A whole `graph! { … }`, as far as it could be read.
#[derive(Default)]
pub(crate) struct Ast {
    pub(crate) header: Header,
    pub(crate) statements: Vec<Statement>,
    /// Whether a statement that may declare nodes could not be read: then a name without a declaration proves nothing.
    pub(crate) declarations_broken: bool,
}

/// `pub graph Name<State, Context>;`
pub(crate) struct Header {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Option<Ident>,
    pub(crate) state: Option<Type>,
    pub(crate) context: Option<Type>,
}

impl Default for Header {
    fn default() -> Header {
        Header { attributes: Vec::new(), visibility: Visibility::Inherited, name: None, state: None, context: None }
    }
}

#[allow(clippy::large_enum_variant, reason = "there are few statements, and each is taken apart at once")]
pub(crate) enum Statement {
    Nodes(Nodes),
    Pause(Pause),
    Subgraph(Subgraph),
    Chain(Chain),
}

/// `#[retry(attempts = 3)] node a, b = path::to::b;`
pub(crate) struct Nodes {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) declarations: Vec<Declaration>,
}

/// `b = path::to::b`; without a path, the name is the path.
pub(crate) struct Declaration {
    pub(crate) name: Ident,
    pub(crate) path: Option<Path>,
}

/// `pause approve = act(Approval) asks card;`
pub(crate) struct Pause {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) declaration: Declaration,
    pub(crate) reply: Type,
    pub(crate) question: Option<Path>,
}

/// `subgraph research = Research(enter, leave);`
pub(crate) struct Subgraph {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) graph: Path,
    pub(crate) passage: Option<Passage>,
}

/// `(enter, leave)`: how the state gets into a subgraph and back.
pub(crate) struct Passage {
    pub(crate) enter: Path,
    pub(crate) leave: Path,
}

/// `a -> (b, c) -> match route { … }`. Only a chain that was refused has neither stages nor a tail.
#[derive(Default)]
pub(crate) struct Chain {
    pub(crate) stages: Vec<Stage>,
    pub(crate) tail: Option<Tail>,
}

pub(crate) enum Stage {
    Name(Ident),
    Group(Group),
    Each(Box<Each>),
}

/// `'label: (a, b if wanted)`
pub(crate) struct Group {
    pub(crate) label: Option<Lifetime>,
    pub(crate) parentheses: TokenStream,
    pub(crate) branches: Vec<Branch>,
}

pub(crate) struct Branch {
    pub(crate) chain: Chain,
    pub(crate) condition: Option<Path>,
}

/// `'label: for urls(Url) { fetch -> parse }`
pub(crate) struct Each {
    pub(crate) label: Option<Lifetime>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) keyword: Token![for],
    pub(crate) items: Path,
    pub(crate) item: Type,
    pub(crate) chain: Chain,
}

pub(crate) enum Tail {
    Route(Route),
    Jump(Lifetime),
}

/// `match path { … }`, or `match { … }` after a node that decides itself.
pub(crate) struct Route {
    pub(crate) keyword: Token![match],
    pub(crate) path: Option<Path>,
    pub(crate) arms: Vec<Arm>,
}

/// `Pattern if guard => chain`; rustc reads the pattern.
pub(crate) struct Arm {
    pub(crate) pattern: TokenStream,
    /// Whether the pattern can be given to rustc, and all patterns up to the next arm with it.
    pub(crate) complete: bool,
    pub(crate) chain: Chain,
}
