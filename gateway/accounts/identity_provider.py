"""Accounts: the client of the force's identity provider (OpenID Connect, authorization code flow with PKCE).

The provider's metadata (discovery) and keys are cached for an hour in each process, and fetched again when a token is
signed with an unknown key.
"""

import asyncio
import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

import httpx2
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import tokens
from gateway.accounts.models import StaffPerson, StaffSession
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.context import Context
from gateway.core.crypto import seal, unseal
from gateway.core.errors import GatewayError
from gateway.core.tls import ssl_context

CALLBACK = "/sign-in/provider/callback"
# Seconds.
TIMEOUT = 10.0
METADATA_LIFETIME = 3600.0
MIN_REFRESH_INTERVAL = 10.0
LEEWAY = 60  # by which the two clocks may differ
# Asymmetric only: with HS256 anybody with the client secret could forge tokens.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_TOKEN = "staff_session.provider_token_sealed"  # noqa: S105  # the column's name


class ProviderFailed(GatewayError):
    """The identity provider does not answer, or its answer is invalid."""

    status = 502
    texts: ClassVar[Mapping[str, str]] = {
        "other_issuer": "The identity provider calls itself by another name than NEUVO_OIDC_ISSUER.",
        "keys_unreadable": "The identity provider's keys cannot be read.",
        "no_id_token": "The identity provider sent no ID token.",
        "not_reauthenticated": "The identity provider did not ask the person again.",
        "wrong_signature": "The token is not signed by the identity provider.",
        "no_answer": "The identity provider does not answer as it should.",
        "invalid_id_token": "The ID token is not valid: {fault}.",
    }


@dataclass(frozen=True)
class Identity:
    """The person of a valid ID token."""

    subject: str
    login: str
    name: str
    roles: frozenset[Role]
    authenticated_at: float | None  # `auth_time`, in seconds since 1970, where the provider states it
    token: str


@dataclass
class Provider:
    """The provider, with its cached metadata and keys."""

    settings: Settings
    _metadata: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _read_at: float = float("-inf")
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def redirect_uri(self) -> str:
        """The redirect URI for the authorization code."""
        return self.settings.public_url.rstrip("/") + CALLBACK

    async def metadata(self, *, again: bool = False) -> Mapping[str, Any]:
        """The provider's metadata; raises `ProviderFailed`."""
        async with self._reading:
            if again or time.monotonic() - self._read_at > METADATA_LIFETIME:
                issuer = self.settings.oidc_issuer
                metadata = await self._get(issuer.rstrip("/") + "/.well-known/openid-configuration")
                # OpenID Connect Discovery 4.3: the issuer must be exactly the requested one.
                if metadata.get("issuer") != issuer:
                    raise ProviderFailed("other_issuer")
                try:
                    self._keys = KeySet.import_key_set(await self._get(str(metadata.get("jwks_uri"))))  # type: ignore[arg-type]
                except JoseError as error:
                    raise ProviderFailed("keys_unreadable") from error
                self._metadata, self._read_at = metadata, time.monotonic()
        return self._metadata

    async def begin(self, wanted: str, *, again: bool) -> tuple[str, dict[str, Any]]:
        """The authorization URL and the state to save; `again` requires a new authentication at the provider."""
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
        """Exchange the code and validate the ID token; raises `ProviderFailed`."""
        answer = await self._exchange(code, str(kept["verifier"]))
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("no_id_token")
        claims = await self._checked(token, str(kept["nonce"]), answer.get("access_token"))
        authenticated_at = claims.get("auth_time")
        if kept.get("again") and (not authenticated_at or float(authenticated_at) < float(kept["at"]) - LEEWAY):
            raise ProviderFailed("not_reauthenticated")
        login = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        name = str(claims.get("name") or login)
        roles = roles_of(claims.get(self.settings.oidc_role_claim), self.settings.oidc_role_mapping)
        return Identity(str(claims["sub"]), login, name, roles, authenticated_at and float(authenticated_at), token)

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
        except Exception as error:  # Authlib raises errors of two libraries
            raise ProviderFailed("invalid_id_token", fault=type(error).__name__) from error
        return claims

    async def decoded(self, token: str) -> jwt.Token:
        """A token of which only the signature is verified; raises `ProviderFailed` where it is not the provider's."""
        await self.metadata()
        try:
            return self._decoded(token)
        except (JoseError, ValueError) as error:
            # The provider may have a new key; but invalid tokens must not cause a request each.
            if time.monotonic() - self._read_at < MIN_REFRESH_INTERVAL:
                raise ProviderFailed("wrong_signature") from error
        await self.metadata(again=True)
        try:
            return self._decoded(token)
        except (JoseError, ValueError) as error:
            raise ProviderFailed("wrong_signature") from error

    def _decoded(self, token: str) -> jwt.Token:
        assert self._keys is not None
        return jwt.decode(token, self._keys, algorithms=ALGORITHMS)

    async def _get(self, url: str) -> dict[str, Any]:
        return await self._ask("GET", url, {}, None)

    async def _ask(self, method: str, url: str, headers: dict[str, str], form: dict[str, str] | None) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT, verify=ssl_context(), trust_env=False) as client:
                answer = await client.request(method, url, headers=headers, data=form)
            content = answer.raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise ProviderFailed("no_answer") from error
        if not isinstance(content, dict):
            raise ProviderFailed("no_answer")
        return content


def roles_of(groups: object, mapping: str) -> frozenset[Role]:
    """The roles of a person's groups, by NEUVO_OIDC_ROLE_MAPPING (`group=role,group=role`)."""
    given = {groups} if isinstance(groups, str) else set(groups) if isinstance(groups, list) else set()
    pairs = (part.strip().rpartition("=") for part in mapping.split(",") if "=" in part)
    return frozenset(Role(role.strip()) for group, _, role in pairs if group.strip() in given and role.strip() in Role)


def subject_fingerprint(service: Context, subject: str) -> bytes:
    """The blind index of the provider's subject in the table of people."""
    return service.keyring.fingerprint("oidc_subject", f"{service.settings.oidc_issuer}\x00{subject}")


def seal_token(service: Context, person: StaffPerson, token: str) -> bytes:
    """The ID token, encrypted for the row of a session."""
    return seal(service.keyring.unwrap(person.wrapped_key), token, _TOKEN)


def token_of(service: Context, person: StaffPerson, sealed: bytes) -> str:
    """The ID token of the row of a session."""
    return unseal(service.keyring.unwrap(person.wrapped_key), sealed, _TOKEN).decode()


async def sign_out_address(
    session: AsyncSession, service: Context, provider: Provider | None, session_id: uuid.UUID
) -> str | None:
    """The URL for signing out at the provider too (RP-initiated logout), or None without a provider."""
    current = await session.get(StaffSession, session_id)
    if current is None or current.provider_token_sealed is None or provider is None:
        return None
    try:
        endpoint = (await provider.metadata()).get("end_session_endpoint")
    except ProviderFailed:
        return None  # signing out here must not depend on the provider
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
