"""Handover, web push: encrypts a message for one browser (RFC 8291) and signs the request with our key (RFC 8292).

A push service is a company abroad that sees when a message comes and how long it is, and nothing else. The message
itself says what kind of alarm it is, and for which conversation by our own id: no word of anybody.
"""

import base64
import json
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.core.config.settings import Settings
from gateway.core.database import now

RECORD_SIZE: Final = 4096  # bytes; RFC 8291 allows one record
TIME_TO_LIVE: Final = 120  # seconds for which a push service keeps it; the alarm is pushed again while it lasts
TOKEN_LIFETIME: Final = 12 * 3600  # seconds; RFC 8292 allows a day
TIMEOUT: Final = 10.0  # seconds
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the group of P-256


@dataclass(frozen=True)
class PushAddress:
    """Where a browser is reached, and its keys: what `PushSubscription.toJSON()` gives."""

    endpoint: str
    p256dh: str
    auth: str


class PushGone(Exception):
    """The browser has given this address up: it is never reached by it again."""


def server_key(settings: Settings) -> ec.EllipticCurvePrivateKey:
    """Our key pair, derived from `NEUVO_SECRET_KEY`: with another secret, browsers must be set up again."""
    secret = settings.secret_key.get_secret_value().encode()
    material = HKDF(hashes.SHA256(), 48, salt=None, info=b"neuvo web push").derive(secret)
    return ec.derive_private_key(int.from_bytes(material) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key(settings: Settings) -> str:
    """Our public key, as a page gives it to its browser."""
    return encode(_point(server_key(settings).public_key()))


def encode(content: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of such a text; raises `ValueError`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encrypt(
    content: bytes,
    address: PushAddress,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push for this browser; `sender` and `salt` are new ones but in a check of the published example.

    Raises `ValueError` for keys that are none.
    """
    sender, salt = sender or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    theirs, ours = decode(address.p256dh), _point(sender.public_key())
    browser = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    shared = sender.exchange(ec.ECDH(), browser)
    material = _hkdf(decode(address.auth), shared, b"WebPush: info\x00" + theirs + ours, 32)
    key = _hkdf(salt, material, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(salt, material, b"Content-Encoding: nonce\x00", 12)
    header = salt + RECORD_SIZE.to_bytes(4) + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def authorization(settings: Settings, endpoint: str) -> str:
    """The header by which a push service knows that we sent it."""
    address = urlsplit(endpoint)
    claims = {
        "aud": f"{address.scheme}://{address.netloc}",
        "exp": int(now().timestamp()) + TOKEN_LIFETIME,
        "sub": settings.public_url,
    }
    parts = [encode(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    key = server_key(settings)
    r, s = decode_dss_signature(key.sign(".".join(parts).encode(), ec.ECDSA(hashes.SHA256())))
    token = ".".join([*parts, encode(r.to_bytes(32) + s.to_bytes(32))])
    return f"vapid t={token}, k={encode(_point(key.public_key()))}"


async def send(settings: Settings, address: PushAddress, content: bytes, *, topic: str) -> None:
    """Send one push; a newer one with the same `topic` replaces it while the browser is away.

    Raises `PushGone` for an address that is no more, `httpx2.HTTPError` when the service cannot be reached or refuses.
    """
    headers = {
        "authorization": authorization(settings, address.endpoint),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(TIME_TO_LIVE),
        "urgency": "high",
        "topic": topic[:32],
    }
    async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
        answer = await client.post(address.endpoint, content=encrypt(content, address), headers=headers)
    if answer.status_code in (404, 410):
        raise PushGone
    answer.raise_for_status()


def is_allowed(settings: Settings, endpoint: str) -> bool:
    """Whether this is an address of a push service of the setting: an officer's browser must not name any other."""
    address = urlsplit(endpoint)
    hosts = [part.strip().lower() for part in settings.push_hosts.split(",") if part.strip()]
    host = (address.hostname or "").lower()
    secure = address.scheme == "https" or (settings.environment == "development" and address.scheme == "http")
    return secure and any(host == each or (each.startswith(".") and host.endswith(each)) for each in hosts)


def _hkdf(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(material)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
