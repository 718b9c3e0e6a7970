"""Translators get what is stale, and only that, with the earlier wording beside it."""

from gateway.bulletins.word_diff import PartKind
from gateway.content.editing.freshness import left_behind, mark_reviewed
from gateway.content.editing.translations import stale
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import WorkingCopy
from tests.worlds.small_content import MAIJA

TOPIC = "parcel_sms"


def save(copy: WorkingCopy, **texts: dict[str, str]) -> None:
    seen = read_topic(copy, TOPIC)
    copy.save([change_answer(copy, TOPIC, seen.version, AnswerChange(**texts))], MAIJA, "x")  # type: ignore[arg-type]


def test_only_the_text_that_changed_waits_with_what_went_and_what_came(copy: WorkingCopy) -> None:
    assert stale(copy, "sv") == []
    before = read_topic(copy, TOPIC).title["fi"]
    save(copy, title={"fi": "Pakettihuijaus"})
    (waiting,) = stale(copy, "sv")
    (text,) = waiting.texts
    assert (waiting.topic.name, text.field, list(text.others)) == (TOPIC, "title", ["fi"])
    sides = {kind: "".join(each.text for each in text.others["fi"] if each.kind == kind) for kind in PartKind}
    assert (sides[PartKind.REMOVED].strip(), sides[PartKind.ADDED].strip()) == (before, "Pakettihuijaus")
    assert stale(copy, "fi") == []


def test_the_earlier_wording_is_that_of_the_last_time_in_step_for_each_language(copy: WorkingCopy) -> None:
    first = read_topic(copy, TOPIC).title["fi"]
    save(copy, title={"fi": "Toinen"})
    save(copy, title={"sv": "Andra"})
    save(copy, title={"fi": "Kolmas"})
    removed = {
        language: "".join(
            each.text for each in stale(copy, language)[0].texts[0].others["fi"] if each.kind == PartKind.REMOVED
        ).strip()
        for language in ("sv", "en")
    }
    assert removed == {"sv": "Toinen", "en": first}


def test_who_has_followed_or_looked_waits_no_longer(copy: WorkingCopy) -> None:
    save(copy, title={"fi": "Toinen"})
    save(copy, title={"sv": "Andra"})
    assert stale(copy, "sv") == []
    assert left_behind(copy)[TOPIC] == {"en"}
    mark_reviewed(copy, TOPIC, MAIJA, "Looked at.")
    assert stale(copy, "en") == []
