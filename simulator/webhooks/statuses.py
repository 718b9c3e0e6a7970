"""The statuses of a message of ours (`sent`, `delivered`, `read`, `failed`), and the webhook of each."""

import asyncio
from collections.abc import Mapping

from simulator.core.config import MetaAccount
from simulator.core.models import Author, Message, Phone, Status
from simulator.core.network import Network
from simulator.webhooks.meta_bodies import echo_of, status_of
from simulator.webhooks.sender import WebhookSender
from simulator.webhooks.whatsapp_bodies import status_value


class Statuses:
    """Moves accepted messages from status to status, with the delays of the settings."""

    def __init__(self, network: Network, whatsapp: WebhookSender, accounts: Mapping[str, WebhookSender]) -> None:
        self._network, self._whatsapp, self._accounts = network, whatsapp, accounts

    async def deliver(self, message_id: str, failure: int | None = None) -> None:
        """Take an accepted message to its phone; with a `failure`, Meta's error code, it fails instead."""
        network = self._network
        await asyncio.sleep(network.config.delays.sent)
        if failure is not None:
            self.update(message_id, Status.FAILED, failure)
            return
        self.update(message_id, Status.SENT)
        message = network.state.messages[message_id]
        if message.kind == "reaction":
            # "Reaction messages": only `sent` comes back.
            network.show(str(message.content["message_id"]))
            return
        await asyncio.sleep(network.config.delays.delivered)
        await self._arrive(message_id)

    def deliver_waiting(self, phone_id: str) -> None:
        """Deliver what waited for this phone to be online, or for the simulator to start again."""
        for message in self._network.state.by_phone.get(phone_id, []):
            if message.author == Author.SERVICE and message.status == Status.SENT and message.kind != "reaction":
                self._network.start(self._arrive(message.id))

    def read_delivered(self, phone_id: str) -> None:
        """The citizen opens the chat: everything that was delivered is read."""
        for message in self._network.state.by_phone.get(phone_id, []):
            if message.author == Author.SERVICE and message.status == Status.DELIVERED:
                self.update(message.id, Status.READ)

    def update(self, message_id: str, status: Status, error_code: int | None = None) -> None:
        """Record a status of our message and send its webhook; nothing when the message cannot have this status."""
        network = self._network
        message = network.state.messages.get(message_id)
        if message is None or not message.may_become(status):
            return
        phone = network.state.phones.get(message.phone_id)
        more = {} if error_code is None else {"error_code": error_code}
        at = network.record("status", id=message_id, status=status, **more)["at"]
        network.show(message_id)
        if network.faults.loses(status):
            return
        account = network.config.account_of(message.business_number)
        if account is not None and phone is not None:
            self._send_for_account(account, phone, message, status, at)
        else:
            self._whatsapp.send(status_value(network.config, phone, message, status, at))

    def _send_for_account(
        self, account: MetaAccount, phone: Phone, message: Message, status: Status, at: float
    ) -> None:
        if status == Status.SENT:
            self._accounts[account.id].send(echo_of(account, phone, message))
        elif (value := status_of(account, phone, message, status, at)) is not None:
            self._accounts[account.id].send(value)

    async def _arrive(self, message_id: str) -> None:
        network = self._network
        message = network.state.messages[message_id]
        phone = network.state.phones[message.phone_id]
        if not phone.online or phone.blocked or not message.may_become(Status.DELIVERED):
            return
        network.set_typing(phone.id, 0)
        self.update(message_id, Status.DELIVERED)
        if network.is_open(phone.id):
            await asyncio.sleep(network.config.delays.read)
            if network.is_open(phone.id):
                self.update(message_id, Status.READ)
