"""Dialogue, the words: texts that passed the checks, each with the contacts that it was checked against."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from answers.acts import Act, ActVariant
from answers.contacts import Contact
from answers.lines import Line
from answers.pieces import Ask, GeneralQuestion, Piece, State
from answers.render import render
from answers.source import Wording
from answers.topics import Answer


@dataclass(frozen=True)
class Published(ABC):
    """A text with the contacts it was checked against, so that it can be rendered for certain."""

    contacts: Mapping[str, Contact]

    @abstractmethod
    def wordings(self) -> Iterator[Wording]:
        """Every text of it, in every language."""

    def _say(self, text: str, language: str, values: Mapping[str, str]) -> str:
        return render(text, language, self.contacts, values)

    def _say_one_of(self, wordings: Mapping[str, Wording], language: str, values: Mapping[str, str]) -> str | None:
        wording = wordings.get(language)
        return self._say(wording.text, language, values) if wording else None


@dataclass(frozen=True)
class PublishedAnswer(Published):
    """An answer that passed the checks."""

    answer: Answer

    def wordings(self) -> Iterator[Wording]:
        """See `Published`."""
        answer = self.answer
        for texts in (answer.texts, answer.in_short, answer.why, *answer.channels.values()):
            yield from texts.values()
        for piece in (*answer.questions.values(), *(faq.piece for faq in answer.faq.values())):
            yield from _of_piece(piece)

    def text(self, language: str, channel: str, values: Mapping[str, str]) -> str:
        """The answer in `language`, in the channel's own wording when it has one."""
        wording = self.answer.channels.get(channel, {}).get(language) or self.answer.texts[language]
        return self._say(wording.text, language, values)

    def in_short(self, language: str, values: Mapping[str, str]) -> str | None:
        """The same advice in the plainest words; None where nobody wrote it."""
        return self._say_one_of(self.answer.in_short, language, values)

    def why(self, language: str, values: Mapping[str, str]) -> str | None:
        """The reason for the advice; None where nobody wrote it."""
        return self._say_one_of(self.answer.why, language, values)

    def piece(self, question: str, language: str, state: State, values: Mapping[str, str]) -> str | None:
        """The short answer to a question about this subject, for what is known; None where there is none."""
        piece = self.piece_of(question)
        return self._say_one_of(piece.wordings(state), language, values) if piece else None

    def piece_of(self, question: str) -> Piece | None:
        """The piece itself, of a question of the closed list or of one of this subject alone (`faq`)."""
        faq = self.answer.faq.get(question)
        return faq.piece if faq else self.answer.questions.get(question)


@dataclass(frozen=True)
class PublishedQuestion(Published):
    """A question of the closed list, with what holds whatever the subject."""

    general: GeneralQuestion

    def wordings(self) -> Iterator[Wording]:
        """See `Published`."""
        yield from _of_piece(self.general.piece)
        yield from self.general.unknown.values()

    def text(self, language: str, state: State, values: Mapping[str, str]) -> str | None:
        """The general answer; None where there is none."""
        return self._say_one_of(self.general.piece.wordings(state), language, values)

    def unknown(self, language: str, values: Mapping[str, str]) -> str:
        """The honest line: that we do not know, and who does."""
        return self._say(self.general.unknown[language].text, language, values)

    def title(self, language: str) -> str:
        """What a button to the question says."""
        return self.general.title[language].text


@dataclass(frozen=True)
class PublishedAct(Published):
    """What is said to an act."""

    act: Act

    def wordings(self) -> Iterator[Wording]:
        """See `Published`."""
        for variant in self.act.variants:
            for wording in variant.wordings:
                yield from wording.values()

    def text(self, variant: ActVariant, place: int, language: str, values: Mapping[str, str]) -> str:
        """The wording at a place of the variant; after the last one, the last again."""
        wording = variant.wordings[min(place, len(variant.wordings) - 1)][language]
        return self._say(wording.text, language, values)


@dataclass(frozen=True)
class PublishedLine(Published):
    """A fixed line that passed the checks."""

    line: Line

    def wordings(self) -> Iterator[Wording]:
        """See `Published`."""
        yield from self.line.texts.values()

    def text(self, language: str, values: Mapping[str, str]) -> str:
        """The line in `language`."""
        return self._say(self.line.texts[language].text, language, values)


def asked_text(published: Published, ask: Ask, language: str, values: Mapping[str, str]) -> str:
    """A short question back, rendered."""
    return render(ask.texts[language].text, language, published.contacts, values)


def _of_piece(piece: Piece) -> Iterator[Wording]:
    for texts in (piece.texts, *(variant.texts for variant in piece.variants), piece.ask.texts if piece.ask else {}):
        yield from texts.values()
