"""Takes each defence away in turn and shows that its test then fails: `python -m tests.hostile [part of a name] ...`.

`--anew` forgets what earlier runs found, `--at-once N` works in so many copies. Ends with 1 when a defence is missed by
nobody. It may be stopped at any moment and goes on where it was. Nothing here is changed: it works on copies.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from gateway.core.config.settings import PROJECT
from tests.hostile.defence import Defence
from tests.hostile.every import EVERY, WITHOUT_A_TEST
from tests.hostile.memory import Memory
from tests.hostile.removal import Outcome, copy_project, run_tests, without

MEMORY = PROJECT / "build" / "hostile.json"


def main() -> int:
    """Print a line a defence; 0 when each is missed by its test."""
    chosen, memory = _arguments(), Memory(MEMORY)
    if chosen.anew:
        memory.forget()
    wanted = [each for each in EVERY if not chosen.names or any(part in each.name for part in chosen.names)]
    found = {each.name: known for each in wanted if (known := memory.recall(each)) is not None}
    left = [each for each in wanted if each.name not in found]
    print(f"{len(wanted)} defences, {len(found)} known from before, {len(left)} to take away.", flush=True)
    began = time.monotonic()
    with ExitStack() as stack:
        copies: SimpleQueue[Path] = SimpleQueue()
        for _ in range(chosen.at_once if left else 0):
            copies.put(copy_project(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        if not _whole(copies, left):
            return 1
        workers = stack.enter_context(ThreadPoolExecutor(chosen.at_once))
        for place, (each, outcome, seconds) in enumerate(workers.map(lambda each: _taken_away(copies, each), left), 1):
            found[each.name] = outcome
            memory.keep(each, outcome)
            minutes = (time.monotonic() - began) / 60
            print(
                f"[{place}/{len(left)}, {minutes:4.1f} min] {outcome:<7} {seconds:5.1f} s  without: {each.name}",
                flush=True,
            )
    return _sum_up(found, complete=not chosen.names)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the names of defences; all when none is given")
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--at-once", type=int, default=2, help="in how many copies to work (2)")
    return parser.parse_args()


def _whole(copies: "SimpleQueue[Path]", left: list[Defence]) -> bool:
    """Whether every test passes while its defence is there; else what follows would mean nothing."""
    for world in sorted({_world(each) for each in left}):
        tests = sorted({each.test for each in left if _world(each) == world})
        project = copies.get()
        outcome = run_tests(project, *tests, environment=world[0], should_pass=True)
        copies.put(project)
        print(f"With every defence in its place, {len(tests)} tests of {' '.join(world)}: {outcome}", flush=True)
        if outcome is not Outcome.PASSED:
            return False
    return True


def _world(defence: Defence) -> tuple[str, ...]:
    """Which tests may share a process: a browser's loop holds the thread, and no other test gets one of its own."""
    return (defence.environment, "browser") if defence.test.startswith("tests/browser/") else (defence.environment,)


def _taken_away(copies: "SimpleQueue[Path]", defence: Defence) -> tuple[Defence, Outcome, float]:
    project, began = copies.get(), time.monotonic()
    try:
        with without(project, defence):
            outcome = run_tests(project, defence.test, environment=defence.environment)
    finally:
        copies.put(project)
    return defence, outcome, time.monotonic() - began


def _sum_up(found: dict[str, Outcome], *, complete: bool) -> int:
    unmissed = sorted(name for name, outcome in found.items() if outcome is not Outcome.FAILED)
    print(f"{len(found)} defences, {len(unmissed)} that no test misses.")
    print("\n".join(_lines(unmissed, complete=complete)))
    return 1 if unmissed else 0


def _lines(unmissed: list[str], *, complete: bool) -> Iterator[str]:
    yield from (f"  nobody misses: {name}" for name in unmissed)
    if complete:
        yield from (f"  has no test here: {name}: {why}" for name, why in WITHOUT_A_TEST.items())


if __name__ == "__main__":
    sys.exit(main())
