"""A CSV file is read whatever state it is in; what cannot be read is named."""

import pytest

from app.core.file_lines import FileRefusal, Severity, read_lines, without_repeats
from app.core.refusals import Refused

GOOD = "id,word\na,one\nb,two\n"


def read(content, needed=("id", "word")):
    problems = []
    if isinstance(content, str):
        content = content.encode()
    lines = [
        (line.number, line["id"], line["word"]) for line in read_lines(content, needed, problems)
    ]
    return lines, [(each.line, each.field) for each in problems]


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        '"ID", Word\n a , one\nb,"two"\n',
    ],
    ids=["plain", "mark", "crlf", "cr", "no last line end", "quotes and blanks"],
)
def test_marks_line_ends_and_quotes_make_no_difference(content):
    assert read(content) == ([(2, "a", "one"), (3, "b", "two")], [])


def test_blank_lines_are_passed_over_and_lines_keep_their_numbers():
    assert read("id,word\n\na,one\n , \nb,two\n")[0] == [(3, "a", "one"), (5, "b", "two")]


def test_cells_may_hold_commas_quotes_and_line_feeds():
    lines, problems = read('id,word\na,"one, ""1""\nand more"\nb,two\n')
    assert lines == [(2, "a", 'one, "1"\nand more'), (4, "b", "two")]
    assert problems == []


def test_a_quote_that_never_closes_costs_its_own_line_only():
    lines, problems = read('id,word\na,"one\nb,two\nc,"three"\n')
    assert lines == [(3, "b", "two"), (4, "c", "three")]
    assert problems == [(2, "line")]


def test_bytes_that_are_not_utf8_cost_their_own_line_only():
    lines, problems = read(b"id,word\na,caf\xe9\nb,two\n")
    assert (lines, problems) == ([(3, "b", "two")], [(2, "word")])


def test_huge_cells_wrong_widths_and_nul_bytes_are_named():
    huge = "x" * 200_000
    lines, problems = read(f"id,word\na,{huge}\nb,{'y' * 3000}\nc\nd,1,2\ne,o\0o\nf,six\n")
    assert lines == [(7, "f", "six")]
    assert problems == [(2, "line"), (3, "word"), (4, "line"), (5, "line"), (6, "word")]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", FileRefusal.EMPTY),
        (b" \n \n", FileRefusal.EMPTY),
        (GOOD.encode("utf-16"), FileRefusal.NOT_UTF8),
        (b"name,word\na,b\n", FileRefusal.WRONG_HEADINGS),
        (b"id,word,ID\na,b,c\n", FileRefusal.TWICE),
        (b"PK\x03\x04 no table at all", FileRefusal.WRONG_HEADINGS),
    ],
)
def test_a_file_without_its_columns_is_refused_whole(content, refusal):
    with pytest.raises(Refused) as refused:
        read(content)
    assert refused.value.refusal is refusal


def test_the_second_of_two_lines_with_one_name_is_left_out():
    problems = []
    lines = read_lines(b"id,word\na,one\n,two\na,three\n", ("id", "word"), problems)
    assert [line["word"] for line in without_repeats(lines, "id")] == ["one"]
    assert [(each.line, each.severity) for each in problems] == [
        (3, Severity.ROW_DROPPED),
        (4, Severity.ROW_DROPPED),
    ]
    assert "line 2" in problems[1].reason
