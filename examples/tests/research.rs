//! The example `research`, run as a user would.

use std::process::Command;

fn research(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_research")).args(arguments).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// `plan begins`, `plan ends` and so on, in the order in which they were told.
fn told(printed: &str) -> Vec<&str> {
    printed.lines().filter_map(|line| Some(line.split_once(" ms  ")?.1)).collect()
}

const SIDE_BY_SIDE: [&str; 4] = ["search encyclopedia", "search journals", "search newspapers", "remember"];

#[test]
fn searches_overlap_and_writing_waits_for_all_of_them() {
    let printed = research(&[]);
    let told = told(&printed);
    let place = |what: &str, when: &str| {
        let line = format!("{what} {when}");
        told.iter().position(|told| *told == line).unwrap_or_else(|| panic!("{line} is missing in {told:#?}"))
    };
    // All that may run at once has begun before any of it ends.
    let first_end = SIDE_BY_SIDE.map(|work| place(work, "ends")).into_iter().min().unwrap();
    for work in SIDE_BY_SIDE {
        assert!(place("plan", "ends") < place(work, "begins"), "{printed}");
        assert!(place(work, "begins") < first_end, "{printed}");
        assert!(place(work, "ends") < place("write", "begins"), "{printed}");
    }
    // Three searches at a time: the fourth waits for one of them.
    let searches = ["search encyclopedia", "search journals", "search newspapers"];
    let ended = searches.map(|search| place(search, "ends"));
    assert!(ended.into_iter().min().unwrap() < place("search forum", "begins"), "{printed}");
    assert!(place("search forum", "ends") < place("write", "begins"), "{printed}");
}

#[test]
fn it_writes_until_the_review_is_content() {
    let printed = research(&["Why do cats purr?"]);
    let told = told(&printed);
    let again = ["write begins", "write ends", "review begins", "review ends"].repeat(2);
    assert_eq!(told[told.len() - 8..], again);
    // The findings stand in the order of the text and of the queries, whoever answered first.
    let draft = "Why do cats purr? 5 sources agree.
  - the encyclopedia on “why do cats purr”
  - the journals on “why do cats purr”
  - the newspapers on “why do cats purr”
  - the forum on “why do cats purr”
  - our own notes\n";
    assert!(printed.ends_with(draft), "{printed}");
}

#[test]
fn the_timeline_has_a_bar_for_all_that_was_done() {
    let printed = research(&[]);
    let bars: Vec<_> = printed.lines().filter(|line| line.contains('│')).collect();
    assert_eq!(bars.len(), 10, "{printed}");
    assert!(bars.iter().all(|bar| bar.ends_with('█')), "{printed}");
    let from = |name: &str| {
        let bar = bars.iter().find(|bar| bar.starts_with(name)).unwrap();
        (bar.chars().position(|cell| cell == '█').unwrap(), bar.chars().count())
    };
    for (one, other) in [("search encyclopedia", "search journals"), ("search journals", "remember")] {
        let ((one_from, one_to), (other_from, other_to)) = (from(one), from(other));
        assert!(one_from < other_to && other_from < one_to, "{one} and {other} do not overlap in {printed}");
    }
}
