"""Content, persons: names, addresses, phone numbers, emails and usernames are hidden before an editor sees a message.

What an editor learns from is what was asked, not who asked. This is a net of patterns and no promise: a name in small
letters without a word that announces it stays.
"""

import re
from typing import Final

_HIDDEN: Final = "…"
_STREET: Final = (
    r"(?:katu|kadun|kadulla|tie|tien|tiellä|kuja|kujalla|polku|polulla|aukio|tori|ranta|kaari|gatan|vägen|gränden|stigen"
    r"|street|road|avenue)"
)
_NAME: Final = r"[A-ZÅÄÖ][a-zåäöéüß]+(?:-[A-ZÅÄÖ][a-zåäö]+)?"
# Words that begin a sentence or a title with a capital and are no first names.
_NO_NAME: Final = (
    r"(?!(?:Minä|Mun|Mulla|Onko|Voiko|Miten|Mitä|Kuka|Missä|Jag|Min|Mitt|Vad|Hur|Kan|The|What|How|Can|My|Is|Are|Helsingin"
    r"|Helsingfors|Helsinki|Suomen|Poliisi|Polisen|Police|WhatsApp|Facebook|Instagram|Snapchat|TikTok|Telegram|Discord"
    r"|Google|Apple|Posti|Omakanta|Kanta|Suomi|Finland|Nordea|Osuuspankki|Danske)\b)"
)
_ANNOUNCED: Final = (
    r"(?:nimeni on|nimi on|mun nimi on|minun nimeni on|nimeltään|nimeltä|jag heter|mitt namn är|namnet är|han heter"
    r"|hon heter|my name is|his name is|her name is|i am called|i'm called)"
)
_PATTERNS: Final = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    re.compile(r"(?<!\w)@[\w.]{3,}"),
    re.compile(r"(?<![\w.,])(?:\+|00)?\d(?:[ -]?\d){6,14}(?![\w])"),
    re.compile(rf"\b[A-ZÅÄÖa-zåäö]+{_STREET}\s+\d+(?:\s*[A-Za-z]{{1,2}}\b\s*\d*)?", re.IGNORECASE),
)
_AFTER_ANNOUNCED: Final = re.compile(rf"(\b{_ANNOUNCED}\s+)([\w-]+(?:\s+{_NAME})?)", re.IGNORECASE)
# Two capitals in a row are a first and a last name.
_FULL_NAME: Final = re.compile(rf"\b{_NO_NAME}{_NAME}\s+{_NO_NAME}{_NAME}\b")


def without_persons(text: str) -> str:
    """The text with `…` in the place of whoever can be found in it."""
    for pattern in _PATTERNS:
        text = pattern.sub(_HIDDEN, text)
    text = _AFTER_ANNOUNCED.sub(rf"\1{_HIDDEN}", text)
    return _FULL_NAME.sub(_HIDDEN, text)
