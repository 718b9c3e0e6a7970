"""Bulletins, the public feed in one language as Atom (RFC 4287)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from xml.etree import ElementTree as Xml  # it only writes; nothing is parsed

from gateway.bulletins.published import PublicBulletin
from gateway.bulletins.states import BulletinStatus
from gateway.bulletins.wording import LEAD, PUBLIC_STATUSES, WITHDRAWN
from gateway.core.i18n import gettext, named

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
Xml.register_namespace("", _ATOM)
# An empty feed must say when it was updated, and must not say "now" at each reading.
_BEGINNING = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def atom(bulletins: Sequence[PublicBulletin], language: str, page: str) -> bytes:
    """The feed. `page` is the public address of the page; ids never change with it, nor with a correction."""
    feed = Xml.Element(_name("feed"), {_XML_LANGUAGE: language})
    _add(feed, "id", _identifier(uuid.UUID(int=0), language))
    _add(feed, "title", gettext(language, "Notices from the police"))
    _add(feed, "subtitle", gettext(language, LEAD))
    _add(feed, "updated", _timestamp(max((each.changed_at for each in bulletins), default=_BEGINNING)))
    Xml.SubElement(feed, _name("link"), {"rel": "self", "type": MEDIA_TYPE, "href": f"{page}.atom?lang={language}"})
    Xml.SubElement(feed, _name("link"), {"rel": "alternate", "type": "text/html", "href": f"{page}?lang={language}"})
    _add(Xml.SubElement(feed, _name("author")), "name", gettext(language, "Helsinki Police"))
    for bulletin in bulletins:
        _add_entry(feed, bulletin, language, page)
    Xml.indent(feed)
    written = Xml.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{written}\n'.encode()


def _add_entry(feed: Xml.Element, bulletin: PublicBulletin, language: str, page: str) -> None:
    entry = Xml.SubElement(feed, _name("entry"))
    mark = named(language, PUBLIC_STATUSES, bulletin.status, "")
    if not mark and bulletin.corrections:
        mark = gettext(language, "Corrected")
    _add(entry, "id", _identifier(bulletin.id, language))
    _add(entry, "title", f"{mark}: {bulletin.title}" if mark else bulletin.title)
    _add(entry, "published", _timestamp(bulletin.published_at))
    _add(entry, "updated", _timestamp(bulletin.changed_at))
    link = f"{page}?lang={language}#{anchor(bulletin)}"
    Xml.SubElement(entry, _name("link"), {"rel": "alternate", "type": "text/html", "href": link})
    for place in bulletin.places:
        Xml.SubElement(entry, _name("category"), {"term": place})
    text = gettext(language, WITHDRAWN) if bulletin.status == BulletinStatus.WITHDRAWN else bulletin.text
    Xml.SubElement(entry, _name("content"), {"type": "text"}).text = text


def anchor(bulletin: PublicBulletin) -> str:
    """Where the bulletin stands on the page."""
    return f"b{bulletin.id.hex}"


def _identifier(bulletin_id: uuid.UUID, language: str) -> str:
    return uuid.uuid5(bulletin_id, f"neuvo-bulletins-{language}").urn


def _timestamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _add(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, _name(name)).text = text


def _name(name: str) -> str:
    return f"{{{_ATOM}}}{name}"
