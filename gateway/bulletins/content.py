"""Bulletins, the content: its schema, and the limits that let a bulletin fit into a chat message."""

import datetime as dt
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from answers.limits import BODY_WITH_BUTTONS, LANGUAGES
from gateway.conversations.pii_masking import mask
from gateway.core.errors import GatewayError

# Ours: with the introduction, the words around a bulletin and its buttons, one message of `BODY_WITH_BUTTONS`.
TITLE = 60
TEXT = 400
NAME = 40
MOST_NAMES = 12
SHORTEST_NAME = 3
LONGEST = dt.timedelta(days=31)  # what holds for longer is an answer and no bulletin
assert TITLE + TEXT < BODY_WITH_BUTTONS / 2


class BulletinRefused(GatewayError):
    """The words cannot be published as they are; the text says which and why."""

    status = 422


def _plain(value: Any) -> Any:
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n")) if isinstance(value, str) else value


# The constraints stand first: behind a validator, pydantic measures the length before it strips.
_Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE), BeforeValidator(_plain)
]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT), BeforeValidator(_plain)]
_Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=SHORTEST_NAME, max_length=NAME, pattern=r"^[^\W\d_]"),
    BeforeValidator(_plain),
]


class Words(BaseModel):
    """The bulletin in one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: _Title
    text: _Text


class BulletinContent(BaseModel):
    """A whole version: words in three languages, the names by which it is found, and when it holds.

    `places` are names in any language with the short forms people use ("Itäkeskus", "Itis", "Östra centrum");
    `keywords` are things ("puukotus", "stabbing"), and one that ends in * finds every word that begins so ("ampu*").
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, Words]
    places: tuple[_Name, ...] = Field(min_length=1, max_length=MOST_NAMES)
    keywords: tuple[_Name, ...] = Field(default=(), max_length=MOST_NAMES)
    starts_at: AwareDatetime
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def refuse_nonsense(self) -> Self:
        """All three languages, an end after the start and not too far away, and nobody's code in the words."""
        if set(self.words) != set(LANGUAGES):
            told = "Write it in all of: {languages}."
            raise PydanticCustomError("missing_language", told, {"languages": ", ".join(LANGUAGES)})
        if self.ends_at <= self.starts_at:
            raise PydanticCustomError("ends_before", "It ends before it starts.")
        if self.ends_at - self.starts_at > LONGEST:
            told = "It holds for more than {days} days; shorten it or write an answer."
            raise PydanticCustomError("too_long_time", told, {"days": LONGEST.days})
        for language, words in self.words.items():
            if mask(f"{words.title}\n{words.text}").kinds:
                told = "The text in '{language}' has a personal identity code, card or account in it."
                raise PydanticCustomError("has_code", told, {"language": language})
        return self


def read_content(value: Mapping[str, Any] | BulletinContent) -> BulletinContent:
    """The content of what a form or a table holds; raises `BulletinRefused` with every fault in words."""
    if isinstance(value, BulletinContent):
        return value
    try:
        return BulletinContent.model_validate(value)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise BulletinRefused("This bulletin cannot be kept. " + " ".join(faults)) from error
