"""Checks of the identity provider, against a real OpenID Connect server (Canaille) on this machine."""

import html
import shutil
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from pytest_iam import Server, iam_configuration, iam_server, iam_server_port
from sqlalchemy import select

from gateway.accounts.identity_provider import Provider, ProviderFailed, roles_of, seal_token
from gateway.accounts.models import AuditEntry, StaffPerson, StaffSession
from gateway.accounts.routes_provider_logout import EVENT
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.worlds.staff import browser, running, send_form

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:.*"),  # the server's own libraries warn; it shares our process
]
# The plugin's fixtures, for this module alone: it is not loaded for all (pyproject.toml says why).
__all__ = ["iam_configuration", "iam_server", "iam_server_port"]
SECRET = "a secret between two"


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "neuvo.db")
    return f"sqlite:///{tmp_path / 'neuvo.db'}"


@pytest.fixture
def known(iam_server: Server, settings: Settings) -> Settings:
    """Settings with which this service is a client of the server."""
    client_id = uuid.uuid4().hex
    client = iam_server.models.Client(
        client_id=client_id,
        client_secret=SECRET,
        client_name="Neuvo",
        client_uri="http://localhost:8000",
        redirect_uris=["http://localhost:8000/sign-in/provider/callback"],
        post_logout_redirect_uris=["http://localhost:8000/sign-in"],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups"],
        token_endpoint_auth_method="client_secret_basic",
        client_id_issued_at=None,
    )
    with iam_server.app.app_context():
        iam_server.backend.save(client)
        client.audience = [client]
        iam_server.backend.save(client)
    more = {
        "oidc_issuer": iam_server.url.rstrip("/"),
        "oidc_client_id": client_id,
        "oidc_client_secret": type(settings.secret_key)(SECRET),
        "oidc_scope": "openid profile email groups",
        "oidc_role_mapping": "neuvo-officers=officer, neuvo-admins=administrator, neuvo-auditors=auditor",
    }
    return settings.model_copy(update=more)


@pytest.fixture
async def app(known: Settings) -> AsyncIterator[FastAPI]:
    async with running(known) as app:
        yield app


def member(iam_server: Server, *groups: str) -> Any:
    """Somebody of these groups, signed in at the server and willing."""
    user = iam_server.random_user()
    with iam_server.app.app_context():
        for name in groups:
            group = iam_server.models.Group(display_name=name, members=[user])
            iam_server.backend.save(group)
        iam_server.backend.reload(user)
    iam_server.login(user)
    iam_server.consent(user)
    return user


async def at_provider(address: str) -> str:
    """What the browser does at the provider; returns where it is sent back to."""
    async with httpx2.AsyncClient(trust_env=False) as elsewhere:
        answer = await elsewhere.get(address)
        for _ in range(4):
            target = answer.headers.get("location", "")
            if "/sign-in/provider/callback" in target:
                return target
            assert target, answer.text[:2000]
            answer = await elsewhere.get(httpx2.URL(address).join(target))
    raise AssertionError("The provider did not send the browser back.")


async def go_there_and_back(client: httpx2.AsyncClient, query: str = "") -> httpx2.Response:
    leaving = await client.get(f"/sign-in/provider{query}")
    back = urlsplit(await at_provider(leaving.headers["location"]))
    return await client.get(f"{back.path}?{back.query}")


async def test_a_member_of_a_group_gets_its_role_and_is_signed_in(app: FastAPI, iam_server: Server) -> None:
    user = member(iam_server, "neuvo-admins")
    async with browser(app) as client:
        page = await client.get("/sign-in?lang=en")
        assert "Sign in with your police account" in page.text
        answer = await go_there_and_back(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/accounts")
        people = await client.get("/accounts")
        assert str(user.formatted_name) in html.unescape(people.text)
        again = await go_there_and_back(client, "?next=/account")
        assert again.headers["location"] == "/account"
        assert (await client.get("/accounts")).text.count('scope="row"') == 1, "the same person, once"


async def test_the_way_there_carries_state_nonce_and_pkce(app: FastAPI) -> None:
    async with browser(app) as client:
        query = parse_qs(urlsplit((await client.get("/sign-in/provider")).headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert all(len(query[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))


async def test_who_is_in_no_group_is_refused(app: FastAPI, iam_server: Server) -> None:
    member(iam_server, "gardeners")
    async with browser(app) as client:
        answer = await go_there_and_back(client)
        assert answer.headers["location"] == "/sign-in?problem=no_role"
        assert (await client.get("/account")).status_code == 303


async def test_who_lost_the_group_is_out_at_the_next_sign_in(app: FastAPI, iam_server: Server) -> None:
    user = member(iam_server, "neuvo-officers")
    async with browser(app) as client:
        await go_there_and_back(client)
        assert (await client.get("/account")).status_code == 200
        with iam_server.app.app_context():
            for group in iam_server.backend.query(iam_server.models.Group):
                iam_server.backend.delete(group)
            iam_server.backend.reload(user)
        async with browser(app) as elsewhere:
            await go_there_and_back(elsewhere)
        assert (await client.get("/account")).status_code == 303, "the older session ended too"


async def test_a_code_of_another_browser_or_with_another_state_is_refused(app: FastAPI, iam_server: Server) -> None:
    member(iam_server, "neuvo-officers")
    async with browser(app) as victim, browser(app) as attacker:
        leaving = await attacker.get("/sign-in/provider")
        back = urlsplit(await at_provider(leaving.headers["location"]))
        await victim.get("/sign-in/provider")
        answer = await victim.get(f"{back.path}?{back.query}")
        assert answer.headers["location"] == "/sign-in?problem=late"
        answer = await attacker.get(f"{back.path}?code={parse_qs(back.query)['code'][0]}&state=other")
        assert answer.headers["location"] == "/sign-in?problem=late"


async def test_coming_back_twice_with_one_code_works_once(app: FastAPI, iam_server: Server) -> None:
    member(iam_server, "neuvo-officers")
    async with browser(app) as client:
        back = urlsplit(await at_provider((await client.get("/sign-in/provider")).headers["location"]))
        first = await client.get(f"{back.path}?{back.query}")
        second = await client.get(f"{back.path}?{back.query}")
    assert [each.headers["location"] for each in (first, second)] == ["/console", "/sign-in?problem=late"]


async def test_signing_out_goes_to_the_provider_too(app: FastAPI, iam_server: Server) -> None:
    member(iam_server, "neuvo-officers")
    async with browser(app) as client:
        await go_there_and_back(client)
        page = await client.get("/account")
        gone = await send_form(client, page, "/sign-out")
        assert f"{iam_server.url}" in gone.text
        assert "id_token_hint=" in gone.text
        assert (await client.get("/account")).status_code == 303


def logout_token(iam_server: Server, known: Settings, key: RSAKey | None = None, **changes: object) -> str:
    """What the provider's server tells ours when somebody has signed out there, signed with its own key."""
    with iam_server.app.app_context():
        own = RSAKey.import_key(iam_server.app.config["CANAILLE_OIDC"]["ACTIVE_JWKS"][0])
    claims: dict[str, object] = {
        "iss": known.oidc_issuer,
        "aud": known.oidc_client_id,
        "iat": int(time.time()),
        "exp": int(time.time()) + 120,
        "jti": uuid.uuid4().hex,
        "events": {EVENT: {}},
    }
    claims |= changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": own.kid, "typ": "logout+jwt"}, claims, key or own)


async def told(app: FastAPI, token: str) -> httpx2.Response:
    """The provider's server calls: no cookie, no page."""
    async with browser(app) as server:
        return await server.post("/sign-in/provider/logout", data={"logout_token": token})


async def test_who_signs_out_at_the_provider_is_signed_out_here_on_every_device(
    app: FastAPI, known: Settings, iam_server: Server
) -> None:
    user = member(iam_server, "neuvo-officers")
    async with browser(app) as desk, browser(app) as phone, browser(app) as colleague:
        for client in (desk, phone):
            await go_there_and_back(client)
            assert (await client.get("/account")).status_code == 200
        member(iam_server, "neuvo-officers")
        await go_there_and_back(colleague)
        answer = await told(app, logout_token(iam_server, known, sub=user.user_name))
        again = await told(app, logout_token(iam_server, known, sub=user.user_name))

        assert (answer.status_code, answer.headers["cache-control"], answer.text) == (200, "no-store", "")
        assert again.status_code == 200, "somebody who is not signed in is signed out"
        assert [(await client.get("/account")).status_code for client in (desk, phone, colleague)] == [303, 303, 200]
    async with app.state.service.database.transaction() as session:
        wanted = select(AuditEntry).where(AuditEntry.actor == "provider", AuditEntry.action == "signed_out")
        first = (await session.scalars(wanted.order_by(AuditEntry.number))).first()
    assert first is not None
    assert first.details == '{"sessions":2}'


async def test_a_logout_that_names_only_the_providers_session_ends_it_here(
    app: FastAPI, known: Settings, iam_server: Server
) -> None:
    member(iam_server, "neuvo-officers")
    async with browser(app) as client:
        await go_there_and_back(client)
        async with app.state.service.database.transaction() as session:
            person, current = (await session.execute(select(StaffPerson, StaffSession))).one()
            # This server gives its sessions no name: an ID token of one that does, as it would have come.
            named = logout_token(iam_server, known, sub="somebody", sid="session-1", events=None)
            current.provider_token_sealed = seal_token(app.state.service, person, named)
        assert (await told(app, logout_token(iam_server, known, sid="session-2"))).status_code == 200
        assert (await client.get("/account")).status_code == 200
        assert (await told(app, logout_token(iam_server, known, sid="session-1"))).status_code == 200
        assert (await client.get("/account")).status_code == 303


async def test_a_logout_is_believed_only_from_the_provider_for_us_and_when_it_is_one(
    app: FastAPI, known: Settings, iam_server: Server
) -> None:
    user = member(iam_server, "neuvo-officers")
    sub = user.user_name
    good = logout_token(iam_server, known, sub=sub)
    async with browser(app) as client:
        await go_there_and_back(client)
        for bad in (
            logout_token(iam_server, known, RSAKey.generate_key(2048), sub=sub),
            logout_token(iam_server, known, sub=sub, iss="https://evil.example"),
            logout_token(iam_server, known, sub=sub, aud="another client"),
            logout_token(iam_server, known, sub=sub, aud=["another", "client"]),
            logout_token(iam_server, known, sub=sub, iat=int(time.time()) - 3600),
            logout_token(iam_server, known, sub=sub, iat=None),
            logout_token(iam_server, known, sub=sub, exp=int(time.time()) - 300),
            logout_token(iam_server, known, sub=sub, events=None),
            logout_token(iam_server, known, sub=sub, events={"another": {}}),
            logout_token(iam_server, known, sub=sub, nonce="this is an ID token"),
            logout_token(iam_server, known),
            good[:-4] + "AAAA",
            "not.a.token",
            "",
        ):
            answer = await told(app, bad)
            assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"}), bad
        assert (await client.get("/account")).status_code == 200
        assert (await client.get("/sign-in/provider/logout")).status_code == 405
        assert (await told(app, good)).status_code == 200
        assert (await client.get("/account")).status_code == 303


async def test_without_a_provider_there_is_no_such_door(settings: Settings) -> None:
    async with running(settings) as app:
        assert (await told(app, "anything")).status_code == 404


async def test_a_token_is_believed_only_from_the_provider_for_us_and_for_this_sign_in(
    app: FastAPI, known: Settings, iam_server: Server
) -> None:
    provider = Provider(known)
    await provider.metadata()
    with iam_server.app.app_context():
        ours = RSAKey.import_key(iam_server.app.config["CANAILLE_OIDC"]["ACTIVE_JWKS"][0])
    stranger = RSAKey.generate_key(2048, {"kid": str(ours.kid)})
    good = {
        "iss": known.oidc_issuer,
        "aud": known.oidc_client_id,
        "sub": "somebody",
        "nonce": "n",
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
    }

    def token(key: RSAKey = ours, **changes: object) -> str:
        return jwt.encode({"alg": "RS256", "kid": ours.kid}, {**good, **changes}, key)

    assert (await provider._checked(token(), "n", None))["sub"] == "somebody"
    for bad in (
        token(stranger),
        token(iss="https://evil.example"),
        token(aud="another client"),
        token(nonce="of another sign-in"),
        token(exp=int(time.time()) - 300),
        token(sub=None),
        "not.a.token",
        token()[:-4] + "AAAA",
    ):
        with pytest.raises(ProviderFailed):
            await provider._checked(bad, "n", None)


async def test_a_provider_that_is_away_gives_a_sentence_and_no_500(settings: Settings) -> None:
    away = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "x"})
    async with running(away) as app, browser(app) as client:
        answer = await client.get("/sign-in/provider")
        assert answer.headers["location"] == "/sign-in?problem=provider"
        assert "tunnistuspalvelu" in (await client.get("/sign-in?problem=provider&lang=fi")).text


def test_groups_become_roles_by_the_mapping_alone() -> None:
    mapping = "cn=police=officer, editors=editor, x=king"
    assert roles_of(["editors", "x", "other"], mapping) == {Role.EDITOR}
    assert roles_of("editors", mapping) == {Role.EDITOR}
    assert roles_of(None, mapping) == roles_of({"a": 1}, mapping) == frozenset()
