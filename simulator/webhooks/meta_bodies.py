"""Webhook bodies of Messenger and Instagram, as Meta writes them in 2026.

Sources: the pages of Meta's webhook references of the Messenger and the Instagram Platform (2026 copies).
"""

from typing import Any

from simulator.core.config import MetaAccount
from simulator.core.models import Message, Phone, Platform, Status

Value = dict[str, Any]
_FILES = {"image": "image", "video": "video", "audio": "audio", "document": "file"}
# The application of the Page's own inbox.
INBOX_APP = 263902037430900


def ends(sender: str, recipient: str, at: float) -> Value:
    """Who wrote to whom, and when in milliseconds."""
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": int(at * 1000)}


def item_of(account: MetaAccount, phone: Phone, message: Message, about: Message | None) -> Value:
    """The update that tells of something that a citizen did."""
    return {**ends(phone.user_id, account.id, message.at), **_content_of(account, message, about)}


def _content_of(account: MetaAccount, message: Message, about: Message | None) -> Value:
    content = message.content
    if message.kind == "interactive":
        return _tapped(message, about)
    if message.kind == "reaction":
        emoji = content.get("emoji")
        return {"reaction": {"mid": content["message_id"], "action": "react" if emoji else "unreact", "emoji": emoji}}
    if message.kind == "edit":
        edit = {"mid": content["original_message_id"], "text": content["message"]["text"]["body"], "num_edit": 1}
        return {"message_edit": edit}
    if message.kind == "revoke":
        return {"message": {"mid": content["original_message_id"], "is_deleted": True}}
    if message.kind == "link":
        return _link(message)
    return {"message": {"mid": message.id, **_quoted(message), **_words_or_file(message)}}


def _tapped(message: Message, about: Message | None) -> Value:
    choice = message.content["button_reply"]
    if about is not None and about.content.get("quick"):
        return {"message": {"mid": message.id, "text": choice["title"], "quick_reply": {"payload": choice["id"]}}}
    return {"postback": {"mid": message.id, "title": choice["title"], "payload": choice["id"]}}


def _link(message: Message) -> Value:
    referral = {"ref": message.content["ref"], "source": "SHORTLINK", "type": "OPEN_THREAD"}
    if message.content.get("first"):
        start = {"mid": message.id, "title": "Aloita", "payload": "GET_STARTED", "referral": referral}
        return {"postback": start}
    return {"referral": referral}


def _quoted(message: Message) -> Value:
    return {"reply_to": {"mid": message.quoted}} if message.quoted else {}


def _words_or_file(message: Message) -> Value:
    if message.kind == "text":
        return {"text": message.content["body"]}
    if message.kind == "sticker":
        return _attachment("sticker", {"url": "https://cdn.example/sticker", "sticker_id": 369239263222822})
    if message.kind == "location":
        account = {"lat": message.content["latitude"], "long": message.content["longitude"]}
        return _attachment("location", {"coordinates": account})
    kind = _FILES[message.kind]
    words = {"text": message.content["caption"]} if message.content.get("caption") else {}
    return {**words, **_attachment(kind, {"url": f"https://cdn.example/{kind}/{message.content['id']}"})}


def _attachment(kind: str, payload: Value) -> Value:
    return {"attachments": [{"type": kind, "payload": payload}]}


def echo_of(account: MetaAccount, phone: Phone, message: Message) -> Value:
    """Our own message, told to every application of the account; Instagram does not say who wrote it."""
    echo: Value = {"mid": message.id, "is_echo": True, "text": str(message.content.get("body") or "")}
    if account.platform == Platform.MESSENGER:
        echo |= {"app_id": int(account.app_id)}
        echo |= {"metadata": message.reference} if message.reference else {}
    return {**ends(account.id, phone.user_id, message.at), "message": echo}


def status_of(account: MetaAccount, phone: Phone, message: Message, status: Status, at: float) -> Value | None:
    """The update that tells of a status; Instagram has no deliveries."""
    reached = int(at * 1000)
    if account.platform == Platform.INSTAGRAM:
        return {**ends(phone.user_id, account.id, at), "read": {"mid": message.id}} if status == Status.READ else None
    content = {"mids": [message.id], "watermark": reached} if status == Status.DELIVERED else {"watermark": reached}
    return {**ends(phone.user_id, account.id, at), "delivery" if status == Status.DELIVERED else "read": content}


def account_envelope(account: MetaAccount, values: list[Value], style: int) -> Value:
    """One body with all these updates: one entry for all (0, 2) or one for each (1); a standby goes beside."""
    groups = [[value] for value in values] if style == 1 else [values]
    kind = "page" if account.platform == Platform.MESSENGER else "instagram"
    return {"object": kind, "entry": [_entry(account, group) for group in groups]}


def _entry(account: MetaAccount, values: list[Value]) -> Value:
    entry: Value = {"id": account.id, "time": max(int(value.get("timestamp", 0)) for value in values)}
    heard = [value["standby"] for value in values if "standby" in value]
    told = [value for value in values if "standby" not in value]
    return {**entry, **({"messaging": told} if told else {}), **({"standby": heard} if heard else {})}
