"""Checks of the examples for a machine: systemd's units and the two proxies, by the programs that read them."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.worlds.ports import free_port
from tests.worlds.services import missing

PROJECT = Path(__file__).parents[2]
UNITS, PROXY = PROJECT / "containers" / "systemd", PROJECT / "containers" / "proxy"
SHARED = {"/health/ready", "/content"}


def run(*command: str, folder: Path) -> str:
    """What it says; the test fails where it fails."""
    if shutil.which(command[0]) is None:
        missing(command[0], f"install Debian's package of {command[0]}.")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text("utf-8").replace("/srv/neuvo", str(PROJECT))
        (tmp_path / unit.name).write_text(text, "utf-8")

    units = [str(tmp_path / unit.name) for unit in UNITS.iterdir()]
    assert run("systemd-analyze", "verify", *units, folder=tmp_path) == ""


def test_the_units_start_commands_that_exist_and_keep_their_state_in_one_place() -> None:
    text = "".join(unit.read_text("utf-8") for unit in UNITS.iterdir())
    orders = set(re.findall(r"-m gateway ([a-z]+(?: [a-z]+)?)", text))

    assert orders == {"run", "backup make", "backup verify"}
    assert set(re.findall(r"NEUVO_[A-Z_]+=(\S+)", text)) == {"/var/lib/neuvo"}


def test_the_service_keeps_what_python_compiles_where_it_may_write() -> None:
    lines = (UNITS / "neuvo.service").read_text("utf-8").splitlines()

    assert "ProtectSystem=strict" in lines
    assert {"Environment=PYTHONPYCACHEPREFIX=/var/cache/neuvo/python", "CacheDirectory=neuvo"} <= set(lines)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A folder with a certificate for the example's name."""
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=chat.example.org",
        "-keyout", "privkey.pem", "-out", "fullchain.pem", folder=tmp_path)  # fmt: skip
    return tmp_path


def test_nginx_accepts_its_example(certificate: Path) -> None:
    text = (PROXY / "nginx.conf").read_text("utf-8")
    text = text.replace("/etc/neuvo/tls", str(certificate)).replace("/var/log/nginx", str(certificate))
    for port in ("80", "443"):
        text = re.sub(rf"listen (\[::\]:)?{port}\b", lambda found: f"listen {found[1] or ''}{free_port()}", text)
    (certificate / "neuvo.conf").write_text(text, "utf-8")
    (certificate / "nginx.conf").write_text(
        f"pid {certificate}/nginx.pid;\nerror_log {certificate}/error.log;\nevents {{}}\n"
        f"http {{ include {certificate}/neuvo.conf; }}\n",
        "utf-8",
    )

    said = run("nginx", "-t", "-c", str(certificate / "nginx.conf"), folder=certificate)
    assert "warn" not in said


HALF_STARTED = """pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {places}
    upstream neuvo_gateway {{ server 127.0.0.1:{silent}; server 127.0.0.1:{there}; }}
    server {{ listen 127.0.0.1:{there}; return 200 stored; }}
    server {{ listen 127.0.0.1:{front}; {location} }}
}}
"""


def test_a_delivery_that_a_starting_machine_holds_is_given_to_another(tmp_path: Path) -> None:
    """One upstream takes the connection and says nothing, as while its processes start; the other answers."""
    text = (PROXY / "nginx.conf").read_text("utf-8")
    location = re.search(r"    location \^~ /webhooks/ \{.*?\n    \}\n", text, re.DOTALL)
    assert location is not None
    parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ports = {"there": free_port(), "front": free_port()}
    with socket.create_server(("127.0.0.1", 0)) as silent, httpx2.Client(trust_env=False, timeout=20) as client:
        configuration = HALF_STARTED.format(
            folder=tmp_path,
            places="\n".join(f"{part}_temp_path {tmp_path}/{part};" for part in parts),
            silent=silent.getsockname()[1],
            location=location[0],
            **ports,
        )
        (tmp_path / "nginx.conf").write_text(configuration, "utf-8")
        order = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
        with subprocess.Popen(order, stderr=subprocess.DEVNULL) as nginx:
            try:
                wait_for_port(ports["front"])
                front = f"http://127.0.0.1:{ports['front']}/webhooks/whatsapp"
                said = [client.post(front, content=b"{}").text for _ in range(2)]
            finally:
                nginx.terminate()

    assert said == ["stored", "stored"]


def wait_for_port(port: int) -> None:
    """Until somebody listens there, ten seconds at most."""
    for _ in range(100):
        with socket.socket() as visitor:
            if visitor.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def test_caddy_accepts_its_example(tmp_path: Path) -> None:
    said = run("caddy", "adapt", "--adapter", "caddyfile", "--config", str(PROXY / "Caddyfile"), folder=tmp_path)

    assert '"host":["chat.example.org"]' in said.replace(" ", "")
    assert "warn" not in said


def test_caddy_asks_for_health_under_the_public_name_else_another_machine_refuses_the_question(tmp_path: Path) -> None:
    adapted = run("caddy", "adapt", "--config", str(PROXY / "Caddyfile"), "--adapter", "caddyfile", folder=tmp_path)

    assert '"/health/ready"' in adapted
    assert re.search(r'"active":\{[^{}]*"headers":\{"Host":\["chat\.example\.org"\]\}', adapted)


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_sets_the_citizens_address_caps_bodies_and_shows_nobody_the_word_of_health(name: str) -> None:
    text = (PROXY / name).read_text("utf-8")

    assert name == "Caddyfile" or "X-Forwarded-For $remote_addr;" in text  # Caddy does so by itself
    assert not re.search(r"proxy_add_x_forwarded_for|^\s*trusted_proxies", text, re.MULTILINE)
    assert re.search(r"4m;|4MB", text)
    assert [path for path in SHARED if path not in text] == []


def test_the_composition_probes_readiness_where_it_chooses_who_is_asked() -> None:
    services = yaml.safe_load((PROJECT / "containers" / "compose.yml").read_text("utf-8"))["services"]
    probes = {name: str(each.get("healthcheck", {}).get("test", "")) for name, each in services.items()}

    assert "/health/ready" in probes["gateway"]
    assert "/health/ready" in probes["editing"]
