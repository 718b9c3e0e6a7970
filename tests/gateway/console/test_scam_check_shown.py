"""The officer sees beside a pasted message what the check says of it, in their own language."""

import pytest
from sqlalchemy import select

from gateway.console.timeline import CitizenSaid, load_timeline
from gateway.conversations.models import Conversation
from gateway.service import Service
from tests.gateway.inbox.test_scam_checks import PASTED, deliver
from tests.worlds import whatsapp_bodies as bodies

pytestmark = pytest.mark.anyio


async def test_the_check_stands_beside_its_message_and_beside_no_other(service: Service) -> None:
    await deliver(service, bodies.message(body=PASTED))
    await deliver(service, bodies.message(body="mun pyörä vietiin"))
    async with service.database.transaction() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        key = service.keyring.unwrap(conversation.wrapped_key)
        items, _ = await load_timeline(session, key, conversation, "sv", None, 10)

    pasted, plain = [item for item in items if isinstance(item, CitizenSaid)]

    assert pasted.scam_check is not None
    assert pasted.scam_check.suspicion == "många tecken på bluff"
    assert pasted.scam_check.reasons[0] == "en avsändares namn i någon annans adress (vero-refund.info)"
    assert pasted.scam_check.domains == ("vero-refund.info",)
    assert plain.scam_check is None
