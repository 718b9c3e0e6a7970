"""Checks of release artefacts: only what was signed, is whole, and is of this data, is put in place."""

import base64
import datetime as dt
import functools
import http.server
import ipaddress
import json
import shutil
import ssl
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from supply import artefacts, release
from supply.artefacts import MANIFEST, MODEL, PROJECT, SIGNATURE, ReleaseRefused

VECTORS = "0123456789abcdef.npz"


class Place:
    """A folder with a model that was made there, and who may sign."""

    def __init__(self, folder: Path) -> None:
        self.models, self.vectors, self.key = folder / "models", folder / "vectors", folder / "key.pem"
        self.models.mkdir()
        self.vectors.mkdir()
        (self.models / MODEL).write_bytes(b"the model" * 1000)
        (self.vectors / VECTORS).write_bytes(b"the vectors" * 1000)
        self.public = release.make_key(self.key)
        self.folder = release.make(self.key, self.models, self.vectors, folder / "out")
        self.here, self.cache = folder / "here", folder / "cache"

    def take(self, where: str | None = None) -> str:
        return release.take(where or str(self.folder), self.here, self.cache)

    def nothing_is_there(self) -> bool:
        return not any(self.here.glob("*")) and not any(self.cache.glob("*"))

    def change_manifest(self, **changes: object) -> None:
        """Change the signed bytes and sign them again, as somebody with the key could."""
        content = json.dumps({**json.loads((self.folder / MANIFEST).read_bytes()), **changes}).encode()
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        (self.folder / MANIFEST).write_bytes(content)
        (self.folder / SIGNATURE).write_bytes(base64.b64encode(key.sign(content)))  # type: ignore[union-attr,call-arg]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)
    keys = tmp_path / "release-keys.txt"
    keys.write_text(f"# a comment\n{made.public}  # somebody\n", "utf-8")
    monkeypatch.setattr(release, "trusted_keys", functools.partial(artefacts.trusted_keys, keys))
    return made


def test_a_signed_release_of_this_data_is_taken_whole_and_is_not_signed_again_as_ours(place: Place) -> None:
    assert "signed" in place.take()
    assert (place.here / MODEL).read_bytes() == (place.models / MODEL).read_bytes()
    assert stat.S_IMODE((place.here / MODEL).stat().st_mode) == 0o644
    assert (place.cache / VECTORS).read_bytes() == (place.vectors / VECTORS).read_bytes()
    with pytest.raises(ReleaseRefused, match="taken from a release"):
        release.make(place.key, place.here, place.cache, place.folder.parent)
    (place.here / MODEL).write_bytes(b"trained here")
    assert release.make(place.key, place.here, place.cache, place.folder.parent).is_dir()


def test_what_was_changed_after_signing_is_never_put_in_place(place: Place) -> None:
    for name in (MODEL, VECTORS):
        kept = (place.folder / name).read_bytes()
        for changed in (kept[:-1] + b"x", kept + b"x", kept[:-1]):
            (place.folder / name).write_bytes(changed)
            shutil.rmtree(place.cache, ignore_errors=True)
            with pytest.raises(ReleaseRefused):
                place.take()
            assert not (place.here / MODEL).exists()
        (place.folder / name).write_bytes(kept)


def test_a_manifest_that_was_changed_or_is_signed_by_a_stranger_is_refused_before_anything_is_read(
    place: Place, tmp_path: Path
) -> None:
    content = (place.folder / MANIFEST).read_bytes()
    (place.folder / MANIFEST).write_bytes(content.replace(b"x86", b"x87") + b" ")
    with pytest.raises(ReleaseRefused, match="nobody"):
        place.take()
    (place.folder / MANIFEST).write_bytes(content)
    release.make_key(tmp_path / "stranger.pem")
    place.folder = release.make(tmp_path / "stranger.pem", place.models, place.vectors, tmp_path / "out")
    with pytest.raises(ReleaseRefused, match="nobody"):
        place.take()
    (place.folder / SIGNATURE).write_bytes(b"no signature")
    with pytest.raises(ReleaseRefused, match="signature"):
        place.take()
    assert place.nothing_is_there()


def test_while_nobody_is_named_no_release_is_taken(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nobody.txt").write_text("# nobody\n", "utf-8")
    monkeypatch.setattr(release, "trusted_keys", lambda: artefacts.trusted_keys(tmp_path / "nobody.txt"))
    with pytest.raises(ReleaseRefused, match="names nobody"):
        place.take()


def test_a_model_of_other_data_stays_away_and_its_vectors_help_all_the_same(place: Place) -> None:
    place.change_manifest(trained_from="0" * 64)
    with pytest.raises(ReleaseRefused, match="other data"):
        place.take()
    assert not place.here.exists()
    assert (place.cache / VECTORS).exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"machine": "z80"}, "z80"),
        ({"format": 2}, "format 2"),
        ({"model": {"name": "../../x", "sha256": "", "size": 1}}, "files that a release does not have"),
        ({"vectors": {"name": "../x.npz", "sha256": "", "size": 1}}, "files that a release does not have"),
        ({"vectors": None}, "cannot be read"),
    ],
)
def test_what_does_not_fit_here_is_refused_though_it_is_signed(
    place: Place, changes: dict[str, object], why: str
) -> None:
    place.change_manifest(**changes)
    with pytest.raises(ReleaseRefused, match=why):
        place.take()
    assert not (place.here / MODEL).exists()


def test_another_encoder_leaves_the_vectors_away(place: Place) -> None:
    place.change_manifest(encoder="0" * 64)
    place.take()
    assert not any(place.cache.glob("*"))


@pytest.mark.parametrize("where", ["http://127.0.0.1/x", "ftp://a/b", "s3://a"])
def test_an_address_without_tls_is_refused(place: Place, where: str) -> None:
    with pytest.raises(ReleaseRefused, match="https"):
        place.take(where)


def test_a_release_is_taken_over_tls_and_a_way_that_leads_off_it_is_not_gone(place: Place, over_tls: str) -> None:
    with pytest.raises(ReleaseRefused, match=r"leads away|cannot be fetched"):
        place.take(f"{over_tls}/away")
    assert place.nothing_is_there()
    place.take(f"{over_tls}/neuvo")
    assert (place.here / MODEL).read_bytes() == (place.models / MODEL).read_bytes()


@pytest.fixture
def over_tls(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The release on an https address of this machine; `/away` redirects to http."""
    certificate = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/away"):
                self.send_response(302)
                self.send_header("location", "http://127.0.0.1:9/neuvo/manifest.json")
                self.end_headers()
                return
            self.path = self.path.removeprefix("/neuvo")
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(place.folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    at = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - dt.timedelta(minutes=5))
        .not_valid_after(at + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(private + made.public_bytes(pem))
    return folder / "tls.pem"


def test_a_private_key_is_for_its_owner_alone_and_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    release.make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        release.make_key(path)


def test_no_private_key_is_in_the_repository() -> None:
    found = subprocess.run(
        ["git", "grep", "-lE", "-e", "-----BEGIN [A-Z ]*PRIVATE KEY"], cwd=PROJECT, capture_output=True, text=True
    )
    assert [name for name in found.stdout.split() if not name.startswith("tests/")] == []


def test_a_release_is_of_the_files_of_which_make_trains() -> None:
    asked = ["make", "-s", "--eval", "print-it: ; @echo $(TRAINED_FROM)", "print-it"]
    said = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=True)
    files = {path.relative_to(PROJECT).as_posix() for path in artefacts.trained_files()}
    assert len(files) > 100
    assert files == set(said.stdout.split())


def test_a_changed_example_or_library_makes_another_hash(tmp_path: Path) -> None:
    for path in (
        *artefacts.trained_files()[:3],
        *(PROJECT / name for name in (*artefacts._ENCODER, "requirements/rasa.txt")),
    ):
        copy = tmp_path / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    topic = tmp_path / "data/answers/scams/parcel_sms.yml"
    topic.parent.mkdir(parents=True)
    faq = "faq:\n  link:\n    asked:\n      en: does it open by itself\n    answer: {en: No.}\n"
    topic.write_text(f"topic: parcel_sms\n{faq}", "utf-8")
    before = artefacts.trained_from(tmp_path)
    topic.write_text(f"topic: parcel_sms\ntitle: {{en: Another}}\n{faq.replace('No.', 'Never.')}", "utf-8")
    assert artefacts.trained_from(tmp_path) == before, "the words of an answer need no training"
    topic.write_text(f"topic: parcel_sms\n{faq.replace('by itself', 'alone')}", "utf-8")
    assert artefacts.trained_from(tmp_path) != before, "how a topic's own question is asked does"
    topic.write_text(f"topic: parcel_sms\n{faq}", "utf-8")
    for name in ("requirements/rasa.txt", "bot/encoder/adapter.json"):
        with (tmp_path / name).open("a") as file:
            file.write("\n")
        assert artefacts.trained_from(tmp_path) != before
        before = artefacts.trained_from(tmp_path)


def test_without_a_release_a_model_is_trained_and_with_a_bad_one_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release, "KEPT", tmp_path / "release")
    monkeypatch.delenv(release.SETTING, raising=False)
    assert release._take() == release.NOT_TAKEN
    assert capsys.readouterr().out == ""
    monkeypatch.setenv(release.SETTING, "http://a.example/")
    assert release._take() == release.NOT_TAKEN
    assert "is not taken: NEUVO_RELEASE wants a folder or an https:// address" in capsys.readouterr().out


def test_the_repository_keeps_a_release_without_vectors_and_takes_it_unless_told_to_train(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "release"
    release.keep(place.folder.parent, kept)
    assert not (kept / VECTORS).exists()
    monkeypatch.setattr(release, "KEPT", kept)
    monkeypatch.setattr(release, "take", functools.partial(release.take, models=place.here, vectors=place.cache))

    monkeypatch.setenv(release.SETTING, release.NONE)
    assert release._take() == release.NOT_TAKEN
    assert place.nothing_is_there()
    monkeypatch.delenv(release.SETTING)
    assert release._take() == 0
    assert (place.here / MODEL).read_bytes() == (place.models / MODEL).read_bytes()
    assert not any(place.cache.glob("*"))

    (kept / MANIFEST).write_bytes(b"{}")
    capsys.readouterr()
    assert release._take() == release.NOT_TAKEN
    assert "in this repository is not taken: nobody" in capsys.readouterr().out


def test_the_release_in_the_repository_is_signed_and_whole() -> None:
    """It may be of older data: then `make` says so and trains."""
    if not (release.KEPT / MANIFEST).exists():
        pytest.skip("the repository holds no release")
    content = (release.KEPT / MANIFEST).read_bytes()
    artefacts.verify(content, (release.KEPT / SIGNATURE).read_bytes(), artefacts.trusted_keys())
    model = artefacts.read_manifest(content).model
    assert (release.KEPT / MODEL).stat().st_size == model.size
    assert artefacts.digest_of(release.KEPT / MODEL) == model.sha256
