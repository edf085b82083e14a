//! The graph in the language of Graphviz.

use super::scopes::{Contents, Scopes};
use super::text::line;
use super::{Kind, Picture, Point};

/// ```text
/// digraph "JobGraph" {
///     newrank=true;
///     node [shape=box, style=rounded];
///     start_ [label="start", shape=oval];
///     end_ [label="end", shape=oval];
///     n_decide [label="decide"];
///     start_ -> n_decide;
///     n_decide -> end_ [label="done: true"];
/// }
/// ```
pub(in crate::graph) fn dot(picture: &Picture) -> String {
    let mut text = format!("digraph {} {{\n", quoted(&picture.name));
    // Without it, what a loop leads back to stands below the frames that lead there.
    line(&mut text, 1, "newrank=true;");
    line(&mut text, 1, "node [shape=box, style=rounded];");
    line(&mut text, 1, "start_ [label=\"start\", shape=oval];");
    line(&mut text, 1, "end_ [label=\"end\", shape=oval];");
    let scopes = Scopes::of(picture);
    contents(picture, &scopes, scopes.graph(), 1, &mut text);
    for edge in &picture.edges {
        let (from, to) = (picture.id(edge.from), picture.id(edge.to));
        let label =
            edge.label.as_ref().map_or_else(String::new, |label| format!(" [label={}]", quoted(&label.words())));
        line(&mut text, 1, &format!("{from} -> {to}{label};"));
    }
    text.push_str("}\n");
    text
}

fn contents(picture: &Picture, scopes: &Scopes, within: &Contents, depth: usize, text: &mut String) {
    for &index in &within.nodes {
        let Some(node) = picture.nodes.get(index) else { continue };
        let lines: Vec<String> = node.lines().iter().map(|line| escaped(line)).collect();
        let shape = match node.kind {
            Kind::Function => "",
            Kind::Subgraph(_) => ", peripheries=2",
            Kind::Pause(_) => ", shape=hexagon, style=solid",
        };
        let id = picture.id(Point::Node(index));
        line(text, depth, &format!("{id} [label=\"{}\"{shape}];", lines.join("\\n")));
    }
    for &index in &within.regions {
        let Some(region) = picture.regions.get(index) else { continue };
        // Graphviz draws a frame around what is called a cluster.
        line(text, depth, &format!("subgraph cluster_{index} {{"));
        line(text, depth + 1, &format!("label={};", quoted(&region.title())));
        line(text, depth + 1, &format!("{} [label=\"\", shape=point];", picture.id(Point::Fork(index))));
        for branch in scopes.branches(index) {
            contents(picture, scopes, branch, depth + 1, text);
        }
        line(text, depth + 1, &format!("{} [label=\"\", shape=point];", picture.id(Point::Join(index))));
        line(text, depth, "}");
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// In quotes only the quote ends the text; a backslash begins a mark of Graphviz's own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
