"""What leaves a process beside its log and metrics: traces and errors, each only where its setting names an address.

The libraries are imported here and not before: where neither is set, neither is loaded.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.core import logs, traces
from gateway.core.config.settings import Settings


@asynccontextmanager
async def observed(settings: Settings, process: str) -> AsyncIterator[None]:
    """Switch on what the settings ask for; what still waits is sent at the end, for some seconds at most."""
    closings = []
    if settings.otlp_endpoint:
        from gateway.core.otlp import OtlpExport

        export = OtlpExport(settings, process)
        traces.export_to(export)
        closings.append(export.close)
    if settings.sentry_dsn is not None and (dsn := settings.sentry_dsn.get_secret_value()):
        from gateway.core.error_hook import ErrorHook

        hook = ErrorHook(dsn, settings.environment)
        logs.report_errors_to(hook)
        closings.append(hook.close)
    try:
        yield
    finally:
        traces.export_to(None)
        logs.report_errors_to(None)
        await asyncio.gather(*(asyncio.to_thread(close) for close in closings))
