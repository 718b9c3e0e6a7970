"""Checks of files that a service gives to Meta: kept, named in a message, shown on the phone, and refused."""

from typing import Any

import httpx2
import pytest

from simulator import Citizen
from tests.worlds.simulator_stage import NUMBER, TOKEN, MakeStage, Stage

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
async def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


@pytest.fixture
async def aino(stage: Stage) -> Citizen:
    citizen = stage.citizen()
    citizen.writes("hei")
    await stage.simulator.settled()
    return citizen


async def upload(stage: Stage, content: bytes, kind: str, number: str = NUMBER, **fields: str) -> httpx2.Response:
    return await stage.client.post(
        f"/graph/v25.0/{number}/media",
        data={"messaging_product": "whatsapp", "type": kind, **fields},
        files={"file": ("file", content, kind)},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


async def test_an_uploaded_picture_arrives_and_the_phone_shows_it(stage: Stage, aino: Citizen) -> None:
    media_id = (await upload(stage, PNG, "image/png")).json()["id"]
    answer = await stage.send(aino, "image", {"id": media_id, "caption": "näin"})
    got = await aino.next_reply()
    shown = await stage.client.get(f"/uploads/{media_id}")

    assert answer.status_code == 200
    assert (got.kind, got.text, got.content["id"]) == ("image", "näin", media_id)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("content", "kind", "more", "code"),
    [
        (b"", "image/png", {}, 131053),
        (PNG + bytes(5 * 1024 * 1024), "image/png", {}, 131053),
        (b"<svg/>", "image/svg+xml", {}, 100),
        (PNG, "image/png", {"number": "1"}, 100),
        (PNG, "image/png", {"messaging_product": "sms"}, 100),
    ],
)
async def test_what_meta_would_not_take_is_refused(
    stage: Stage, content: bytes, kind: str, more: dict[str, Any], code: int
) -> None:
    answer = await upload(stage, content, kind, **more)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert stage.simulator.log.refused()[-1].code == code


async def test_a_message_names_only_files_that_are_there_and_of_its_type(stage: Stage, aino: Citizen) -> None:
    media_id = (await upload(stage, b"%PDF-1.7", "application/pdf")).json()["id"]
    wrong = await stage.send(aino, "image", {"id": media_id})
    unknown = await stage.send(aino, "document", {"id": "1"})
    right = await stage.send(aino, "document", {"id": media_id, "filename": "a.pdf"})

    assert [each.status_code for each in (wrong, unknown, right)] == [400, 400, 200]
