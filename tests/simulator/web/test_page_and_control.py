"""The page's own routes, the back door for tests, and where neither may be."""

import re
import subprocess
import sys

import httpx2
import pytest
import yaml
from fastapi import FastAPI

from simulator import Delays, SimulatorConfig, SimulatorRefused, create_simulator
from simulator.web.wording import LANGUAGES, STATIC, TEMPLATES, WORDING, words_in
from tests.worlds.simulator_stage import CONTROL, MakeStage, Receiver, Stage, config_for

pytestmark = pytest.mark.anyio

WITH_CONTROL = {"Authorization": f"Bearer {CONTROL}"}


def test_production_refuses_the_simulator_with_a_sentence() -> None:
    with pytest.raises(SimulatorRefused, match="must not run in production"):
        create_simulator(SimulatorConfig(webhook_url="", app_secret="", access_token="", environment="production"))


async def test_the_simulator_imports_nothing_else_of_the_gateway() -> None:
    program = (
        "import sys, simulator; "
        "print([name for name in sys.modules if name.startswith('gateway.') "
        "and not name.startswith('simulator') and name != 'gateway.channels'])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ["/control/phones", "/control/faults", "/control/wire", "/control/refused"])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, {"Authorization": "Bearer "}])
async def test_the_back_door_needs_its_token(stage: Stage, path: str, headers: dict[str, str]) -> None:
    assert (await stage.client.get(path, headers=headers)).status_code == 403


async def test_without_a_token_in_the_settings_the_back_door_is_shut(make_stage: MakeStage) -> None:
    stage = make_stage(control_token=None)
    for token in ("", "None"):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await stage.client.get("/control/phones", headers=headers)).status_code == 403


async def test_another_process_can_play_a_whole_conversation(stage: Stage, receiver: Receiver) -> None:
    client = stage.client
    client.headers.update(WITH_CONTROL)
    phone = (await client.post("/control/phones", json={"name": "Aino"})).json()
    await client.post(f"/control/phones/{phone['id']}/messages", json={"kind": "text", "text": "hei"})
    headers = {"Authorization": "Bearer access-token"}
    body = {"messaging_product": "whatsapp", "to": f"+{phone['number']}", "type": "text", "text": {"body": "Hei!"}}
    sent = await client.post("/graph/v25.0/106540352242922/messages", json=body, headers=headers)
    received = (await client.get(f"/control/phones/{phone['id']}/received?wait=5")).json()
    assert [message["text"] for message in received] == ["Hei!"]
    assert (await client.get(f"/control/phones/{phone['id']}/received?after=1")).json() == []
    assert (await client.post("/control/settle")).json() == {"settled": True}
    wamid = sent.json()["messages"][0]["id"]
    assert (await client.get(f"/control/messages/{wamid}")).json()["status"] == "delivered"
    await client.patch(f"/control/phones/{phone['id']}", json={"close_window": True})
    await client.post("/graph/v25.0/106540352242922/messages", json=body, headers=headers)
    await client.post("/control/settle")
    assert (await client.get("/control/failed")).json()[0]["error_code"] == 131047
    await client.post("/graph/v25.0/1/messages", json=body, headers=headers)
    assert (await client.get("/control/refused")).json()[0]["code"] == 100
    summary = (await client.get("/control/summary")).json()
    assert summary == {"phones": 1, "from_citizens": 1, "from_service": 2, "refused": 1, "webhooks_given_up": 0}
    await client.post("/control/forget")
    assert (await client.get("/control/phones")).json() == []


async def test_faults_are_ordered_and_cleared_from_outside_and_mistakes_are_named(stage: Stage) -> None:
    client = stage.client
    client.headers.update(WITH_CONTROL)
    faults = {"duplicate_share": 0.5, "graph": [{"kind": "reset", "times": 3}]}
    ordered = await client.put("/control/faults", json=faults)
    assert ordered.status_code == 200
    assert stage.simulator.faults.current.graph[0].times == 3
    assert (await client.put("/control/faults", json={"duplicat_share": 1})).status_code == 422
    await client.delete("/control/faults")
    assert stage.simulator.faults.current.graph == []
    before = stage.simulator.clock.now()
    await client.post("/control/clock?seconds=3600")
    assert stage.simulator.clock.now() - before >= 3600
    assert (await client.post("/control/handshake?verify_token=verify-token")).json() == {"registered": True}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_three_languages_without_inline_code(stage: Stage, language: str) -> None:
    page = await stage.client.get(f"/?language={language}")
    assert f'<html lang="{language}">' in page.text
    assert words_in(language)["new_phone"] in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page.text)


async def test_an_unknown_language_gets_finnish(stage: Stage) -> None:
    assert '<html lang="fi">' in (await stage.client.get("/?language=xx")).text


async def test_under_a_mount_every_address_begins_with_the_mount(receiver: Receiver) -> None:
    gateway, simulator = FastAPI(), create_simulator(config_for(receiver))
    gateway.mount("/simulator", simulator)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=gateway), base_url="http://gateway") as client:
        page = await client.get("/simulator", follow_redirects=True)
        addresses = re.findall(r'(?:src|href)="(/[^"]*)"', page.text)
        assert len(addresses) >= 5
        assert {address.rpartition("/")[0] for address in addresses} == {"/simulator/static"}
        for address in addresses:
            assert (await client.get(address)).status_code == 200
        assert 'data-base="/simulator"' in page.text
    await simulator.state.simulator.close()


def test_every_phrase_is_in_three_languages_and_is_used() -> None:
    phrases = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    sources = [*STATIC.glob("*.js"), TEMPLATES / "simulator" / "phone.html"]
    used = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    for key, phrase in phrases.items():
        assert set(phrase) == set(LANGUAGES), key
        dynamic = key in LANGUAGES or key.startswith(("status_", "wire_"))
        assert dynamic or f"words.{key}" in used or f'"{key}"' in used, f"nothing says {key!r}"


def test_the_scripts_never_put_words_into_markup() -> None:
    for script in STATIC.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"(inner|outer|Adjacent)HTML|document\.write|\beval\(|new Function", text), script


async def test_the_page_refuses_what_another_site_asks_of_it(stage: Stage) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await stage.client.post("/phones", json={"name": "x"}, headers=foreign)).status_code == 403
    assert (await stage.client.post("/phones", content='{"name":"x"}')).status_code == 422


async def test_a_view_of_a_conversation_has_no_unarrived_replies(make_stage: MakeStage) -> None:
    stage = make_stage(delays=Delays(sent=0, delivered=0.2, read=0))
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino)
    first = (await stage.client.get(f"/phones/{aino.id}")).json()
    assert [message["author"] for message in first["messages"]] == ["citizen"]
    await stage.simulator.settled()
    second = (await stage.client.get(f"/phones/{aino.id}")).json()
    assert [message["author"] for message in second["messages"]] == ["citizen", "service"]
    assert (await stage.client.get("/phones/nobody")).status_code == 404


async def test_bad_requests_of_the_page_are_answered_with_the_reason(stage: Stage) -> None:
    aino = stage.citizen()
    wrong = await stage.client.post(f"/phones/{aino.id}/messages", json={"kind": "telepathy"})
    assert wrong.status_code == 422
    assert "cannot send 'telepathy'" in wrong.json()["detail"]
    assert (await stage.client.post("/phones/nobody/messages", json={"kind": "text"})).status_code == 404
