"""Analytics, charts: coordinates of lines, bars and strips in a picture of fixed size; pure, without words.

Colours and letters are the style sheet's; each drawing has its numbers in a table beside it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 34
_MOST_LABELS = 7
LEVELS = 5  # of a strip; 0 is no count


@dataclass(frozen=True)
class Tick:
    """A place on an axis, with what is written there."""

    at: float
    text: str


@dataclass(frozen=True)
class Lines:
    """A line chart: each line as the points of an SVG polyline, and the places of its dots."""

    lines: tuple[str, ...]
    dots: tuple[tuple[tuple[float, float], ...], ...]
    heights: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


def lines(series: Sequence[Sequence[int]], labels: Sequence[str]) -> Lines:
    """A chart of some series over the same periods, all on one scale from zero."""
    top = nice_top(max((value for each in series for value in each), default=0))
    across, down = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    gap = across / max(len(labels) - 1, 1)

    def x(place: int) -> float:
        return round(_LEFT + place * gap, 1)

    def y(value: float) -> float:
        return round(_TOP + down * (1 - value / top), 1)

    dots = tuple(tuple((x(place), y(value)) for place, value in enumerate(each)) for each in series)
    every = max(math.ceil(len(labels) / _MOST_LABELS), 1)
    return Lines(
        lines=tuple(" ".join(f"{across},{down}" for across, down in each) for each in dots),
        dots=dots,
        heights=tuple(Tick(y(top * part / 4), str(top * part // 4)) for part in range(5)),
        labels=tuple(Tick(x(place), text) for place, text in enumerate(labels) if place % every == 0),
    )


def nice_top(largest: int) -> int:
    """The end of an axis: a round number of quarters that are whole, not below the largest value."""
    power = 1
    while True:
        for step in (20, 40, 60, 80, 100):
            if step * power >= largest:
                return step * power
        power *= 10


def part_of(value: int, largest: int) -> float:
    """How long a bar is, in percent of the longest."""
    return round(100 * value / largest, 1) if largest else 0.0


def levels(values: Sequence[int]) -> list[int]:
    """How dark each field of a strip is, from 0 to `LEVELS`; the largest of the strip is the darkest."""
    largest = max(values, default=0)
    return [math.ceil(LEVELS * value / largest) if value > 0 else 0 for value in values]
