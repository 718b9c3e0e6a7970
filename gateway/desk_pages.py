"""Beside the road: the pages of notices, hours, figures and doors, the staff's and those of everybody."""

from fastapi import FastAPI

from gateway.bulletins import desk as bulletin_desk
from gateway.bulletins import pages as bulletin_pages
from gateway.doors import desk as doors_desk
from gateway.doors import public as doors_public
from gateway.figures import console as figures_console
from gateway.figures import public as figures_public
from gateway.hours import desk as hours_desk

_MODULES = (bulletin_pages, bulletin_desk, hours_desk, figures_console, figures_public, doors_desk, doors_public)


def install(app: FastAPI) -> None:
    """Mount the pages."""
    for module in _MODULES:
        app.include_router(module.router)
