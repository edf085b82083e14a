//! How nodes run: what the attributes say about failures, time, threads of the system, and memory.

mod deadline;
mod duration;
mod place;
mod retry;
mod value;

use super::model::{Kind, Node};
use crate::errors::Errors;
use crate::former;
use proc_macro2::Span;
use std::time::Duration;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Attribute, LitStr, Path};

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Header,
    Node,
    Each,
    Subgraph,
    Pause,
}

impl On {
    /// The place of the attributes of a node.
    pub(crate) fn of(node: &Node) -> On {
        match node.kind {
            Kind::Function => On::Node,
            Kind::Pause { .. } => On::Pause,
            Kind::Subgraph { .. } => On::Subgraph,
        }
    }
}

/// What the attributes at one place say. Each part has the place of its attribute, for errors that are found later.
#[derive(Clone, Default)]
pub(crate) struct Policy {
    pub(crate) retry: Option<Retry>,
    pub(crate) timeout: Option<Timeout>,
    /// An `fn(&State, &NodeError) -> impl Update<State>`.
    pub(crate) on_error: Option<Path>,
    pub(crate) blocking: Option<Span>,
    /// A subgraph keeps its state over the parent's thread.
    pub(crate) memory: Option<Span>,
    /// How long a pause waits.
    pub(crate) deadline: Option<Deadline>,
    /// How many items of a `for` run at a time.
    pub(crate) concurrency: Option<(u32, Span)>,
    /// The names that a node, or the graph, had before.
    pub(crate) former: Vec<LitStr>,
}

/// `#[retry(attempts = 3, backoff = "200ms", factor = 2.0, max = "10s", jitter, if = path)]`, with what it leaves out.
#[derive(Clone)]
pub(crate) struct Retry {
    /// All attempts, the first one included; at least one.
    pub(crate) attempts: u32,
    /// The delay after the first attempt.
    pub(crate) backoff: Duration,
    /// What each delay is longer by than the one before it; finite, at least one.
    pub(crate) factor: f64,
    /// The longest delay; not below `backoff`.
    pub(crate) max: Duration,
    pub(crate) jitter: bool,
    /// An `fn(&NodeError) -> bool`.
    pub(crate) applies: Option<Path>,
    pub(crate) span: Span,
}

/// `#[timeout("30s")]`
#[derive(Clone)]
pub(crate) struct Timeout {
    /// More than nothing.
    pub(crate) duration: Duration,
    pub(crate) span: Span,
}

/// `#[deadline("24h", or = path)]`
#[derive(Clone)]
pub(crate) struct Deadline {
    /// More than nothing.
    pub(crate) duration: Duration,
    /// An `fn(&State) -> Reply`.
    pub(crate) or: Path,
}

impl Policy {
    /// The node's own, completed by the header's defaults.
    ///
    /// A timeout of the header passes over blocking nodes, which nothing can stop.
    pub(crate) fn or(self, defaults: &Policy) -> Policy {
        let timeout = self.timeout.or_else(|| defaults.timeout.clone().filter(|_| self.blocking.is_none()));
        Policy {
            retry: self.retry.or_else(|| defaults.retry.clone()),
            timeout,
            on_error: self.on_error.or_else(|| defaults.on_error.clone()),
            ..self
        }
    }
}

/// What the attributes of a node say. What is wrong with them is reported where all of them are seen.
pub(crate) fn of(node: &Node) -> Policy {
    read(&node.attributes, On::of(node), &mut Errors::new())
}

/// Reads the policy attributes; wrong names, values and places go to `errors`.
pub(crate) fn read(attributes: &[Attribute], on: On, errors: &mut Errors) -> Policy {
    let mut policy = Policy::default();
    let mut seen = Vec::new();
    for attribute in attributes {
        let Some(name) = place::policy(attribute, on, errors) else { continue };
        if seen.contains(&name) {
            errors.error(attribute.path(), format!("`#[{name}]` stands here twice; remove one"));
            continue;
        }
        seen.push(name);
        if let Err(error) = policy.take(name, attribute, errors) {
            errors.push(error);
        }
    }
    if policy.blocking.is_some()
        && let Some(timeout) = policy.timeout.take()
    {
        let remedy = "take `#[timeout]` out, or make the function `async`";
        errors.push(syn::Error::new(timeout.span, format!("a blocking function cannot be stopped; {remedy}")));
    }
    policy
}

impl Policy {
    fn take(&mut self, name: &str, attribute: &Attribute, errors: &mut Errors) -> syn::Result<()> {
        let span = attribute.path().span();
        match name {
            "retry" => self.retry = retry::read(attribute, errors)?,
            "timeout" => {
                let value = value::inside(attribute, "#[timeout(\"30s\")]")?;
                let duration = duration::read(value.clone(), "`#[timeout]`", "#[timeout(\"30s\")]")?;
                if duration.is_zero() {
                    let message = "a timeout of nothing is over before the node begins; give it more";
                    return Err(syn::Error::new_spanned(value, message));
                }
                self.timeout = Some(Timeout { duration, span });
            }
            "on_error" => {
                let signature = "fn(&State, &NodeError) -> impl Update<State>";
                let value = value::inside(attribute, "#[on_error(path)]")?;
                self.on_error = Some(value::path(value, "`#[on_error]`", signature)?);
            }
            "blocking" => {
                value::nothing(attribute)?;
                self.blocking = Some(span);
            }
            "memory" => {
                let value = value::inside(attribute, "#[memory(thread)]")?;
                value::word(value, "thread", "`#[memory]`", "#[memory(thread)]")?;
                self.memory = Some(span);
            }
            "deadline" => self.deadline = Some(deadline::read(attribute)?),
            "renamed_from" => {
                let example = "#[renamed_from(\"old_name\")]";
                let value = value::inside(attribute, example)?;
                self.former = former::list.parse2(value.clone()).map_err(|_| {
                    let message = format!("`#[renamed_from]` takes strings; write `{example}`");
                    syn::Error::new_spanned(value, message)
                })?;
            }
            _ => {
                let value = value::inside(attribute, "#[concurrency(8)]")?;
                let count = value::whole(value.clone(), "`#[concurrency]`", "#[concurrency(8)]")?;
                if count == 0 {
                    let message = "a concurrency of 0 lets no item run; give it 1 or more";
                    return Err(syn::Error::new_spanned(value, message));
                }
                self.concurrency = Some((count, span));
            }
        }
        Ok(())
    }
}
