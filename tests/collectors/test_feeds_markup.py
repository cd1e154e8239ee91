"""Markup to text: what people read, line by line, in bounded time."""

from __future__ import annotations

import pytest

from collectors.feeds.markup import list_tables, read_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a <b>b</b>c</p><p>d</p>", "a bc d"),
        ("a&amp;b &lt;x&gt; &#x27;q&#39;", "a&b <x> 'q'"),
        ("x < 3 and y > 4", "x < 3 and y > 4"),
        ("<script>if (a < b) { '</p>' }</script>b", "b"),
        ("a<style>p{}</style >b<SVG><text>no</text></SVG>c", "a b c"),
        ("a<script>never closed <p>b</p>", "a"),
        ('<img alt="x > y" src=q>z', "z"),
        ("<a title='it>b</a> c", "b c"),
        ("a<!-- <p>no</p> -->b", "ab"),
        ("<![CDATA[a]]> b", "a b"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("<scripted>a</scripted>", "a"),
    ],
)
def test_text_is_what_people_read(markup: str, text: str) -> None:
    assert " ".join(read_text(markup).split()) == text


@pytest.mark.parametrize(
    "piece",
    ["<script>", "<a title='", '<p a="', "<", "<!--", "<p ", "</script", "&", "<table><tr><td>", "<svg"],
)
def test_hostile_markup_is_read_in_time_that_grows_with_its_length(piece: str) -> None:
    markup = piece * (200_000 // len(piece))
    read_text(markup)
    list_tables("<table><tr><td>" + markup)


def test_table_is_read_cell_by_cell() -> None:
    (table,) = list_tables(
        "<table><thead><tr><th>Test<th>A 1<th>B 2</tr></thead>"
        "<tr><td>MMLU</td><td><b>81</b>%</td><td>–</td></tr></table>"
    )
    assert table.rows == [["Test", "A 1", "B 2"], ["MMLU", "81%", "–"]]


@pytest.mark.parametrize(
    "markup",
    [
        "<table><tr><th colspan=2>a</th></tr><tr><td>b</td><td>c</td></tr></table>",
        "<table><tr><td>a</td></tr><tr><td><table><tr><td>b</td></tr></table></td></tr></table>",
        "<table><td>a</td></table>",
        "no table",
        "<table></table>",
    ],
)
def test_table_whose_places_say_nothing_is_left_out(markup: str) -> None:
    assert list_tables(markup) == []
