"""Hosts of a test as network namespaces: each has an address of its own, and its cable can be pulled."""

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.core.config.settings import PROJECT
from tests.worlds.services import missing

NETWORK = "10.213.77"  # of the tests' own hosts, on a bridge that leads nowhere else
HUB = f"{NETWORK}.1"  # this machine, as the hosts see it


@dataclass(frozen=True)
class Host:
    """One namespace."""

    name: str
    address: str

    @property
    def cable(self) -> str:
        """The end of its cable that is plugged into the bridge."""
        return f"v{self.name}"

    def pull(self) -> None:
        """Nothing comes or goes from now on; whoever waits for an answer is told nothing."""
        _ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        """Connected again."""
        _ip("link", "set", self.cable, "up")

    def starts(self, command: list[str], environment: Mapping[str, str], log: str) -> subprocess.Popen[bytes]:
        """A process on this host."""
        with open(log, "ab") as output:  # handed to the process
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, *command],
                cwd=PROJECT, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip


@contextlib.contextmanager
def hosts(count: int) -> Iterator[list[Host]]:
    """So many hosts on one bridge, until the block ends."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        missing("A machine on which namespaces may be made", "be root, with Debian's package iproute2.")
    mark = uuid.uuid4().hex[:5]
    bridge = f"b{mark}"
    made = [Host(f"n{mark}{number}", f"{NETWORK}.{11 + number}") for number in range(count)]
    with contextlib.ExitStack() as stack:
        try:
            _ip("link", "add", bridge, "type", "bridge")
        except subprocess.CalledProcessError as error:
            missing("A machine on which namespaces may be made", f"give it CAP_NET_ADMIN ({error.stderr.decode()}).")
        stack.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{HUB}/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        for host in made:
            _ip("netns", "add", host.name)
            stack.callback(_ip, "netns", "del", host.name)
            _ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            _ip("link", "set", host.cable, "master", bridge, "up")
            inside = ("netns", "exec", host.name, "ip")
            _ip(*inside, "addr", "add", f"{host.address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip(*inside, "link", "set", device, "up")
        yield made


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
