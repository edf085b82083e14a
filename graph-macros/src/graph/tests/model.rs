//! The syntax tree and the model.

use super::super::ast::{Stage, Statement, Tail};
use super::super::model::{Kind, Successor, Target};
use super::{parsed, resolved};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

#[test]
fn the_header_is_read_whole() {
    let header = parsed(quote! {
        /// Documented.
        pub(crate) graph Agent<crate::State<Vec<u8>>, Tools>;
    })
    .header;
    assert_eq!(header.attributes.len(), 1);
    assert_eq!(header.visibility.to_token_stream().to_string(), "pub (crate)");
    assert_eq!(header.name.map(|name| name.to_string()).as_deref(), Some("Agent"));
    assert_eq!(text(header.state), "crate :: State < Vec < u8 > >");
    assert_eq!(text(header.context), "Tools");
}

#[test]
fn the_whole_grammar_is_read() {
    let ast = parsed(quote! {
        graph Agent<S, Tools>;
        node think, digest, web = sources::search_web;
        #[retry(attempts = 3, backoff = "200ms")]
        #[timeout("30s")]
        node notes = sources::search_notes;
        pause approve = ask(Approval) asks card;
        subgraph research = Research(enter, leave);
        start -> think -> match next_step {
            Step::Look if true => (web, notes if has_notes) -> digest -> think,
            Step::Each(..) => for urls(Url) { fetch -> match kind { Kind::Page => parse, _ => join } } -> think,
            Step::Again => 'again,
            Step::Answer => end,
        };
        think -> 'again: (a -> b, c,) -> judge -> match { true => end, false => 'again };
        approve -> 'all: #[blocking] for urls(Url) { fetch } -> end;
    });
    assert_eq!(ast.statements.len(), 7);

    let [
        Statement::Nodes(nodes),
        Statement::Nodes(retried),
        Statement::Pause(pause),
        Statement::Subgraph(subgraph),
        rest @ ..,
    ] = ast.statements.as_slice()
    else {
        panic!("four declarations come first");
    };
    assert_eq!(nodes.declarations.len(), 3);
    assert_eq!(retried.attributes.len(), 2);
    assert_eq!(text(pause.question.clone()), "card");
    assert_eq!(text(pause.declaration.path.clone()), "ask");
    assert!(subgraph.passage.is_some());

    let [Statement::Chain(first), Statement::Chain(second), Statement::Chain(third)] = rest else {
        panic!("three chains come last");
    };
    let Some(Tail::Route(route)) = &first.tail else { panic!("the first ends in a route") };
    let patterns: Vec<String> = route.arms.iter().map(|arm| arm.pattern.to_string()).collect();
    assert_eq!(patterns, ["Step :: Look if true", "Step :: Each (..)", "Step :: Again", "Step :: Answer"]);
    let Some(Stage::Group(group)) = route.arms[0].chain.stages.first() else { panic!("the arm begins with a group") };
    assert_eq!(group.branches.len(), 2);
    assert_eq!(text(group.branches[1].condition.clone()), "has_notes");
    assert!(matches!(route.arms[2].chain.tail, Some(Tail::Jump(_))));

    let Some(Stage::Group(again)) = second.stages.get(1) else { panic!("the second has a group") };
    assert_eq!(again.label.as_ref().map(ToString::to_string).as_deref(), Some("'again"));
    assert_eq!(again.branches.len(), 2);
    let Some(Stage::Each(each)) = third.stages.get(1) else { panic!("the third has a `for`") };
    assert_eq!((each.attributes.len(), each.label.is_some(), each.chain.stages.len()), (1, true, 1));
}

#[test]
fn keywords_are_nodes_where_no_name_follows() {
    let graph = resolved(&quote! {
        node node, pause, subgraph;
        start -> node -> pause;
        pause -> subgraph;
        subgraph -> end;
    });
    assert_eq!(graph.nodes.len(), 3);
    assert!(graph.nodes.iter().all(|node| node.places.len() == 1));
}

#[test]
fn a_node_is_placed_where_something_follows_it() {
    let graph = resolved(&quote! {
        node a, b, c, d;
        start -> a -> match m { X => b -> c, Y => a, Z => end };
        c -> d -> a;
    });
    let order: Vec<String> = graph.placed().map(|(_, node)| node.name.to_string()).collect();
    assert_eq!(order, ["a", "b", "c", "d"]);
    assert_eq!(targets(graph.nodes[0].successor()), [Target::Node(1), Target::Node(0), Target::End]);
    assert_eq!(targets(graph.nodes[1].successor()), [Target::Node(2)]);
    assert_eq!(targets(graph.nodes[2].successor()), [Target::Node(3)]);
    assert_eq!(targets(graph.nodes[3].successor()), [Target::Node(0)]);
    assert_eq!(targets(graph.entries.first().map(|place| &place.successor)), [Target::Node(0)]);
}

#[test]
fn the_order_is_that_of_the_places() {
    let graph = resolved(&quote! {
        node a, b, c;
        start -> match m { X => c, Y => a };
        b -> end;
        a -> end;
        c -> b;
    });
    let order: Vec<String> = graph.placed().map(|(_, node)| node.name.to_string()).collect();
    assert_eq!(order, ["b", "a", "c"]);
}

#[test]
fn a_pause_is_a_node_with_a_reply() {
    let graph = resolved(&quote! {
        node a;
        /// Asks.
        #[deadline("24h", or = late)]
        pause approve = act(Vec<Approval>) asks card;
        start -> (a, for items(Item) { approve }) -> end;
    });
    let approve = &graph.nodes[1];
    let Kind::Pause { reply, question } = &approve.kind else { panic!("it is a pause") };
    assert_eq!((text(reply.clone()), text(question.clone())), ("Vec < Approval >".to_owned(), "card".to_owned()));
    assert_eq!((approve.variant.to_string(), text(Some(&approve.path))), ("Approve".to_owned(), "act".to_owned()));
    assert_eq!((approve.docs.len(), approve.attributes.len()), (1, 2));
    assert_eq!(graph.innermost_for(approve.scope), Some(1));
    assert!(super::may_meet(&graph.meetings(), 0, 1) && super::may_meet(&graph.meetings(), 1, 1));
}

#[test]
fn raw_names_are_the_names_they_stand_for() {
    let graph = resolved(&quote! { node r#type; start -> r#type -> end; });
    assert_eq!(graph.nodes[0].variant, "Type");
}

fn targets(successor: Option<&Successor>) -> Vec<Target> {
    successor.map(Successor::targets).unwrap_or_default()
}

fn text(tokens: Option<impl ToTokens>) -> String {
    tokens.map_or_else(TokenStream::new, ToTokens::into_token_stream).to_string()
}
