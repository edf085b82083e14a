//! Drawings: nothing stands on anything else, whatever the graph is.

use super::super::layout::layout;
use super::super::shapes::{Rectangle, Shape, wide};
use super::super::{Kind, Picture, drawing};
use super::{nested, pausing, picture};
use crate::graph::tests::random::writer::Writer;
use quote::{format_ident, quote};

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

/// What is drawn, as rectangles.
#[derive(Default)]
struct Drawn {
    boxes: Vec<Rectangle>,
    frames: Vec<Rectangle>,
    titles: Vec<Rectangle>,
    labels: Vec<Rectangle>,
    bars: Vec<Rectangle>,
    /// The stretches of each arrow.
    arrows: Vec<Vec<Rectangle>>,
}

impl Drawn {
    fn of(picture: &Picture) -> (Rectangle, Drawn) {
        let block = layout(picture);
        let mut drawn = Drawn::default();
        for shape in &block.shapes {
            match shape {
                Shape::Node { at, .. } | Shape::Terminal { at, .. } => drawn.boxes.push(*at),
                Shape::Frame { at, index } => {
                    drawn.frames.push(*at);
                    let width = wide(&picture.regions[*index].title());
                    drawn.titles.push(Rectangle { x: at.x + 12, y: at.y + 6, width, height: 14 });
                }
                Shape::Label { at, .. } => drawn.labels.push(*at),
                Shape::Bar { x, y, width } => drawn.bars.push(segment((*x, *y), (x + width, *y))),
                Shape::Arrow { points, .. } => {
                    drawn.arrows.push(points.windows(2).map(|ends| segment(ends[0], ends[1])).collect());
                }
            }
        }
        (Rectangle { x: -1, y: -1, width: block.width + 2, height: block.height + 2 }, drawn)
    }
}

/// Judges a drawing and counts its boxes.
fn judge(picture: &Picture, text: &str) -> usize {
    let (whole, Drawn { boxes, frames, titles, labels, bars, arrows }) = Drawn::of(picture);
    let stretches: Vec<Rectangle> = arrows.iter().flatten().copied().collect();
    for at in [&boxes, &frames, &titles, &labels, &bars, &stretches].into_iter().flatten() {
        assert!(holds(&whole, at), "{at:?} is outside of {whole:?}\n{text}");
    }
    let solid: Vec<_> = [&boxes, &labels, &titles].into_iter().flatten().collect();
    for (index, a) in solid.iter().enumerate() {
        for b in &solid[index + 1..] {
            assert!(!overlap(a, b), "{a:?} and {b:?}\n{text}");
        }
        for bar in &bars {
            assert!(!overlap(a, bar), "{bar:?} goes through {a:?}\n{text}");
        }
    }
    for frame in &frames {
        let inside = Rectangle { x: frame.x + 1, y: frame.y + 1, width: frame.width - 2, height: frame.height - 2 };
        for at in solid.iter().copied().chain(&bars).chain(&stretches).chain(&frames) {
            let apart = !overlap(&inside, at) || holds(frame, at) || holds(at, frame);
            assert!(apart, "{at:?} is on the border of {frame:?}\n{text}");
        }
    }
    for at in &solid {
        let inside = Rectangle { x: at.x + 1, y: at.y + 1, width: at.width - 2, height: at.height - 2 };
        for arrow in &stretches {
            assert!(!overlap(&inside, arrow), "{arrow:?} goes through {at:?}\n{text}");
        }
    }
    for (index, one) in arrows.iter().enumerate() {
        for (a, b) in arrows[index + 1..].iter().flatten().flat_map(|b| one.iter().map(move |a| (a, b))) {
            let along = (a.width == 1) == (b.width == 1);
            assert!(!(along && overlap(a, b)), "{a:?} and {b:?} are one line\n{text}");
        }
    }
    boxes.len()
}

#[test]
fn nothing_stands_on_anything_else() {
    for seed in 1..=400 {
        let text = Writer::new(seed).graph();
        let mut picture = picture(&text.parse().expect("the text is made of tokens"));
        for node in picture.nodes.iter_mut().skip(2).step_by(4) {
            node.kind = Kind::Pause("Approval".to_owned());
        }
        assert_eq!(judge(&picture, &text), picture.nodes.len() + 2, "{text}");
    }
    for picture in [nested(), pausing()] {
        judge(&picture, &picture.name);
    }
    for picture in crowded() {
        judge(&picture, &picture.name);
    }
}

/// Where arrows once went through labels, and lines through frames: many arms, many ways back, long labels, arms that lead to
/// one node, and conditions side by side.
fn crowded() -> [Picture; 5] {
    let arms = (0..10).map(|index| (format_ident!("to_{index}"), format_ident!("n{index}")));
    let (arms, nodes): (Vec<_>, Vec<_>) = arms.unzip();
    [
        picture(&quote! {
            node router, #(#nodes),*;
            start -> router -> match intent { #(Intent::#arms => #nodes,)* Intent::Stop => end };
            #(#nodes -> router;)*
        }),
        picture(&quote! {
            node #(#nodes),*;
            start -> n0 -> n1 -> n2 -> n3 -> n4 -> match next { #(#arms => #nodes,)* _ => end };
            n5 -> n6 -> n7 -> match next { #(#arms => #nodes,)* _ => end };
            n8 -> n5; n9 -> n8;
        }),
        picture(&quote! {
            node classify, look, refund, answer, escalate, close, apologise;
            start -> classify -> match kind { Kind::Question => look -> answer, Kind::Refund => refund, Kind::Angry => escalate };
            refund -> match amount { Amount::Small => answer, Amount::Large => escalate };
            answer -> match satisfied { true => close, false => apologise -> classify };
            escalate -> close -> end;
        }),
        picture(&quote! {
            node a_name_of_many_words_for_a_node, b, c;
            start -> a_name_of_many_words_for_a_node -> match verdict_of_the_whole_committee {
                Verdict::Approved { conditions, deadline: Some(deadline) } if deadline > 10 => b,
                Verdict::Refused(_) | Verdict::Withdrawn => end,
                "zwölf Boxkämpfer" => b,
                _ => a_name_of_many_words_for_a_node,
            };
            b -> match count { 0 => c, 1..=9 => b, 10 => c, _ => end };
            c -> end;
        }),
        picture(&quote! {
            node a, b, c, d, e, f, g;
            start -> (a if first_condition_holds, b -> match next { _ if true => join, _ => join } if the_second_condition_holds,
                c -> d -> match next { 0 => c, 1 => d, 2 => e -> join, _ => join }, for items(Item) { f } if wanted)
                -> g -> end;
        }),
    ]
}

#[test]
fn a_drawing_is_one_line_of_closed_tags() {
    let hostile = picture(&quote! {
        node a;
        start -> a -> match route { "</svg>\n\n<script>" => end, _ => a };
    });
    for picture in [nested(), pausing(), hostile] {
        let text = drawing(&picture).expect("it is small").svg + "</svg>";
        assert!(text.starts_with("<svg ") && !text.contains('\n'), "{text}");
        let mut open = Vec::new();
        for tag in text.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').expect("a tag ends");
            let name = tag.split(' ').next().unwrap_or_default();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "{text}");
            } else if !tag.ends_with('/') {
                assert!(["svg", "g", "text"].contains(&name), "{text}");
                open.push(name);
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn a_graph_that_nobody_could_read_is_not_drawn() {
    let names: Vec<_> = (0..200).map(|index| format_ident!("n{index}")).collect();
    let (froms, tos) = (&names[..199], &names[1..]);
    let picture = picture(&quote! { node #(#names),*; start -> n0; #(#froms -> #tos;)* n199 -> end; });
    assert!(drawing(&picture).is_none());
}
