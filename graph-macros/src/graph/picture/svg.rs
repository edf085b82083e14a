//! The drawing as SVG, in the colours of the page.

use super::Picture;
use super::layout::layout;
use super::pen::{Pen, escaped};
use super::shapes::{PADDING, Shape};

/// A larger graph is not drawn: nobody would see anything.
const LARGEST: usize = 150;

/// A picture, and where everything stands in it.
pub(in crate::graph) struct Drawing {
    /// `<svg …>…`, without its end: one line, so that Markdown leaves it alone.
    pub(in crate::graph) svg: String,
    /// By node: left, top, width and height.
    pub(in crate::graph) nodes: Vec<[i32; 4]>,
    /// By region.
    pub(in crate::graph) regions: Vec<[i32; 4]>,
    pub(in crate::graph) end: [i32; 4],
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
    let mut end = [0; 4];
    for shape in &block.shapes {
        let (place, at) = match shape {
            Shape::Node { index, at } => (nodes.get_mut(*index), at),
            Shape::Frame { index, at } => (regions.get_mut(*index), at),
            Shape::Terminal { at, text: "end" } => (Some(&mut end), at),
            _ => continue,
        };
        if let Some(place) = place {
            *place = [at.x, at.y, at.width, at.height];
        }
    }
    let mut pen = Pen::default();
    block.shapes.iter().for_each(|shape| pen.shape(picture, shape));
    let Pen { arrows, heads, boxes, words } = pen;
    let solid = "fill=\"currentColor\"";
    text.extend([format!("<path d=\"{arrows}\"/><path d=\"{heads}\" {solid}/>{boxes}")]);
    text.extend([format!("<g {solid} stroke=\"none\" text-anchor=\"middle\">{words}</g>")]);
    Some(Drawing { svg: text, nodes, regions, end })
}
