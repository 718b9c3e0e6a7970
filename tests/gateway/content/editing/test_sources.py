"""Where facts come from: every code of ours resolves, and the command says which pages are gone."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from gateway.content.editing import sources
from gateway.content.editing.sources import Link, LinkState, asked, links_of, read_sources, sources_of
from gateway.core.config.settings import PROJECT

pytestmark = pytest.mark.anyio
DATA = PROJECT / "data"


def codes(folder: Path) -> set[str]:
    found: set[str] = set()
    for path in folder.glob("answers/**/*.yml"):
        for each in re.findall(r"^\s*sources: \[([^\]]*)\]", path.read_text("utf-8"), re.MULTILINE):
            found |= {code.strip() for code in each.split(",") if code.strip()}
    for name in ("contacts.yml", "senders.yml"):
        for each in re.findall(r"source: (\"[^\"]*\"|\w+)", (folder / name).read_text("utf-8")):
            found |= set(re.findall(r"\b[SF]\d{2,3}[a-z]?\b", each))
    return found


def test_every_code_of_our_texts_says_where_the_fact_comes_from() -> None:
    known = read_sources(DATA)
    assert codes(DATA) - known.keys() == set()
    assert len(codes(DATA)) > 100
    assert {each.kind for each in known.values()} == {"authority", "law", "news", "other"}
    assert all(each.address.startswith("https://") for each in known.values() if each.address)


def test_a_source_field_with_codes_and_addresses_becomes_links() -> None:
    known = read_sources(DATA)
    found = sources_of("S35; https://www.example.org/page.html", known)
    assert [each.what for each in found] == [known["S35"].what, "https://www.example.org/page.html"]
    assert [each.what for each in sources_of(["S93", "Z99"], known)] == [known["S93"].what, "Z99"]


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/gone": 404, "/refused": 403, "/moved": 302}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/there")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # its name there
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_a_page_that_is_gone_is_told_from_one_that_refuses_a_program(site: str) -> None:
    links = [Link(f"{site}/{name}", (name,)) for name in ("there", "moved", "gone", "refused")]
    found = await asked([*links, Link("http://127.0.0.1:9/", ("nowhere",))])
    assert [each.state for each in found] == [
        LinkState.OPEN,
        LinkState.OPEN,
        LinkState.GONE,
        LinkState.UNSURE,
        LinkState.AWAY,
    ]


def test_each_page_is_asked_once_whoever_names_it(tmp_path: Path) -> None:
    contact = {"name": dict.fromkeys(("fi", "sv", "en"), "A"), "checked_on": None, "checked_by": None}
    url = {"value": "a.example/x", "status": "OK", "source": "S01", "source_date": "2026"}
    (tmp_path / "contacts.yml").write_text(yaml.safe_dump({"one": {**contact, "url": url}}), "utf-8")
    source = {"what": "A", "address": "a.example/x", "date": "n.d.", "kind": "law"}
    (tmp_path / sources.SOURCES).write_text(yaml.safe_dump({"S01": source}), "utf-8")
    assert links_of(tmp_path) == [Link("https://a.example/x", ("one", "S01"))]
