"""Rasa's own checks on the trained model: `python -m tests.dialogue`, from the project's root, in Rasa's environment.

`rasa test` alone ends with 0 whatever it finds; asked to fail, it ends with a traceback. Here the output is shown only
when something is wrong.
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

STORIES = Path(__file__).parent


def main() -> int:
    """Validate the training data and play every story; 0 when nothing is wrong."""
    rasa = [sys.executable, "-m", "rasa"]
    with tempfile.TemporaryDirectory() as results:
        stories = ["--stories", str(STORIES), "--e2e", "--fail-on-prediction-errors", "--no-plot", "--out", results]
        checks = {
            "rasa data validate --fail-on-warnings": [*rasa, "data", "validate", "--fail-on-warnings"],
            "rasa test on tests/dialogue": [*rasa, "test", "core", *stories],
        }
        # Side by side: each spends most of its time loading.
        with ThreadPoolExecutor(len(checks)) as pool:
            worst = max(pool.map(_run, checks, checks.values()))
        wrong = Path(results) / "failed_test_stories.yml"
        if worst and wrong.exists():
            print(wrong.read_text("utf-8"), flush=True)  # what Rasa says of them elsewhere is how many there are
        return worst


def _run(name: str, command: list[str]) -> int:
    done = subprocess.run(command, capture_output=True, text=True)
    print(f"{'passed' if done.returncode == 0 else 'FAILED'}: {name}", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return int(done.returncode != 0)


if __name__ == "__main__":
    sys.exit(main())
