"""Checks that an auditor reads words: each detail and each code of it has a name, and no id stands there whole."""

import ast
import re
import uuid
from collections.abc import Iterator

import pytest

from gateway.accounts import audit
from gateway.accounts.audit_shown import shown_subject
from gateway.accounts.audit_wording import DETAILS, VALUES
from gateway.accounts.models import ApprovalKind, Factor, SignInFailure
from gateway.accounts.sessions import SessionEnd
from gateway.api.kinds import Scope, WebhookEvent
from gateway.console.routes_search import SearchForm
from gateway.console.wording import GROUNDS
from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.kinds import MessageKind
from gateway.core.actors import Role
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.locale import LANGUAGES
from gateway.handover.models import OpeningGround
from gateway.privacy.reports import WORDS
from gateway.referrals.wording import KINDS
from tests.worlds.staff import browser, make_person, running, session_cookie

RECORDS = ("record", "record_about", "_record", "act")
# What other functions of that name write is no entry of the log, nor are a conversation's events and a page's values.
OTHERS = ("core/traces.py", "core/road_record.py", "content/repository", "inbox/", "channels/", "turns/", "outbox/")
NO_ENTRIES = {"name", "until", "template", "language", "key", "parameters", "changed", "areas", "item", "account"}
MEDIA = {"picture", "video", "voice", "file", "sticker", "location", "contact_card"}
RAW = re.compile(
    r"[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f]{4}|\b[a-z]+_[a-z_]+\b|\b[a-z]+:[a-z]+|T\d\d:\d\d|\b(True|False|None)\b"
)
TALK = "conversation " + "0123456789abcdef" * 2


def recorded_details() -> Iterator[str]:
    """The keys of each dictionary that is written, or given a name, in a function which writes into the log."""
    for path in (PROJECT / "gateway").rglob("*.py"):
        if path.relative_to(PROJECT / "gateway").as_posix().startswith(OTHERS):
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            calls = [each for each in ast.walk(function) if isinstance(each, ast.Call) and _records(each)]
            for call in calls:
                named = {each.id for each in ast.walk(call) if isinstance(each, ast.Name)}
                yield from _keys(call)
                for each in ast.walk(function):
                    if isinstance(each, ast.Assign) and named & {getattr(one, "id", "") for one in each.targets}:
                        yield from _keys(each.value)


def _records(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in RECORDS and not (name == "act" and not any(each.arg == "action" for each in call.keywords))


def _keys(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Dict):
            yield from (key.value for key in each.keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def test_each_detail_that_the_code_records_has_a_name() -> None:
    found = set(recorded_details()) - NO_ENTRIES
    assert {"ground", "sessions", "scopes", "fingerprint", "approved_by", "dangers_lost"} <= found
    assert (found | set(WORDS) | {each.value for each in AttachmentKind}) - DETAILS.keys() == set()


@pytest.mark.parametrize(
    ("detail", "codes"),
    [
        ("ground", {*OpeningGround, *(code for each in GROUNDS.values() for code in each)} - {"investigation"}),
        ("factor", set(Factor)),
        ("what", set(SignInFailure)),
        ("reason", set(SessionEnd)),
        ("kind", {*ApprovalKind, *KINDS, *(MEDIA & set(MessageKind))}),
        ("by", set(SearchForm.__dataclass_fields__)),
        ("roles", set(Role)),
        ("to", {*Role, *LANGUAGES}),
        ("scopes", set(Scope)),
        ("events", set(WebhookEvent)),
    ],
)
def test_each_code_of_a_detail_has_words(detail: str, codes: set[str]) -> None:
    assert {str(each) for each in codes} - VALUES[detail].keys() == set()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fi",
            ["Tunnistustapa: Suojausavain", "Hakuehdot: Aihe, Puhelinnumero", "Pyyntö", "Aiemmin: Poliisi, Esihenkilö"],
        ),
        (
            "sv",
            ["Sätt att bekräfta: Säkerhetsnyckel", "Sökt med: Ämne, Telefonnummer", "Begäran", "Tidigare: Polis, Chef"],
        ),
        ("en", ["Factor: Security key", "Searched by: Topic, Phone number", "Request", "Before: Officer, Supervisor"]),
    ],
)
async def test_the_auditor_reads_no_code_and_no_id(settings: Settings, language: str, words: list[str]) -> None:
    async with running(settings) as app:
        service = app.state.service
        auditor = await make_person(service, "auri", Role.AUDITOR, language=language)
        officer = await make_person(service, "olivia", Role.OFFICER)
        some = str(uuid.uuid4())
        entries: list[tuple[str, str, dict[str, object]]] = [
            ("signed_in", str(officer.id), {"factor": "passkey"}),
            ("session_ended", some, {"reason": "another_browser"}),
            ("approval_given", some, {"kind": "transcript", "asked_by": str(officer.id)}),
            ("approval_asked", some, {"kind": "audit_export", "request": some}),
            ("roles_changed", str(officer.id), {"from": ["officer", "supervisor"], "to": ["officer"], "alone": True}),
            ("conversations_searched", "search", {"by": ["topic", "phone"], "page": 1, "count": 3, "shown": "ab" * 16}),
            ("conversation_claimed", TALK, {"ground": "stepped_in"}),
            ("conversation_closed", TALK, {"ground": "guided_on"}),
            ("media_opened", TALK, {"ground": "duty", "kind": "contact_card", "message": 7}),
            ("transcript_exported", TALK, {"ground": "call_back", "notes": False, "approved_by": str(officer.id)}),
            ("api_token_made", some, {"scopes": ["figures:read", "handover:write"], "days": 90}),
            ("api_webhook_made", some, {"host": "integrator.example", "events": ["conversation.waiting"]}),
            ("content_approved", "answer:parcel_sms", {"fingerprint": "0123456789abcdef"}),
            ("content_publish_ordered", "c" * 40, {"items": 2, "scheduled": True}),
            ("content_scheduled", some, {"items": 2, "at": "2026-11-30T10:00:00+00:00"}),
            ("content_schedule_refused", some, {"why": "no_such_thing"}),
            ("backup_made", "2026-11-30T10:00:00+00:00", {"rows": 5}),
            ("bulletin.withdrawn", f"bulletin {some}", {"reason": "Väärä paikka"}),
            ("referral.created", "referral AB12", {"kind": "wall"}),
            ("deleted_by_retention", "conversations", {"conversations": 5, "kept_for_hold": 1}),
        ]
        async with service.database.transaction() as session:
            for action, subject, details in entries:
                await audit.record(session, officer.id, action, subject, details)
            await audit.record(session, f"api:{some}", "api_read", some, {"scope": "queue:read"})
        async with browser(app, await session_cookie(app, auditor)) as client:
            page = (await client.get(f"/audit?lang={language}")).text
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    cells = [re.sub("<[^>]+>", "", each) for each in re.findall("<td.*?</td>", table, re.DOTALL)]
    assert [each for each in cells if RAW.search(each.replace("0123456789abcdef" * 2, ""))] == []
    for each in words:
        assert each in " ".join(cells), each


def test_what_an_entry_is_about_is_named_and_told_apart_by_its_first_characters() -> None:
    some = "5f0c5a3e-0000-4000-8000-000000000001"
    assert shown_subject("en", "approval_given", some, {}) == "Request 5f0c5a3e"
    assert shown_subject("en", "", some, {some: "Olivia"}) == "Olivia"
    assert shown_subject("en", "conversation_opened", TALK, {}).endswith(TALK.removeprefix("conversation "))
    assert shown_subject("en", "team_changed", "Nettitiimi", {}) == "Nettitiimi"
