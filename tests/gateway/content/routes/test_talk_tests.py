"""A tried talk becomes a test: reworded, labelled by name, near-verbatim refused, and kept as every written talk is."""

import html
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from answers.limits import TEXT
from answers.talks import talks_of
from gateway.content.editing.meaning import Meaning, Near
from gateway.content.publishing.checks import check
from gateway.content.repository.examples import change_examples, read_examples
from gateway.content.repository.talk_files import is_talk, relabelled
from gateway.core.config.settings import Settings
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.small_content import OLLI

pytestmark = pytest.mark.anyio
HERE = "/content/try/talks"
OWN = ("joku vei mun instan tunnukset eilen", "maksaako ilmoitus mitään", "kiitos")
OTHER = ("en pääse enää tililleni koska salasana on vaihdettu", "otatteko tästä rahaa", "kiitos")


@pytest.fixture
async def workshop(settings: Settings, template: Path, engine: ScriptedEngine) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        made.service.engine = engine
        yield made


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> list[Near]:
    """What the encoder finds near each text; its process is tried elsewhere."""
    found: list[Near] = []

    async def near(_: Meaning, texts: Sequence[str]) -> list[list[Near]]:
        return [found for _ in texts]

    monkeypatch.setattr(Meaning, "near", near)
    return found


@pytest.fixture
async def elina(workshop: Editors, engine: ScriptedEngine) -> Editor:
    """She has held a talk of three turns."""
    editor = await workshop.editor("elina")
    understood = (
        answer(topic="account_hacked"),
        answer(topic="follow_up_question", question="cost"),
        answer(topic="follow_up_thanks", act="thanks"),
    )
    for number, (text, told) in enumerate(zip(OWN, understood, strict=True)):
        engine.next_answer = told
        await editor.post("/content/try", text=text, after=str(number))
    return editor


def form(page: str) -> dict[str, list[str]]:
    """What the page's form would send as it stands."""
    fields = {"original": re.findall(r'name="original" value="([^"]*)"', page)}
    fields["words"] = re.findall(r'name="words"[^>]*>([^<]*)</textarea>', page)
    for name in ("topic", "question", "act", "danger"):
        menus = re.findall(rf'<select id="{name}-\d+" name="{name}">(.*?)</select>', page, re.DOTALL)
        chosen = [re.findall(r'value="([^"]*)" selected', each) for each in menus]
        fields[name] = [each[0] if each else "" for each in chosen]
    return {name: [html.unescape(each) for each in values] for name, values in fields.items()}


async def sent(editor: Editor, words: Sequence[str], **more: list[str] | str) -> tuple[int, str]:
    fields = {**form(await editor.get(HERE)), "words": list(words), "language": "fi", **more}
    answered = await editor.post(HERE, **fields)
    return answered.status_code, html.unescape(answered.text)


def stored(workshop: Editors) -> list[str]:
    return [path for path in workshop.copy.paths("tests/") if is_talk(path)]


async def test_each_turn_has_a_field_and_what_the_bot_understood_is_chosen_in_words(
    workshop: Editors, elina: Editor
) -> None:
    assert f'href="{HERE}"' in await elina.get("/content/try")
    page = await elina.get(HERE)
    found = form(page)
    assert found["original"] == list(OWN)
    assert found["words"] == ["", "", ""]
    assert found["topic"] == ["account_hacked", "", ""]
    assert found["question"] == ["", "cost", ""]
    assert found["act"] == ["", "", "thanks"]
    shown = re.sub(r"<[^>]+>", " ", page.partition("<main")[2])
    assert not re.search(r"\b[a-z]+_[a-z_]+\b", shown), "a code stands on the page"


async def test_a_reworded_talk_is_kept_as_every_written_talk_is_and_shown_in_words(
    workshop: Editors, elina: Editor
) -> None:
    assert (await sent(elina, OTHER))[0] == 303
    (path,) = stored(workshop)
    assert path.startswith("tests/fi/talks/account_hacked_")
    talks, problems = talks_of(workshop.copy.read(path).text, "fi", path, {"account_hacked"})
    assert problems == []
    (talk,) = talks
    assert [each.text for each in talk.turns] == list(OTHER)
    assert [(each.topics, each.questions, each.acts) for each in talk.turns] == [
        (("account_hacked",), (), ()),
        ((), (("cost",),), ()),
        ((), (), ("thanks",)),
    ]
    assert [each for each in check(workshop.copy.folder, "") if each.refused] == []
    assert OWN[0] not in workshop.copy.read(path).text, "the words of the talk are not kept"

    page = html.unescape(await elina.get(HERE))
    assert "en pääse enää tililleni" in page
    publishing = html.unescape(await elina.get("/content/publishing"))
    assert "a talk (Finnish)" in publishing
    assert "q:cost" not in publishing
    assert "q:cost" not in await elina.get("/content/search?q=tililleni")

    removed = await elina.post(f"{HERE}/remove", language="fi", name=Path(path).stem)
    assert removed.status_code == 303
    assert stored(workshop) == []
    assert (await elina.post(f"{HERE}/remove", language="fi", name="../../contacts")).status_code == 422


async def test_a_field_that_is_left_empty_is_left_out_and_a_choice_can_be_corrected(
    workshop: Editors, elina: Editor
) -> None:
    words = [OTHER[0], "", "tuhannet kiitokset sulle"]
    assert (await sent(elina, words, act=["", "", "helped"], danger=["crisis", "", ""]))[0] == 303
    text = workshop.copy.read(stored(workshop)[0]).text
    assert text.splitlines()[1:] == [
        f"t: {OTHER[0]} || topic:account_hacked; danger:crisis",
        "t: tuhannet kiitokset sulle || act:helped",
    ]


@pytest.mark.parametrize(
    "words",
    ["Joku vei mun instan tunnukset eilen!", "joku vei mun instan tunnukset tänään", f"hei {OWN[0]} apua"],
    ids=["the same", "one word changed", "in the middle"],
)
async def test_what_repeats_a_turn_of_the_talk_is_refused_with_which_and_why(
    workshop: Editors, elina: Editor, words: str
) -> None:
    status, page = await sent(elina, [words, *OTHER[1:]])
    assert status == 422
    assert f"'{words}' is too close to what was written in the talk ('{OWN[0]}')" in page
    assert form(page)["words"][1] == OTHER[1], "what was typed is still there"
    assert page.count('aria-invalid="true"') == 1
    assert stored(workshop) == []


async def test_the_words_of_any_other_turn_are_no_rewording_either(workshop: Editors, elina: Editor) -> None:
    status, page = await sent(elina, [OTHER[0], "joku vei mun instan tunnukset toissapäivänä", ""])
    assert (status, OWN[0] in page) == (422, True)


async def test_what_is_nearly_an_example_is_refused_with_the_example_and_its_topic(
    workshop: Editors, elina: Editor
) -> None:
    seen = read_examples(workshop.copy, "parcel_sms")
    change = change_examples(workshop.copy, "parcel_sms", "fi", seen.version, add=["posti lähetti oudon laskun tänään"])
    workshop.copy.save([change], OLLI, "x")
    status, page = await sent(elina, ["posti lähetti oudon laskun eilen", *OTHER[1:]])
    assert status == 422
    assert "nearly the example 'posti lähetti oudon laskun tänään' of the topic" in page


async def test_what_the_encoder_takes_for_an_example_itself_is_refused(
    workshop: Editors, elina: Editor, encoder: list[Near]
) -> None:
    encoder.append(Near("parcel_sms", "sv", "något annat", 0.99))
    encoder.append(Near("parcel_sms", "fi", "outo viesti postista", 0.98))
    status, page = await sent(elina, OTHER)
    assert (status, "nearly the example 'outo viesti postista'" in page) == (422, True)
    encoder[1] = Near("parcel_sms", "fi", "outo viesti postista", 0.9)
    assert (await sent(elina, OTHER))[0] == 303


async def test_what_the_bot_learned_from_a_talk_is_no_test(workshop: Editors, elina: Editor) -> None:
    folder = workshop.copy.folder / "talks" / "fi"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("# a | x | account_hacked\nt: tili meni ja salasana meni || topic:account_hacked\n")
    status, page = await sent(elina, ["tili meni ja tunnus meni", *OTHER[1:]])
    assert (status, "of a talk that the bot has learned" in page) == (422, True)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"topic": ["", "", ""]}, "Say what should be understood in"),
        ({"topic": ["", "", ""], "question": ["cost", "cost", ""]}, "Choose the topic of the first message"),
        ({"topic": ["no_topic", "", ""]}, "is not known here any more"),
        ({"act": ["", "", "dance"]}, "is not known here any more"),
        ({"language": "de"}, "language 'de'"),
        ({"words": ["", "", ""]}, "Write something first"),
        ({"words": ["x" * (TEXT + 1), "", ""]}, "A message is too long"),
    ],
)
async def test_what_could_not_be_played_is_refused(
    workshop: Editors, elina: Editor, more: dict[str, list[str] | str], why: str
) -> None:
    fields = {"words": list(OTHER), **more}
    status, page = await sent(elina, **fields)
    assert (status, why in page) == (422, True)
    assert stored(workshop) == []


async def test_no_example_repeats_a_turn_of_a_talk(workshop: Editors, elina: Editor) -> None:
    await sent(elina, OTHER)
    seen = await elina.get("/content/topics/account_hacked/examples?language=fi")
    version = re.findall(r'name="version" value="([0-9a-f]+)"', seen)[0]
    fields = {"version": version, "language": "fi", "do": "add", "typed": OTHER[0]}
    refused = await elina.post("/content/topics/account_hacked/examples", **fields)
    assert refused.status_code == 422
    assert "is a test message already" in html.unescape(refused.text)

    read = read_examples(workshop.copy, "account_hacked")
    change = change_examples(workshop.copy, "account_hacked", "fi", read.version, add=[OTHER[0]])
    workshop.copy.save([change], OLLI, "from another door")
    assert "example_is_test" in {each.key for each in check(workshop.copy.folder, "")}


async def test_a_topic_that_is_renamed_or_gone_is_so_in_the_talks_too(workshop: Editors, elina: Editor) -> None:
    await sent(elina, OTHER)
    (renamed,) = relabelled(workshop.copy, "account_hacked", "parcel_sms")
    assert renamed.text is not None
    assert f"t: {OTHER[0]} || topic:parcel_sms\n" in renamed.text
    (gone,) = relabelled(workshop.copy, "account_hacked", None)
    assert gone.text is None
    assert relabelled(workshop.copy, "parcel_sms", None) == []


async def test_a_talk_of_a_topic_that_nobody_knows_keeps_a_publishing_back(workshop: Editors, elina: Editor) -> None:
    await sent(elina, OTHER)
    path = workshop.copy.folder / stored(workshop)[0]
    path.write_text(path.read_text("utf-8").replace("account_hacked", "no_topic"), "utf-8")
    assert "talk_broken" in {each.key for each in check(workshop.copy.folder, "") if each.refused}


async def test_the_talk_of_another_editor_is_not_shown(workshop: Editors, elina: Editor) -> None:
    ester = await workshop.editor("ester")
    page = await ester.get(HERE)
    assert OWN[0] not in page
    assert "Hold a talk on the page Try it first" in page
