"""Content, talks that examine the bot: the editor says the tried talk in other words, and it is asked from then on."""

from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from answers.labels import ACTS, DANGERS, QUESTIONS
from answers.likeness import words_of
from answers.talks import Talk, Turn
from gateway.content.editing.talk_tests import Reworded, clean, new_talk, read_talks, removed_talk
from gateway.content.editing.texts import title_of_question
from gateway.content.editing.tried_talk import MOST_TURNS, Side, TriedTalk, TriedTurn, kept_talk
from gateway.content.errors import ContentRefused
from gateway.content.repository.markup import require_plain
from gateway.content.repository.talk_files import OWN_WORDS
from gateway.content.routes import text_wording
from gateway.content.routes.meaning import near_of
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.core.i18n import named

router = APIRouter(prefix="/content/try/talks", tags=["content"])
_PAGE: Final = "/content/try/talks"
_FIELDS: Final = ("topic", "question", "act", "danger")
# From here on the encoder takes two texts for the same one: not another wording, the words themselves.
_SAME: Final = 0.97


@router.get("", response_class=HTMLResponse)
async def show(editing: Editing) -> HTMLResponse:
    """Each of the citizen's turns with a field for other words; below, the talks that examine the bot already."""
    talk = await _kept(editing)
    titles = editing.titles()
    turns = [_guessed(turn, titles) for turn in talk.turns]
    return _page(editing, _rows(talk.turns, turns), _language_of(talk, editing.person.language))


@router.post("", response_model=None)
async def keep(request: Request, editing: Editing, language: Annotated[str, Form(max_length=8)]) -> Response:
    """The reworded talk is played at every examination from now on; a field that is left empty is left out."""
    form = await request.form()
    originals, turns = _sent(form)
    rows = [{"original": one, "turn": turn, "pressed": False} for one, turn in zip(originals, turns, strict=True)]
    try:
        written = [replace(each, text=words) for each in turns if (words := clean(each.text))]
        require_plain([each.text for each in written])
        await _require_not_learned(editing, language, written)
        titles = editing.titles()
        message = editing.gettext("A talk examines the bot: %(topic)s", topic=written[0].topic if written else "")
        return await editing.save(
            lambda: [new_talk(editing.copy, language, originals, written, titles)], message, _PAGE, "talk_kept"
        )
    except ContentRefused as refusal:
        problem = {
            "problem": refusal.sentence(editing.person.language),
            "wrong": str(refusal.parameters.get("text", "")),
        }
        return _page(editing, rows, language, status_code=refusal.status, **problem)


@router.post("/remove", response_model=None)
async def remove(
    editing: Editing, language: Annotated[str, Form(max_length=8)], name: Annotated[str, Form(max_length=100)]
) -> Response:
    """The talk examines the bot no more."""
    message = editing.gettext("A talk examines the bot no more")
    return await editing.save(lambda: [removed_talk(editing.copy, language, name)], message, _PAGE)


async def _kept(editing: EditingContext) -> TriedTalk:
    async with editing.service.database.transaction() as session:
        return await kept_talk(session, editing.service.keyring, editing.editor.account)


def _sent(form: FormData) -> tuple[list[str], list[Reworded]]:
    """What the editor wrote of, and the fields as they came. Raises `ContentRefused` for another form than ours."""
    columns = {name: [str(each) for each in form.getlist(name)] for name in ("original", "words", *_FIELDS)}
    if len({len(each) for each in columns.values()}) != 1 or len(columns["words"]) > MOST_TURNS:
        raise ContentRefused("nothing_written")
    of_turns = zip(columns["words"], *(columns[name] for name in _FIELDS), strict=True)
    return columns["original"], [Reworded(*each) for each in of_turns]


async def _require_not_learned(editing: EditingContext, language: str, written: list[Reworded]) -> None:
    """Nothing that the encoder takes for an example itself. Raises `ContentRefused`; where none answers, nothing."""
    texts = [each.text for each in written if len(words_of(each.text)) >= OWN_WORDS]
    for text, found in zip(texts, await near_of(editing, texts), strict=True):
        if same := next((each for each in found if each.likeness >= _SAME and each.language == language), None):
            topic = editing.titles().get(same.topic, same.topic)
            raise ContentRefused("talk_turn_is_example", text=text, example=same.text, topic=topic)


def _guessed(turn: TriedTurn, titles: dict[str, str]) -> Reworded:
    """No words yet, and what the bot understood, as far as the closed lists have it."""
    answer = turn.answer(Side.DRAFT) or turn.answer(Side.LIVE)
    if answer is None:
        return Reworded("")
    understood = answer.understood
    act = understood.act or understood.topic.removeprefix("follow_up_")
    return Reworded(
        text="",
        topic=understood.topic if understood.topic in titles else "",
        question=understood.question if understood.question in QUESTIONS else "",
        act=act if act in ACTS else "",
        danger=understood.danger or "",
    )


def _rows(tried: tuple[TriedTurn, ...], turns: list[Reworded]) -> list[dict[str, Any]]:
    return [
        {"original": one.text, "turn": turn, "pressed": bool(one.choice)}
        for one, turn in zip(tried, turns, strict=True)
    ]


def _language_of(talk: TriedTalk, reader: str) -> str:
    answers = (turn.answer(side) for turn in talk.turns for side in Side)
    return next((str(answer.understood.language) for answer in answers if answer), reader)


def _page(
    editing: EditingContext, rows: list[dict[str, Any]], language: str, *, status_code: int = 200, **more: str
) -> HTMLResponse:
    reader = editing.person.language
    questions = {each: title_of_question(editing.copy, each, reader) for each in QUESTIONS}
    acts = {each: named(reader, text_wording.ACTS, each) for each in ACTS}
    dangers = {each: named(reader, text_wording.DANGERS, each) for each in DANGERS}
    titles = editing.titles()

    def words(turn: Turn) -> str:
        """What should be understood, in words."""
        asked = [each for group in turn.questions for each in group[:1]]
        found = [*(titles.get(each, each) for each in turn.topics), *(questions[each] for each in asked)]
        found += [acts[each] for each in turn.acts]
        return " · ".join([*found, *([dangers[turn.danger]] if turn.danger else [])])

    context = {
        "rows": rows,
        "language_of_talk": language,
        "titles": titles,
        "lists": {"question": questions, "act": acts, "danger": dangers},
        "talks": read_talks(editing.copy),
        "labels_in_words": words,
        "name_of_talk": lambda talk: _name_of(talk, titles, questions, acts),
        "wrong": "",
        **more,
    }
    return editing.page("talk_tests.html", context, status_code=status_code)


def _name_of(talk: Talk, titles: dict[str, str], questions: dict[str, str], acts: dict[str, str]) -> str:
    first = talk.turns[0]
    if first.topics:
        return titles.get(first.topics[0], first.topics[0])
    if first.questions:
        return questions[first.questions[0][0]]
    return acts[first.acts[0]] if first.acts else first.text
