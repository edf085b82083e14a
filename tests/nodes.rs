//! `graph!`: every form that a node may have.

use futures_lite::future::block_on;
use graph_runtime::{Command, Ctx, Either, Error, GraphState, NodeCause, Update, graph};
use std::fmt;

/// What the nodes leave behind.
#[derive(GraphState, Debug)]
pub struct Trace {
    #[reduce(append)]
    names: Vec<String>,
    best: Option<u32>,
}

/// What the nodes get.
pub struct Tools {
    greet: Box<dyn Fn(&str) -> String + Send + Sync>,
}

/// An error of the user's own.
#[derive(Debug)]
pub struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {}", self.0)
    }
}

impl std::error::Error for Refused {}

fn plain(_: &Trace) -> impl Update<Trace> {
    Trace::update().names(["plain".to_owned()])
}

fn with_context(_: &Trace, cx: &Ctx<Tools>) -> impl Update<Trace> {
    Trace::update().names([(cx.context().greet)("with_context")])
}

fn fallible(trace: &Trace) -> Result<impl Update<Trace>, Refused> {
    if trace.names.is_empty() { Err(Refused("too early")) } else { Ok(Trace::update().names(["fallible".to_owned()])) }
}

fn fallible_with_context(_: &Trace, cx: &Ctx<Tools>) -> Result<impl Update<Trace>, String> {
    if cx.step() == 0 {
        Err("too early".to_owned())
    } else {
        Ok(Trace::update().names([format!("step {}", cx.step())]))
    }
}

async fn later(_: &Trace) -> impl Update<Trace> {
    std::future::ready(()).await;
    Trace::update().names(["later".to_owned()])
}

async fn later_with_context(trace: &Trace, cx: &Ctx<Tools>) -> impl Update<Trace> {
    let count = trace.names.len();
    std::future::ready(()).await;
    Trace::update().names([(cx.context().greet)(&count.to_string())])
}

async fn fallible_later(trace: &Trace) -> anyhow::Result<impl Update<Trace>> {
    std::future::ready(()).await;
    let last = trace.names.last().ok_or_else(|| anyhow::anyhow!("no names"))?;
    Ok(Trace::update().names([format!("after {last}")]))
}

async fn fallible_later_with_context(
    _: &Trace,
    _: &Ctx<Tools>,
) -> Result<impl Update<Trace>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Trace::update().names(["fallible_later_with_context".to_owned()]))
}

fn nothing(_: &Trace) {}

fn maybe(trace: &Trace) -> Option<impl Update<Trace>> {
    trace.best.is_none().then(|| Trace::update().best(Some(1)))
}

fn either(trace: &Trace) -> impl Update<Trace> {
    match trace.best {
        Some(best) => Either::Left(Trace::update().best(Some(best + 1))),
        None => Either::Right(()),
    }
}

fn boxed(trace: &Trace) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Refused>> + Send + '_>> {
    Box::pin(async move { if trace.names.is_empty() { Err(Refused("no names")) } else { Ok(()) } })
}

graph! {
    /// Visits every form.
    pub graph Forms<Trace, Tools>;

    /// Takes the state.
    node plain;
    node with_context, fallible, fallible_with_context, later, later_with_context;
    node fallible_later, fallible_later_with_context, nothing, maybe, either, boxed;

    start -> plain -> with_context -> fallible -> fallible_with_context -> later -> later_with_context
        -> fallible_later -> fallible_later_with_context -> nothing -> maybe -> either -> boxed -> end;
}

fn tools() -> Tools {
    Tools { greet: Box::new(|name| format!("hello {name}")) }
}

#[test]
fn every_form_runs() {
    let graph = Forms::builder().context(tools()).build();
    let trace = block_on(graph.run(())).expect("no node fails");
    assert_eq!(
        trace.names,
        [
            "plain",
            "hello with_context",
            "fallible",
            "step 4",
            "later",
            "hello 5",
            "after hello 5",
            "fallible_later_with_context"
        ]
    );
    assert_eq!(trace.best, Some(2));
}

/// Where to go.
pub enum Step {
    /// Again, this often.
    Again(u32),
    /// No further.
    Stop,
}

fn choose(trace: &Trace) -> Command<Step, impl Update<Trace>> {
    let length = trace.names.len();
    let next = if length < 3 { Step::Again(u32::try_from(length).unwrap_or(u32::MAX)) } else { Step::Stop };
    Command::to(next).update(Trace::update().names(["choose".to_owned()]))
}

async fn choose_later(trace: &Trace, _: &Ctx) -> anyhow::Result<Command<bool, impl Update<Trace>>> {
    std::future::ready(()).await;
    Ok(Command::to(trace.names.len() > 5).update(Trace::update().names(["choose_later".to_owned()])))
}

fn refuse(trace: &Trace) -> Result<Command<Step>, Refused> {
    if trace.names.len() > 6 { Err(Refused("enough")) } else { Ok(Command::to(Step::Again(0))) }
}

async fn pass(_: &Trace) -> Command<&'static str> {
    Command::to("refuse")
}

graph! {
    /// Nodes that decide themselves.
    pub graph Choices<Trace>;

    node choose, choose_later, refuse, pass;

    start -> choose -> match {
        Step::Again(count) if count > 100 => end,
        Step::Again(_) => choose,
        Step::Stop => choose_later,
    };

    choose_later -> match {
        true => pass,
        false => choose_later,
    };

    pass -> match {
        "refuse" => refuse,
        _ => end,
    };

    refuse -> match {
        Step::Again(_) => choose_later,
        Step::Stop => end,
    };
}

#[test]
fn commands_decide_and_errors_name_their_node() {
    let error = block_on(Choices::new().run(())).expect_err("`refuse` fails in the end");
    let Error::Node(error) = error else { panic!("{error}") };
    assert_eq!(error.node, "refuse");
    let NodeCause::Error(cause) = error.cause else { panic!("{error}") };
    assert_eq!(cause.to_string(), "refused: enough");
    assert!(cause.is::<Refused>());
}

/// Names of nodes that meet names of the expansion and of the language.
#[allow(non_snake_case)]
mod names {
    use super::{Trace, block_on};
    use graph_runtime::{Update, graph};

    /// Hides the names of the prelude.
    #[allow(dead_code, non_upper_case_globals, reason = "these are the names that the prelude has")]
    mod hidden {
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) struct Future;
        pub(super) struct Send;
        pub(super) struct Update;
        pub(super) struct Ctx;
        pub(super) struct Definition;
        pub(super) struct State;
        pub(super) struct Context;
        pub(super) struct Node;
        pub(super) const Some: u8 = 0;
        pub(super) const None: u8 = 0;
        pub(super) const Ok: u8 = 0;
        pub(super) const Err: u8 = 0;
    }

    macro_rules! nodes {
        ($($name:ident)*) => { $(#[allow(non_snake_case, reason = "`Ok` and `Some` are tried too")] fn $name(_: &Trace) -> impl Update<Trace> {
            Trace::update().names([stringify!($name).to_owned()])
        })* };
    }

    nodes! { state cx patch node next update error choice command graph run route entry name index r#match r#type self_ call settle answer }
    nodes! { Ok Some decide decide_node }

    fn is_done(trace: &Trace) -> bool {
        trace.names.len() > 24
    }

    mod inner {
        #[allow(unused_imports)]
        use super::hidden::{Context, Ctx, Definition, Err, Future, Node, None, Option, Result, Send, State, Update};
        use super::{
            Ok, Some, answer, call, choice, command, cx, decide, decide_node, entry, error, graph, index, is_done,
            r#match, name, next, node, patch, route, run, self_, settle, state, r#type, update,
        };

        graph_runtime::graph! {
            pub(super) graph Names<crate::Trace>;

            node state, cx, patch, node, next, update, error, choice, command, graph, run, route, entry;
            node name, index, r#match, r#type, self_, call, settle, answer, Ok, Some, decide, decide_node;

            start -> state -> cx -> patch -> node -> next -> update -> error -> choice -> command -> graph -> run
                -> route -> entry -> name -> index -> r#match -> r#type -> self_ -> call -> settle -> answer
                -> Ok -> Some -> decide -> decide_node -> match is_done {
                    true => end,
                    false => state,
                };
        }
    }

    #[test]
    fn no_name_is_taken() {
        use graph_runtime::NodeName;
        let trace = block_on(inner::Names::new().run(())).expect("no node fails");
        assert_eq!(trace.names.len(), 25);
        assert_eq!(trace.names[0], "state");
        assert_eq!(inner::NamesNode::Type.name(), "type");
    }

    graph! {
        pub(crate) graph First<Trace>;
        node state, cx;
        start -> state -> cx -> end;
    }

    graph! {
        pub(crate) graph Second<Trace>;
        node cx, state;
        start -> cx -> state -> end;
    }

    #[test]
    fn two_graphs_share_nodes() {
        let first = block_on(First::new().run(())).expect("no node fails");
        let second = block_on(Second::new().run(())).expect("no node fails");
        assert_eq!((first.names.concat(), second.names.concat()), ("statecx".to_owned(), "cxstate".to_owned()));
    }
}

#[test]
fn a_graph_inside_a_function() {
    #[derive(GraphState)]
    struct Local {
        count: u32,
    }

    fn add(local: &Local) -> impl Update<Local> {
        Local::update().count(local.count + 1)
    }

    graph! {
        graph Inside<Local>;
        node add, twice = add;
        start -> add -> twice -> end;
    }

    let local = block_on(Inside::new().run(())).expect("no node fails");
    assert_eq!(local.count, 2);
}
