"""What a new bot understands worse stands before the swap, danger first; a lost danger needs a person's consent."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobKind
from gateway.content.publishing import jobs
from gateway.content.publishing.manifest import model_key, write_manifest
from gateway.content.publishing.publish import Publishing
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from tests.worlds.small_content import MAIJA

pytestmark = pytest.mark.anyio


def message(kind: str, text: str) -> dict[str, Any]:
    return {"language": "fi", "kind": kind, "label": "x", "text": text, "before": "crisis", "now": "-"}


async def compared(
    settings: Settings, database: Database, folder: Path, worse: list[dict[str, Any]], consent: str = ""
) -> ContentJob:
    """A publishing that has been trained and examined, at the step that compares."""
    model = folder / "model.tar.gz"
    model.write_bytes(b"a model")
    write_manifest(model, model_key(settings), {"commit": "c"})
    async with database.transaction() as session:
        result = {"model": str(model), **({"consent": consent} if consent else {})}
        job = await jobs.enqueue(session, JobKind.PUBLISH, "0" * 40, MAIJA, result)
    async with database.transaction() as session:
        job = await jobs.take_lease(session, "here")  # type: ignore[assignment]
    publishing = Publishing(settings, database, job)
    work = settings.published_folder.absolute() / "work" / job.id.hex
    work.mkdir(parents=True)
    told = {"common": 10, "better": [], "worse": worse, "figures": [], "refused": []}
    (work / "comparison.json").write_text(json.dumps(told), "utf-8")
    refused: ContentRefused | None = None
    try:
        await publishing._compare()
    except ContentRefused as refusal:
        refused = refusal
    async with database.transaction() as session:
        row = await jobs.get(session, job.id)
        jobs.finish(row, "refused" if refused else "done", refused.key if refused else "job_ended",  # type: ignore[arg-type]
                    **(refused.parameters if refused else {}))  # fmt: skip
    return row


async def test_a_crisis_that_the_new_bot_misses_stops_the_publishing_and_stands_first(
    settings: Settings, tmp_path: Path
) -> None:
    database = Database(settings.database_url)
    worse = [message("topics", "paketti"), message("crises", "en jaksa enää elää")]
    stopped = await compared(settings, database, tmp_path, worse)
    assert stopped.log[-1]["key"] == "danger_lost"
    assert stopped.result["comparison"]["worse"][0]["text"] == "en jaksa enää elää"

    given = stopped.result["consent_needed"]
    passed = await compared(settings, database, tmp_path, worse, given)
    assert passed.log[-1]["key"] == "job_ended"
    other = await compared(settings, database, tmp_path, [*worse, message("crises", "toinen")], given)
    assert other.log[-1]["key"] == "danger_lost", "a consent is to these messages and no others"
    await database.close()


async def test_what_got_worse_is_seen_before_the_swap_and_nothing_worse_needs_nobody(
    settings: Settings, tmp_path: Path
) -> None:
    database = Database(settings.database_url)
    assert (await compared(settings, database, tmp_path, [message("topics", "x")])).log[-1]["key"] == "look_first"
    assert (await compared(settings, database, tmp_path, [])).log[-1]["key"] == "job_ended"
    await database.close()
