//! The drawing as SVG, in the colours of the page.

use super::layout::layout;
use super::shapes::{LINE, PADDING, Rectangle, Shape};
use super::{Kind, Node, Picture};

/// A larger graph is not drawn: nobody would see anything.
const LARGEST: usize = 150;
/// How far the sides of a pause stand out, and how wide the person in it is.
const SLANT: i32 = 8;
const PERSON: i32 = 18;
/// How far a line turns round a corner.
const CORNER: i32 = 5;

/// A picture, and where everything stands in it.
pub(in crate::graph) struct Drawing {
    /// `<svg …>…`, without its end: one line, so that Markdown leaves it alone.
    pub(in crate::graph) text: String,
    /// By node and by region.
    pub(in crate::graph) nodes: Vec<[i32; 4]>,
    pub(in crate::graph) regions: Vec<[i32; 4]>,
}

/// ```text
/// <svg xmlns="…" viewBox="0 0 200 300" …><rect …/>…
/// ```
pub(in crate::graph) fn drawing(picture: &Picture) -> Option<Drawing> {
    if picture.nodes.len() + picture.regions.len() > LARGEST {
        return None;
    }
    let block = layout(picture);
    let (width, height) = (block.width + 2 * PADDING, block.height + 2 * PADDING);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{0} {0} {width} {height}\" width=\"{width}\" \
         height=\"{height}\" style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph {1}\" \
         font-family=\"monospace\" font-size=\"13\" fill=\"none\" stroke=\"currentColor\">",
        -PADDING,
        escaped(&picture.name)
    );
    let (mut nodes, mut regions) = (vec![[0; 4]; picture.nodes.len()], vec![[0; 4]; picture.regions.len()]);
    for shape in &block.shapes {
        let (list, index, at) = match shape {
            Shape::Node { index, at } => (&mut nodes, *index, at),
            Shape::Frame { index, at } => (&mut regions, *index, at),
            _ => continue,
        };
        if let Some(place) = list.get_mut(index) {
            *place = [at.x, at.y, at.width, at.height];
        }
    }
    // What is written stands above the lines.
    let (labels, lines): (Vec<_>, Vec<_>) = block.shapes.iter().partition(|shape| matches!(shape, Shape::Label { .. }));
    lines.into_iter().chain(labels).for_each(|shape| text.push_str(&drawn(picture, shape)));
    Some(Drawing { text, nodes, regions })
}

impl Node {
    /// How much wider the shape of the node is than a box.
    pub(super) fn margin(&self) -> i32 {
        if matches!(self.kind, Kind::Pause(_)) { 2 * SLANT + PERSON } else { 0 }
    }
}

fn drawn(picture: &Picture, shape: &Shape) -> String {
    match shape {
        Shape::Node { index, at } => picture.nodes.get(*index).map_or_else(String::new, |node| self::node(node, *at)),
        Shape::Terminal { at, text } => {
            let y = at.y + PADDING / 2 + 12;
            rectangle(at, "rx=\"14\"") + &written(at.middle(), y, "text-anchor=\"middle\"", text)
        }
        Shape::Frame { index, at } => {
            let title = picture.regions.get(*index).map_or_else(String::new, super::Region::title);
            let title = written(at.x + PADDING, at.y + LINE + 2, "opacity=\"0.7\"", &title);
            rectangle(at, "rx=\"5\" stroke-dasharray=\"4 3\" opacity=\"0.6\"") + &title
        }
        Shape::Bar { x, y, width } => format!("<path d=\"M{x} {y}h{width}\" stroke-width=\"3\"/>"),
        Shape::Arrow { points, head } => {
            let tip = points.last().filter(|_| *head);
            let head = tip.map(|(x, y)| format!("<path d=\"M{x} {y}l-4 -8h8z\" fill=\"currentColor\"/>"));
            format!("<path d=\"{}\"/>", way(points)) + &head.unwrap_or_default()
        }
        Shape::Label { at, text } => written(at.x, at.bottom() - 3, "font-size=\"12\"", text),
    }
}

fn node(node: &Node, at: Rectangle) -> String {
    let Rectangle { x, y, width, height } = at;
    let (outline, middle) = match node.kind {
        Kind::Function => (rectangle(&at, "rx=\"5\""), at.middle()),
        Kind::Subgraph(_) => {
            let inner = Rectangle { x: x + 3, y: y + 3, width: width - 6, height: height - 6 };
            (rectangle(&at, "rx=\"5\"") + &rectangle(&inner, "rx=\"3\""), at.middle())
        }
        Kind::Pause(_) => {
            let (straight, half) = (width - 2 * SLANT, height / 2);
            let sides = format!(
                "<path d=\"M{} {y}h{straight}l{SLANT} {half}l-{SLANT} {half}h-{straight}l-{SLANT} -{half}z\"/>",
                x + SLANT
            );
            let lines = node.lines().iter().map(|line| super::shapes::wide(line)).max().unwrap_or(0);
            let middle = at.middle() + PERSON / 2;
            (sides + &person(middle - lines / 2 - PERSON / 2 - 1, y + half), middle)
        }
    };
    let line = |(index, line): (i32, String)| {
        let style = if index == 0 { "" } else { " font-size=\"12\" opacity=\"0.7\"" };
        let y = y + PADDING / 2 + LINE * index + 12;
        written(middle, y, &format!("text-anchor=\"middle\"{style}"), &line)
    };
    outline + &(0..).zip(node.lines()).map(line).collect::<String>()
}

/// Who answers at a pause.
fn person(x: i32, y: i32) -> String {
    format!("<path d=\"M{x} {y}m-3 -3a3 3 0 1 1 6 0a3 3 0 1 1 -6 0zm-3 10a6 6 0 0 1 12 0z\" fill=\"currentColor\"/>")
}

/// A line along these points, round at its corners.
fn way(points: &[(i32, i32)]) -> String {
    let mut way = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        let towards = |other: &(i32, i32)| {
            // A half of a short stretch belongs to its other corner.
            let step = |from: i32, to: i32| ((to - from) / 2).clamp(-CORNER, CORNER);
            (x + step(x, other.0), y + step(y, other.1))
        };
        let before = index.checked_sub(1).and_then(|before| points.get(before)).map(towards);
        let after = points.get(index + 1).map(towards);
        way.push_str(&match (before, after) {
            (None, _) => format!("M{x} {y}"),
            (_, None) => format!("L{x} {y}"),
            (Some(before), Some(after)) => format!("L{} {}Q{x} {y} {} {}", before.0, before.1, after.0, after.1),
        });
    }
    way
}

fn rectangle(at: &Rectangle, attributes: &str) -> String {
    let Rectangle { x, y, width, height } = at;
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {attributes}/>")
}

fn written(x: i32, y: i32, attributes: &str, text: &str) -> String {
    let text = escaped(text);
    format!("<text x=\"{x}\" y=\"{y}\" fill=\"currentColor\" stroke=\"none\" {attributes}>{text}</text>")
}

/// Text between tags and in quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
