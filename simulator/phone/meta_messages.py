"""What a simulated phone can send on Messenger and Instagram: the kinds of WhatsApp that exist there, and links."""

from typing import Any

from simulator.core.config import MetaAccount
from simulator.core.identifiers import new_message_id
from simulator.core.models import Author, Message, Phone, Platform, Status, as_record
from simulator.phone.messages import BadDraft, Draft, build
from simulator.simulator import Simulator
from simulator.webhooks.meta_bodies import INBOX_APP, ends, item_of

_KINDS = frozenset(
    {"text", "button_reply", "image", "video", "voice", "audio", "document", "sticker", "location", "reaction"}
    | {"edit", "revoke", "link"}
)


def send_to_account(simulator: Simulator, phone: Phone, kind: str, fields: dict[str, Any]) -> Message:
    """Send from a phone on Messenger or Instagram. Raises `BadDraft` with a sentence when it cannot send that."""
    account = _account(simulator, phone)
    draft = _draft(simulator, phone, kind, fields)
    message = Message(
        id=new_message_id(),
        phone_id=phone.id,
        business_number=account.id,
        author=Author.CITIZEN,
        at=simulator.clock.now(),
        kind=draft.kind,
        content=draft.content,
        status=Status.SENT,
        quoted=draft.quoted,
    )
    about = simulator.state.messages.get(draft.quoted or "")
    simulator.record("message", message=as_record(message))
    simulator.show(message.id)
    for changed in (message.quoted, draft.content.get("message_id"), draft.content.get("original_message_id")):
        if changed in simulator.state.messages:
            simulator.show(str(changed))
    simulator.account_webhooks[account.id].send(
        item_of(account, phone, message, about), lambda: _mark_delivered(simulator, message.id)
    )
    return message


def answer_in_inbox(simulator: Simulator, phone_id: str, text: str) -> None:
    """A colleague answers a citizen in the platform's own inbox: an echo that no application of ours has sent."""
    phone = simulator.state.phones[phone_id]
    account = _account(simulator, phone)
    echo = {"mid": new_message_id(), "is_echo": True, "text": text, "app_id": INBOX_APP}
    if account.platform == Platform.INSTAGRAM:
        del echo["app_id"]
    value = {**ends(account.id, phone.user_id, simulator.clock.now()), "message": echo}
    simulator.account_webhooks[account.id].send(value)


def give_control(simulator: Simulator, phone_id: str, app_id: str) -> None:
    """The platform passes control of a conversation to an application."""
    phone = simulator.state.phones[phone_id]
    account = _account(simulator, phone)
    control = {"pass_thread_control": {"new_owner_app_id": int(app_id), "metadata": ""}}
    simulator.account_webhooks[account.id].send({**ends(phone.user_id, account.id, simulator.clock.now()), **control})


def _account(simulator: Simulator, phone: Phone) -> MetaAccount:
    account = simulator.config.account_on(phone.platform)
    if account is None:
        raise BadDraft(f"{phone.platform.capitalize()} is not simulated here.")
    return account


def _draft(simulator: Simulator, phone: Phone, kind: str, fields: dict[str, Any]) -> Draft:
    if kind not in _KINDS:
        raise BadDraft(f"{phone.platform.capitalize()} has no {kind!r}.")
    if kind == "revoke" and phone.platform == Platform.MESSENGER:
        raise BadDraft("Messenger tells nobody of a message that was taken back.")
    if kind == "link":
        is_first = not simulator.state.by_phone.get(phone.id)
        return Draft("link", {"ref": str(fields.get("ref") or ""), "first": is_first})
    return build(simulator.state, phone, kind, fields)


def _mark_delivered(simulator: Simulator, message_id: str) -> None:
    message = simulator.state.messages.get(message_id)
    if message is not None and message.may_become(Status.DELIVERED):
        simulator.record("status", id=message_id, status=Status.DELIVERED)
        simulator.show(message_id)
