"""Content, the command line: `python -m gateway content <command>`, with the same steps as the pages."""

import argparse
import asyncio
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from gateway.accounts import audit
from gateway.content.command_token import OPERATOR, editor_of
from gateway.content.editing.sources import LinkState, asked, links_of
from gateway.content.editing.spreadsheet import changes_of, export, read_import
from gateway.content.errors import ChangedMeanwhile, ContentRefused, refusal_of
from gateway.content.models import ContentJob, JobKind, JobState
from gateway.content.publishing import jobs
from gateway.content.publishing.approvals import approve, reviewed, signed_account
from gateway.content.publishing.checks import Finding, check, finding_from_json
from gateway.content.publishing.manifest import model_key, read_manifest, write_manifest
from gateway.content.publishing.releases import FIRST_MODEL, Published, training_hash
from gateway.content.publishing.runner import JobRunner
from gateway.content.publishing.selection import commit_of, waiting
from gateway.content.repository import remote
from gateway.content.repository.git import Editor
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database, now
from gateway.core.keyring import Keyring

_LOOK_EVERY: Final = 0.3
_SHOWN: Final = 20
# The variable with the token of the person in whose name an order is given (made on the page Publishing).
TOKEN: Final = "NEUVO_EDITOR_TOKEN"  # noqa: S105  # its name


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Follow an order; 0 when it is done, 1 when it is refused (with a sentence)."""
    try:
        status = _run(settings, chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough: `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _run(settings: Settings, chosen: argparse.Namespace) -> int:
    try:
        editor = asyncio.run(_acting(settings))
        if chosen.order in JobKind and chosen.order != JobKind.CHECK:
            return asyncio.run(_job(settings, chosen, editor))
        if chosen.order == "approve":
            return asyncio.run(_approve(settings, editor))
        return int(_ORDERS[chosen.order](settings, chosen, editor) or 0)
    except ContentRefused as refusal:
        print(f"neuvo: {refusal.sentence(chosen.language)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what the job came to has been said


async def _acting(settings: Settings) -> Editor:
    """Who acts: the person whose token is in the environment, else the operator. Raises `ContentRefused`."""
    token = os.environ.get(TOKEN, "")
    if not token:
        return OPERATOR
    database, keyring = Database(settings.database_url), Keyring(DataKeys(settings.data_key.get_secret_value()))
    try:
        async with database.transaction() as session:
            await keyring.load(session)
            return await editor_of(settings, session, keyring, token)
    finally:
        await database.close()


def make_working_copy(settings: Settings, editor: Editor) -> WorkingCopy:
    """The working copy, made from the project's words at the first time. Raises `ContentRefused`."""
    if settings.content_folder.resolve() == (PROJECT / "data").resolve():
        raise ContentRefused("content_is_data")
    return WorkingCopy.create(settings.content_folder, PROJECT / "data", PROJECT / "evaluation" / "messages", editor)


def _init(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    copy = make_working_copy(settings, editor)
    print(f"The working copy is {copy.folder}; live is {Path(Published(settings).live().content)}.")


def _check(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> int:
    copy = make_working_copy(settings, editor)
    findings = check(copy.folder, settings.privacy_url)
    return _print_findings(findings, chosen.language)


def _print_findings(findings: list[Finding], language: str) -> int:
    for each in findings:
        print(f"{'REFUSED' if each.refused else 'advice '} {each.path}:{each.line}: {each.sentence(language)}")
    refused = sum(each.refused for each in findings)
    print(f"Refused: {refused}. Pieces of advice: {len(findings) - refused}.")
    return 1 if refused else 0


async def _job(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> int:
    copy = make_working_copy(settings, editor)
    published = Published(settings)
    found = waiting(copy, published.live().commit)
    commit = found.draft
    result: dict[str, Any] = {}
    if chosen.order in (JobKind.PUBLISH, JobKind.WORDS):
        wanted = [each for each in found.items if not chosen.item or each.key in chosen.item]
        wanted = [each for each in wanted if chosen.order == JobKind.PUBLISH or not each.trains]
        commit = commit_of(copy, found, wanted, editor)
        result = {"base": found.base, "items": [each.key for each in wanted]}
    if chosen.order == JobKind.ROLLBACK:
        release = published.before() if chosen.number is None else published.release(chosen.number)
        commit, result = release.commit, {"to": release.number}
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            job = await jobs.enqueue(session, JobKind(chosen.order), commit, editor, result)
        ended = await _follow(settings, database, job, chosen.language)
    finally:
        await database.close()
    if "findings" in ended.result and ended.state == JobState.REFUSED:
        _print_findings([finding_from_json(each) for each in ended.result["findings"]], chosen.language)
    _print_comparison(ended)
    return 0 if ended.state == JobState.DONE else 1


async def _follow(settings: Settings, database: Database, job: ContentJob, language: str) -> ContentJob:
    """Run the job, or watch the process that took it, and print each new sentence."""
    running = asyncio.create_task(JobRunner(settings, database).run_next(jobs.LANES[job.kind]))
    printed = 0
    try:
        while True:
            async with database.transaction() as session:
                seen = await jobs.get(session, job.id)
            for sentence in jobs.sentences(seen, language)[printed:]:
                print(f"· {sentence}", flush=True)
            printed = len(seen.log)
            if seen.active is None:
                await running
                return seen
            await asyncio.sleep(_LOOK_EVERY)
    except asyncio.CancelledError:  # Ctrl-C: nobody waits for it any more, so no other process shall go on with it
        async with database.transaction() as session:
            await jobs.cancel(session, job.id)
        await running
        async with database.transaction() as session:
            print(f"· {jobs.outcome(await jobs.get(session, job.id), language)}", flush=True)
        raise
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _print_comparison(job: ContentJob) -> None:
    comparison = job.result.get("comparison")
    if not comparison:
        return
    for name in ("worse", "better"):
        for each in comparison[name][:_SHOWN]:
            print(f"  {name:<6} {each['language']} {each['label']}: {each['before']} -> {each['now']}: {each['text']}")


async def _approve(settings: Settings, editor: Editor) -> int:
    """Approve, as the person of the token, whatever somebody else has written."""
    if editor == OPERATOR:
        raise ContentRefused("token_needed", variable=TOKEN)
    found = waiting(make_working_copy(settings, editor), Published(settings).live().commit)
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            account = signed_account(editor)
            known = await reviewed(session, found.items)
            open_items = [each for each in known if each.missing]
            mine = [each.item for each in open_items if each.may_approve(account)]
            if open_items and not mine:
                raise ChangedMeanwhile("own_change")
            done = await approve(session, mine, editor)
            for each in done:
                details = {"fingerprint": each.fingerprint[:16]}
                await audit.record(session, account, "content_approved", each.key[:64], details)
    finally:
        await database.close()
    print(f"Approved: {', '.join(each.key for each in done) or 'nothing has changed'}")
    return 0


def _history(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    published = Published(settings)
    live = published.live()
    for release in [live, *published.earlier()]:
        mark = "live" if release == live else "    "
        print(
            f"{mark} release {release.number} {release.commit[:12] or 'the project itself'} {release.at} {release.by}"
        )
    for each in make_working_copy(settings, editor).history(limit=_SHOWN):
        print(f"{each.id[:12]} {each.at:%Y-%m-%d %H:%M} {each.author}: {each.message}")


def _export(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    try:
        chosen.file.write_bytes(export(make_working_copy(settings, editor)))
    except OSError as error:
        raise refusal_of(error) from error
    print(f"Written: {chosen.file}")


def _import(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    copy = make_working_copy(settings, editor)
    try:
        sheet = chosen.file.read_bytes()
    except OSError as error:
        raise ContentRefused("file_unreadable", file=chosen.file, reason=error.strerror) from error
    found = read_import(copy, sheet)
    for each in found.texts:
        mark = " (changed here since the export; not saved)" if each.stale else ""
        print(f"{each.topic} {each.field} {each.language}{mark}:\n- {each.before}\n+ {each.after}")
    wanted = [each for each in found.texts if not each.stale]
    if chosen.save and wanted:
        copy.save(changes_of(copy, wanted), editor, f"Bring in {len(wanted)} texts from a spreadsheet.")
    print(f"{len(wanted)} texts {'changed' if chosen.save else 'would change (--save saves them)'}")


def _links(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> int:
    """Ask every page that contacts and sources name; 1 where one is gone."""
    found = asyncio.run(asked(links_of(make_working_copy(settings, editor).folder)))
    for each in found:
        if each.state != LinkState.OPEN:
            print(f"{each.state:<7} {each.address} ({each.reason}): {', '.join(each.names)}")
    counted = Counter(each.state for each in found)
    print(", ".join(f"{state}: {counted[state]}" for state in LinkState))
    return 1 if counted[LinkState.GONE] else 0


def _push(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    remote.push(make_working_copy(settings, editor), _remote(settings))


def _pull(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    remote.pull(make_working_copy(settings, editor), _remote(settings), editor)


def _remote(settings: Settings) -> str:
    if not settings.content_remote:
        raise ContentRefused("no_remote")
    return settings.content_remote


def _seal(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> int:
    content, model = chosen.content or PROJECT / "data", chosen.model or FIRST_MODEL
    if chosen.check:
        return _check_seal(settings, model)
    manifest = {"commit": "", "trained_from": training_hash(content), "trained_at": now().isoformat()}
    write_manifest(model, model_key(settings), manifest)
    return 0


def _check_seal(settings: Settings, model: Path) -> int:
    try:
        read_manifest(model, model_key(settings))
    except ContentRefused:
        print(
            f"neuvo: {model} is not sealed with this NEUVO_SECRET_KEY, so no Rasa loads it. It was built under another "
            "key, or changed since.\n       Built by you, and only the key is new? python -m gateway content seal\n"
            f"       Else remove it, and train anew: rm {model} && make train"
        )
        return 1
    return 0


def _key(settings: Settings, chosen: argparse.Namespace, editor: Editor) -> None:
    print(model_key(settings))


_ORDERS: Final = {
    "init": _init,
    "check": _check,
    "history": _history,
    "export": _export,
    "import": _import,
    "links": _links,
    "push": _push,
    "pull": _pull,
    "seal": _seal,
    "key": _key,
}
