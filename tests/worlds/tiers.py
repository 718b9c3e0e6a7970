"""How thoroughly tests run: `make check` is for everybody, all day; `NEUVO_THOROUGH=1 make check` is `.ci/run`.

What is exhaustive by repetition (examples that a machine thinks of, orders of events, every role at every route, both
databases, the cases of one test, pages in every language, colour and width) is thin in the first and full in the
second. A few of the dearest tests run in the second only. Of what is thin each day has another share, so that
`make check` sees all of it in time; `NEUVO_TEST_DAY=2026-12-24` is that day's again.
"""

import datetime as dt
import os
import sys
import zlib

import pytest

THOROUGH = os.environ.get("NEUVO_THOROUGH") == "1"
# The Makefile sets it: all lanes of a run that passes midnight are of one day.
DAY = dt.date.fromisoformat(os.environ.setdefault("NEUVO_TEST_DAY", dt.date.today().isoformat()))

# Every test that needs a database runs on SQLite, which `make run` gives everybody. In `make check` these run on
# PostgreSQL too, because the database itself is what they are about. Thoroughly, all do.
ON_BOTH = {
    "gateway/accounts/test_administration.py::test_two_browsers_with_one_invitation_make_one_account": "a race",
    "gateway/accounts/test_audit.py": "one chain of several processes, and a table that only grows",
    "gateway/accounts/test_sign_in.py::test_a_code_counts_once_even_when_two_browsers_send_it_at_once": "a race",
    "gateway/accounts/test_sign_in.py::test_a_hundred_guesses_at_once_are_no_more_than_five_tries": "a race",
    "gateway/accounts/test_sign_in.py::test_a_path_that_no_database_stores_is_refused_and_recorded": "characters",
    "gateway/accounts/test_sign_in.py::test_a_success_that_ends_while_another_try_begins_is_no_error": "a race",
    "gateway/accounts/test_sign_in.py::test_right_codes_at_once_after_a_wrong_one_are_one_session_and_no_error": (
        "a race"
    ),
    "gateway/accounts/test_unavailable.py": "outages",
    "gateway/console/test_access_log.py": "rows that two pages of a session write at once",
    "gateway/test_permissions.py": "every door, also where a database refuses what the other stores",
    "gateway/analytics/test_counts.py::test_processes_that_fold_at_once_count_everything_once": "several processes",
    "gateway/bulletins/test_road.py::test_two_processes_tell_each_follower_once": "several processes",
    "gateway/bulletins/test_road.py::test_two_who_approve_at_once_publish_once": "a race",
    "gateway/content/publishing/test_jobs.py": "one job at a time across processes",
    "gateway/core/http/test_clean_input.py": "values that one database takes and the other does not",
    "gateway/core/test_database_roles.py": "roles, which only PostgreSQL has",
    "gateway/core/test_leases.py": "several processes, of which any may die",
    "gateway/core/test_pubsub.py": "signals, which only one of the two carries to other processes",
    "gateway/core/test_rate_limit.py": "rows that several processes count in",
    "gateway/handover/test_attachments_road.py::"
    "test_a_file_is_sealed_opens_only_in_its_conversation_and_goes_with_it": "bytes, and what goes with a row",
    "gateway/handover/test_feedback.py::test_the_answer_counts_once_is_thanked_for_and_goes_to_no_engine": (
        "a row that is locked while it is answered"
    ),
    "gateway/handover/test_invitations.py": "two processes, and moments that each compares in its own way",
    "gateway/handover/test_ownership.py::test_two_requests_at_once_are_one_entry": "a race",
    "gateway/handover/test_road.py::test_whenever_the_officer_claims_the_bot_is_silent_afterwards": "a race",
    "gateway/handover/test_state_machine.py": "many races of two claims",
    "gateway/inbox/test_batch_of_events.py": "upserts and locks of a whole batch",
    "gateway/inbox/test_poison_records.py": "outages, and rows that one refuses and the other does not",
    "gateway/inbox/test_spool.py": "outages",
    "gateway/migrations/test_migrations.py": "migrations",
    "gateway/ops/test_backup.py": "what is copied from one is put into the other",
    "gateway/ops/test_internal.py::test_without_a_database_the_figures_say_so_and_come_all_the_same": "an outage",
    "gateway/ops/test_parts.py::test_with_many_rows_a_look_at_what_waits_stays_short": "the plans that each chooses",
    "gateway/ops/test_key_rotation.py": "beside processes that write",
    "gateway/ops/test_trace.py": "what is read of one is read of the other",
    "gateway/ops/test_tidy.py": "timestamps, which each compares in its own way",
    "gateway/outbox/test_dispatch.py": "rows that are locked, and skipped where others hold them",
    "gateway/outbox/test_gate.py": "constraints, which keep what is unasked from going around the gate",
    "gateway/test_nothing_in_clear.py": "what is left on the disk",
    "gateway/test_road.py::test_two_citizens_are_answered_side_by_side_and_one_citizen_one_at_a_time": "locks",
    "gateway/webchat/test_road.py::test_a_message_is_kept_while_the_database_is_away_and_answered_when_it_is_back": (
        "an outage"
    ),
    "gateway/webchat/test_road.py::test_page_and_stream_bear_it_when_the_database_is_away": "an outage",
}
# What costs most and of which something near it runs in `make check`.
ONLY_THOROUGHLY = {
    "gateway/channels/whatsapp/test_captured_bodies.py::"
    "test_fresh_bodies_posted_three_times_are_stored_once_and_each_text_has_one_turn_and_one_reply": (
        "original bodies are stored, and derived ones are answered"
    ),
    "gateway/content/publishing/test_publish.py::"
    "test_training_that_dies_is_a_sentence_and_a_runner_that_stops_goes_on_elsewhere_to_the_end": (
        "jobs that end badly are in test_jobs.py; this one trains"
    ),
    "gateway/content/test_commands.py::"
    "test_a_job_that_its_operator_interrupts_is_cancelled_and_no_process_goes_on_with_it": (
        "cancelling is in test_jobs.py; this one starts Rasa"
    ),
    "gateway/test_processes.py::test_a_process_that_ends_in_peace_leaves_nothing_for_the_others_to_wait_for": (
        "the one that is killed stays"
    ),
    "gateway/test_processes.py::"
    "test_a_process_that_stands_still_while_it_sorts_keeps_the_others_waiting_no_longer_than_a_lease": (
        "leases are in core/test_leases.py"
    ),
    "gateway/test_processes.py::test_two_processes_share_what_waits_and_ask_about_no_talk_twice_at_once": (
        "the one in which a process dies shares too"
    ),
}
_FIRST, _OTHER = "[sqlite", "[postgresql"
# Cases of one test with a database that run in `make check`, on each database: the first, and one more.
_CASES = 2
# In what a page is looked at. What it does there is the same: a test that has one of these runs in one view.
_VIEWS = frozenset({"language", "scheme", "size", "width"})
_IN_CHROMIUM = ("tests/browser/", "tests/whole/")


def times(few: int, many: int) -> int:
    """How often something is repeated: few times in `make check`, many thoroughly."""
    return many if THOROUGH else few


def is_of_today(number: int, days: int) -> bool:
    """Whether the thing of this number runs today: each one once in so many days, and thoroughly always."""
    return THOROUGH or (number + DAY.toordinal()) % days == 0


def examples(usual: int) -> int:
    """How many examples Hypothesis makes: a fifth of the usual, at least ten; thoroughly twice the usual."""
    return times(max(usual // 5, 10), usual * 2)


def told() -> str:
    """Which share of the tests this run has, for whoever reads its end."""
    if THOROUGH:
        return "Thoroughly: every case, both databases, every view."
    return f"The share of {DAY}: NEUVO_TEST_DAY={DAY} has it again, NEUVO_THOROUGH=1 has everything."


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this tier does not ask for.

    That is PostgreSQL's twin of a test, what costs most, all but one view of a page, and all but two cases of a test
    with a database. Whoever names a single test means all of it.
    """
    if THOROUGH or any("::" in argument for argument in config.args):
        return
    there = {item.nodeid for item in items}
    left, kept = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        is_twin = _OTHER in item.nodeid and item.nodeid.replace(_OTHER, _FIRST, 1) in there
        is_left = (is_twin and not is_on_both(item.nodeid)) or _test(item.nodeid) in ONLY_THOROUGHLY
        (left if is_left else kept).append(item)
    run = cases_to_run(kept)
    left += [item for item in kept if item.nodeid not in run]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in kept if item.nodeid in run]


def cases_to_run(items: list[pytest.Item]) -> set[str]:
    """The ids of what runs: of a page's views one, of the cases of a test with a database two, of others all.

    Which case follows from the test's name and the day: so every language, colour, channel and role has its share of
    each day, and each case its day.
    """
    cases: dict[tuple[str, str, int], list[str]] = {}
    for item in items:
        cases.setdefault((_test(item.nodeid), _database(item.nodeid), _most(item)), []).append(item.nodeid)
    run: set[str] = set()
    for (name, _, most), ids in cases.items():
        place = zlib.crc32(name.encode()) + DAY.toordinal()
        if most == 1:
            run.add(sorted(ids)[place % len(ids)])
        elif len(ids) <= most:
            run.update(ids)
        else:
            run.update((ids[0], ids[1 + place % (len(ids) - 1)]))
    return run


def _most(item: pytest.Item) -> int:
    """How many cases of this item's test run."""
    given = getattr(item, "callspec", None)
    if item.nodeid.startswith(_IN_CHROMIUM) and given is not None and given.params.keys() & _VIEWS:
        return 1
    return _CASES if "database_url" in getattr(item, "fixturenames", ()) else sys.maxsize


def _database(test: str) -> str:
    return next((each for each in (_FIRST, _OTHER) if each in test), "")


def _test(test: str) -> str:
    return test.removeprefix("tests/").partition("[")[0]


def is_on_both(test: str) -> bool:
    """Whether a test, by its node id, is in the list."""
    return _test(test) in ON_BOTH or _test(test).partition("::")[0] in ON_BOTH
