//! Everything that shows something shows no secret.

use crate::graphs::{KEY, SECRET, Stubborn, Vault, Vaults, VaultsReply, later, lived, migrated, token, vaults};
use crate::recorder::Keeper;
use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{
    Append, Commit, Deliver, Effects, Error, GraphState, Keep, MemorySaver, Outcome, Prune, PutPending, StoreError,
};
use graph_tests::{expected, head, thread_of};
use std::fmt::{Debug, Write as _};
use std::future::IntoFuture;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

/// Everything that was shown.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<String>>);

impl Shown {
    fn text(&self, text: &str) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn debug(&self, value: &dyn Debug) {
        self.text(&format!("{value:?} {value:#?}"));
    }

    fn error(&self, error: &dyn std::error::Error) {
        self.debug(&error);
        let mut next = Some(error);
        while let Some(error) = next {
            self.text(&error.to_string());
            next = error.source();
        }
    }

    /// Neither as text, nor as bytes or words that are listed.
    fn has_no_secret(&self) {
        let shown = self.0.lock().unwrap();
        for canary in [SECRET, KEY] {
            let listed = format!("{:?}", canary.as_bytes());
            let mut hexadecimal = String::new();
            canary.bytes().for_each(|byte| write!(hexadecimal, "{byte:02x}").unwrap());
            for form in [canary, listed.trim_matches(['[', ']']), &hexadecimal] {
                if let Some(at) = shown.find(form) {
                    let from = shown[..at].rfind('\n').map_or(0, |line| line + 1);
                    panic!("`{form}` is shown: {}", &shown[from..(at + 200).min(shown.len())]);
                }
            }
        }
    }

    fn says(&self, word: &str) {
        let shown = self.0.lock().unwrap();
        assert!(shown.contains(word), "`{word}` is missing in {shown}");
    }
}

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_test_finds_what_is_shown() {
    for leak in [SECRET.to_owned(), format!("{:?}", [&b"x"[..], KEY.as_bytes()].concat())] {
        let shown = Shown::default();
        shown.debug(&leak);
        let found = std::panic::catch_unwind(|| shown.has_no_secret());
        assert!(found.is_err(), "{leak}");
    }
}

#[test]
fn handles_updates_and_outcomes_show_no_secret() {
    let (shown, saver) = (Shown::default(), MemorySaver::new());
    let update = || Vault::update().token(SECRET).log([SECRET.to_owned()]);
    shown.debug(&update());
    shown.debug(&(update(), Some(update().erase())));
    shown.debug(&VaultsReply::Confirm(SECRET.to_owned()));
    let graph = vaults(saver.clone());
    shown.debug(&graph);
    let thread = lived(&graph);
    shown.debug(&thread);
    shown.debug(&saver);
    shown.debug(&thread.invoke(token()).request_id("r"));
    shown.debug(&thread.reply(VaultsReply::Confirm(SECRET.to_owned())));
    shown.debug(&thread.history());
    shown.debug(&graph.threads());
    shown.debug(&graph.recover());
    let at = thread.at(graph_runtime::CheckpointId(2));
    shown.debug(&at);
    shown.debug(&at.fork(token()).effects(Effects::Again));
    block_on(async {
        let mut history = thread.history();
        while let Some(snapshot) = history.next().await {
            let snapshot = snapshot.unwrap();
            shown.debug(&snapshot);
            shown.debug(&(&snapshot.waiting, &snapshot.replies, &snapshot.failures, &snapshot.tasks));
            shown.text(&snapshot.svg().unwrap());
            shown.text(&snapshot.svg_with(&thread.visits().await.unwrap()).unwrap());
        }
        shown.debug(&thread.visits().await.unwrap());
        shown.debug(&graph.threads().next().await.unwrap().unwrap());
        shown.debug(&graph.recover().next().await.unwrap().unwrap());
        shown.debug(&thread.resume().await.err());
        shown.debug(&Outcome::Finished(thread.snapshot().await.unwrap().unwrap().state));
    });
    for picture in [Vaults::MERMAID, Vaults::DOT] {
        shown.text(picture);
    }
    shown.debug(&Vaults::topology());
    shown.text(&Vaults::schema().to_string());
    shown.debug(&Vaults::schema());
    shown.debug(&Vault::FIELDS);
    shown.has_no_secret();
    shown.says("rounds");
}

#[test]
fn calls_of_a_store_show_no_bytes() {
    let (shown, thread) = (Shown::default(), thread_of("Vaults", "a"));
    let (bytes, commit, place) = (SECRET.as_bytes().to_vec(), Commit::Synced, expected(1).unwrap());
    let (record, head) = (bytes.clone(), head(1));
    shown.debug(&Append { thread: thread.clone(), expected: None, head, record, request: None, commit });
    let name = || "halt".to_owned();
    let put = PutPending { thread: thread.clone(), expected: place, name: name(), bytes, status: None, commit };
    shown.debug(&put);
    let bytes = put.bytes;
    let delivery = Deliver { thread: thread.clone(), expected: place, name: name(), bytes, status: None };
    shown.debug(&delivery);
    let entries = vec![(head.checkpoint, name(), delivery.bytes)];
    shown.debug(&Prune { thread, expected: place, remove: vec![head.checkpoint], entries, commit });
    shown.has_no_secret();
    shown.says("19 bytes");
}

#[test]
fn logs_events_and_metrics_show_no_secret() {
    let (shown, keeper) = (Shown::default(), Keeper::default());
    let log = shown.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || log.clone());
    let work = || {
        let saver = MemorySaver::new();
        let graph = vaults(saver.clone());
        let thread = graph.thread("a");
        block_on(async {
            for turn in 0..3 {
                let mut events = match turn {
                    0 => thread.stream(token()),
                    1 => thread.resume().stream(),
                    _ => thread.reply(VaultsReply::Confirm(SECRET.to_owned())).by("ada").stream(),
                };
                let subscriber = events.subscribe();
                shown.debug(&(&events, &subscriber));
                while let Some(event) = events.next().await {
                    event.map_or_else(|error| shown.error(&error), |event| shown.debug(&event));
                }
                let told: Vec<_> = subscriber.collect().await;
                shown.debug(&told);
            }
            thread.copy_to("b").await.unwrap();
            let mut file = Vec::new();
            thread.export(&mut file).await.unwrap();
            vaults(MemorySaver::new()).import(&*file).await.unwrap();
            thread.prune(Keep::Last(1)).await.unwrap();
        });
    };
    metrics::with_local_recorder(&keeper, || tracing::subscriber::with_default(subscriber.finish(), work));
    shown.debug(&keeper.kept());
    shown.debug(&keeper.described);
    shown.has_no_secret();
    for word in ["opening", "charging", "checkpoint encoded", "effect", "TaskFinished", "Emitted", "graph_runs_total"] {
        shown.says(word);
    }
}

/// A state that is not stored, because the field's own code says what it is.
fn not_stored(stubborn: &Stubborn, shown: &Shown) -> Error {
    let thread = vaults(MemorySaver::new()).thread("a");
    let update = || Vault::update().stubborn(stubborn.clone());
    block_on(async {
        let mut events = thread.stream(update());
        let subscriber = events.subscribe();
        while let Some(event) = events.next().await {
            event.map_or_else(|error| shown.error(&error), |event| shown.debug(&event));
        }
        let told: Vec<_> = subscriber.collect().await;
        shown.debug(&told);
        thread.invoke(update()).await.unwrap_err()
    })
}

#[test]
fn errors_show_no_secret() {
    let (shown, saver) = (Shown::default(), MemorySaver::new());
    let graph = vaults(saver.clone());
    let thread = lived(&graph);
    block_on(async {
        let mut run = thread.resume();
        assert!(poll_once(&mut run).await.is_some());
        for error in [
            thread.resume().await.err(),
            thread.reply(VaultsReply::Confirm(SECRET.to_owned())).await.err(),
            thread.at(graph_runtime::CheckpointId(99)).snapshot().await.err(),
            thread.copy_to("a").await.err(),
            graph.thread("b").export(io::sink()).await.err(),
            graph.import(SECRET.as_bytes()).await.err(),
            vaults(MemorySaver::new()).thread("a").invoke(token()).await.err(),
        ] {
            shown.error(&error.expect("it is refused"));
        }
        // What is stored is no longer what the field holds, and its codec would quote it.
        let later = later::vaults(saver.clone()).thread("a");
        let incompatible = later.snapshot().await.unwrap_err();
        assert!(matches!(incompatible, Error::Incompatible { .. }), "{incompatible}");
        shown.error(&incompatible);
        shown.error(&later.invoke(()).restart().await.err().expect("it is refused"));
        let migrated = migrated::vaults(saver).thread("a").snapshot().await.unwrap_err();
        assert!(migrated.to_string().contains("panicked"), "{migrated}");
        shown.error(&migrated);
    });
    for stubborn in [Stubborn::Refuses(SECRET.to_owned()), Stubborn::Panics(SECRET.to_owned())] {
        let error = not_stored(&stubborn, &shown);
        assert!(matches!(error, Error::NotStorable { .. }), "{error}");
        shown.error(&error);
        // As a change of what is stored, and as what a task of several has written.
        let thread = lived(&vaults(MemorySaver::new()));
        let error = block_on(thread.update(Vault::update().stubborn_ones([stubborn])).into_future()).unwrap_err();
        assert!(matches!(error, Error::NotStorable { .. }), "{error}");
        shown.error(&error);
    }
    shown.error(&StoreError::Closed);
    shown.has_no_secret();
    for word in
        ["field `raw` cannot be read: the field is secret", "field `stubborn` cannot be stored: the field is secret"]
    {
        shown.says(word);
    }
}
