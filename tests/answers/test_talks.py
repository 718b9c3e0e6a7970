"""Written talks: what is read, and how a writer is told of a fault."""

from pathlib import Path

import pytest

from answers.talks import read_talks, talk_paths, talks_of

DATA = Path(__file__).resolve().parents[2] / "data"
TOPICS = {"sextortion", "bank_phishing"}

GOOD = """\
# a-1 | a boy | sextortion
t: joku kiristää mua || topic:sextortion
t: oon 13, tietääks äiti || q:parents_told; tells:age=under_15
t: maksoin jo, ja kauan tää kestää || q:already_paid/not_paid_yet + duration; act:tells; tells:done=paid/blocked
t: en jaksa enää || danger:crisis; must:112 & mieli|kriisi; not:kiva & 0800

# a-2 | a girl | bank_phishing
t: kiitti || act:thanks/goodbye
"""


def problems(text: str, language: str = "fi") -> list[tuple[int, str]]:
    return [(each.line, each.what) for each in talks_of(text, language, "talks.txt", TOPICS)[1]]


def test_a_talk_is_read_turn_by_turn() -> None:
    (first, second), wrong = talks_of(GOOD, "fi", "talks.txt", TOPICS)
    assert not wrong
    assert (first.name, first.person, first.language, len(first.turns)) == ("a-1", "a boy", "fi", 4)
    opening, asking, telling, despair = first.turns
    assert opening.topics == ("sextortion",)
    assert (asking.questions, asking.tells) == ((("parents_told",),), (("age", "under_15"),))
    assert telling.questions == (("already_paid", "not_paid_yet"), ("duration",))
    assert telling.tells == (("done", "paid"), ("done", "blocked"))
    assert (despair.danger, despair.must, despair.must_not) == (
        "crisis",
        (("112",), ("mieli", "kriisi")),
        ("kiva", "0800"),
    )
    assert second.turns[0].acts == ("thanks", "goodbye")


def test_what_only_tells_is_the_act_of_telling() -> None:
    (talk,), _ = talks_of("# a | b | c\nt: hei || act:greeting\nt: oon 13 || tells:age=under_15\n", "fi", "x", TOPICS)
    assert talk.turns[1].acts == ("tells",)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("t: moi || act:greeting\n", 1, "begins with its heading"),
        ("# a | b | c\nmoi || act:greeting\n", 2, "This is no turn"),
        ("# a | b | c\nt: moi\n", 2, "no labels"),
        ("# a | b | c\nt: || act:greeting\n", 2, "no words"),
        ("# a | b | c\nt: moi || \n", 2, "no labels"),
        ("# a | b | c\nt: moi || act:waves\n", 2, "Unknown act 'waves'"),
        ("# a | b | c\nt: moi || q:price\n", 2, "Unknown question 'price'"),
        ("# a | b | c\nt: moi || topic:cats\n", 2, "Unknown topic 'cats'"),
        ("# a | b | c\nt: moi || danger:maybe\n", 2, "Unknown danger 'maybe'"),
        ("# a | b | c\nt: moi || mood:good\n", 2, "Unknown label"),
        ("# a | b | c\nt: moi || tells:age=old\n", 2, "'old' is no age"),
        ("# a | b | c\nt: moi || tells:shoes=red\n", 2, "tells nothing"),
        ("# a | b | c\nt: moi || tells:danger=passed\n", 2, ""),
        ("# a | b | c\n\n# d | e | f\nt: moi || act:greeting\n", 1, "no turns"),
        ("# a | b | c\nt: moi || act:greeting\n\n# a | b | c\nt: moi || act:greeting\n", 4, "also on line 1"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, what: str) -> None:
    found = problems(text)
    assert found or not what
    assert all(place == line and what in told for place, told in found), found


def test_a_folder_has_to_be_a_language(tmp_path: Path) -> None:
    path = tmp_path / "talks" / "de" / "a.txt"
    path.parent.mkdir(parents=True)
    path.write_text(GOOD, encoding="utf-8")
    _, wrong = read_talks(talk_paths(tmp_path), TOPICS)
    assert [each.what for each in wrong] == ["Unknown language 'de'."]


def test_one_bad_talk_leaves_the_others() -> None:
    talks, wrong = talks_of(GOOD.replace("act:thanks", "act:thank"), "fi", "talks.txt", TOPICS)
    assert [talk.name for talk in talks] == ["a-1"]
    assert len(wrong) == 1


def test_the_projects_own_talks_are_right() -> None:
    topics = {path.stem for path in (DATA / "answers").glob("*/*.yml")}
    talks, wrong = read_talks(talk_paths(DATA), topics)
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert {talk.language for talk in talks} == {"fi", "sv", "en"}
