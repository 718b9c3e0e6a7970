"""Dialogue, the words: everything that may not be published, told to an editor.

`python -m answers check [folder]` checks answers, pieces, acts, contacts, lines and talks; `python -m answers talks
[file ...]` checks written talks alone, and counts their labels.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from answers.content import Content, answer_paths, read_content
from answers.faq import asked_lines
from answers.library import content_directory, privacy_url
from answers.privacy import privacy_problems
from answers.problems import Problem
from answers.talks import Talk, read_talks, talk_paths
from answers.templates import APPROVED, Template, read_templates

# A number or a page may be out of date after this; somebody looks at it again.
LOOK_AGAIN_AFTER = timedelta(days=180)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when everything may be published, 1 when something is refused."""
    parser = argparse.ArgumentParser(prog="python -m answers", description="The answers, contacts and fixed lines.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="print every refusal with file, line and what to do")
    check.add_argument("directory", nargs="?", type=Path, help="the content folder (NEUVO_CONTENT_DIR, else data)")
    talks = commands.add_parser("talks", help="check written talks (talks/<language>/*.txt) and count their labels")
    talks.add_argument("files", nargs="*", type=Path, help="files in a folder fi, sv or en; else all of the content's")
    talks.set_defaults(directory=None)
    asked = commands.add_parser("asked", help="print the wordings of topics' own questions, which the bot learns from")
    asked.set_defaults(directory=None)
    chosen = parser.parse_args(arguments)
    directory = chosen.directory or content_directory()
    if chosen.command == "talks":
        return _check_talks(chosen.files, directory)
    if chosen.command == "asked":
        for path in answer_paths(directory):
            print("\n".join([path.stem, *asked_lines(path.read_text("utf-8"))]))
        return 0
    content, (templates, refused) = read_content(directory, privacy_url()), read_templates(directory)
    unsaid = privacy_problems(directory)
    written, wrong = read_talks(talk_paths(directory), _topics(directory))
    counted = f"{len(written)} talks of {sum(len(talk.turns) for talk in written)} turns, {len(wrong)} faults in them"
    for line in [*map(str, [*refused, *unsaid, *wrong]), *report(content), template_line(templates, refused), counted]:
        print(line)
    return 1 if content.problems or refused or unsaid or wrong else 0


def _check_talks(files: Sequence[Path], directory: Path) -> int:
    """Print what is wrong in written talks, and how many of each question and act there are."""
    talks, problems = read_talks(files or talk_paths(directory), _topics(directory))
    for line in [*map(str, problems), *talk_report(talks)]:
        print(line)
    return 1 if problems else 0


def _topics(directory: Path) -> set[str]:
    """Every topic that has a file: one that is refused is refused by itself, and not in each talk that is about it."""
    return {path.stem for path in answer_paths(directory)}


def talk_report(talks: Sequence[Talk]) -> list[str]:
    """How many talks and turns there are, and how often each question, act and topic is the best label."""
    turns = [turn for talk in talks for turn in talk.turns]
    labels = {
        "questions": Counter(question[0] for turn in turns for question in turn.questions),
        "acts": Counter(turn.acts[0] for turn in turns if turn.acts),
        "topics": Counter(turn.topics[0] for turn in turns if turn.topics),
        "dangers": Counter(turn.danger for turn in turns if turn.danger),
    }
    counted = [
        f"{kind}: {', '.join(f'{name} {number}' for name, number in found.most_common())}"
        for kind, found in labels.items()
    ]
    return [f"{len(talks)} talks of {len(turns)} turns", *counted]


def template_line(templates: Mapping[str, Template], refused: Sequence[Problem]) -> str:
    """How many templates there are, and which of them nothing can be sent with yet."""
    waiting = [
        f"{name} ({', '.join(language for language, status in template.status.items() if status != APPROVED)})"
        for name, template in templates.items()
        if set(template.status.values()) != {APPROVED}
    ]
    unapproved = ", ".join(waiting) or "none"
    return f"{len(templates)} templates, {len(refused)} faults in them; not approved by Meta: {unapproved}"


def report(content: Content) -> list[str]:
    """The lines of the report: refusals first, then the contacts that wait for somebody to confirm them."""
    lines = [str(problem) for problem in content.problems]
    withheld = [
        f"{contact.key} ({', '.join(f'{part} {status.value}' for part, status in contact.withheld.items())})"
        for contact in content.contacts.values()
        if contact.withheld
    ]
    nameless = [contact.key for contact in content.contacts.values() if not contact.facts]
    pieces = sum(len(each.answer.questions) for each in content.answers.values())
    particular = sum(len(each.answer.faq) for each in content.answers.values())
    lines += [
        f"Not looked at for {LOOK_AGAIN_AFTER.days} days: {', '.join(stale(content, date.today())) or 'none'}",
        f"Not yet approved by the force: {_unapproved(content)} of {len(content.answers)} answers",
        f"Not shown until somebody confirms them: {', '.join(withheld) or 'none'}",
        f"Without any number or page, by name only: {', '.join(nameless) or 'none'}",
        f"Named in no text: {', '.join(content.unused_contacts()) or 'none'}",
        f"{len(content.answers)} answers, {len(content.lines)} lines, {len(content.contacts)} contacts",
        f"{pieces} answer pieces, {particular} to questions of one topic alone",
        f"{len(content.questions)} general questions, {len(content.acts)} acts",
        f"{len(content.problems)} refused",
    ]
    return lines


def stale(content: Content, today: date) -> list[str]:
    """The answers and the checked contacts that nobody has looked at for `LOOK_AGAIN_AFTER`, the oldest first."""
    oldest = (today - LOOK_AGAIN_AFTER).isoformat()
    looked_at = [
        (published.answer.reviewed_on.isoformat(), f"answer {topic}") for topic, published in content.answers.items()
    ]
    looked_at += [
        (contact.checked_on, f"contact {contact.key}") for contact in content.contacts.values() if contact.checked_on
    ]
    return [f"{name} ({day})" for day, name in sorted(looked_at) if day < oldest]


def _unapproved(content: Content) -> int:
    return sum(not published.answer.approved_by for published in content.answers.values())


if __name__ == "__main__":
    sys.exit(main())
