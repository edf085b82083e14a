//! Where the threads are stored, and the graph over it.

use crate::graph::{Living, Plan};
use crate::run::LIMIT;
use graph_runtime::{Checkpointer, Graph, MemorySaver, RedbSaver, SledSaver, Thread};
use graph_tests::faulty::Faulty;
use std::marker::PhantomData;
use std::sync::Arc;
use tempfile::TempDir;

/// A place that keeps what is stored there when its store is closed.
pub(crate) trait Place: Default {
    type Store: Checkpointer + Clone;

    fn open(&self) -> Self::Store;
}

#[derive(Default)]
pub(crate) struct Memory(MemorySaver);

impl Place for Memory {
    type Store = MemorySaver;

    fn open(&self) -> MemorySaver {
        self.0.clone()
    }
}

/// A directory with a store of this kind.
pub(crate) struct Disk<S>(TempDir, PhantomData<S>);

impl<S> Default for Disk<S> {
    fn default() -> Disk<S> {
        Disk(tempfile::tempdir().unwrap(), PhantomData)
    }
}

impl Place for Disk<SledSaver> {
    type Store = SledSaver;

    fn open(&self) -> SledSaver {
        SledSaver::open(self.0.path().join("store")).unwrap()
    }
}

impl Place for Disk<RedbSaver> {
    type Store = RedbSaver;

    fn open(&self) -> RedbSaver {
        RedbSaver::open(self.0.path().join("store")).unwrap()
    }
}

/// A store that is open, and what goes with it when it is closed.
pub(crate) struct Opened<S> {
    pub(crate) store: S,
    pub(crate) graph: Graph<Living>,
    /// The graph over the same store, each call of which waits before and after its work.
    late: Graph<Living>,
    pub(crate) plan: Arc<Plan>,
}

impl<S: Checkpointer + Clone> Opened<S> {
    pub(crate) fn new(store: S) -> Opened<S> {
        let plan = Arc::<Plan>::default();
        let graph = Living::builder().context(Arc::clone(&plan)).checkpointer(store.clone()).step_limit(LIMIT).build();
        let late = Faulty::new(store.clone()).late();
        let late = Living::builder().context(Arc::clone(&plan)).checkpointer(late).step_limit(LIMIT).build();
        Opened { store, graph, late, plan }
    }

    pub(crate) fn thread(&self, id: usize) -> Thread<Living> {
        self.graph.thread(id.to_string())
    }

    /// The thread for a call that may be dropped at any moment.
    pub(crate) fn late(&self, id: usize) -> Thread<Living> {
        self.late.thread(id.to_string())
    }
}
