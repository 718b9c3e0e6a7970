"""Supply chain, the bill of materials: CycloneDX 1.6 as JSON; the same lists give the same bill."""

import json
import uuid
from typing import Any

from gateway.core.version import version
from supply.licences import installed, licence_of, read_table
from supply.locked import LISTS, PROJECT, Package, locked, normal

_SPACE = uuid.UUID("8f0c3f0e-2f0a-5c5e-9e07-5d1b6f2c7a11")  # ours, so that a bill's number follows from its content
_VERSION = "1.6"


def bill_of(name: str) -> dict[str, Any]:
    """The bill of one list: each package with its address, licence and the hashes of its files."""
    packages = locked(name)
    table = read_table()
    licences = {normal(each.metadata["Name"]): licence_of(each, table) for each in installed(name)}
    components = [_component(each, licences.get(each.name)) for each in packages]
    number = uuid.uuid5(_SPACE, json.dumps(components, sort_keys=True))
    root = f"neuvo-{name}"
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": _VERSION,
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": root, "name": root, "version": version()}},
        "components": components,
        "dependencies": [
            {"ref": root, "dependsOn": [each.address for each in packages]},
            *({"ref": each.address} for each in packages),
        ],
    }


def _component(package: Package, licence: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.address,
        "name": package.name,
        "version": package.version,
        "purl": package.address,
        # One for each file that the index has of this version: whichever is installed, its hash is among them.
        "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
    }
    if licence and licence != "unknown":
        found["licenses"] = [{"expression": licence}]
    return found


def write_bills() -> list[str]:
    """Write every list's bill to `build/`; returns the files."""
    folder = PROJECT / "build"
    folder.mkdir(exist_ok=True)
    written = []
    for name in LISTS:
        path = folder / f"bill-{name}.cdx.json"
        path.write_text(json.dumps(bill_of(name), indent=1) + "\n", "utf-8")
        written.append(str(path.relative_to(PROJECT)))
    return written
