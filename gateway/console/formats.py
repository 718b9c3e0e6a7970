"""Console: the markup of a message as the phone shows it, without links or anything that could run.

Bold, italic, struck and fixed-width text as WhatsApp writes them ("Formatting your messages", its help centre).
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"]+|(?<![\w@.])(?:[\w-]+\.)+[a-zA-Z]{2,}/[^\s<>\"]*", re.IGNORECASE)
_AFTER_ADDRESS = ".,;:!?)]}»”'"
_MASK = re.compile("⟦([a-z_]+)⟧")
_MARKS = (
    (re.compile(r"```(.+?)```", re.DOTALL), "code"),
    (re.compile(r"(?<![\w`])`([^`\n]+)`(?![\w`])"), "code"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n<]+?)(?<=\S)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<!\w)_(?=\S)([^_\n<]+?)(?<=\S)_(?!\w)"), "em"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n<]+?)(?<=\S)~(?![\w~])"), "s"),
)


def as_shown(text: str, masked: Mapping[str, str]) -> Markup:
    """A message of ours with its formatting; `masked` are the words for masked data, by kind."""
    return _marked(text, masked)


def as_written(text: str, masked: Mapping[str, str], leads_to: str, danger: str | None = None) -> Markup:
    """A citizen's message: an address is not a link, and its host is shown; `danger`, a part of it, is marked."""
    if danger and danger != text and danger in text:
        before, _, after = text.partition(danger)
        parts = [as_written(each, masked, leads_to) for each in (before, danger, after)]
        return Markup('{}<mark class="danger-words">{}</mark>{}').format(*parts)
    parts, end = [], 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(_AFTER_ADDRESS)
        parts.append(_marked(text[end : match.start()], masked))
        parts.append(
            Markup('<span class="address"><span class="code">{}</span> <span class="host">{} <b>{}</b></span></span>')
            .format(address, leads_to, host_of(address))
        )  # fmt: skip
        end = match.start() + len(address)
    parts.append(_marked(text[end:], masked))
    return Markup("").join(parts)


def host_of(address: str) -> str:
    """The host of an address: not the user name before an @, and in punycode for other alphabets."""
    whole = address if "://" in address else f"https://{address}"
    try:
        host = urlsplit(whole).hostname or "?"
    except ValueError:
        return "?"
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _marked(text: str, masked: Mapping[str, str]) -> Markup:
    safe = str(escape(text))
    for pattern, tag in _MARKS:
        safe = pattern.sub(rf"<{tag}>\1</{tag}>", safe)
    return Markup(_MASK.sub(lambda found: _mask(found, masked), safe))  # noqa: S704  # escaped above


def _mask(found: re.Match[str], masked: Mapping[str, str]) -> str:
    word = masked.get(found[1])
    return f'<span class="masked">{escape(word)}</span>' if word else found[0]
