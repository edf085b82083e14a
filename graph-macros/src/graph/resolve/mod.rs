//! Syntax tree to model: who is meant by every name, what follows whom, and what stands in which branch.

mod chain;
mod labels;
mod names;

use super::ast::{Ast, Statement};
use super::model::Graph;
use crate::errors::Errors;
use std::collections::{HashMap, HashSet};
use syn::Ident;

pub(super) const RESERVED: [&str; 3] = ["start", "end", "join"];

/// Resolves the names of a syntax tree; those that mean nothing go to `errors`.
pub(crate) fn resolve(ast: Ast, errors: &mut Errors) -> Graph {
    let mut resolver = Resolver {
        graph: Graph::default(),
        names: HashMap::new(),
        labels: HashMap::new(),
        unknown: HashSet::new(),
        name: ast.header.name.as_ref().map_or_else(String::new, Ident::to_string),
        errors,
    };
    let mut chains = Vec::new();
    for statement in ast.statements {
        match statement {
            Statement::Nodes(nodes) => resolver.nodes(nodes),
            Statement::Pause(pause) => resolver.pause(pause),
            Statement::Subgraph(subgraph) => resolver.subgraph(subgraph),
            Statement::Chain(chain) => chains.push(chain),
        }
    }
    resolver.variants();
    resolver.labels = labels::labels(&chains);
    for chain in chains {
        resolver.statement(chain);
    }
    resolver.graph
}

struct Resolver<'a> {
    graph: Graph,
    names: HashMap<String, usize>,
    /// The region of each label.
    labels: HashMap<String, usize>,
    /// Names that were reported: one forgotten declaration is one mistake.
    unknown: HashSet<String>,
    name: String,
    errors: &'a mut Errors,
}
