"""Durable files: writes that are complete or raise."""

import os


def write_all(file: int, content: bytes) -> None:
    """Write all bytes, also where the system writes a part at a time; raises `OSError`, as on a full disk."""
    written = 0
    while written < len(content):
        written += os.write(file, content[written:])
