"""Checks of stations 0 to 2: whatever a signed body holds it is 200, and a bad update costs its neighbours nothing."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from gateway.app import create_app
from gateway.channels.meta.json import MOST_LEVELS, without_depths
from gateway.channels.whatsapp.payloads import read_events
from gateway.core.config.settings import Settings
from tests.worlds import tiers
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.mutated_updates import ENDLESS, nested, spoiled
from tests.worlds.scripted_engine import ScriptedEngine

QUIET = settings(
    max_examples=tiers.examples(120),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def body_of(spoiled_one: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> bytes:
    """The spoiled update between two good ones, a message and a status, and one more in a change of its own."""
    document = json.loads(bodies.body(before, after, statuses=(bodies.status("read", before["id"] + "S"),)))
    value = document["entry"][0]["changes"][0]["value"]
    value["messages" if "status" not in spoiled_one else "statuses"].insert(1, spoiled_one)
    return json.dumps(document).replace(f'"{ENDLESS}"', "9" * 5000).encode()


@given(spoiled())
@settings(max_examples=tiers.examples(300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_neighbours_of_a_spoiled_update_are_read(update: dict[str, Any]) -> None:
    before, after = bodies.message(sender="358401"), bodies.message(sender="358402")
    events = read_events(body_of(update, before, after))
    read = {event.message.external_id for event in events if event.message}

    assert {before["id"], after["id"]} <= read
    assert [event for event in events if event.status and event.status.external_id == before["id"] + "S"]
    assert all(event.model_dump_json().encode() for event in events)


@pytest.mark.parametrize("levels", [60, 900, 5_000, 200_000])
def test_an_update_nested_beyond_all_measure_spoils_no_neighbour(levels: int) -> None:
    before, after = bodies.message(), bodies.message()
    mark = {**bodies.message(), "deep": "HERE"}
    content = body_of(mark, before, after).replace(b'"HERE"', b"[" * levels + b"]" * levels)

    assert {event.unique_id for event in read_events(content) if event.message} == {
        before["id"],
        mark["id"],
        after["id"],
    }


@pytest.mark.parametrize("levels", [1, 10, 400, 3_000])
def test_edits_of_edits_of_edits_are_one_event(levels: int) -> None:
    inner = '{"type":"text","text":{"body":"x"}}'
    for _ in range(levels):
        inner = f'{{"type":"edit","edit":{{"original_message_id":"wamid.A","message":{inner}}}}}'
    marked = {**bodies.message("edit"), "edit": {"original_message_id": "wamid.A", "message": "HERE"}}
    (event,) = read_events(bodies.body(marked).replace(b'"HERE"', inner.encode()))

    assert event.message is not None
    assert (event.message.kind, event.message.text) == ("edit", None)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
@settings(deadline=None, max_examples=tiers.examples(150))
def test_cutting_depths_keeps_what_is_not_deep(content: Any) -> None:
    written = json.dumps(content).encode()

    assert without_depths(written) == written
    flat = json.loads(without_depths(written, 2))
    assert flat == (_cut(content, 2))


def _cut(content: Any, levels: int) -> Any:
    if isinstance(content, list):
        return [_cut(each, levels - 1) for each in content] if levels else None
    if isinstance(content, dict):
        return {key: _cut(each, levels - 1) for key, each in content.items()} if levels else None
    return content


def test_the_deepest_level_that_is_kept_is_the_limit() -> None:
    deepest = json.loads(without_depths(json.dumps(nested(MOST_LEVELS + 5)).encode()))
    levels = 0
    while deepest:
        levels, deepest = levels + 1, deepest[0]

    assert levels == MOST_LEVELS


@pytest.fixture(scope="module")
def post(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bytes], int]]:
    """A whole gateway with its loops running; a 500 is raised where it happens."""
    folder = tmp_path_factory.mktemp("spoiled")
    (folder / "neuvo.db").write_bytes(migrated_sqlite.read_bytes())
    chosen = Settings(
        database_url=f"sqlite:///{folder / 'neuvo.db'}",
        state_dir=folder,
        simulator=False,
        turn_hold=0.0,
        graph_base_url="http://127.0.0.1:9",  # nobody listens there: replies wait, which is not looked at here
    )
    with TestClient(create_app(chosen, ScriptedEngine()), base_url="http://localhost") as client:
        yield (
            lambda content: (
                client.post("/webhooks/whatsapp", content=content, headers=bodies.signed(content, chosen)).status_code
            )
        )
        _settle(folder / "neuvo.db")


def _settle(path: Path) -> None:
    """All that was delivered is sorted: not one event is left or was set aside."""
    engine = create_engine(f"sqlite:///{path}")
    ends = time.monotonic() + 30
    waiting = 1
    while waiting and time.monotonic() < ends:
        with engine.connect() as connection:
            waiting = connection.execute(text("SELECT count(*) FROM inbox_event WHERE state = 'new'")).scalar_one()
            failed = connection.execute(text("SELECT reason FROM inbox_event WHERE state = 'failed'")).all()
        time.sleep(0.1)
    engine.dispose()
    assert (waiting, failed) == (0, [])


@given(update=spoiled())
@QUIET
def test_a_spoiled_body_is_200_at_the_door_of_a_running_gateway(
    post: Callable[[bytes], int], update: dict[str, Any]
) -> None:
    assert post(body_of(update, bodies.message(sender="358401"), bodies.message(sender="358402"))) == 200


@given(content=st.binary(max_size=400) | st.text(max_size=400).map(lambda words: words.encode("utf-8", "replace")))
@QUIET
def test_bytes_of_any_kind_are_200_when_they_are_signed(post: Callable[[bytes], int], content: bytes) -> None:
    assert post(content) == 200
