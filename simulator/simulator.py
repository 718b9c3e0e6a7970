"""The simulator as one object: the network, the webhooks that tell of it, and the phones."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import httpx2

from simulator.core import views
from simulator.core.config import MetaAccount, SimulatorConfig
from simulator.core.identifiers import new_scoped_id, new_user_id
from simulator.core.models import Phone, Platform, as_record
from simulator.core.network import Network
from simulator.webhooks.meta_bodies import account_envelope
from simulator.webhooks.sender import WebhookSender
from simulator.webhooks.statuses import Statuses


class Simulator(Network):
    """Meta and all the phones; `log` answers what each citizen received.

    Make it anywhere, use it inside a running event loop, `close` it at the end.
    """

    def __init__(self, config: SimulatorConfig, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        super().__init__(config)
        self.webhooks = WebhookSender(config, self.clock, self.faults, self.traffic, transport)
        # Each Page and account has an application of its own, with its own webhook and secret.
        self.account_webhooks = {account.id: self._sender_of(account, transport) for account in config.accounts}
        self.statuses = Statuses(self, self.webhooks, self.account_webhooks)

    def _sender_of(self, account: MetaAccount, transport: httpx2.AsyncBaseTransport | None) -> WebhookSender:
        config = replace(self.config, webhook_url=account.webhook_url, app_secret=account.app_secret)
        wrap = partial(account_envelope, account)
        return WebhookSender(config, self.clock, self.faults, self.traffic, transport, wrap)

    def new_phone(
        self,
        name: str,
        *,
        number: str | None = None,
        without_number: bool = False,
        username: str | None = None,
        platform: Platform = Platform.WHATSAPP,
    ) -> Phone:
        """A new citizen's phone; without `number` the next free one is taken.

        `without_number` makes a phone that is known by its business-scoped user id alone, as those with a
        username may be. On another platform than WhatsApp nobody has a number. Raises `ValueError` when the number is
        taken or is none, and when no account on the platform is simulated.
        """
        if platform != Platform.WHATSAPP:
            if self.config.account_on(platform) is None:
                raise ValueError(f"{platform} is not simulated here; give the simulator a Page or account on it.")
            return self._add_phone(
                Phone(id="", name=name, user_id=new_scoped_id(), username=username, platform=platform)
            )
        digits = None if without_number else "".join(filter(str.isdigit, number or "")) or self._free_number()
        if digits is not None and (len(digits) > 15 or not self._is_free(digits)):
            raise ValueError(f"+{digits} is taken or is no phone number; choose another.")
        parent = new_user_id(parent=True) if self.config.parent_user_ids else None
        phone = Phone(
            id="",
            name=name,
            user_id=new_user_id(),
            number=digits,
            username=username,
            parent_user_id=parent,
        )
        return self._add_phone(phone)

    def update_phone(self, phone: Phone) -> None:
        """Record how a phone is now, and deliver what waited for it when it is online."""
        self.record("phone", phone=as_record(phone))
        self.feed.publish("phone", phone=views.phone_view(self.state, phone))
        if phone.online and not phone.blocked:
            self.statuses.deliver_waiting(phone.id)

    @contextmanager
    def opened(self, phone_id: str) -> Iterator[None]:
        """The chat is on the screen: what has been delivered is read, and so is what comes within the block."""
        with self.chat_open(phone_id):
            self.statuses.deliver_waiting(phone_id)
            self.statuses.read_delivered(phone_id)
            yield

    async def settled(self, timeout: float = 10.0) -> None:
        """Wait until every status and webhook has gone out. Raises `TimeoutError` after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while self.busy or any(sender.busy for sender in self._senders()):
                await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Stop everything that runs; open pages lose their stream."""
        await self.stop()
        for sender in self._senders():
            await sender.close()
        self._journal.close()

    def _senders(self) -> tuple[WebhookSender, ...]:
        return (self.webhooks, *self.account_webhooks.values())

    def _add_phone(self, phone: Phone) -> Phone:
        numbered = replace(phone, id=f"phone-{len(self.state.phones) + 1}")
        self.update_phone(numbered)
        return numbered

    def _free_number(self) -> str:
        numbers = (f"35850{position:07d}" for position in range(len(self.state.phones) + 1, 10**7))
        return next(number for number in numbers if self._is_free(number))

    def _is_free(self, digits: str) -> bool:
        ours = ("".join(filter(str.isdigit, number)) for number in self.config.business_numbers.values())
        return self.state.phone_by_number(digits) is None and digits not in ours
