"""What a thumb can do on Messenger and Instagram: the deeds of WhatsApp that exist there, and links of ours."""

from typing import TYPE_CHECKING, Any

from gateway.channels.simulator.config import Place
from gateway.channels.simulator.memory.identifiers import new_message_id
from gateway.channels.simulator.memory.model import Message, Phone, as_record
from gateway.channels.simulator.pages.bodies import INBOX_APP, ends, item_of
from gateway.channels.simulator.phone.messages import BadDraft, Draft, build

if TYPE_CHECKING:
    from gateway.channels.simulator.core import Simulator

_KINDS = frozenset(
    {"text", "button_reply", "image", "video", "voice", "audio", "document", "sticker", "location", "reaction"}
    | {"edit", "revoke", "link"}
)


def send_to_page(simulator: "Simulator", phone: Phone, kind: str, fields: dict[str, Any]) -> Message:
    """Send from a phone on Messenger or Instagram. Raises `BadDraft` with a sentence when it cannot send that."""
    place = _place(simulator, phone)
    draft = _draft(simulator, phone, kind, fields)
    message = Message(
        id=new_message_id(),
        phone_id=phone.id,
        business_number=place.id,
        author="citizen",
        at=simulator.clock.now(),
        kind=draft.kind,
        content=draft.content,
        status="sent",
        quoted=draft.quoted,
    )
    about = simulator.state.messages.get(draft.quoted or "")
    simulator.record("message", message=as_record(message))
    simulator.show(message.id)
    for changed in (message.quoted, draft.content.get("message_id"), draft.content.get("original_message_id")):
        if changed in simulator.state.messages:
            simulator.show(str(changed))
    simulator.postmen[place.id].post(item_of(place, phone, message, about), lambda: _taken(simulator, message.id))
    return message


def answer_in_inbox(simulator: "Simulator", phone_id: str, text: str) -> None:
    """A colleague answers a citizen in the platform's own inbox: an echo that no application of ours has sent."""
    phone = simulator.state.phones[phone_id]
    place = _place(simulator, phone)
    echo = {"mid": new_message_id(), "is_echo": True, "text": text, "app_id": INBOX_APP}
    if place.platform == "instagram":
        del echo["app_id"]
    value = {**ends(place.id, phone.user_id, simulator.clock.now()), "message": echo}
    simulator.postmen[place.id].post(value)


def give_control(simulator: "Simulator", phone_id: str, app_id: str) -> None:
    """The platform gives a talk to an application."""
    phone = simulator.state.phones[phone_id]
    place = _place(simulator, phone)
    control = {"pass_thread_control": {"new_owner_app_id": int(app_id), "metadata": ""}}
    simulator.postmen[place.id].post({**ends(phone.user_id, place.id, simulator.clock.now()), **control})


def _place(simulator: "Simulator", phone: Phone) -> Place:
    place = simulator.config.place_on(phone.platform)
    if place is None:
        raise BadDraft(f"Nobody plays {phone.platform} here.")
    return place


def _draft(simulator: "Simulator", phone: Phone, kind: str, fields: dict[str, Any]) -> Draft:
    if kind not in _KINDS:
        raise BadDraft(f"{phone.platform.capitalize()} has no {kind!r}.")
    if kind == "revoke" and phone.platform == "messenger":
        raise BadDraft("Messenger tells nobody of a message that was taken back.")
    if kind == "link":
        is_first = not simulator.state.by_phone.get(phone.id)
        return Draft("link", {"ref": str(fields.get("ref") or ""), "first": is_first})
    return build(simulator.state, phone, kind, fields)


def _taken(simulator: "Simulator", message_id: str) -> None:
    message = simulator.state.messages.get(message_id)
    if message is not None and message.may_become("delivered"):
        simulator.record("status", id=message_id, status="delivered")
        simulator.show(message_id)
