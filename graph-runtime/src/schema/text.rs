//! A schema as JSON that a person can read: a line for each field and node.

use super::{Node, Schema};
use serde::Serialize;
use std::fmt::{self, Formatter, Write};

/// The version of the text, which its first line names.
pub(super) const VERSION: u32 = 1;

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{{")?;
        writeln!(f, "  \"version\": {VERSION},")?;
        contents(f, self, "  ")?;
        writeln!(f, "}}")
    }
}

/// All properties of a schema, without its braces.
fn contents(f: &mut Formatter<'_>, schema: &Schema, indent: &str) -> fmt::Result {
    write!(f, "{indent}\"graph\": {}", json(&schema.graph)?)?;
    if !schema.former.is_empty() {
        write!(f, ",\n{indent}\"former\": {}", json(&schema.former)?)?;
    }
    list(f, "state", &schema.state, indent, |f, field, _| f.write_str(&json(field)?))?;
    list(f, "nodes", &schema.nodes, indent, node)?;
    if !schema.loops.is_empty() {
        list(f, "loops", &schema.loops, indent, |f, each, _| f.write_str(&json(each)?))?;
    }
    f.write_char('\n')
}

fn list<T>(
    f: &mut Formatter<'_>,
    name: &str,
    items: &[T],
    indent: &str,
    each: impl Fn(&mut Formatter<'_>, &T, &str) -> fmt::Result,
) -> fmt::Result {
    write!(f, ",\n{indent}\"{name}\": [")?;
    for (number, item) in items.iter().enumerate() {
        write!(f, "{}\n{indent}  ", if number > 0 { "," } else { "" })?;
        each(f, item, &format!("{indent}  "))?;
    }
    if !items.is_empty() {
        write!(f, "\n{indent}")?;
    }
    f.write_char(']')
}

/// A node; of a subgraph, the graph inside it is the last property.
fn node(f: &mut Formatter<'_>, node: &Node, indent: &str) -> fmt::Result {
    let Some(inner) = &node.inner else { return f.write_str(&json(node)?) };
    let own = json(&Node { inner: None, ..node.clone() })?;
    writeln!(f, "{}, \"inner\": {{", own.strip_suffix('}').unwrap_or(&own))?;
    contents(f, inner, &format!("{indent}  "))?;
    write!(f, "{indent}}}}}")
}

/// A value on one line.
fn json<T: Serialize>(value: &T) -> Result<String, fmt::Error> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Spaced);
    value.serialize(&mut serializer).map_err(|_| fmt::Error)?;
    String::from_utf8(bytes).map_err(|_| fmt::Error)
}

/// JSON on one line, with spaces behind commas and colons.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}
