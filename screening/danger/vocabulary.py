"""The words that rules know, and which of them a citizen's word is."""

from collections import defaultdict
from collections.abc import Iterable

from screening.danger.tokens import without_dots

UNKNOWN = "_"
"""What every other word becomes; so the matcher's vocabulary never grows and holds no word of a citizen."""

STEM_MARK = "*"
# Shorter words have too many neighbours that mean something else.
_MIN_MISSPELT_LENGTH = 7


class Vocabulary:
    """Whole words and stems ("puuko*"), each standing for the elements of rules that it satisfies."""

    def __init__(self, elements: Iterable[tuple[str, str]]) -> None:
        """Pairs of an element and a word or stem that satisfies it, spelled with its dots."""
        whole: dict[str, set[str]] = defaultdict(set)
        stems: dict[str, set[str]] = defaultdict(set)
        for element, entry in elements:
            table, form = (stems, entry[:-1]) if entry.endswith(STEM_MARK) else (whole, entry)
            table[form].add(element)
            table[without_dots(form)].add(element)
        self._whole = whole
        self._stems = stems
        self._shortest_stem = min((len(stem) for stem in stems), default=1)
        self._misspelt = _misspellings([form for form in whole if len(form) >= _MIN_MISSPELT_LENGTH])

    def entries(self) -> dict[str, list[str]]:
        """Each element with the names that a word may have when it satisfies the element."""
        names = {form: set(elements) | self._by_stems(form) for form, elements in self._whole.items()}
        names |= {stem + STEM_MARK: self._by_stems(stem) for stem in self._stems}
        entries: dict[str, list[str]] = defaultdict(list)
        for name, elements in sorted(names.items()):
            for element in elements:
                entries[element].append(name)
        return dict(entries)

    def name_of(self, form: str) -> str:
        """The known word or stem that a citizen's word is, by which the rules know it; UNKNOWN for any other."""
        for candidate in (form, _squeezed(form)):
            if candidate in self._whole:
                return candidate
            stem = self._longest_stem(candidate)
            if stem is not None:
                return stem + STEM_MARK
        if len(form) >= _MIN_MISSPELT_LENGTH:
            for shorter in (form, *_deletions(form)):
                known = self._misspelt.get(shorter)
                if known is not None and known[0] == form[0] and _one_edit(form, known):
                    return known
        return UNKNOWN

    def _longest_stem(self, form: str) -> str | None:
        for length in range(len(form), self._shortest_stem - 1, -1):
            if form[:length] in self._stems:
                return form[:length]
        return None

    def _by_stems(self, form: str) -> set[str]:
        prefixes = (form[:length] for length in range(self._shortest_stem, len(form) + 1))
        return {element for prefix in prefixes for element in self._stems.get(prefix, ())}


def _squeezed(form: str) -> str:
    """ "heelp" and "apuuu" for "help" and "apu": the last try before the word is unknown."""
    return "".join(letter for letter, before in zip(form, " " + form, strict=False) if letter != before)


def _one_edit(form: str, known: str) -> bool:
    """Whether one letter was missed, added, changed or swapped with its neighbour."""
    if len(form) != len(known):
        return abs(len(form) - len(known)) == 1
    differing = [index for index, (ours, theirs) in enumerate(zip(form, known, strict=True)) if ours != theirs]
    if len(differing) <= 1:
        return True
    first, last = differing[0], differing[-1]
    return len(differing) == 2 and last == first + 1 and form[first] == known[last] and form[last] == known[first]


def _deletions(form: str) -> list[str]:
    return [form[:index] + form[index + 1 :] for index in range(len(form))]


def _misspellings(forms: list[str]) -> dict[str, str]:
    """One letter missing, added, changed or swapped with its neighbour leaves a common shorter form."""
    misspelt: dict[str, str] = {}
    for form in sorted(forms):
        for shorter in _deletions(form):
            misspelt.setdefault(shorter, form)
    return misspelt | {form: form for form in forms}
