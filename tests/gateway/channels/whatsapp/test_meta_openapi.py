"""Checks of station 5 with an independent referee: Meta's own OpenAPI description of what may be sent.

Skipped, with a sentence, unless NEUVO_META_OPENAPI points to the file that Meta publishes.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from gateway.channels.whatsapp.channel import message_body, typing_body
from gateway.conversations.messages import Choice, Recipient, Reply

CITIZEN = Recipient(business_number="1", phone="358401234567")
CHOICES = tuple(Choice(id=f"topic:t{number}", title=f"Aihe {number}") for number in range(5))
REPLIES = {
    "text": Reply(text="Hei! *Soita 112.*"),
    "buttons": Reply(text="Valitse", choices=CHOICES[:3]),
    "list": Reply(text="Valitse", choices=CHOICES, list_button="Vaihtoehdot"),
}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    path = os.environ.get("NEUVO_META_OPENAPI", "")
    if not path or not Path(path).is_file():
        pytest.skip("Meta's OpenAPI file is not here (NEUVO_META_OPENAPI), so outgoing bodies were not checked by it.")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(Path(path).read_text("utf-8"), Loader=loader)  # a safe loader, only faster
    return content


def merged(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """One object of an `allOf`: Meta forbids additional properties in each part, which no body could satisfy."""
    if "$ref" in schema:
        return merged(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if "allOf" not in schema:
        return schema
    parts = [merged(part, schemas) for part in schema["allOf"]]
    properties = {name: value for part in parts for name, value in part.get("properties", {}).items()}
    required = [name for part in parts for name in part.get("required", [])]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def validator(description: dict[str, Any], name: str) -> Draft202012Validator:
    schemas = description["components"]["schemas"]
    return Draft202012Validator({**merged(schemas[name], schemas), "components": description["components"]})


@pytest.mark.parametrize(
    ("kind", "name"), [("text", "TextMessage"), ("buttons", "InteractiveMessage"), ("list", "InteractiveMessage")]
)
def test_what_we_send_is_what_meta_describes(description: dict[str, Any], kind: str, name: str) -> None:
    content = message_body(CITIZEN, REPLIES[kind], "reference")
    # Documented on Meta's webhook pages, but missing from this description.
    del content["biz_opaque_callback_data"]

    errors = [error.message for error in validator(description, name).iter_errors(content)]

    assert not errors


def test_the_referee_sees_a_wrong_body(description: dict[str, Any]) -> None:
    content = message_body(CITIZEN, REPLIES["text"], "reference")
    del content["biz_opaque_callback_data"]
    content["text"]["bdy"] = content["text"].pop("body")

    assert list(validator(description, "TextMessage").iter_errors(content))


def test_a_body_of_typing_names_the_message_that_was_read() -> None:
    assert typing_body("wamid.A") == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.A",
        "typing_indicator": {"type": "text"},
    }
