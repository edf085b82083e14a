//! Tests of the stages without a compiler: what is read, resolved, judged and expanded.

mod broken;
mod messages;
mod model;
mod policy;
pub(super) mod random;
mod regions;
mod scopes;
mod snapshots;

use super::{ast, model as graph, parse, resolve};
use crate::errors::Errors;
use proc_macro2::TokenStream;

/// What all stages say about a graph.
fn messages(tokens: TokenStream) -> Vec<String> {
    let mut errors = Errors::new();
    super::stages(tokens, &mut errors);
    errors.messages()
}

/// What all stages say about the statements of a graph.
fn messages_of(statements: &TokenStream) -> Vec<String> {
    messages(quote::quote! { graph G<S>; #statements })
}

fn parsed(tokens: TokenStream) -> ast::Ast {
    let mut errors = Errors::new();
    let ast = parse::parse(tokens, &mut errors);
    assert_eq!(errors.messages(), Vec::<String>::new());
    ast
}

fn resolved(statements: &TokenStream) -> graph::Graph {
    let mut errors = Errors::new();
    let graph = resolve::resolve(parsed(quote::quote! { graph G<S>; #statements }), &mut errors);
    assert_eq!(errors.messages(), Vec::<String>::new());
    graph
}

/// Whether the writes of two nodes, or of one and itself, are compared: of siblings each with those of the branches before
/// it, of items those of each node.
fn may_meet(meetings: &[graph::Meeting], a: usize, b: usize) -> bool {
    meetings.iter().any(|meeting| match meeting {
        graph::Meeting::Branches(branches) => {
            let branch = |node| branches.iter().position(|branch| branch.contains(&node));
            matches!((branch(a), branch(b)), (Some(one), Some(other)) if one != other)
        }
        graph::Meeting::Items(nodes) => nodes.contains(&a) && nodes.contains(&b),
    })
}
