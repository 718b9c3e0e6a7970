"""Dialogue, training: one model from one content folder, in a process of its own that reports its progress.

`python -m bot.train --content <folder> --output <folder> --name <name>` writes a line of JSON for each step on standard
output and ends with 1 and a sentence when the content is refused. With `--watched` it ends with its parent process.
"""

import argparse
import json
import logging
import os
import re
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

from rasa.model_training import train
from rasa.shared.exceptions import RasaException
from rasa.utils.log_utils import configure_structlog

_STEP = re.compile(r"(Starting to train|Finished training|Restored) component '(\w+)'")
_EVENTS = {"Starting to train": "begun", "Finished training": "done", "Restored": "kept"}


class _Steps(logging.Handler):
    """Turns Rasa's log of the training graph into steps."""

    def emit(self, record: logging.LogRecord) -> None:
        """Report one step; other lines are ignored."""
        match = _STEP.match(record.getMessage())
        if match:
            report(event=_EVENTS[match.group(1)], part=match.group(2))


def report(**step: Any) -> None:
    """Write one line of JSON for the parent process."""
    print(json.dumps(step), file=sys.__stdout__, flush=True)


def end_with_parent() -> None:
    """Exit when standard input closes: the parent process, which holds its other end, has ended."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Train; 0 when the model is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--content", "--output", "--name"):
        parser.add_argument(name, required=True)
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--watched", action="store_true", help="end when standard input closes")
    chosen = parser.parse_args()
    if chosen.watched:
        end_with_parent()
    warnings.simplefilter("ignore")
    configure_structlog(logging.ERROR)
    steps = logging.getLogger("rasa.engine.training.hooks")
    steps.setLevel(logging.INFO)
    steps.addHandler(_Steps())
    steps.propagate = False
    sys.stdout = sys.stderr  # Rasa prints; standard output is for the steps
    try:
        result = train("domain.yml", chosen.config, [chosen.content], chosen.output, fixed_model_name=chosen.name)
    except RasaException as error:
        report(event="refused", reason=str(error).strip())
        return 1
    if result.model is None:
        report(event="refused", reason="Rasa made no model.")
        return 1
    report(event="trained", model=str(Path(result.model)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
