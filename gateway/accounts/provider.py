"""Under accounts: the force's own identity provider (OpenID Connect, authorization code with PKCE).

What it says of itself (discovery) and its keys are kept for an hour per process, and asked again when a token is
signed with a key that is not known yet.
"""

import asyncio
import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import tokens
from gateway.accounts.access import Role
from gateway.accounts.models import StaffPerson, StaffSession
from gateway.encryption import seal, unseal
from gateway.errors import GatewayError
from gateway.service import Service
from gateway.settings import Settings
from gateway.trust import trusted

CALLBACK = "/sign-in/provider/callback"
TIMEOUT = 10.0
KEEP = 3600.0
READ_AGAIN_AFTER = 10.0
LEEWAY = 60  # seconds by which the two clocks may differ
# Asymmetric only: with HS256 whoever knows the client's secret could make people up.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_TOKEN = "staff_session.provider_token_sealed"  # noqa: S105  # the column's name


class ProviderFailed(GatewayError):
    """The identity provider does not answer, or what it answers cannot be believed."""

    status = 502


@dataclass(frozen=True)
class Identity:
    """Whom the provider vouches for."""

    subject: str
    login: str
    name: str
    roles: frozenset[Role]
    proved_at: float | None  # seconds since 1970, when the provider says it
    token: str


@dataclass
class Provider:
    """The provider as this process knows it."""

    settings: Settings
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _read_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back to."""
        return self.settings.public_url.rstrip("/") + CALLBACK

    async def metadata(self, *, again: bool = False) -> Mapping[str, Any]:
        """What the provider says of itself; raises `ProviderFailed`."""
        async with self._reading:
            if again or time.monotonic() - self._read_at > KEEP:
                issuer = self.settings.oidc_issuer
                metadata = await self._get(issuer.rstrip("/") + "/.well-known/openid-configuration")
                # OpenID Connect Discovery 4.3: it must be the very issuer that was asked.
                if metadata.get("issuer") != issuer:
                    raise ProviderFailed("The identity provider calls itself by another name than NEUVO_OIDC_ISSUER.")
                try:
                    self._keys = KeySet.import_key_set(await self._get(str(metadata.get("jwks_uri"))))  # type: ignore[arg-type]
                except JoseError as error:
                    raise ProviderFailed("The identity provider's keys cannot be read.") from error
                self._metadata, self._read_at = metadata, time.monotonic()
        return self._metadata

    async def begin(self, wanted: str, *, again: bool) -> tuple[str, dict[str, Any]]:
        """Where to send the browser, and what to remember; `again` wants a fresh sign-in there."""
        endpoint = (await self.metadata())["authorization_endpoint"]
        verifier = tokens.new_token() + tokens.new_token()
        kept = {"state": tokens.new_token(), "nonce": tokens.new_token(), "verifier": verifier}
        query = {
            "response_type": "code",
            "client_id": self.settings.oidc_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.settings.oidc_scope,
            "state": kept["state"],
            "nonce": kept["nonce"],
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        }
        joint = "&" if "?" in endpoint else "?"
        return f"{endpoint}{joint}{urlencode(query)}", {**kept, "next": wanted, "again": again, "at": time.time()}

    async def finish(self, code: str, kept: Mapping[str, Any]) -> Identity:
        """Exchange the code and check the ID token; raises `ProviderFailed`."""
        answer = await self._exchange(code, str(kept["verifier"]))
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("The identity provider sent no ID token.")
        claims = await self._checked(token, str(kept["nonce"]), answer.get("access_token"))
        proved_at = claims.get("auth_time")
        if kept.get("again") and (not proved_at or float(proved_at) < float(kept["at"]) - LEEWAY):
            raise ProviderFailed("The identity provider did not ask the person again.")
        login = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        name = str(claims.get("name") or login)
        roles = roles_of(claims.get(self.settings.oidc_role_claim), self.settings.oidc_role_mapping)
        return Identity(str(claims["sub"]), login, name, roles, proved_at and float(proved_at), token)

    async def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        settings = self.settings
        credentials = f"{settings.oidc_client_id}:{settings.oidc_client_secret.get_secret_value()}"
        headers = {"authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        return await self._ask("POST", self._metadata["token_endpoint"], headers, {**form, "code_verifier": verifier})

    async def _checked(self, token: str, nonce: str, access_token: object) -> CodeIDToken:
        decoded = await self.decoded(token)
        options = {
            "iss": {"essential": True, "value": self.settings.oidc_issuer},
            "aud": {"essential": True, "value": self.settings.oidc_client_id},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": self.settings.oidc_client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        try:
            claims.validate(leeway=LEEWAY)
        except Exception as error:  # Authlib raises errors of two libraries; each means the same
            raise ProviderFailed(f"The ID token cannot be believed: {type(error).__name__}.") from error
        return claims

    async def decoded(self, token: str) -> jwt.Token:
        """A token of which only the signature has been checked; raises `ProviderFailed` when that is not theirs."""
        await self.metadata()
        try:
            return self._decoded(token)
        except (JoseError, ValueError) as error:
            # The provider may have a new key; but whoever sends us nonsense must not make us ask all the time.
            if time.monotonic() - self._read_at < READ_AGAIN_AFTER:
                raise ProviderFailed("The token is not signed by the identity provider.") from error
        await self.metadata(again=True)
        try:
            return self._decoded(token)
        except (JoseError, ValueError) as error:
            raise ProviderFailed("The token is not signed by the identity provider.") from error

    def _decoded(self, token: str) -> jwt.Token:
        assert self._keys is not None
        return jwt.decode(token, self._keys, algorithms=ALGORITHMS)

    async def _get(self, url: str) -> dict[str, Any]:
        return await self._ask("GET", url, {}, None)

    async def _ask(self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT, verify=trusted(), trust_env=False) as client:
                answer = await client.request(method, url, headers=headers, data=form)
            content = answer.raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise ProviderFailed("The identity provider does not answer as it should.") from error
        if not isinstance(content, dict):
            raise ProviderFailed("The identity provider does not answer as it should.")
        return content


def roles_of(groups: object, mapping: str) -> frozenset[Role]:
    """The roles that a person's groups give, by NEUVO_OIDC_ROLE_MAPPING (`group=role,group=role`)."""
    given = {groups} if isinstance(groups, str) else set(groups) if isinstance(groups, list) else set()
    pairs = (part.strip().rpartition("=") for part in mapping.split(",") if "=" in part)
    return frozenset(Role(role.strip()) for group, _, role in pairs if group.strip() in given and role.strip() in Role)


def subject_fingerprint(service: Service, subject: str) -> bytes:
    """How the table of people knows whom the provider means."""
    return service.keyring.fingerprint("oidc_subject", f"{service.settings.oidc_issuer}\x00{subject}")


def seal_token(service: Service, person: StaffPerson, token: str) -> bytes:
    """The ID token as a session row may hold it."""
    return seal(service.keyring.unwrap(person.wrapped_key), token, _TOKEN)


def token_of(service: Service, person: StaffPerson, sealed: bytes) -> str:
    """The ID token of a session row."""
    return unseal(service.keyring.unwrap(person.wrapped_key), sealed, _TOKEN).decode()


async def sign_out_address(
    session: AsyncSession, service: Service, provider: Provider | None, session_id: uuid.UUID
) -> str | None:
    """Where the browser goes to sign out at the provider too (RP-initiated logout); nothing without a provider."""
    current = await session.get(StaffSession, session_id)
    if current is None or current.provider_token_sealed is None or provider is None:
        return None
    try:
        endpoint = (await provider.metadata()).get("end_session_endpoint")
    except ProviderFailed:
        return None  # signing out here must not wait for anybody
    person = await session.get_one(StaffPerson, current.person_id)
    token = token_of(service, person, current.provider_token_sealed)
    query = urlencode(
        {
            "id_token_hint": token,
            "client_id": service.settings.oidc_client_id,
            "post_logout_redirect_uri": service.settings.public_url.rstrip("/") + "/sign-in",
        }
    )
    return f"{endpoint}?{query}" if endpoint else None
