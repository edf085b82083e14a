//! States of another crate, which has the library under another name and denies every lint.

use graph_renamed::visible::{Declared, Order, Single, W, hit, inner, local, steps};
use graph_tests::{after, new};

#[test]
fn a_public_state_is_updated_from_outside() {
    let order: Order = new(Order::update().count(1).address("here").maybe_fn(Some("x")).remove_parts(["b"]));
    let order = after(order, hit(&new(())));
    assert_eq!((order.count, order.address.as_str(), order.hits(), order.parts()), (1, "here", 1, 2));
}

#[test]
fn every_visibility_compiles() {
    assert_eq!((steps(), inner::steps(), local()), (6, 3, 4));
}

#[test]
fn names_do_not_collide() {
    let single: Single = new(Single::update().w(W));
    assert_eq!(format!("{:?}", single.w), "W");
    let declared: Declared = new(Declared::update().words(["a".to_owned()]));
    assert_eq!(declared.words, ["a"]);
}

#[test]
fn graphs_of_a_renamed_library_are_graphs() {
    assert_eq!(graph_renamed::graphs::graphs(), 4);
    let graph = graph_renamed::graphs::Visible::new();
    let tally = futures_lite::future::block_on(graph.run(())).unwrap();
    assert_eq!(tally.count, 9);
}
