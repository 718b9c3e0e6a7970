"""Content, the check of a folder in a process of its own, and a refusal where something is wrong."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from gateway.content.errors import ContentRefused
from gateway.content.publishing.job_record import JobRecord
from gateway.content.publishing.rasa_process import lower_priority
from gateway.core.config.settings import PROJECT, Settings


async def require_sound(settings: Settings, record: JobRecord, folder: Path, *, words_only: bool) -> None:
    """Check a folder and keep what was found; words alone in seconds. Raises `ContentRefused` for a mistake."""
    found = await _findings(settings, folder, words_only=words_only)
    refused = sum(each["refused"] for each in found)
    await record.keep(findings=found)
    if refused:
        raise ContentRefused("check_refused", count=refused)
    await record.note("check_passed", count=len(found))


async def _findings(settings: Settings, folder: Path, *, words_only: bool) -> list[dict[str, Any]]:
    arguments = [sys.executable, "-m", "gateway.content.publishing.checks", str(folder), settings.privacy_url]
    process = await asyncio.create_subprocess_exec(
        *arguments,
        *(["--words"] if words_only else []),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    if not words_only:  # somebody waits for words
        lower_priority(process.pid)
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found: list[dict[str, Any]] = json.loads(output)
    return found
