//! What the grammar has and the expansion does not build yet: refused at the user's token, never ignored.

use super::ast::{Ast, Chain, Stage, Statement, Tail};
use crate::errors::Errors;
use crate::spelling;
use syn::Attribute;

const NODE_ATTRIBUTES: [&str; 5] = ["retry", "timeout", "on_error", "blocking", "renamed_from"];
const SUBGRAPH_ATTRIBUTES: [&str; 2] = ["memory", "renamed_from"];
const GRAPH_ATTRIBUTES: [&str; 1] = ["renamed_from"];

/// Attributes of the header that go to the graph's type as they are.
pub(super) const PASSED_ON: [&str; 10] =
    ["doc", "cfg", "cfg_attr", "allow", "expect", "warn", "deny", "forbid", "deprecated", "graph"];

/// Refuses what is not built yet, and attributes that mean nothing.
pub(crate) fn refuse(ast: &Ast, errors: &mut Errors) {
    let header = ast.header.attributes.iter();
    for attribute in header.filter(|attribute| !PASSED_ON.iter().any(|name| attribute.path().is_ident(name))) {
        attribute_of("a graph", attribute, &GRAPH_ATTRIBUTES, errors);
    }
    for statement in &ast.statements {
        match statement {
            Statement::Nodes(nodes) => attributes_of("a node", &nodes.attributes, &NODE_ATTRIBUTES, errors),
            Statement::Pause(pause) => {
                attributes_of("a pause", &pause.attributes, &NODE_ATTRIBUTES, errors);
                let remedy = "let the graph end where it waits";
                errors.error(&pause.keyword, format!("`pause` is not supported yet; {remedy}"));
            }
            Statement::Subgraph(subgraph) => {
                attributes_of("a subgraph", &subgraph.attributes, &SUBGRAPH_ATTRIBUTES, errors);
            }
            Statement::Chain(inner) => chain(inner, errors),
        }
    }
}

fn attributes_of(what: &str, attributes: &[Attribute], known: &[&str], errors: &mut Errors) {
    for attribute in attributes.iter().filter(|attribute| !attribute.path().is_ident("doc")) {
        attribute_of(what, attribute, known, errors);
    }
}

fn attribute_of(what: &str, attribute: &Attribute, known: &[&str], errors: &mut Errors) {
    let path = attribute.path();
    let name = path.get_ident().map_or_else(String::new, ToString::to_string);
    if known.contains(&name.as_str()) {
        errors.error(path, format!("`#[{name}]` is not supported yet; take it out"));
    } else {
        let remedy = spelling::closest(&name, known.iter().copied())
            .map_or_else(|| "take it out".to_owned(), |near| format!("did you mean `{near}`?"));
        errors.error(path, format!("unknown attribute of {what}; {remedy}"));
    }
}

/// The attributes of the `for`s in a chain.
fn chain(of: &Chain, errors: &mut Errors) {
    for stage in &of.stages {
        match stage {
            Stage::Name(_) => {}
            Stage::Group(group) => group.branches.iter().for_each(|branch| chain(&branch.chain, errors)),
            Stage::Each(each) => {
                attributes_of("a `for`", &each.attributes, &NODE_ATTRIBUTES, errors);
                chain(&each.chain, errors);
            }
        }
    }
    if let Some(Tail::Route(route)) = &of.tail {
        route.arms.iter().for_each(|arm| chain(&arm.chain, errors));
    }
}
