"""How thoroughly tests run: `make check` is for everybody, all day; `NEUVO_THOROUGH=1 make check` is `.ci/run`.

What is exhaustive by repetition (examples that a machine thinks of, orders of events, every role at every route, both
databases, pages in every language, colour and width) is thin in the first and full in the second.
"""

import os
import zlib

import pytest

THOROUGH = os.environ.get("NEUVO_THOROUGH") == "1"

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
    "gateway/test_every_role.py": "values that one takes and the other refuses",
    "gateway/test_nothing_in_clear.py": "what is left on the disk",
    "gateway/test_open_routes.py": "values that one takes and the other refuses",
    "gateway/test_road.py::test_two_citizens_are_answered_side_by_side_and_one_citizen_one_at_a_time": "locks",
    "gateway/webchat/test_road.py::test_a_message_is_kept_while_the_database_is_away_and_answered_when_it_is_back": (
        "an outage"
    ),
    "gateway/webchat/test_road.py::test_page_and_stream_bear_it_when_the_database_is_away": "an outage",
}
_FIRST, _OTHER = "[sqlite", "[postgresql"
# In what a page is looked at. What it does there is the same: a test that has one of these runs in one view.
_VIEWS = frozenset({"language", "scheme", "size", "width"})
_IN_CHROMIUM = ("tests/browser/", "tests/whole/")


def times(few: int, many: int) -> int:
    """How often something is repeated: few times in `make check`, many thoroughly."""
    return many if THOROUGH else few


def examples(usual: int) -> int:
    """How many examples Hypothesis makes: a fifth of the usual, at least ten; thoroughly twice the usual."""
    return times(max(usual // 5, 10), usual * 2)


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this tier does not ask for: PostgreSQL's twin of a test, and all but one view of a page.

    Whoever names a single test means all of it.
    """
    if THOROUGH or any("::" in argument for argument in config.args):
        return
    there = {item.nodeid for item in items}
    views = views_to_run(items)
    left, kept = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        is_twin = _OTHER in item.nodeid and item.nodeid.replace(_OTHER, _FIRST, 1) in there
        is_left = (is_twin and not is_on_both(item.nodeid)) or views.get(_function(item), item.nodeid) != item.nodeid
        (left if is_left else kept).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


def views_to_run(items: list[pytest.Item]) -> dict[str, str]:
    """For each test of the browser that runs in several views, the id of the one that `make check` runs.

    Which one follows from the test's name: so every language, scheme and width has its share of them.
    """
    views: dict[str, list[str]] = {}
    for item in items:
        spec = getattr(item, "callspec", None)
        if _function(item).startswith(_IN_CHROMIUM) and spec is not None and spec.params.keys() & _VIEWS:
            views.setdefault(_function(item), []).append(item.nodeid)
    return {name: sorted(ids)[zlib.crc32(name.encode()) % len(ids)] for name, ids in views.items()}


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def is_on_both(test: str) -> bool:
    """Whether a test, by its node id, is in the list."""
    path, _, name = test.removeprefix("tests/").partition("::")
    return path in ON_BOTH or f"{path}::{name.partition('[')[0]}" in ON_BOTH
