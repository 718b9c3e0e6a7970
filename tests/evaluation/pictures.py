"""Examination, drawn: which topic is taken for which, what a probability is worth, what more examples gain."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt

from tests.evaluation.curve import Step
from tests.evaluation.examine import Examined
from tests.evaluation.figures import Bin
from tests.evaluation.messages import TOPICS

# Told apart by colour-blind people, and by the marks in grey.
_STYLES = {"fi": ("#0b3d91", "o"), "sv": ("#c77700", "s"), "en": ("#1b7f4d", "^")}
_NAMES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}
_DPI = 110


def draw_confusions(examined: Sequence[Examined], path: Path) -> None:
    """Rows: the label; columns: the first guess; a square's number: messages of all languages together."""
    topics = [each for each in examined if each.question.kind == TOPICS]
    # By group of topics it would be easier to read, but names are what one looks for.
    names = sorted({each.question.label for each in topics} | {each.guess for each in topics})
    counted = Counter((each.question.label, each.guess) for each in topics)
    places = {name: place for place, name in enumerate(names)}
    totals = Counter(each.question.label for each in topics)
    figure, axes = plt.subplots(figsize=(19, 18))
    shares = [[counted[row, column] / max(1, totals[row]) for column in names] for row in names]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in counted.items():
        share = count / totals[row]
        axes.text(
            places[column],
            places[row],
            str(count),
            ha="center",
            va="center",
            fontsize=6,
            color="white" if share > 0.5 else "black" if row == column else "#a11",
            fontweight="normal" if row == column else "bold",
        )
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("first guess")
    axes.set_ylabel("label")
    axes.set_title("Which topic is taken for which (red: mistakes)")
    axes.grid(color="#eee", linewidth=0.4)
    _save(figure, path)


def draw_calibration(bins: Mapping[str, Sequence[Bin]], path: Path) -> None:
    """On the diagonal a probability is worth what it says."""
    figure, axes = plt.subplots(figsize=(6.4, 6))
    axes.plot([0, 1], [0, 1], color="#888", linewidth=1, label="what is said is true")
    for language, own in bins.items():
        colour, mark = _STYLES[language]
        axes.plot(
            [each.said for each in own],
            [each.right for each in own],
            color=colour,
            marker=mark,
            label=f"{_NAMES[language]}, n={sum(each.count for each in own)}",
        )
    axes.set_xlabel("probability of the first guess")
    axes.set_ylabel("share that was right")
    axes.set_title("What a probability is worth")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(color="#ddd", linewidth=0.5)
    axes.legend()
    _save(figure, path)


def draw_learning_curve(steps: Sequence[Step], path: Path) -> None:
    """Where the lines are flat, more of the same examples gain nothing."""
    figure, axes = plt.subplots(figsize=(7, 5))
    for language, (colour, mark) in _STYLES.items():
        axes.plot(
            [step.examples for step in steps],
            [step.right[language] for step in steps],
            color=colour,
            marker=mark,
            label=_NAMES[language],
        )
    axes.set_xlabel("examples per topic and language")
    axes.set_ylabel("first guess right")
    axes.set_title("Accuracy against amount of data")
    axes.set_xlim(left=0)
    axes.grid(color="#ddd", linewidth=0.5)
    axes.legend(loc="lower right")
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)
