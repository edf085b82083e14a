//! The conformance suite finds what a saver does wrong, and names it.

use futures_lite::future::block_on;
use graph_runtime::MemorySaver;
use graph_runtime::conformance::{self, Broken, Life};
use graph_tests::flaw::Flaw;
use graph_tests::flawed::Flawed;
use std::collections::BTreeSet;

/// Each flaw, with the case that is named after the promise it breaks.
const FLAWS: [(Flaw, &str); 79] = [
    (Flaw::IgnoresTheHead, "an_append_on_an_older_head_is_a_conflict"),
    (Flaw::IgnoresTheHead, "a_first_append_on_a_thread_that_has_run_is_a_conflict"),
    (Flaw::IgnoresTheHash, "an_append_on_another_hash_is_a_conflict"),
    (Flaw::ComparesTooEarly, "of_many_runners_on_one_thread_one_wins_each_checkpoint"),
    (Flaw::KeepsTheFirstHead, "an_appended_record_becomes_the_head"),
    (Flaw::StoresWhatItRefuses, "an_append_on_a_thread_that_never_ran_is_a_conflict"),
    (Flaw::HidesWrittenAppends, "a_read_sees_the_appends_called_before_it"),
    (Flaw::StoresDroppedAppends, "a_dropped_append_is_stored_wholly_or_not_at_all"),
    (Flaw::CutsRecords, "a_record_reads_back_as_it_was_written"),
    (Flaw::FindsTheNewestOnly, "every_record_is_found_by_its_number"),
    (Flaw::GuessesRecords, "an_unknown_checkpoint_has_no_record"),
    (Flaw::OldestFirst, "a_range_is_newest_first"),
    (Flaw::IncludesTheEnd, "a_range_ends_before_the_given_checkpoint"),
    (Flaw::IgnoresTheLimit, "a_range_is_limited"),
    (Flaw::ForgetsEntries, "entries_read_back_in_the_order_of_their_names"),
    (Flaw::KeepsTheFirstEntry, "an_entry_put_again_replaces_its_bytes"),
    (Flaw::EntriesBackwards, "entries_read_back_in_the_order_of_their_names"),
    (Flaw::EntriesBesideAnyHead, "an_entry_on_another_head_is_a_conflict"),
    (Flaw::EntriesBesideAnyHead, "an_entry_on_another_hash_is_a_conflict"),
    (Flaw::EntriesOfTheParent, "entries_stay_beside_their_checkpoint"),
    (Flaw::KeepsTheStatus, "an_entry_changes_the_status"),
    (Flaw::InventsAStatus, "an_entry_without_a_status_leaves_the_head"),
    (Flaw::ForgetsDeliveries, "a_delivery_reads_back_as_it_was_written"),
    (Flaw::ReplacesDeliveries, "a_delivery_under_a_name_that_is_there_changes_nothing"),
    (Flaw::ClaimsDeliveries, "a_delivery_under_a_name_that_is_there_changes_nothing"),
    (Flaw::FoldsDeliveries, "names_of_deliveries_are_told_apart"),
    (Flaw::MixesThreads, "deliveries_of_other_threads_are_not_seen"),
    (Flaw::DeliversBesideTheHead, "deliveries_outlast_the_head_they_were_made_on"),
    (Flaw::DeliversWithoutTheStatus, "a_delivery_changes_the_status_and_nothing_else_of_the_head"),
    (Flaw::DeliversWithAStatus, "a_delivery_without_a_status_leaves_the_head"),
    (Flaw::KeepsTheStatus, "a_thread_that_has_a_reply_goes_on"),
    (Flaw::FallsAsleep, "a_thread_that_has_a_reply_does_not_fall_asleep"),
    (Flaw::AppendsAsleep, "a_thread_that_has_a_reply_does_not_fall_asleep"),
    (Flaw::DeliversTheStatusAgain, "a_delivery_under_a_name_that_is_there_changes_nothing"),
    (Flaw::DeliversOnAnyHead, "a_delivery_on_another_head_is_a_conflict"),
    (Flaw::DeliversOnAnyHead, "a_delivery_on_another_hash_is_a_conflict"),
    (Flaw::DeliversOnAnyHead, "a_delivery_on_a_thread_that_never_ran_is_a_conflict"),
    (Flaw::DeliversBeforeItCompares, "a_delivery_is_compared_with_the_head_before_its_name"),
    (Flaw::CutsDeliveries, "a_delivery_reads_back_as_it_was_written"),
    (Flaw::DeliversTwice, "of_deliveries_of_one_name_side_by_side_the_first_is_kept"),
    (Flaw::HidesWrittenAppends, "deliveries_and_appends_are_ordered_as_they_were_called"),
    (Flaw::ListsTheDeliveryBefore, "deliveries_are_listed_page_by_page"),
    (Flaw::IgnoresTheLimitOfDeliveries, "deliveries_are_listed_page_by_page"),
    (Flaw::KeepsDeliveries, "a_deleted_thread_gives_its_names_free"),
    (Flaw::ForgetsWhenDue, "a_head_reads_back_as_it_was_written"),
    (Flaw::EndsWhatIsDue, "only_an_append_changes_when_a_thread_is_due"),
    (Flaw::NewestFirst, "newer_records_are_oldest_first"),
    (Flaw::IncludesTheBeginning, "newer_records_begin_behind_the_given_checkpoint"),
    (Flaw::IgnoresTheLimit, "newer_records_are_limited"),
    (Flaw::KeepsPruned, "pruned_records_are_gone_and_the_others_stay"),
    (Flaw::KeepsPrunedEntries, "a_prune_takes_the_entries_beside_what_it_removes_and_no_others"),
    (Flaw::PrunesWithoutAWord, "a_prune_puts_entries_beside_what_stays"),
    (Flaw::PrunesOnAnyHead, "a_prune_on_another_head_is_a_conflict"),
    (Flaw::PrunesTheHead, "a_prune_leaves_the_head"),
    (Flaw::PrunesAllBefore, "pruned_records_are_gone_and_the_others_stay"),
    (Flaw::PrunesAllBefore, "pruning_what_is_not_there_changes_nothing"),
    (Flaw::MixesThreads, "a_prune_leaves_the_neighbours_alone"),
    (Flaw::PrunesRequests, "a_request_goes_on_naming_a_pruned_checkpoint"),
    (Flaw::PruneMovesTheHead, "a_thread_goes_on_after_a_prune"),
    (Flaw::HidesWrittenAppends, "a_prune_takes_what_was_written_just_before"),
    (Flaw::ForgetsRequests, "a_request_finds_the_checkpoint_that_answers_it"),
    (Flaw::KeepsTheFirstRequest, "a_request_given_again_finds_the_last_checkpoint"),
    (Flaw::FoldsRequests, "requests_are_told_apart"),
    (Flaw::MixesThreads, "an_unknown_thread_has_nothing"),
    (Flaw::MixesThreads, "threads_do_not_see_each_other"),
    (Flaw::FoldsThreads, "threads_with_hostile_ids_do_not_see_each_other"),
    (Flaw::CutsThreads, "the_longest_ids_are_told_apart"),
    (Flaw::MixesGraphs, "graphs_do_not_see_each_other"),
    (Flaw::JoinsNames, "names_of_graph_and_thread_do_not_run_together"),
    (Flaw::HasNoId, "a_store_has_one_id_and_no_other_has_it"),
    (Flaw::KeepsDeleted, "a_deleted_thread_leaves_nothing"),
    (Flaw::DeletesNeighbours, "a_delete_leaves_the_neighbours_alone"),
    (Flaw::RefusesToDeleteNothing, "deleting_an_unknown_thread_is_no_error"),
    (Flaw::ThreadsBackwards, "threads_are_listed_in_the_order_of_their_ids"),
    (Flaw::IncludesTheStart, "a_listing_pages_without_gaps"),
    (Flaw::NeedsTheStart, "a_listing_begins_after_an_id_that_no_thread_has"),
    (Flaw::IgnoresTheLimitOfThreads, "a_listing_is_limited"),
    (Flaw::ListsAnotherHead, "a_listing_shows_the_head_of_each_thread"),
    (Flaw::RefusesToFlush, "a_flush_changes_nothing"),
];

fn found(flaw: Flaw) -> Result<(), Broken> {
    block_on(conformance::check(Life::Volatile, async |_| Ok(Flawed::new(flaw))))
}

fn failed(broken: &Broken) -> BTreeSet<&'static str> {
    broken.breaches().iter().map(conformance::Breach::case).collect()
}

#[test]
fn a_store_without_a_flaw_passes() {
    found(Flaw::None).unwrap();
}

/// A case that no store fails would check nothing.
#[test]
fn each_flaw_is_named_by_the_case_of_its_promise_and_every_case_can_fail() {
    let mut passed: BTreeSet<_> = conformance::cases().map(conformance::Case::name).collect();
    let forgets = conformance::check(Life::Persistent, async |_| Ok(Flawed::new(Flaw::Panics)));
    let broken = block_on(forgets).unwrap_err();
    passed.retain(|case| !failed(&broken).contains(case));
    for (flaw, case) in FLAWS {
        let broken = found(flaw).expect_err(&format!("{flaw:?} was not found"));
        assert!(failed(&broken).contains(case), "{flaw:?} is missing from `{case}`: {broken:?}");
        passed.retain(|case| !failed(&broken).contains(case));
    }
    assert_eq!(passed, BTreeSet::new());
}

#[test]
fn a_store_that_forgets_breaks_what_reopens_and_nothing_else() {
    let broken = block_on(conformance::check(Life::Persistent, async |_| Ok(MemorySaver::new()))).unwrap_err();
    for case in conformance::cases() {
        assert!(case.reopens() || !failed(&broken).contains(case.name()), "{broken:?}");
    }
    assert!(failed(&broken).contains("a_synced_append_is_there_after_a_reopen"), "{broken:?}");
}

#[test]
fn a_panic_is_a_breach_of_its_case() {
    let broken = found(Flaw::Panics).unwrap_err();
    let case = "an_unknown_checkpoint_has_no_record";
    let breach = broken.breaches().iter().find(|breach| breach.case() == case).unwrap();
    assert_eq!(breach.difference(), "the saver panicked: there is no record 0");
}

#[test]
fn a_breach_says_what_was_found_and_what_was_wanted() {
    let broken = found(Flaw::RefusesToFlush).unwrap_err();
    let wanted = "`a_flush_changes_nothing`: the flush was refused: the store failed: told to; open it again and read the thread's head";
    assert_eq!(broken.breaches().iter().map(ToString::to_string).collect::<Vec<_>>(), [wanted]);
    let volatile = conformance::cases().filter(|case| !case.reopens()).count();
    assert_eq!(broken.to_string(), format!("1 of {volatile} cases failed: {wanted}"));
    assert_eq!(format!("{broken:?}"), format!("1 of {volatile} cases failed\n  {wanted}"));

    let limit = found(Flaw::IgnoresTheLimit).unwrap_err();
    let limit = limit.breaches().iter().find(|breach| breach.case() == "a_range_is_limited").unwrap();
    let range = "range of ThreadKey { graph: \"Agent\", thread: \"a\" } before None, at most 0: found [(5, 9000 bytes ";
    assert!(limit.difference().starts_with(range), "{limit}");
}

#[test]
fn a_store_that_does_not_open_fails_every_case() {
    let refused = async |_: &str| -> Result<MemorySaver, _> { Err(graph_runtime::StoreError::Closed) };
    let broken = block_on(conformance::check(Life::Persistent, refused)).unwrap_err();
    assert_eq!(broken.breaches().len(), conformance::cases().count());
    assert_eq!(broken.breaches()[0].difference(), "opening the store was refused: the store is closed; open it again");
}

#[test]
fn names_of_cases_are_unique_and_fit_for_a_directory() {
    let names: BTreeSet<_> = conformance::cases().map(conformance::Case::name).collect();
    assert_eq!(names.len(), conformance::cases().count());
    for name in names {
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'), "{name}");
    }
}
