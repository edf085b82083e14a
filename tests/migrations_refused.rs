//! What cannot be migrated is a typed error that says what to do, and the schema says beforehand what can.

use futures_lite::future::block_on;
use graph_runtime::schema::{Class, Schema};
use graph_runtime::{Builder, Definition, Error, GraphState, MemorySaver, graph};

/// One state for each of the ways to go wrong.
macro_rules! job {
    ($module:ident { $($field:tt)* }) => {
        mod $module {
            use super::*;

            #[derive(GraphState)]
            pub(super) struct Job {
                $($field)*
            }

            fn rest(_: &Job) {}

            graph! {
                pub(super) graph Jobs<Job>;
                node rest;
                start -> rest -> end;
            }
        }
    };
}

job! { plain { pub(super) value: u32, } }
job! { other { #[state(migrate(from = u8, with = u64::from))] pub(super) value: u64, } }
job! { fails { #[state(migrate(from = u32, with = refuse))] pub(super) value: u64, } }
job! { secret { #[state(secret, migrate(from = u32, with = refuse))] pub(super) value: u64, } }
job! { migrates { #[state(migrate(from = u32, with = u64::from))] pub(super) value: u64, } }

fn refuse(value: u32) -> u64 {
    panic!("{value} is no good")
}

fn reason<G: Definition<Context = ()>>(saver: &MemorySaver) -> String {
    let thread = Builder::<G>::new().checkpointer(saver.clone()).unchecked().thread("a");
    match block_on(thread.snapshot()) {
        Err(Error::Incompatible { reason, .. }) => reason,
        other => panic!("it is not refused: {:?}", other.map(|_| ())),
    }
}

#[test]
fn what_cannot_be_migrated_is_a_typed_error_that_says_what_to_do() {
    let saver = MemorySaver::new();
    let thread = Builder::<plain::Jobs>::new().checkpointer(saver.clone()).build().thread("a");
    let _ = block_on(thread.invoke(plain::Job::update().value(7))).unwrap();
    let changed = "field `value` is stored with a type of fingerprint ";
    assert!(reason::<other::Jobs>(&saver).starts_with(changed));
    assert!(reason::<other::Jobs>(&saver).contains("write `#[state(migrate(from = Old, with = path))]` on it"));
    assert_eq!(
        reason::<fails::Jobs>(&saver),
        "field `value` panicked while it was stored or read: 7 is no good; mend its `Serialize`, `Deserialize`, `Default` or \
         migration"
    );
    assert!(!reason::<secret::Jobs>(&saver).contains('7'));
    assert_eq!(block_on(thread.snapshot()).unwrap().unwrap().state.value, 7, "nothing was changed");
}

/// The error and the schema call the types by the same numbers.
#[test]
fn the_error_names_the_type_of_the_schema() {
    let saver = MemorySaver::new();
    let thread = Builder::<plain::Jobs>::new().checkpointer(saver.clone()).build().thread("a");
    let _ = block_on(thread.invoke(())).unwrap();
    let fingerprint = |schema: Schema| schema.state[0].ty.fingerprint.clone().unwrap();
    let reason = reason::<other::Jobs>(&saver);
    assert!(reason.contains(&fingerprint(plain::Jobs::schema())), "{reason}");
    assert!(reason.contains(&fingerprint(other::Jobs::schema())), "{reason}");
}

#[test]
fn the_schema_knows_which_changes_are_migrated() {
    let classes = |new: Schema, old: Schema| {
        new.changes_since(&old).into_iter().map(|change| (change.class, change.text)).collect::<Vec<_>>()
    };
    let place = "field `value` of graph `Jobs`";
    assert_eq!(
        classes(migrates::Jobs::schema(), plain::Jobs::schema()),
        [(Class::Safe, format!("{place} was `u32`, from which it migrates to `u64`"))]
    );
    assert!(matches!(&classes(other::Jobs::schema(), plain::Jobs::schema())[..], [(Class::NeedsMigration, _)]));
    let lost = classes(other::Jobs::schema(), migrates::Jobs::schema());
    let text = "does not migrate from `u32` any more; put that back, unless no stored thread holds it";
    assert_eq!(lost, [(Class::NeedsMigration, format!("{place} {text}"))]);
}
