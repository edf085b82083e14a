//! What policy attributes mean, and what is said about wrong ones: each mistake once.

use super::{messages, messages_of};
use crate::errors::Errors;
use crate::graph::policy::{self, On, Policy};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use std::time::Duration;
use syn::Attribute;
use syn::parse::Parser;

fn read(attributes: TokenStream, on: On) -> (Policy, Vec<String>) {
    let attributes = Attribute::parse_outer.parse2(attributes).expect("attributes");
    let mut errors = Errors::new();
    let policy = policy::read(&attributes, on, &mut errors);
    (policy, errors.messages())
}

fn sound(attributes: TokenStream, on: On) -> Policy {
    let text = attributes.to_string();
    let (policy, messages) = read(attributes, on);
    assert_eq!(messages, Vec::<String>::new(), "{text}");
    policy
}

/// Requires that the attributes of each place are reported with exactly one error that begins so.
macro_rules! one_message {
    ($($message:literal: $on:ident { $($attributes:tt)* })*) => {
        $({
            let (_, found) = read(quote! { $($attributes)* }, On::$on);
            assert!(matches!(&found[..], [only] if only.starts_with($message)), "{}: {found:?}", $message);
        })*
    };
}

#[test]
fn a_retry_has_what_it_says() {
    let attributes =
        quote! { #[retry(attempts = 5, backoff = "1s", factor = 1.5, max = "1m", jitter, if = net::may_pass)] };
    let retry = sound(attributes, On::Node).retry.expect("a retry");
    assert_eq!((retry.attempts, retry.backoff, retry.max), (5, Duration::from_secs(1), Duration::from_secs(60)));
    assert_eq!(retry.factor.to_bits(), 1.5_f64.to_bits());
    assert!(retry.jitter);
    assert_eq!(retry.applies.expect("a path").to_token_stream().to_string(), "net :: may_pass");
}

#[test]
fn a_retry_leaves_out_what_is_usual() {
    let retry = sound(quote! { #[retry(attempts = 3)] }, On::Node).retry.expect("a retry");
    assert_eq!((retry.attempts, retry.backoff, retry.max), (3, Duration::from_millis(100), Duration::from_secs(60)));
    assert_eq!(retry.factor.to_bits(), 2.0_f64.to_bits());
    assert!(!retry.jitter && retry.applies.is_none());
}

#[test]
fn the_longest_delay_is_never_below_the_first() {
    for (attributes, backoff, max) in [
        (quote! { #[retry(attempts = 3, backoff = "5m")] }, 300_000, 300_000),
        (quote! { #[retry(attempts = 3, max = "20ms",)] }, 20, 20),
        (quote! { #[retry(attempts = 3, max = "20s")] }, 100, 20_000),
        (quote! { #[retry(attempts = 3, backoff = "0s", max = "0s")] }, 0, 0),
    ] {
        let retry = sound(attributes, On::Node).retry.expect("a retry");
        assert_eq!((retry.backoff, retry.max), (Duration::from_millis(backoff), Duration::from_millis(max)));
    }
}

#[test]
fn sound_policies_are_silent() {
    for (on, attributes) in [
        (On::Node, quote! {}),
        (
            On::Node,
            quote! { #[doc = "Text."] #[retry(attempts = 1, jitter = false)] #[timeout("1.5s")] #[on_error(a::b)] },
        ),
        (On::Node, quote! { #[retry(factor = 2, attempts = 3, jitter = true)] #[blocking] }),
        (On::Pause, quote! { #[retry(attempts = 3)] #[timeout("30s")] #[on_error(recover)] }),
        (On::Pause, quote! { #[deadline("24h", or = times::up)] }),
        (On::Subgraph, quote! { #[doc = "Text."] #[memory(thread)] #[renamed_from("x")] }),
        (On::Node, quote! { #[renamed_from("x", "y",)] }),
        (On::Pause, quote! { #[renamed_from("x")] }),
        (On::Each, quote! { #[concurrency(8)] }),
        (
            On::Header,
            quote! { #[doc = "Text."] #[cfg(x)] #[graph(crate = x)] #[retry(attempts = 3)] #[timeout("30s")] #[on_error(a)] },
        ),
    ] {
        sound(attributes, on);
    }
}

#[test]
fn the_header_completes_what_a_node_leaves_out() {
    let header = quote! { #[retry(attempts = 2)] #[timeout("1s")] #[on_error(all)] };
    let header = sound(header, On::Header);
    let policy = sound(quote! {}, On::Node).or(&header);
    assert_eq!(policy.retry.expect("a retry").attempts, 2);
    assert_eq!(policy.timeout.expect("a timeout").duration, Duration::from_secs(1));
    assert!(policy.on_error.expect("a path").is_ident("all"));

    let own = quote! { #[retry(attempts = 9)] #[timeout("9s")] #[on_error(mine)] };
    let policy = sound(own, On::Node).or(&header);
    assert_eq!(policy.retry.expect("a retry").attempts, 9);
    assert_eq!(policy.timeout.expect("a timeout").duration, Duration::from_secs(9));
    assert!(policy.on_error.expect("a path").is_ident("mine"));
}

#[test]
fn the_header_does_not_stop_blocking_nodes() {
    let header = sound(quote! { #[retry(attempts = 2)] #[timeout("1s")] }, On::Header);
    let policy = sound(quote! { #[blocking] }, On::Node).or(&header);
    assert!(policy.blocking.is_some() && policy.timeout.is_none() && policy.retry.is_some());
}

#[test]
fn retries() {
    one_message! {
        "`#[retry]` says nothing alone; write `#[retry(attempts = 3)]`": Node { #[retry] }
        "`#[retry]` says nothing alone": Node { #[retry()] }
        "the value of `#[retry]` stands in parentheses": Node { #[retry = 3] }
        "`#[retry]` does not say how often; write": Node { #[retry(backoff = "1s")] }
        "an option of `#[retry]` begins with its name": Node { #[retry(3)] }
        "unknown option `attempt` of `#[retry]`; did you mean `attempts`?": Node { #[retry(attempt = 3)] }
        "unknown option `delay` of `#[retry]`; it takes `attempts`,": Node { #[retry(attempts = 3, delay = "1s")] }
        "`attempts` stands here twice; remove one": Node { #[retry(attempts = 3, attempts = 4)] }
        "`jitter` stands here twice; remove one": Node { #[retry(attempts = 3, jitter, jitter = false)] }
        "`attempts` has no value; write `attempts = 3`": Node { #[retry(attempts)] }
        "`attempts` has no value; write `attempts = 3`": Node { #[retry(attempts =)] }
        "unexpected token after `attempts`; write `attempts = 3`": Node { #[retry(attempts(3))] }
        "unexpected token after `attempts`; write `attempts = 3`": Node { #[retry(attempts: 3)] }
        "0 attempts never run the node; write 1 or more": Node { #[retry(attempts = 0)] }
        "`attempts` takes a whole number; write `attempts = 3`": Node { #[retry(attempts = "3")] }
        "`attempts` takes a whole number": Node { #[retry(attempts = 3.5)] }
        "`attempts` takes a whole number": Node { #[retry(attempts = 3 + 1)] }
        "`attempts` takes a whole number": Node { #[retry(attempts = 3s)] }
        "`attempts` takes a number from 1 to 4294967295": Node { #[retry(attempts = -3)] }
        "`attempts` takes a number from 1 to 4294967295": Node { #[retry(attempts = 4294967296)] }
        "`backoff` takes a duration in quotes; write `backoff = \"200ms\"`": Node { #[retry(attempts = 3, backoff = 200)] }
        "unknown unit `millis`; did you mean `200ms`?": Node { #[retry(attempts = 3, backoff = "200millis")] }
        "`factor` takes a number; write `factor = 2.0`": Node { #[retry(attempts = 3, factor = "2")] }
        "`factor` is below 1, so that": Node { #[retry(attempts = 3, factor = 0.5)] }
        "`factor` is below 1, so that": Node { #[retry(attempts = 3, factor = -2)] }
        "`factor` is too large; write": Node { #[retry(attempts = 3, factor = 1e999)] }
        "`10` has no unit": Node { #[retry(attempts = 3, max = "10")] }
        "`max` is below `backoff`": Node { #[retry(attempts = 3, backoff = "2s", max = "1s")] }
        "`jitter` takes `true` or `false`": Node { #[retry(attempts = 3, jitter = 1)] }
        "`if` has no value; write `if = path`": Node { #[retry(attempts = 3, if)] }
        "`if` takes the path of a function; write an `fn(&NodeError) -> bool`": Node { #[retry(attempts = 3, if = |a, b| b)] }
        "`if` takes the path of a function": Node { #[retry(attempts = 3, if = f(x))] }
    }
    let (_, found) = read(quote! { #[retry(attempts = 0, backoff = 1, fcator = 2, 3)] }, On::Node);
    assert_eq!(found.len(), 4, "each option is read: {found:?}");
}

#[test]
fn values() {
    one_message! {
        "`#[timeout]` says nothing alone; write `#[timeout(\"30s\")]`": Node { #[timeout] }
        "the value of `#[timeout]` stands in parentheses; write": Node { #[timeout = "30s"] }
        "`#[timeout]` takes a duration in quotes": Node { #[timeout(30)] }
        "`#[timeout]` takes a duration in quotes": Node { #[timeout(30s)] }
        "`#[timeout]` takes a duration in quotes": Node { #[timeout("30s", "40s")] }
        "`30` has no unit": Node { #[timeout("30")] }
        "a timeout of nothing is over before the node begins": Node { #[timeout("0s")] }
        "a timeout of nothing is over before the node begins": Header { #[timeout("0.0s")] }
        "`#[on_error]` says nothing alone; write `#[on_error(path)]`": Node { #[on_error] }
        "`#[on_error]` takes the path of a function; write an `fn(&State, &NodeError)": Node { #[on_error("path")] }
        "`#[on_error]` takes the path of a function": Node { #[on_error(|state, error| ())] }
        "`#[on_error]` takes the path of a function": Node { #[on_error(a, b)] }
        "`#[blocking]` takes no value; write `#[blocking]`": Node { #[blocking(true)] }
        "`#[blocking]` takes no value": Node { #[blocking = true] }
        "`#[memory]` says nothing alone; write `#[memory(thread)]`": Subgraph { #[memory] }
        "`#[memory]` does not know this; did you mean `thread`?": Subgraph { #[memory(threads)] }
        "`#[memory]` does not know this; write `#[memory(thread)]`": Subgraph { #[memory("x")] }
        "`#[concurrency]` says nothing alone; write `#[concurrency(8)]`": Each { #[concurrency] }
        "`#[concurrency]` takes a whole number": Each { #[concurrency("8")] }
        "a concurrency of 0 lets no item run": Each { #[concurrency(0)] }
    }
}

#[test]
fn deadlines() {
    one_message! {
        "`#[deadline]` says nothing alone; write `#[deadline(\"24h\", or = path)]`": Pause { #[deadline] }
        "the value of `#[deadline]` stands in parentheses": Pause { #[deadline = "24h"] }
        "`#[deadline]` takes a duration in quotes": Pause { #[deadline(24, or = a)] }
        "`#[deadline]` takes a duration in quotes": Pause { #[deadline(or = a)] }
        "`24` has no unit": Pause { #[deadline("24", or = a)] }
        "a deadline of nothing is over before anybody replies": Pause { #[deadline("0s", or = a)] }
        "`#[deadline]` does not say what is taken for the reply": Pause { #[deadline("24h")] }
        "`#[deadline]` does not say what is taken for the reply": Pause { #[deadline("24h",)] }
        "`#[deadline]` takes a duration and `or`": Pause { #[deadline("24h", a)] }
        "`#[deadline]` takes a duration and `or`": Pause { #[deadline("24h", else = a)] }
        "`#[deadline]` takes a duration and `or`": Pause { #[deadline("24h", or(a))] }
        "`#[deadline]` takes a duration and `or`": Pause { #[deadline("24h", "or")] }
        "`or` names no function": Pause { #[deadline("24h", or =)] }
        "`or` takes the path of a function; write an `fn(&State) -> Reply`": Pause { #[deadline("24h", or = a(b))] }
        "`or` takes the path of a function": Pause { #[deadline("24h", or = |state, item| true)] }
        "`or` takes the path of a function": Pause { #[deadline("24h", or = a, or = b)] }
        "`#[deadline]` stands here twice": Pause { #[deadline("24h", or = a)] #[deadline("24h", or = a)] }
        "`#[deadline]` belongs to a `pause`, which waits": Node { #[deadline("24h", or = a)] }
        "`#[deadline]` belongs to a `pause`": Header { #[deadline("24h", or = a)] }
        "`#[deadline]` belongs to a `pause`": Each { #[deadline("24h", or = a)] }
        "unknown attribute of a pause; did you mean `deadline`?": Pause { #[dead_line("24h", or = a)] }
    }
    let deadline = sound(quote! { #[deadline("1.5h", or = late)] }, On::Pause).deadline.expect("a deadline");
    assert_eq!(deadline.duration, Duration::from_secs(5400));
    assert!(deadline.or.is_ident("late"));
}

#[test]
fn places() {
    one_message! {
        "`#[blocking]` is no default": Header { #[blocking] }
        "`#[memory]` belongs to a `subgraph`": Header { #[memory(thread)] }
        "`#[concurrency]` belongs to a `for`": Header { #[concurrency(8)] }
        "`#[memory]` belongs to a `subgraph`": Node { #[memory(thread)] }
        "`#[concurrency]` belongs to a `for`": Node { #[concurrency(8)] }
        "`#[blocking]` belongs to a `node`; let one that follows": Pause { #[blocking] }
        "`#[memory]` belongs to a `subgraph`": Pause { #[memory(thread)] }
        "`#[retry]` belongs to a `node`; put it above those that run in this `for`": Each { #[retry(attempts = 3)] }
        "`#[timeout]` belongs to a `node`": Each { #[timeout("3s")] }
        "`#[blocking]` belongs to a `node`; put it above those": Each { #[blocking] }
        "`#[memory]` belongs to a `subgraph`": Each { #[memory(thread)] }
        "`#[retry]` does not reach into a subgraph; put it above the `node`s": Subgraph { #[retry(attempts = 3)] }
        "`#[timeout]` does not reach into a subgraph": Subgraph { #[timeout("3s")] }
        "`#[on_error]` does not reach into a subgraph": Subgraph { #[on_error(a)] }
        "`#[blocking]` does not reach into a subgraph": Subgraph { #[blocking] }
        "`#[concurrency]` belongs to a `for`": Subgraph { #[concurrency(8)] }
        "a blocking function cannot be stopped; take `#[timeout]` out": Node { #[timeout("3s")] #[blocking] }
        "a blocking function cannot be stopped; take `#[timeout]` out": Node { #[blocking] #[timeout("3s")] }
    }
}

#[test]
fn names() {
    one_message! {
        "`#[timeout]` stands here twice; remove one": Node { #[timeout("3s")] #[retry(attempts = 3)] #[timeout("4s")] }
        "`#[retry]` stands here twice; remove one": Header { #[retry(attempts = 3)] #[retry] }
        "`#[blocking]` stands here twice; remove one": Node { #[blocking] #[blocking] }
        "unknown attribute of a node; did you mean `retry`?": Node { #[retri(attempts = 3)] }
        "unknown attribute of a node; take it out": Node { #[inline] }
        "unknown attribute of a node; take it out": Node { #[cfg(test)] }
        "unknown attribute of a node; take it out": Node { #[graph::retry(attempts = 3)] }
        "unknown attribute of a pause; did you mean `timeout`?": Pause { #[time_out("3s")] }
        "unknown attribute of a `for`; did you mean `concurrency`?": Each { #[concurency(3)] }
        "unknown attribute of a `for`; take it out": Each { #[renamed("x")] }
        "unknown attribute of a subgraph; did you mean `memory`?": Subgraph { #[memroy(thread)] }
        "unknown attribute of a graph; did you mean `deprecated`?": Header { #[depreciated] }
        "unknown attribute of a graph; did you mean `on_error`?": Header { #[onerror(a)] }
        "`#[renamed_from]` stands here twice; remove one": Header { #[renamed_from("x")] #[renamed_from("y")] }
        "`#[renamed_from]` belongs to a `node`": Each { #[renamed_from("x")] }
    }
}

#[test]
fn every_place_of_a_graph_is_read() {
    let first = |found: Vec<String>| found.into_iter().next().unwrap_or_default();
    for (graph, message) in [
        (quote! { #[timeout("30")] node a, b; start -> a -> b -> end; }, "`30` has no unit"),
        (quote! { node a; #[timeout("30")] pause p(P); start -> a -> p -> end; }, "`30` has no unit"),
        (
            quote! { node a; #[retry(attempts = 3)] subgraph s = S; start -> a -> s -> end; },
            "`#[retry]` does not reach",
        ),
        (quote! { node a; start -> #[blocking] for x(X) { a } -> end; }, "`#[blocking]` belongs to a `node`"),
        (quote! { node a; start -> a -> match r { A => #[blocking] for x(X) { a } -> end }; }, "`#[blocking]` belongs"),
    ] {
        let found = first(messages_of(&graph));
        assert!(found.starts_with(message), "{graph}: {found}");
    }
    let found = first(messages(quote! { #[blocking] graph G<S>; node a; start -> a -> end; }));
    assert!(found.starts_with("`#[blocking]` is no default"), "{found}");
}
