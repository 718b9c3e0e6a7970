"""A simulator of Meta's platforms and of the phones on them, for development and tests, never for production.

A package of its own: it imports nothing of the gateway.
"""

from simulator.app import create_simulator
from simulator.citizen import Citizen
from simulator.core.config import Delays, MetaAccount, SimulatorConfig, SimulatorRefused
from simulator.core.faults import Faults, GraphFault
from simulator.core.message_log import Choice, MessageLog, Received, Refusal
from simulator.core.models import Message, Phone, Platform
from simulator.phone.messages import BadDraft
from simulator.simulator import Simulator

__all__ = [
    "BadDraft",
    "Choice",
    "Citizen",
    "Delays",
    "Faults",
    "GraphFault",
    "Message",
    "MessageLog",
    "MetaAccount",
    "Phone",
    "Platform",
    "Received",
    "Refusal",
    "Simulator",
    "SimulatorConfig",
    "SimulatorRefused",
    "create_simulator",
]
