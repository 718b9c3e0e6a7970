"""Checks that production judges itself: every unsafe setting is named in words, and the service does not start."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.cli import first_sentence
from gateway.core.config.samples import SAMPLE_DATA_KEY
from gateway.core.config.settings import Settings
from tests.worlds.production import data_key, production, secret

SAMPLE_BYTES = SAMPLE_DATA_KEY.partition(":")[2]


def key_of(content: bytes) -> str:
    return "own:" + base64.b64encode(content).decode()


OIDC = {
    "oidc_issuer": "https://login.police.fi",
    "oidc_client_id": "neuvo",
    "oidc_client_secret": secret("oidc"),
    "oidc_role_mapping": "a=officer",
}

UNSAFE: list[tuple[dict[str, Any], str]] = [
    ({"data_key": f"own:{SAMPLE_BYTES}"}, "the sample under another name"),
    ({"data_key": f"{data_key('a')},old:{SAMPLE_BYTES}"}, "'old' is the sample"),
    ({"data_key": key_of(bytes(32))}, "is not random"),
    ({"data_key": key_of(b"01" * 16)}, "is not random"),
    ({"data_key": key_of(b"The police of Helsinki may advise")[:-4] + "c2U="}, "NEUVO_DATA_KEY 'own'"),
    ({"data_key": key_of(bytes(range(31)))}, "not 32 bytes"),
    ({"data_key": "own:%%%"}, "is not base64"),
    ({"data_key": f"{data_key('a')},{data_key('a')}"}, "two keys of one name"),
    ({"secret_key": "x"}, "NEUVO_SECRET_KEY can be guessed"),
    ({"secret_key": "x" * 40}, "NEUVO_SECRET_KEY can be guessed"),
    ({"rasa_token": secret("secret_key")}, "NEUVO_RASA_TOKEN, NEUVO_SECRET_KEY are the same"),
    ({"public_url": "http://neuvo.police.fi"}, "NEUVO_PUBLIC_URL=http://neuvo.police.fi is not https"),
    ({"public_url": "https://localhost"}, "no address that citizens can reach"),
    ({"public_url": "https://10.0.0.4"}, "no address that citizens can reach"),
    ({"public_url": "https://[::1]:8443"}, "no address that citizens can reach"),
    ({"trusted_proxies": ""}, "NEUVO_TRUSTED_PROXIES is empty"),
    ({"trusted_proxies": "0.0.0.0/0"}, "in which strangers live"),
    ({"trusted_proxies": "proxy"}, "NEUVO_TRUSTED_PROXIES wants addresses"),
    ({**OIDC, "oidc_client_secret": ""}, "without NEUVO_OIDC_CLIENT_SECRET"),
    ({**OIDC, "oidc_role_mapping": ""}, "without NEUVO_OIDC_ROLE_MAPPING"),
    ({**OIDC, "oidc_client_secret": "short"}, "NEUVO_OIDC_CLIENT_SECRET can be guessed"),
    ({**OIDC, "oidc_issuer": "http://login.police.fi"}, "NEUVO_OIDC_ISSUER=http://login.police.fi is not https"),
    ({"oidc_client_secret": secret("oidc")}, "NEUVO_OIDC_CLIENT_SECRET without NEUVO_OIDC_ISSUER"),
    ({"redis_url": "redis://redis:6379/0"}, "NEUVO_REDIS_URL has no password"),
    ({"graph_base_url": "http://graph.facebook.com"}, "NEUVO_GRAPH_BASE_URL"),
    ({"content_remote": "http://git.police.fi/words"}, "NEUVO_CONTENT_REMOTE"),
    ({"chat_exit_url": "http://yle.fi/"}, "NEUVO_CHAT_EXIT_URL"),
    ({"chat_embed_origins": "https://poliisi.fi,http://nuoret.fi"}, "NEUVO_CHAT_EMBED_ORIGINS: http://nuoret.fi"),
    ({"erased_list_days": 10}, "NEUVO_ERASED_LIST_DAYS=10"),
]


@pytest.mark.parametrize(("changes", "said"), UNSAFE, ids=[f"{said} {list(each)[-1]}" for each, said in UNSAFE])
def test_production_refuses_what_is_unsafe_and_says_which_setting_it_is(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as caught:
        production(**changes)

    assert said in first_sentence(caught.value)


@pytest.mark.parametrize("days", [-1, 0, 36_500])
def test_no_environment_keeps_texts_for_ever_or_for_less_than_a_day(days: int) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, text_retention_days=days)

    assert "NEUVO_TEXT_RETENTION_DAYS" in first_sentence(caught.value)


def test_all_that_is_wrong_is_said_at_once_a_line_each() -> None:
    with pytest.raises(ValueError) as caught:
        production(secret_key="x", public_url="http://localhost", trusted_proxies="")

    said = first_sentence(caught.value).splitlines()
    assert len(said) == 4
    assert all(line.startswith("NEUVO_") and line.endswith(".") for line in said)


def test_what_is_refused_is_not_quoted() -> None:
    with pytest.raises(ValueError) as caught:
        production(secret_key="guessable", rasa_token="guessable")

    assert "guessable" not in str(caught.value)


def test_production_with_an_identity_provider_and_redis_starts() -> None:
    assert production(**OIDC, redis_url="redis://:word@redis:6379/0").oidc_client_id == "neuvo"


def test_development_does_not_let_others_in_while_its_secrets_are_known() -> None:
    with pytest.raises(ValueError, match="passwords everybody knows"):
        Settings(_env_file=None, host="0.0.0.0")
    with pytest.raises(ValueError, match="by which anybody signs"):
        Settings(_env_file=None, host="192.168.1.4", demonstration=False)
    assert Settings(_env_file=None, host="0.0.0.0", demonstration=False, secret_key=secret("own")).port == 8000
    assert Settings(_env_file=None, host="::1").demonstration_enabled
