"""What may go live by itself: a topic's answer, a contact, a line; and who wrote which of its texts."""

from gateway.content.repository.changes import FileState
from gateway.content.repository.contacts import ContactChange, change_contact, change_line
from gateway.content.repository.examples import change_examples, read_examples
from gateway.content.repository.items import Item, ItemKind, composed, items, with_authors
from gateway.content.repository.topics import AnswerChange, change_answer, new_topic, read_topic
from gateway.content.repository.working_copy import Change, WorkingCopy
from tests.worlds.small_content import MAIJA, OLLI


def retitle(copy: WorkingCopy, language: str, title: str, editor: object = MAIJA, topic: str = "parcel_sms") -> None:
    seen = read_topic(copy, topic)
    copy.save(
        [change_answer(copy, topic, seen.version, AnswerChange(title={language: title}))],
        editor,  # type: ignore[arg-type]
        title,
    )


def rename(copy: WorkingCopy, key: str, name: str, editor: object = MAIJA) -> None:
    version = copy.read("contacts.yml").version
    change = change_contact(copy, key, version, ContactChange(name={"fi": name}))
    copy.save([change], editor, name)  # type: ignore[arg-type]


def by_key(copy: WorkingCopy, base: str) -> dict[str, Item]:
    return {each.key: each for each in with_authors(copy, items(copy, base, copy.head))}


def test_each_contact_line_answer_and_training_is_an_item_of_its_own(copy: WorkingCopy) -> None:
    base = copy.head
    rename(copy, "riku", "Riku")
    rename(copy, "emergency_112", "Hätä")
    retitle(copy, "sv", "Paketet")
    lines = copy.read("lines.yml")
    copy.save([Change("lines.yml", change_line(lines.text, "clarify", {"fi": "Mitä?"}), lines.version)], OLLI, "line")
    seen = read_examples(copy, "parcel_sms")
    copy.save([change_examples(copy, "parcel_sms", "fi", seen.version, add=["uusi viesti"])], OLLI, "example")

    found = by_key(copy, base)
    assert set(found) == {"contact:riku", "contact:emergency_112", "answer:parcel_sms", "line:clarify",
                          "training:parcel_sms"}  # fmt: skip
    assert found["contact:riku"].changed == [("name", "fi")]
    assert found["answer:parcel_sms"].authors[("title", "sv")].account == "maija"
    assert found["line:clarify"].authors[("fi",)].account == "olli"
    assert found["training:parcel_sms"].to_approve == []


def test_the_author_is_who_wrote_the_text_that_stands_and_a_comment_is_no_change(copy: WorkingCopy) -> None:
    base = copy.head
    retitle(copy, "sv", "Maijas")
    retitle(copy, "fi", "Ollin", OLLI)
    retitle(copy, "sv", "Ollis", OLLI)
    path = copy.folder / "answers/scams/account_hacked.yml"
    path = next(copy.folder.glob("answers/*/account_hacked.yml"))
    path.write_text("# a note\n" + path.read_text("utf-8"), "utf-8")
    copy.record_edits_by_hand()

    found = by_key(copy, base)
    assert set(found) == {"answer:parcel_sms"}
    assert {place: author.account for place, author in found["answer:parcel_sms"].authors.items()} == {
        ("title", "fi"): "olli",
        ("title", "sv"): "olli",
    }


def test_one_contact_goes_and_the_other_stays_as_it_was(copy: WorkingCopy) -> None:
    base = copy.head
    rename(copy, "riku", "Riku nyt")
    rename(copy, "emergency_112", "Hätä nyt")
    changes = composed(copy, base, copy.head, ["contact:riku"])

    assert set(changes) == {"contacts.yml"}
    text = (changes["contacts.yml"] or b"").decode()
    assert "Riku nyt" in text
    assert "Hätä nyt" not in text
    assert text.count("#") == (copy.text_at(base, "contacts.yml") or "").count("#")


def test_a_new_topic_is_one_item_that_needs_training_and_approval(copy: WorkingCopy) -> None:
    base = copy.head
    texts = {"fi": "Lemmikki", "sv": "Husdjur", "en": "Pet"}
    made = new_topic(
        copy, "lost_pet", "scams", AnswerChange(title=texts, answer=texts), {each: ["kissa"] for each in texts}
    )
    copy.save(made, MAIJA, "new")

    (found,) = by_key(copy, base).values()
    assert (found.kind, found.state, len(found.paths)) == (ItemKind.TOPIC, FileState.NEW, 2)
    assert ("answer", "fi") in found.to_approve
    print_before = found.fingerprint
    seen = read_examples(copy, "lost_pet")
    copy.save([change_examples(copy, "lost_pet", "fi", seen.version, add=["koira"])], OLLI, "more")
    assert by_key(copy, base)["topic:lost_pet"].fingerprint == print_before, "an example voids no approval"
