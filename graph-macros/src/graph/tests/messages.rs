//! What is said about wrong graphs: each mistake once.

use super::{messages, messages_of};
use quote::quote;

/// Requires that each graph is reported with exactly one error that begins so.
macro_rules! one_message {
    ($($message:literal: { $($graph:tt)* })*) => {
        $({
            let found = messages_of(&quote! { $($graph)* });
            assert!(
                matches!(&found[..], [only] if only.starts_with($message)),
                "{}: {found:?}",
                $message,
            );
        })*
    };
}

#[test]
fn sound_graphs_are_silent() {
    for graph in [
        quote! { node a; start -> a -> end; },
        quote! { node a, b; start -> a -> b; b -> match r { true => end, false => a }; },
        quote! { node a, b; start -> match r { X => a, Y => b -> end, Z => end }; a -> b; },
        quote! { node a; start -> a -> match { X::Y { z, .. } if z > 1 => a, _ => end }; },
        quote! { node a; start -> a -> match r { X::<A, B>::C => a, Y(=..3) | Z => end, 5.. => end }; },
        quote! { node a, b; start -> a -> match r { X => b -> match q { _ => end } Y => end }; },
    ] {
        let found = messages_of(&graph);
        assert!(found.is_empty(), "{graph}: {found:?}");
    }
}

#[test]
fn names() {
    one_message! {
        "no node named `serch` in graph `G`; did you mean `search`?": { node search; start -> search -> serch -> end; }
        "no node named `x` in graph `G`; declare it with `node x;`": { node a; start -> a -> match r { A => x, B => x -> a, C => end }; }
        "no node named `edn`": { node a; start -> a -> edn; }
        "node `a` is declared twice": { node a, b, a = c; start -> a -> b -> end; }
        "node `type` is declared twice": { node r#type, b, r#type = c; start -> r#type -> b -> end; }
        "`start` is a reserved name": { node start, a; start -> a -> end; }
        "`end` is a reserved name": { node a, end; start -> a -> end -> a; }
        "`join` is a reserved name": { node a, join; start -> a -> join -> end; }
        "nodes `a_b` and `aB` both become the variant `AB`; rename one": { node a_b, aB; start -> a_b -> aB -> end; }
        "nodes `x` and `_x` both become the variant `X`; rename one": { node x, _x; start -> x -> _x -> end; }
    }
}

#[test]
fn shape() {
    one_message! {
        "graph `G` has no start": { node a; a -> end; }
        "graph `G` has no start": { }
        "a second `start`": { node a; start -> a -> end; start -> match r { _ => a }; }
        "graph `G` does nothing": { start -> end; }
        "nothing follows `start`; write `start -> …`": { start; }
        "nothing follows `b`; write": { node a, b; start -> a -> end; b; }
        "nothing goes back to `start`": { node a; start -> a -> match r { A => start, B => end }; }
        "nothing follows `end`; end the chain": { node a; start -> end -> a -> end; }
        "nothing follows `end`; begin this chain": { node a; start -> a -> end; end -> a; }
        "nothing follows `end`; begin this chain": { node a; start -> a -> end; end; }
        "`join` leaves a branch": { node a; start -> a -> match r { A => join, B => end }; }
        "`join` leaves a branch": { node a; start -> a -> end; join -> a; }
        "node `a` has two successors": { node a; start -> a -> end; a -> match r { _ => end }; }
        "node `a` has two successors": { node a, b; start -> a -> match r { A => a -> b, B => end }; b -> end; }
        "this `match` has no arms": { node a; start -> a -> match {}; }
        "this `match` has no arms": { node a; start -> a -> match r {}; }
        "`start` decides nothing": { node a; start -> match { A => a }; a -> end; }
        "node `b` is declared and never used": { node a, b; start -> a -> end; }
        "nothing follows node `b`; write `b -> end`": { node a, b; start -> a -> b; }
        "nothing follows node `b`; write `b -> end`": { node a, b; start -> a -> match r { A => b, B => a, C => b }; }
        "node `b` cannot be reached": { node a, b, c; start -> a -> end; b -> c -> a; }
        "node `b` cannot be reached": { node a, b, c; start -> a -> end; b -> c -> b; }
        "node `b` cannot be reached": { node a, b; start -> a -> end; b -> b; }
        "node `a` is in a loop with no way out": { node a; start -> a -> a; }
        "node `b` is in a loop with no way out": { node a, b, c; start -> a -> b -> c -> b; }
        "node `b` is in a loop with no way out": { node a, b, c; start -> a -> match r { A => b, B => end }; b -> match q { A => c, B => b }; c -> b; }
    }
}

#[test]
fn syntax() {
    one_message! {
        "nothing follows this `->`": { node a; start -> a -> ; }
        "nothing follows this `->`": { node a; start -> a -> end; a -> }
        "nothing follows this `->`": { node a; start -> a -> match r { A => a ->, B => end }; }
        "nothing follows this `=>`": { node a; start -> a -> match r { A =>, B => end }; }
        "expected `=>` and what": { node a; start -> a -> match r { A, B => end }; }
        "expected `=>` and what": { node a; start -> a -> match r { Verdict:: }; }
        "expected `=>` after this pattern, found `->`": { node a; start -> a -> match r { A -> a, B => end }; }
        "this pattern is not finished": { node a; start -> a -> match r { Verdict:: => a, B => end }; }
        "expected a pattern before": { node a; start -> a -> match r { => a, B => end }; }
        "expected `->` or `,`, found `B`": { node a; start -> a -> match r { A => a B => end }; }
        "nothing follows a `match`": { node a; start -> a -> match r { A => a, B => end } -> a; }
        "a `match` follows a node": { node a; match r { A => a, B => end }; }
        "expected the path of a route": { node a; start -> a -> match |x| x { _ => end }; }
        "expected `{` and the arms of the `match`, found `;`": { node a; start -> a -> match r; }
        "a route is named, not called": { node a; start -> a -> match r(s) { A => a, B => end }; }
        "expected `->` or `;`, found `b`": { node a, b; start -> a b -> end; }
        "expected `->` or `;`, found `b`": { node a, b; start -> a b -> end; b -> end; }
        "missing `;` after this chain": { node a; start -> a -> end }
        "expected `;` after this `node`, found `start`": { node a start -> a -> end; }
        "expected `=`, `,` or `;` after node `a`": { node a: path; start -> a -> end; }
        "a node has a name of its own": { node a::b; start -> a -> end; }
        "expected the path of a function": { node a = 3; start -> a -> end; }
        "expected the name of a node, found `;`": { node a,; start -> a -> end; }
        "expected the name of a node, found keyword `fn`": { node fn; start -> a -> end; }
        "unknown statement `nodes`; did you mean `node`?": { nodes a; start -> a -> end; }
        "unknown statement `Pause`; did you mean `pause`?": { Pause a(A); start -> a -> end; }
        "unknown statement `edge`; a statement is": { node a; edge start -> a; start -> a -> end; }
        "expected a statement before this `;`": { node a; start -> a -> end;; }
        "a chain names nodes, not paths": { start -> a::b -> end; }
        "a chain is written without braces": { node a; start -> { a } -> end; }
        "a chain has no `if`; ask a route": { node a; start -> if ready { a } else { end }; }
        "a chain has no loop of its own": { node a; start -> while more { a } -> end; }
        "a chain has no loop of its own": { node a; start -> loop { a }; }
        "what runs side by side stands in parentheses": { node a, b; start -> [a, b] -> end; }
        "a label names a group or a `for`": { node a; start -> 'x: a -> end; }
        "a chain takes no attribute": { node a; #[retry] start -> a -> end; }
        "a chain takes no doc comment": { node a; /// Text.
            start -> a -> end; }
        "an attribute stands above": { node a; start -> #[retry] a -> end; }
        "pause `a` names no reply": { pause a; start -> a -> end; }
        "subgraph `a` names no graph": { subgraph a; start -> a -> end; }
        "expected `(enter, leave)`": { subgraph a = B(c); start -> a -> end; }
    }
}

#[test]
fn headers() {
    for (graph, message) in [
        (quote! {}, "this graph is empty"),
        (quote! { node a; start -> a -> end; }, "expected a header"),
        (quote! { start -> end; }, "expected a header"),
        (quote! { pub graph; }, "the graph has no name"),
        (quote! { graph G; node a; start -> a -> end; }, "graph `G` names no state; write `graph G<State>;`"),
        (quote! { graph G<>; node a; start -> a -> end; }, "graph `G` names no state"),
        (quote! { graph G<3>; node a; start -> a -> end; }, "expected the type of the state"),
        (quote! { graph G<S, 3>; node a; start -> a -> end; }, "expected the type of the context"),
        (quote! { graph G<S, C, D>; node a; start -> a -> end; }, "a graph has a state and a context"),
        (quote! { graph G<S; node a; start -> a -> end; }, "expected `>`"),
        (quote! { grahp G<S>; node a; start -> a -> end; }, "unknown keyword `grahp`"),
        (quote! { graph G<S> node a; start -> a -> end; }, "expected `;` after the header, found `node`"),
        (quote! { graph G<S> where S: Clone; node a; start -> a -> end; }, "a graph has no generics"),
        (quote! { graph G<T><S>; node a; start -> a -> end; }, "a graph has no generics"),
        (quote! { graph G<S, dyn Tools>; node a; start -> a -> end; }, "a context has a size"),
        (quote! { graph G<S> { node a; start -> a -> end; } }, "the header ends with `;`"),
        (quote! { #[durable] graph G<S>; node a; start -> a -> end; }, "unknown attribute of a graph"),
        (
            quote! { #[renamed_form("x")] graph G<S>; node a; start -> a -> end; },
            "unknown attribute of a graph; did you mean",
        ),
        (quote! { #[graph(x)] graph G<S>; node a; start -> a -> end; }, "unknown option of a graph"),
    ] {
        let found = messages(graph.clone());
        assert!(matches!(&found[..], [only] if only.starts_with(message)), "{graph}: {found:?}");
    }
    assert!(messages(quote! { #[graph(crate = crate::x)] graph G<S, C,>; node a; start -> a -> end; }).is_empty());
}

#[test]
fn pauses() {
    for graph in [
        quote! { pause p(P); start -> p -> end; },
        quote! { pause p = a::b(P) asks c::d; start -> p -> match { A => p, B => end }; },
        quote! { pause p(P); pause q(Cow<'static, str>); start -> (p, for x(X) { q }) -> match r { A => end, B => end }; },
    ] {
        let found = messages_of(&graph);
        assert!(found.is_empty(), "{graph}: {found:?}");
    }
    one_message! {
        "pause `p` names no reply; write `pause p(Reply);`": { pause p; start -> p -> end; }
        "pause `p` names no reply": { pause p = a::b; start -> p -> end; }
        "expected the type of the reply": { pause p(); start -> p -> end; }
        "expected the type of the reply": { pause p(A, B); start -> p -> end; }
        "expected the name of a node": { node a; pause (P); start -> a -> end; }
        "a `pause` declares one; end it with `;`": { pause p(P), q(Q); start -> p -> q -> end; }
        "expected the path of a function after `asks`": { pause p(P) asks; start -> p -> end; }
        "what asks is named, not called": { pause p(P) asks card(); start -> p -> end; }
        "unknown word after the reply; did you mean `asks`?": { pause p(P) ask card; start -> p -> end; }
        "expected `;` after this `pause`, found `start`": { pause p(P) start -> p -> end; }
        "pause `p` cannot wait for what is borrowed": { pause p(&str); start -> p -> end; }
        "pause `p` cannot wait for what is borrowed": { pause p(&'static str); start -> p -> end; }
        "pause `p` cannot wait for what is borrowed": { pause p(Vec<Cow<'_, str>>); start -> p -> end; }
        "pause `p` cannot wait for what is borrowed": { pause p((u32, [&str; 3])); start -> p -> end; }
        "`end` is a reserved name; give the pause another, such as": { node a; pause end(P); start -> a -> end; }
        "node `p` is declared twice": { node p; pause p(P); start -> p -> end; }
        "nodes `a_b` and `aB` both become the variant `AB`": { node a_b; pause aB(P); start -> a_b -> aB -> end; }
        "node `p` is declared and never used": { node a; pause p(P); start -> a -> end; }
        "nothing follows node `p`": { pause p(P); start -> p; }
        "node `p` cannot be reached": { node a; pause p(P); start -> a -> end; p -> a; }
        "node `p` is in a loop with no way out": { pause p(P); start -> p -> p; }
        "`#[blocking]` belongs to a `node`": { #[blocking] pause p(P); start -> p -> end; }
        "`#[deadline]` belongs to a `pause`": { #[deadline("1s", or = a)] node p; start -> p -> end; }
        "`#[deadline]` belongs to a `pause`": { #[deadline("1s", or = a)] subgraph p = P(a, b); start -> p -> end; }
    }
}

#[test]
fn what_is_not_built_is_refused() {
    one_message! {
        "`#[timeout]` belongs to a `node`": { node a; start -> #[timeout("3s")] for x(X) { a } -> end; }
        "`#[retry]` belongs to a `node`": { node a, b; start -> (a, #[retry] for x(X) { b }) -> end; }
        "subgraph `s` has `#[memory(thread)]`": { #[memory(thread)] subgraph s = S(e, l); start -> for x(X) { s } -> end; }
        "unknown attribute of a node; did you mean `retry`?": { #[retri] node a; start -> a -> end; }
    }
}

#[test]
fn old_names_of_the_graph_that_tell_nothing_are_refused() {
    let of = |names| messages(quote! { #[renamed_from(#names)] graph G<S>; node a; start -> a -> end; });
    assert_eq!(of(quote!("a", "H")), [""; 0], "a node may have the name that the graph had");
    assert_eq!(of(quote!("G")), ["`G` has that name now; write the one that it had before"]);
    assert_eq!(of(quote!("H", "H")), ["`H` stands here twice; remove one"]);
    assert_eq!(of(quote!("")), ["no graph was ever called ``; write the name that it had"]);
    assert_eq!(of(quote!(H)), ["`#[renamed_from]` takes strings; write `#[renamed_from(\"old_name\")]`"]);
}

#[test]
fn old_names_that_tell_nothing_are_refused() {
    one_message! {
        "no node was ever called ``": { #[renamed_from("")] node a; start -> a -> end; }
        "no node was ever called `a b`": { #[renamed_from("a b")] node a; start -> a -> end; }
        "no node was ever called `end`": { #[renamed_from("end")] node a; start -> a -> end; }
        "`a` has that name now": { #[renamed_from("a")] node a; start -> a -> end; }
        "`a` has that name now": { #[renamed_from("r#a")] node a; start -> a -> end; }
        "the graph `G` has a node `b`": { #[renamed_from("b")] node a; node b; start -> a -> b -> end; }
        "the graph `G` has a node `b`": { node b; #[renamed_from("x", "b")] pause a(R); start -> a -> b -> end; }
        "`x` stands here twice; remove one": { #[renamed_from("x", "y", "x")] node a; start -> a -> end; }
        "`a` was called `x`, too": { #[renamed_from("x")] node a; #[renamed_from("x")] node b; start -> a -> b -> end; }
        "`#[renamed_from]` belongs to one node; declare `b`": { #[renamed_from("x")] node a, b; start -> a -> b -> end; }
        "`#[renamed_from]` takes strings": { #[renamed_from(x)] node a; start -> a -> end; }
        "`#[renamed_from]` stands here twice": { #[renamed_from("x")] #[renamed_from("y")] node a; start -> a -> end; }
        "`#[renamed_from]` says nothing alone": { #[renamed_from] node a; start -> a -> end; }
    }
    assert_eq!(messages_of(&quote! { #[renamed_from("b", "c")] node a; start -> a -> end; }), [""; 0]);
}

#[test]
fn one_stage_does_not_report_what_another_caused() {
    // The misspelt node makes `b` and `c` unreachable.
    assert_eq!(messages_of(&quote! { node a, b, c; start -> a -> bb -> end; b -> c -> end; }).len(), 1);
    // The broken declaration makes `a` unknown.
    assert_eq!(messages_of(&quote! { node = a; start -> a -> end; }).len(), 1);
    // The broken chain leaves `b` unused.
    assert_eq!(messages_of(&quote! { node a, b; start -> a => b; }).len(), 1);
}

#[test]
fn several_mistakes_are_reported_at_once() {
    let found = messages_of(&quote! {
        node a, b;
        start -> a -> ;
        a => b;
        b -> match r { A => , B, C => xx };
    });
    assert_eq!(found.len(), 5, "{found:?}");
}
