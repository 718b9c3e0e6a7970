"""Pictures of a load: latency over time and its histogram, one colour for each rate."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt  # the backend is chosen before it is loaded

from tests.bench.openloop import Taken


def draw(path: Path, title: str, loads: Mapping[str, Sequence[Taken]]) -> None:
    """Write a PNG file; both axes of latency are logarithmic, for a queue grows tenfold before anybody looks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure, (over_time, shares) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    for name, taken in loads.items():
        answered = [(each.planned, each.trip * 1000) for each in taken if each.trip is not None]
        if not answered:
            continue
        moments, milliseconds = zip(*answered, strict=True)
        over_time.plot(moments, milliseconds, ".", markersize=3, label=name)
        shares.hist(milliseconds, bins=_bins(), histtype="step", linewidth=1.5, label=name)
    over_time.set(xlabel="seconds since the first message", ylabel="milliseconds", yscale="log", title="over time")
    shares.set(xlabel="milliseconds", ylabel="messages", xscale="log", title="how many took how long")
    for axes in (over_time, shares):
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _bins() -> list[float]:
    return [10 ** (power / 12) for power in range(6, 61)]
