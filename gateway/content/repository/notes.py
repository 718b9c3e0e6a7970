"""Content, notes: what editors tell each other about a text, in their languages; citizens never read it.

A note is the key `note` of a file, or of a line of `lines.yml`. The comments of a file are notes in English.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from answers.limits import LANGUAGES
from answers.source import NOTE
from gateway.content.repository.yaml_files import like, quoted

# Comments are written with the program, in its language.
_OF_COMMENTS: Final = "en"


@dataclass(frozen=True)
class Note:
    """A note in one language."""

    language: str
    text: str


def written_note(node: Any) -> dict[str, str]:
    """The note of a file or line by language; a language that nobody has written is "".

    `node` is what may have the key `note`.
    """
    note = node.get(NOTE) if isinstance(node, Mapping) else None
    texts = note if isinstance(note, Mapping) else {}
    return {each: str(texts.get(each) or "").strip() for each in LANGUAGES}


def notes_for(reader: str, written: Mapping[str, str], comments: Sequence[str]) -> list[Note]:
    """What a reader is shown: the note in their language; else the comments, and the note where it is in another."""
    if written[reader]:
        return [Note(reader, written[reader])]
    if written[_OF_COMMENTS]:
        return [Note(_OF_COMMENTS, written[_OF_COMMENTS])]
    others = [Note(each, text) for each, text in written.items() if text]
    return [*others[:1], *(Note(_OF_COMMENTS, each) for each in comments)]


def put_note(node: Any, texts: Mapping[str, str]) -> None:
    """Write the note in these languages; an empty text takes it away in that language."""
    wanted = {each: " ".join(text.split()) for each, text in texts.items() if each in LANGUAGES}
    before = written_note(node)
    if all(before[each] == text for each, text in wanted.items()):
        return
    if not any({**before, **wanted}.values()):
        del node[NOTE]
        return
    if not isinstance(node.get(NOTE), dict):
        # After the name of a file; a line has none. At the end it would part a comment from what follows.
        node.insert(0 if next(iter(node)) in LANGUAGES else 1, NOTE, {})
    note = node[NOTE]
    for language, text in wanted.items():
        if text:
            note[language] = like(note.get(language), text) if language in note else quoted(text)
        else:
            note.pop(language, None)
