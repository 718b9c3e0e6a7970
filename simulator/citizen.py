"""A citizen for tests: writes, taps, sends, and waits for the reply."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any

from simulator.core.message_log import Received
from simulator.core.models import Message, Phone
from simulator.phone.messages import BadDraft
from simulator.phone.send import send
from simulator.simulator import Simulator


class Citizen:
    """One phone and the person who holds it; every method needs a running event loop."""

    def __init__(self, simulator: Simulator, phone_id: str) -> None:
        self._simulator, self.id = simulator, phone_id
        self._seen = len(self.received)

    @property
    def phone(self) -> Phone:
        """How the phone is now."""
        return self._simulator.state.phones[self.id]

    @property
    def received(self) -> list[Received]:
        """Everything that has arrived, in order."""
        return self._simulator.log.received_by(self.id)

    def writes(self, text: str, *, quoted: str | None = None) -> Message:
        """Send a text, perhaps as an answer to the message with the id `quoted`."""
        return self.sends("text", text=text, quoted=quoted)

    def sends(self, kind: str, **fields: Any) -> Message:
        """Send a message of any kind (see `phone/messages.py`). Raises `BadDraft`."""
        return send(self._simulator, self.id, kind, fields)

    def taps(self, title: str) -> Message:
        """Tap the button or choose the row with this title in the newest message that has it. Raises `BadDraft`."""
        for message in reversed(self.received):
            for kind, choices in (("button_reply", message.buttons), ("list_reply", message.rows)):
                for choice in choices:
                    if choice.title == title:
                        return self.sends(kind, about=message.id, choice=choice.id)
        raise BadDraft(f"{self.phone.name} sees nothing called {title!r} to tap.")

    def opens(self) -> AbstractContextManager[None]:
        """Look at the chat: within the `with` block what arrives is read."""
        return self._simulator.opened(self.id)

    async def next_reply(self, timeout: float = 20.0) -> Received:
        """The next message that has not been asked for yet.

        Raises `TimeoutError` after `timeout` seconds, with what went wrong meanwhile.
        """
        try:
            async with asyncio.timeout(timeout):
                with self._simulator.feed.listen() as changes:
                    while len(self.received) <= self._seen:
                        await changes.get()
        except TimeoutError:
            refused = [refusal.why for refusal in self._simulator.log.refused()]
            failed = [message.error_code for message in self._simulator.log.failed()]
            raise TimeoutError(
                f"{self.phone.name} got no reply within {timeout} s. Refused: {refused or 'nothing'}. "
                f"Failed: {failed or 'nothing'}."
            ) from None
        self._seen += 1
        return self.received[self._seen - 1]
