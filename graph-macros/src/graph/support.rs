//! What the grammar has and the expansion does not build yet: refused at the user's token, never ignored.

use super::ast::{Ast, Chain, Stage, Statement, Tail};
use super::policy::{self, On};
use crate::errors::Errors;
use syn::{Attribute, Lifetime};

/// Attributes of the header that go to the graph's type as they are.
pub(super) const PASSED_ON: [&str; 10] =
    ["doc", "cfg", "cfg_attr", "allow", "expect", "warn", "deny", "forbid", "deprecated", "graph"];

/// Refuses what is not built yet, and attributes that mean nothing.
pub(crate) fn refuse(ast: &Ast, errors: &mut Errors) {
    policies(&ast.header.attributes, On::Header, errors);
    let mut labels = Vec::new();
    for statement in &ast.statements {
        if let Statement::Chain(chain) = statement {
            self::labels(chain, &mut labels);
        }
    }
    for statement in &ast.statements {
        match statement {
            Statement::Nodes(nodes) => policies(&nodes.attributes, On::Node, errors),
            Statement::Pause(pause) => {
                policies(&pause.attributes, On::Pause, errors);
                let remedy = "let the graph end where it waits";
                errors.error(&pause.keyword, format!("`pause` is not supported yet; {remedy}"));
            }
            Statement::Subgraph(subgraph) => {
                policies(&subgraph.attributes, On::Subgraph, errors);
                let remedy = "declare its nodes in this graph";
                errors.error(&subgraph.keyword, format!("`subgraph` is not supported yet; {remedy}"));
            }
            Statement::Chain(inner) => chain(inner, &labels, errors),
        }
    }
}

/// The labels of all groups and `for`s, for those who jump to them.
fn labels(of: &Chain, found: &mut Vec<Lifetime>) {
    for stage in &of.stages {
        match stage {
            Stage::Name(_) => {}
            Stage::Group(group) => {
                found.extend(group.label.clone());
                group.branches.iter().for_each(|branch| labels(&branch.chain, found));
            }
            Stage::Each(each) => {
                found.extend(each.label.clone());
                labels(&each.chain, found);
            }
        }
    }
    if let Some(Tail::Route(route)) = &of.tail {
        route.arms.iter().for_each(|arm| labels(&arm.chain, found));
    }
}

/// Reports what is wrong with attributes here, where all of them are seen, whatever else the graph does with them.
fn policies(attributes: &[Attribute], on: On, errors: &mut Errors) {
    policy::read(attributes, on, errors);
}

fn chain(of: &Chain, labels: &[Lifetime], errors: &mut Errors) {
    for stage in &of.stages {
        match stage {
            Stage::Name(_) => {}
            Stage::Group(group) => {
                errors.error(&group.parentheses, "groups are not supported yet; run their nodes one after the other");
            }
            Stage::Each(each) => {
                policies(&each.attributes, On::Each, errors);
                errors.error(each.keyword, "`for` is not supported yet; go through the items in one node");
            }
        }
    }
    match &of.tail {
        Some(Tail::Route(route)) => route.arms.iter().for_each(|arm| chain(&arm.chain, labels, errors)),
        // What the label stands at is refused already.
        Some(Tail::Jump(label)) if labels.contains(label) => {}
        Some(Tail::Jump(label)) => {
            errors.error(label, format!("no group or `for` is labelled `{label}`; jump to a node by its name"));
        }
        None => {}
    }
}
