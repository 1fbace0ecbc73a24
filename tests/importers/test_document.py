from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, strategies as st

from retold.errors import MalformedRecord, UnreadableFile
from retold.importers.keeping import kept
from retold.importers.reading.document import BrokenLine, check_keepable, parse
from retold.importers.reading.json_path import path_at
from retold.importers.reading.source_time import SourceTime
from retold.projections.exports.imported import given_back

here = Path("recording.json")


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse(b"\xef\xbb\xbf[1]", here) == [1]


def test_a_truncated_file_tells_line_column_and_place() -> None:
    text = b'{"simulations": [\n {"id": "a"},\n {"id": "b", "messages": [{"role": "us'
    with pytest.raises(UnreadableFile) as caught:
        parse(text, here)
    assert (caught.value.line, caught.value.column) == (3, 36)
    message = str(caught.value)
    assert message.startswith("recording.json: it is cut off at line 3, column 36, in ")
    assert "$.simulations[1].messages[0].role" in message


def test_broken_json_tells_line_column_and_place() -> None:
    with pytest.raises(UnreadableFile, match=r"not valid JSON at line 1, column 10, in \$\[1\]\.a"):
        parse(b'[0,{"a": nope}]', here)


def test_json_lines_are_the_list_of_their_documents() -> None:
    text = '{"a": 1}\r\n\n[2]\n"\u2028"\n'.encode()
    assert parse(text, Path("x.jsonl")) == [{"a": 1}, [2], "\u2028"]
    assert parse(b'{"a": 1}', Path("x.NDJSON")) == [{"a": 1}]


def test_several_documents_are_lines_whatever_the_name() -> None:
    assert parse(b'{"a": 1}\n{"a": 2}\n', here) == [{"a": 1}, {"a": 2}]
    assert parse(b'{"a":\n 1}', here) == {"a": 1}


def test_a_line_that_is_no_json_stands_as_broken() -> None:
    first, broken, last = cast("list[object]", parse(b"[1]\n[2\n[3]", Path("x.jsonl")))
    assert (first, last) == ([1], [3])
    assert isinstance(broken, BrokenLine)
    assert broken.reason.startswith("it is cut off at line 1, column 3")


def test_a_damaged_file_that_is_no_file_of_lines_says_where() -> None:
    with pytest.raises(UnreadableFile, match="cut off at line 2"):
        parse(b'[{"a": 1},\n{"a":', here)
    with pytest.raises(UnreadableFile, match="Extra data"):
        parse(b"{} {}", here)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        ('["é"]'.encode("latin-1"), "not UTF-8 text: byte 0xe9 at offset 2"),
        ('["é"]'.encode("utf-16"), "not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"1" * 5_000 + b"]", "a number that cannot be read"),
        (b"[1] [2]", "not valid JSON at line 1, column 5"),
    ],
)
def test_a_file_that_is_no_json_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        parse(content, here)


@given(st.data())
def test_the_place_of_a_cut_is_found_wherever_it_is(data: st.DataObject) -> None:
    names = st.sampled_from(["a", "b c", '"', "\\", "[", "x:{"])
    values = st.recursive(
        st.none() | st.text(max_size=5), lambda v: st.lists(v) | st.dictionaries(names, v)
    )
    text = json.dumps(data.draw(values))
    end = data.draw(st.integers(0, len(text) - 1))
    assert path_at(text, end).startswith("$")


def test_a_name_given_twice_is_refused_where_it_stands() -> None:
    document = parse(b'[{"a": {"b": 1, "c": 2, "b": 3}}]', here)
    with pytest.raises(MalformedRecord) as caught:
        check_keepable(here, "$", document)
    assert (caught.value.record, caught.value.field) == ("$[0].a", "b")


def test_extreme_nesting_is_refused() -> None:
    document = parse(b"[" * 400 + b"]" * 400, here)
    with pytest.raises(MalformedRecord, match="nested deeper than 150 levels"):
        check_keepable(here, "$", document)


def test_objects_that_look_like_marks_of_the_codec_come_back() -> None:
    document = [{"$": "str", "base64": "aGk="}, {"$": {"$": None}}, {"$ref": "#/x"}]
    assert given_back(kept(here, "$", document)) == document


def test_what_would_not_come_back_is_refused() -> None:
    document: object = "deep"
    for _ in range(150):
        document = {"$": document}
    with pytest.raises(MalformedRecord, match="too deeply nested"):
        kept(here, "$[0]", document)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-08-01T16:16:37.053887", "2025-08-01T16:16:37.053887+00:00"),
        ("2025-08-01 16:16", "2025-08-01T16:16:00+00:00"),
        ("2025-08-01T16:16:37+02:00", "2025-08-01T14:16:37+00:00"),
        ("2025-08-01T16:16:37Z", "2025-08-01T16:16:37+00:00"),
    ],
)
def test_a_source_time_keeps_its_text(text: str, moment: str) -> None:
    time = SourceTime.parse(text)
    assert time.text == text
    assert time.moment.isoformat() == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2025-08-01", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any ValueError is a refusal
        SourceTime.parse(text)
