//! Subgraphs: a graph inside of another is a node whose steps are steps of the thread.

use futures_lite::future::block_on;
use graph_runtime::{Ctx, GraphState, MemorySaver, Update, graph};

#[derive(GraphState, Debug, PartialEq)]
struct Outer {
    query: String,
    #[reduce(append)]
    answers: Vec<String>,
    urls: Vec<String>,
}

#[derive(GraphState, Debug, PartialEq)]
struct Inner {
    question: String,
    #[reduce(append)]
    notes: Vec<String>,
}

fn look(inner: &Inner, cx: &Ctx<u32>) -> impl Update<Inner> + use<> {
    Inner::update().notes([format!("{} {} {}", inner.question, cx.step(), cx.context())])
}

fn again(inner: &Inner) -> bool {
    inner.notes.len() < 2
}

graph! {
    graph Research<Inner, u32>;
    node look;
    start -> look -> match again { true => look, false => end };
}

fn plan(_: &Outer) -> impl Update<Outer> + use<> {
    Outer::update().urls(vec!["x".to_owned(), "y".to_owned()])
}

fn enter(outer: &Outer, url: &String) -> impl Update<Inner> + use<> {
    Inner::update().question(format!("{}{url}", outer.query))
}

fn leave(_: &Outer, inner: &Inner) -> impl Update<Outer> + use<> {
    Outer::update().answers(inner.notes.clone())
}

fn urls(outer: &Outer) -> Vec<String> {
    outer.urls.clone()
}

fn fetch(_: &Outer, url: &String) -> impl Update<Outer> + use<> {
    Outer::update().answers([format!("fetch {url}")])
}

graph! {
    graph Asking<Outer, u32>;
    node plan, fetch;
    subgraph research = Research(enter, leave);
    start -> plan -> for urls(String) { fetch -> research } -> end;
}

#[test]
fn each_item_has_a_subgraph_of_its_own() {
    let outer = block_on(Asking::new(7).run(Outer::update().query("q"))).unwrap();
    assert_eq!(outer.answers, ["fetch x", "fetch y", "qx 3 7", "qx 4 7", "qy 3 7", "qy 4 7"]);
    let graph = Asking::builder().context(7).checkpointer(MemorySaver::new()).step_limit(1).build();
    let thread = graph.thread("a");
    let mut outcome = block_on(thread.invoke(Outer::update().query("q"))).unwrap();
    let mut tasks = Vec::new();
    let outer = loop {
        match outcome.finished() {
            Ok(outer) => break outer,
            Err(_) => {
                tasks.push(block_on(thread.snapshot()).unwrap().unwrap().tasks);
                outcome = block_on(thread.resume()).unwrap();
            }
        }
    };
    assert_eq!(outer.answers, ["fetch x", "fetch y", "qx 3 7", "qx 4 7", "qy 3 7", "qy 4 7"]);
    assert_eq!(
        tasks,
        [
            vec!["fetch[0]", "fetch[1]"],
            vec!["research[0]/look", "research[1]/look"],
            vec!["research[0]/look", "research[1]/look"],
        ]
    );
}
