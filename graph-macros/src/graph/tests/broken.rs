//! Broken input, as editors see it at every key: no panic, always an expansion, and one that is Rust.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

fn whole() -> TokenStream {
    quote! {
        /// Documented.
        #[graph(crate = other::library)]
        #[on_error(recover)]
        pub graph Agent<AgentState, Tools>;

        node think, digest, act;
        node web = sources::search_web;
        #[retry(attempts = 3, backoff = "200ms", factor = 1.5, max = "10s", jitter = true, if = passing::error)]
        #[timeout("30s")]
        node notes = sources::search_notes;
        pause approve = ask(Approval) asks card;
        #[memory(thread)]
        subgraph research = Research(enter, leave);

        start -> think -> match next_step {
            Step::Look { at, .. } if at > 3 => (web, notes if has_notes) -> digest -> think,
            Step::Act => approve,
            Step::Each => 'all: #[concurrency(8)] for urls(Url) { fetch -> parse } -> think,
            Step::Answer => match { true => end, false => 'all },
        };

        approve -> match decision {
            Decision::Granted => act -> think,
            Decision::Refused => think,
        };
    }
}

/// Every stream that `change` makes of the tokens of one nesting level, at every level.
fn variants(stream: &TokenStream, change: &impl Fn(&[TokenTree], usize) -> Vec<TokenTree>) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = stream.clone().into_iter().collect();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        found.push(change(&tokens, at).into_iter().collect());
        if let TokenTree::Group(group) = &tokens[at] {
            for inner in variants(&group.stream(), change) {
                let mut tokens = tokens.clone();
                tokens[at] = Group::new(group.delimiter(), inner).into();
                found.push(tokens.into_iter().collect());
            }
        }
    }
    found
}

fn check(broken: &[TokenStream]) {
    assert!(broken.len() > 100);
    for tokens in broken {
        let expanded = super::super::expand(tokens.clone());
        assert!(!expanded.is_empty(), "{tokens}");
        let parsed = syn::parse2::<syn::File>(expanded);
        assert!(parsed.is_ok(), "{tokens}\nis no longer Rust: {:?}", parsed.err().map(|error| error.to_string()));
    }
}

#[test]
fn cut_off_at_every_token() {
    let tokens = whole();
    check(&variants(&tokens, &|tokens, at| tokens[..at].to_vec()));
}

#[test]
fn every_token_left_out() {
    check(&variants(&whole(), &|tokens, at| [&tokens[..at], &tokens[at + 1..]].concat()));
}

#[test]
fn every_token_twice() {
    check(&variants(&whole(), &|tokens, at| [&tokens[..=at], &tokens[at..]].concat()));
}

#[test]
fn every_token_replaced() {
    for other in [quote!(;), quote!(=>), quote!(match), quote!({})] {
        let other: Vec<TokenTree> = other.into_iter().collect();
        check(&variants(&whole(), &|tokens, at| [&tokens[..at], &other[..], &tokens[at + 1..]].concat()));
    }
}
