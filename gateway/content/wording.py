"""Content, the messages by their codes: why something was refused, and what a job does."""

from collections.abc import Mapping
from typing import Any, Final

from answers.problems import Sentence, message_of
from gateway.core.i18n import N_, NN_, gettext, named, ngettext

# Values stand as `%(name)s`.
SENTENCES: Final[Mapping[str, str]] = {
    "busy": N_("Somebody else is saving just now. Wait a moment and save again."),
    "disk_full": N_("The server's disk is full. Nothing was changed. Ask the operator to make room, then save again."),
    "cannot_write": N_("The server could not write the files (%(reason)s). Nothing was changed. Tell the operator."),
    "broken_yaml": N_(
        "The file %(file)s is broken in line %(line)s and cannot be read. Mend the line, or return to an earlier "
        "version. The published bot has not changed."
    ),
    "not_utf8": N_("The file %(file)s is not UTF-8. Save it as UTF-8, or return to an earlier version."),
    "no_working_copy": N_("The content folder %(folder)s has not been made yet. Run: python -m gateway content init"),
    "content_is_data": N_(
        "NEUVO_CONTENT_DIR is the program's own folder data/. Choose another folder: data/ is copied there."
    ),
    "no_such_file": N_("There is no file %(file)s."),
    "unknown_version": N_("That version is not known here. Open the page again."),
    "conflict": N_(
        "Somebody else has changed the same place of %(file)s (%(count)s). Choose which one stays. Nothing has been "
        "saved yet."
    ),
    "pull_first": N_("The remote has changes that are not here yet. Pull them first."),
    "remote_away": N_("The remote cannot be reached (%(reason)s). The files here are safe."),
    "no_remote": N_("No remote is set (NEUVO_CONTENT_REMOTE)."),
    "no_such_topic": N_("There is no topic '%(topic)s'."),
    "bad_topic_name": N_("'%(topic)s' cannot be an identifier. Use small letters a to z, digits and _."),
    "topic_exists": N_("The topic '%(topic)s' exists already. Open it, or choose another identifier."),
    "same_topic": N_("The topic '%(topic)s' cannot be merged with itself. Choose two topics."),
    "topic_protected": N_(
        "The service itself needs the topic '%(topic)s', so it cannot go. You can change its answer and its examples."
    ),
    "topic_in_story": N_("A rule in %(file)s uses the topic '%(topic)s'. Ask the operator to change the rule first."),
    "unknown_language": N_("The language '%(language)s' is none of fi, sv and en."),
    "no_examples_left": N_("The topic '%(topic)s' would have no examples in %(language)s. Write a new one first."),
    "no_such_example": N_("The example '%(text)s' is not in the topic '%(topic)s' any more. Open the page again."),
    "no_such_sender": N_("There is no sender '%(sender)s'."),
    "bad_sender": N_("'%(sender)s' is no sender: write the name in all three languages."),
    "no_such_contact": N_("There is no contact '%(contact)s'."),
    "contact_exists": N_("The contact '%(contact)s' exists already."),
    "bad_contact": N_(
        "The contact '%(contact)s' needs a name, and an identifier of small letters a to z, digits and _."
    ),
    "no_such_text": N_("There is no such text any more. Open the page Texts again."),
    "text_empty": N_("A text is empty (%(language)s). Write it; the chat would say nothing there."),
    "condition_needed": N_("Say to whom the new text is said: tick at least one condition. Nothing has been saved."),
    "bad_condition": N_("One of the conditions cannot be used. Write a short name without signs, and try again."),
    "variant_exists": N_("There is a text for just these conditions already. Change that one."),
    "usual_words_first": N_(
        "This question has no short answer yet. Write first what is said to everybody, without conditions."
    ),
    "no_such_line": N_("There is no fixed line '%(line)s'."),
    "draft_changed": N_(
        "Somebody has changed the draft since you opened this page. Look at the changes and try again."
    ),
    "topic_incomplete": N_(
        "A title and an answer are needed in all three languages; something is missing in %(language)s."
    ),
    "nothing_written": N_("Write something first."),
    "test_is_example": N_(
        "'%(text)s' is an example already, so the bot knows it by heart. Write the test message in other words."
    ),
    "example_is_test": N_(
        "'%(text)s' is a test message already: what the bot learns by heart is examined no more. Write the example in "
        "other words, or take the test message away first."
    ),
    "edit_one": N_("Tick one example, and write how it should read."),
    "example_markup": N_(
        "'%(text)s' has marks that the program would read as a command. Write it as a citizen would: no / at the "
        "beginning, and no brackets with an explanation behind them."
    ),
    "sheet_gone": N_("The spreadsheet that was brought in is not here any more. Bring it in again."),
    "no_such_missed_message": N_("The message is not here any more: somebody has dealt with it, or its time is over."),
    "reword": N_(
        "'%(text)s' is too close to what the citizen wrote. Say the same in your own words: nobody's own words are "
        "kept."
    ),
    "talk_turn_repeats": N_(
        "'%(text)s' is too close to what was written in the talk ('%(original)s'). Say the same in other words."
    ),
    "talk_turn_is_example": N_(
        "'%(text)s' is nearly the example '%(example)s' of the topic '%(topic)s', which the bot knows by heart. Say it "
        "in other words."
    ),
    "talk_turn_is_taught": N_(
        "'%(text)s' is nearly '%(example)s' of a talk that the bot has learned. Say it in other words."
    ),
    "talk_turn_without_label": N_("Say what should be understood in '%(text)s': a topic, a question or a move."),
    "talk_turn_too_long": N_("A message is too long: it takes %(count)s characters."),
    "talk_begins_without_topic": N_("Choose the topic of the first message: the talk is about it."),
    "no_such_label": N_("One of the choices is not known here any more. Open the page again."),
    "no_such_talk": N_("There is no such talk any more. Open the page again."),
    "talk_broken": N_("The talk cannot be played (line %(line)s): a topic of it may be gone. Take it away."),
    "examined_talks": N_("Talks: %(right)s of %(count)s messages answered right."),
    "follow_up_without_answer": N_(
        "A follow-up leads to the topic '%(topic)s', which has no answer. Choose another topic."
    ),
    "tests_of_unknown_topic": N_(
        "There are test messages of the topic '%(topic)s', which does not exist. Move or delete them."
    ),
    "example_in_two_topics": N_(
        "The example '%(text)s' is also in the topic '%(topic)s' ('%(example)s'). Delete one: the bot cannot learn "
        "both."
    ),
    "example_nearly_there": N_(
        "The example '%(text)s' is nearly '%(example)s' of the topic '%(topic)s'. One in other words would teach more."
    ),
    "job_running": N_("Another job is under way. Wait until it has ended, or cancel it."),
    "no_such_job": N_("There is no such job."),
    "nothing_to_publish": N_("Nothing has changed since the last publishing."),
    "own_change": N_("You have changed this yourself. Ask another editor to approve it."),
    "needs_approval": N_(
        "Some of this is not approved yet (%(count)s). Another editor must approve it before it is published."
    ),
    "nothing_chosen": N_("Nothing is chosen. Tick what you mean and try again."),
    "not_sure": N_("Tick first that you are sure. Nothing has changed."),
    "needs_training": N_("A new topic or changed examples need a trained bot. Choose them under Training instead."),
    "live_changed": N_(
        "Another version went live while this bot was trained, so the comparison is of the wrong one. Publish again: "
        "the training is not repeated."
    ),
    "danger_lost": N_(
        "The new bot misses messages of danger that the bot in use finds (%(count)s). Nothing was published. Read "
        "them below; only a person can decide to publish all the same."
    ),
    "look_first": N_(
        "The new bot understands some messages worse (%(count)s). Nothing was published yet. Read them below and "
        "decide."
    ),
    "nothing_earlier_here": N_("This is the first version: there is nothing before it to return to."),
    "part_in_use": N_(
        "This cannot be taken away yet, because texts name it (%(topics)s). Change these texts first, then take it "
        "away."
    ),
    "fact_without_finnish": N_("Write the Finnish value, too, or clear all three languages to take it away."),
    "too_much_to_keep": N_("This is too long to be kept while you write. Save it now."),
    "token_needed": N_("Only a person can approve. Make a token on the page Publishing and set it as %(variable)s."),
    "token_refused": N_(
        "The token is not valid: it may be old, or its person may not edit any more. Make a new one on the page "
        "Publishing."
    ),
    "check_refused": N_("The check found mistakes (%(count)s), so nothing was published. Mend them and publish again."),
    "gate_refused": N_(
        "The new bot would understand less well (%(figures)s), so it was not published. Look at the messages that got "
        "worse, add examples, and try again."
    ),
    "training_failed": N_("The training failed (%(reason)s). The published bot has not changed."),
    "evaluation_failed": N_("The examination could not be run (%(reason)s). The published bot has not changed."),
    "not_shared": N_("It could not be given to the other machines (%(reason)s). Nothing has changed. Try again later."),
    "swap_failed": N_("The new bot could not be put in place (%(reason)s). The old one is in use again."),
    "job_died": N_(
        "The job was cut off %(count)s times in the middle of a step and is not tried again. The published bot has "
        "not changed. Tell the operator."
    ),
    "job_error": N_(
        "The job ended with an error that is in the server's log. The published bot has not changed. Tell the operator."
    ),
    "no_such_release": N_("There is no published version %(number)s."),
    "nothing_earlier": N_("There is no earlier published version to return to."),
    "model_refused": N_("The model %(model)s was not built here, or was changed since, so it is not loaded."),
    "no_draft_model": N_("The draft has not been trained yet. Train it first."),
    "not_trained_here": N_(
        "This server neither trains nor tries the bot. Tell the operator: the editors' pages belong on another one."
    ),
    "try_failed": N_("The draft could not be tried (%(reason)s). Try again."),
    "job_began": N_("Begun."),
    "job_again": N_("The server was started again. The step began anew (attempt %(count)s)."),
    "step_check": N_("Checking texts, limits, contacts and references."),
    "step_train": N_("Training a new bot in a process of its own."),
    "step_evaluate": N_("Examining: every test message is put to the new bot."),
    "step_compare": N_("Comparing with the bot in use, message by message."),
    "step_swap": N_("Putting the new version in place."),
    "check_passed": N_("The check passed. Pieces of advice: %(count)s."),
    "no_training_needed": N_("Only words changed: no training is needed."),
    "trained_already": N_("A bot has been trained of this draft already."),
    "train_part": N_("Training: %(part)s."),
    "train_part_kept": N_("Already trained: %(part)s."),
    "trained": N_("Trained in %(seconds)s seconds."),
    "examined": N_("Examined: %(right)s of %(count)s messages right."),
    "shadow": N_("Looking at masked messages of citizens with both bots, for figures alone."),
    "shadow_without_figures": N_("Too few messages of citizens for figures; the comparison goes on without."),
    "nothing_to_compare": N_("There is no result of the bot in use to compare with."),
    "same_bot": N_("It is the bot in use: there is nothing to compare."),
    "job_at_its_time": N_("At the time that %(name)s has set."),
    "schedule_no_time": N_("Choose a date and a time. Nothing has been set."),
    "schedule_no_such_hour": N_("The clocks go forward that night, and this time does not exist. Choose another one."),
    "schedule_over": N_("This time is over. Choose one that is still to come."),
    "schedule_too_far": N_("This time is too far away: choose one within %(count)s days."),
    "schedule_taken": N_(
        "Something of this has a time already. Change that time, or withdraw it, on the page Publishing."
    ),
    "schedule_gone": N_("This is not waiting for its time any more. Open the page Publishing again."),
    "schedule_changed": N_(
        "Something has been changed, published or taken back since it was approved, so nothing of this was published."
    ),
    "schedule_missed": N_(
        "The service was not running at that time, nor for a day after it, so this was not published. Look whether it "
        "is still right."
    ),
    "rasa_away": N_("The bot's process is not running; it loads the new version when it starts."),
    "published": N_("Published. The version before is kept, and one can return to it at once."),
    "returned": N_("Returned to the earlier version."),
    "cancelled": N_("Cancelled. The published bot has not changed."),
    "file_unreadable": N_("The file %(file)s cannot be read (%(reason)s)."),
    "sheet_unreadable": N_("The file is no spreadsheet that can be read. Save it as .xlsx."),
    "sheet_too_large": N_(
        "The spreadsheet is too large (%(count)s). Export it again, and change the column 'text' only."
    ),
    "sheet_without_columns": N_(
        "The sheet %(sheet)s lacks the column '%(column)s'. Export it again, and change the column 'text' only."
    ),
    "sheet_formula": N_("The sheet %(sheet)s has a formula in row %(row)s. Write text instead."),
    "sheet_unknown_row": N_(
        "Row %(row)s of the sheet %(sheet)s has an unknown topic or field (%(name)s). Delete the row or correct the "
        "name."
    ),
    "sheet_twice": N_("The sheet %(sheet)s has %(name)s twice (row %(row)s). Delete one."),
    "sheet_empty_text": N_("In row %(row)s of the sheet %(sheet)s the text %(name)s is empty. Write it."),
    "sheet_no_sheets": N_("The spreadsheet has no sheet fi, sv or en."),
    "examined_in_use": N_(
        "The draft has no examples that the bot in use has not learned, so there was nothing to train and nothing to "
        "compare. The bot in use was examined: %(right)s of %(examined)s messages right; the overview shows each "
        "topic. To train a new bot, change examples first."
    ),
    "job_ended": N_("Done. The published bot has not changed."),
}
# With the name of the value that decides which of the two is said.
COUNTED: Final[Mapping[str, tuple[str, str, str]]] = {
    "compared": (
        *NN_(
            "%(better)s message got better, %(worse)s got worse.",
            "%(better)s messages got better, %(worse)s got worse.",
        ),
        "better",
    ),
    "swapped": (
        *NN_(
            "Swapped in %(count)s process in %(seconds)s seconds.",
            "Swapped in %(count)s processes in %(seconds)s seconds.",
        ),
        "count",
    ),
}
# The parts of the bot that are trained.
PARTS: Final[Mapping[str, str]] = {
    "RulePolicy": N_("the conversation rules"),
    "LanguageIdentifier": N_("recognising the language"),
    "TopicClassifier": N_("recognising the topic"),
    "DangerDetector": N_("recognising danger"),
    "ConversationClassifier": N_("recognising follow-up questions"),
    "FaqClassifier": N_("recognising the topics' own questions"),
}


def say(code: str, language: str, /, **values: object) -> str:
    """The sentence of a code, filled. Raises `KeyError` for an unknown code.

    A `part` of the bot is named in words where `PARTS` has some, and by its name where nobody wrote them.
    """
    if "part" in values:
        values["part"] = named(language, PARTS, str(values["part"]))
    if code in COUNTED:
        singular, plural, by = COUNTED[code]
        return ngettext(language, singular, plural, int(str(values[by])), **values)
    return gettext(language, SENTENCES[code], **values)


def english(code: str, **values: object) -> str:
    """The sentence for logs and errors. Raises `KeyError` for an unknown code or a missing value."""
    return (COUNTED[code][1] if code in COUNTED else SENTENCES[code]) % values


def stored(sentence: str) -> dict[str, Any]:
    """A sentence of the package `answers` as data: its message and its values."""
    message, fields = message_of(sentence)
    values = {name: stored(value) if isinstance(value, Sentence) else value for name, value in fields.items()}
    return {"message": message, "fields": values}


def said(sentence: Mapping[str, Any], language: str) -> str:
    """What `stored` has kept, in a language."""
    fields = sentence["fields"].items()
    values = {name: said(value, language) if isinstance(value, dict) else value for name, value in fields}
    return gettext(language, sentence["message"], **values)
