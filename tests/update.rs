//! What is an update, and what it writes.

use graph_runtime::__private::{WriteKind, Writes};
use graph_runtime::{Either, GraphState, Update};
use graph_tests::{after, new};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(GraphState, Debug, Default, PartialEq)]
struct Job {
    step: u32,
    message: String,
    path: PathBuf,
    name: Box<str>,
    r#type: Arc<str>,
    #[state(into)]
    size: u64,
    #[reduce(append)]
    notes: Vec<String>,
    #[state(ephemeral)]
    hint: Option<String>,
    #[state(ephemeral, default = 7)]
    left: u8,
    #[state(skip)]
    cache: Vec<u8>,
    #[state(secret)]
    token: String,
}

/// The indices that a type may write, in the order of the calls; `None` for all.
fn written<S: GraphState, U: Update<S>>(_: &U) -> Option<Vec<(usize, WriteKind)>> {
    fn collect(writes: &Writes, found: &mut Vec<(usize, WriteKind)>) -> Option<()> {
        match writes {
            Writes::None => {}
            Writes::All => return None,
            Writes::Field { index, kind, rest } => {
                collect(rest, found)?;
                found.push((*index, *kind));
            }
            Writes::Both(one, other) => {
                collect(one, found)?;
                collect(other, found)?;
            }
        }
        Some(())
    }
    let mut found = Vec::new();
    collect(&U::WRITES, &mut found).map(|()| found)
}

#[test]
fn the_last_write_of_a_plain_field_holds() {
    let job: Job = new(Job::update().step(1).message("a").step(2));
    assert_eq!((job.step, job.message.as_str()), (2, "a"));
}

#[test]
fn setters_take_what_turns_into_the_type() {
    let job: Job = new(Job::update().message('m').path("p").name("n").r#type("t").size(3_u32));
    assert_eq!(job.message, "m");
    assert_eq!(job.path, PathBuf::from("p"));
    assert_eq!(&*job.name, "n");
    assert_eq!(&*job.r#type, "t");
    assert_eq!(job.size, 3);
    let job = after(job, Job::update().maybe_message(Some("x")).maybe_type(Some("u")).maybe_step(None));
    assert_eq!((job.message.as_str(), &*job.r#type, job.step), ("x", "u", 0));
}

#[test]
fn nothing_writes_nothing() {
    let job: Job = new(Job::update().step(1));
    let job = after(job, ());
    let job = after(job, Job::update());
    let job = after(job, None::<()>);
    assert_eq!(job, Job { step: 1, left: 7, ..Job::default() });
    assert_eq!(written::<Job, _>(&()), Some(vec![]));
}

#[test]
fn compositions_unite_their_write_sets() {
    let both = (Job::update().step(1), Job::update().message("a").notes(["n".to_owned()]));
    let plain = |index| (index, WriteKind::Replace);
    assert_eq!(written::<Job, _>(&both), Some(vec![plain(0), plain(1), (6, WriteKind::Reduce)]));
    let job: Job = new(both);
    assert_eq!((job.step, job.message.as_str(), job.notes.len()), (1, "a", 1));

    let either = |left: bool| -> Either<_, _> {
        if left { Either::Left(Job::update().step(1)) } else { Either::Right(Some(Job::update().message("b"))) }
    };
    assert_eq!(written::<Job, _>(&either(true)), Some(vec![plain(0), plain(1)]));
    assert_eq!(new::<Job, _>(either(true)).step, 1);
    assert_eq!(new::<Job, _>(either(false)).message, "b");
    assert_eq!(written::<Job, _>(&Job::update().overwrite_notes(vec![])), Some(vec![(6, WriteKind::Replace)]));
}

#[test]
fn tuples_write_in_their_order() {
    let note = |text: &str| Job::update().step(1).notes([text.to_owned()]);
    let job: Job = new((note("a"), note("b").step(2)));
    assert_eq!((job.step, job.notes), (2, vec!["a".to_owned(), "b".to_owned()]));
    let job: Job = new((note("a"), note("b"), note("c")));
    assert_eq!(job.notes.concat(), "abc");
    let job: Job = new((note("a"), (), Some(note("c")), note("d").step(9)));
    assert_eq!((job.step, job.notes.concat().as_str()), (9, "acd"));
}

#[test]
fn erased_updates_have_one_type_and_keep_their_order() {
    let erased = |flag: bool| -> JobUpdate {
        if flag { Job::update().step(1).erase() } else { Job::update().message("m").notes(["a".to_owned()]).erase() }
    };
    assert_eq!(written::<Job, _>(&erased(true)), None);
    assert_eq!(new::<Job, _>(erased(true)).step, 1);
    let job: Job = new((Job::update().notes(["0".to_owned()]), erased(false), erased(false), erased(true).erase()));
    assert_eq!((job.step, job.message.as_str(), job.notes.concat().as_str()), (1, "m", "0aa"));
    let job: Job = new(erased(false).step(4).notes(["b".to_owned()]));
    assert_eq!((job.step, job.notes.concat().as_str()), (4, "ab"));
}

#[test]
fn a_whole_state_writes_everything() {
    let job: Job = new(Job::update().step(1).notes(["a".to_owned()]).cache(vec![1]));
    let other = Job { step: 5, notes: vec!["z".to_owned()], ..Job::default() };
    assert_eq!(written::<Job, _>(&other), None);
    let job = after(job, other);
    assert_eq!(job, Job { step: 5, notes: vec!["z".to_owned()], ..Job::default() });
}

#[test]
fn ephemeral_fields_go_back_to_their_default() {
    let mut job: Job = new(Job::update().step(1).hint(Some("h".to_owned())).left(1));
    job.expire();
    assert_eq!((job.step, job.hint, job.left), (1, None, 7));
}

#[test]
fn the_table_of_fields_says_what_was_declared() {
    let names: Vec<_> = Job::FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(names, ["step", "message", "path", "name", "type", "size", "notes", "hint", "left", "cache", "token"]);
    let field = |name| Job::FIELDS.iter().find(|field| field.name == name).copied();
    assert_eq!(field("notes").and_then(|field| field.reducer), Some("append"));
    assert!(field("token").is_some_and(|field| field.secret && field.stored));
    assert!(field("cache").is_some_and(|field| !field.stored && !field.ephemeral));
    assert!(field("hint").is_some_and(|field| field.ephemeral && field.stored));
    assert!(field("step").is_some_and(|field| !field.secret && field.reducer.is_none()));
}

#[test]
fn debug_shows_no_values() {
    assert_eq!(format!("{:?}", Job::update().token("hunter2")), "JobUpdate { .. }");
}

/// As nodes return them.
mod nodes {
    use super::{Either, GraphState, Job, Update};

    pub(super) fn plain(job: &Job) -> impl Update<Job> {
        Job::update().step(job.step + 1)
    }

    pub(super) fn optional(job: &Job) -> impl Update<Job> {
        (job.step > 1).then(|| Job::update().message("late"))
    }

    pub(super) fn either(job: &Job) -> impl Update<Job> + use<> {
        if job.step > 1 { Either::Left(Job::update().step(0)) } else { Either::Right(()) }
    }

    pub(super) fn erased(job: &Job) -> super::JobUpdate {
        if job.step > 1 { Job::update().step(0).erase() } else { Job::update().message("early").erase() }
    }

    pub(super) fn whole(_: &Job) -> impl Update<Job> {
        Job::initial()
    }
}

#[test]
fn nodes_return_updates() {
    let start: Job = new(Job::update().step(1));
    let job = after(Job::default(), nodes::plain(&start));
    assert_eq!(job.step, 2);
    assert_eq!(after(Job::default(), nodes::optional(&job)).message, "late");
    assert_eq!(after(Job { step: 9, ..Job::default() }, nodes::either(&job)).step, 0);
    assert_eq!(after(Job::default(), nodes::erased(&start)).message, "early");
    assert_eq!(after(Job { step: 9, ..Job::default() }, nodes::whole(&job)).left, 7);
}
