//! Which calls have one key, and which have another.

use super::*;

/// The key that an effect is called with.
fn key(effects: &Effects, task: &TaskLabel, step: u64, effect: &str) -> String {
    let done = block_on(effects.once(Site { task, step, effect }, &(), async |key| Outcome::Ok(key.to_string())));
    done.unwrap()
}

#[test]
fn keys_in_memory_are_of_one_run() {
    let mut effects = Effects::default();
    let failing = |effects: &Effects| {
        let seen = Cell::new(None);
        let failed = block_on(effects.once(site(&task(), "charge"), &(), |key| {
            seen.set(Some(key));
            ready(Outcome::<()>::Err("no".into()))
        }));
        failed.unwrap_err();
        seen.get().unwrap().to_string()
    };
    let first = failing(&effects);
    effects.again();
    assert_eq!(failing(&effects), first, "the same over attempts");
    assert_ne!(key(&effects, &task(), 1, "refund"), first);
    assert_ne!(key(&effects, &task(), 2, "charge"), first);
    assert_ne!(key(&Effects::default(), &task(), 1, "charge"), first, "and another run has others");
}

#[test]
fn a_key_is_32_hexadecimal_digits() {
    let key = IdempotencyKey::new(&Origin::Memory { run: 1, step: 1 }, &task(), "charge");
    assert_eq!(key.as_str().len(), 32);
    assert!(key.as_str().bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));
    assert_eq!((key.to_string(), format!("{key:?}")), (key.as_str().to_owned(), format!("{:?}", key.as_str())));
}

#[test]
fn each_part_of_the_place_changes_the_key() {
    let of = |graph: &str, thread: &str, checkpoint, hash, path: &str, node, effect| {
        let thread = ThreadKey { graph: graph.into(), thread: ThreadId::new(thread).unwrap() };
        let place = (CheckpointId(checkpoint), RecordHash([hash; 16]));
        let task = TaskLabel { path: path.to_owned(), node };
        IdempotencyKey::new(&Origin::Thread(&thread, place), &task, effect)
    };
    let keys = [
        of("Jobs", "a", 1, 7, "", "pay", "charge"),
        of("Job", "sa", 1, 7, "", "pay", "charge"),
        of("Jobs", "b", 1, 7, "", "pay", "charge"),
        of("Jobs", "a", 2, 7, "", "pay", "charge"),
        of("Jobs", "a", 1, 8, "", "pay", "charge"),
        of("Jobs", "a", 1, 7, "1", "pay", "charge"),
        of("Jobs", "a", 1, 7, "", "paid", "charge"),
        of("Jobs", "a", 1, 7, "", "pay", "charge2"),
        of("Jobs", "a", 1, 7, "", "payc", "harge"),
        of("Jobs", "a", 1, 7, "p", "ay", "charge"),
    ];
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    assert_eq!(keys[0], of("Jobs", "a", 1, 7, "", "pay", "charge"));
    assert_eq!(
        keys[0].as_str(),
        "60b3bfc52b5aa5a1731a4e357daf73c9",
        "a new version of the program must give stored threads the old keys"
    );
}
