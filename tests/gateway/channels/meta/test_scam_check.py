"""A pasted message on Messenger and Instagram is taken apart and stripped like one on WhatsApp."""

import json

import pytest

from gateway.conversations.scam_checks import ScamChecks, parts_of
from gateway.core.config.settings import PROJECT
from gateway.inbox.process_events import process_messages
from gateway.inbox.store import store_delivery
from gateway.service import Service
from simulator import Platform
from tests.gateway.inbox.test_scam_checks import PASTED, contents
from tests.worlds import meta_bodies as bodies

pytestmark = pytest.mark.anyio


async def test_a_pasted_message_is_checked_on_every_channel_of_meta(service: Service, platform: Platform) -> None:
    name = platform.value
    pasted = bodies.body(bodies.text(PASTED, name), platform=name)
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels[name], pasted)
    async with service.database.transaction() as session:
        await process_messages(session, service.keyring, service.idle, checks=ScamChecks(PROJECT / "data", None))

    (content,) = await contents(service)
    parts = parts_of(content)

    assert parts is not None
    assert (parts.sender, parts.domains) == ("vero", ("vero-refund.info",))
    for private in ("Matti", "131052", "hetu", "FI21"):
        assert private not in json.dumps(content)
