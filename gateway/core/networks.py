"""Networks: addresses and networks in CIDR notation, as a setting names them with commas."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Networks:
    """A set of networks; `address in networks` takes what a socket or a header says, readable or not."""

    networks: tuple[Network, ...] = ()

    def __contains__(self, address: str) -> bool:
        return bool(self.networks) and _is_within(address, self.networks)


@lru_cache(maxsize=16)
def read_networks(written: str) -> Networks:
    """`10.0.0.7, 172.20.0.0/16, fd00::/8`. Raises `ValueError` with the part that is neither address nor network."""
    parts = (part.strip() for part in written.split(","))
    return Networks(tuple(ipaddress.ip_network(part, strict=False) for part in parts if part))


def parse_address(written: str) -> Address | None:
    """The address, an IPv4 one also where it is written as IPv6 (`::ffff:10.0.0.7`); None for anything else."""
    try:
        parsed = ipaddress.ip_address(written)
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if parsed.version == 6 else parsed


# Each request asks of the same few proxies.
@lru_cache(maxsize=4096)
def _is_within(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = parse_address(address)
    return parsed is not None and any(parsed in each for each in networks if each.version == parsed.version)
