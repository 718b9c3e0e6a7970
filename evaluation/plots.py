"""Evaluation: the plots of the confusion matrix, the calibration and the learning curve."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt

from evaluation.dataset import TOPICS
from evaluation.learning_curve import LearningPoint
from evaluation.metrics import Bin
from evaluation.predictions import Prediction

# Distinct for colour-blind people, and by the markers in grey.
_STYLES = {"fi": ("#0b3d91", "o"), "sv": ("#c77700", "s"), "en": ("#1b7f4d", "^")}
_NAMES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}
_DPI = 110


def plot_confusion_matrix(predictions: Sequence[Prediction], path: Path) -> None:
    """Rows: the label; columns: the first guess; numbers: messages of all languages together."""
    topics = [each for each in predictions if each.message.kind == TOPICS]
    # By name, because names are what a reader looks for.
    names = sorted({each.message.label for each in topics} | {each.guess for each in topics})
    counts = Counter((each.message.label, each.guess) for each in topics)
    indices = {name: index for index, name in enumerate(names)}
    totals = Counter(each.message.label for each in topics)
    figure, axes = plt.subplots(figsize=(19, 18))
    rates = [[counts[row, column] / max(1, totals[row]) for column in names] for row in names]
    axes.imshow(rates, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in counts.items():
        rate = count / totals[row]
        axes.text(
            indices[column],
            indices[row],
            str(count),
            ha="center",
            va="center",
            fontsize=6,
            color="white" if rate > 0.5 else "black" if row == column else "#a11",
            fontweight="normal" if row == column else "bold",
        )
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("first guess")
    axes.set_ylabel("label")
    axes.set_title("Confusion matrix (red: mistakes)")
    axes.grid(color="#eee", linewidth=0.4)
    _save(figure, path)


def plot_calibration(bins: Mapping[str, Sequence[Bin]], path: Path) -> None:
    """Accuracy against confidence; on the diagonal the probabilities are calibrated."""
    figure, axes = plt.subplots(figsize=(6.4, 6))
    axes.plot([0, 1], [0, 1], color="#888", linewidth=1, label="perfect calibration")
    for language, own in bins.items():
        colour, mark = _STYLES[language]
        axes.plot(
            [each.confidence for each in own],
            [each.accuracy for each in own],
            color=colour,
            marker=mark,
            label=f"{_NAMES[language]}, n={sum(each.count for each in own)}",
        )
    axes.set_xlabel("confidence of the first guess")
    axes.set_ylabel("accuracy")
    axes.set_title("Calibration")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.grid(color="#ddd", linewidth=0.5)
    axes.legend()
    _save(figure, path)


def plot_learning_curve(points: Sequence[LearningPoint], path: Path) -> None:
    """Where the lines are flat, more of the same examples do not help."""
    figure, axes = plt.subplots(figsize=(7, 5))
    for language, (colour, mark) in _STYLES.items():
        axes.plot(
            [point.examples for point in points],
            [point.accuracy[language] for point in points],
            color=colour,
            marker=mark,
            label=_NAMES[language],
        )
    axes.set_xlabel("examples per topic and language")
    axes.set_ylabel("accuracy of the first guess")
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
