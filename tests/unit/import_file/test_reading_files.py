"""Files are read row by row; a row at fault never takes its neighbours with it."""

import gzip
import json
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from shadower.application.ports.row_reader import FileUnreadable, Row
from shadower.entrypoints.wiring.importing import FileFormat, Reading, opened_rows
from tests.unit.import_file.stages import rows_of

CSV = Reading(FileFormat.CSV)
NDJSON = Reading(FileFormat.NDJSON)
JSON = Reading(FileFormat.JSON)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def read(file: Path, content: str | bytes, reading: Reading) -> list[Row]:
    with rows_of(file, content, reading) as reader:
        return list(reader)


def values(rows: list[Row]) -> list[dict[str, object]]:
    return [dict(row.values) for row in rows if row.problem is None]


def problems(rows: list[Row]) -> dict[int, str]:
    return {row.number: row.problem.code for row in rows if row.problem is not None}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_csv_row_may_hold_the_end_of_a_line_within_quotes(file: Path, end: str) -> None:
    rows = read(file, f'a,b{end}1,"x{end}y"{end}2,z{end}', CSV)

    assert values(rows) == [{"a": "1", "b": f"x{end}y"}, {"a": "2", "b": "z"}]
    assert [row.text for row in rows] == [f'1,"x{end}y"', "2,z"]


@pytest.mark.parametrize(
    ("delimiter", "content"), [(";", "a;b\n1;2,5\n"), ("\t", "a\tb\n1\t2,5\n"), ("|", "a|b\n1|2,5\n")]
)
def test_any_character_may_divide_columns(file: Path, delimiter: str, content: str) -> None:
    assert values(read(file, content, Reading(FileFormat.CSV, delimiter))) == [{"a": "1", "b": "2,5"}]


@pytest.mark.parametrize(
    ("encoded", "encoding"),
    [
        ("a,b\nä,ö\n".encode("utf-8-sig"), None),
        ("a,b\nä,ö\n".encode("utf-16"), None),
        ("a,b\nä,ö\n".encode("cp1252"), "cp1252"),
        (gzip.compress("a,b\nä,ö\n".encode()), None),
    ],
    ids=["with a byte order mark", "UTF-16", "cp1252", "gzip"],
)
def test_encodings_and_compression_make_no_difference(file: Path, encoded: bytes, encoding: str | None) -> None:
    assert values(read(file, encoded, Reading(FileFormat.CSV, encoding=encoding))) == [{"a": "ä", "b": "ö"}]


def test_a_file_without_a_header_has_numbered_columns(file: Path) -> None:
    rows = read(file, '\n"x\ny",2\n3,4\n', Reading(FileFormat.CSV, has_header=False))

    assert values(rows) == [{"1": "x\ny", "2": "2"}, {"1": "3", "2": "4"}]
    assert [row.number for row in rows] == [1, 2]


def test_a_row_of_another_width_is_at_fault_and_its_neighbours_are_not(file: Path) -> None:
    rows = read(file, "a,b\n1,2\n1\n1,2,3\n3,4\n", CSV)

    assert values(rows) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert problems(rows) == {2: "row_wrong_width", 3: "row_wrong_width"}


def test_a_quote_that_is_never_closed_costs_one_row(file: Path) -> None:
    rows = read(file, 'a,b\n1,2\n3,"4\n5,6\n7,8', CSV)

    assert values(rows) == [{"a": "1", "b": "2"}, {"a": "5", "b": "6"}, {"a": "7", "b": "8"}]
    assert problems(rows) == {2: "row_malformed"}
    assert rows[1].text == '3,"4'


def test_bytes_beyond_the_encoding_cost_one_row(file: Path) -> None:
    rows = read(file, b"a,b\n1,caf\xe9\n2,x\n", CSV)

    assert values(rows) == [{"a": "2", "b": "x"}]
    assert problems(rows) == {1: "row_undecodable"}


def test_blank_lines_are_no_rows(file: Path) -> None:
    assert [row.number for row in read(file, "\na,b\n\n1,2\n\n\n3,4\n\n", CSV)] == [1, 2]


@pytest.mark.parametrize("reading", [CSV, NDJSON, JSON], ids=lambda reading: reading.format)
@pytest.mark.parametrize("content", [b"", b"\n", gzip.compress(b"")], ids=["empty", "blank", "empty gzip"])
def test_an_empty_file_has_no_rows(file: Path, reading: Reading, content: bytes) -> None:
    assert read(file, content, reading) == []


def test_a_header_alone_has_no_rows(file: Path) -> None:
    with rows_of(file, "a,b\n", CSV) as reader:
        assert (list(reader), list(reader.columns or ()), reader.header) == ([], ["a", "b"], "a,b")


@pytest.mark.parametrize("damage", [lambda data: data[:-6], lambda data: data[:40] + b"\0" * 40 + data[80:]])
def test_a_damaged_archive_is_told_in_plain_words(file: Path, damage: object) -> None:
    content = gzip.compress(json.dumps([{"n": n} for n in range(5000)]).encode())

    with pytest.raises(FileUnreadable, match=r"compressed data ends too early or is damaged|is not JSON"):
        read(file, damage(content), JSON)  # type: ignore[operator]


def test_an_unknown_encoding_is_told_by_name(file: Path) -> None:
    with pytest.raises(FileUnreadable, match="utf-9"):
        read(file, "a\n1\n", Reading(FileFormat.CSV, encoding="utf-9"))


def test_a_bad_line_of_ndjson_costs_one_row(file: Path) -> None:
    deep = "[" * 100_000
    lines = ['{"a": 1}', "{oops", "[1]", '{"a": NaN}', '{"a": 1} {}', deep, f'{{"a": {"9" * 5000}}}', '{"a": 2}']

    rows = read(file, "\n".join(lines), NDJSON)

    assert values(rows) == [{"a": 1}, {"a": 2}]
    assert problems(rows) == {
        2: "row_not_json",
        3: "row_not_an_object",
        4: "row_not_json",
        5: "row_not_json",
        6: "row_too_deep",
        7: "row_number_too_long",
    }


def test_decimals_of_json_keep_every_digit(file: Path) -> None:
    (row,) = read(file, '{"cost": 0.10000000000000000001}', NDJSON)

    assert row.values["cost"] == Decimal("0.10000000000000000001")


@pytest.mark.parametrize(
    ("content", "records"),
    [
        ('[{"n": 1}, {"n": 2}]', None),
        ('{"more": {"events": 0}, "events": [{"n": 1},\n{"n": 2}], "then": 5}', None),
        ('{"result": {"x": [1], "rows": [{"n": 1}, {"n": 2}]}}', "result.rows"),
        ("[]", None),
    ],
    ids=["an array", "events", "a path", "none"],
)
def test_the_rows_of_a_json_document_are_found(file: Path, content: str, records: str | None) -> None:
    rows = read(file, content, Reading(FileFormat.JSON, records=records))

    assert values(rows) == ([{"n": 1}, {"n": 2}] if len(content) > 2 else [])


@pytest.mark.parametrize("length", [10, 65_530, 65_536, 200_000])
def test_a_json_row_may_lie_across_any_boundary(file: Path, length: int) -> None:
    expected = [{"n": number, "text": "é" * length} for number in range(5)]

    rows = read(file, json.dumps(expected, ensure_ascii=False, indent=1), JSON)

    assert values(rows) == expected
    assert json.loads(rows[2].text) == expected[2]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"rows": []}', "no 'events', only rows"),
        ('{"events": {}}', "events is not an array"),
        ('"text"', "no 'events', no object"),
        ("nonsense", "no 'events'"),
    ],
)
def test_a_document_without_the_array_says_what_it_has(file: Path, content: str, told: str) -> None:
    with pytest.raises(FileUnreadable, match=told):
        read(file, content, JSON)


def test_rows_before_a_document_breaks_off_are_good(file: Path) -> None:
    seen = []
    with (
        rows_of(file, '[{"n": 1}, {"n": 2}, {"n"', JSON) as reader,
        pytest.raises(FileUnreadable, match="behind row 2"),
    ):
        seen.extend(row.number for row in reader)
    assert seen == [1, 2]


@pytest.mark.parametrize(
    ("form", "frame"), [(FileFormat.NDJSON, ("", "\n", "")), (FileFormat.JSON, ('{"events": [', ", ", "]}"))]
)
def test_memory_does_not_grow_with_a_file_of_json(file: Path, form: FileFormat, frame: tuple[str, str, str]) -> None:
    def peak(rows: int) -> int:
        content = frame[0] + frame[1].join(f'{{"n": {number}}}' for number in range(rows)) + frame[2]
        file.write_text(content)
        tracemalloc.start()
        try:
            with opened_rows(file, Reading(form)) as reader:
                assert sum(1 for _ in reader) == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(100_000) < peak(20_000) * 1.2
