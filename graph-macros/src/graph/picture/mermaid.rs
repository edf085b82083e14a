//! The graph as a Mermaid flowchart.

use super::scopes::{Contents, Scopes};
use super::text::line;
use super::{Kind, Picture, Point};

/// ```text
/// flowchart TD
///     start_(["start"])
///     end_(["end"])
///     n_decide["decide"]
///     start_ --> n_decide
///     n_decide -->|"done: true"| end_
/// ```
///
/// A region is a `subgraph` with a point at which its branches begin and one at which they meet: arrows to the frame itself
/// are drawn badly, and those from within it not at all.
pub(in crate::graph) fn mermaid(picture: &Picture) -> String {
    let mut text = String::from("flowchart TD\n    start_([\"start\"])\n    end_([\"end\"])\n");
    let scopes = Scopes::of(picture);
    contents(picture, &scopes, scopes.graph(), 1, &mut text);
    for edge in &picture.edges {
        let (from, to) = (picture.id(edge.from), picture.id(edge.to));
        let label = edge.label.as_ref().map_or_else(String::new, |label| format!("|{}|", quoted(&label.words())));
        line(&mut text, 1, &format!("{from} -->{label} {to}"));
    }
    text
}

fn contents(picture: &Picture, scopes: &Scopes, within: &Contents, depth: usize, text: &mut String) {
    for &index in &within.nodes {
        let Some(node) = picture.nodes.get(index) else { continue };
        let id = picture.id(Point::Node(index));
        let lines: Vec<String> = node.lines().iter().map(|line| escaped(line)).collect();
        let label = format!("\"{}\"", lines.join("<br/>"));
        let shape = match node.kind {
            Kind::Function => format!("{id}[{label}]"),
            Kind::Subgraph(_) => format!("{id}[[{label}]]"),
            Kind::Pause(_) => format!("{id}{{{{{label}}}}}"),
        };
        line(text, depth, &shape);
    }
    for &index in &within.regions {
        let Some(region) = picture.regions.get(index) else { continue };
        line(text, depth, &format!("subgraph r{index}[{}]", quoted(&region.title())));
        line(text, depth + 1, &format!("{}((\" \"))", picture.id(Point::Fork(index))));
        for branch in scopes.branches(index) {
            contents(picture, scopes, branch, depth + 1, text);
        }
        line(text, depth + 1, &format!("{}((\" \"))", picture.id(Point::Join(index))));
        line(text, depth, "end");
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Everything that could mean something to Mermaid, or to the HTML that it makes, by its number.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' | '_' | ':' | ',' | '.' | '=' | '(' | ')' | '[' | ']' | '\'' | '…' => escaped.push(character),
            _ if character.is_alphanumeric() => escaped.push(character),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.extend(["#", &u32::from(character).to_string(), ";"]),
        }
    }
    escaped
}
