"""The training as a person sees it: one line with a bar, everything else in a log that is named when it fails."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.progress import SAVING_SECONDS, SECONDS, Progress, drawn, spoken

PROJECT = Path(__file__).parents[2]
WATCH = (sys.executable, "-m", "bot.progress", "--log")
HOOK = "2026-11-28 11:33:38 INFO     rasa.engine.training.hooks  - "
VECTORS = "2026-11-28 11:34:28 INFO     bot.encoder.vector_cache  - Sentence vectors: "
COMPONENTS = ("LanguageIdentifier", "TopicClassifier", "ConversationClassifier", "DangerDetector")
# Prints as Rasa does: warnings, a bar redrawn with carriage returns, colours, its steps.
LIKE_RASA = f"""
import sys, time
print("DeprecationWarning: pkg_resources is deprecated", file=sys.stderr)
for number in range(300):
    print(f"\\rProcessed rules: {{number}}it", end="", file=sys.stderr)
print(file=sys.stderr)
for name in {COMPONENTS!r}:
    print(f"\\x1b[93m{HOOK}Starting to train component '{{name}}'.\\x1b[0m", file=sys.stderr)
    print("{VECTORS}250 of 500", file=sys.stderr)
    time.sleep(float(sys.argv[1]))
    print(f"{HOOK}Finished training component '{{name}}'.", file=sys.stderr)
print("{HOOK}Restored component 'RulePolicy' from cache.")
print("Your Rasa model is trained.")
"""


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def run(log: Path, *command: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WATCH, str(log), "--", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )


def train(progress: Progress, clock: Clock, name: str, seconds: float) -> None:
    progress.read(f"{HOOK}Starting to train component '{name}'.")
    clock.time += seconds
    progress.read(f"{HOOK}Finished training component '{name}'.")


def test_what_is_left_shrinks_as_the_steps_of_rasa_pass_in_whichever_order() -> None:
    clock = Clock()
    progress = Progress(cold=False, now=clock)
    clock.time = SECONDS["reading the data"]
    seen = [(progress.share(), progress.seconds_left())]
    for name in ("RulePolicy", "TopicClassifier", "LanguageIdentifier"):
        train(progress, clock, name, SECONDS[name])
        seen.append((progress.share(), progress.seconds_left()))

    assert seen == sorted(seen)
    assert [left for _, left in seen] == sorted((left for _, left in seen), reverse=True)
    left = SECONDS["ConversationClassifier"] + SECONDS["DangerDetector"] + SAVING_SECONDS
    assert seen[-1][1] == pytest.approx(left)
    for name in ("ConversationClassifier", "DangerDetector"):
        train(progress, clock, name, 60)
    assert progress.sentence() == "saving the model"
    assert 0.9 < progress.share() < 1


def test_a_machine_of_half_the_speed_is_told_twice_the_time() -> None:
    left = []
    for slowness in (1, 2):
        clock = Clock()
        progress = Progress(cold=False, now=clock)
        clock.time = 28 * slowness
        train(progress, clock, "TopicClassifier", 38 * slowness)
        left.append(progress.seconds_left())

    assert left[1] == pytest.approx(2 * left[0])


def test_sentence_vectors_are_counted_over_the_lists_of_a_step() -> None:
    clock = Clock()
    progress = Progress(cold=True, now=clock)
    progress.read(f"{HOOK}Starting to train component 'TopicClassifier'.")
    shares = []
    for count in ("2500 of 40000", "40000 of 40000", "10000 of 17000"):
        progress.read(VECTORS + count)
        shares.append(progress.share())

    assert shares == sorted(set(shares))
    assert progress.steps["TopicClassifier"].encoded == 50_000
    assert progress.sentence() == "TopicClassifier, 10,000 of 17,000 vectors"


def test_the_bar_never_goes_back_and_never_is_wider_than_the_terminal() -> None:
    clock = Clock()
    progress = Progress(cold=False, now=clock)
    clock.time = 28
    train(progress, clock, "TopicClassifier", 38)
    before = progress.share()
    progress.read(f"{HOOK}Starting to train component 'ConversationClassifier'.")
    progress.read(VECTORS + "250 of 50000")  # far more than the plan knew

    assert progress.share() == before
    assert len(drawn(progress, 40)) == 40


@pytest.mark.parametrize(("seconds", "words"), [(0, "10 s"), (44, "40 s"), (89, "90 s"), (125, "2 min")])
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert spoken(seconds) == words


def test_without_a_terminal_a_short_training_is_one_line_and_the_rest_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "made" / "train.log"
    done = run(log, sys.executable, "-c", LIKE_RASA, "0")
    kept = log.read_text("utf-8")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"  Trained in 10 s; the log is {log}."]
    assert "pkg_resources is deprecated" in kept
    assert "Processed rules: 299it" in kept
    assert "Processed rules: 12it" not in kept
    assert "\x1b" not in kept
    assert "Your Rasa model is trained." in kept


def test_on_a_terminal_one_line_is_redrawn(tmp_path: Path) -> None:
    main, other = pty.openpty()
    with subprocess.Popen(
        [*WATCH, str(tmp_path / "log"), "--", sys.executable, "-c", LIKE_RASA, "0.8"],
        cwd=PROJECT,
        stdout=other,
        stderr=other,
    ) as process:
        os.close(other)
        seen = b""
        while True:
            try:
                seen += os.read(main, 4096)
            except OSError:  # the other end is closed
                break
    os.close(main)
    text = seen.decode("utf-8")

    assert process.returncode == 0
    assert text.count("\n") == 1
    assert re.search(r"\r\x1b\[K  \[[█#·-]{16}\] +\d+%  \d+ \w+ left  [A-Za-z ]+", text)
    assert "Trained in 10 s" in text


def test_a_training_that_fails_names_its_log_and_prints_how_it_ends(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    done = run(
        log, sys.executable, "-c", "for n in range(99): print('line', n)\nraise SystemExit('The data is wrong.')"
    )
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    assert lines[0] == f"neuvo: The training failed (status 1). The whole log is {log}; it ends:"
    assert lines[-1] == "  The data is wrong."
    assert len(lines) == 16


def test_a_command_that_is_not_there_or_is_killed_fails_too(tmp_path: Path) -> None:
    log = tmp_path / "train.log"
    missing = run(log, str(tmp_path / "nothing"))
    killed = run(log, "bash", "-c", "kill -KILL $$")

    assert missing.returncode == 127
    assert "No such file or directory" in missing.stdout
    assert killed.returncode == 128 + 9
