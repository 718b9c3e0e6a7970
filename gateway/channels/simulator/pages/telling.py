"""Our side on Messenger and Instagram as Meta tells it: the echo of a message, then how far it came."""

from typing import TYPE_CHECKING

from gateway.channels.simulator.config import Place
from gateway.channels.simulator.memory.model import Message, Phone
from gateway.channels.simulator.pages.bodies import echo_of, status_of

if TYPE_CHECKING:
    from gateway.channels.simulator.core import Simulator


def tell_page(simulator: "Simulator", place: Place, phone: Phone, message: Message, status: str, at: float) -> None:
    """Send the webhook that tells of a status, where the platform has one for it."""
    value = echo_of(place, phone, message) if status == "sent" else status_of(place, phone, message, status, at)
    if value is not None:
        simulator.postmen[place.id].post(value)
