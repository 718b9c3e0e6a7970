"""Meta's stand-in and a phone on a web page: the partner of development and the judge in tests, never production.

It stands apart from the rest of the gateway and imports none of it.
"""

from gateway.channels.simulator.app import create_simulator
from gateway.channels.simulator.citizen import Citizen
from gateway.channels.simulator.config import Delays, Place, Platform, SimulatorConfig, SimulatorRefused
from gateway.channels.simulator.core import Simulator
from gateway.channels.simulator.memory.judge import Choice, Judge, Received, Refusal
from gateway.channels.simulator.memory.model import Message, Phone
from gateway.channels.simulator.phone.messages import BadDraft
from gateway.channels.simulator.postman.faults import Faults, GraphFault

__all__ = [
    "BadDraft",
    "Choice",
    "Citizen",
    "Delays",
    "Faults",
    "GraphFault",
    "Judge",
    "Message",
    "Phone",
    "Place",
    "Platform",
    "Received",
    "Refusal",
    "Simulator",
    "SimulatorConfig",
    "SimulatorRefused",
    "create_simulator",
]
