"""Dialogue, before training: the editors' topic files become the intents and rules that Rasa trains on.

Nothing of an answer's wording goes in, so a new wording needs no training.
"""

from copy import deepcopy
from functools import cached_property
from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.exceptions import RasaException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from answers.content import Content, answer_paths, read_content
from answers.examples import example_paths, pairing_problems, read_examples, read_topics
from answers.library import content_directory, privacy_url
from answers.problems import Problem
from bot.example import Example
from bot.names import CLARIFY, FOLLOW_UP, UNSURE, answer_action


class TopicsRefused(RasaException):  # type: ignore[misc]
    """Training would make a bot that cannot answer: the message lists file, line, what is wrong and what to do."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n" + "\n".join(str(problem) for problem in sorted(problems)))


class TopicImporter(RasaFileImporter):  # type: ignore[misc]
    """Reads a content folder: data/nlu and data/answers give the topics, data/stories what else happens in a talk.

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
        return TrainingData(deepcopy(self._examples))

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
        # A follow-up has examples and no answer of its own: what it means depends on the answer before it.
        answered = {topic: path for topic, path in topics.items() if not topic.startswith(FOLLOW_UP)}
        problems += pairing_problems(answered, answer_paths(self._directory), self._ruled)
        if problems:
            raise TopicsRefused(problems)
        return sorted(topics)

    @cached_property
    def _answers(self) -> dict[str, str]:
        """Which answer follows which intent."""
        answers = {topic: answer_action(topic) for topic in self._topics if topic not in self._ruled}
        return {**answers, UNSURE: CLARIFY}

    @cached_property
    def _topic_domain(self) -> Domain:
        # Rasa wants a response for each name; what is said comes from the answers at the moment it is said.
        placeholders = {action: [{"text": action}] for action in self._answers.values()}
        return Domain.from_dict({"intents": list(self._topics), "responses": placeholders})

    @cached_property
    def _topic_rules(self) -> StoryGraph:
        rules = [
            {"rule": intent, "steps": [{"intent": intent}, {"action": action}]}
            for intent, action in self._answers.items()
        ]
        reader = YAMLStoryReader(self.get_domain(), "topics")
        return StoryGraph(reader.read_from_parsed_yaml({"version": "3.1", "rules": rules}))
