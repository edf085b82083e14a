//! What a program is to the test.

use crate::view::{Turn, View};
use graph_runtime::{Definition, GraphState, Update, graph};
use std::sync::Mutex;

/// The states that nodes have seen: by the steps that made them.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) seen: Mutex<Vec<(u64, View)>>,
}

/// One of the two.
pub(crate) trait Program {
    type Graph: Definition<Context = World>;

    fn begin(script: Vec<Turn>) -> impl Update<State<Self>>;
    fn edit(word: u8) -> impl Update<State<Self>>;
    fn reply(number: u8) -> <Self::Graph as Definition>::Reply;
    fn view(state: &State<Self>) -> View;
}

pub(crate) type State<P> = <<P as Program>::Graph as Definition>::State;

/// A program of the same graph that knows little of its state.
pub(crate) mod poor {
    use super::*;

    #[derive(GraphState, Clone, Debug, PartialEq)]
    pub(crate) struct Book {
        picture: String,
    }

    fn act(_: &Book) {}

    graph! {
        pub(crate) graph Reading<Book, World>;
        node act;
        start -> act -> end;
    }
}
