"""`lunchwatch link`, as people run it: what is linked, correcting it, and results that follow."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lunchwatch import clock
from lunchwatch.linking import add_link, find_name, remove_link
from store.catalogue import load_catalogue
from store.database import open_database
from store.query import StoreQuery
from store.records import Openness
from tests.lunchwatch.conftest import Desk

TODAY = datetime.now(UTC).date()
MODELS = """\
model,lab,name,released_on,openness,hub_id
northwind/aurora-32b,northwind,Aurora 32B,2025-01-10,open,northwind/Aurora-32B
labs/a-5,labs,A-5,2025-01-05,closed,
"""
RATINGS = """\
board,board_date,model,rating,licence
text,2025-03-01,A-5,1320,Proprietary
text,2025-03-01,aurora 32b,1290,
text,2025-03-01,Night Sky,1310,
"""
CLAIMS = """\
model,benchmark,score,unit,standing,date,source
Aurora-32B,mmlu,80.1,percent,self_reported,2025-01-10,https://northwind.example/aurora
the sky model,mmlu,71.5,percent,third_party,2025-02-01,https://bench.example/mmlu
"""
PRICES = """\
at,provider,model,input_usd_per_mtok,output_usd_per_mtok
2025-03-01,host,northwind/aurora-32b,0.1,0.3
2025-03-01,host,night-sky,0.2,0.4
"""


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose world `mine` has two models, and names on a board, in claims and in a price list."""
    folder = tmp_path_factory.mktemp("links")
    (folder / "data").mkdir()
    shutil.copyfile(sqlite_template, folder / "data" / "lunchwatch.db")
    made = Desk(folder)
    for kind, text in (("models", MODELS), ("ratings", RATINGS), ("claims", CLAIMS), ("prices", PRICES)):
        path = folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        done = made.run("import", kind, str(path), "--world", "mine")
        assert done.code == 0, done.err
    database = open_database(f"sqlite:///{folder / 'data' / 'lunchwatch.db'}")
    with database.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "data" / "lunchwatch.db"


@pytest.fixture
def desk(world: Path, tmp_path: Path) -> Desk:
    (tmp_path / "data").mkdir()
    shutil.copyfile(world, tmp_path / "data" / "lunchwatch.db")
    return Desk(tmp_path)


@contextmanager
def asking(desk: Desk, as_of: date = TODAY, last_run_id: int | None = None) -> Iterator[StoreQuery]:
    database = open_database(f"sqlite:///{desk.folder / 'data' / 'lunchwatch.db'}")
    with database.read() as connection:
        yield StoreQuery(connection, load_catalogue(), "mine", as_of, last_run_id=last_run_id)
    database.close()


def link(desk: Desk, *arguments: str) -> dict[str, Any]:
    done = desk.run("link", *arguments, "--world", "mine", "--json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def list_links(desk: Desk, *arguments: str) -> dict[str, dict[str, Any]]:
    return {row["subject"]: row for row in link(desk, "list", *arguments)["data"]}


def read_gap(desk: Desk) -> list[tuple[str, str]]:
    done = desk.run("gap", "--board", "text", "--world", "mine", "--json")
    assert done.code == 0, done.err
    return [(row["closed_model"], row["open_model"]) for row in json.loads(done.out)["data"]]


def test_list_shows_every_link_with_its_basis_and_confidence(desk: Desk) -> None:
    links = list_links(desk)
    assert {subject: (row["model"], row["basis"]) for subject, row in links.items()} == {
        "arena:text/A-5": ("labs/a-5", "normalised_name"),
        "arena:text/aurora 32b": ("northwind/aurora-32b", "normalised_name"),
        "claims:Aurora-32B": ("northwind/aurora-32b", "normalised_name"),
        "hub:northwind/Aurora-32B": ("northwind/aurora-32b", "hub_id"),
        "import:host/northwind/aurora-32b": ("northwind/aurora-32b", "hub_id"),
    }
    assert all(0.9 <= row["confidence"] <= 1 for row in links.values())
    assert links["arena:text/A-5"]["state"] == "automatic"
    assert links["hub:northwind/Aurora-32B"]["state"] == "stored"


def test_list_can_be_narrowed_to_a_text_and_a_basis(desk: Desk) -> None:
    assert set(list_links(desk, "labs/")) == {"arena:text/A-5"}
    assert set(list_links(desk, "AURORA", "--basis", "hub_id")) == {
        "hub:northwind/Aurora-32B",
        "import:host/northwind/aurora-32b",
    }
    assert list_links(desk, "zebra") == {}


def test_a_link_changes_gap_claims_and_prices_and_taking_it_back_restores_them(desk: Desk) -> None:
    before = read_gap(desk)
    assert before == [("A-5", "aurora 32b")]
    for subject in ("arena:text/Night Sky", "claims:the sky model", "import:host/night-sky"):
        link(desk, "add", subject, "northwind/aurora-32b")
    with asking(desk) as query:
        assert {r.model: (r.model_key, r.openness) for r in query.list_ratings("text")}["Night Sky"] == (
            "northwind/aurora-32b",
            Openness.UNRESTRICTED,
        )
        assert {c.model_key for c in query.list_claims()} == {"northwind/aurora-32b"}
        assert {o.model: o.linked_model for o in query.list_offers()}["night-sky"] == "northwind/aurora-32b"
    assert read_gap(desk) == [("A-5", "Night Sky")]
    for subject in ("arena:text/Night Sky", "claims:the sky model", "import:host/night-sky"):
        link(desk, "rm", subject)
    assert read_gap(desk) == before
    with asking(desk) as query:
        assert {c.claim.model: c.model_key for c in query.list_claims()}["the sky model"] is None
        assert {o.model: o.linked_model for o in query.list_offers()}["night-sky"] is None


def test_neither_an_earlier_day_nor_an_earlier_run_knows_a_later_link(desk: Desk) -> None:
    run_id = link(desk, "add", "Night Sky", "northwind/aurora-32b")["meta"]["run_id"]
    for as_of, last_run_id, key in (
        (TODAY - timedelta(days=1), None, None),
        (TODAY + timedelta(days=1), run_id - 1, None),
        (TODAY + timedelta(days=1), run_id, "northwind/aurora-32b"),
    ):
        with asking(desk, as_of, last_run_id) as query:
            found = {r.model: r.model_key for r in query.list_ratings("text")}
        assert found.get("Night Sky") == key


def test_a_withdrawn_link_stays_withdrawn_until_it_is_told_again(desk: Desk) -> None:
    answer = link(desk, "rm", "arena:text/aurora 32b")["data"]
    assert (answer["did"], answer["before"], answer["after"]) == ("forbidden", "northwind/aurora-32b", None)
    assert list_links(desk, "aurora 32b")["arena:text/aurora 32b"]["state"] == "withdrawn"
    assert read_gap(desk) == []
    link(desk, "add", "arena:text/aurora 32b", "northwind/aurora-32b")
    row = list_links(desk, "aurora 32b")["arena:text/aurora 32b"]
    assert (row["state"], row["basis"], row["since"]) == ("stored", "by_hand", TODAY.isoformat())
    assert read_gap(desk) == [("A-5", "aurora 32b")]


def test_a_second_link_by_hand_replaces_the_first(desk: Desk) -> None:
    link(desk, "add", "Night Sky", "northwind/aurora-32b")
    link(desk, "add", "Night Sky", "labs/a-5")
    rows = [
        row for row in link(desk, "list", "night sky")["data"] if row["subject"] == "arena:text/Night Sky"
    ]
    assert {(row["model"], row["state"]) for row in rows} == {
        ("labs/a-5", "stored"),
        ("northwind/aurora-32b", "replaced"),
    }
    answer = link(desk, "rm", "Night Sky", "labs/a-5")["data"]
    assert (answer["after"], answer["after_basis"]) == ("northwind/aurora-32b", "by_hand")
    assert list_links(desk, "night sky")["arena:text/Night Sky"]["state"] == "stored"


def test_taking_a_link_by_hand_back_says_what_the_name_is_linked_with_now(desk: Desk) -> None:
    name, own = "arena:text/aurora 32b", "northwind/aurora-32b"
    before = list_links(desk)
    for model in (own, "labs/a-5"):
        link(desk, "add", name, model)
    for said in (f"{own}, by hand", f"{own}, automatically", "no model"):
        trial = desk.run("link", "rm", name, "--world", "mine", "--dry-run")
        done = desk.run("link", "rm", name, "--world", "mine")
        assert f"it would be linked with {said}" in trial.err
        assert f"it is linked with {said}" in done.err
        if "automatically" in said:
            assert list_links(desk) == before


def test_taking_back_what_is_not_linked_forbids_nothing(desk: Desk) -> None:
    before = list_links(desk)
    done = desk.run("link", "rm", "arena:text/aurora 32b", "labs/a-5", "--world", "mine")
    assert (done.code, done.out) == (0, "arena:text/aurora 32b is not labs/a-5: nothing to do\n")
    assert "it is linked with northwind/aurora-32b, automatically" in done.err
    assert list_links(desk) == before


def test_a_repository_that_was_linked_otherwise_by_hand_is_its_models_again_afterwards(desk: Desk) -> None:
    name = "hub:northwind/Aurora-32B"
    before = list_links(desk)
    link(desk, "add", name, "labs/a-5")
    assert list_links(desk)["import:host/northwind/aurora-32b"]["model"] == "labs/a-5"
    answer = link(desk, "rm", name)["data"]
    assert (answer["after"], answer["after_basis"]) == ("northwind/aurora-32b", "hub_id")
    assert list_links(desk) == before


class Told:
    """What add and rm are to do, written down once more: what stands by hand, and what is forbidden."""

    def __init__(self, automatic: str) -> None:
        self.automatic = automatic
        self.by_hand: list[str] = []
        self.is_forbidden = False

    @property
    def linked(self) -> str | None:
        return self.by_hand[-1] if self.by_hand else None if self.is_forbidden else self.automatic

    def add(self, model: str) -> None:
        self.by_hand = [*(each for each in self.by_hand if each != model), model]

    def rm(self, model: str) -> None:
        if model in self.by_hand:
            self.by_hand.remove(model)
        elif model == self.automatic:
            self.is_forbidden = True


OWN, OTHER = "northwind/aurora-32b", "labs/a-5"
steps = st.lists(st.tuples(st.sampled_from(("add", "rm")), st.sampled_from((OWN, OTHER))), max_size=6)


@pytest.mark.slow
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(("arena:text/aurora 32b", "claims:Aurora-32B", "hub:northwind/Aurora-32B")),
    steps.map(tuple),
)
@example("claims:Aurora-32B", (("add", OWN), ("add", OTHER), ("rm", OTHER), ("rm", OWN), ("rm", OWN)))
@example("arena:text/aurora 32b", (("rm", OWN), ("add", OWN), ("rm", OWN)))
@example("hub:northwind/Aurora-32B", (("add", OTHER), ("add", OWN), ("add", OTHER), ("rm", OTHER)))
def test_any_order_of_add_and_rm_leads_where_the_state_machine_says(
    world: Path, tmp_path: Path, name: str, told: tuple[tuple[str, str], ...]
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    shutil.copyfile(world, tmp_path / "data" / "lunchwatch.db")
    desk, model = Desk(tmp_path), Told(OWN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUNCHWATCH_DATA_FOLDER", str(tmp_path / "data"))
        for verb, key in told:
            before, change = model.linked, add_link if verb == "add" else remove_link
            getattr(model, verb)(key)
            trial = change("mine", name, key, is_trial=True, clock=clock.now)
            done = change("mine", name, key, is_trial=False, clock=clock.now)
            assert (done.before, done.after) == (before, model.linked)
            assert replace(done, run_id=None) == trial
            with asking(desk) as query:
                assert query.knowledge.resolve_supposing(*find_name(query, name), ()).model == model.linked


def test_doing_it_again_changes_nothing(desk: Desk) -> None:
    first = link(desk, "add", "Night Sky", "labs/a-5")
    again = link(desk, "add", "night sky", "LABS/A-5")
    assert (first["data"]["did"], again["data"]["did"], again["meta"]["run_id"]) == (
        "linked",
        "nothing",
        None,
    )
    assert link(desk, "rm", "Night Sky")["data"]["did"] == "withdrawn"
    assert link(desk, "rm", "Night Sky", "labs/a-5")["data"]["did"] == "nothing"


def test_a_dry_run_says_what_would_change_and_writes_nothing(desk: Desk) -> None:
    before = list_links(desk)
    answer = link(desk, "add", "Night Sky", "labs/a-5", "--dry-run")
    assert (answer["data"]["did"], answer["meta"]) == ("linked", {"dry_run": True, "run_id": None})
    link(desk, "rm", "arena:text/A-5", "--dry-run")
    assert list_links(desk) == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("add", "Night Skie", "labs/a-5"), 5, "Night Sky"),
        (("add", "Night Sky", "labs/a-6"), 5, "labs/a-5"),
        (("rm", "Night Sky"), 5, "linked with no model"),
        (("rm", "arena:text/nothing"), 5, "nothing is called"),
        (("add", "", "labs/a-5"), 2, "a name is needed"),
        (("add", "Night Sky", " "), 2, "key is needed"),
        (("rm", "x" * 50_000), 5, f"nothing is called {'x' * 79}…\n"),
    ],
)
def test_what_is_not_there_names_what_is_near(
    desk: Desk, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = desk.run("link", *arguments, "--world", "mine")
    assert done.code == code
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_name_that_means_several_things_is_refused_with_what_it_could_be(desk: Desk) -> None:
    link(desk, "add", "Night Sky", "labs/a-5")
    path = desk.folder / "more.csv"
    path.write_text("board,board_date,model,rating\npainting,2025-03-01,Night Sky,1200\n", encoding="utf-8")
    assert desk.run("import", "ratings", str(path), "--world", "mine").code == 0
    done = desk.run("link", "add", "night sky", "labs/a-5", "--world", "mine")
    assert done.code == 2
    assert "arena:text/Night Sky" in done.err
    assert "board:painting/Night Sky" in done.err


def test_a_bare_name_that_two_sources_have_is_refused_with_both(desk: Desk) -> None:
    path = desk.folder / "claim.csv"
    path.write_text(
        "model,benchmark,score,unit,standing,date,source\n"
        "Night Sky,mmlu,70,percent,third_party,2025-02-01,https://bench.example/mmlu\n",
        encoding="utf-8",
    )
    assert desk.run("import", "claims", str(path), "--world", "mine").code == 0
    before = list_links(desk)
    for arguments in (("add", "Night Sky", "labs/a-5"), ("rm", "night sky", "labs/a-5")):
        done = desk.run("link", *arguments, "--world", "mine")
        assert done.code == 2
        assert "arena:text/Night Sky, claims:Night Sky" in done.err
    assert list_links(desk) == before
    assert link(desk, "add", "claims:Night Sky", "labs/a-5")["data"]["subject"] == "claims:Night Sky"


def test_a_world_nobody_made_is_not_made_by_a_link(desk: Desk) -> None:
    done = desk.run("link", "add", "Night Sky", "labs/a-5", "--world", "other")
    assert done.code == 5
    assert "mine" in done.err


def test_suggest_names_candidates_below_the_threshold_with_a_reason(desk: Desk) -> None:
    path = desk.folder / "near.csv"
    path.write_text(
        "board,board_date,model,rating\ntext,2025-04-01,Aurora 32B Flash,1200\n", encoding="utf-8"
    )
    assert desk.run("import", "ratings", str(path), "--world", "mine").code == 0
    answer = link(desk, "suggest")
    (row,) = [row for row in answer["data"] if row["subject"] == "arena:text/Aurora 32B Flash"]
    assert row["model"] == "northwind/aurora-32b"
    assert row["score"] < answer["meta"]["threshold"]
    assert "flash" in row["reason"]
    link(desk, "add", row["subject"], row["model"])
    assert all(r["subject"] != row["subject"] for r in link(desk, "suggest")["data"])
