"""A spreadsheet goes to translators and comes back; what is wrong in it is a sentence, and changes nothing."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook, load_workbook

from gateway.content.editing.spreadsheet import COLUMNS, _open, _rows, changes_of, export, read_import
from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import parsed
from tests.worlds.small_content import OLLI


def changed(content: bytes, change: Callable[[Workbook], None]) -> bytes:
    book = load_workbook(io.BytesIO(content))
    change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def row_of(book: Workbook, language: str, topic: str, field: str) -> int:
    for row in book[language].iter_rows(min_row=2):
        if (row[0].value, row[1].value) == (topic, field):
            return int(row[0].row or 0)
    raise LookupError(topic)


def write(language: str, topic: str, field: str, text: object) -> Callable[[Workbook], None]:
    def change(book: Workbook) -> None:
        book[language].cell(row_of(book, language, topic, field), 3).value = text  # type: ignore[assignment]

    return change


def without_languages(book: Workbook) -> None:
    for sheet in book.worksheets:
        sheet.title = f"sheet {sheet.title}"


def test_what_comes_back_as_it_went_changes_nothing(copy: WorkingCopy) -> None:
    found = read_import(copy, export(copy))

    assert found.texts == ()


def test_a_translated_text_is_shown_and_then_saved_in_the_translators_name(copy: WorkingCopy) -> None:
    content = changed(export(copy), write("sv", "parcel_sms", "title", "Paket"))
    content = changed(content, write("en", "(line)", "clarify", "Do you mean one of these?"))
    found = read_import(copy, content)

    assert [(each.topic, each.field, each.language, each.after) for each in found.texts] == [
        ("parcel_sms", "title", "sv", "Paket"),
        ("(line)", "clarify", "en", "Do you mean one of these?"),
    ]
    assert not any(each.stale for each in found.texts)
    copy.save(changes_of(copy, found.texts), OLLI, "Translation.")
    assert read_topic(copy, "parcel_sms").title["sv"] == "Paket"
    assert copy.history()[0].account == "olli"
    assert {each.path for each in copy.compare(copy.history()[1].id, copy.head)} == {
        "answers/scams/parcel_sms.yml",
        "lines.yml",
    }


def test_short_answers_own_questions_and_what_is_general_go_and_come_back(copy: WorkingCopy) -> None:
    path = copy.folder / "answers/scams/parcel_sms.yml"
    name = next(iter(parsed(path.read_text("utf-8"))["faq"]))
    content = export(copy)
    assert read_import(copy, content).texts == ()
    rows = [
        ("parcel_sms", f"faq/{name}/answer", "Nej, aldrig."),
        ("parcel_sms", "title", "Paket"),
        ("(question)", "cost/answer", "Det kostar inget."),
    ]
    for topic, field, text in rows:
        content = changed(content, write("sv", topic, field, text))
    found = read_import(copy, content).texts
    assert sorted((each.topic, each.field, each.after) for each in found) == sorted(rows)
    copy.save(changes_of(copy, found), OLLI, "Translation.")
    text = path.read_text("utf-8")
    assert "Nej, aldrig." in text
    assert read_topic(copy, "parcel_sms").title["sv"] == "Paket"
    assert "Det kostar inget." in (copy.folder / "answers/questions/cost.yml").read_text("utf-8")
    with pytest.raises(ContentRefused) as refusal:
        read_import(copy, changed(content, write("sv", "parcel_sms", f"faq/{name}/answer", None)))
    assert refusal.value.key == "sheet_empty_text"
    with pytest.raises(ChangedMeanwhile):
        changes_of(copy, found)


def test_a_row_whose_text_has_gone_is_passed_over_where_the_translator_left_it(copy: WorkingCopy) -> None:
    content, path = export(copy), "answers/scams/parcel_sms.yml"
    seen = copy.read(path)
    copy.save([Change(path, seen.text.split("\nfaq:\n")[0] + "\n", seen.version)], OLLI, "Without questions")
    assert read_import(copy, content).texts == ()


def test_an_old_spreadsheet_takes_no_newer_correction_away(copy: WorkingCopy) -> None:
    old = export(copy)
    for language, title in (("fi", "Uudempi"), ("sv", "Nyare")):
        seen = read_topic(copy, "parcel_sms")
        change = change_answer(copy, "parcel_sms", seen.version, AnswerChange(title={language: title}))
        copy.save([change], OLLI, title)

    assert read_import(copy, old).texts == (), "what the translator left alone changes nothing"
    (found,) = read_import(copy, changed(old, write("sv", "parcel_sms", "title", "Paket"))).texts
    assert (found.before, found.after, found.stale) == ("Nyare", "Paket", True)

    def without_versions(book: Workbook) -> None:
        for sheet in book.worksheets:
            sheet.delete_cols(6)

    unknown = read_import(copy, changed(old, without_versions)).texts
    assert {each.language for each in unknown} == {"fi", "sv"}
    assert all(each.stale for each in unknown), "a sheet of unknown age is chosen from, row by row"


def test_rows_and_columns_in_another_order_are_read_all_the_same(copy: WorkingCopy) -> None:
    def turned(book: Workbook) -> None:
        for sheet in book.worksheets:
            rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
            sheet.delete_rows(1, sheet.max_row)
            for row in [rows[0], *rows[:0:-1]]:
                sheet.append(["note", *row[::-1]] if row is rows[0] else ["", *row[::-1]])

    content = changed(changed(export(copy), write("fi", "parcel_sms", "title", "Paketti")), turned)

    assert [(each.language, each.after) for each in read_import(copy, content).texts] == [("fi", "Paketti")]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (write("fi", "parcel_sms", "title", "=HYPERLINK(1)"), "sheet_formula"),
        (write("fi", "parcel_sms", "answer", None), "sheet_empty_text"),
        (lambda book: book["sv"].append(("no_topic", "title", "x")), "sheet_unknown_row"),
        (lambda book: book["sv"].append(("parcel_sms", "title", "x")), "sheet_twice"),
        (lambda book: book["en"].delete_cols(3), "sheet_without_columns"),
        (without_languages, "sheet_no_sheets"),
    ],
)  # fmt: skip
def test_a_wrong_spreadsheet_is_refused_in_words(
    copy: WorkingCopy, change: Callable[[Workbook], None], key: str
) -> None:
    with pytest.raises(ContentRefused) as refusal:
        read_import(copy, changed(export(copy), change))

    assert refusal.value.key == key
    assert refusal.value.sentence("fi") != refusal.value.sentence("sv")


def test_what_is_no_spreadsheet_is_refused(copy: WorkingCopy) -> None:
    for content in (b"", b"topic;text", b"PK\x03\x04 broken"):
        with pytest.raises(ContentRefused) as refusal:
            read_import(copy, content)
        assert refusal.value.key == "sheet_unreadable"


LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1)) * 10) for n in range(1, 10))
HOSTILE = {
    "unfolds without end": b'<!DOCTYPE l [<!ENTITY a0 "ha">' + LAUGHS + b"]><worksheet><l>&a9;</l></worksheet>",
    "reads a file": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><l>&a;</l></worksheet>',
    "is broken": b"<worksheet",
    "is empty": b"",
}


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            new.writestr(each.filename, part if each.filename == name else old.read(each.filename))
    return made.getvalue()


def empty_book() -> bytes:
    book, written = Workbook(), io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_spreadsheet_with_hostile_parts_is_refused(copy: WorkingCopy) -> None:
    content = empty_book()
    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"):
        for part in HOSTILE.values():
            with pytest.raises(ContentRefused):
                read_import(copy, with_part(content, name, part))


def test_a_spreadsheet_that_unpacks_to_more_than_memory_is_not_unpacked(copy: WorkingCopy) -> None:
    bomb = with_part(empty_book(), "xl/worksheets/sheet1.xml", bytes(100 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    with pytest.raises(ContentRefused) as refusal:
        read_import(copy, bomb)
    assert refusal.value.key == "sheet_too_large"


def test_one_cell_at_the_far_end_of_a_sheet_costs_no_sheet_of_cells() -> None:
    def far(book: Workbook) -> None:
        sheet = book.worksheets[0]
        sheet.append(COLUMNS)
        sheet["XFD20000"] = "x"

    content = changed(empty_book(), far)
    tracemalloc.start()
    try:
        found = list(_rows(_open(content).worksheets[0], {}))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == []
    assert most < 50 * 1024 * 1024


def test_a_sheet_with_more_rows_than_ours_can_have_is_refused(copy: WorkingCopy) -> None:
    def long(book: Workbook) -> None:
        book["fi"]["A20001"] = "x"

    with pytest.raises(ContentRefused) as refusal:
        read_import(copy, changed(export(copy), long))
    assert refusal.value.key == "sheet_too_large"


def test_a_text_that_looks_like_a_formula_is_exported_as_text(copy: WorkingCopy) -> None:
    content = changed(export(copy), write("fi", "parcel_sms", "title", "Paketti"))
    seen = copy.read("answers/scams/parcel_sms.yml")
    (copy.folder / seen.path).write_text(seen.text.replace("title:\n  fi: ", 'title:\n  fi: "=1+1" #'), "utf-8")

    cell = load_workbook(io.BytesIO(export(copy)))["fi"]
    values = {(row[0].value, row[1].value): row[2] for row in cell.iter_rows(min_row=2)}
    assert (values["parcel_sms", "title"].value, values["parcel_sms", "title"].data_type) == ("=1+1", "s")
    assert content
