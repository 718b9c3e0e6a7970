"""Editors' workshop: processes that do slow work beside the service; where it is short, messages come first."""

import contextlib
import os
from pathlib import Path
from typing import Final

# Of 19: the kernel then gives a tenth of what it gives to a process of the service.
NICENESS: Final = 10


def put_behind_the_service(pid: int) -> None:
    """Let a process of a session of its own have the processor only where the service leaves it.

    Linux shares the processor between sessions first (autogroup) and looks at niceness only within one: both are set.
    Where either cannot be, the process runs as any other.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(f"{NICENESS}\n")
