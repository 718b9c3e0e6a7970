"""Beside the road, the console: its pages mounted."""

from typing import Any

from fastapi import FastAPI

from gateway.console import changes, disclosing, doorbell, keeping, pages, remembering, searching, writing

_MODULES: tuple[Any, ...] = (pages, doorbell, changes, writing, remembering, disclosing, keeping, searching)


def install(app: FastAPI) -> None:
    """Mount the console's pages."""
    for module in _MODULES:
        app.include_router(module.router)
