//! The model of groups, `for`s and subgraphs: what stands where, and what may run side by side.

use super::super::model::{Form, Graph, Kind, Meeting, Scope, Target};
use super::{may_meet, resolved};
use quote::{ToTokens, quote};

fn node(graph: &Graph, name: &str) -> usize {
    graph.nodes.iter().position(|node| node.name == name).expect("the node is declared")
}

fn follows(graph: &Graph, name: &str) -> Vec<Target> {
    graph.nodes[node(graph, name)].successor().expect("something follows").targets()
}

fn behind(graph: &Graph, region: usize) -> Vec<Target> {
    graph.regions[region].successor().expect("something follows").targets()
}

fn scope(region: usize, branch: usize) -> Scope {
    Scope { region, branch }
}

#[test]
fn a_group_has_branches_and_one_successor() {
    let graph = resolved(
        &quote! { node a, b, c, d; start -> 'x: (a, b -> c if wanted) -> d -> match r { X => 'x, Y => end }; },
    );
    let [group] = graph.regions.as_slice() else { panic!("there is one region") };
    assert_eq!(group.scope, None);
    assert_eq!(group.label.as_ref().map(ToString::to_string).as_deref(), Some("'x"));
    let Form::Group(branches) = &group.form else { panic!("it is a group") };
    assert_eq!(branches.iter().map(|branch| branch.first).collect::<Vec<_>>(), [Target::Node(0), Target::Node(1)]);
    assert_eq!(branches[0].condition.to_token_stream().to_string(), "");
    assert_eq!(branches[1].condition.to_token_stream().to_string(), "wanted");
    assert_eq!(graph.entries[0].successor.targets(), [Target::Region(0)]);
    assert_eq!(behind(&graph, 0), [Target::Node(3)]);
    assert_eq!(follows(&graph, "a"), [Target::Join]);
    assert_eq!(follows(&graph, "b"), [Target::Node(2)]);
    assert_eq!(follows(&graph, "c"), [Target::Join]);
    assert_eq!(follows(&graph, "d"), [Target::Region(0), Target::End]);
    let scopes: Vec<_> = graph.nodes.iter().map(|node| node.scope).collect();
    assert_eq!(scopes, [Some(scope(0, 0)), Some(scope(0, 1)), Some(scope(0, 1)), None]);
}

#[test]
fn a_for_has_one_branch_and_its_items() {
    let graph = resolved(&quote! {
        node a, b;
        start -> #[retry] for list::urls(Vec<Url>) { a -> match r { X => b -> join, Y => a } } -> match q { Y => end };
    });
    let Form::Each { items, item, attributes, branch } = &graph.regions[0].form else { panic!("it is a `for`") };
    assert_eq!(items.to_token_stream().to_string(), "list :: urls");
    assert_eq!(item.to_token_stream().to_string(), "Vec < Url >");
    assert_eq!(attributes.len(), 1);
    assert_eq!((branch.first, branch.condition.is_none()), (Target::Node(0), true));
    assert_eq!(graph.regions[0].at.to_string(), "for");
    assert_eq!(follows(&graph, "a"), [Target::Node(1), Target::Node(0)]);
    assert_eq!(follows(&graph, "b"), [Target::Join]);
    assert_eq!(behind(&graph, 0), [Target::End]);
    assert_eq!(graph.nodes[1].scope, Some(scope(0, 0)));
}

#[test]
fn regions_are_in_the_order_of_the_text_and_stand_in_each_other() {
    let graph = resolved(&quote! {
        node a, b, c, d, e, f;
        start -> 'o: (for i(I) { a -> (b, c) }, d -> match r { X => 'n: (e) -> join, Y => 'n, Z => join }) -> 'p;
        'p: (f) -> match r { X => 'o, Y => end };
    });
    let scopes: Vec<_> = graph.regions.iter().map(|region| region.scope).collect();
    assert_eq!(scopes, [None, Some(scope(0, 0)), Some(scope(1, 0)), Some(scope(0, 1)), None]);
    assert_eq!(follows(&graph, "a"), [Target::Region(2)]);
    assert_eq!(follows(&graph, "d"), [Target::Region(3), Target::Region(3), Target::Join]);
    // A region as the last stage of a branch joins like a node.
    assert_eq!(behind(&graph, 1), [Target::Join]);
    assert_eq!(behind(&graph, 2), [Target::Join]);
    assert_eq!(behind(&graph, 0), [Target::Region(4)]);
    assert_eq!(behind(&graph, 4), [Target::Region(0), Target::End]);
    // Without a label of its own, a region is meant where it is written.
    assert_eq!(graph.regions[0].branches()[0].first, Target::Region(1));

    let nodes = |names: &[&str]| names.iter().map(|name| node(&graph, name)).collect::<Vec<_>>();
    let meetings = [
        Meeting::Branches(vec![nodes(&["a", "b", "c"]), nodes(&["d", "e"])]),
        Meeting::Items(nodes(&["a", "b", "c"])),
        Meeting::Branches(vec![nodes(&["b"]), nodes(&["c"])]),
        Meeting::Branches(vec![nodes(&["e"])]),
        Meeting::Branches(vec![nodes(&["f"])]),
    ];
    assert_eq!(graph.meetings(), meetings);
    let innermost = |name| graph.innermost_for(graph.nodes[node(&graph, name)].scope);
    assert_eq!([innermost("c"), innermost("a"), innermost("e"), innermost("f")], [Some(1), Some(1), None, None]);
}

#[test]
fn siblings_and_items_may_meet() {
    let graph = resolved(&quote! {
        node a, b, c, d, e;
        start -> a -> (b -> c, for i(I) { d }) -> e -> end;
    });
    let meetings = graph.meetings();
    let meet = |one, other| {
        let (one, other) = (node(&graph, one), node(&graph, other));
        assert_eq!(may_meet(&meetings, one, other), may_meet(&meetings, other, one));
        may_meet(&meetings, one, other)
    };
    assert!(meet("b", "d") && meet("c", "d") && meet("d", "d"));
    assert!(!meet("a", "a") && !meet("b", "b") && !meet("b", "c") && !meet("a", "b") && !meet("d", "e"));
}

#[test]
fn a_subgraph_is_a_node() {
    let graph = resolved(&quote! {
        /// Documented.
        #[memory(thread)]
        subgraph s = other::Graph(enter, leave);
        start -> s -> match r { X => s, Y => end };
    });
    let subgraph = &graph.nodes[0];
    let Kind::Subgraph { graph: path, passage: Some(passage) } = &subgraph.kind else { panic!("it is a subgraph") };
    assert_eq!(path.to_token_stream().to_string(), "other :: Graph");
    assert_eq!(passage.enter.to_token_stream().to_string(), "enter");
    assert_eq!(passage.leave.to_token_stream().to_string(), "leave");
    assert_eq!((subgraph.attributes.len(), subgraph.docs.len()), (2, 1));
    assert_eq!(follows(&graph, "s"), [Target::Node(0), Target::End]);
}
