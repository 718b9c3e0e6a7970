"""Supply chain, the commands: `python -m supply bill | licences | audit`."""

import argparse
import shutil
import subprocess
import sys

from supply.bill import write_bills
from supply.licences import installed, refused
from supply.locked import LISTS, PROJECT, locked


def main() -> int:
    """Run one command; 1 when something must be looked at, 2 when it could not run."""
    parser = argparse.ArgumentParser(prog="python -m supply", description="What this service is made of")
    commands = {
        "bill": (bill, "write a bill of materials (CycloneDX) of each list to build/"),
        "licences": (licences, "name every installed package whose licence nobody has allowed"),
        "audit": (
            audit,
            "ask the public databases for known vulnerabilities of the locked versions (pip-audit, a network)",
        ),
    }
    choices = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in commands.items():
        choices.add_parser(name, help=text)
    return commands[parser.parse_args().command][0]()


def bill() -> int:
    """Write the bills of materials; returns the exit status."""
    print("\n".join(write_bills()))
    return 0


def licences() -> int:
    """Print packages whose licence is not allowed; returns the exit status."""
    bad = 0
    for environment in ("gateway", "rasa"):
        found = refused(environment)
        bad += len(found)
        print(f"{environment}: {len(installed(environment))} packages, {len(found)} to be decided about")
        print("".join(f"  {name}: {licence}\n" for name, licence in found), end="")
    return 1 if bad else 0


def audit() -> int:
    """Run pip-audit on the locked versions, not on what happens to be installed; returns the exit status."""
    program = shutil.which("pip-audit")
    if program is None:
        print(
            "neuvo: pip-audit is not here. Install it apart from this service (pipx install pip-audit) and try again."
        )
        return 2
    status = 0
    for name in LISTS:
        print(f"{name}: {len(locked(name))} packages", flush=True)
        path = PROJECT / "requirements" / f"{name}.txt"
        # The list is complete and hashed: nothing is resolved and nothing is installed.
        run = subprocess.run([program, "--require-hashes", "--disable-pip", "-r", str(path)], check=False)  # noqa: S603  # our own arguments
        status = max(status, run.returncode)
    return status


if __name__ == "__main__":
    sys.exit(main())
