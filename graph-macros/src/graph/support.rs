//! What stands at the wrong place or is not built yet: refused at the user's token, never ignored.

use super::ast::{Ast, Chain, Stage, Statement, Tail};
use super::policy::{self, On};
use crate::errors::Errors;
use syn::Attribute;

/// Attributes of the header that go to the graph's type as they are.
pub(super) const PASSED_ON: [&str; 10] =
    ["doc", "cfg", "cfg_attr", "allow", "expect", "warn", "deny", "forbid", "deprecated", "graph"];

/// Refuses what is not built yet, and attributes that mean nothing.
pub(crate) fn refuse(ast: &Ast, errors: &mut Errors) {
    policies(&ast.header.attributes, On::Header, errors);
    for statement in &ast.statements {
        match statement {
            Statement::Nodes(nodes) => policies(&nodes.attributes, On::Node, errors),
            Statement::Pause(pause) => policies(&pause.attributes, On::Pause, errors),
            Statement::Subgraph(subgraph) => policies(&subgraph.attributes, On::Subgraph, errors),
            Statement::Chain(inner) => chain(inner, errors),
        }
    }
}

/// Reports what is wrong with attributes here, where all of them are seen, whatever else the graph does with them.
fn policies(attributes: &[Attribute], on: On, errors: &mut Errors) {
    policy::read(attributes, on, errors);
}

/// The attributes of the `for`s in a chain.
fn chain(of: &Chain, errors: &mut Errors) {
    for stage in &of.stages {
        match stage {
            Stage::Name(_) => {}
            Stage::Group(group) => group.branches.iter().for_each(|branch| chain(&branch.chain, errors)),
            Stage::Each(each) => {
                policies(&each.attributes, On::Each, errors);
                chain(&each.chain, errors);
            }
        }
    }
    if let Some(Tail::Route(route)) = &of.tail {
        route.arms.iter().for_each(|arm| chain(&arm.chain, errors));
    }
}
