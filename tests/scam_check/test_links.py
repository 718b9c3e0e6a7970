"""Links are taken apart offline, and nothing of a path is kept."""

import socket

import pytest

from scam_check.links import MOST_LINKS, find_links, without_paths


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("avaa http://vero-refund.info/a?x=1 heti", "vero-refund.info"),
        ("see nordea-login.app/verify!", "nordea-login.app"),
        ("https://www.posti.fi.seuranta-9.co.uk/x", "seuranta-9.co.uk"),
        ("hxxps://foo.top/x", "foo.top"),
        ("http://xn--nrdea-xta.fi/", "nrdeòa.fi"),
    ],
)
def test_the_registered_domain_of_a_link_is_found(text: str, domain: str) -> None:
    assert [link.domain for link in find_links(text)] == [domain]


@pytest.mark.parametrize(
    "text", ["maksoin.Sitten menin kotiin", "ok.no niin", "p.s. tule klo 12.30", "1.2.2026 tai 3,5"]
)
def test_hasty_punctuation_is_no_link(text: str) -> None:
    assert find_links(text) == []


def test_what_deceives_in_an_address_is_told() -> None:
    (hidden,) = find_links("https://www.nordea.fi@evil.top:8080/x")
    (ip,) = find_links("avbryt: 194.61.25.7/danske")
    (mail,) = find_links("poliisi.fi@sakko-maksu.ru/k?id=7712")

    assert (hidden.domain, hidden.hidden, hidden.port) == ("evil.top", True, True)
    assert ip.is_ip
    assert (mail.domain, mail.hidden, mail.is_mail) == ("sakko-maksu.ru", True, False)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("http://vero-refund.info/token/Matti?ssn=1 moi", "http://vero-refund.info/… moi"),
        ("see nordea-login.app/verify!", "see nordea-login.app/…!"),
        ("https://matti:salasana@evil.top/x", "https://evil.top/…"),
        ("kato posti.fi.", "kato posti.fi."),
        ("10.0.0.1/a/b ja 1/2 ja tai/tai", "10.0.0.1/… ja 1/2 ja tai/tai"),
        ("https://kela.fi", "https://kela.fi"),
    ],
)
def test_path_query_and_user_of_a_link_are_not_kept(text: str, kept: str) -> None:
    assert without_paths(text) == kept
    assert without_paths(kept) == kept


def test_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("The check opened a connection.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert find_links("https://never-seen-before-1234.example-shop.co.jp/x")[0].domain == "example-shop.co.jp"


def test_a_text_full_of_links_is_bounded() -> None:
    assert len(find_links(" ".join(f"http://a{number}.com/" for number in range(1000)))) == MOST_LINKS
