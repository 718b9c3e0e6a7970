"""Calls after a commit: what counts or logs an outcome does so once it is true, and not at all when it is undone.

A call must be quick and must not use the database. One that raises is logged: the commit has happened.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

log = structlog.get_logger()

_KEY = "calls after commit"
_Waiting = list[tuple[SessionTransaction | None, Callable[[], None]]]


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Call this once the transaction is committed; never when it, or the savepoint that is open now, is rolled back."""
    inner = session.sync_session
    scope = inner.get_nested_transaction() or inner.get_transaction()
    inner.info.setdefault(_KEY, []).append((scope, call))


@event.listens_for(Session, "after_commit")
def _call(session: Session) -> None:
    if _KEY not in session.info or session.in_nested_transaction():
        return
    waiting: _Waiting = session.info.pop(_KEY)
    for _, call in waiting:
        try:
            call()
        except Exception as error:  # the transaction is committed, and its caller must not believe otherwise
            log.error("call_after_commit_failed", exc_info=error)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if _KEY in session.info:
        waiting: _Waiting = session.info[_KEY]
        session.info[_KEY] = [(scope, call) for scope, call in waiting if not _is_within(scope, previous)]


def _is_within(scope: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while scope is not None:
        if scope is outer:
            return True
        scope = scope.parent
    return False
