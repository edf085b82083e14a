//! The macros of `graph-runtime`.

mod errors;
mod former;
mod graph;
mod krate;
mod spelling;
mod state;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields the state of a graph.
///
/// For `struct Job` it implements `GraphState` and emits `JobUpdate`, the update builder that `Job::update()` begins, with
/// the visibility of the struct.
///
/// # Setters
///
/// | setter | of | writes |
/// |---|---|---|
/// | `x(value)` | every field | the value; a reduced field folds it |
/// | `maybe_x(option)` | every field | the value, if there is one |
/// | `overwrite_x(value)` | reduced fields | the value in the place of the old one |
/// | `remove_x(keys)` | `merge`, and `upsert` with a `key` | the field without what has these keys |
///
/// A setter takes the field's type; for `String`, `PathBuf`, `Box<str>` and `Arc<str>`, as they are written, what turns into
/// it. `append`, `merge` and `upsert` take an iterator of items.
///
/// # Reducers
///
/// | attribute | works on | folds a write |
/// |---|---|---|
/// | `#[reduce(append)]` | `Vec`, `VecDeque`, `String` | at the end |
/// | `#[reduce(merge)]` | `BTreeMap`, `HashMap`, `BTreeSet`, `HashSet` | entry by entry; the new one replaces the old one |
/// | `#[reduce(add)]` | `AddAssign` | with `+=` |
/// | `#[reduce(max)]`, `#[reduce(min)]` | `PartialOrd` | if it is greater, if it is less; a NaN never wins |
/// | `#[reduce(and)]`, `#[reduce(or)]` | `BitAndAssign`, `BitOrAssign` | with `&=`, with <code>\|=</code> |
/// | `#[reduce(with = path)]` | any `T` | with an `fn(&mut T, T)` |
/// | `#[reduce(upsert(by = field))]` | `Vec` of structs | in the place of the item with an equal `field`, else at the end |
/// | `#[reduce(upsert(by = field, key = Type))]` | | the same; the type of `field` makes `remove_x` possible |
///
/// # Fields
///
/// | attribute | the field |
/// |---|---|
/// | `#[state(default = expression)]` | starts with the expression and not with `Default` |
/// | `#[state(into)]` | has setters that take what turns into its type |
/// | `#[state(json)]` | is stored as JSON: for types that bincode cannot read back |
/// | `#[state(skip)]` | is never stored, and so lives within one run |
/// | `#[state(secret)]` | is stored and never shown |
/// | `#[state(ephemeral)]` | is seen by the routes of the step that wrote it and the nodes of the next, then is back at its default |
/// | `#[state(renamed_from = "old")]`, `#[state(renamed_from("old", "older"))]` | had these names before: a record that does not hold it under its own name is searched for them |
/// | `#[state(migrate(from = Old, with = path))]` | had this type before: a record that holds it is led to the new one by an `fn(Old) -> T`; may stand there for several |
///
/// Above the struct, `#[state(crate = path)]` says where the library is if it has another name.
#[proc_macro_derive(GraphState, attributes(state, reduce))]
pub fn derive_graph_state(input: TokenStream) -> TokenStream {
    state::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Describes a graph: what follows what.
///
/// ```text
/// graph! {
///     /// Counts to three.
///     pub graph JobGraph<Job>;
///
///     node start_job, decide;
///
///     start -> start_job -> decide -> match done {
///         true => end,
///         false => start_job,
///     };
/// }
/// ```
///
/// # Grammar
///
/// ```text
/// graph     = attrs vis "graph" Ident "<" Type ("," Type)? ">" ";" statement*
/// statement = attrs "node" decl ("," decl)* ";"
///           | attrs "pause" decl "(" Type ")" ("asks" Path)? ";"
///           | attrs "subgraph" Ident "=" Path "(" Path "," Path ")" ";"
///           | chain ";"
/// decl      = Ident ("=" Path)?
/// chain     = stage ("->" stage)* ("->" (route | Lifetime))?
/// stage     = Ident
///           | (Lifetime ":")? "(" branch ("," branch)* ","? ")"
///           | (Lifetime ":")? attrs "for" Path "(" Type ")" "{" chain "}"
/// branch    = chain ("if" Path)?
/// route     = "match" Path? "{" (Pattern ("if" Expr)? "=>" chain ","?)* "}"
/// ```
///
/// # What is emitted
///
/// | item | what it is |
/// |---|---|
/// | `JobGraph` | the graph, with the attributes and the visibility of the header; `JobGraph::builder()` and, without pauses, `JobGraph::new()`, which takes the context if there is one |
/// | `JobGraph::MERMAID`, `JobGraph::DOT` | the picture of the graph as a Mermaid flowchart and in the language of Graphviz |
/// | `JobGraph::topology()` | the same as tables: nodes, regions and edges |
/// | `JobGraph::schema()` | what stored threads hold of it, to be compared with a committed file |
/// | `JobGraphNode` | the enum of its nodes, in the order in which the text places them |
/// | `JobGraphReply` | the enum of the replies that its pauses wait for: a variant for each pause with its reply, and one for each subgraph with a reply of that graph |
///
/// In documentation that rustdoc makes, `JobGraph` also has a drawing of the graph, if that has at most 150 nodes, groups and
/// `for`s.
///
/// # The header
///
/// `pub graph Name<State, Context>;` comes first. Without a context it is `()`. Above it stand documentation, `cfg`, levels of
/// lints, `deprecated`, and `#[graph(crate = path)]`, which says where the library is if it has another name.
///
/// # Statements
///
/// | statement | meaning |
/// |---|---|
/// | `node a, b;` | the functions `a` and `b` are nodes |
/// | `node web = sources::search_web;` | so is this one, and is called `web` |
/// | `start -> a -> b -> end;` | after `start` comes `a`, then `b`, then the end |
/// | `a -> match route { Pattern => b -> c, _ => end };` | after `a`, the answer of `route` decides |
/// | `a -> match { Pattern => b, _ => end };` | `a` returns a `Command`, which has decided |
/// | `a -> (b, c -> d, e if path) -> f;` | `b`, `c -> d` and, if `path` says so, `e` run side by side; `f` waits for all of them |
/// | `a -> for items(Item) { b -> c } -> d;` | `b -> c` runs for each item of the list that `items` returns, side by side; `d` waits for all of them |
/// | `a -> 'again: (b, c) -> match done { true => end, false => 'again };` | a group or a `for` with a label, which is jumped to |
/// | `subgraph name = Graph(enter, leave);` | another graph is the node `name` |
/// | `pause approve(Approval) asks card;` | `approve` is a node that waits for an `Approval` and runs when one has come; what `card` returns is shown meanwhile |
/// | `pause approve = act(Approval);` | so is this one, of the function `act`; nothing is shown |
///
/// A chain may begin anywhere and end in a jump to any node, also backwards; but something follows each node in one place
/// alone, and from each node a way leads to `end`. Arms hold chains, patterns are those of Rust, with guards.
///
/// Groups and `for`s stand in each other at any depth. In a branch, an arm ends in `join`, which leaves the branch, or in a
/// jump within the branch: no jump leads into a group or a `for`, or out of it. `start`, `end` and `join` are reserved.
///
/// A graph that can pause, at its own pauses or those of a subgraph, needs a checkpointer: without one, `build`, `new` and `run`
/// do not compile.
///
/// # Attributes
///
/// | attribute | above | meaning |
/// |---|---|---|
/// | `#[retry(attempts = 3, backoff = "100ms", factor = 2.0, max = "60s", jitter, if = path)]` | `node`, `pause`, the header | a failed node is tried again; all but `attempts` may be left out; `path` is an `fn(&NodeError) -> bool` |
/// | `#[timeout("30s")]` | `node`, `pause`, the header | an attempt that takes longer has failed; the time of waiting does not count |
/// | `#[on_error(path)]` | `node`, `pause`, the header | after the last attempt, an `fn(&State, &NodeError)` returns what the node would have |
/// | `#[blocking]` | `node` | the plain `fn` blocks, and runs on a pool |
/// | `#[concurrency(8)]` | `for` | so many items run at a time |
/// | `#[deadline("24h", or = path)]` | `pause` | who drives the thread after that time without a reply has the value of `path` for one |
/// | `#[memory(thread)]` | `subgraph` | the child keeps its state over the thread |
/// | `#[renamed_from("old", "older")]` | `node`, `pause`, `subgraph` | it had these names before, and stored threads that hold one go on with it |
/// | | the header | the graph had these names before, and the threads that were stored under them are its own |
///
/// Above `node a, b;` they hold for both, but for `#[renamed_from]`, which is about one. Above the header they are defaults, which a node's own replace. Durations are a
/// number and `us`, `ms`, `s`, `m`, `h` or `d`.
///
/// # Functions
///
/// Arguments come in this order; those in brackets may be left out.
///
/// | function | signature |
/// |---|---|
/// | node | `fn` or `async fn` `(&State, [&Item], [&Ctx<Context>])` to an `impl Update<State>`, to a `Command` with one if a `match` without a route follows, or to a `Result` of either |
/// | pause | as a node, with `&Reply` before the context: `(&State, [&Item], [&Reply], [&Ctx<Context>])` |
/// | what a pause `asks` | `fn(&State, [&Item]) -> impl Serialize` |
/// | `or` of a `#[deadline]` | `fn(&State, [&Item]) -> Reply` |
/// | route | `fn(&State, [&Item]) -> T` |
/// | condition | `fn(&State, [&Item]) -> bool` |
/// | list of a `for` | `fn(&State, [&Item]) -> impl IntoIterator<Item = T>` |
/// | `enter` | `fn(&State, [&Item]) -> impl Update<Child>` |
/// | `leave` | `fn(&State, [&Item], &Child) -> impl Update<State>` |
/// | `on_error` | `fn(&State, &NodeError)` to what the node returns |
///
/// `&Item` is the item of the innermost `for` around. `T` is stored, so it implements `Serialize` and `DeserializeOwned`,
/// and so does `Reply`. Where the two are of one type, a pause takes both or neither: one alone could be either.
///
/// # What may run side by side
///
/// Any node of a branch and any node of a sibling branch; a node in a `for` and itself. If such two write a field, both must
/// reduce it, or the program does not compile. What a node may write, the type of its update says.
#[proc_macro]
pub fn graph(input: TokenStream) -> TokenStream {
    graph::expand(input.into()).into()
}
