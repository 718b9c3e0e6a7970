"""The project's own words, few of them: a model of them is trained in seconds."""

import shutil
from pathlib import Path

import yaml

from gateway.content.repository.git import Editor
from gateway.content.repository.references import PROTECTED
from gateway.content.repository.working_copy import WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, block
from gateway.core.config.settings import PROJECT

MAIJA = Editor("Maija Mäkelä", "maija")
OLLI = Editor("Olli Öhman", "olli")
TOPICS = PROTECTED | {"account_hacked", "parcel_sms", "sextortion"}
# The parts that would compute a vector of each example, which takes far longer than to learn from its words.
WITH_VECTORS = ("TopicClassifier", "ConversationClassifier", "FaqClassifier", "DangerDetector")
_EXAMPLES = 12
_TESTS = 3


def small_content(folder: Path) -> Path:
    """A content folder with `TOPICS` only."""
    data = PROJECT / "data"
    for name in ("contacts.yml", "lines.yml", "senders.yml", "scam_check.yml", "sources.yml", "privacy.yml"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(data / name, folder / name)
    for name in ("stories", "canned", "templates"):
        shutil.copytree(data / name, folder / name)
    for path in sorted([*data.glob("answers/acts/*.yml"), *data.glob("answers/questions/*.yml")]):
        _write(folder / path.relative_to(data), _texts(path))
    for path in sorted(data.glob("answers/*/*.yml")):
        if path.stem in TOPICS:
            _write(folder / path.relative_to(data), _answer(path))
    for path in sorted(data.glob("nlu/*/*.yml")):
        if path.stem in TOPICS or path.stem.startswith("follow_up_"):
            _write(folder / path.relative_to(data), _examples(path))
    return folder


def small_examination(folder: Path) -> Path:
    """An examination of a few messages for each of `TOPICS`."""
    source = PROJECT / "evaluation" / "messages"
    for path in sorted(source.glob("*/**/*.txt")):
        if path.parent.name != "topics" or path.stem in TOPICS:
            lines = [line.partition("\t")[0] for line in path.read_text("utf-8").splitlines() if line.strip()]
            _write(folder / path.relative_to(source), "".join(f"{line}\n" for line in lines[:_TESTS]))
    return folder


def small_copy(folder: Path) -> WorkingCopy:
    """A working copy of both."""
    content, examination = small_content(folder / "data"), small_examination(folder / "examination")
    return WorkingCopy.create(folder / "content", content, examination, MAIJA)


def without_embeddings(folder: Path) -> Path:
    """The project's configuration without sentence vectors."""
    config = yaml.safe_load((PROJECT / "config.yml").read_text("utf-8"))
    for part in config["pipeline"]:
        if part["name"].endswith(WITH_VECTORS):
            part["embeddings"] = False
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


def _answer(path: Path) -> str:
    file = YamlFile(path.name, path.read_text("utf-8"))
    file.root["buttons"][:] = [each for each in file.root["buttons"] if each in TOPICS]
    follow_ups = file.root.get("follow_ups", {})
    if any(target not in TOPICS for target in follow_ups.values()):
        del file.root["follow_ups"]
    return file.text()


def _texts(path: Path) -> str:
    """Without the variants that are said of other topics."""
    written = path.read_text("utf-8")
    file = YamlFile(path.name, written)
    variants = file.root.get("variants", [])
    others = [each for each in variants if not set(each.get("when", {}).get("topic", ())) <= TOPICS]
    for each in others:
        variants.remove(each)
    return file.text() if others else written


def _examples(path: Path) -> str:
    file = YamlFile(path.name, path.read_text("utf-8"))
    for each in file.root["nlu"]:
        each["examples"] = block("\n".join(each["examples"].splitlines()[:_EXAMPLES]))
    return file.text()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
