//! The points, in the order of what they are about.

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A place where a test makes the program fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Point {
            $($(#[$doc])* $name,)*
        }

        impl Point {
            /// Every point.
            pub const ALL: &[Point] = &[$(Point::$name,)*];
        }
    };
}

points! {
    // A store is opened.
    /// Nothing has happened yet.
    Claim,
    /// The directory is there, its name may not last.
    DirectoryCreated,
    /// The lock file is there, and anybody's.
    LockOpened,
    /// The lock is held, its file may hold another holder's name, or none.
    LockTaken,
    /// The holder's name is written, and may not last.
    LockWritten,
    /// The lock is held, the name of its file may not last.
    Claimed,
    /// The watermark is read, or an empty one is there.
    MarkOpened,
    /// What an interrupted setup left is gone.
    SetupBegun,
    /// An engine is there under another name, and holds nothing.
    SetupOpened,
    /// It holds its padding.
    SetupPadded,
    /// Its first commit is durable.
    SetupCommitted,
    /// So are the names of all its files.
    SetupSynced,
    /// It has its name, which may not last.
    SetupNamed,
    /// What is there is opened.
    EngineOpened,
    /// The commits are counted.
    Counted,
    /// The store went back, and that is accepted.
    RollbackAccepted,
    /// The lower count is durable, the watermark still has the higher one.
    RollbackCommitted,
    /// Nobody commits yet.
    CommitterStarting,
    /// Everything is there but the handle.
    Opened,

    // sled.
    /// Nobody holds sled's own lock.
    SledUnlocked,
    /// Torn snapshots are gone.
    SledCleaned,
    /// sled is open, its log not yet for us.
    SledOpened,
    /// sled is open and its names last.
    SledReady,
    /// Some of the changes of appends are in the log.
    SledInserted,
    /// All of them are.
    SledAppended,
    /// A batch is in the log.
    SledBatched,
    /// The log is flushed and not synced.
    SledFlushed,
    /// The log is synced.
    SledSynced,
    /// sled is about to be closed.
    SledClosing,
    /// sled is closed, and about to be opened once more for its note.
    SledNoting,
    /// It has noted where its pages are.
    SledNoted,
    /// It is closed again, and what its directory says may not last yet.
    SledNoteClosed,

    // redb.
    /// The file is open, or made.
    RedbOpened,
    /// It has no table yet.
    RedbEmpty,
    /// A transaction has begun.
    RedbBegun,
    /// It holds all changes.
    RedbFilled,
    /// It is committed.
    RedbCommitted,
    /// redb is about to sync its file.
    RedbSyncing,
    /// Its free pages are about to be given back.
    RedbCompacting,
    /// They are.
    RedbCompacted,
    /// The file is about to be closed.
    RedbClosing,

    // The committer.
    /// It has taken what was handed in.
    Taken,
    /// It is about to write appends, one after the other.
    Appends,
    /// It is about to write several changes as one.
    Several,
    /// They can be read, and nobody waits until they are durable.
    Applied,
    /// What came before a removal is applied.
    Settled,
    /// What is to be removed is known.
    Scanned,
    /// All is durable, and nobody knows.
    Written,
    /// The watermark is about to be written.
    MarkWriting,
    /// The watermark is written, and nobody was told.
    Marked,

    // The calls of a store.
    /// A write is compared and not handed in, and the queue is locked.
    Admitted,
    /// A delivery is compared and not handed in, and the queue is locked.
    DeliveryAdmitted,
    /// A prune is compared and not handed in, and the queue is locked.
    PruneAdmitted,
    /// A head that nobody had in mind is read.
    HeadRead,
    /// A read has waited for the writes before it.
    ReadBegun,
    /// An append is handed in.
    AppendQueued,
    /// It is acknowledged, and its caller does not know.
    AppendAnswered,
    /// An entry is handed in.
    PendingQueued,
    /// It is acknowledged, and its caller does not know.
    PendingAnswered,
    /// A delivery is handed in.
    DeliveryQueued,
    /// It is acknowledged, and its caller does not know.
    DeliveryAnswered,
    /// A prune is handed in.
    PruneQueued,
    /// It is acknowledged, and its caller does not know.
    PruneAnswered,
    /// A deletion is handed in.
    DeleteQueued,
    /// It is acknowledged, and its caller does not know.
    DeleteAnswered,
    /// A flush waits.
    FlushQueued,
    /// It is acknowledged, and its caller does not know.
    FlushAnswered,

    // The run of a thread.
    /// The input is not stored.
    InputBegun,
    /// The input is stored.
    InputStored,
    /// A stored thread is in memory again.
    TakenUp,
    /// A step is about to run its tasks.
    StepBegun,
    /// They have run, and nothing is applied.
    StepPerformed,
    /// All is applied, and nothing is stored.
    StepSettled,
    /// The step is stored.
    StepStored,
    /// A checkpoint that was held back is stored because an effect asked for it.
    Placed,
    /// A checkpoint that was held back is about to be stored.
    SaveBegun,
    /// It is stored, and what its tasks left is not.
    SaveStored,
    /// So is what its tasks left.
    SaveKept,
    /// The store is about to be asked whether it has all that it took.
    Acknowledging,
    /// Why the run stops is about to be stored.
    Halting,
    /// It is stored.
    Halted,
    /// The thread is about to be said to wait.
    Resting,
    /// It is said to wait.
    Rested,
    /// It is said to run again.
    Woken,

    // What tasks and effects leave.
    /// A task has finished, and its writes are about to be stored.
    TaskKeeping,
    /// They are stored.
    TaskKept,
    /// An attempt has failed, and is about to be stored.
    AttemptKeeping,
    /// It is stored.
    AttemptKept,
    /// The checkpoint of an effect is synced, and not known to be the head.
    EffectSynced,
    /// The intent of an effect, or its value after it was carried out, is about to be journaled.
    EffectJournaling,
    /// It is journaled.
    EffectJournaled,

    // Replies.
    /// A reply is about to be delivered.
    ReplyDelivering,
    /// It is delivered.
    ReplyDelivered,
    /// It is acknowledged, and nobody drives the thread.
    ReplyAcknowledged,
    /// The run has found it.
    ReplyFound,
    /// The run has taken it.
    ReplyTaken,
    /// A deadline is over.
    DeadlineOver,
    /// Its default is delivered.
    DeadlineDelivered,

    // Recovery of threads.
    /// A thread to recover is found.
    Found,
    /// That it was picked up is stored.
    PickedUp,

    // The life of threads.
    /// A page is about to be pruned.
    PagePruning,
    /// It is pruned.
    PagePruned,
    /// There is no copy or import, or no longer.
    ArrivalBegun,
    /// A checkpoint has arrived.
    ArrivalAppended,
    /// An entry beside one has.
    ArrivalPut,
    /// A delivery has.
    ArrivalDelivered,
    /// All has arrived, and is not whole.
    ArrivalFinishing,
    /// It is whole.
    ArrivalFinished,
    /// A thread is about to be deleted.
    Deleting,
    /// It is deleted.
    Deleted,
    /// A cancellation is about to be stored.
    Cancelling,
    /// It is stored.
    Cancelled,
    /// A checkpoint is edited, and the new one is about to be stored.
    EditStoring,
    /// It is stored, and nobody goes on from it.
    EditStored,
    /// An export has its beginning.
    ExportBegun,
    /// A checkpoint is written to it.
    ExportWritten,
    /// All is written to it but its end.
    ExportEnding,
    /// It is whole, and its caller does not know.
    ExportEnded,
    /// The beginning of an export is read, and nothing is stored of it.
    ImportBegun,
    /// All of it is stored, its end is read, and it is no thread yet.
    ImportSettling,
    /// It is one, and its caller does not know.
    ImportSettled,
}
