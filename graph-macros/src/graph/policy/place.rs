//! Which attribute may stand where.

use super::On;
use crate::errors::Errors;
use crate::graph::support::PASSED_ON;
use crate::spelling;
use syn::Attribute;

const NODES: &[On] = &[On::Header, On::Node, On::Pause];

/// The attributes that this grammar has, and where each may stand.
const PLACES: [(&str, &[On]); 8] = [
    ("retry", NODES),
    ("timeout", NODES),
    ("on_error", NODES),
    ("blocking", &[On::Node]),
    ("memory", &[On::Subgraph]),
    ("concurrency", &[On::Each]),
    ("deadline", &[On::Pause]),
    ("renamed_from", &[On::Header, On::Node, On::Subgraph, On::Pause]),
];

/// The name of a policy attribute that may stand here; of no other one, and what is wrong is reported.
pub(super) fn policy(attribute: &Attribute, on: On, errors: &mut Errors) -> Option<&'static str> {
    let path = attribute.path();
    let passes = |name: &str| path.is_ident(name);
    if passes("doc") || (on == On::Header && PASSED_ON.iter().any(|name| passes(name))) {
        return None;
    }
    match PLACES.iter().find(|(name, _)| passes(name)) {
        Some(&(name, places)) if places.contains(&on) => return Some(name),
        Some(&(name, _)) => errors.error(path, misplaced(name, on)),
        None => errors.error(path, unknown(attribute, on)),
    }
    None
}

fn misplaced(name: &str, on: On) -> String {
    match (name, on) {
        ("memory", _) => "`#[memory]` belongs to a `subgraph`; take it out".to_owned(),
        ("deadline", On::Node) => {
            "`#[deadline]` belongs to a `pause`, which waits; write `#[timeout]` to limit what runs".to_owned()
        }
        ("deadline", _) => "`#[deadline]` belongs to a `pause`; put it above the one that waits".to_owned(),
        ("concurrency", _) => {
            "`#[concurrency]` belongs to a `for`; put it before the one whose items it counts".to_owned()
        }
        ("blocking", On::Header) => "`#[blocking]` is no default; put it above the `node`s that block".to_owned(),
        ("blocking", On::Pause) => {
            "`#[blocking]` belongs to a `node`; let one that follows this `pause` do the work".to_owned()
        }
        (_, On::Subgraph) => {
            format!("`#[{name}]` does not reach into a subgraph; put it above the `node`s of that graph")
        }
        _ => format!("`#[{name}]` belongs to a `node`; put it above those that run in this `for`"),
    }
}

fn unknown(attribute: &Attribute, on: On) -> String {
    let what = match on {
        On::Header => "a graph",
        On::Node => "a node",
        On::Each => "a `for`",
        On::Subgraph => "a subgraph",
        On::Pause => "a pause",
    };
    let name = attribute.path().get_ident().map_or_else(String::new, ToString::to_string);
    let known = PLACES.iter().filter(|(_, places)| places.contains(&on)).map(|&(name, _)| name);
    let passed_on = PASSED_ON.iter().copied().filter(|_| on == On::Header);
    let remedy = spelling::closest(&name, known.chain(passed_on))
        .map_or_else(|| "take it out".to_owned(), |near| format!("did you mean `{near}`?"));
    format!("unknown attribute of {what}; {remedy}")
}
