"""Console: its pages, in the order in which a path is looked for."""

from typing import Final

from fastapi import APIRouter

from gateway.console import (
    live_events,
    routes_alarms,
    routes_areas,
    routes_blocks,
    routes_board,
    routes_disclosure,
    routes_export,
    routes_legal_holds,
    routes_notes,
    routes_ownership,
    routes_push,
    routes_queue,
    routes_ready,
    routes_replies,
    routes_search,
    routes_sent_files,
    routes_snooze,
    routes_teams,
    routes_told,
    routes_translation,
    routes_views,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    routes_queue.router,
    live_events.router,
    routes_alarms.router,
    routes_areas.router,
    routes_blocks.router,
    routes_board.router,
    routes_ownership.router,
    routes_push.router,
    routes_ready.router,
    routes_replies.router,
    routes_notes.router,
    routes_disclosure.router,
    routes_export.router,
    routes_legal_holds.router,
    routes_search.router,
    routes_sent_files.router,
    routes_snooze.router,
    routes_teams.router,
    routes_told.router,
    routes_translation.router,
    routes_views.router,
)
