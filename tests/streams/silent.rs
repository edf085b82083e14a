//! No value of a field, and nothing that a node said, is in the debug output of an event.

use futures_lite::StreamExt;
use futures_lite::future::block_on;
use graph_runtime::{Ctx, GraphState, MemorySaver, Update, graph};

const SECRET: &str = "hunter2";

#[derive(GraphState, Debug)]
struct Login {
    user: String,
    #[state(secret)]
    password: String,
    #[reduce(append)]
    #[state(secret)]
    tokens: Vec<String>,
}

fn sign_in(login: &Login, cx: &Ctx<String>) -> impl Update<Login> + use<> {
    cx.emit(login.password.clone());
    Login::update().user("ada").tokens([format!("{SECRET}-{}", cx.context())])
}

fn read(login: &Login) -> impl Update<Login> + use<> {
    Login::update().password(login.tokens.concat())
}

fn enter(login: &Login) -> impl Update<Login> + use<> {
    Login::update().password(login.password.clone())
}

fn leave(_: &Login, inner: &Login) -> impl Update<Login> + use<> {
    Login::update().tokens(inner.tokens.clone())
}

graph! {
    graph Inner<Login, String>;
    node sign_in, read;
    start -> sign_in -> read -> end;
}

graph! {
    graph Outer<Login, String>;
    node sign_in, read;
    subgraph inner = Inner(enter, leave);
    start -> sign_in -> inner -> read -> end;
}

#[test]
fn debug_output_shows_no_values() {
    let graph = Outer::builder().context(SECRET.to_owned()).checkpointer(MemorySaver::new()).build();
    let events = graph.thread("a").stream(Login::update().password(SECRET));
    let subscriber = events.subscribe();
    let feed = format!("{events:?} {subscriber:?} {:?}", events.feed());
    let events: Vec<_> = block_on(events.try_collect()).unwrap();
    let told: Vec<_> = block_on(subscriber.collect());
    let shown = format!("{feed} {events:#?} {told:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("ada"), "{shown}");
    assert!(shown.contains("password") && shown.contains("tokens") && shown.contains("inner/sign_in"), "{shown}");
}
