"""A folder of published words, small enough to write wrong things into."""

from pathlib import Path

from answers.content import Content, read_content
from answers.problems import Problem

CONTACTS = """\
emergency_112:
  name: {fi: hätänumero, sv: nödnumret, en: emergency number}
  phone: {value: "112", status: OK, source: S01, source_date: "2025"}
  url: {value: {fi: 112.fi, sv: 112.fi/sv, en: 112.fi/en}, status: OK, source: S01, source_date: "2025"}
  hours: {value: {fi: aina, sv: alltid, en: always}, status: OK, source: S01, source_date: "2025"}
  checked_on: null
  checked_by: null
helper:
  name: {fi: Auttaja, sv: Hjälparen, en: Helper}
  phone: {value: "09 2525 0111", status: OK, source: S93, source_date: recent}
  url: {value: helper.example, status: OK, source: S93, source_date: recent}
  hours: {value: {fi: ma 9–12, sv: mån 9–12, en: Mon 9–12}, status: OK, source: S93, source_date: recent}
  checked_on: 2026-11-01
  checked_by: a sergeant
old_helper:
  name: {fi: Vanha, sv: Gammal, en: Old}
  phone: {value: "0295 419 800", status: OLD, source: S1, source_date: "2021"}
  url: {value: {fi: vanha.example, sv: gammal.example, en: old.example}, status: OLD, source: S1, source_date: "2021"}
  hours: {value: {fi: ma, sv: mån, en: Mon}, status: OLD, source: S1, source_date: "2021"}
  checked_on: 2026-11-01
  checked_by: a sergeant
hearsay:
  name: {fi: Huhu, sv: Rykte, en: Hearsay}
  phone: {value: "0800 02400", status: SEC, source: S106, source_date: "2021"}
  url: {value: huhu.example, status: UNCONFIRMED, source: S106, source_date: "2021"}
  checked_on: null
  checked_by: null
page_only:
  name: {fi: Sivu, sv: Sida, en: Page}
  url: {value: page.example, status: OK, source: S1, source_date: "2024"}
  checked_on: null
  checked_by: null
"""

LINES = """\
clarify: {fi: Tarkoitatko näistä jotakin?, sv: Menar du något av de här?, en: Do you mean one of these?}
list_button: {fi: Vaihtoehdot, sv: Alternativ, en: Choices}
privacy: {fi: "Lue {privacy_url}", sv: "Läs {privacy_url}", en: "Read {privacy_url}"}
"""

ANSWER = """\
topic: TOPIC
escalation: [offer]
sources: [S1]
reviewed_on: 2026-11-24
approved_by: ""
title:
  fi: TOPIC fi
  sv: TOPIC sv
  en: TOPIC en
answer:
  fi: |
    Soita heti.
    {helper}
  sv: |
    Ring genast.
    {helper}
  en: |
    Call now.
    {helper}
buttons: []
"""


def nothing_refused(problems: tuple[Problem, ...]) -> None:
    """For libraries that must not complain."""
    assert not problems, "\n".join(map(str, problems))


class ContentFolder:
    """A folder of answers: `change` rewrites a piece of a file, `content` reads the whole as it is published."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.contacts = directory / "contacts.yml"
        self.lines = directory / "lines.yml"
        self.contacts.write_text(CONTACTS, encoding="utf-8")
        self.lines.write_text(LINES, encoding="utf-8")
        self.hacked = self.add("hacked")
        self.add("stolen")

    def add(self, topic: str, group: str = "online", text: str = ANSWER) -> Path:
        path = self.directory / "answers" / group / f"{topic}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("TOPIC", topic), encoding="utf-8")
        return path

    def change(self, path: Path, old: str, new: str, *, once: bool = False) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path.name}"
        path.write_text(text.replace(old, new, 1 if once else -1), encoding="utf-8")

    def content(self, earlier: Content | None = None) -> Content:
        return read_content(self.directory, "https://neuvo.example/privacy", earlier)

    def refusals(self, path: Path) -> list[tuple[int, str]]:
        """Line and wording of what is refused in one file; nothing may be refused anywhere else."""
        problems = self.content().problems
        assert {problem.file for problem in problems} <= {path.as_posix()}, problems
        return [(problem.line, problem.what) for problem in problems]
