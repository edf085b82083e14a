//! Whole expansions, compared with committed files. `BLESS=1 cargo test -p graph-macros` writes them anew.

use proc_macro2::TokenStream;
use quote::quote;
use std::path::Path;

fn compare(name: &str, tokens: TokenStream) {
    let file: syn::File = syn::parse2(super::super::expand(tokens)).expect("an expansion is Rust");
    let found = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name).with_extension("rs");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &found).expect("the snapshots can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} differs; bless it if it should:\n{found}", path.display());
}

#[test]
fn a_loop_with_a_route() {
    compare(
        "route",
        quote! {
            /// Counts to three.
            pub graph JobGraph<Job>;
            node start_job, decide = steps::decide;
            start -> start_job -> decide -> match done { true => end, false => start_job };
        },
    );
}

#[test]
fn a_command_with_a_context() {
    compare(
        "command",
        quote! {
            #[graph(crate = engine)]
            #[cfg(feature = "agent")]
            graph Agent<state::Thoughts, Tools>;
            node think;
            start -> match first { First::Think => think, _ => end };
            think -> match { Step::Again(count) if count < 3 => think, Step::Again(_) | Step::Stop => end };
        },
    );
}

#[test]
fn a_pause_in_a_for() {
    compare(
        "pause",
        quote! {
            pub graph Agent<State>;
            #[retry(attempts = 3)]
            #[deadline("24h", or = refuse)]
            #[renamed_from("consent")]
            pause approve = act(Approval) asks card;
            subgraph research = Research(enter, leave);
            start -> for payments(Payment) { approve } -> research -> end;
        },
    );
}

#[test]
fn a_broken_graph() {
    compare(
        "broken",
        quote! {
            graph Broken<State>;
            node first, second;
            start -> first -> match route { Answer:: , Answer::Go => second -> , };
            second ->
        },
    );
}
