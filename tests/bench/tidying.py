"""What PostgreSQL does by itself unless told not to, for the benches' own database where a server was told."""

import contextlib
import threading
from collections.abc import Iterator

import psycopg

EVERY = 60.0  # seconds: PostgreSQL's own `autovacuum_naptime`


@contextlib.contextmanager
def kept_tidy(url: str) -> Iterator[None]:
    """Vacuum and analyze this database each minute of the block, unless its server does."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(EVERY):
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")

    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SHOW autovacuum").fetchone()
    if row is not None and row[0] == "on":
        yield
        return
    print("  this server's autovacuum is off: its work is done each minute by the bench", flush=True)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(30)
