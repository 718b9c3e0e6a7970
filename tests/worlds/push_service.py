"""A push service of the tests own: it takes what RFC 8030 says, checks the signature, decrypts as a browser would."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from gateway.handover.web_push import PushAddress, decode, encode

AUTH = b"sixteen bytes ok"


@dataclass
class PushService:
    """One browser's address, what arrived there, and with which status the service answers."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    status: int = 201
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        """Listen on a port of this machine."""
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                service.paths.append(self.path)
                service.take({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(service.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        """Its address, as the signature must name it."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def address(self) -> PushAddress:
        """What the browser gives to the page."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return PushAddress(f"{self.origin}/push/one-browser", encode(public), encode(AUTH))

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Keep one push, decrypted; the signature must hold."""
        claims = verified(headers["authorization"])
        assert claims["aud"] == self.origin
        self.received.append(json.loads(decrypt(self.key, AUTH, body)))
        self.headers.append(headers)
        self.bodies.append(body)  # last: tests wait for it, in another thread


def _hmac(key: bytes, *parts: bytes) -> bytes:
    mac = HMAC(key, hashes.SHA256())
    for part in parts:
        mac.update(part)
    return mac.finalize()


def decrypt(key: ec.EllipticCurvePrivateKey, auth: bytes, body: bytes) -> bytes:
    """RFC 8291, section 3.4, step by step, with HMAC alone, as the receiver."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert len(sealed) <= size
    ours = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    material = _hmac(_hmac(auth, shared), b"WebPush: info\x00" + ours + sender + b"\x01")
    pseudo = _hmac(salt, material)
    content_key = _hmac(pseudo, b"Content-Encoding: aes128gcm\x00\x01")[:16]
    nonce = _hmac(pseudo, b"Content-Encoding: nonce\x00\x01")[:12]
    padded = AESGCM(content_key).decrypt(nonce, sealed, None)
    content, _, rest = padded.rpartition(b"\x02")
    assert not rest.strip(b"\x00")
    return content


def verified(header: str) -> dict[str, Any]:
    """The claims of an `Authorization: vapid …`, whose signature must be of the key that stands beside it."""
    scheme, _, rest = header.partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    raw = decode(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(parts["k"]))
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
    claims: dict[str, Any] = json.loads(decode(signed.split(".")[1]))
    return claims
