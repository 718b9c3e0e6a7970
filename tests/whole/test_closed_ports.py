"""Checks of the running whole: Rasa and the action server are on loopback, behind their token, and take no orders."""

import os
import socket

import httpx2
import pytest

from gateway.core.config.settings import Settings
from tests.gateway.ops.test_internal import listening
from tests.worlds.stack import Stack

pytestmark = pytest.mark.xdist_group("stack")

TOKEN = Settings().rasa_token.get_secret_value()
# What would load another model, read talks, or put words into them.
RECEIVERS = (
    ("GET", "/status"),
    ("GET", "/domain"),
    ("PUT", "/model"),
    ("DELETE", "/model"),
    ("POST", "/model/train"),
    ("POST", "/model/parse"),
    ("GET", "/conversations/a/tracker"),
    ("POST", "/conversations/a/tracker/events"),
    ("POST", "/conversations/a/execute"),
    ("POST", "/webhooks/neuvo/webhook"),
)


def asked(stack: Stack, method: str, path: str, **more: object) -> httpx2.Response:
    return httpx2.request(method, stack.rasa_url + path, trust_env=False, timeout=20, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("method", "path"), RECEIVERS)
@pytest.mark.parametrize("token", [None, "wrong", TOKEN + "x", TOKEN.upper()])
def test_rasa_opens_no_door_without_its_token(stack: Stack, method: str, path: str, token: str | None) -> None:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    params = {} if token is None else {"token": token}
    answer = asked(stack, method, path, headers=headers, params=params, json={"text": "moi"})

    assert answer.status_code in (401, 403)
    assert "model" not in answer.text.replace("model/", "")


def test_rasa_has_no_other_channel(stack: Stack) -> None:
    for path in ("/webhooks/rest/webhook", "/webhooks/callback/webhook", "/socket.io/", "/webhooks/slack/webhook"):
        assert asked(stack, "POST", path, json={"sender": "a", "message": "moi"}).status_code in (401, 404, 405)


def test_every_process_listens_on_loopback_only(stack: Stack) -> None:
    for name in ("rasa", "actions", "gateway"):
        pid = stack.pid(name)
        assert pid is not None
        addresses = {address for address, _ in listening(pid)}
        assert addresses == {"127.0.0.1"}, name


def test_the_token_stands_in_no_process_list(stack: Stack) -> None:
    for name in ("rasa", "actions", "gateway"):
        pid = stack.pid(name)
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            assert TOKEN.encode() not in file.read(), name


@pytest.mark.parametrize(
    "words",
    ["/restart", "/session_start", '/inform{"topic": "restart"}', "{slot} {{7*7}} ${7*7}", "/", "EXTERNAL: x"],
)
def test_what_looks_like_an_order_is_answered_as_words(stack: Stack, words: str) -> None:
    talk = f"order{os.urandom(6).hex()}"
    headers = {"authorization": f"Bearer {TOKEN}"}
    body = {"conversation_id": talk, "channel": "whatsapp", "text": words}
    answer = asked(stack, "POST", "/webhooks/neuvo/webhook", headers=headers, json=body)

    assert answer.status_code == 200
    heard = answer.json()
    assert heard["replies"]
    assert heard["understood"]["topic"] not in ("restart", "session_start")
    assert "49" not in "".join(reply["text"] for reply in heard["replies"] if "{" not in reply["text"])[:200]


def test_nobody_reaches_rasa_by_another_address_of_this_machine(stack: Stack) -> None:
    port = int(stack.rasa_url.rsplit(":", 1)[1])
    others = {str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {
        "127.0.0.1"
    }
    for address in others:
        with pytest.raises(OSError):
            socket.create_connection((address, port), timeout=1).close()
