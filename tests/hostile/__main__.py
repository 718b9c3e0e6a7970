"""Takes each defence away in turn and shows that its test then fails: `python -m tests.hostile [part of a name] ...`.

Ends with 1 when a defence is missed by nobody. It works on a copy: nothing here is changed.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.hostile.defences import DEFENCES
from tests.hostile.removal import Outcome, copy_project, run_tests, without


def main() -> int:
    """Print a line a defence; 0 when every test misses its own."""
    wanted = sys.argv[1:]
    chosen = [each for each in DEFENCES if not wanted or any(part in each.name for part in wanted)]
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        tests = sorted({each.test for each in chosen})
        whole = run_tests(project, *tests)
        print(f"With every defence in its place, {len(tests)} tests: {whole}")
        if whole is not Outcome.PASSED:
            return 1
        found = []
        for each in chosen:
            began = time.monotonic()
            with without(project, each):
                outcome = run_tests(project, each.test)
            found.append(outcome)
            print(f"{outcome:<8} {time.monotonic() - began:4.1f} s  without: {each.name}", flush=True)
    unmissed = sum(outcome is not Outcome.FAILED for outcome in found)
    print(f"{len(found)} defences, {unmissed} that no test misses.")
    return 1 if unmissed else 0


if __name__ == "__main__":
    sys.exit(main())
