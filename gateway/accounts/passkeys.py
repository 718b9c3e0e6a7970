"""Accounts: registration and authentication of security keys and passkeys (WebAuthn)."""

import json
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.accounts.models import Passkey
from gateway.core.config.settings import Settings
from gateway.core.database import now

NAME = "Neuvo"


def _host(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or "localhost"


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


async def list_passkeys(session: AsyncSession, person_id: uuid.UUID) -> Sequence[Passkey]:
    """The person's passkeys, the oldest first."""
    return (
        await session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.created_at))
    ).all()


def registration_options(
    settings: Settings, person_id: uuid.UUID, login: str, name: str, present: Sequence[Passkey]
) -> tuple[str, bytes]:
    """The browser's options for creating a credential, as JSON, and the challenge to store."""
    options = generate_registration_options(
        rp_id=_host(settings),
        rp_name=NAME,
        user_id=person_id.bytes,
        user_name=login,
        user_display_name=name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in present],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return options_to_json(options), options.challenge


def verify_registration(settings: Settings, person_id: uuid.UUID, credential: str, challenge: bytes) -> Passkey | None:
    """The new passkey, or None where the browser's response is invalid."""
    try:
        result = verify_registration_response(
            credential=json.loads(credential),
            expected_challenge=challenge,
            expected_rp_id=_host(settings),
            expected_origin=_origin(settings),
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Passkey(
        person_id=person_id,
        credential_id=result.credential_id,
        public_key=result.credential_public_key,
        sign_count=result.sign_count,
        created_at=now(),
    )


def authentication_options(settings: Settings, keys: Sequence[Passkey]) -> tuple[str, bytes]:
    """The browser's options for using one of these passkeys, as JSON, and the challenge to store."""
    options = generate_authentication_options(
        rp_id=_host(settings),
        allow_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options), options.challenge


async def verify_authentication(
    session: AsyncSession, settings: Settings, person_id: uuid.UUID, credential: str, challenge: bytes
) -> bool:
    """Whether a passkey of the person signed this challenge; a counter that does not rise means a cloned key."""
    try:
        given = parse_authentication_credential_json(credential)
        key = await session.scalar(
            select(Passkey).where(Passkey.credential_id == given.raw_id, Passkey.person_id == person_id)
        )
        if key is None:
            return False
        result = verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=_host(settings),
            expected_origin=_origin(settings),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return False
    counted = update(Passkey).where(Passkey.id == key.id, Passkey.sign_count == key.sign_count)
    values = {"sign_count": result.new_sign_count, "used_at": now()}
    return (await session.execute(counted.values(**values).returning(Passkey.id))).first() is not None
