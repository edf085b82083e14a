//! However long a thread has become, and however it came to be so, reading a checkpoint takes little more than its state.

use futures_lite::future::block_on;
use graph_runtime::{
    CheckpointId, Checkpointer, Error, GraphState, Keep, MemorySaver, StoreFuture, StoreLayer, Thread, ThreadId,
    ThreadKey, Update, graph,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(GraphState, Debug, PartialEq)]
struct Chat {
    goal: u32,
    #[reduce(add)]
    turns: u32,
    #[reduce(append)]
    messages: Vec<String>,
    #[reduce(merge)]
    cards: BTreeMap<u32, String>,
    /// Puts what a turn says on a card, of which there are so many.
    decks: Option<u32>,
    /// How much longer a turn says it.
    longer: u32,
}

fn turn(chat: &Chat) -> impl Update<Chat> + use<> {
    let said = format!("{:0200}{}", chat.turns, "x".repeat(chat.longer as usize));
    let message = chat.decks.is_none().then(|| Chat::update().messages([said.clone()]));
    let card = chat.decks.map(|decks| Chat::update().cards([(chat.turns % decks, said)]));
    (Chat::update().turns(1), (message, card))
}

fn done(chat: &Chat) -> bool {
    chat.turns >= chat.goal
}

graph! {
    graph Talk<Chat>;
    node turn;
    start -> turn -> match done { true => end, false => turn };
}

/// Counts the records that are read.
#[derive(Clone, Default)]
struct Counted {
    store: MemorySaver,
    calls: Arc<AtomicUsize>,
    bytes: Arc<AtomicUsize>,
}

impl Counted {
    fn count(&self, records: usize) {
        self.bytes.fetch_add(records, Ordering::SeqCst);
        self.calls.fetch_add(1, Ordering::SeqCst);
    }
}

impl StoreLayer for Counted {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.store
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let found = self.store.get(thread, id).await?;
            self.count(found.as_ref().map_or(0, Vec::len));
            Ok(found)
        })
    }

    fn range<'a>(
        &'a self,
        thread: &'a ThreadKey,
        before: Option<CheckpointId>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<(CheckpointId, Vec<u8>)>> {
        Box::pin(async move {
            let found = self.store.range(thread, before, limit).await?;
            self.count(found.iter().map(|(_, bytes)| bytes.len()).sum());
            Ok(found)
        })
    }
}

fn start() -> (Counted, Thread<Talk>) {
    let store = Counted::default();
    let thread = Talk::builder().checkpointer(store.clone()).step_limit(10_000).build().thread("a");
    (store, thread)
}

fn run(thread: &Thread<Talk>, update: impl Update<Chat>) -> Chat {
    block_on(thread.invoke(update)).unwrap().finished().unwrap()
}

/// What a card or a message takes.
const SAID: usize = 203;

/// Reads a checkpoint of so many turns, at a cost of not much more than twice `percent` of a state with so many messages or cards.
fn costs(store: &Counted, thread: &Thread<Talk>, id: u64, messages: usize, percent: usize) {
    let before = (store.calls.load(Ordering::SeqCst), store.bytes.load(Ordering::SeqCst));
    let snapshot = block_on(thread.at(CheckpointId(id)).snapshot()).unwrap();
    assert_eq!(snapshot.state.messages.len() + snapshot.state.cards.len(), messages);
    let calls = store.calls.load(Ordering::SeqCst) - before.0;
    let bytes = store.bytes.load(Ordering::SeqCst) - before.1;
    let most = messages * SAID * percent / 100 + (20 << 10);
    assert!(bytes <= most, "checkpoint {id}: {bytes} bytes of {most}");
    assert!(calls <= 300, "checkpoint {id}: {calls} calls");
}

#[test]
fn a_checkpoint_of_any_length_costs_a_third_more_than_its_state() {
    let (store, thread) = start();
    let chat = run(&thread, Chat::update().goal(3_000));
    assert_eq!(chat.messages.len(), 3_000);
    // The first checkpoint is that of the input.
    for turns in (300..=3_000).step_by(7) {
        costs(&store, &thread, turns + 1, usize::try_from(turns).unwrap(), 133);
    }
    assert_eq!(block_on(thread.verify()).unwrap(), 3_001);
}

#[test]
fn turns_that_load_the_thread_leap_as_one_long_run_does() {
    let (store, thread) = start();
    for turns in 1..=700 {
        let chat = run(&thread, Chat::update().goal(turns));
        assert_eq!(chat.messages.len(), turns as usize);
    }
    for turns in (300..=700).step_by(3) {
        // Each has an input and a step.
        costs(&store, &thread, 2 * turns, usize::try_from(turns).unwrap(), 133);
    }
}

#[test]
fn what_is_overwritten_again_and_again_costs_twice_the_state() {
    let (store, thread) = start();
    run(&thread, Chat::update().goal(3_000).decks(Some(250)));
    for turns in (300..=3_000).step_by(7) {
        costs(&store, &thread, turns + 1, 250, 210);
    }
}

#[test]
fn what_a_leap_begins_at_may_be_pruned() {
    for kept in (1..60).step_by(3) {
        let (_, thread) = start();
        run(&thread, Chat::update().goal(400));
        block_on(thread.prune(Keep::Last(kept))).unwrap();
        let copy = block_on(thread.copy_to("copy")).unwrap();
        for thread in [thread, copy] {
            let chat = run(&thread, Chat::update().goal(500));
            let expected: Vec<_> = (0..500).map(|turn| format!("{turn:0200}")).collect();
            assert_eq!(chat.messages, expected);
            // Those that were kept, those before the prune's last, and those after it.
            for id in (402 - kept..=502).step_by(5) {
                let state = block_on(thread.at(CheckpointId(id)).snapshot()).unwrap().state;
                assert_eq!(state.messages, expected[..state.turns as usize], "checkpoint {id}");
            }
            block_on(thread.verify()).unwrap();
        }
    }
}

#[test]
fn a_copy_leaps_as_its_original_does() {
    let (store, thread) = start();
    run(&thread, Chat::update().goal(1_000));
    let copy = block_on(thread.copy_to("copy")).unwrap();
    for turns in (300..=1_000).step_by(7) {
        costs(&store, &copy, turns + 1, usize::try_from(turns).unwrap(), 133);
    }
}

/// The bytes of all records.
fn stored(store: &Counted) -> usize {
    let key = ThreadKey { graph: "Talk".into(), thread: ThreadId::new("a").unwrap() };
    block_on(store.store.range(&key, None, usize::MAX)).unwrap().iter().map(|(_, bytes)| bytes.len()).sum()
}

#[test]
fn steps_that_change_much_are_not_stored_twice_each() {
    for longer in [4_000, 10_000, 30_000] {
        let (store, thread) = start();
        run(&thread, Chat::update().goal(150).longer(longer));
        let said = 150 * (200 + longer as usize);
        let stored = stored(&store);
        assert!(stored < said * 5 / 2, "{stored} bytes of records for {said}");
        for turns in 100..=150_u32 {
            let before = store.bytes.load(Ordering::SeqCst);
            block_on(thread.at(CheckpointId(u64::from(turns) + 1)).snapshot()).unwrap();
            let (read, state) = (store.bytes.load(Ordering::SeqCst) - before, turns as usize * (200 + longer as usize));
            assert!(read < state * 3 / 2, "{read} bytes for {state}");
        }
    }
}

#[test]
fn no_record_is_much_larger_than_the_state() {
    let (store, thread) = start();
    run(&thread, Chat::update().goal(1).longer(100_000));
    // Each step replaces most of the state.
    run(&thread, Chat::update().goal(8).decks(Some(1)).longer(600_000));
    let key = ThreadKey { graph: "Talk".into(), thread: ThreadId::new("a").unwrap() };
    for (id, record) in block_on(store.store.range(&key, None, usize::MAX)).unwrap() {
        assert!(record.len() < 710_000, "{id}: {} bytes", record.len());
    }
}

/// Has the records of another store in the place of some.
struct Swapped {
    store: MemorySaver,
    other: MemorySaver,
    place: CheckpointId,
}

impl StoreLayer for Swapped {
    type Store = MemorySaver;

    fn store(&self) -> &MemorySaver {
        &self.store
    }

    fn get<'a>(&'a self, thread: &'a ThreadKey, id: CheckpointId) -> StoreFuture<'a, Option<Vec<u8>>> {
        if id == self.place { self.other.get(thread, id) } else { self.store.get(thread, id) }
    }
}

/// A record that is whole, in its place, and of another life of the thread.
#[test]
fn a_leap_to_the_record_of_another_life_is_an_error() {
    let ((store, thread), (other, again)) = (start(), start());
    run(&thread, Chat::update().goal(600));
    run(&again, Chat::update().goal(600));
    let mut refused = 0;
    for id in 1..=600 {
        let swapped = Swapped { store: store.store.clone(), other: other.store.clone(), place: CheckpointId(id) };
        let thread = Talk::builder().checkpointer(swapped).build().thread("a");
        match block_on(thread.snapshot()) {
            Ok(snapshot) => assert_eq!(snapshot.unwrap().state.messages.len(), 600),
            Err(Error::Corrupt { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((5..100).contains(&refused), "{refused} records that leaps begin at");
}
