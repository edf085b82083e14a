//! The example `approval`, run as a user would: each command is a process of its own, and nothing runs between them.

use graph_runtime::SledSaver;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

struct Office(TempDir);

impl Office {
    fn new() -> Office {
        Office(tempfile::tempdir().unwrap())
    }

    fn db(&self) -> PathBuf {
        self.0.path().join("approval.db")
    }

    /// What a command has printed, or said on standard error if it failed.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut approval = Command::new(env!("CARGO_BIN_EXE_approval"));
        approval.env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
        let output = approval.arg("--db").arg(self.db()).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    fn request(&self, thread: &str, item: &str, cents: &str) -> String {
        waiting_id(&self.run(&["request", thread, item, "--cents", cents]).unwrap())
    }
}

/// The id in a line or a table.
fn waiting_id(text: &str) -> String {
    text.split_whitespace().find(|word| word.starts_with("approve@")).expect(text).to_owned()
}

/// The cells of a table, row by row; what is one row to a reader may be several lines.
fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().filter(|line| line.starts_with('│'));
    lines.map(|line| line.trim_matches('│').split('┆').map(str::trim).collect()).collect()
}

#[test]
fn a_purchase_waits_while_no_process_runs() {
    let office = Office::new();
    let desk = office.request("desk-7", "standing desk", "64900");
    let lamp = office.request("lamp-1", "lamp", "3500");

    let listed = office.run(&["waiting"]).unwrap();
    let rows = rows(&listed);
    assert_eq!(rows[0], ["Thread", "Question", "Id", "Since", "Deadline"]);
    assert_eq!(rows[1][..3], ["desk-7", "standing desk for 649.00?", &desk]);
    assert_eq!(rows[1][4], "in 7 days");
    assert_eq!(rows[2][1], "- 149.00 above the budget of the month");
    assert_eq!(rows[3][1], "- a desk is 450.00 as a rule");
    assert_eq!(rows[4][..3], ["lamp-1", "lamp for 35.00?", &lamp]);

    let granted = office.run(&["reply", "desk-7", &desk, "grant", "--by", "ada", "--because", "her back"]).unwrap();
    assert!(granted.starts_with("`desk-7`: standing desk for 649.00 is ordered, order "), "{granted}");
    let refused = office.run(&["reply", "lamp-1", &lamp, "refuse", "--by", "ada"]).unwrap();
    assert_eq!(refused, "`lamp-1`: lamp for 35.00 is refused\n");
    assert_eq!(office.run(&["waiting"]).unwrap(), "Nothing waits\n");
}

#[test]
fn the_history_shows_what_each_step_changed_and_who_decided() {
    let office = Office::new();
    let id = office.request("chair", "chair", "20000");
    office.run(&["reply", "chair", &id, "grant", "--by", "ada", "--because", "it squeaks"]).unwrap();
    let history = office.run(&["history", "chair"]).unwrap();
    let rows = rows(&history);
    let step = |checkpoint: &str| rows.iter().find(|row| row[0] == checkpoint).expect(&history)[1..].to_vec();
    assert_eq!(step("1"), ["", "request", "cents: 20000", "write"]);
    let letter = r#"letter: "" → "Please send us 1 chair for 200.00.""#;
    assert_eq!(step("2"), ["1", "write", letter, "budget, compare"]);
    assert_eq!(step("3"), ["2", "budget, compare", r#"concerns + "a chair is 180.00 as a rule""#, "approve"]);
    assert_eq!(step("4"), ["3", "reply of ada: it squeaks", "granted: 0 → 20000", "order"]);
    assert!(step("5")[2].starts_with(r#"order: null → "order "#), "{history}");
}

#[test]
fn a_fork_asks_again_and_leaves_the_past_as_it_was() {
    let office = Office::new();
    let first = office.request("desk", "desk", "64900");
    office.run(&["reply", "desk", &first, "refuse", "--by", "ada"]).unwrap();
    let before = office.run(&["history", "desk"]).unwrap();

    let second = waiting_id(&office.run(&["fork", "desk", "--at", "1", "--cents", "44900"]).unwrap());
    assert_ne!(first, second);
    let listed = office.run(&["waiting"]).unwrap();
    assert_eq!(rows(&listed)[1][..3], ["desk", "desk for 449.00?", &second]);
    office.run(&["reply", "desk", &second, "grant", "--by", "ada"]).unwrap();

    let after = office.run(&["history", "desk"]).unwrap();
    let (before, after) = (rows(&before), rows(&after));
    assert_eq!(after[..before.len()], before);
    let steps: Vec<_> = after[before.len()..].iter().map(|row| row[..4].to_vec()).collect();
    assert_eq!(steps[0], ["5", "1", "fork", "cents: 64900 → 44900"]);
    assert_eq!(steps[1][3], r#"letter: "" → "Please send us 1 desk for 449.00.""#);
    assert_eq!(steps[2], ["7", "6", "budget, compare", ""]);
    assert_eq!(steps[3], ["8", "7", "reply of ada", "granted: 0 → 44900"]);
}

#[test]
fn a_fork_of_what_waits_asks_for_the_other_amount() {
    let office = Office::new();
    let first = office.request("desk", "desk", "64900");
    office.run(&["fork", "desk", "--at", "3", "--cents", "100"]).unwrap();
    let listed = office.run(&["waiting"]).unwrap();
    assert_eq!(rows(&listed)[1][1], "desk for 1.00?");
    let refused = office.run(&["reply", "desk", &first, "grant", "--by", "ada"]).unwrap_err();
    assert!(refused.contains("does not wait for a reply to"), "{refused}");
}

#[test]
fn more_than_was_granted_is_not_ordered() {
    let office = Office::new();
    let id = office.request("lamp", "lamp", "3000");
    office.run(&["reply", "lamp", &id, "grant", "--by", "ada"]).unwrap();
    let refused = office.run(&["fork", "lamp", "--at", "4", "--cents", "300000"]).unwrap_err();
    assert!(refused.contains("nobody has granted 3000.00; fork a checkpoint before the decision"), "{refused}");
    let history = office.run(&["history", "lamp"]).unwrap();
    assert!(history.contains("failed: nobody has granted 3000.00"), "{history}");
    let less = office.run(&["fork", "lamp", "--at", "4", "--cents", "2000"]).unwrap();
    assert!(less.starts_with("`lamp`: lamp for 20.00 is ordered, order "), "{less}");
}

#[test]
fn what_cannot_be_done_is_refused_in_one_line() {
    let office = Office::new();
    let id = office.request("chair", "chair", "100");
    let refused = |arguments: &[&str]| office.run(arguments).unwrap_err();
    assert_eq!(
        refused(&["request", "chair", "sofa", "--cents", "200"]),
        "Error: purchase `chair` is not finished (Paused); `history` says where it stands\n"
    );
    assert_eq!(
        refused(&["reply", "chair", "approve@9.0", "grant", "--by", "ada"]),
        "Error: purchase `chair` does not wait for a reply to `approve@9.0`; `waiting` lists what does\n"
    );
    assert_eq!(
        refused(&["reply", "stool", &id, "grant", "--by", "ada"]),
        "Error: there is no purchase `stool`; `request` begins one\n"
    );
    office.run(&["reply", "chair", &id, "grant", "--by", "ada"]).unwrap();
    assert_eq!(
        refused(&["reply", "chair", &id, "refuse", "--by", "eve"]),
        format!("Error: `{id}` of purchase `chair` is decided; `fork` asks again\n")
    );
    assert_eq!(refused(&["history", "stool"]), "Error: there is no purchase `stool`; `request` begins one\n");
    assert_eq!(
        refused(&["fork", "chair", "--at", "9", "--cents", "1"]),
        "Error: thread `chair` has no checkpoint 9; `history` lists those that it has\n"
    );
    assert!(refused(&["request", "", "chair", "--cents", "1"]).starts_with("Error: a thread id is empty"));
    assert!(refused(&["request", "sofa", "sofa", "--cents", "0"]).contains("0 is not in 1.."));
}

#[test]
fn a_store_that_is_in_use_is_named_with_its_holder() {
    let office = Office::new();
    let open = SledSaver::open(office.db()).unwrap();
    let refused = office.run(&["waiting"]).unwrap_err();
    let holder = format!("approval.db` is in use by process {}", std::process::id());
    assert!(refused.lines().count() == 1 && refused.contains(&holder), "{refused}");
    drop(open);
    assert_eq!(office.run(&["waiting"]).unwrap(), "Nothing waits\n");
}
