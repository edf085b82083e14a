//! What is done to a store, in such a way that doing it again after a crash comes to the same end.

use crate::order::{Desks, DesksReply, Order, Orders, OrdersNode, OrdersReply, Outside, done};
use futures_lite::StreamExt;
use graph_runtime::{Commit, Durability, Error, Graph, Keep, Source, Status, StoreError, Thread, Waiting};
use graph_tests::stores::Embedded;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// One of the things that are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scenario {
    /// A store that went back is opened as it is.
    Rollback,
    /// A thread is copied, exported, imported, pruned, cancelled, deleted, recovered.
    Life,
    /// A thread runs with each durability.
    Sync,
    Async,
    Exit,
    /// A thread is edited, forked, exported, deleted and imported.
    Travel,
    /// A store is closed that was given much, and lost half of it.
    Close,
}

impl Scenario {
    pub(crate) const ALL: [Scenario; 7] = [
        Scenario::Rollback,
        Scenario::Life,
        Scenario::Sync,
        Scenario::Async,
        Scenario::Exit,
        Scenario::Travel,
        Scenario::Close,
    ];
}

/// How much a store is given before it is closed, in two threads: so much that the engines tidy up.
const LARGE: u64 = 6;
const LARGE_BYTES: usize = 400_000;

/// Where it is done, by which process or which try of one.
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) engine: &'static str,
    pub(crate) round: u32,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl Place {
    fn store(&self) -> PathBuf {
        self.directory.join(self.engine)
    }

    fn outside(&self, synced: bool) -> Outside {
        let lines = OpenOptions::new().append(true).create(true).open(self.directory.join("lines")).unwrap();
        Outside::new(lines, synced)
    }

    /// All that was said so far.
    pub(crate) fn lines(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.directory.join("lines")).unwrap_or_default();
        text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }

    /// What was said of a kind of thing, and of which thread.
    fn said(&self, word: &str, thread: &str) -> Vec<String> {
        let lines = self.lines().into_iter().filter(|line| line[0] == word && line[1] == thread);
        lines.map(|line| line.get(2).cloned().unwrap_or_default()).collect()
    }

    fn graph(&self, store: &Embedded, scenario: Scenario) -> Graph<Orders> {
        let outside = self.outside(matches!(scenario, Scenario::Sync | Scenario::Life));
        let graph = store.under(Orders::builder().context(outside));
        match scenario {
            Scenario::Async => graph.durability(Durability::Async).retain(Keep::Last(4)).build(),
            // So that a run also stops, and what was held back is stored.
            Scenario::Exit => graph.durability(Durability::Exit).pause_before([OrdersNode::Close]).build(),
            _ => graph.build(),
        }
    }

    /// Does it, or what of it is not done yet. `opened` is given the store before anything else happens to it.
    pub(crate) async fn run(&self, scenario: Scenario, opened: impl FnOnce(&Embedded)) -> Result<(), Failed> {
        if scenario == Scenario::Rollback {
            return Ok(self.roll_back().await?);
        }
        if scenario == Scenario::Close {
            return Ok(self.close().await?);
        }
        let store = Embedded::open(&self.store(), false)?;
        opened(&store);
        let graph = self.graph(&store, scenario);
        let outside = self.outside(false);
        if scenario == Scenario::Travel {
            return Ok(self.travel(&graph, &outside).await?);
        }
        self.drive(&graph.thread("a"), &outside).await?;
        match scenario {
            Scenario::Life => self.live(&graph, &store, &outside).await?,
            Scenario::Async => {
                store.saver().flush().await?;
                outside.say(format_args!("finished a"));
            }
            Scenario::Exit => {
                outside.say(format_args!("finished a"));
                self.ask(&desks(&store).thread("desk"), &outside).await?;
            }
            _ => outside.say(format_args!("finished a")),
        }
        Ok(())
    }

    /// Brings a thread to its end.
    async fn drive(&self, thread: &Thread<Orders>, outside: &Outside) -> Result<(), Error> {
        loop {
            let Some(at) = thread.snapshot().await? else {
                thread.invoke(()).request_id("only").await.map(drop)?;
                continue;
            };
            if at.status == Status::Finished {
                return Ok(());
            }
            let id = thread.id();
            if let Some(asked) = at.waiting.iter().find(|waiting| waiting.node() == "approve") {
                let by = format!("by-{}", self.round);
                thread.reply_to(asked.id(), OrdersReply::Approve(by.clone())).await.map(drop)?;
                outside.say(format_args!("replied {id} {by}"));
                continue;
            }
            if let Some(due) = at.waiting.first().and_then(Waiting::due) {
                let rest = due.duration_since(SystemTime::now()).unwrap_or_default();
                tokio::time::sleep(rest).await;
            }
            thread.resume().await.map(drop)?;
        }
    }

    async fn live(&self, graph: &Graph<Orders>, store: &Embedded, outside: &Outside) -> Result<(), Error> {
        let thread = graph.thread("a");
        self.take_over(graph, outside).await?;
        thread.prune(Keep::Last(3)).await?;
        outside.say(format_args!("pruned a"));

        let gone = graph.thread("gone");
        if gone.snapshot().await?.is_none_or(|at| at.status != Status::Cancelled) {
            gone.resume_or_invoke(()).await.map(drop)?;
            gone.cancel("not wanted").await?;
            outside.say(format_args!("cancelled gone"));
        }
        // Taken together with the deletion, which has to see it.
        append(store, Commit::Written).await?;
        gone.delete().await?;
        outside.say(format_args!("deleted gone"));

        // A run that is dropped is a crash.
        if graph.thread("left").snapshot().await?.is_none() {
            graph.thread("left").stream(()).take(4).count().await;
        }
        let mut recovered = graph.recover();
        while let Some(next) = recovered.next().await {
            next?.1.map(drop)?;
        }
        self.drive(&graph.thread("left"), outside).await
    }

    /// Copies a thread, writes the copy to a file, and replaces it with what is read from there.
    async fn take_over(&self, graph: &Graph<Orders>, outside: &Outside) -> Result<(), Error> {
        let (copy, file) = (graph.thread("copy"), self.directory.join("copy.thread"));
        if !file.exists() {
            match copy.snapshot().await {
                Ok(None) | Err(Error::Copying { .. }) => {
                    graph.thread("a").copy_to("copy").await.map(drop)?;
                    outside.say(format_args!("copied copy"));
                }
                found => drop(found?),
            }
            let mut bytes = Vec::new();
            copy.export(&mut bytes).await?;
            fs::write(self.directory.join("half"), bytes).unwrap();
            fs::rename(self.directory.join("half"), &file).unwrap();
        }
        if self.said("imported", "copy").is_empty() {
            copy.delete().await?;
            graph.import(&*fs::read(&file).unwrap()).await.map(drop)?;
            outside.say(format_args!("imported copy"));
        }
        Ok(())
    }

    /// Edits a thread, runs its last step again as a branch, and replaces it with what it was exported as.
    async fn travel(&self, graph: &Graph<Orders>, outside: &Outside) -> Result<(), Error> {
        let (thread, file) = (graph.thread("a"), self.directory.join("a.thread"));
        if !file.exists() {
            self.drive(&thread, outside).await?;
            let history = thread.history().try_collect::<_, _, Vec<_>>().await?;
            if !history.iter().any(|at| at.source == Source::Update) {
                thread.update(Order::update().log(["edited".to_owned()])).await.map(drop)?;
                outside.say(format_args!("edited a"));
            }
            let closing = history.iter().rfind(|at| at.next == [OrdersNode::Close]).expect("a last step");
            let update = Order::update().log(["forked".to_owned()]);
            thread.at(closing.id).fork(update).request_id("fork").await.map(drop)?;
            outside.say(format_args!("forked a"));
            let mut bytes = Vec::new();
            thread.export(&mut bytes).await?;
            fs::write(self.directory.join("half"), bytes).unwrap();
            fs::rename(self.directory.join("half"), &file).unwrap();
        }
        if self.said("imported", "a").is_empty() {
            thread.delete().await?;
            graph.import(&*fs::read(&file).unwrap()).await.map(drop)?;
            outside.say(format_args!("imported a"));
        }
        Ok(())
    }

    /// Compares a thread that was edited, forked and moved with what was said of it.
    async fn judge_travel(&self, thread: &Thread<Orders>) {
        let exported = self.directory.join("a.thread").exists();
        let at = match thread.snapshot().await {
            Ok(Some(at)) => at,
            Ok(None) if self.said("edited", "a").is_empty() && !exported => return,
            found => {
                assert!(exported && self.said("imported", "a").is_empty(), "the thread is lost");
                if found.is_ok() {
                    return;
                }
                let half = [
                    found.map(drop),
                    thread.invoke(()).restart().await.map(drop),
                    thread.resume().await.map(drop),
                    thread.update(()).await.map(drop),
                    thread.export(std::io::sink()).await.map(drop),
                    thread.copy_to("b").await.map(drop),
                ];
                assert!(half.iter().all(|opened| matches!(opened, Err(Error::Copying { .. }))), "{half:?}");
                return;
            }
        };
        thread.verify().await.unwrap();
        let history = thread.history().try_collect::<_, _, Vec<_>>().await.unwrap();
        for (word, source) in [("edited", Source::Update), ("forked", Source::Fork)] {
            let found = history.iter().filter(|at| at.source == source).count();
            assert!(found <= 1 && (found == 1 || self.said(word, "a").is_empty() && !exported), "{word} {found} times");
        }
        let log = |word: &str| at.state.log.iter().filter(|line| *line == word).count();
        let forked = history.iter().any(|at| at.source == Source::Fork);
        assert_eq!(log("forked"), usize::from(forked), "the branch is the thread's head");
        assert_eq!(log("edited"), usize::from(!forked && history.iter().any(|at| at.source == Source::Update)));
        assert!(!exported || at.status == Status::Finished);
    }

    /// Asks three people; the second one answers while the run takes the first one's answer.
    async fn ask(&self, thread: &Thread<Desks>, outside: &Outside) -> Result<(), Error> {
        let say = |name: &str| format!("{name}-{}", self.round);
        loop {
            let Some(at) = thread.snapshot().await? else {
                thread.invoke(()).await.map(drop)?;
                continue;
            };
            let open = |name: &str| at.waiting.iter().find(|waiting| waiting.node() == name).map(Waiting::id);
            if at.status == Status::Finished {
                return Ok(());
            } else if let Some(ada) = open("ada") {
                let mut events = thread.reply_to(ada, DesksReply::Ada(say("ada"))).stream();
                let mut alan = open("alan");
                while let Some(event) = events.next().await {
                    event?;
                    if let Some(alan) = alan.take() {
                        outside.say(format_args!("replied desk {}", say("ada")));
                        thread.reply_to(alan, DesksReply::Alan(say("alan"))).deliver().await?;
                        outside.say(format_args!("replied desk {}", say("alan")));
                    }
                }
            } else if let Some(alan) = open("alan") {
                thread.reply_to(alan, DesksReply::Alan(say("alan"))).await.map(drop)?;
                outside.say(format_args!("replied desk {}", say("alan")));
            } else if let Some(grace) = open("grace") {
                thread.reply_to(grace, DesksReply::Grace(say("grace"))).await.map(drop)?;
                outside.say(format_args!("replied desk {}", say("grace")));
            } else {
                thread.resume().await.map(drop)?;
            }
        }
    }

    /// Lets a store lose its engine's files, which it notices, and accepts that.
    async fn roll_back(&self) -> Result<(), StoreError> {
        let store = self.store();
        let lost = self.directory.join("lost");
        if !lost.exists() {
            let opened = Embedded::open(&store, true)?;
            append(&opened, Commit::Synced).await?;
            drop(opened);
            remove(&store.join(self.engine));
            fs::write(lost, []).unwrap();
        }
        drop(Embedded::open(&store, true)?);
        Embedded::open(&store, false).map(drop)
    }

    /// Stores two threads, deletes one, and closes the store.
    async fn close(&self) -> Result<(), StoreError> {
        let outside = self.outside(false);
        let store = Embedded::open(&self.store(), false)?;
        for number in 1..=LARGE {
            for id in ["kept", "gone"] {
                let thread = graph_tests::thread(id);
                let newest = store.saver().head(&thread).await?.map_or(0, |head| head.checkpoint.0);
                if newest < number && self.said("deleted", id).is_empty() {
                    let append = graph_tests::append(&thread, number, LARGE_BYTES, Commit::Synced);
                    store.saver().append(append).await?;
                    outside.say(format_args!("appended {id} {number}"));
                }
            }
        }
        store.saver().delete(&graph_tests::thread("gone")).await?;
        outside.say(format_args!("deleted gone"));
        Ok(())
    }

    /// Compares the two threads with what was said of them.
    fn judge_close(&self, store: &Embedded) {
        let newest = |id: &str| graph_tests::newest(store.saver(), &graph_tests::thread(id), LARGE_BYTES);
        let deleted = !self.said("deleted", "gone").is_empty();
        for id in ["kept", "gone"] {
            let appended = self.said("appended", id).iter().filter_map(|number| number.parse().ok()).max();
            let found = newest(id);
            assert!(found >= appended.unwrap_or(0) || id == "gone" && found == 0, "`{id}` is at {found}");
        }
        assert!(!deleted || newest("gone") == 0 && newest("kept") == LARGE, "deleted, and there again");
    }

    /// Compares what the store holds with what was said before, when nothing has been done since.
    pub(crate) async fn judge_before(&self, scenario: Scenario) {
        if scenario == Scenario::Rollback {
            return;
        }
        let store = Embedded::open(&self.store(), false);
        let store = store.unwrap_or_else(|error| panic!("the store does not open: {error}"));
        if scenario == Scenario::Close {
            return self.judge_close(&store);
        }
        let graph = self.graph(&store, scenario);
        if scenario == Scenario::Travel {
            return self.judge_travel(&graph.thread("a")).await;
        }
        for id in ["a", "left"] {
            let at = graph.thread(id).snapshot().await.unwrap();
            let stepped = self.said("stepped", id).iter().filter_map(|step| step.parse().ok()).max().unwrap_or(0);
            let step = at.as_ref().map_or(0, |at| at.step);
            assert!(step >= stepped, "`{id}` is at step {step}, and {stepped} was acknowledged");
            if !self.said("finished", id).is_empty() {
                assert_eq!(at.unwrap().status, Status::Finished, "`{id}`");
            }
        }
        let exported = self.directory.join("copy.thread").exists();
        if !self.said("imported", "copy").is_empty() || !exported && !self.said("copied", "copy").is_empty() {
            let at = graph.thread("copy").snapshot().await.unwrap().expect("a copy");
            assert_eq!(at.status, Status::Finished);
        }
        if !self.said("pruned", "a").is_empty() {
            assert_eq!(graph.thread("a").verify().await.unwrap(), 3, "pruned, and there again");
        }
        let gone = graph.thread("gone").snapshot().await.unwrap();
        if !self.said("deleted", "gone").is_empty() {
            assert!(gone.is_none(), "deleted, and there again");
        } else if !self.said("cancelled", "gone").is_empty() {
            assert!(gone.is_none_or(|at| at.status == Status::Cancelled), "cancelled, and alive again");
        }
        for id in ["a", "copy", "gone", "left"] {
            match graph.thread(id).verify().await {
                Ok(_) | Err(Error::Copying { .. } | Error::UnknownThread { .. }) => {}
                Err(error) => panic!("`{id}`: {error}"),
            }
        }
    }

    /// Compares the end with that of a run that nothing disturbed.
    pub(crate) async fn judge(&self, scenario: Scenario) {
        let store = Embedded::open(&self.store(), false).unwrap();
        match scenario {
            Scenario::Rollback => return,
            Scenario::Close => {
                self.judge_close(&store);
                assert!(!self.said("deleted", "gone").is_empty(), "it came to no end");
                return;
            }
            _ => {}
        }
        let graph = self.graph(&store, scenario);
        let threads: &[&str] = if scenario == Scenario::Life { &["a", "copy", "left"] } else { &["a"] };
        for id in threads {
            let mut at = graph.thread(*id).snapshot().await.unwrap().unwrap();
            if scenario == Scenario::Travel {
                self.judge_travel(&graph.thread(*id)).await;
                at.state.log.retain(|line| line != "forked");
            }
            let original = if *id == "copy" { "a" } else { id };
            self.applied_once(original, &at.state);
            assert_eq!(at.status, Status::Finished, "`{id}`");
            graph.thread(*id).verify().await.unwrap();
        }
        if scenario == Scenario::Exit {
            let at = desks(&store).thread("desk").snapshot().await.unwrap().unwrap();
            let mut names: Vec<_> = at.state.said.iter().map(|said| said.split_once('-').unwrap().0).collect();
            names.sort_unstable();
            assert_eq!(names, ["ada", "alan", "grace"]);
            let lost: Vec<_> =
                self.said("replied", "desk").into_iter().filter(|by| !at.state.said.contains(by)).collect();
            assert!(lost.is_empty(), "replies were lost: {lost:?}");
        }
        let left: Vec<_> = graph.threads().map(|thread| thread.unwrap().id.to_string()).collect().await;
        assert_eq!(left, threads);
    }

    fn applied_once(&self, id: &str, state: &Order) {
        assert_eq!(*state, done(&state.granted), "`{id}`");
        // The first reply that was acknowledged, or one whose sender was not told.
        if let Some(by) = self.said("replied", id).first() {
            assert_eq!(state.granted, *by, "`{id}` lost a reply");
        }
        assert!(self.said("used", id).iter().all(|by| *by == state.granted), "`{id}` used two replies");
        let keys = self.said("charged", id);
        assert!(keys.iter().all(|key| *key == keys[0]), "`{id}` charged under two keys: {keys:?}");
        assert!(self.said("wired", id).len() <= 1, "`{id}` did twice what is done once at most");
        let lines = self.lines();
        let (mut journaled, mut durable) = (false, 0);
        for line in lines.iter().filter(|line| line[1] == id) {
            match line[0].as_str() {
                "journaled" => journaled = true,
                "charged" => assert!(!journaled, "`{id}` charged again"),
                "stepped" => durable = durable.max(line[2].parse().unwrap()),
                "ran" => assert!(line[2].parse::<u64>().unwrap() > durable, "`{id}` ran again: {line:?}"),
                _ => {}
            }
        }
    }
}

fn desks(store: &Embedded) -> Graph<Desks> {
    store.under(Desks::builder()).durability(Durability::Exit).build()
}

/// Appends to a thread that is no graph's.
async fn append(store: &Embedded, commit: Commit) -> Result<(), StoreError> {
    let (saver, thread) = (store.saver(), graph_tests::thread("a"));
    let newest = saver.head(&thread).await?.map_or(0, |head| head.checkpoint.0);
    saver.append(graph_tests::append(&thread, newest + 1, 10, commit)).await
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
}
