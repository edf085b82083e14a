//! What is drawn of a graph, text by text.

mod drawing;

use super::super::expand::Header;
use super::super::{expand, parse, resolve};
use super::{Kind, Picture, dot, mermaid, text};
use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;

fn picture(statements: &TokenStream) -> Picture {
    let mut errors = Errors::new();
    let ast = parse::parse(quote! { graph G<S>; #statements }, &mut errors);
    let header = Header::read(&ast.header, &mut errors).expect("a name and a state");
    let graph = resolve::resolve(ast, &mut errors);
    assert_eq!(errors.messages(), Vec::<String>::new());
    expand::picture_of(&header, &graph)
}

fn written(pattern: &str) -> String {
    text(pattern.parse().expect("tokens"))
}

#[test]
fn patterns_are_written_as_people_write_them() {
    for pattern in [
        "true",
        "_",
        "Step::Look",
        "Some(Step::Look { at, .. }) if at > 3",
        "Step::Again(count) | Step::Stop(_)",
        "(a, b)",
        "[first, .., last]",
        "Step::Again(..)",
        "1..=9",
        "-1",
        "Some(&value)",
        "name @ Some(_)",
        "Job { step: 3, .. }",
        "Some(count) if count < 3 && !done(count)",
        "\"a \\\"quoted\\\" | <word>\"",
    ] {
        assert_eq!(written(pattern), pattern);
    }
    assert_eq!(written("\"two\n  lines\""), "\"two lines\"");
}

#[test]
fn a_loop() {
    let picture = picture(&quote! {
        node start_job, decide;
        start -> start_job -> decide -> match done { true => end, false => start_job };
    });
    assert_eq!(
        mermaid(&picture),
        r#"flowchart TD
    start_(["start"])
    end_(["end"])
    n_start_job["start_job"]
    n_decide["decide"]
    start_ --> n_start_job
    n_start_job --> n_decide
    n_decide -->|"done: true"| end_
    n_decide -->|"done: false"| n_start_job
"#
    );
    assert_eq!(
        dot(&picture),
        r#"digraph "G" {
    newrank=true;
    node [shape=box, style=rounded];
    start_ [label="start", shape=oval];
    end_ [label="end", shape=oval];
    n_start_job [label="start_job"];
    n_decide [label="decide"];
    start_ -> n_start_job;
    n_start_job -> n_decide;
    n_decide -> end_ [label="done: true"];
    n_decide -> n_start_job [label="done: false"];
}
"#
    );
}

fn nested() -> Picture {
    picture(&quote! {
        #[retry(attempts = 3)]
        #[timeout("30s")]
        node search;
        node plan, remember, rank, write;
        #[memory(thread)]
        subgraph check = checks::Checking(enter, leave);
        start -> plan
            -> 'again: (#[concurrency(3)] for lists::queries(Query) { search -> match worth { Some(_) => rank -> join, None => join } },
                remember if notes::wanted)
            -> write -> check -> match verdict { Verdict::Approved => end, Verdict::Again { .. } => 'again };
    })
}

#[test]
fn regions_are_frames_with_a_fork_and_a_join() {
    assert_eq!(
        mermaid(&nested()),
        r#"flowchart TD
    start_(["start"])
    end_(["end"])
    n_plan["plan"]
    n_write["write"]
    n_check[["check = Checking<br/>keeps its state"]]
    subgraph r0["'again: side by side"]
        r0_fork((" "))
        subgraph r1["for queries, 3 at a time"]
            r1_fork((" "))
            n_search["search<br/>3 attempts, at most 30s"]
            n_rank["rank"]
            r1_join((" "))
        end
        n_remember["remember"]
        r0_join((" "))
    end
    start_ --> n_plan
    n_plan --> r0_fork
    n_search -->|"Some(_)"| n_rank
    n_search -->|"None"| r1_join
    n_rank --> r1_join
    n_remember --> r0_join
    n_write --> n_check
    n_check -->|"Verdict::Approved"| end_
    n_check -->|"Verdict::Again #123; .. #125;"| r0_fork
    r0_join --> n_write
    r1_join --> r0_join
    r0_fork --> r1_fork
    r0_fork -->|"if wanted"| n_remember
    r1_fork --> n_search
"#
    );
}

#[test]
fn a_frame_of_graphviz_is_a_cluster() {
    let text = dot(&nested());
    for part in [
        r#"    n_check [label="check = Checking\nkeeps its state", peripheries=2];"#,
        r#"    subgraph cluster_0 {
        label="'again: side by side";
        r0_fork [label="", shape=point];
        subgraph cluster_1 {
            label="for queries, 3 at a time";"#,
        r#"    n_check -> r0_fork [label="Verdict::Again { .. }"];"#,
        r#"    r0_fork -> n_remember [label="if wanted"];"#,
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn no_pattern_breaks_the_syntax() {
    let hostile = picture(&quote! {
        node a;
        start -> a -> match route {
            "\"] --> |x| %%{init}%% </svg> \\ \n" => end,
            "`#quot;` & ;" | r#type => a,
        };
    });
    let mermaid = mermaid(&hostile);
    let labels: Vec<&str> = mermaid.lines().filter_map(|line| line.split_once("-->|")).map(|(_, rest)| rest).collect();
    let text =
        "#34;#92;#34;] #45;#45;#62; #124;x#124; #37;#37;#123;init#125;#37;#37; #60;#47;svg#62; #92;#92; #92;n#34;";
    assert_eq!(
        labels,
        [
            format!("\"route: {text}\"| end_"),
            "\"route: #34;#96;#35;quot#59;#96; #38; #59;#34; #124; r#35;type\"| n_a".to_owned(),
        ]
    );
    let text = r#"n_a -> end_ [label="route: \"\\\"] --> |x| %%{init}%% </svg> \\\\ \\n\""];"#;
    assert!(dot(&hostile).contains(text), "{}", dot(&hostile));
}

#[test]
fn a_long_chain_costs_what_it_is_long() {
    let names: Vec<_> = (0..2_000).map(|index| quote::format_ident!("n{index}")).collect();
    let (froms, tos) = (&names[..1_999], &names[1..]);
    let picture = picture(&quote! { node #(#names),*; start -> n0; #(#froms -> #tos;)* n1999 -> end; });
    assert_eq!(mermaid(&picture).lines().count(), 2_000 + 2_001 + 3);
    assert_eq!(dot(&picture).lines().count(), 2_000 + 2_001 + 6);
}

/// A pause between two nodes.
fn pausing() -> Picture {
    let mut picture = picture(&quote! {
        node think, approve, act;
        start -> think -> approve -> match decision { Decision::Granted => act -> end, Decision::Refused => think };
    });
    picture.nodes[1].kind = Kind::Pause("Vec<Approval>".to_owned());
    picture
}

#[test]
fn a_pause_says_what_it_waits_for() {
    let line = r#"    n_approve{{"approve<br/>waits for Vec#60;Approval#62;"}}"#;
    assert!(mermaid(&pausing()).lines().any(|found| found == line), "{}", mermaid(&pausing()));
    let line = r#"    n_approve [label="approve\nwaits for Vec<Approval>", shape=hexagon, style=solid];"#;
    assert!(dot(&pausing()).lines().any(|found| found == line), "{}", dot(&pausing()));
}
