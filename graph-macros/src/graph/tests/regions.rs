//! What is said about wrong groups, `for`s and subgraphs: each mistake once.

use super::messages_of;
use quote::quote;

/// Requires that each graph is reported with exactly one error, and that it is this one.
macro_rules! one_message {
    ($($message:literal: { $($graph:tt)* })*) => {
        $({
            let found = messages_of(&quote! { $($graph)* });
            assert_eq!(found, [$message], "{}", quote! { $($graph)* });
        })*
    };
}

#[test]
fn sound_graphs_are_silent() {
    for graph in [
        quote! { node a, b, c, d; start -> (a, b -> c, d if wanted) -> end; },
        quote! { node a; start -> (a) -> end; },
        quote! { node a; start -> (a if wanted) -> end; },
        quote! { node a, b; start -> (a, b) -> match r { X => end, Y => a_b }; node a_b = c; a_b -> end; },
        quote! { node a, b, c; start -> 'again: (a, b) -> c -> match r { true => end, false => 'again }; },
        quote! { node a, b; start -> 'again: (a, b) -> match r { true => end, false => 'again }; },
        quote! { node a, b; start -> 'unused: (a, b) -> end; },
        quote! { node a, b, c; start -> c -> match r { X => 'later, Y => end }; 'later: (a, b) -> c; },
        quote! { node a, b; start -> 'later; 'later: (a, b) -> end; },
        quote! { node a, b; start -> for items(Item) { a -> b } -> end; },
        quote! { node a, b; start -> for items(Item) { (a, b) } -> end; },
        quote! { node a, b; start -> for items(Item) { for others(Other) { a } -> b } -> end; },
        quote! { node a, b, c; start -> (a -> match r { X => join, Y => a }, b -> match r { X => c -> join, Y => b }) -> end; },
        quote! { node a, b, c, d; start -> (a -> 'x: (b, c) -> match r { X => 'x, Y => join }, d) -> end; },
        quote! { node a, b, c; start -> (a -> join, (b, c) -> join) -> end; },
        quote! { node a, b, c; start -> (a -> match r { X => (b, c) -> join, Y => join }) -> end; },
        quote! { node a; subgraph s = other::Graph(enter, leave); start -> (a, s) -> end; },
        quote! { subgraph s = T(e, l); start -> s -> match r { true => end, false => s }; },
        quote! { subgraph s = other::G(e, l); start -> s -> end; },
    ] {
        let found = messages_of(&graph);
        assert!(found.is_empty(), "{graph}: {found:?}");
    }
}

#[test]
fn ends_of_branches() {
    one_message! {
        "`end` cannot stand inside a group; write `join` to leave the branch":
            { node a, b; start -> (a -> match r { X => join, Y => end }, b) -> end; }
        "`end` cannot stand inside a group; write `join` to leave the branch":
            { node a, b; start -> (a -> end, b) -> end; }
        "`end` cannot stand inside a group; write `join` to leave the branch":
            { node a; start -> (a, end) -> end; }
        "`end` cannot stand inside a `for`; write `join` to leave the branch":
            { node a; start -> for items(Item) { a -> match r { X => join, Y => end } } -> end; }
        "`end` cannot stand inside a group; write `join` to leave the branch":
            { node a, b; start -> for items(Item) { (a -> match r { X => join, Y => end -> a }, b) } -> end; }
        "`join` leaves a branch of a group, and this is none; name a node or `end`":
            { node a, b; start -> (a, b) -> join; }
        "`join` leaves a branch of a group, and this is none; name a node or `end`":
            { node a, b, c; start -> (a, b) -> c -> match r { X => join, Y => end }; }
        "nothing follows `join`; end the chain here, or take `join` out":
            { node a, b; start -> (a -> join -> b) -> end; }
        "this branch does nothing; name a node before `join`, or take the branch out":
            { node a; start -> (a, join) -> end; }
        "this branch does nothing; name a node before `join`, or take the branch out":
            { node a; start -> a -> for items(Item) { join } -> end; }
        "nothing goes back to `start`; name the node that follows it":
            { node a, b; start -> (a, start -> b) -> end; }
    }
}

#[test]
fn borders() {
    one_message! {
        "`c` cannot jump into a group to `b`; label it and jump to all of it, as in `'again: (…)` and `'again`":
            { node a, b, c; start -> (a, b) -> c -> match r { X => b, Y => end }; }
        "`c` cannot jump into a `for` to `a`; label it and jump to all of it, as in `'all: for …` and `'all`":
            { node a, c; start -> 'all: for items(Item) { a } -> c -> match r { X => a, Y => end }; }
        "this group cannot jump into a group to `a`; label it and jump to all of it, as in `'again: (…)` and `'again`":
            { node a, b; start -> (a, b) -> match r { X => a, Y => end }; }
        "`start` cannot jump into a group to `a`; label it and jump to all of it, as in `'x: (…)` and `'x`":
            { node a, b; start -> match r { X => 'x, Y => a }; 'x: (a, b) -> end; }
        "`b` cannot jump into a `for` to `a`; label it and jump to all of it, as in `'again: for …` and `'again`":
            { node a, b; start -> (for items(Item) { a } -> b -> match r { X => a, Y => join }) -> end; }
        "`c` cannot jump into a group to `'x`; label it and jump to all of it, as in `'again: (…)` and `'again`":
            { node a, b, c; start -> ('x: (a, b)) -> c -> match r { X => 'x, Y => end }; }
        "`a` cannot jump out of its group to `c`; write `join`, and let `c` follow the group":
            { node a, b, c; start -> (a -> match r { X => c, Y => join }, b) -> c -> end; }
        "`a` cannot jump out of its group to `c`; write `join`, and let `c` follow the group":
            { node a, b, c, d; start -> (a -> match r { X => c, Y => join }, b) -> d -> end; c -> end; }
        "`b` cannot jump out of its `for` to `a`; write `join`, and let `a` follow the `for`":
            { node a, b; start -> a -> for items(Item) { b -> match r { X => a, Y => join } } -> end; }
        "`b` cannot jump out of its group to `'x`; write `join`, and let `'x` follow the group":
            { node a, b; start -> 'x: (a, b -> match r { X => 'x, Y => join }) -> end; }
        "this branch cannot jump out of its group to `'x`; write `join`, and let `'x` follow the group":
            { node a; start -> 'x: (a, 'x) -> end; }
        "`a` cannot jump into another branch to `b`; write `join`, or place `b` in this branch":
            { node a, b; start -> (a -> match r { X => b, Y => join }, b) -> end; }
        "`a` cannot jump into another branch to `c`; write `join`, or place `c` in this branch":
            { node a, b, c, d; start -> (a -> match r { X => c, Y => join }, b) -> (c, d) -> end; }
    }
}

#[test]
fn nodes_in_two_branches() {
    one_message! {
        "node `a` is in two branches; declare another with the same function, such as `node a_again = a;`":
            { node a; start -> (a, a) -> end; }
        "node `a` is in two branches; declare another with the same function, such as `node a_again = a;`":
            { node a, b; start -> (a, b -> a) -> end; }
        "node `a` is in two branches; declare another with the same function, such as `node a_again = a;`":
            { node a, b, c; start -> (a, b) -> (a, c) -> end; }
        "node `a` is in two branches; declare another with the same function, such as `node a_again = a;`":
            { node a, b, c; start -> (a, (a, b), c) -> end; }
        "node `a` is both inside a group and outside of it; declare another with the same function, such as `node a_again = a;`":
            { node a, b; start -> a -> (a, b) -> end; }
        "node `a` is both inside a `for` and outside of it; declare another with the same function, such as `node a_again = a;`":
            { node a, b; start -> for items(Item) { a -> b } -> end; a -> end; }
    }
}

#[test]
fn successors() {
    one_message! {
        "nothing follows this group; write `-> end` behind it if the graph ends there":
            { node a, b; start -> (a, b); }
        "nothing follows this group; write `-> end` behind it if the graph ends there":
            { node a, b, c; start -> c -> match r { X => (a, b), Y => end }; }
        "nothing follows this group; write `-> end` behind it if the graph ends there":
            { node a, b, c; start -> c -> end; (a, b); }
        "nothing follows this `for`; write `-> join` behind it if the branch ends there":
            { node a, b; start -> (a -> match r { X => for items(Item) { b }, Y => join }) -> end; }
        "nothing follows node `c`; write `c -> join` if the branch ends there":
            { node a, b, c; start -> (a -> match r { X => c, Y => join }, b) -> end; }
        "a group decides nothing; name a route, as in `(…) -> match route { … }`":
            { node a, b; start -> (a, b) -> match { X => end }; }
        "a `for` decides nothing; name a route, as in `for items(Item) { … } -> match route { … }`":
            { node a; start -> for items(Item) { a } -> match { X => end }; }
        "subgraph `s` decides nothing; name a route, as in `s -> match route { … }`":
            { subgraph s = S(e, l); start -> s -> match { X => end }; }
        "this `match` has no arms; write one for each answer":
            { node a, b; start -> (a, b) -> match r {}; }
        "node `a` has two successors; to go back to it from the end of the branch, jump in an arm, as in `match route { … => a }`":
            { node a, b; start -> (a -> b -> a) -> end; }
        "node `b` has two successors; to go back to it from the end of the branch, jump in an arm, as in `match route { … => b }`":
            { node a, b; start -> (a -> match r { X => b -> join, Y => b -> join }) -> end; }
        "node `a` has two successors; choose with `a -> match route { … }`, or write the jump to `a` last":
            { node a, b; start -> (a -> b -> match r { X => a -> b, Y => join }) -> end; }
    }
}

#[test]
fn labels() {
    one_message! {
        "no group or `for` is labelled `'x`; jump to a node by its name":
            { node a; start -> a -> 'x; }
        "no group or `for` is labelled `'agin`; did you mean `'again`?":
            { node a, b; start -> 'again: (a, b) -> match r { X => 'agin, Y => 'agin, Z => end }; }
        "label `'x` stands twice in this graph; rename one":
            { node a, b; start -> 'x: (a) -> 'x: for items(Item) { b } -> match r { X => 'x, Y => end }; }
        "label `'x` stands twice in this graph; rename one":
            { node a, b; start -> 'x: ('x: (a, b)) -> end; }
    }
}

#[test]
fn flow() {
    one_message! {
        "this group cannot be reached from `start`; lead a chain to it, or take it out":
            { node a, b, c, d; start -> a -> end; (b, c) -> d -> end; }
        "this group cannot be reached from `start`; lead a chain to it, or take it out":
            { node a, b, c, d; start -> a -> end; 'x: (b, c -> match r { X => c, Y => join }) -> d -> 'x; }
        "this `for` cannot be reached from `start`; lead a chain to it, or take it out":
            { node a, b, c; start -> a -> end; for items(Item) { (b, c) } -> a; }
        "node `b` cannot be reached from `start`; lead a chain to it, or take it out":
            { node a, b, c; start -> a -> end; 'x: (c) -> end; b -> 'x; }
        "node `d` cannot be reached from `start`; lead a chain to it, or take it out":
            { node a, c, d, e; start -> a -> end; c -> end; d -> e -> match r { X => d, Y => c }; }
        "node `a` is in a loop with no way out; give the loop a `match` with an arm that leaves it, such as `… => join`":
            { node a, b, c; start -> (a -> b -> match r { X => a, Y => b }, c) -> end; }
        "node `a` is in a loop with no way out; give the loop a `match` with an arm that leaves it, such as `… => join`":
            { node a, b; start -> for items(Item) { a -> b -> match r { X => a, Y => b } } -> end; }
        "this group is in a loop with no way out; give the loop a `match` with an arm that leaves it":
            { node a, b; start -> 'x: (a, b) -> 'x; }
        "this group is in a loop with no way out; give the loop a `match` with an arm that leaves it":
            { node a, b, c; start -> 'x: (a -> match r { X => a, Y => join }, b) -> c -> 'x; }
    }
}

#[test]
fn subgraphs() {
    one_message! {
        "subgraph `s` names no way in and out; write `subgraph s = other::Graph(enter, leave);`":
            { subgraph s = other::Graph; start -> s -> end; }
        "graph `G` cannot contain itself; lead a chain back to the node that it begins with":
            { subgraph s = G(enter, leave); start -> s -> end; }
        "graph `G` cannot contain itself; lead a chain back to the node that it begins with":
            { subgraph s = self::G; start -> s -> end; }
        "`end` is a reserved name; give the subgraph another":
            { subgraph end = S(e, l); node a; start -> a -> end; }
        "node `s` is declared and never used; name it in a chain, or take it out":
            { subgraph s = S(e, l); node a; start -> a -> end; }
    }
}

#[test]
fn names_inside_are_looked_up() {
    one_message! {
        "no node named `bb` in graph `G`; declare it with `node bb;`":
            { node a, b; start -> (a, bb if x) -> b -> end; }
        "no node named `x` in graph `G`; declare it with `node x;`":
            { node a; start -> for items(Item) { a -> match r { X => x -> join, Y => join } } -> end; }
    }
}

#[test]
fn one_stage_does_not_report_what_another_caused() {
    // The label is lost with the rest of the chain.
    assert_eq!(
        messages_of(&quote! { node a, b, c; start -> a ->; 'x: (b c) -> match r { X => 'x, Y => end }; }).len(),
        2
    );
    assert_eq!(messages_of(&quote! { node a, b; start -> a => 'x: (b) -> end; a -> 'x; }).len(), 1);
    // What jumps out would be what reaches `c`.
    assert_eq!(
        messages_of(&quote! { node a, b, c; start -> (a, b -> match r { X => c, Y => join }) -> end; c -> end; }).len(),
        1
    );
}
