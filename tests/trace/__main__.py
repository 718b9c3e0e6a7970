"""Draws the road of a message: `python -m tests.trace` prints it, `--write` puts it into docs/architecture.md."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.trace.drawing import PAGE, drawing, written
from tests.trace.tracing import trace


def main() -> int:
    """Follow a message, then print or write; 0 when it was done."""
    with tempfile.TemporaryDirectory() as folder:
        picture = drawing(asyncio.run(trace(Path(folder))))
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(written(PAGE.read_text("utf-8"), picture), "utf-8")
    else:
        print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
