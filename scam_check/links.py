"""The check, links: found in a text and taken apart offline, by the list of public suffixes that is shipped with us."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import tldextract

from scam_check.addresses import FREE_SITES, SHORTENERS

# Different links of a text that are taken apart; who sends more sends no message to a person.
MOST_LINKS: Final = 12
_LONGEST_HOST: Final = 253  # RFC 1035

# The package's own copy of the list; no address, no cache: nothing is ever fetched.
_EXTRACT: Final = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=False)
_EXTRACT_PRIVATE: Final = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)

_LABEL: Final = r"[^\s/?#@:.,;!<>()\[\]{}\"'|\\^`*&=+%~$]{1,63}"
# With a scheme anything may follow; without one a host whose ending is a public suffix is needed.
_LINK: Final = re.compile(
    rf"(?P<scheme>(?:h(?:tt|xx)ps?|ftp)\s?:\s?//\s?)(?P<authority>[^\s/?#<>\"|\\]{{1,400}})(?P<rest>[^\s<>\"|]{{0,2000}})"
    rf"|(?:(?<![\w./-])(?P<ip>(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?=[:/]))|(?<![\w.@/-])(?P<host>(?:{_LABEL}\.){{1,8}}[^\W\d_][\w-]{{1,23}}))"
    rf"(?P<port>:\d{{2,5}})?(?P<path>[/?#][^\s<>\"|]{{0,2000}})?(?![\w@-])",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(
    rf"(?<![\w.+-])(?P<user>[\w.+-]{{1,64}})@(?P<host>(?:{_LABEL}\.){{1,8}}[a-z]{{2,24}})(?P<path>/\S{{0,2000}})?(?![\w-])",
    re.IGNORECASE,
)
_END_MARKS: Final = ".,;:!?)]}»”’'\"…*_~"


@dataclass(frozen=True)
class Link:
    """One link, or the domain of an e-mail address: `host` as written (punycode read), `domain` the registered one.

    `labels` are the parts of the host in plain letters, the domain's own last; positions are of the text given.
    """

    host: str
    domain: str
    suffix: str
    labels: tuple[str, ...]
    start: int
    end: int
    hidden: bool = False
    port: bool = False
    is_ip: bool = False
    is_mail: bool = False
    has_path: bool = False

    @property
    def is_shortener(self) -> bool:
        """Whether it hides where it leads."""
        return self.domain in SHORTENERS or self.host in SHORTENERS

    @property
    def is_free_site(self) -> bool:
        """Whether anybody may have made the page without a name of their own."""
        if self.host in FREE_SITES or self.domain in FREE_SITES:
            return True
        return not self.is_ip and bool(self.domain) and _is_private(self.host)


def find_links(text: str) -> list[Link]:
    """The links and e-mail domains of a text, each host once, in its order, at most `MOST_LINKS`."""
    found: dict[str, Link] = {}
    for match in _LINK.finditer(text):
        link = _link(match)
        if link is not None and (link.host not in found):
            found[link.host] = link
        if len(found) >= MOST_LINKS:
            return list(found.values())
    for match in _MAIL.finditer(text):
        # "posti.fi@evil.ru/x" is no address of a person: what stands before the @ is there to deceive.
        hidden = bool(match["path"]) and _is_public(match["user"].lower())
        link = _taken_apart(match["host"], match.start(), match.end(), hidden=hidden, is_mail=not hidden)
        if link is not None and link.host not in found:
            found[link.host] = link
        if len(found) >= MOST_LINKS:
            break
    return sorted(found.values(), key=lambda link: link.start)


def without_paths(text: str) -> str:
    """A text whose links have lost path, query, fragment and user part: what may name a person there is not kept."""
    return _LINK.sub(_shortened, text) if "." in text or "//" in text else text


def _shortened(match: re.Match[str]) -> str:
    whole = match.group()
    tail = whole[len(whole.rstrip(_END_MARKS)) :]
    if match["scheme"] is None:
        host = match["host"] or match["ip"]
        has_path = len((match["path"] or "").rstrip(_END_MARKS)) > 1
        return f"{host}/…{tail}" if has_path and (match["ip"] or _is_public(host)) else whole
    authority = match["authority"].rpartition("@")[2]
    rest = match["rest"].rstrip(_END_MARKS)
    if authority == match["authority"] and len(rest) <= 1:
        return whole
    return f"{match['scheme']}{authority.rstrip(_END_MARKS)}{'/…' if len(rest) > 1 else rest}{tail}"


def _is_public(host: str) -> bool:
    return bool(_parts(host.lower())[1])


def _link(match: re.Match[str]) -> Link | None:
    if match["scheme"] is None:
        if match["ip"]:
            has_path = bool(match["path"])
            return _taken_apart(match["ip"], match.start(), match.end(), port=bool(match["port"]), has_path=has_path)
        host = match["host"]
        # "maksoin.Sitten" is no address: without a scheme a lone capital after the dot is the next sentence.
        if host.rpartition(".")[2][:1].isupper() and not host.isupper():
            return None
        return _taken_apart(host, match.start(), match.end(), port=bool(match["port"]), has_path=bool(match["path"]))
    authority = match["authority"].rstrip(_END_MARKS)
    _, hidden, address = authority.rpartition("@")
    host, _, port = address.partition(":")
    rest = match["rest"].rstrip(_END_MARKS)
    return _taken_apart(
        host,
        match.start(),
        match.end(),
        hidden=bool(hidden),
        port=port not in ("", "80", "443"),
        has_path=len(rest) > 1,
        has_scheme=True,
    )


def _taken_apart(
    written: str,
    start: int,
    end: int,
    *,
    hidden: bool = False,
    port: bool = False,
    is_mail: bool = False,
    has_path: bool = False,
    has_scheme: bool = False,
) -> Link | None:
    host = _readable(written.lower().strip(".-")[:_LONGEST_HOST])
    if not host:
        return None
    if _is_ip(host):
        return Link(host, host, "", (host,), start, end, hidden=hidden, port=port, is_ip=True, has_path=has_path)
    subdomain, suffix, name = _parts(host)
    if not suffix or not name:
        return None
    if not has_scheme and not is_mail and not has_path and not _is_likely_host(written, subdomain, name, suffix):
        return None
    labels = tuple(label for label in (*subdomain.split("."), name) if label)
    domain = f"{name}.{suffix}"
    return Link(host, domain, suffix, labels, start, end, hidden, port, is_mail=is_mail, has_path=has_path)


def _is_likely_host(written: str, subdomain: str, name: str, suffix: str) -> bool:
    """Whether a bare host is meant as one: "ei.se" of a hasty writer is none, "posti.fi" is."""
    if written.lower().startswith("www."):
        return True
    return len(name) >= 3 or "-" in subdomain or suffix in ("fi", "com", "ly") or "-" in name


@lru_cache(maxsize=4096)
def _parts(host: str) -> tuple[str, str, str]:
    found = _EXTRACT(host)
    return found.subdomain, found.suffix, found.domain


@lru_cache(maxsize=4096)
def _is_private(host: str) -> bool:
    return bool(_EXTRACT_PRIVATE(host).is_private)


def _is_ip(host: str) -> bool:
    if not host[-1:].isdigit() and not host.startswith("["):
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.isdigit() or bool(re.fullmatch(r"0x[0-9a-f]{1,8}", host))
    return True


def _readable(host: str) -> str:
    """Punycode as the letters that a phone shows; what is no punycode stays, nested or not."""
    if "xn--" not in host:
        return host
    return ".".join(_decoded(label) for label in host.split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        read = label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError, OverflowError, IndexError):
        return label
    # Punycode may stand for anything, a space or a slash too.
    return read if read and all(letter.isalnum() or letter in "-\u00b7" for letter in read) else label
