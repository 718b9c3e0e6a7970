"""Checks that the doctor says of a certificate what is wrong with it, as its own connection hears it."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.ops import doctor

pytestmark = pytest.mark.anyio


def certificate(folder: Path, days: int) -> Path:
    """A key and a certificate of 127.0.0.1 that ends in so many days, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    ends = now() + dt.timedelta(days=days, hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - dt.timedelta(days=365))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{days}.pem"
    plain = serialization.NoEncryption()
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(*kinds, plain) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("days", "grade", "words"),
    [
        (-3, "BAD", "is not valid: certificate has expired"),
        (5, "BAD", "is valid for 5 more days"),
        (90, "ok", "is valid for 90 more days"),
    ],
)
async def test_a_certificate_that_ended_or_ends_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, grade: str, words: str
) -> None:
    path = certificate(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    found = list[doctor.Finding]()
    try:
        async for finding in doctor._public_address(Settings(public_url=f"https://127.0.0.1:{port}")):
            found.append(finding)
            break
    finally:
        server.close()

    assert [(each.grade, each.part, each.words) for each in found] == [(grade, "certificate", words)]


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("no-such-name.invalid", "not seen: no address is known for no-such-name.invalid from here"),
        ("127.0.0.1:1", "not seen: 127.0.0.1 gives none (ConnectionRefusedError); does the proxy run?"),
    ],
)
async def test_an_address_that_leads_nowhere_is_said_in_words(host: str, words: str) -> None:
    found = [finding async for finding in doctor._public_address(Settings(public_url=f"https://{host}"))]

    assert [(each.grade, each.part, each.words) for each in found] == [("BAD", "certificate", words)]
