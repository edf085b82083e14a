//! Drawings: nothing stands on anything else, whatever the graph is.

use super::super::layout::{Rectangle, Shape, layout};
use super::super::{Picture, svg};
use super::{nested, picture};
use crate::graph::tests::random::writer::Writer;
use quote::quote;

fn overlap(a: &Rectangle, b: &Rectangle) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn holds(outer: &Rectangle, inner: &Rectangle) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.bottom() <= outer.bottom()
}

/// The rectangle between two points; a line has no area, so it gets none of its ends.
fn segment(a: (i32, i32), b: (i32, i32)) -> Rectangle {
    let (x, y) = (a.0.min(b.0), a.1.min(b.1));
    Rectangle { x, y, width: (a.0 - b.0).abs().max(1), height: (a.1 - b.1).abs().max(1) }
}

/// Judges a drawing and counts its boxes.
fn judge(picture: &Picture, text: &str) -> usize {
    let block = layout(picture);
    let whole = Rectangle { x: -1, y: -1, width: block.width + 2, height: block.height + 2 };
    let (mut boxes, mut frames, mut labels, mut arrows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for shape in &block.shapes {
        match shape {
            Shape::Node { at, .. } | Shape::Terminal { at, .. } => boxes.push(*at),
            Shape::Frame { at, .. } => frames.push(*at),
            Shape::Label { at, .. } => labels.push(*at),
            Shape::Bar { x, y, width } => assert!(holds(&whole, &segment((*x, *y), (x + width, *y))), "{text}"),
            Shape::Arrow { points, .. } => {
                arrows.extend(points.windows(2).map(|ends| segment(ends[0], ends[1])));
            }
        }
    }
    for at in boxes.iter().chain(&frames).chain(&labels).chain(&arrows) {
        assert!(holds(&whole, at), "{at:?} is outside of {whole:?}\n{text}");
    }
    let solid: Vec<_> = boxes.iter().chain(&labels).collect();
    for (index, a) in solid.iter().enumerate() {
        for b in &solid[index + 1..] {
            assert!(!overlap(a, b), "{a:?} and {b:?}\n{text}");
        }
        for frame in &frames {
            assert!(!overlap(a, frame) || holds(frame, a), "{a:?} is on the border of {frame:?}\n{text}");
        }
    }
    for (index, a) in frames.iter().enumerate() {
        for b in &frames[index + 1..] {
            assert!(!overlap(a, b) || holds(a, b) || holds(b, a), "{a:?} and {b:?}\n{text}");
        }
    }
    for at in &boxes {
        let inside = Rectangle { x: at.x + 1, y: at.y + 1, width: at.width - 2, height: at.height - 2 };
        for arrow in &arrows {
            assert!(!overlap(&inside, arrow), "{arrow:?} goes through {at:?}\n{text}");
        }
    }
    boxes.len()
}

#[test]
fn nothing_stands_on_anything_else() {
    for seed in 1..=400 {
        let text = Writer::new(seed).graph();
        let picture = picture(&text.parse().expect("the text is made of tokens"));
        assert_eq!(judge(&picture, &text), picture.nodes.len() + 2, "{text}");
    }
    judge(&nested(), "nested");
}

#[test]
fn a_drawing_is_one_line_of_closed_tags() {
    let hostile = picture(&quote! {
        node a;
        start -> a -> match route { "</svg>\n\n<script>" => end, _ => a };
    });
    for picture in [nested(), hostile] {
        let text = svg(&picture).expect("it is small");
        assert!(text.starts_with("<div><svg ") && text.ends_with("</svg></div>") && !text.contains('\n'), "{text}");
        let mut open = Vec::new();
        for tag in text.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("a tag ends");
            let name = tag.split(' ').next().unwrap_or_default();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{text}");
            } else if !tag.ends_with('/') {
                assert!(["div", "svg", "text"].contains(&name), "{text}");
                open.push(name);
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn a_graph_that_nobody_could_read_is_not_drawn() {
    let names: Vec<_> = (0..200).map(|index| quote::format_ident!("n{index}")).collect();
    let (froms, tos) = (&names[..199], &names[1..]);
    let picture = picture(&quote! { node #(#names),*; start -> n0; #(#froms -> #tos;)* n199 -> end; });
    assert_eq!(svg(&picture), None);
}
