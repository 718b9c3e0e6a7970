"""Measures the danger screen: time a message, and what it finds, beside a search for the plainest words of danger.

`python -m tests.bench.screening`: the open half of the examination, in which half of the dangers have no obvious word.
The search is the baseline of both: what a few words and no model would cost and find. The masking of personal data,
which reads every message on the same road, stands beside the times.
"""

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from gateway.conversations.pii_masking import mask
from gateway.core.config.settings import PROJECT
from screening.danger.screen import screen, warm_up

FOLDER = PROJECT / "evaluation" / "danger"
KINDS = ("emergencies", "crises", "lookalikes", "ordinary")
LONG = {"4,096 letters": "apua hän tulee ja lyö minua " * 146, "4,096 emoji": "😀" * 4096}
PLAIN = re.compile(
    r"\b(112|apua|hätä\w*|veit\w+|puuko\w*|ase\w*|kuol\w*|itsemurh\w*|tappa\w*|help|hjälp|kniv\w*|vapen|dö|död\w*|"
    r"självmord\w*|knife|gun|die|dying|suicid\w*|kill\w*)\b",
    re.IGNORECASE,
)


def lines_of(language: str, kind: str) -> list[str]:
    """The messages of one kind."""
    path: Path = FOLDER / language / "open" / f"{kind}.txt"
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


def seconds_of(work: Callable[[str], object], texts: list[str]) -> list[float]:
    """What the work takes for each text: the shorter of two, because this machine does other things too."""
    found = []
    for text in texts:
        times = []
        for _ in range(2):
            began = time.perf_counter()
            work(text)
            times.append(time.perf_counter() - began)
        found.append(min(times))
    return sorted(found)


def main() -> None:
    """Print both tables."""
    began = time.perf_counter()
    warm_up()
    print(f"  reading rules and weights: {time.perf_counter() - began:.2f} s, once in a process")
    ways: dict[str, Callable[[str], object]] = {"screen": screen, "plain words": PLAIN.search}
    texts = [text for language in ("fi", "sv", "en") for kind in KINDS for text in lines_of(language, kind)]
    print(
        f"\n  {'milliseconds a message':<24}{'p50':>8}{'p95':>8}{'p99':>8}{'mean':>8}"
        + "".join(f"{n:>16}" for n in LONG)
    )
    for name, work in {**ways, "masking": mask}.items():
        times = [each * 1000 for each in seconds_of(work, texts)]
        cuts = statistics.quantiles(times, n=100)
        shown = "".join(f"{each:>8.3f}" for each in (cuts[49], cuts[94], cuts[98], statistics.mean(times)))
        longest = "".join(f"{seconds_of(work, [text])[0] * 1000:>16.2f}" for text in LONG.values())
        print(f"  {name:<24}{shown}{longest}")
    print(f"\n  {'share with an alarm':<24}" + "".join(f"{kind:>13}" for kind in KINDS))
    for name, work in ways.items():
        for language in ("fi", "sv", "en"):
            found = [[work(text) is not None for text in lines_of(language, kind)] for kind in KINDS]
            print(f"  {name + ', ' + language:<24}" + "".join(f"{statistics.mean(each):>13.3f}" for each in found))


if __name__ == "__main__":
    main()
