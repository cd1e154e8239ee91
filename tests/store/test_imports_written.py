"""Imported rows in a database, on both kinds: once, again, corrected, tried, and as they were known."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import importing
from store.boards import BoardRef
from store.catalogue import load_catalogue
from store.database import Database
from store.errors import Refused
from store.importing import Told, read_metrics, try_import, write_import
from store.imports import KINDS, Context, parse_table, read_table
from store.loading import declare_metrics
from store.query import StoreQuery
from store.records import Basis, Batch, Coverage, CoverageStatus, Metric, Openness, Semantics
from store.transaction import RunSpec
from tests.store.worlds import DAY, downloads, moment, rows, tell

CATALOGUE = load_catalogue()
T = TypeVar("T")
EXAMPLES = {
    "observations": "source,kind,key,metric,day,value\n"
    "hub,hub_model,a/b,hub.downloads.30d,2026-03-01,7\nhub,hub_model,a/b,hub.downloads.30d,2026-03-02,7\n",
    "models": "model,lab,name,released_on,openness,licence,valid_from,hub_id\n"
    "n/a,n,A,2025-11-03,closed,,,\nn/a,n,A,2025-11-03,open,mit,2026-03-02,n/a-hub\n",
    "ratings": "board,board_date,model,rating,ci_low,ci_high,votes,organisation,licence\n"
    "ours,2025-01-01,m,1300,1290,1310,99,Org,MIT\nours,2025-02-01,m,1300,1290,1310,99,Org,MIT\n",
    "claims": "model,benchmark,score,unit,date\nn/a,SWE-Bench Verified,0.41,fraction,2025-01-01\n"
    "n/a,X,0.5,,\n",
    "prices": "at,provider,model,input_usd_per_mtok,output_usd_per_mtok\n"
    "2025-06-04T22:41:51Z,p,m,0.6,2.4\n2025-06-05,p,m,0.6,2.4\n",
    "usage": "day,model,tokens,requests\n2026-06-17,m,99,1\n2026-06-18,m,99,1\n",
    "documents": "\n".join(
        json.dumps({"service": "S", "document": "D", "recorded_at": at, "text": text})
        for at, text in (("2025-01-01", "A"), ("2025-01-02", "B"), ("2025-01-03", "A"))
    ),
}
RECORDS = {
    "observations": 2,
    "models": 6,  # model, release, two classes, licence, link
    "ratings": 12,
    "claims": 2,
    "prices": 4,
    "usage": 4,
    "documents": 5,  # two texts, three facts
}


def bring(
    database: Database,
    kind: str,
    text: str,
    *,
    world: str = "paper",
    on: date = DAY,
    is_trial: bool = False,
) -> Told:
    what = KINDS[kind]
    table = read_table(text.encode(), "f", what.required, what.optional, only_json=what.only_json)
    parsed = parse_table(what, table, Context(moment(on), CATALOGUE, read_metrics(database, CATALOGUE)))
    assert parsed.bad == ()
    spec = RunSpec(world, f"import.{kind}", "import", Basis.IMPORTED)
    batch = Batch(parsed.records, [Coverage("f", CoverageStatus.COMPLETE, parsed.rows)])
    if is_trial:
        return try_import(database, spec, batch, parsed.metrics, lambda: moment(on), CATALOGUE)
    return write_import(database, spec, batch, parsed.metrics, lambda: moment(on))


def contents(database: Database) -> dict[str, int]:
    tables = ("run", "coverage", "metric", "subject", "subject_name", "observation", "fact", "model")
    more = ("model_fact", "link", "document", "claim")
    return {name: len(rows(database, f"select * from {name}")) for name in (*tables, *more)}


def ask(database: Database, as_of: date, answer: Callable[[StoreQuery], T], world: str = "paper") -> T:
    with database.read() as connection:
        return answer(StoreQuery(connection, CATALOGUE, world, as_of))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_file_is_written_once_and_again_writes_nothing(database: Database, kind: str) -> None:
    first = bring(database, kind, EXAMPLES[kind])
    in_force = 2 if kind == "ratings" else 0  # organisation and licence are the same on the second board
    assert (first.new, first.corrected, first.unchanged) == (RECORDS[kind] - in_force, 0, in_force)
    before = contents(database)
    again = bring(database, kind, EXAMPLES[kind])
    assert (again.new, again.corrected, again.unchanged) == (0, 0, RECORDS[kind])
    assert contents(database) == {**before, "run": 2, "coverage": 2}
    assert rows(database, "select distinct world, collector, data_source, basis, outcome from v_run") == [
        ("paper", f"import.{kind}", "import", "imported", "ok")
    ]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_trial_counts_like_the_real_thing_and_leaves_nothing(database: Database, kind: str) -> None:
    before = contents(database)
    trial = bring(database, kind, EXAMPLES[kind], is_trial=True)
    assert contents(database) == before
    assert trial.run_id is None
    real = bring(database, kind, EXAMPLES[kind])
    assert (trial.new, trial.corrected, trial.unchanged) == (real.new, real.corrected, real.unchanged)
    again = bring(database, kind, EXAMPLES[kind], is_trial=True)
    assert (again.new, again.unchanged) == (0, RECORDS[kind])


CORRECTIONS = {
    "observations": ("2026-03-02,7", "2026-03-02,8", 1),
    "models": ("2025-11-03,closed", "2025-11-03,hosted", 1),
    "ratings": ("2025-02-01,m,1300,1290,1310,99,Org", "2025-02-01,m,1301,1290,1310,98,Org", 2),
    "claims": ("0.41", "0.42", 1),
    "prices": ("2025-06-05,p,m,0.6", "2025-06-05,p,m,0.5", 1),
    "usage": ("2026-06-18,m,99", "2026-06-18,m,98", 1),
}


@pytest.mark.parametrize("kind", sorted(CORRECTIONS))
def test_a_corrected_value_is_a_new_row_by_a_new_run_and_both_are_kept(database: Database, kind: str) -> None:
    was, is_now, count = CORRECTIONS[kind]
    bring(database, kind, EXAMPLES[kind])
    before = contents(database)
    told = bring(database, kind, EXAMPLES[kind].replace(was, is_now))
    assert (told.new, told.corrected, told.unchanged) == (0, count, RECORDS[kind] - count)
    after = contents(database)
    kept = ("observation", "fact", "model_fact", "claim")
    assert sum(after[name] - before[name] for name in kept) == count


def test_every_given_day_of_an_imported_level_is_stored(database: Database) -> None:
    text = "source,kind,key,metric,day,value\n" + "".join(
        f"hub,hub_model,a/b,hub.downloads.30d,2026-03-0{day},7\n" for day in (1, 2, 3)
    )
    bring(database, "observations", text)
    [series] = ask(database, DAY, lambda q: q.list_series("hub.downloads.30d"))
    assert series.values == (7, 7, 7)


def test_an_observed_level_stored_after_an_import_is_news_only_when_it_differs(database: Database) -> None:
    tell(database, downloads(5, DAY - timedelta(days=2)), basis=Basis.IMPORTED)
    assert tell(database, downloads(5, DAY - timedelta(days=1))).written == 0
    assert tell(database, downloads(6, DAY)).written == 1


def test_an_import_keeps_to_its_world(database: Database) -> None:
    bring(database, "models", EXAMPLES["models"], world="one")
    bring(database, "models", EXAMPLES["models"].replace("closed", "hosted"), world="two")
    found = {
        world: ask(database, date(2026, 1, 1), lambda q: [m.openness for m in q.list_models()], world)
        for world in ("one", "two", "live")
    }
    assert found == {"one": [Openness.API], "two": [Openness.HOSTED], "live": []}


def test_openness_and_licence_apply_from_the_day_on_which_they_were_valid(database: Database) -> None:
    bring(database, "models", EXAMPLES["models"])

    def models(query: StoreQuery) -> list[tuple[str, str | None, str | None]]:
        return [(m.openness, m.licence, m.hub_name) for m in query.list_models()]

    assert ask(database, date(2025, 11, 2), models) == []
    assert ask(database, date(2026, 3, 1), models) == [("api", None, None)]
    assert ask(database, date(2026, 3, 2), models) == [("unrestricted", "mit", "n/a-hub")]


def test_a_model_keeps_the_name_under_which_it_was_first_told_and_is_named(database: Database) -> None:
    bring(database, "models", EXAMPLES["models"])
    told = bring(database, "models", EXAMPLES["models"].replace("n/a,n,A", "n/a,n,B"))
    assert told.kept == ("n/a",)
    assert rows(database, "select name from model") == [("A",)]


def test_a_revision_known_later_stands_from_then_on(database: Database) -> None:
    header = "source,kind,key,metric,day,value,observed_at\n"
    row = "hub,hub_model,a/b,hub.downloads.30d,2026-03-01"
    bring(database, "observations", f"{header}{row},7,2026-03-01\n")
    bring(database, "observations", f"{header}{row},9,2026-04-01\n")

    def value(query: StoreQuery) -> float:
        [series] = query.list_series("hub.downloads.30d")
        return series.values[-1]

    assert ask(database, date(2026, 3, 31), value) == 7
    assert ask(database, date(2026, 4, 1), value) == 9


def test_a_return_to_an_earlier_text_is_seen_as_one(database: Database) -> None:
    bring(database, "documents", EXAMPLES["documents"])
    texts = rows(database, "select key, text from v_document")
    history = rows(database, "select value from v_fact where attribute = 'text_hash' order by valid_from")
    names = dict(texts)
    assert [names[value] for (value,) in history] == ["A", "B", "A"]


def test_a_text_seen_earlier_than_we_knew_is_known_since_then(database: Database) -> None:
    line = '{"service": "S", "document": "D", "recorded_at": "%s", "text": "A"}'
    bring(database, "documents", line % "2025-02-01")
    assert bring(database, "documents", line % "2025-03-01").new == 0
    assert bring(database, "documents", line % "2025-01-01").corrected == 1

    def dates(query: StoreQuery) -> list[date]:
        return [d.document.published_at.date() for d in query.list_documents(date(2024, 1, 1))]

    assert ask(database, date(2025, 1, 15), dates) == [date(2025, 1, 1)]


def test_an_imported_board_is_declared_once_and_its_lines_are_found(database: Database) -> None:
    bring(database, "ratings", EXAMPLES["ratings"])
    bring(database, "ratings", EXAMPLES["ratings"], world="other")
    ref = BoardRef("board", "ours")
    declared = {name for (name,) in rows(database, "select metric from v_metric where source = 'board'")}
    assert declared == {metric.name for metric in ref.metrics()}
    [series] = ask(database, DAY, lambda q: q.list_series(ref.metric("rating")))
    assert series.values == (1300, 1300)
    assert rows(database, "select count(*) from v_fact where world = 'paper'") == [(2,)]


def test_more_metrics_than_have_numbers_are_refused_and_the_declared_ones_stay(database: Database) -> None:
    last = Metric("board.last.rating", "points", Semantics.SCORE, "board", "")
    with database.write() as connection:
        connection.exec_driver_sql(
            "insert into metric (metric_id, name, unit, semantics, source, caveat)"
            " values (32767, 'board.last.rating', 'points', 'score', 'board', '')"
        )
        declare_metrics(connection, [last])
        with pytest.raises(Refused, match="32767 metrics"):
            declare_metrics(connection, BoardRef("board", "one-more").metrics())


def test_an_import_that_fails_half_way_leaves_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(database)

    def trip(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(importing, "_list_kept", trip)  # the last step before the commit
    with pytest.raises(ZeroDivisionError):
        bring(database, "ratings", EXAMPLES["ratings"])
    assert contents(database) == before


def test_a_record_that_slipped_through_the_reading_is_a_bug_and_not_lost(database: Database) -> None:
    spec = RunSpec("paper", "import.observations", "import", Basis.IMPORTED)
    with pytest.raises(ValueError, match="1 records that were read cannot be stored"):
        write_import(database, spec, Batch([downloads(-1)]), (), lambda: moment(DAY))


_worlds = itertools.count()
_days = st.integers(0, 9)


@given(
    st.dictionaries(_days, st.integers(0, 3), min_size=1, max_size=6),
    st.dictionaries(_days, st.integers(0, 3), min_size=1, max_size=6),
    st.integers(0, 9),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_known_later_never_changes_an_earlier_answer(
    database: Database, early: dict[int, int], late: dict[int, int], as_of: int
) -> None:
    """Everything of the second file was observed after the as-of."""
    world = f"w{next(_worlds)}"
    start = date(2026, 3, 1)

    def text(history: dict[int, int], seen: int | None) -> str:
        lines = ["source,kind,key,metric,day,value,observed_at"]
        for number, value in history.items():
            day = start + timedelta(days=number)
            observed = day if seen is None else start + timedelta(days=seen)
            lines.append(f"hub,hub_model,a/b,hub.downloads.30d,{day},{value},{observed}")
        return "\n".join(lines)

    def answer(query: StoreQuery) -> object:
        return [(s.days, s.values) for s in query.list_series("hub.downloads.30d")]

    then = start + timedelta(days=as_of)
    bring(database, "observations", text(early, None), world=world)
    before = ask(database, then, answer, world)
    known = {d: float(v) for d, v in early.items() if d <= as_of}
    days = tuple(start + timedelta(days=d) for d in sorted(known))
    assert before == ([(days, tuple(known[d] for d in sorted(known)))] if known else [])
    bring(database, "observations", text(late, 10), world=world)
    assert ask(database, then, answer, world) == before


def test_times_of_imports_are_in_utc(database: Database) -> None:
    bring(database, "prices", EXAMPLES["prices"].replace("2025-06-04T22:41:51Z", "2025-06-05T00:41:51+02:00"))
    days = [str(day) for (day,) in rows(database, "select distinct day from observation order by day")]
    assert days == ["2025-06-04", "2025-06-05"]
