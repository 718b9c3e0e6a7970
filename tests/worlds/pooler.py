"""A real PgBouncer in transaction mode before the tests' PostgreSQL, with fewer connections than it has clients."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.worlds.ports import free_port
from tests.worlds.services import POSTGRES, missing

# What docs/operations.md says must be set; the test fails without either.
SETTINGS = {
    "pool_mode": "transaction",
    "max_prepared_statements": "500",
    "ignore_startup_parameters": "extra_float_digits,idle_in_transaction_session_timeout",
}


@contextlib.contextmanager
def pooler(folder: Path, **changed: str) -> Iterator[str]:
    """The address of a pooler without the name of a database, until the block ends."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        missing("PgBouncer", "install Debian's package pgbouncer.")
    server, port = make_url(POSTGRES), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "listen_addr": "127.0.0.1", "listen_port": str(port), "auth_type": "any", "unix_socket_dir": "",
        "default_pool_size": "5", "logfile": str(folder / "log"), "pidfile": str(folder / "pid"), **SETTINGS, **changed,
    }  # fmt: skip
    lines = "\n".join(f"{name} = {value}" for name, value in options.items() if value)
    password = f" password={server.password}" if server.password else ""
    target = f"* = host={server.host} port={server.port or 5432} user={server.username}{password}"
    (folder / "pgbouncer.ini").write_text(f"[databases]\n{target}\n[pgbouncer]\n{lines}\nunix_socket_dir =\n", "utf-8")
    order = [program, "-q", str(folder / "pgbouncer.ini")]
    if os.geteuid() == 0:  # it refuses to be root
        shutil.chown(folder, "nobody")
        for above in folder.parents:
            if above.stat().st_uid == 0 and not above.stat().st_mode & 0o001:
                above.chmod(above.stat().st_mode | 0o011)
        order += ["-u", "nobody"]
    process = subprocess.Popen(order, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (folder / "log").read_text("utf-8")
            time.sleep(0.05)
        yield f"postgresql://{server.username}@127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGQUIT)  # at once; after a SIGTERM it waits for its clients
        process.wait(20)
