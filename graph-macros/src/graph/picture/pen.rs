//! What draws shapes as SVG.

use super::shapes::{LINE, PADDING, Rectangle, Shape, wide};
use super::{Kind, Node, Picture};

/// How far the sides of a pause stand out, and how wide the person in it is.
const SLANT: i32 = 8;
const PERSON: i32 = 18;
/// How far a line turns round a corner.
const CORNER: i32 = 5;

/// What is drawn, by its colours: the same ones are named once, which keeps a drawing small.
#[derive(Default)]
pub(super) struct Pen {
    pub(super) arrows: String,
    pub(super) heads: String,
    pub(super) boxes: String,
    pub(super) words: String,
}

impl Pen {
    pub(super) fn shape(&mut self, picture: &Picture, shape: &Shape) {
        match shape {
            Shape::Node { index, at } => picture.nodes.get(*index).into_iter().for_each(|node| self.node(node, *at)),
            Shape::Terminal { at, text } => {
                self.rectangle(at, "rx=\"14\"");
                self.write((at.middle(), at.y + PADDING / 2 + 12), "", text);
            }
            Shape::Frame { index, at } => {
                let title = picture.regions.get(*index).map_or_else(String::new, super::Region::title);
                self.rectangle(at, "rx=\"5\" stroke-dasharray=\"4 3\" opacity=\"0.6\"");
                self.write((at.x + PADDING, at.y + LINE + 2), " text-anchor=\"start\" opacity=\"0.7\"", &title);
            }
            Shape::Bar { x, y, width } => {
                self.boxes.extend([format!("<path d=\"M{x} {y}h{width}\" stroke-width=\"3\"/>")]);
            }
            Shape::Arrow { points, head } => {
                self.arrows.push_str(&way(points));
                if let Some((x, y)) = points.last().filter(|_| *head) {
                    self.heads.extend([format!("M{x} {y}l-4 -8h8z")]);
                }
            }
            Shape::Label { at, text } => {
                self.write((at.x, at.bottom() - 3), " text-anchor=\"start\" font-size=\"12\"", text);
            }
        }
    }

    fn node(&mut self, node: &Node, at: Rectangle) {
        let Rectangle { x, y, width, height } = at;
        let mut middle = at.middle();
        match node.kind {
            Kind::Function => self.rectangle(&at, "rx=\"5\""),
            Kind::Subgraph(_) => {
                let inner = Rectangle { x: x + 3, y: y + 3, width: width - 6, height: height - 6 };
                self.rectangle(&at, "rx=\"5\"");
                self.rectangle(&inner, "rx=\"3\"");
            }
            Kind::Pause(_) => {
                let (straight, half) = (width - 2 * SLANT, height / 2);
                self.boxes.extend([format!(
                    "<path d=\"M{} {y}h{straight}l{SLANT} {half}l-{SLANT} {half}h-{straight}l-{SLANT} -{half}z\"/>",
                    x + SLANT
                )]);
                middle += PERSON / 2;
                let lines = node.lines().iter().map(|line| wide(line)).max().unwrap_or(0);
                self.person(middle - lines / 2 - PERSON / 2 - 1, y + half);
            }
        }
        for (index, line) in (0..).zip(node.lines()) {
            let style = if index == 0 { "" } else { " font-size=\"12\" opacity=\"0.7\"" };
            self.write((middle, y + PADDING / 2 + LINE * index + 12), style, &line);
        }
    }

    /// Who answers at a pause.
    fn person(&mut self, x: i32, y: i32) {
        self.heads.extend([format!("M{x} {y}m-3 -3a3 3 0 1 1 6 0a3 3 0 1 1 -6 0zm-3 10a6 6 0 0 1 12 0z")]);
    }

    fn rectangle(&mut self, at: &Rectangle, attributes: &str) {
        let Rectangle { x, y, width, height } = at;
        let text = format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {attributes}/>");
        self.boxes.push_str(&text);
    }

    fn write(&mut self, (x, y): (i32, i32), attributes: &str, text: &str) {
        self.words.extend([format!("<text x=\"{x}\" y=\"{y}\"{attributes}>{}</text>", escaped(text))]);
    }
}

impl Node {
    /// How much wider the shape of the node is than a box.
    pub(super) fn margin(&self) -> i32 {
        if matches!(self.kind, Kind::Pause(_)) { 2 * SLANT + PERSON } else { 0 }
    }
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
        let part = match (before, after) {
            (None, _) => format!("M{x} {y}"),
            (_, None) => format!("L{x} {y}"),
            (Some(before), Some(after)) => format!("L{} {}Q{x} {y} {} {}", before.0, before.1, after.0, after.1),
        };
        way.push_str(&part);
    }
    way
}

/// Text between tags and in quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // What XML has no place for.
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}
