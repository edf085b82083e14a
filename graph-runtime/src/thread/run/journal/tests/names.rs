//! Many effects in one step, whatever their names.

use super::*;

fn any_name_is_journaled(store: &(impl Checkpointer + Clone)) {
    append(store, None, HEAD);
    let (runs, long) = (AtomicU32::new(0), "ä".repeat(5_000));
    let longer = format!("{long}!");
    let names = ["", "/", "a/b", "\0", "a\0b", "%2f", "%", "once//pay/charge", "naïve 支払い 💸", &long, &longer];
    for _ in 0..2 {
        let effects = effects(store);
        for (number, name) in (1..).zip(names) {
            assert_eq!(block_on(once(&effects, "", name, &runs)).unwrap(), number, "{name:?}");
        }
    }
}

#[test]
fn any_name_is_journaled_in_memory() {
    any_name_is_journaled(&MemorySaver::new());
}

#[cfg(feature = "sled")]
#[test]
fn any_name_is_journaled_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    any_name_is_journaled(&crate::SledSaver::open(directory.path()).unwrap());
}

#[test]
fn two_tasks_may_use_one_name() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    for _ in 0..2 {
        let (journal, first) = process(&store);
        let second = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
        let both = block_on(zip(once(&first, "each/0", "charge", &runs), once(&second, "each/1", "charge", &runs)));
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 2));
    }
}

#[test]
fn the_effects_of_a_step_go_on_side_by_side() {
    let (store, runs) = (standing(), AtomicU32::new(0));
    let journal = process(&store).0;
    let run = |path: &'static str| {
        let effects = Effects::new(Some(Arc::clone(&journal) as Arc<dyn Journal>));
        let runs = &runs;
        async move {
            let task = task(path);
            for number in 0..100 {
                let effect = &format!("effect {number}");
                let work = async |_| {
                    yield_now().await;
                    runs.fetch_add(1, Ordering::Relaxed);
                    Outcome::Ok(number)
                };
                let value = effects.once(Site { task: &task, step: 1, effect }, &number, work).await;
                assert_eq!(value.unwrap(), number);
            }
        }
    };
    std::thread::scope(|threads| {
        for path in ["0", "1", "2", "3"] {
            threads.spawn(|| block_on(run(path)));
        }
    });
    assert_eq!((names(&store).len(), runs.load(Ordering::Relaxed)), (400, 400));
    journal.begin(Some(HEAD), Commit::Synced, block_on(store.pending(&key(), HEAD.0)).unwrap());
    block_on(run("2"));
    assert_eq!(runs.load(Ordering::Relaxed), 400);
}
