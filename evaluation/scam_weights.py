"""Evaluation of the check's words: fits `scam_check/lexical.txt`, and says what it is worth on other annotators.

    .venv/rasa/bin/python -m evaluation.scam_weights [--wrong] [--write]

The lines of `evaluation/scams/*/open/` are in the order in which they were written: each part of `HAND` lines is of
another annotator, so that a part is judged by weights that were fitted by the others only. The examples of the dialogue
count a little: what citizens say of their own matters is no scam, and what they tell of scams reads like one. `--write`
fits by everything and writes the file; it needs no model and takes some two minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from answers.examples import example_paths, read_examples
from answers.library import content_directory
from answers.limits import LANGUAGES
from answers.senders import SENDERS_FILE, read_senders
from evaluation.scams import ABOUT_SCAMS, FOLDER, SCAM, Line, open_lines
from evaluation.talks import share
from scam_check.check import SOME, Checked, check_message
from scam_check.lexical import ALWAYS, PIECE, PIECES_FILE, SIGNS_FILE, WORD, Weights, pieces_of, scale_of
from scam_check.senders import SenderIndex
from scam_check.text import bounded, plain

HAND = 80
"""Scams, and genuine messages, that one hand wrote in one language."""
# Of 3, 30 and 100, and of 0.01 to 0.1, measured on other annotators: differences of a point.
_STRENGTH = 30.0
_EXAMPLE_COUNTS = 0.04
_EXAMPLES = 4_000
# A piece that stands in fewer lines says nothing; of the others so many are kept.
_LINES = 3
_KEPT = 12_000
_STRENGTH_OF_SIGNS = 1.0
_LINES_OF_WORD = 4
_LEAST_WORD = 5
# Of genuine messages, the share that the check may call a scam on hands that it has not seen.
_CALLED = 0.01
# Signs that speak for a message, besides those of trust.
_FOR = frozenset({"known_site", "own_link", "plain_fi_link"})
_NO_WEIGHTS = Weights({}, {}, {})
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Texts:
    """Texts, whether each is a scam, and how much each counts."""

    texts: list[str]
    scams: list[bool]
    counts: list[float]


def main() -> int:
    """Print what the check finds on other annotators, and write the weights where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="print every line that was got wrong")
    parser.add_argument("--write", action="store_true", help="fit by all lines and write the files")
    arguments = parser.parse_args()
    index = SenderIndex(read_senders(content_directory() / SENDERS_FILE)[0])
    lines = list(open_lines())
    hands, (examples, others) = np.array(_hands(lines)), _examples(content_directory())
    examples = _joined(examples, _more())
    bare = [check_message(text, index, weights=_NO_WEIGHTS) for text in [*(line.text for line in lines), *others.texts]]
    by_hand = {hand: fit(_with(lines, hands != hand, examples)) for hand in sorted(set(hands))}
    lexical = np.array(
        [_lexical(by_hand[hand], line.text) for line, hand in zip(lines, hands, strict=True)]
        + [float(np.mean([_lexical(each, text) for each in by_hand.values()])) for text in others.texts]
    )
    are_scams = np.array([line.label == SCAM for line in lines] + others.scams)
    counts = np.array([1.0] * len(lines) + others.counts)
    which = np.concatenate([hands, np.full(len(others.texts), -1)])
    checked: dict[int, Checked] = {}
    for hand, pieces in by_hand.items():
        seen = np.flatnonzero(which != hand)
        signs, factor = weigh([bare[place] for place in seen], lexical[seen], are_scams[seen], counts[seen])
        others_lines = [line for line, its in zip(lines, hands, strict=True) if its != hand]
        weights = scaled(signs, pieces, factor, others_lines)
        for place in np.flatnonzero(which == hand):
            checked[place] = check_message(lines[place].text, index, weights=weights)
    print("\n".join(_report(lines, [checked[place] for place in range(len(lines))], hands, arguments.wrong)))
    if arguments.write:
        signs, factor = weigh(bare, lexical, are_scams, counts)
        write(scaled(signs, fit(_with(lines, hands >= 0, examples)), factor, lines))
    return 0


def _lexical(pieces: dict[str, float], text: str) -> float:
    return Weights({}, pieces, {}).of_text(plain(bounded(text)))


def _hands(lines: Sequence[Line]) -> list[int]:
    """Which hand wrote each line, by its place among those of its language and label; a rest belongs to the last."""
    indices, totals = Counter[tuple[str, str]](), Counter((line.language, line.label) for line in lines)
    found = []
    for line in lines:
        key = line.language, line.label
        found.append(min(indices[key] // HAND, totals[key] // HAND - 1))
        indices[key] += 1
    return found


def _examples(content: Path) -> tuple[Texts, Texts]:
    """Of the dialogue's examples as many about scams as about other topics: to fit pieces by, and others for signs."""
    about = {path.stem for path in (content / "nlu" / "scams").glob("*.yml")} | ABOUT_SCAMS
    every = [example for example in read_examples(example_paths(content)) if not example.topic.startswith("follow_up")]
    found = []
    for first in (0, 1):
        texts, scams = list[str](), list[bool]()
        for is_scam in (True, False):
            some = [example.text for example in every if (example.topic in about) is is_scam]
            chosen = some[first :: max(len(some) // _EXAMPLES, 2)]
            texts, scams = texts + chosen, scams + [is_scam] * len(chosen)
        found.append(Texts(texts, scams, [_EXAMPLE_COUNTS] * len(texts)))
    return found[0], found[1]


def _more() -> Texts:
    """Lines by one who knows the rules: they teach kinds that are missing, and are never judged."""
    found = [
        (text, name == "scams.txt")
        for path in sorted(FOLDER.glob("*/more/*.txt"))
        for name in [path.name]
        for text in path.read_text("utf-8").splitlines()
    ]
    return Texts([text for text, _ in found], [is_scam for _, is_scam in found], [1.0] * len(found))


def _joined(one: Texts, other: Texts) -> Texts:
    return Texts(one.texts + other.texts, one.scams + other.scams, one.counts + other.counts)


def _with(lines: Sequence[Line], chosen: npt.NDArray[np.bool_], examples: Texts) -> Texts:
    some = [line for line, is_in in zip(lines, chosen, strict=True) if is_in]
    own = Texts([line.text for line in some], [line.label == SCAM for line in some], [1.0] * len(some))
    return _joined(own, examples)


def fit(given: Texts) -> dict[str, float]:
    """The weights of the pieces, in log-odds, by a logistic regression; those kept that weigh most."""
    rows = [pieces_of(plain(bounded(text))) for text in given.texts]
    lines = Counter(piece for row in rows for piece in row)
    indices = {piece: place for place, piece in enumerate(sorted(each for each in lines if lines[each] >= _LINES))}
    model = LogisticRegression(C=_STRENGTH, max_iter=3000, tol=1e-3)
    model.fit(_matrix(rows, indices), given.scams, sample_weight=given.counts)
    weights = model.coef_[0]
    names = list(indices)
    return {names[place]: float(weights[place]) for place in np.argsort(-np.abs(weights))[:_KEPT]}


def _matrix(rows: Sequence[frozenset[str]], indices: dict[str, int]) -> sparse.csr_matrix:
    found = [sorted(indices[piece] for piece in row if piece in indices) for row in rows]
    values = np.concatenate([np.full(len(each), scale_of(row)) for each, row in zip(found, rows, strict=True)])
    ends = np.cumsum([0, *map(len, found)])
    return sparse.csr_matrix((values, np.concatenate(found), ends), shape=(len(rows), len(indices)))


def weigh(
    bare: Sequence[Checked], lexical: FloatArray, are_scams: npt.NDArray[np.bool_], counts: FloatArray
) -> tuple[dict[str, float], float]:
    """The weights of the signs in points of the check, and how many points one log-odd of the wording is worth.

    The constant is such that few genuine messages reach suspicion. A sign that would weigh against its name has none.
    """
    signals = np.clip([each.of_signals for each in bare], -4, 8)
    names = sorted({sign for each in bare for sign in each.signs})
    while True:
        signs = np.array([[name in each.signs for name in names] for each in bare], dtype=np.float64)
        model = LogisticRegression(C=_STRENGTH_OF_SIGNS, max_iter=3000)
        model.fit(np.c_[signals, lexical, signs], are_scams, sample_weight=counts)
        worth, of_lexical, of_signs = model.coef_[0][0], model.coef_[0][1], model.coef_[0][2:]
        wrong = [
            name
            for name, weight in zip(names, of_signs, strict=True)
            if weight * (1 if _speaks_against(name) else -1) < 0
        ]
        if not wrong:
            break
        names = [name for name in names if name not in wrong]
    points = signals + (of_lexical * lexical + signs @ of_signs) / worth
    highest = float(np.quantile(points[~are_scams & (counts == 1.0)], 1 - _CALLED))
    found = {name: float(weight / worth) for name, weight in zip(names, of_signs, strict=True)}
    return {ALWAYS: SOME - highest, **found}, float(of_lexical / worth)


def _speaks_against(sign: str) -> bool:
    return not sign.startswith("trust") and sign not in _FOR


def _report(lines: Sequence[Line], checked: Sequence[Checked], hands: npt.NDArray[np.int_], wrong: bool) -> list[str]:
    """What each language's lines and each hand's were judged."""
    found = []
    both = list(zip(lines, checked, hands, strict=True))
    for line, each, hand in both:
        if wrong and (each.is_warned if line.label != SCAM else not (each.is_warned or each.parts.told)):
            found.append(f"{line.language} {line.label} {hand} {each.score:.1f}: {line.text}")
    for language in LANGUAGES:
        for hand in [None, *sorted(set(hands))]:
            some = [(line, each) for line, each, its in both if line.language == language and hand in (None, its)]
            found.append(_figures(f"{language} {'all' if hand is None else f'hand {hand}'}", some))
    return found


def _figures(name: str, some: Sequence[tuple[Line, Checked]]) -> str:
    scams = [each for line, each in some if line.label == SCAM]
    genuine = [each for line, each in some if line.label != SCAM]

    def told(which: Sequence[Checked], is_so: Callable[[Checked], bool]) -> str:
        return share(sum(map(is_so, which)), len(which))

    return (
        f"{name}: scams warned of {told(scams, lambda each: each.is_warned)}, or told"
        f" {told(scams, lambda each: each.is_warned or each.parts.told)}; genuine called"
        f" {told(genuine, lambda each: each.is_warned)}, or told"
        f" {told(genuine, lambda each: each.is_warned or each.parts.told)}"
    )


def scaled(signs: dict[str, float], pieces: dict[str, float], factor: float, lines: Sequence[Line]) -> Weights:
    """All weights in points; words that may be pointed at are those of several scams and few genuine messages."""
    scams, genuine = (
        Counter(piece for line in lines if (line.label == SCAM) is is_scam for piece in pieces_of(plain(line.text)))
        for is_scam in (True, False)
    )
    words = {}
    for piece, weight in pieces.items():
        word = piece[1:-1]
        is_word = piece == f" {word} " and word.isalpha() and len(word) >= _LEAST_WORD and weight > 0
        if is_word and scams[piece] >= _LINES_OF_WORD and scams[piece] > 2 * genuine[piece]:
            words[word] = weight * factor
    return Weights(signs, {piece: weight * factor for piece, weight in pieces.items()}, words)


def write(weights: Weights) -> None:
    """Write both files."""
    head = (
        "# The weights of weak signs, in the points of the check (3 is some suspicion); by evaluation.scam_weights.\n"
    )
    rounded = {name: round(weight, 1) for name, weight in weights.signs.items()}
    body = "".join(f"{name}: {weight}\n" for name, weight in rounded.items() if weight)
    SIGNS_FILE.write_text(head + body, "utf-8")
    rows = [(PIECE, piece, weight) for piece, weight in sorted(weights.pieces.items())]
    rows += [(WORD, word, weight) for word, weight in sorted(weights.words.items())]
    PIECES_FILE.write_text("".join(f"{kind}\t{weight:.2f}\t{piece}\n" for kind, piece, weight in rows), "utf-8")
    print(f"Written: {len(weights.pieces)} pieces, {len(weights.words)} words.")


if __name__ == "__main__":
    sys.exit(main())
