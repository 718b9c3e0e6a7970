"""Dialogue, before training: the intents and rules that Rasa trains on, made from the editors' topic files.

The texts of answers are not part of it, so a new text needs no training.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from answers.content import Content, answer_paths, read_content
from answers.danger_lines import danger_line_problems, read_danger_lines, read_lines_in_talk
from answers.examples import example_paths, pairing_problems, read_examples, read_topics
from answers.library import content_directory, privacy_url
from answers.limits import LANGUAGES
from answers.problems import Problem
from answers.talks import Talk, read_talks, talk_paths
from bot.conversation.component import FROM_TALK, TALK
from bot.conversation.dataset import turns_as_json
from bot.conversation.intents import INTENTS
from bot.danger.labels import DANGER_LINE, LINE_IN_TALK
from bot.faq.component import FAQ
from bot.names import CLARIFY, FOLLOW_UP, SCAM_CHECK, UNSURE, answer_action


class TopicsRefused(RasaException):  # type: ignore[misc]
    """Training would make a bot that cannot answer: the message lists file, line, what is wrong and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n" + "\n".join(str(problem) for problem in sorted(problems)))


class Example(Message):  # type: ignore[misc]
    """A message whose fingerprint is computed once and whose copies are cheap.

    Rasa copies all examples and computes their fingerprints at every step of training, half a minute for 50,000 of
    them, because anything in them might have changed. Here the values are only ever replaced, by `set`.
    """

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """As Rasa's; setting the present value again is a no-op."""
        if not add_to_output and prop in self.data and self.data[prop] == info:
            return
        super().set(prop, info, add_to_output)

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        copied = Example(self.data, set(self.output_properties), self.time, list(self.features))
        copied._cached_fingerprint = self._cached_fingerprint
        return copied


class TopicImporter(RasaFileImporter):  # type: ignore[misc]
    """Reads a content folder: data/nlu and data/answers give the topics, data/stories the other rules.

    Every topic gets the rule "this intent, that answer" unless a rule in data/stories begins with the intent. Raises
    `TopicsRefused` when a file is wrong, or a topic has examples but no answer or the reverse.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        super().__init__(config_file, domain_path, training_data_paths)
        given = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        folders = [Path(path) for path in given if (Path(path) / "answers").is_dir()]
        self._directory = folders[0] if folders else content_directory()

    def get_domain(self) -> Domain:
        """The domain file, with an intent and the name of an answer for each topic."""
        return super().get_domain().merge(self._topic_domain)

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """The examples, each with its topic and language. Rasa's own reader takes half a minute for 30,000 of them."""
        _ = self._topics
        lines = [*self._danger_lines, *self._faq_wordings]
        return TrainingData(deepcopy([*self._examples, *self._talk_examples, *lines, *self._tapped]))

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """The stories of data/stories and a rule for every topic that they do not answer."""
        return super().get_stories(exclusion_percentage).merge(self._topic_rules)

    @cached_property
    def _examples(self) -> list[Example]:
        return [
            Example.build(each.text, each.topic, intent_metadata={"language": each.language})
            for each in read_examples(example_paths(self._directory))
        ]

    @cached_property
    def _talks(self) -> tuple[list[Talk], list[Problem]]:
        return read_talks(talk_paths(self._directory), {path.stem for path in answer_paths(self._directory)})

    @cached_property
    def _talk_examples(self) -> list[Example]:
        """Each written talk whole, for the conversation; and its turns that name their subject, for the topics."""
        whole = [
            Example(data={TALK: {"name": talk.name, "language": talk.language, "turns": turns_as_json(talk)}})
            for talk in self._talks[0]
        ]
        return whole + [
            Example.build(turn.text, turn.topics[0], intent_metadata={"language": talk.language, FROM_TALK: talk.name})
            for talk in self._talks[0]
            for turn in talk.turns
            if turn.topics
        ]

    @cached_property
    def _danger_lines(self) -> list[Example]:
        """Lines for danger alone, by themselves and in talks: no topic learns from them."""
        return [
            Example(data={DANGER_LINE: {"text": each.text, "language": each.language, "danger": each.danger}})
            for each in read_danger_lines(self._directory)
        ] + [Example(data={LINE_IN_TALK: asdict(each)}) for each in read_lines_in_talk(self._directory)]

    @cached_property
    def _faq_wordings(self) -> list[Example]:
        """The wordings of each topic's own questions: no topic learns from them."""
        return [
            Example(data={FAQ: {"topic": topic, "name": faq.name, "language": language, "text": text}})
            for topic, published in self._content.answers.items()
            for faq in published.answer.faq.values()
            for language in LANGUAGES
            for text in faq.asked[language]
        ]

    @cached_property
    def _tapped(self) -> list[Example]:
        """What a tapped button sends, for the intents that nobody writes examples of."""
        written = {each.get("intent") for each in self._examples}
        return [Example.build(f"/{intent}", intent) for intent in (*INTENTS, SCAM_CHECK) if intent not in written]

    @cached_property
    def _content(self) -> Content:
        return read_content(self._directory, privacy_url())

    @cached_property
    def _ruled(self) -> frozenset[str]:
        """The intents that a rule of data/stories begins with."""
        first_intents: set[str] = set()
        for path in self._story_files:
            for step in YAMLStoryReader().read_from_file(path):
                messages = [event for event in step.events if isinstance(event, UserUttered)]
                first_intents.update(message.intent_name for message in messages[:1])
        return frozenset(first_intents)

    @cached_property
    def _topics(self) -> list[str]:
        topics, problems = read_topics(example_paths(self._directory))
        problems += self._content.problems
        problems += self._talks[1]
        problems += danger_line_problems(self._directory)
        # A follow-up has examples and no answer of its own: what it means depends on the answer before it.
        answered = {topic: path for topic, path in topics.items() if not topic.startswith(FOLLOW_UP)}
        problems += pairing_problems(answered, answer_paths(self._directory), self._ruled)
        if problems:
            raise TopicsRefused(problems)
        return sorted(topics)

    @cached_property
    def _answers(self) -> dict[str, str]:
        """Which answer follows which intent."""
        intents = dict.fromkeys([*self._topics, *INTENTS])
        answers = {intent: answer_action(intent) for intent in intents if intent not in self._ruled}
        return {**answers, UNSURE: CLARIFY}

    @cached_property
    def _topic_domain(self) -> Domain:
        # Rasa wants a response for each name; the text comes from the answers at run time.
        placeholders = {action: [{"text": action}] for action in self._answers.values()}
        return Domain.from_dict({"intents": sorted({*self._topics, *INTENTS}), "responses": placeholders})

    @cached_property
    def _topic_rules(self) -> StoryGraph:
        rules = [
            {"rule": intent, "steps": [{"intent": intent}, {"action": action}]}
            for intent, action in self._answers.items()
        ]
        reader = YAMLStoryReader(self.get_domain(), "topics")
        return StoryGraph(reader.read_from_parsed_yaml({"version": "3.1", "rules": rules}))
