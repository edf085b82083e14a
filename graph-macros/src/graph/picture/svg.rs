//! The drawing as SVG inside of Markdown, in the colours of the page.

use super::Picture;
use super::layout::{LINE, PADDING, Rectangle, Shape, layout};

/// A larger graph is not drawn: nobody would see anything.
const LARGEST: usize = 150;

/// ```text
/// <div><svg viewBox="0 0 200 300" …><rect …/>…</svg></div>
/// ```
///
/// One line: Markdown leaves it alone from `<div>` to the next empty one.
pub(in crate::graph) fn svg(picture: &Picture) -> Option<String> {
    if picture.nodes.len() + picture.regions.len() > LARGEST {
        return None;
    }
    let block = layout(picture);
    let (width, height) = (block.width + 2 * PADDING, block.height + 2 * PADDING);
    let mut text = format!(
        "<div><svg viewBox=\"{0} {0} {width} {height}\" width=\"{width}\" height=\"{height}\" \
         style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"The graph {1}\" font-family=\"monospace\" \
         font-size=\"13\" fill=\"none\" stroke=\"currentColor\">",
        -PADDING,
        escaped(&picture.name)
    );
    // What is written stands above the lines.
    let (labels, lines): (Vec<_>, Vec<_>) = block.shapes.iter().partition(|shape| matches!(shape, Shape::Label { .. }));
    lines.into_iter().chain(labels).for_each(|shape| text.push_str(&drawn(shape)));
    text.push_str("</svg></div>");
    Some(text)
}

fn drawn(shape: &Shape) -> String {
    match shape {
        Shape::Node { at, lines, double } => {
            let inner = Rectangle { x: at.x + 3, y: at.y + 3, width: at.width - 6, height: at.height - 6 };
            let second = if *double { rectangle(&inner, "rx=\"3\"") } else { String::new() };
            let line = |(index, line): (i32, &String)| {
                let opacity = if index == 0 { "" } else { " opacity=\"0.7\"" };
                let y = at.y + PADDING / 2 + LINE * index + 12;
                written(at.middle(), y, &format!("text-anchor=\"middle\"{opacity}"), line)
            };
            rectangle(at, "rx=\"5\"") + &second + &(0..).zip(lines).map(line).collect::<String>()
        }
        Shape::Terminal { at, text } => {
            let y = at.y + PADDING / 2 + 12;
            rectangle(at, "rx=\"14\"") + &written(at.middle(), y, "text-anchor=\"middle\"", text)
        }
        Shape::Frame { at, title } => {
            let title = written(at.x + PADDING, at.y + LINE + 2, "opacity=\"0.7\"", title);
            rectangle(at, "rx=\"5\" stroke-dasharray=\"4 3\" opacity=\"0.6\"") + &title
        }
        Shape::Bar { x, y, width } => format!("<path d=\"M{x} {y}h{width}\" stroke-width=\"3\"/>"),
        Shape::Arrow { points, head } => {
            let corners: Vec<String> = points.iter().map(|(x, y)| format!("{x} {y}")).collect();
            let path = format!("M{}", corners.join("L"));
            let tip = points.last().filter(|_| *head);
            let head = tip.map(|(x, y)| format!("<path d=\"M{x} {y}l-4 -8h8z\" fill=\"currentColor\"/>"));
            format!("<path d=\"{path}\"/>") + &head.unwrap_or_default()
        }
        Shape::Label { at, text } => {
            // The colour of a page of rustdoc keeps lines out of the letters.
            let halo = "style=\"paint-order:stroke;stroke:var(--main-background-color,none);stroke-width:4\"";
            let text = escaped(text);
            format!("<text x=\"{}\" y=\"{}\" fill=\"currentColor\" {halo}>{text}</text>", at.x, at.bottom() - 4)
        }
    }
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
