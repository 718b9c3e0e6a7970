"""Identifiers of the form that Meta's have.

A wamid is base64 of a small record that carries the phone number in the clear, so whoever logs a wamid logs a
number; the simulator keeps that, so that such a leak is found here.
"""

import base64
import hashlib
import secrets

from simulator.core.models import Author


def new_wamid(subject: str, author: Author) -> str:
    """The id of a WhatsApp message, over the digits (or business-scoped id) of the citizen."""
    name = subject.encode()[:255]
    # A message typed on a phone has 20 hexadecimal digits that begin with 3A, one sent by the API 18.
    if author == Author.CITIZEN:
        mark, unique = b"\x12\x18\x14", ("3A" + secrets.token_hex(9)).upper()
    else:
        mark, unique = b"\x11\x18\x12", secrets.token_hex(9).upper()
    record = b"\x1c\x18" + bytes([len(name)]) + name + b"\x15\x02\x00" + mark + unique.encode() + b"\x00"
    return "wamid." + base64.b64encode(record).decode()


def subject_of_wamid(wamid: str) -> str:
    """Whom a wamid names: the digits or the business-scoped id. Raises `ValueError` for another string."""
    record = base64.b64decode(wamid.removeprefix("wamid."), validate=True)
    if not wamid.startswith("wamid.") or len(record) < 3 or record[:2] != b"\x1c\x18":
        raise ValueError("This is not the id of a WhatsApp message.")
    return record[3 : 3 + record[2]].decode()


def new_user_id(country: str = "FI", *, parent: bool = False) -> str:
    """A business-scoped user id: the country, a dot (and `ENT.` for a parent id), digits."""
    return f"{country}.{'ENT.' if parent else ''}{secrets.randbelow(9 * 10**16) + 10**16}"


def new_scoped_id() -> str:
    """A person as a Page or account knows them: digits that mean nothing elsewhere."""
    return str(secrets.randbelow(9 * 10**15) + 10**15)


def new_message_id() -> str:
    """The id of a message on Messenger or Instagram."""
    return "m_" + secrets.token_urlsafe(48)


def new_trace_id() -> str:
    """Meta's `fbtrace_id`."""
    return "A" + secrets.token_urlsafe(17)[:22]


def new_media_id() -> str:
    """The id of a file."""
    return str(secrets.randbelow(9 * 10**14) + 10**14)


def checksum(content: bytes) -> str:
    """Meta's `sha256` of a file: the digest in base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
