//! An import that ends half-way leaves no thread, and the next one works.

use crate::graphs::{Past, exported, key, orders, shown};
use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{Checkpointer, Error, MemorySaver, Status};
use graph_tests::faulty::{Fault, Faulty};

/// Whatever call of an import is its last one.
#[test]
fn an_import_that_fails_half_way_is_no_thread() {
    let (graph, world) = orders(MemorySaver::new());
    let original = Past::Finished.live(&graph, &world);
    let file = exported(&original);
    for fault in [Fault::Failed, Fault::Lost, Fault::Conflict, Fault::Full, Fault::TooLarge] {
        let inner = MemorySaver::new();
        let graph = orders(inner.clone()).0;
        let thread = graph.thread("a");
        let mut halves = 0;
        for call in 0.. {
            let store = Faulty::new(inner.clone());
            store.fail_after(call, fault);
            let imported = block_on(orders(store.clone()).0.import(&*file));
            let head = block_on(inner.head(&key())).unwrap();
            match head.map(|head| head.status) {
                None => {}
                Some(Status::Copying) => {
                    halves += 1;
                    let refused = block_on(thread.snapshot()).unwrap_err();
                    assert!(matches!(refused, Error::Copying { .. }), "{refused}");
                    let refused = block_on(thread.invoke(())).unwrap_err();
                    assert!(matches!(refused, Error::Copying { .. }), "{refused}");
                    let refused = block_on(thread.export(std::io::sink())).unwrap_err();
                    assert!(matches!(refused, Error::Copying { .. }), "{refused}");
                    assert!(block_on(graph.recover().next()).is_none());
                }
                Some(_) => {
                    assert_eq!(shown(&thread), shown(&original), "call {call}");
                    block_on(thread.delete()).unwrap();
                }
            }
            if !store.heal() {
                imported.unwrap();
                break;
            }
            imported.unwrap_err();
        }
        assert!(halves > 20, "{halves}");
    }
}

#[test]
fn an_import_that_is_dropped_is_no_thread_and_the_next_one_works() {
    let (graph, world) = orders(MemorySaver::new());
    let original = Past::Finished.live(&graph, &world);
    let file = exported(&original);
    let saver = MemorySaver::new();
    let graph = orders(saver.clone()).0;
    for polls in 0.. {
        let mut import = Box::pin(graph.import(&*file));
        let mut done = None;
        for _ in 0..polls {
            done = block_on(poll_once(&mut import));
        }
        drop(import);
        let Some(imported) = done else {
            let left = block_on(graph.thread("a").snapshot());
            assert!(matches!(left, Ok(None) | Err(Error::Copying { .. })), "{left:?}");
            continue;
        };
        assert_eq!(shown(&imported.unwrap()), shown(&original));
        assert!(polls > 10, "{polls}");
        break;
    }
}

/// A call that fails once, and what is left is cleared away at once.
#[test]
fn an_import_of_a_file_that_is_damaged_at_its_end_leaves_nothing() {
    let (graph, world) = orders(MemorySaver::new());
    let mut file = exported(&Past::Finished.live(&graph, &world));
    let last = file.len() - 1;
    file[last] ^= 1;
    let saver = MemorySaver::new();
    let refused = block_on(orders(saver.clone()).0.import(&*file)).unwrap_err();
    assert!(matches!(refused, Error::Import(_)), "{refused}");
    crate::graphs::nothing(&saver);
}

/// Two processes import the same thread: one of them has it, or nobody.
#[test]
fn two_imports_at_once_do_not_mix() {
    let (graph, world) = orders(MemorySaver::new());
    let original = Past::Replied.live(&graph, &world);
    let file = exported(&original);
    let mut conflicts = 0;
    for call in 0.. {
        let inner = MemorySaver::new();
        let (here, file_there) = (orders(inner.clone()).0, file.clone());
        let elsewhere = Faulty::new(inner.clone());
        let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (there, meddled) = (here.clone(), std::sync::Arc::clone(&done));
        elsewhere.meanwhile(call, move || {
            let _ = block_on(there.import(&*file_there));
            meddled.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let imported = block_on(orders(elsewhere).0.import(&*file));
        if !done.load(std::sync::atomic::Ordering::SeqCst) {
            imported.unwrap();
            break;
        }
        conflicts += u32::from(matches!(imported, Err(Error::Conflict { .. })));
        assert_eq!(shown(&here.thread("a")), shown(&original), "after {call} calls: {imported:?}");
        block_on(here.thread("a").verify()).unwrap();
    }
    assert!(conflicts > 5, "{conflicts}");
}
