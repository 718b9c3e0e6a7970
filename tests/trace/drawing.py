"""Draws a trace as text, and keeps the drawing in `docs/architecture.md` between two marks."""

from collections.abc import Iterable, Iterator
from itertools import chain

from gateway.core.config.settings import PROJECT
from tests.trace.tracing import Trace

# What a plain message may pass, not counting `core/`, what stands before every request, and background loops.
# Lower it whenever the road becomes shorter; to raise it is a decision with a page in docs/decisions/.
MOST_MODULES = 39  # why not fewer: docs/decisions/0030-trips.md

PAGE = PROJECT / "docs" / "architecture.md"
BEGIN = "<!-- Written by `python -m tests.trace --write`; do not edit. -->"
END = "<!-- End of what was written. -->"

# A message walks the folders in this order; what is only asked on the way comes after them.
ROAD = ("channels", "inbox", "turns", "dialogue", "handover", "outbox")
_CORE = "core"
_BEFORE_ALL = ("core/http", "core/metrics")
_WAY_OUT = "core/http/client"  # no request of ours passes it
_WIDTH = 110
# Numbered as the first lines of the modules are: the dialogue is 4, and is asked within the turn; the outbox is 5.
_STATIONS = {
    "receive": ("1", "POST /webhooks/whatsapp, signed", "stored once, encrypted; then 200"),
    "process": ("2", "the inbox is rung", "whose is it? masked, a message of a conversation"),
    "answer": (
        "3 and 4",
        "the conversation has a message without a turn",
        "one turn, one question to Rasa, one reply in the outbox",
    ),
    "send": ("5", "leased with its turn, or by the outbox", "within Meta's limits, in WhatsApp's form"),
}


def passed(trace: Trace) -> set[str]:
    """The modules that are counted."""
    every = set(chain.from_iterable(trace.stations.values()))
    return {module for module in every if module.partition("/")[0] != _CORE}


def drawing(trace: Trace) -> str:
    """The picture, in words that everybody can check against the code."""
    every = set(chain.from_iterable(trace.stations.values()))
    before_all = {module for module in every if module.startswith(_BEFORE_ALL) and module != _WAY_OUT}
    under = every - before_all - passed(trace)
    lines = [" citizen's phone"]
    for station, (number, comes, does) in _STATIONS.items():
        lines += [f"      │  {comes}", "      ▼", f" {number}. {station}: {does}"]
        lines += _folders(module for module in trace.stations[station] if module in passed(trace))
    lines += ["      │  POST to Meta's Graph", "      ▼", " citizen's phone", ""]
    lines += [f" Counted: {len(passed(trace))} modules, at most {MOST_MODULES}. Not counted:"]
    lines += [*_row(f"before every request ({len(before_all)})", before_all), *_row(f"under all ({len(under)})", under)]
    loops = {name: set(modules) - {"worker"} for name, modules in trace.background.items()}
    for name in sorted(loops):
        lines += _row(f"loop {name}", {module for module in loops[name] if not module.startswith(_CORE)} or {_CORE})
    return "\n".join(lines)


def written(page: str, picture: str) -> str:
    """The page with the picture in its place; raises `ValueError` when the page has no place for one."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has lost the marks between which the picture stands.")
    return f"{head}{BEGIN}\n\n```\n{picture}\n```\n\n{END}{tail}"


def _folders(modules: Iterable[str]) -> Iterator[str]:
    found: dict[str, set[str]] = {}
    for module in modules:
        folder, _, name = module.partition("/")
        found.setdefault(folder if name else "(root)", set()).add(name or folder)
    for folder in sorted(found, key=lambda each: (ROAD.index(each) if each in ROAD else len(ROAD), each)):
        yield from _row(folder, found[folder])


def _row(name: str, modules: Iterable[str]) -> Iterator[str]:
    """A name and what belongs to it, on as many lines as that takes."""
    line = f"      {name:<16}"
    for module in sorted(modules):
        if len(line) + len(module) > _WIDTH:
            yield line.rstrip()
            line = " " * 22
        line += f" {module} "
    yield line.rstrip()
