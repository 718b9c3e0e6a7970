"""Evaluation of talks: how often a reply is right, by language and kind of turn, with 95 % intervals.

    .venv/rasa/bin/python -m evaluation.talks [--model FILE] [--content FOLDER] [--wrong] [--open-shut]
    .venv/rasa/bin/python -m evaluation.talks --talks data/talks/fi/some.txt

`evaluation/talks/<language>/open/*.txt` are read; `shut.txt.gz` only with `--open-shut`, which notes in
`evaluation/talks/opened.txt` that it was: whoever has seen its figures may not tune on them.
"""

from __future__ import annotations

import argparse
import gzip
import logging
import math
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path

from rasa.utils.log_utils import configure_structlog

from answers.content import answer_paths
from answers.library import content_directory, privacy_url
from answers.limits import LANGUAGES
from answers.talks import Talk, talks_of
from evaluation.metrics import Metric
from evaluation.played_talks import PlayedTurn, load_agent, play
from evaluation.verdicts import HARMFUL, RIGHT, VERDICTS, WRONG, is_asked_whether_danger, verdict

FOLDER = Path(__file__).parent / "talks"
MODEL = Path("models/neuvo.tar.gz")
OPENED = FOLDER / "opened.txt"
# The questions whose share of right answers has an aim of its own.
WATCHED_QUESTIONS = (
    "cost", "duration", "lawyer_and_legal_aid", "parents_told", "already_paid", "already_sent_picture",
    "evidence_how", "can_it_be_removed", "anonymity",
)  # fmt: skip
_Z = 1.96


def main() -> int:
    """Play the talks and print the figures; 1 where the files are wrong or a talk file is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--content", type=Path, default=None, help="the content folder (NEUVO_CONTENT_DIR, else data)")
    parser.add_argument("--talks", type=Path, nargs="*", default=None, help="files in folders fi, sv or en")
    parser.add_argument("--wrong", action="store_true", help="print every turn that was not right")
    parser.add_argument("--open-shut", action="store_true", help="examine by the shut half, and note that")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    configure_structlog(logging.ERROR)  # below it, Rasa writes what citizens say
    content = arguments.content or content_directory()
    talks, problems = read_talks_of(arguments.talks, content, open_shut=arguments.open_shut)
    if problems or not talks:
        print("\n".join(problems) or f"There are no talks in {FOLDER}.", file=sys.stderr)
        return 1
    agent = load_agent(arguments.model, content, privacy_url())
    played = play(agent, talks, _progress)
    if arguments.wrong:
        print("\n".join(wrong_lines(played)))
    print("\n".join(report(played)))
    return 0


def read_talks_of(files: Sequence[Path] | None, content: Path, *, open_shut: bool) -> tuple[list[Talk], list[str]]:
    """The talks of files, of the open half where there are none, or of the shut one; and what is wrong in them."""
    topics = {path.stem for path in answer_paths(content)}
    if open_shut:
        return _shut_talks(topics)
    paths = files or sorted(FOLDER.glob("*/open/*.txt"))
    talks: list[Talk] = []
    problems: list[str] = []
    for path in paths:
        language = next((part for part in reversed(path.parts) if part in LANGUAGES), "")
        found, wrong = talks_of(path.read_text("utf-8"), language, path.as_posix(), topics)
        talks += found
        problems += map(str, wrong)
    return talks, problems


def _shut_talks(topics: set[str]) -> tuple[list[Talk], list[str]]:
    talks: list[Talk] = []
    problems: list[str] = []
    for path in sorted(FOLDER.glob("*/shut.txt.gz")):
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        found, wrong = talks_of(text, path.parent.name, path.as_posix(), topics)
        talks += found
        problems += map(str, wrong)
    if talks:
        with OPENED.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(timezone.utc).isoformat(timespec='seconds')} the shut talks were examined\n")
    return talks, problems


def _progress(done: int) -> None:
    if done % 50 == 0:
        print(f"{done} talks played", file=sys.stderr, flush=True)


def wilson(hits: int, number: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not number:
        return 0.0, 1.0
    share = hits / number
    middle = share + _Z**2 / (2 * number)
    margin = _Z * math.sqrt(share * (1 - share) / number + _Z**2 / (4 * number**2))
    whole = 1 + _Z**2 / number
    return max(0.0, (middle - margin) / whole), min(1.0, (middle + margin) / whole)


def share(hits: int, number: int) -> str:
    """A share in per cent with its interval and the number it is of."""
    if not number:
        return "-"
    low, high = wilson(hits, number)
    return f"{hits / number:6.1%} [{low:.1%}, {high:.1%}] of {number}"


def kind_of(played: PlayedTurn) -> str:
    """What kind of turn it is, for the figures."""
    turn = played.turn
    if turn.danger:
        return "danger"
    if played.place == 0:
        return "first message"
    if played.is_new_topic:
        return "new subject"
    if len(turn.questions) > 1:
        return "two questions"
    return "question" if turn.questions else "act"


def metrics_of(played: Sequence[PlayedTurn], language: str) -> list[Metric]:
    """What the gate holds of the talks of one language."""
    own = [(each, verdict(each)) for each in played if each.talk.language == language]
    bad = {each.talk.name for each, found in own if found in (WRONG, HARMFUL)}
    names = list(dict.fromkeys(each.talk.name for each, _ in own))
    first = [found for each, found in own if each.place == 0]
    later = [found for each, found in own if each.place > 0]
    new = [found for each, found in own if each.place > 0 and each.is_new_topic]

    def metric(name: str, hits: Iterable[bool], *, lower_is_better: bool = False) -> Metric:
        return Metric(name, "".join("1" if hit else "0" for hit in hits), lower_is_better)

    return [
        metric("talks: first message right", (found == RIGHT for found in first)),
        metric("talks: follow-up right", (found == RIGHT for found in later)),
        metric("talks: new subject right", (found == RIGHT for found in new)),
        metric("talks: follow-up wrong", (found == WRONG for found in later), lower_is_better=True),
        metric("talks: harmful", (found == HARMFUL for _, found in own), lower_is_better=True),
        metric(
            "talks: asked whether somebody is in danger",
            (is_asked_whether_danger(each) for each, _ in own),
            lower_is_better=True,
        ),
        metric("talks: none of it wrong", (name not in bad for name in names)),
    ]


def report(played: Sequence[PlayedTurn]) -> list[str]:
    """The figures of each language."""
    lines: list[str] = []
    for language in LANGUAGES:
        own = [each for each in played if each.talk.language == language]
        if own:
            lines += [f"{language}: {len({each.talk.name for each in own})} talks, {len(own)} turns", *_figures(own)]
    return lines


def _figures(played: Sequence[PlayedTurn]) -> list[str]:
    verdicts = {id(each): verdict(each) for each in played}
    first = [each for each in played if each.place == 0]
    later = [each for each in played if each.place > 0]
    lines = []
    for name, turns in (("first messages", first), ("follow-ups", later)):
        counted = Counter(verdicts[id(each)] for each in turns)
        lines += [f"  {name}, {value}: {share(counted[value], len(turns))}" for value in VERDICTS]
    kinds = sorted({kind_of(each) for each in played})
    lines += [f"  right, {kind}: {_right([e for e in played if kind_of(e) == kind], verdicts)}" for kind in kinds]
    for question in WATCHED_QUESTIONS:
        asked = [each for each in played if any(group[0] == question for group in each.turn.questions)]
        lines.append(f"  right, {question}: {_right(asked, verdicts)}")
    alarmed = sum(map(is_asked_whether_danger, played))
    lines.append(f"  asked whether somebody is in danger, where nobody is: {share(alarmed, len(played))}")
    dangerous = {each.talk.name for each in played if each.turn.danger}
    ordinary = {each.talk.name for each in played} - dangerous
    heard = {each.talk.name for each in played if each.understood.get("danger")} & ordinary
    lines.append(f"  talks about no danger in which officers are alarmed: {_per_thousand(len(heard), len(ordinary))}")
    bad = {each.talk.name for each in played if verdicts[id(each)] in (WRONG, HARMFUL)}
    names = {each.talk.name for each in played}
    lines.append(f"  talks without a wrong turn: {share(len(names - bad), len(names))}")
    twice = sum(_is_twice(before, now) for before, now in _pairs(played))
    lines.append(f"  the same answer twice in a row: {twice}")
    return lines


def _per_thousand(hits: int, number: int) -> str:
    return f"{1000 * hits / number:.0f} in 1,000, {share(hits, number)}" if number else "there are none"


def _right(turns: Sequence[PlayedTurn], verdicts: dict[int, str]) -> str:
    return share(sum(verdicts[id(each)] == RIGHT for each in turns), len(turns))


def _pairs(played: Sequence[PlayedTurn]) -> Iterable[tuple[PlayedTurn, PlayedTurn]]:
    return ((before, now) for before, now in pairwise(played) if before.talk is now.talk)


def _is_twice(before: PlayedTurn, now: PlayedTurn) -> bool:
    """Whether something long was said again at once."""
    return before.text == now.text and len(now.text) > 120


def wrong_lines(played: Iterable[PlayedTurn]) -> list[str]:
    """Every turn that was not right, with what was wanted and what was said."""
    lines = []
    for each in played:
        found = verdict(each)
        if found == RIGHT:
            continue
        turn, understood = each.turn, each.understood
        wanted = f"{'/'.join(each.topics)} {turn.questions} {turn.acts} {turn.danger or ''}"
        got = (understood["state"].get("topic") or {}).get("value"), understood.get("question"), understood.get("act")
        said = each.text[:160].replace("\n", " ")
        place = f"{each.talk.language} {each.talk.name}:{each.place + 1}"
        lines.append(f"{found} ({kind_of(each)}) {place} «{turn.text}» wanted {wanted}")
        lines.append(f"    got {got} {understood['danger'] or ''} {understood['topic']} {each.said} «{said}»")
    return lines


if __name__ == "__main__":
    sys.exit(main())
