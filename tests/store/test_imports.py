"""Reading files of rows: every kind, good and bad, without a database."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.catalogue import load_catalogue
from store.errors import Unreadable
from store.imports import KINDS, Context, Parsed, Row, parse_table, read_table
from store.imports.entry import MOST_BAD
from store.records import (
    Claim,
    Document,
    Fact,
    Kind,
    Link,
    ModelFact,
    ModelRecord,
    Observation,
    Openness,
    Precision,
    Standing,
    SubjectRef,
)

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
CATALOGUE = load_catalogue()
OBSERVATIONS = "source,kind,key,metric,day,value"


def read(kind: str, text: str | bytes, name: str = "file.csv", now: datetime = NOW) -> Parsed:
    content = text if isinstance(text, bytes) else text.encode()
    what = KINDS[kind]
    table = read_table(content, name, what.required, what.optional, only_json=what.only_json)
    return parse_table(what, table, Context(now, CATALOGUE, CATALOGUE.metrics))


def observations(*rows: str) -> Parsed:
    return read("observations", "\n".join([OBSERVATIONS, *rows]))


def stars(day: str = "2026-01-01", value: object = 5, key: str = "a/b") -> str:
    return f"github,github_repo,{key},github.stars,{day},{value}"


def reasons(parsed: Parsed) -> list[str]:
    return [str(line) for line in parsed.bad]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --------------------------------------------------------------------------- files and lines


def test_a_row_becomes_a_record_known_on_its_day() -> None:
    parsed = observations(stars())
    assert parsed.records == (
        Observation(
            SubjectRef("github", Kind.GITHUB_REPO, "a/b"),
            "github.stars",
            date(2026, 1, 1),
            5.0,
            moment("2026-01-01T00:00Z"),
        ),
    )
    assert (parsed.rows, parsed.bad, parsed.unknown) == (1, (), ())


def test_csv_and_json_lines_say_the_same() -> None:
    row = dict(zip(OBSERVATIONS.split(","), stars(value=5.25).split(","), strict=True))
    as_numbers = json.dumps({**row, "value": 5.25, "observed_at": None})
    csv = observations(stars(value=5.25)).records
    assert read("observations", json.dumps(row), "-").records == csv
    assert read("observations", as_numbers, "rows.ndjson").records == csv


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(ending: str, mark: bytes) -> None:
    text = ending.join([OBSERVATIONS, stars(), "", stars("2026-01-02"), "x"])
    parsed = read("observations", mark + text.encode())
    assert len(parsed.records) == 2
    assert [line.line for line in parsed.bad] == [5]


def test_columns_stand_in_any_order_and_case_and_unknown_ones_are_named() -> None:
    text = (
        " Value ,DAY,metric,kind,source,key,colour,\n5,2026-01-01,github.stars,github_repo,github, a/b ,red,"
    )
    parsed = read("observations", text)
    assert parsed.records == observations(stars()).records
    assert parsed.unknown == ("colour",)


def test_a_file_with_a_header_alone_is_empty_and_good() -> None:
    assert (observations().rows, observations().records) == (0, ())
    assert read("observations", "", "rows.jsonl").rows == 0


def test_missing_columns_are_named_and_a_foreign_separator_is_recognised() -> None:
    with pytest.raises(Unreadable, match=r"of file\.csv lacks metric, value") as missing:
        read("observations", "source,kind,key,day\n")
    assert "'source'" in str(missing.value.remedy)
    with pytest.raises(Unreadable) as separated:
        read("observations", OBSERVATIONS.replace(",", ";"))
    assert separated.value.remedy == "values are separated by commas"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "is empty"),
        (b"\n\n", "a.csv", "is empty"),
        (OBSERVATIONS.encode() + b",day\n", "a.csv", "names day twice"),
        (OBSERVATIONS.encode() + b",\xff\n", "a.csv", "is not UTF-8"),
        (OBSERVATIONS.encode("utf-16"), "a.csv", "is not UTF-8"),
        (OBSERVATIONS.encode("utf-16-le"), "a.csv", "is not UTF-8"),
        (OBSERVATIONS.encode("utf-16-be"), "a.csv", "is not UTF-8"),
        ('{"source": 1}'.encode("utf-16-le"), "a.jsonl", "is not UTF-8"),
        (b"PK\x03\x04...", "a.xlsx", "is not UTF-8"),
        (b"\x1f\x8b\x08", "a.csv.gz", "is not UTF-8"),
        (b'[{"source": 1}]', "a.json", "JSON array"),
        (b'"source,kind', "a.csv", "never closed"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(content: bytes, name: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read("observations", content, name)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_told_how_to_save_it(encoding: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read("observations", OBSERVATIONS.encode(encoding))
    assert refused.value.remedy == "it looks like UTF-16; save it as UTF-8"


def test_a_column_nobody_knows_is_named_once() -> None:
    assert read("observations", f"{OBSERVATIONS},x,X, x\n{stars()},1,2,3\n").unknown == ("x",)


def test_a_quote_left_open_over_many_lines_makes_the_file_unreadable_and_no_row_of_its_inside() -> None:
    inside = "\n".join(stars(key=f"a/{number}") for number in range(5_000))
    with pytest.raises(Unreadable, match=r"line 3 of file\.csv opens a quote") as refused:
        read("observations", f'{OBSERVATIONS}\n{stars()}\ngithub,"{inside}\n')
    assert "close the quote" in str(refused.value.remedy)


@pytest.mark.parametrize("field", ["x" * 200_000, f'"{"x" * 200_000}"'])
def test_a_field_that_is_too_long_but_ends_on_its_line_is_one_bad_line(field: str) -> None:
    parsed = observations(stars(key=field), stars())
    assert (len(parsed.records), [line.line for line in parsed.bad]) == (1, [2])


def test_a_row_that_never_ends_makes_the_file_unreadable() -> None:
    with pytest.raises(Unreadable, match="a row of more than 4,194,304 characters"):
        read("observations", f"{OBSERVATIONS}\n{',' * 5_000_000}")


@pytest.mark.parametrize(("line", "name"), [("x", "file.csv"), ("1", "file.jsonl"), (",,,,,", "file.csv")])
def test_a_file_of_too_many_bad_lines_is_given_up(line: str, name: str) -> None:
    head = [OBSERVATIONS] if name == "file.csv" else []
    assert len(read("observations", "\n".join([*head, *[line] * MOST_BAD]), name).bad) == MOST_BAD
    with pytest.raises(Unreadable, match=r"more than 10,000 lines cannot be read; the first is line [12]"):
        read("observations", "\n".join([*head, *[line] * (MOST_BAD + 1)]), name)


def test_lines_are_read_one_after_the_other() -> None:
    """What lies behind the line that was asked for has not been looked at."""
    what = KINDS["observations"]
    text = f'{OBSERVATIONS}\n{stars()}\ngithub,"{"x" * 200_000}'
    lines = read_table(text.encode(), "f", what.required, what.optional).lines
    assert next(lines) == Row(2, dict(zip(OBSERVATIONS.split(","), stars().split(","), strict=True)))
    with pytest.raises(Unreadable):
        next(lines)


@pytest.mark.parametrize("value", ["1e-400", "0.5e-330", "1e-999999999999", "-1e-400"])
def test_a_number_too_small_to_be_told_from_zero_is_a_bad_line(value: str) -> None:
    [reason] = reasons(read("prices", f"{PRICES}2026-01-01,p,m,{value},1,\n"))
    assert "is too small to be told from zero" in reason


@pytest.mark.parametrize("value", ["0", "0.00", "0e5", "-0.0"])
def test_zero_may_be_written_in_any_way(value: str) -> None:
    assert read("prices", f"{PRICES}2026-01-01,p,m,{value},1,\n").bad == ()


@pytest.mark.parametrize(
    "moment",
    [
        "2025-W01-1T00:00Z",
        "20250101T000000Z",
        "2025-01-01T00Z",
        "2025-01-01 00:00Z",
        "2025-01-01T00:00+0100",
        "2025-01-01T00:00:00,5Z",
        "2025-01-01t00:00z",
        "2025-01-01T25:00Z",
        "2025-001T00:00Z",
        "2025-01-01T00:00",
    ],
)
def test_another_spelling_of_a_moment_is_a_bad_line(moment: str) -> None:
    assert len(read("prices", f'{PRICES}"{moment}",p,m,1,1,\n').bad) == 1


@pytest.mark.parametrize(
    "spelt", ["2025-01-01T00:00Z", "2025-01-01T01:00:00+01:00", "2024-12-31T19:00:00.000-05:00", "2025-01-01"]
)
def test_a_moment_is_a_day_or_a_time_with_its_zone(spelt: str) -> None:
    [record] = read("prices", f"{PRICES}{spelt},p,m,1,,\n").records
    assert isinstance(record, Observation)
    assert record.known_at == moment("2025-01-01T00:00Z")


def test_a_family_has_the_length_of_a_name() -> None:
    parsed = read("models", f"{MODELS}m,l,M,2025-01-01,open,,,,{'f' * 401}\n")
    assert reasons(parsed)[0].startswith("line 2, family: ")


def test_bad_lines_have_the_numbers_of_the_file_behind_quoted_line_breaks() -> None:
    text = (
        "model,benchmark,score,quote\n"
        'a,MMLU,50,"one\ntwo\r\nthree"\n'
        "\n"
        'b,MMLU,much,"four\nfive"\n'
        "c,MMLU,500,\n"
    )
    parsed = read("claims", text)
    assert [(line.line, line.column) for line in parsed.bad] == [(6, "score"), (8, "score")]
    [claim] = parsed.records
    assert isinstance(claim, Claim)
    assert claim.quote == "one\ntwo\r\nthree"


def test_each_way_to_break_a_line_is_told_with_its_number_and_leaves_the_others() -> None:
    long = "x" * 200_000
    rows = [
        OBSERVATIONS.encode(),
        stars().encode(),
        stars(key="ca\xf1on").encode("latin-1"),
        stars(key="nul\0").encode(),
        stars(key=long).encode(),
        b'github,"a"b,c,d,e,f',
        b"github,github_repo",
        (stars() + ",1").encode(),
        stars("2026-01-02").encode(),
        b'github,"never closed',
    ]
    parsed = read("observations", b"\n".join(rows))
    assert len(parsed.records) == 2
    assert [line.line for line in parsed.bad] == [3, 4, 5, 6, 7, 8, 10]
    said = " ".join(reasons(parsed))
    for part in ("is not UTF-8", "NUL", "larger than field limit", "has 2 values", "has 7 values"):
        assert part in said
    assert "opens a quote that is never closed" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\xff{}", "is not UTF-8"),
        (b"{", "is no JSON"),
        (b"17", "is no JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"day": "2026-01-01", "day": "2026-01-02"}', "names a member twice"),
        (b'{"day": "2026-01-01", "Day": "2026-01-02"}', "names a member twice"),
        (b'{"colour": 1, " colour ": 1}', "names a member twice"),
        (b'{"key": "\\ud800"}', "surrogate"),
        (b'{"key": "a\\u0000b"}', "NUL"),
        (b'{"key": ["a"]}', "neither text nor a number"),
        (b'{"key": true}', "neither text nor a number"),
        (b'{"value": 1e400}', "is missing"),
    ],
)
def test_each_way_to_break_a_line_of_json_is_told_with_its_number(line: bytes, said: str) -> None:
    good = json.dumps(dict(zip(OBSERVATIONS.split(","), stars().split(","), strict=True))).encode()
    parsed = read("observations", good + b"\n" + line + b"\n", "rows.jsonl")
    assert len(parsed.records) == 1
    assert [bad.line for bad in parsed.bad] == [2]
    assert said in reasons(parsed)[0]


def test_json_numbers_are_read_as_they_were_written() -> None:
    line = '{"at": "2026-01-01", "provider": "p", "model": "m", "input_usd_per_mtok": 0.1, %s}'
    parsed = read("prices", line % '"output_usd_per_mtok": 1e400', "prices.jsonl")
    assert "is not finite" in reasons(parsed)[0]
    parsed = read("prices", line % '"output_usd_per_mtok": NaN', "prices.jsonl")
    assert "is no number" in reasons(parsed)[0]


@given(st.binary(max_size=300), st.sampled_from(sorted(KINDS)), st.sampled_from(["a.csv", "a.jsonl"]))
def test_no_bytes_whatever_make_the_reader_fail_otherwise(content: bytes, kind: str, name: str) -> None:
    what = KINDS[kind]
    header = ",".join(what.required).encode() + b"\n"
    for text in (content, header + content):
        try:
            parsed = read(kind, text, name)
        except Unreadable:
            continue
        assert len(parsed.bad) <= parsed.rows


# --------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "is missing"),
        ("much", "is no number"),
        ("1_000", "is no number"),
        ('"1,000"', "separators between thousands"),
        ("٣", "is no number"),
        ("nan", "is no number"),
        ("inf", "is no number"),
        ("1e400", "is not finite"),
        ("-1", "negative"),
        ("=1+1", "is no number"),
        ("0x10", "is no number"),
        ("1" * 65, "is no number"),
    ],
)
def test_what_is_no_count_is_a_bad_line(value: str, said: str) -> None:
    [reason] = reasons(observations(stars(value=value)))
    assert reason.startswith("line 2, value: ")
    assert said in reason


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-02-30", "no day of the calendar"),
        ("20260101", "is no day"),
        ("2026-W01-1", "is no day"),
        ("2026-1-1", "is no day"),
        ("2026-11-20", "is not between"),
        ("0206-01-01", "is not between"),
        ("2026-01-01T00:00:00Z", "is no day"),
    ],
)
def test_what_is_no_day_up_to_tomorrow_is_a_bad_line(day: str, said: str) -> None:
    [reason] = reasons(observations(stars(day)))
    assert reason.startswith("line 2, day: ")
    assert said in reason
    assert observations(stars("2026-11-19")).bad == ()


def test_a_score_may_be_negative_and_a_formula_is_text_in_a_key() -> None:
    score = "hub,hub_model,=1+1,hub.trending_score,2026-01-01,-3"
    [record] = observations(score).records
    assert isinstance(record, Observation)
    assert (record.subject.name, record.value) == ("=1+1", -3.0)


# --------------------------------------------------------------------------- observations


def test_a_rating_told_as_an_observation_is_bounded_like_one() -> None:
    entry = "arena,board_entry,text/m,arena.text.{},2026-01-01,{}"
    [reason] = reasons(observations(entry.format("rating", "1e308"), entry.format("votes", "200000")))
    assert reason.startswith("line 2, value: 1e+308 is no rating")


def test_an_unknown_metric_names_the_near_ones_and_an_unknown_kind_all() -> None:
    parsed = observations(
        "github,github_repo,a/b,github.star,2026-01-01,1", "github,repo,a/b,github.stars,2026-01-01,1"
    )
    assert "near: github.stars" in reasons(parsed)[0]
    assert "there are: hub_model, github_repo, package" in reasons(parsed)[1]


def test_an_observation_is_known_when_it_was_observed_and_never_before_its_day() -> None:
    header = OBSERVATIONS + ",observed_at\n"
    parsed = read(
        "observations",
        header
        + f"{stars('2026-01-01')},2026-01-05\n{stars('2026-01-02')},2026-01-05T02:00:00+02:00\n"
        + f"{stars('2026-01-03')},2026-01-02\n{stars('2026-01-04')},2026-01-05T02:00\n",
    )
    known = [r.known_at for r in parsed.records if isinstance(r, Observation)]
    assert known == [moment("2026-01-05T00:00Z")] * 2
    assert "is before the day 2026-01-03" in reasons(parsed)[0]
    assert "has no time zone" in reasons(parsed)[1]


def test_a_file_that_contradicts_itself_loses_every_row_of_the_contradiction() -> None:
    parsed = observations(stars(value=5), stars("2026-01-02"), stars(value=6), stars(value=5))
    assert [line.line for line in parsed.bad] == [2, 4, 5]
    assert "contradicts line 4" in reasons(parsed)[0]
    assert "contradicts line 2" in reasons(parsed)[1]
    assert "contradicts line 4" in reasons(parsed)[2]
    assert len(parsed.records) == 1


def test_a_row_told_twice_is_told_once_and_counted() -> None:
    parsed = observations(stars(), stars())
    assert (len(parsed.records), parsed.repeated, parsed.rows) == (1, 1, 2)


def test_the_same_value_seen_again_later_was_known_the_first_time() -> None:
    header = OBSERVATIONS + ",observed_at\n"
    parsed = read("observations", f"{header}{stars()},2026-03-01\n{stars()},2026-02-01\n")
    [record] = parsed.records
    assert isinstance(record, Observation)
    assert record.known_at == moment("2026-02-01T00:00Z")


@given(st.permutations([stars(value=5), stars(value=6), stars("2026-01-02"), stars("2026-01-03")]))
def test_no_order_of_lines_decides_what_is_told(rows: list[str]) -> None:
    parsed = observations(*rows)
    assert {r.day for r in parsed.records if isinstance(r, Observation)} == {
        date(2026, 1, 2),
        date(2026, 1, 3),
    }
    assert len(parsed.bad) == 2


# --------------------------------------------------------------------------- models

MODELS = "model,lab,name,released_on,openness,licence,valid_from,hub_id,family\n"


def test_rows_of_a_model_are_its_dated_history() -> None:
    parsed = read(
        "models",
        MODELS
        + "n/a,Northwind,Aurora,2025-11-03,noncommercial,nc,,n/a-hub,aurora\n"
        + "n/a,Northwind,Aurora,2025-11-03,open,apache-2.0,2026-03,n/a-hub,\n",
    )
    assert parsed.bad == ()
    assert [r for r in parsed.records if isinstance(r, ModelRecord)] == [
        ModelRecord("n/a", "Northwind", "Aurora", "aurora")
    ]
    facts = [r for r in parsed.records if isinstance(r, ModelFact)]
    assert {(f.attribute, f.value, f.valid_from, f.precision) for f in facts} == {
        ("released_on", "2025-11-03", date(2025, 11, 3), Precision.DAY),
        ("openness", "noncommercial", date(2025, 11, 3), Precision.DAY),
        ("licence", "nc", date(2025, 11, 3), Precision.DAY),
        ("openness", "unrestricted", date(2026, 3, 1), Precision.MONTH),
        ("licence", "apache-2.0", date(2026, 3, 1), Precision.MONTH),
    }
    assert all(f.known_at == datetime.combine(f.valid_from, datetime.min.time(), UTC) for f in facts)
    [link] = [r for r in parsed.records if isinstance(r, Link)]
    assert (link.subject.name, link.basis, link.known_at) == (
        "n/a-hub",
        "hub_id",
        moment("2025-11-03T00:00Z"),
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [("open", Openness.UNRESTRICTED), ("Closed", Openness.API), *[(o.value.upper(), o) for o in Openness]],
)
def test_openness_is_one_of_seven_values_or_two_aliases(text: str, meant: Openness) -> None:
    parsed = read("models", f"{MODELS}m,lab,M,2025-01-01,{text},,,,\n")
    [value] = [r.value for r in parsed.records if isinstance(r, ModelFact) and r.attribute == "openness"]
    assert value == meant


@pytest.mark.parametrize("text", ["Propretary", "Proprietary", "yes", "open source"])
def test_any_other_openness_is_a_bad_line_and_never_open(text: str) -> None:
    parsed = read("models", f"{MODELS}m,lab,M,2025-01-01,{text},,,,\n")
    assert parsed.records == ()
    [reason] = reasons(parsed)
    assert reason.startswith("line 2, openness: ")


def test_an_empty_openness_leaves_the_word_to_the_licence_and_is_unknown_without_one() -> None:
    licensed = read("models", f"{MODELS}m,lab,M,2025-01-01,,mit,,,\n")
    assert {(r.attribute, r.value) for r in licensed.records if isinstance(r, ModelFact)} == {
        ("released_on", "2025-01-01"),
        ("licence", "mit"),
    }
    bare = read("models", f"{MODELS}m,lab,M,,,,,,\n")
    [fact] = [r for r in bare.records if isinstance(r, ModelFact)]
    assert (fact.attribute, fact.value) == ("openness", "unknown")


def test_a_model_without_any_date_is_as_open_as_stated_since_ever() -> None:
    parsed = read("models", f"{MODELS}m,lab,M,,open,,,,\n")
    [fact] = [r for r in parsed.records if isinstance(r, ModelFact)]
    assert (fact.value, fact.valid_from) == ("unrestricted", date(1900, 1, 1))


def test_a_release_may_be_a_month_or_unknown_but_not_a_year() -> None:
    month = read("models", f"{MODELS}m,lab,M,2025-08,closed,,,,\n")
    assert (
        ModelFact(
            "m",
            "released_on",
            "2025-08-01",
            date(2025, 8, 1),
            Precision.MONTH,
            known_at=moment("2025-08-01T00:00Z"),
        )
        in month.records
    )
    unknown = read("models", f"{MODELS}m,lab,M,,closed,,2025-09-01,,\n")
    assert {r.attribute for r in unknown.records if isinstance(r, ModelFact)} == {"openness"}
    assert "neither YYYY-MM-DD nor YYYY-MM" in reasons(read("models", f"{MODELS}m,lab,M,2025,open,,,,\n"))[0]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("m,lab,M,2025-01-01,open,,,,", "m,lab,M,2025-01-01,closed,,,,", "the openness"),
        ("m,lab,M,2025-01-01,open,mit,,,", "m,lab,M,2025-01-01,open,apache-2.0,,,", "the licence"),
        ("m,lab,M,2025-01-01,open,,,,", "m,lab,M,2025-02-01,open,,,,", "the release date"),
        ("m,lab,M,2025-01-01,open,,,,", "m,lab,N,2025-01-01,open,,2025-02-01,,", "lab and name"),
        ("m,lab,M,2025-01-01,open,,,,f", "m,lab,M,2025-01-01,open,,2025-02-01,,g", "the family"),
    ],
)
def test_rows_that_say_different_things_of_a_model_are_bad_lines(one: str, other: str, said: str) -> None:
    parsed = read("models", f"{MODELS}{one}\n{other}\n")
    assert [line.line for line in parsed.bad] == [2, 3]
    assert all(said in reason for reason in reasons(parsed))
    assert parsed.records == ()


def test_a_lab_that_the_catalogue_knows_gets_its_key() -> None:
    parsed = read("models", f"{MODELS}m,OpenAI,M,2025-01-01,closed,,,,\nn,Nobody Inc,N,2025-01-01,open,,,,\n")
    assert [r.lab for r in parsed.records if isinstance(r, ModelRecord)] == ["openai", "Nobody Inc"]


# --------------------------------------------------------------------------- ratings

RATINGS = "board,board_date,model,rating,ci_low,ci_high,votes,organisation,licence\n"


def test_a_line_of_a_known_board_stands_where_the_collected_ones_do() -> None:
    parsed = read("ratings", f"{RATINGS}Text,2024-12-07,a/b-c,1379,1372,1386.5,12345,Google,Propretary\n")
    subject = SubjectRef("arena", Kind.BOARD_ENTRY, "text/a/b-c")
    values = {r.metric: r.value for r in parsed.records if isinstance(r, Observation)}
    assert values == {
        "arena.text.rating": 1379,
        "arena.text.rating_ci_low": 1372,
        "arena.text.rating_ci_high": 1386.5,
        "arena.text.votes": 12345,
    }
    facts = {r.attribute: r.value for r in parsed.records if isinstance(r, Fact)}
    assert facts == {"organisation": "Google", "licence": "Propretary"}
    assert {r.subject for r in parsed.records if isinstance(r, (Fact, Observation))} == {subject}
    assert parsed.metrics == ()


def test_a_new_board_declares_its_metrics() -> None:
    parsed = read("ratings", "board,board_date,model,rating\nMy Board,2024-12-07,m,-3\n")
    assert [m.name for m in parsed.metrics] == [
        f"board.my-board.{c}" for c in ("rating", "rating_ci_low", "rating_ci_high", "votes")
    ]
    assert len(parsed.records) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("text,2024-12-07,m,1379,1380,1386,1,,", "ci_low: 1380 is above the rating"),
        ("text,2024-12-07,m,1379,1372,7,1,,", "ci_high: 7 is below the rating 1379"),
        ("text,2024-12-07,m,1379,,,1.5,,", "votes: '1.5' is no whole number"),
        (
            "text,2024-12-07,m,1e308,,,,,",
            "rating: 1e+308 is no rating; they lie between -100,000 and 100,000",
        ),
        ("text,2024-12-07,m,-100001,,,,,", "rating: -100001 is no rating"),
        ("text,2024-12-07,m,1379,-1e308,,,,", "ci_low: -1e+308 is no rating"),
        ("text,2024-12-07,m,1379,,1e308,,,", "ci_high: 1e+308 is no rating"),
        ("?,2024-12-07,m,1379,,,,,", "cannot be the name of a board"),
        ("text,2024-12,m,1379,,,,,", "board_date: '2024-12' is no day"),
        ("text,2024-12-07,,1379,,,,,", "model: is missing"),
        (f"text,2024-12-07,{'x' * 396},1379,,,,,", "longer than 400"),
    ],
)
def test_what_is_no_rating_is_a_bad_line(row: str, said: str) -> None:
    assert said in reasons(read("ratings", f"{RATINGS}{row}\n"))[0]


# --------------------------------------------------------------------------- claims


def claim(*fields: str, header: str = "model,benchmark,score,unit") -> Parsed:
    return read("claims", f"{header}\n{','.join(fields)}\n")


def only(parsed: Parsed) -> Claim:
    [record] = parsed.records
    assert isinstance(record, Claim)
    return record


def test_a_claim_without_more_is_self_reported_and_known_from_the_import_on() -> None:
    record = only(claim("m", "A Test Of Our Own", "0.412", header="model,benchmark,score"))
    assert record == Claim(
        model="m",
        benchmark="A Test Of Our Own",
        score=0.412,
        unit="fraction",
        metric="",
        standing=Standing.SELF_REPORTED,
        claimed_on=None,
        source_url="",
    )


@pytest.mark.parametrize(
    ("benchmark", "score", "unit", "kept", "kept_unit"),
    [
        ("SWE-Bench Verified", "41.2", "", 41.2, "percent"),
        ("swe bench verified", "0.412", "fraction", 41.2, "percent"),
        ("SWE-Bench Verified", "0.412", "percent", 0.412, "percent"),
        ("SWE-Bench Verified", "1200", "points", 1200, "points"),
        ("Unheard Of", "41.2", "%", 41.2, "percent"),
        ("Unheard Of", "0.412", "Fraction", 0.412, "fraction"),
        ("Unheard Of", "-3", "points", -3, "points"),
    ],
)
def test_a_score_is_kept_in_the_unit_the_benchmark_declares(
    benchmark: str, score: str, unit: str, kept: float, kept_unit: str
) -> None:
    record = only(claim("m", benchmark, score, unit))
    assert (record.score, record.unit) == (kept, kept_unit)


@pytest.mark.parametrize(
    ("benchmark", "score", "unit", "said"),
    [
        ("Unheard Of", "41.2", "", "not between 0 and 1 (fraction: no unit is declared for 'Unheard Of')"),
        ("Unheard Of", "41.2", "", "state percent or points in the column unit"),
        ("Unheard Of", "41.2", "fraction", "not between 0 and 1 (fraction, as stated)"),
        ("SWE-Bench Verified", "412", "", "(percent: the unit of swe-bench-verified)"),
        ("SWE-Bench Verified", "-1", "percent", "not between 0 and 100"),
        ("SWE-Bench Verified", "1", "pct", "there are: fraction, percent, points"),
        ("SWE-Bench Verified", "41.2%", "", "leave the sign out"),
        ("SWE-Bench Verified", "", "", "is missing"),
    ],
)
def test_a_score_outside_its_unit_is_a_bad_line_and_never_rescaled(
    benchmark: str, score: str, unit: str, said: str
) -> None:
    assert said in reasons(claim("m", benchmark, score, unit))[0]


def test_a_score_that_may_be_a_fraction_read_as_percent_draws_a_note() -> None:
    [note] = claim("m", "SWE-Bench Verified", "0.412", "").notes
    assert "read as percent, the unit of swe-bench-verified" in note
    assert claim("m", "SWE-Bench Verified", "0.412", "percent").notes == ()


def test_a_versioned_name_implies_its_version_and_must_not_contradict_the_column() -> None:
    header = "model,benchmark,score,version"
    record = only(claim("m", "Terminal-Bench 2.1", "50", "", header=header))
    assert (record.benchmark, record.version) == ("terminal-bench", "2.1")
    assert "is not the version" in reasons(claim("m", "Terminal-Bench 2.1", "50", "2.0", header=header))[0]
    assert only(claim("m", "Terminal-Bench", "50", "2.0", header=header)).version == "2.0"


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("", Standing.SELF_REPORTED),
        ("self-reported", Standing.SELF_REPORTED),
        ("Self reported", Standing.SELF_REPORTED),
        ("third_party", Standing.THIRD_PARTY),
        ("verified", Standing.VERIFIED),
    ],
)
def test_a_standing_has_three_values(text: str, standing: Standing) -> None:
    assert only(claim("m", "b", "0.5", text, header="model,benchmark,score,standing")).standing is standing


def test_a_standing_nobody_knows_is_a_bad_line() -> None:
    parsed = claim("m", "b", "0.5", "trusted", header="model,benchmark,score,standing")
    assert "there are: self_reported, third_party, verified" in reasons(parsed)[0]


def test_two_scores_of_one_identity_are_bad_lines_and_other_settings_another_claim() -> None:
    header = "model,benchmark,score,settings,date\n"
    parsed = read("claims", f"{header}m,b,0.5,,2025-01\nm,b,0.6,,2025-01\nm,b,0.7,8 shots,2025-01-05\n")
    assert [line.line for line in parsed.bad] == [2, 3]
    assert [(c.score, c.claimed_on) for c in parsed.records if isinstance(c, Claim)] == [
        (0.7, date(2025, 1, 5))
    ]


@given(st.decimals(0, 1, places=6))
def test_a_fraction_becomes_percent_exactly(score: object) -> None:
    record = only(claim("m", "SWE-Bench Verified", f"{score}", "fraction"))
    assert record.score == pytest.approx(float(str(score)) * 100, rel=1e-15)
    assert record.score == float(f"{record.score:.10g}")


# --------------------------------------------------------------------------- prices

PRICES = "at,provider,model,input_usd_per_mtok,output_usd_per_mtok,cache_read_usd_per_mtok\n"


def test_an_empty_price_is_not_stated_and_zero_is_zero() -> None:
    parsed = read("prices", f"{PRICES}2025-06-04T22:41:51Z,p,a/m,0,,0.1\n")
    assert {(r.metric, r.value) for r in parsed.records if isinstance(r, Observation)} == {
        ("price.input_usd_per_mtok", 0.0),
        ("price.cache_read_usd_per_mtok", 0.1),
    }
    [subject] = {r.subject for r in parsed.records if isinstance(r, Observation)}
    assert subject == SubjectRef("import", Kind.OFFER, "p/a/m")


def test_the_last_price_of_a_day_stands_whatever_the_order_of_lines() -> None:
    rows = ["2025-06-04T22:00:00Z,p,m,3,,\n", "2025-06-04T08:00:00Z,p,m,2,9,\n", "2025-06-05,p,m,4,,\n"]
    for text in ("".join(rows), "".join(reversed(rows))):
        parsed = read("prices", PRICES + text)
        found = {(r.metric[6:-13], r.day.day): r.value for r in parsed.records if isinstance(r, Observation)}
        assert found == {("input", 4): 3.0, ("output", 4): 9.0, ("input", 5): 4.0}
        assert parsed.replaced == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2025-06-04,p,m,-1,2,", "input_usd_per_mtok: '-1' is negative"),
        ("2025-06-04,p,m,,,", "so is every other price"),
        ("2025-06-04,p/q,m,1,2,", "provider: 'p/q' has a slash"),
        ("2025-06-04T08:00,p,m,1,2,", "has no time zone"),
        ("0001-01-01T00:00:00+05:00,p,m,1,2,", "out of range"),
        ("2026-11-20T00:00:00Z,p,m,1,2,", "is not between"),
    ],
)
def test_what_is_no_price_is_a_bad_line(row: str, said: str) -> None:
    assert said in reasons(read("prices", f"{PRICES}{row}\n"))[0]


# --------------------------------------------------------------------------- usage


def test_a_day_of_usage_is_four_flows_of_one_thing() -> None:
    parsed = read(
        "usage", "day,model,tokens,requests,spend_usd,cached_tokens\n2026-06-17,a/m,1e9,57,1.5,100\n"
    )
    assert {(r.metric, r.value, r.subject.source) for r in parsed.records if isinstance(r, Observation)} == {
        ("usage.tokens", 1e9, "usage"),
        ("usage.requests", 57, "usage"),
        ("usage.spend_usd", 1.5, "usage"),
        ("usage.cached_tokens", 100, "usage"),
    }


def test_more_cached_tokens_than_tokens_are_a_bad_line() -> None:
    parsed = read("usage", "day,model,tokens,cached_tokens\n2026-06-17,a/m,99,100\n")
    assert "100 is more than the 99 tokens" in reasons(parsed)[0]


# --------------------------------------------------------------------------- documents


def documents(*seen: tuple[str, str]) -> Parsed:
    lines = [
        json.dumps({"service": "S", "document": "Terms", "recorded_at": at, "text": text})
        for at, text in seen
    ]
    return read("documents", "\n".join(lines), "d.jsonl")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_return_to_an_earlier_text_is_a_fact_and_no_new_document() -> None:
    parsed = documents(("2025-01-03", "A\n"), ("2025-01-01T08:00:00Z", "A\n"), ("2025-01-02", " B"))
    assert {(r.key, r.text, r.published_at) for r in parsed.records if isinstance(r, Document)} == {
        (digest("A\n"), "A\n", moment("2025-01-01T08:00Z")),
        (digest(" B"), " B", moment("2025-01-02T00:00Z")),
    }
    facts = [r for r in parsed.records if isinstance(r, Fact)]
    assert [(f.valid_from.day, f.value) for f in facts] == [
        (1, digest("A\n")),
        (2, digest(" B")),
        (3, digest("A\n")),
    ]


def test_of_two_texts_of_a_day_the_later_stands_and_both_are_kept() -> None:
    parsed = documents(("2025-01-01T20:00:00Z", "B"), ("2025-01-01T08:00:00Z", "A"))
    assert {r.text for r in parsed.records if isinstance(r, Document)} == {"A", "B"}
    assert [r.value for r in parsed.records if isinstance(r, Fact)] == [digest("B")]
    assert parsed.replaced == 1


def test_documents_come_as_json_lines_only_and_need_a_text() -> None:
    with pytest.raises(Unreadable, match="no JSON lines"):
        read("documents", "service,document,recorded_at,text\n")
    assert "text: is missing" in reasons(documents(("2025-01-01", " ")))[0]
    assert "contradicts" in reasons(documents(("2025-01-01", "A"), ("2025-01-01", "B")))[0]


# --------------------------------------------------------------------------- all kinds

values = st.one_of(
    st.sampled_from(
        ["", "2025-01-01", "0.5", "-1", "open", "text", "hub", "nan", "1e400", "=1", "\x00", "x" * 500]
    ),
    st.text(max_size=12),
)


@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_no_values_whatever_pass_that_a_database_cannot_hold(data: st.DataObject, kind: str) -> None:
    what = KINDS[kind]
    columns = [*what.required, *what.optional]
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, values)), max_size=4))
    parsed = read(kind, "\n".join(map(json.dumps, rows)), "rows.jsonl")
    assert parsed.rows == len(rows)
    for record in parsed.records:
        if isinstance(record, Observation):
            assert math.isfinite(record.value)
            assert len(record.subject.name) <= 400
            assert "\0" not in record.subject.name
