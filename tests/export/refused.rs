//! What is no export, or has no place to go, is refused and changes nothing.

use crate::graphs::{Past, exported, nothing, orders, stored};
use futures_lite::StreamExt;
use futures_lite::future::{block_on, poll_once};
use graph_runtime::{Error, ImportError, MemorySaver};
use graph_tests::walk::{Probe, Walk};
use std::io;

#[test]
fn there_must_be_a_thread_to_export_and_none_to_import_to() {
    let saver = MemorySaver::new();
    let (graph, world) = orders(saver.clone());
    let unknown = block_on(graph.thread("a").export(io::sink())).unwrap_err();
    assert!(matches!(unknown, Error::UnknownThread { .. }), "{unknown}");
    let invalid = block_on(graph.thread("").export(io::sink())).unwrap_err();
    assert!(matches!(invalid, Error::InvalidThreadId(_)), "{invalid}");

    let thread = Past::Finished.live(&graph, &world);
    let (file, before) = (exported(&thread), stored(&saver));
    let exists = block_on(graph.import(&*file)).unwrap_err();
    assert_eq!(exists.to_string(), "thread `a` exists; copy to another name, or `delete` it first");
    assert!(stored(&saver) == before);
}

#[test]
fn bytes_that_are_no_export_are_told_so() {
    let saver = MemorySaver::new();
    let graph = orders(saver.clone()).0;
    for bytes in [&b""[..], b"GRPH", b"SQLite format 3\0 and more", &[0; 4096]] {
        let refused = block_on(graph.import(bytes)).unwrap_err();
        let said = "the bytes are no export of a thread; give a file that `export` has written";
        assert_eq!(refused.to_string(), said);
    }
    nothing(&saver);
}

#[test]
fn a_thread_of_another_graph_is_refused() {
    let (graph, world) = orders(MemorySaver::new());
    let file = exported(&Past::Finished.live(&graph, &world));
    let walk = Walk::builder().context(Probe::default()).checkpointer(MemorySaver::new()).build();
    let refused = block_on(walk.import(&*file)).unwrap_err();
    let said = "the export is of a thread of graph `Orders`; import it with that graph, not with `Walk`";
    assert_eq!(refused.to_string(), said);
    assert!(block_on(walk.threads().next()).is_none());
}

#[test]
fn a_thread_that_is_worked_on_is_busy() {
    let (graph, world) = orders(MemorySaver::new());
    let file = exported(&Past::Finished.live(&graph, &world));
    let elsewhere = orders(MemorySaver::new()).0;
    block_on(async {
        let mut import = Box::pin(elsewhere.import(&*file));
        assert!(poll_once(&mut import).await.is_none());
        let busy = elsewhere.import(&*file).await;
        assert!(matches!(busy, Err(Error::Busy { .. })), "{busy:?}");
        let busy = elsewhere.thread("a").invoke(()).await;
        assert!(matches!(busy, Err(Error::Busy { .. })));
        let thread = import.await.unwrap();
        thread.verify().await.unwrap();
    });
}

/// Fails after so many bytes.
struct Failing<T>(T, usize);

impl<T: io::Write> io::Write for Failing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let some = bytes.len().min(self.1);
        self.1 -= some;
        if some == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.0.write(&bytes[..some]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<T: io::Read> io::Read for Failing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let some = bytes.len().min(self.1);
        self.1 -= some;
        if some == 0 { Err(io::ErrorKind::ConnectionReset.into()) } else { self.0.read(&mut bytes[..some]) }
    }
}

#[test]
fn a_writer_or_a_reader_that_fails_is_named() {
    let (graph, world) = orders(MemorySaver::new());
    let thread = Past::Finished.live(&graph, &world);
    let file = exported(&thread);
    for place in (0..file.len()).step_by(997) {
        let mut written = Vec::new();
        let failed = block_on(thread.export(Failing(&mut written, place))).unwrap_err();
        assert!(
            matches!(&failed, Error::Export { source, .. } if source.kind() == io::ErrorKind::StorageFull),
            "{failed}"
        );
        assert!(file.starts_with(&written));

        let saver = MemorySaver::new();
        let failed = block_on(orders(saver.clone()).0.import(Failing(&*file, place))).unwrap_err();
        let reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
        assert!(matches!(&failed, Error::Import(ImportError::Read(error)) if reset(error)), "{failed}");
        nothing(&saver);
    }
}
