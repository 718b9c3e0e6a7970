"""The working copy: two editors, a hand in the files, a crash, a full disk; nothing is lost."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from dulwich.repo import Repo

from gateway.content.errors import ContentRefused
from gateway.content.repository import remote
from gateway.content.repository.git import Repository
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import Change, EditConflict, WorkingCopy
from gateway.core.config.settings import PROJECT
from tests.worlds.small_content import MAIJA, OLLI

ANSWER = "answers/scams/parcel_sms.yml"


def titled(copy: WorkingCopy, version: str, **title: str) -> Change:
    return change_answer(copy, "parcel_sms", version, AnswerChange(title=title))


def title(copy: WorkingCopy) -> dict[str, str]:
    return dict(read_topic(copy, "parcel_sms").title)


def test_the_working_copy_begins_with_the_words_and_the_examination_of_the_project(tmp_path: Path) -> None:
    copy = WorkingCopy.create(tmp_path / "content", PROJECT / "data", PROJECT / "evaluation" / "messages", MAIJA)

    assert copy.read("contacts.yml").text == (PROJECT / "data" / "contacts.yml").read_text("utf-8")
    assert "tests/fi/topics/sextortion.txt" in copy.paths("tests/")
    assert copy.repository.changed_by_hand() == {}
    assert WorkingCopy.create(tmp_path / "content", tmp_path, tmp_path, OLLI).head == copy.head


def test_a_save_is_a_commit_in_the_editors_name_that_git_itself_finds_clean(copy: WorkingCopy) -> None:
    commit = copy.save([titled(copy, copy.read(ANSWER).version, sv="Paket")], MAIJA, "Shorter.")

    revision = copy.history(ANSWER)[0]
    assert (revision.id, revision.author, revision.account, revision.message) == (
        commit,
        "Maija Mäkelä",
        "maija",
        "Shorter.",
    )
    status = subprocess.run(["git", "status", "--short"], cwd=copy.folder, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_two_editors_of_two_languages_both_get_their_words(copy: WorkingCopy) -> None:
    seen = copy.read(ANSWER).version
    copy.save([titled(copy, seen, sv="Paket")], MAIJA, "sv")
    copy.save([titled(copy, seen, en="Parcel")], OLLI, "en")

    assert title(copy)["sv"] == "Paket"
    assert title(copy)["en"] == "Parcel"


def test_two_editors_of_one_text_are_told_and_the_second_choice_is_saved(copy: WorkingCopy) -> None:
    seen = copy.read(ANSWER).version
    copy.save([titled(copy, seen, sv="Paket")], MAIJA, "sv")
    with pytest.raises(EditConflict) as refusal:
        copy.save([titled(copy, seen, sv="Post")], OLLI, "sv")

    (conflict,) = refusal.value.conflicts
    assert (conflict.place, conflict.mine, conflict.theirs) == (("title", "sv"), "Post", "Paket")
    assert refusal.value.status == 409
    assert title(copy)["sv"] == "Paket"
    current = refusal.value.current[ANSWER]
    assert current is not None
    copy.save([titled(copy, current, sv="Post")], OLLI, "sv")
    assert title(copy)["sv"] == "Post"


def test_a_change_by_hand_meets_one_on_the_page_and_both_stay(copy: WorkingCopy) -> None:
    seen = copy.read(ANSWER)
    path = copy.folder / ANSWER
    path.write_text(seen.text.replace("topic:", "# by hand\ntopic:"), "utf-8")
    copy.save([titled(copy, seen.version, en="Parcel")], MAIJA, "en")

    assert path.read_text("utf-8").startswith("# by hand\n")
    assert title(copy)["en"] == "Parcel"
    assert [each.account for each in copy.history(ANSWER)[:2]] == ["maija", "by-hand"]


def test_a_file_broken_by_hand_is_kept_and_hinders_no_other_file(copy: WorkingCopy) -> None:
    other = copy.read("answers/online_safety/account_hacked.yml")
    (copy.folder / "answers/online_safety/account_hacked.yml").write_text("topic: {\n", "utf-8")
    copy.save([titled(copy, copy.read(ANSWER).version, en="Parcel")], MAIJA, "en")

    with pytest.raises(ContentRefused) as refusal:
        read_topic(copy, "account_hacked")
    assert refusal.value.key == "broken_yaml"
    first = copy.history(limit=100)[-1].id
    copy.return_to(first, OLLI, "Back.", under="answers/online_safety/account_hacked.yml")
    assert copy.read("answers/online_safety/account_hacked.yml").text == other.text
    assert title(copy)["en"] == "Parcel"


def test_returning_to_yesterday_is_a_new_commit_and_today_stays_in_the_history(copy: WorkingCopy) -> None:
    yesterday = copy.head
    before = title(copy)["en"]
    today = copy.save([titled(copy, copy.read(ANSWER).version, en="Parcel")], MAIJA, "en")
    copy.return_to(yesterday, OLLI, "Return.")

    assert title(copy)["en"] == before
    assert copy.compare(yesterday, copy.head) == []
    assert [each.path for each in copy.compare(yesterday, today)] == [ANSWER]
    assert [each.account for each in copy.history(limit=3)] == ["olli", "maija", "maija"]


def test_many_saves_at_once_all_arrive(copy: WorkingCopy) -> None:
    paths = copy.paths("tests/fi/topics/")[:6]
    seen = {path: copy.read(path) for path in paths}

    def add(path: str) -> None:
        own = WorkingCopy(copy.folder)
        own.save([Change(path, seen[path].text + "uusi viesti\n", seen[path].version)], MAIJA, path)
        own.repository.git.close()

    threads = [threading.Thread(target=add, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(copy.read(path).text.endswith("uusi viesti\n") for path in paths)
    assert sorted(each.message for each in copy.history(limit=6)) == sorted(paths)


@pytest.mark.parametrize("dies_at", ["_write_journal", "_follow"])
def test_a_crash_in_the_middle_of_a_save_leaves_all_of_it_or_nothing(copy: WorkingCopy, dies_at: str) -> None:
    before = copy.read(ANSWER)
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from gateway.content.repository.git import Repository\n"
        f"Repository.{dies_at} = lambda *_: os._exit(9)\n"
        "from gateway.content.repository.working_copy import Change, WorkingCopy\n"
        "from tests.worlds.small_content import MAIJA\n"
        f"copy = WorkingCopy(Path({str(copy.folder)!r}))\n"
        f"seen = copy.read({ANSWER!r})\n"
        f"copy.save([Change({ANSWER!r}, '# new\\n' + seen.text, seen.version)], MAIJA, 'new')\n"
    )
    died = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, check=False)
    assert died.returncode == 9

    again = WorkingCopy(copy.folder)
    text = again.read(ANSWER).text
    assert text == (before.text if dies_at == "_write_journal" else "# new\n" + before.text)
    assert again.repository.changed_by_hand() == {}
    assert again.history()[0].message == ("new" if dies_at == "_follow" else "Begin with the words of the project.")
    status = subprocess.run(["git", "status", "--short"], cwd=copy.folder, capture_output=True, text=True, check=True)
    assert "M " not in status.stdout
    again.repository.git.close()


def test_a_full_disk_is_a_sentence_and_changes_nothing(copy: WorkingCopy) -> None:
    script = (
        "import resource, signal\nfrom pathlib import Path\n"
        "from gateway.content.errors import NoRoom\n"
        "from gateway.content.repository.working_copy import Change, WorkingCopy\n"
        "from tests.worlds.small_content import MAIJA\n"
        f"copy = WorkingCopy(Path({str(copy.folder)!r}))\n"
        f"seen = copy.read({ANSWER!r})\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        f"    copy.save([Change({ANSWER!r}, '# new\\n' + seen.text, seen.version)], MAIJA, 'new')\n"
        "except NoRoom as refusal:\n    print(refusal.sentence('sv'))\n"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert "full" in told.stdout, told.stderr
    assert copy.repository.changed_by_hand() == {}
    assert not list(copy.folder.rglob("*.neuvo-new"))
    assert copy.save([titled(copy, copy.read(ANSWER).version, en="Parcel")], MAIJA, "en") == copy.head


def test_a_path_out_of_the_folder_is_refused(copy: WorkingCopy) -> None:
    for path in ("../secret.yml", "/etc/passwd", ".git/config", ""):
        with pytest.raises(ContentRefused):
            copy.read(path)
        with pytest.raises(ContentRefused):
            copy.save([Change(path, "x", None)], MAIJA, "x")


def test_two_copies_meet_through_the_forces_own_remote(copy: WorkingCopy, tmp_path: Path) -> None:
    address = str(tmp_path / "remote.git")
    Repo.init_bare(address, mkdir=True).close()
    remote.push(copy, address)
    shutil.copytree(copy.folder, tmp_path / "second")
    second = WorkingCopy(tmp_path / "second")
    copy.save([titled(copy, copy.read(ANSWER).version, en="Parcel")], MAIJA, "en")
    remote.push(copy, address)
    second.save([titled(second, second.read(ANSWER).version, sv="Paket")], OLLI, "sv")

    with pytest.raises(ContentRefused) as refusal:
        remote.push(second, address)
    assert refusal.value.key == "pull_first"
    remote.pull(second, address, OLLI)
    remote.push(second, address)
    assert remote.pull(copy, address, MAIJA) == second.head
    assert (title(copy)["en"], title(copy)["sv"]) == ("Parcel", "Paket")
    assert copy.repository.changed_by_hand() == {}
    second.repository.git.close()


def test_a_pull_that_contradicts_is_told_and_changes_nothing(copy: WorkingCopy, tmp_path: Path) -> None:
    address = str(tmp_path / "remote.git")
    Repo.init_bare(address, mkdir=True).close()
    shutil.copytree(copy.folder, tmp_path / "second")
    second = WorkingCopy(tmp_path / "second")
    copy.save([titled(copy, copy.read(ANSWER).version, en="Parcel")], MAIJA, "en")
    remote.push(copy, address)
    own = second.save([titled(second, second.read(ANSWER).version, en="Post")], OLLI, "en")

    with pytest.raises(EditConflict) as refusal:
        remote.pull(second, address, OLLI)
    assert refusal.value.conflicts[0].place == ("title", "en")
    assert second.head == own
    second.repository.git.close()


def test_a_remote_that_is_away_is_a_sentence(copy: WorkingCopy, tmp_path: Path) -> None:
    for order in (lambda: remote.push(copy, str(tmp_path / "none")), lambda: remote.pull(copy, str(tmp_path), MAIJA)):
        with pytest.raises(ContentRefused) as refusal:
            order()
        assert refusal.value.key == "remote_away"


def test_an_editors_name_cannot_forge_the_history(copy: WorkingCopy) -> None:
    from gateway.content.repository.git import Editor

    forged = Editor("Evil\ncommitter <root@x> x", "a>b\n")
    copy.save([titled(copy, copy.read(ANSWER).version, en="Parcel")], forged, "x")

    assert copy.history()[0].account == "ab"
    assert Repository(copy.folder).tree(copy.head)
