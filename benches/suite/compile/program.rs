//! Programs of many nodes, with a graph and without.

use std::fmt::{Result, Write};

/// The statement that names so many nodes.
pub(super) type Shape = fn(usize) -> String;

const HEAD: &str = "
    #![allow(dead_code)]
    use graph_runtime::{GraphState, MemorySaver, Update, graph};
    #[derive(GraphState)]
    pub struct Job { step: u32, #[reduce(append)] notes: Vec<u32> }
    fn drive<T>(run: impl Future<Output = T>) -> bool {
        std::pin::pin!(run).poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
    }
";

/// What a program does with its nodes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    /// Calls one after the other, and writes what they return.
    Calls,
    /// Runs the graph in memory.
    Run(Shape),
    /// Runs it as a thread of a store.
    Store(Shape),
}

impl Use {
    /// The text of a program with so many nodes.
    pub(super) fn program(self, nodes: usize) -> std::result::Result<String, std::fmt::Error> {
        let mut text = HEAD.to_owned();
        for node in 0..nodes {
            writeln!(text, "fn n{node}(_: &Job) -> impl Update<Job> + use<> {{ Job::update().notes([{node}]) }}")?;
        }
        match self {
            Use::Calls => {
                write!(text, "fn main() {{ let job = Job::initial(); let mut patch = Default::default(); ")?;
                for node in 0..nodes {
                    write!(text, "n{node}(&job).write(&mut patch); ")?;
                }
                write!(text, "std::hint::black_box(&mut patch); }}")?;
            }
            Use::Run(shape) => {
                graph(&mut text, nodes, shape)?;
                write!(text, "fn main() {{ assert!(drive(G::new().run(()))); }}")?;
            }
            Use::Store(shape) => {
                graph(&mut text, nodes, shape)?;
                let thread = "G::builder().checkpointer(MemorySaver::new()).build().thread(\"a\")";
                write!(text, "fn main() {{ assert!(drive({thread}.invoke(()).into_future())); }}")?;
            }
        }
        Ok(text)
    }
}

fn graph(text: &mut String, nodes: usize, shape: Shape) -> Result {
    writeln!(text, "graph! {{ graph G<Job>; node {}; {} }}", names(nodes, ", "), shape(nodes))
}

pub(super) fn chain(nodes: usize) -> String {
    format!("start -> {} -> end;", names(nodes, " -> "))
}

pub(super) fn group(nodes: usize) -> String {
    format!("start -> ({}) -> end;", names(nodes, ", "))
}

fn names(nodes: usize, between: &str) -> String {
    (0..nodes).map(|node| format!("n{node}")).collect::<Vec<_>>().join(between)
}
