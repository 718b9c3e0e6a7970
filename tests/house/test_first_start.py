"""Checks of the first start: a line a step, the rest in a log that is named when the step fails."""

import re
import subprocess
from pathlib import Path

PROJECT = Path(__file__).parents[2]
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
RECIPES = """
good:
\t@echo "· Good" && $(call logged,good,echo many && echo lines >&2) && touch made
bad:
\t@echo "· Bad" && $(call logged,bad,seq 1 40 && ls nothing-of-this-name) && touch made
"""


def made(folder: Path, target: str) -> subprocess.CompletedProcess[str]:
    found = re.search(r"^define logged .*?^endef$", MAKEFILE, re.MULTILINE | re.DOTALL)
    assert found
    (folder / "Makefile").write_text("SHELL := /bin/bash\n" + found.group() + RECIPES, "utf-8")
    return subprocess.run(["make", target], cwd=folder, capture_output=True, text=True)


def test_a_step_that_works_is_one_line_and_the_rest_is_in_its_log(tmp_path: Path) -> None:
    done = made(tmp_path, "good")

    assert (done.returncode, done.stdout) == (0, "· Good\n")
    assert (tmp_path / ".cache" / "log" / "good.log").read_text("utf-8") == "many\nlines\n"
    assert (tmp_path / "made").exists()


def test_a_step_that_fails_names_its_log_prints_how_it_ends_and_is_not_done(tmp_path: Path) -> None:
    done = made(tmp_path, "bad")
    lines = done.stdout.splitlines()

    assert done.returncode != 0
    assert lines[1] == "neuvo: This failed. The whole log is .cache/log/bad.log; it ends:"
    assert "nothing-of-this-name" in lines[-1]
    assert len(lines) == 17
    assert not (tmp_path / "made").exists()


def test_where_nobody_has_tried_it_the_first_start_says_so_and_goes_on() -> None:
    def said(here: str) -> str:
        asked = ["make", "-s", f"HERE={here}", "--eval", "say-it: ; @$(UNTESTED)", "say-it"]
        return subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert said("Linux x86_64") == ""
    for here in ("Darwin arm64", "Linux aarch64"):
        assert said(here).startswith(f"· This is {here}. Neuvo is tested on Linux x86_64 alone")
    recipe = MAKEFILE.partition("$(UV): requirements/setup.txt\n")[2]
    assert recipe.startswith("\t@$(UNTESTED);")


def test_every_step_that_installs_builds_or_trains_keeps_its_words_in_a_log() -> None:
    loud = re.compile(r"pip (?:sync|install)|bot\.encoder\.build|rasa train|content seal(?! --check)")
    recipes = [line for line in MAKEFILE.splitlines() if line.startswith("\t") and loud.search(line)]

    assert len(recipes) >= 5
    assert [line for line in recipes if "$(call logged," not in line and "bot.progress" not in line] == []
