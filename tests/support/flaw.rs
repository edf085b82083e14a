//! What a store can do wrong.

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// Appends on any head.
    IgnoresTheHead,
    /// Compares only the number of the head.
    IgnoresTheHash,
    /// Compares the head, waits, then writes.
    ComparesTooEarly,
    /// Answers with the head that the thread had first.
    KeepsTheFirstHead,
    /// Stores the record of an append that it refuses because it is too early.
    StoresWhatItRefuses,
    /// Keeps written appends to itself until the next write.
    HidesWrittenAppends,
    /// Stores an append whose future was dropped when the head has been read.
    StoresDroppedAppends,
    /// Keeps the first 65,535 bytes of a record.
    CutsRecords,
    /// Finds the record of the head and no other.
    FindsTheNewestOnly,
    /// Answers with the next older record when there is none.
    GuessesRecords,
    /// Lists records oldest first.
    OldestFirst,
    /// Lists the record that the range ends before.
    IncludesTheEnd,
    /// Lists every record.
    IgnoresTheLimit,
    /// Lists newer records newest first.
    NewestFirst,
    /// Lists the record that newer ones come after.
    IncludesTheBeginning,
    /// Acknowledges a prune and does nothing.
    KeepsPruned,
    /// Leaves the entries beside a record that it removes.
    KeepsPrunedEntries,
    /// Removes and forgets the entries that tell of it.
    PrunesWithoutAWord,
    /// Prunes on any head.
    PrunesOnAnyHead,
    /// Shows no record of a head that was to be pruned.
    PrunesTheHead,
    /// Removes all records up to the newest that it is told to.
    PrunesAllBefore,
    /// Forgets the requests of pruned checkpoints.
    PrunesRequests,
    /// Takes a prune for a change of the head.
    PruneMovesTheHead,
    /// Acknowledges entries and forgets them.
    ForgetsEntries,
    /// Lets an entry that is there already stand.
    KeepsTheFirstEntry,
    /// Lists entries newest name first.
    EntriesBackwards,
    /// Puts entries beside any head.
    EntriesBesideAnyHead,
    /// Shows the entries of the checkpoint before.
    EntriesOfTheParent,
    /// Ignores the status of an entry.
    KeepsTheStatus,
    /// Takes every entry for the end of the run.
    InventsAStatus,
    /// Acknowledges deliveries and forgets them.
    ForgetsDeliveries,
    /// Replaces what was delivered under a name.
    ReplacesDeliveries,
    /// Says of every delivery that it was new.
    ClaimsDeliveries,
    /// Takes deliveries on any head.
    DeliversOnAnyHead,
    /// Looks at the name of a delivery before it looks at the head.
    DeliversBeforeItCompares,
    /// Keeps deliveries beside the head.
    DeliversBesideTheHead,
    /// Changes the status for a delivery that it refuses.
    DeliversTheStatusAgain,
    /// Ignores the status of a delivery.
    DeliversWithoutTheStatus,
    /// Takes every delivery for the end of the pause.
    DeliversWithAStatus,
    /// Lets an entry pause a thread that has a reply.
    FallsAsleep,
    /// Lets an append pause a thread that has a reply.
    AppendsAsleep,
    /// Takes names of deliveries for the same that differ in case only.
    FoldsDeliveries,
    /// Keeps the first 65,535 bytes of a delivery.
    CutsDeliveries,
    /// Keeps what was delivered to a thread that is deleted.
    KeepsDeliveries,
    /// Looks for a delivery, waits, then takes another one of that name.
    DeliversTwice,
    /// Lists the delivery that a page comes after.
    ListsTheDeliveryBefore,
    /// Lists every delivery.
    IgnoresTheLimitOfDeliveries,
    /// Forgets when a thread is due.
    ForgetsWhenDue,
    /// Forgets when a thread is due as soon as something lies beside its head.
    EndsWhatIsDue,
    /// Forgets request ids.
    ForgetsRequests,
    /// Lets a request that is there already stand.
    KeepsTheFirstRequest,
    /// Takes requests for the same that differ in case only.
    FoldsRequests,
    /// Takes all threads of a graph for one.
    MixesThreads,
    /// Takes threads for the same that differ in case only.
    FoldsThreads,
    /// Keeps the first 254 bytes of a thread's id.
    CutsThreads,
    /// Keeps the threads of all graphs together.
    MixesGraphs,
    /// Joins the names of graph and thread.
    JoinsNames,
    /// Gives every handle the id of another store.
    HasNoId,
    /// Acknowledges a delete and does nothing.
    KeepsDeleted,
    /// Deletes every thread whose id begins with the given one.
    DeletesNeighbours,
    /// Answers that an unknown thread cannot be deleted.
    RefusesToDeleteNothing,
    /// Lists threads backwards.
    ThreadsBackwards,
    /// Begins a page with the thread that it comes after.
    IncludesTheStart,
    /// Finds no page after an id that no thread has.
    NeedsTheStart,
    /// Lists every thread.
    IgnoresTheLimitOfThreads,
    /// Lists threads with the time of the listing.
    ListsAnotherHead,
    /// Fails to flush.
    RefusesToFlush,
    /// Panics where an unknown record is read.
    Panics,
}
