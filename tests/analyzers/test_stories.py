"""One story told by several outlets is one; two stories are never one."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from analyzers.stories import (
    ADDRESS,
    RELEASE,
    RELEASE_WINDOW,
    TITLE,
    TITLE_THRESHOLD,
    TITLE_WINDOW,
    Announcements,
    Outlet,
    Told,
    group_stories,
    title_similarity,
)
from analyzers.weekly.releases import list_releases
from store.records import Basis, Document, Kind, Openness, Provenance, ReleaseKind, StoredDocument, SubjectRef
from tests.analyzers.worlds import AS_OF, NOW, make_model, make_release

PAIRS = Path(__file__).with_name("story_pairs.tsv")
LEAST_PRECISION = 0.9
LEAST_RECALL = 0.7
MODELS = [
    make_model("aurora/aurora-3", AS_OF, Openness.UNRESTRICTED),
    make_model("aurora/aurora-3-mini", AS_OF, Openness.UNRESTRICTED),
]
COUNT = iter(range(10_000))


def document(outlet: str, title: str, url: str | None, published_at: datetime) -> Document:
    subject = SubjectRef("feeds", Kind.DOCUMENT_SOURCE, outlet)
    return Document(subject, f"k{next(COUNT)}", title, url, published_at, "published", "", "h")


def tell(
    outlet: str, title: str, url: str | None = None, *, after: timedelta = timedelta(0), lab: str = ""
) -> Told:
    return Told(document(outlet, title, url, NOW - timedelta(days=20) + after), Outlet(lab))


def read_title(folder: Path, text: str) -> str:
    """A title as it stands, or that of a recorded feed's entry."""
    name, _, ending = text.partition("#")
    if not name.endswith(".xml"):
        return text
    found = []
    for entry in ET.fromstring((folder / name).read_bytes()).iter():  # noqa: S314 - a recording we know
        links = [each.get("href") or each.text or "" for each in entry if each.tag.endswith("link")]
        titles = ["".join(each.itertext()) for each in entry if each.tag.endswith("title")]
        if entry.tag.endswith(("item", "entry")) and any(ending in link for link in links):
            found += titles[:1]
    assert found, text
    return found[0]


def test_titles_are_judged_as_people_judge_them(shared_folder: Path) -> None:
    right = found = wanted = 0
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        label, left, other = line.split("\t")
        is_one = (
            title_similarity(read_title(shared_folder / "data" / "feeds" / "labs", left), other)
            >= TITLE_THRESHOLD
        )
        found, wanted = found + is_one, wanted + (label == "yes")
        right += is_one and label == "yes"
    assert right / found >= LEAST_PRECISION, f"{right} of {found} joined"
    assert right / wanted >= LEAST_RECALL, f"{right} of {wanted}"


def test_one_story_told_by_three_outlets_is_one_with_its_maker_as_primary_source() -> None:
    day = timedelta(days=1)
    told = [
        tell("Letter", "Aurora 3 is here, weights and all", "https://lab.example/a3?utm_source=letter"),
        tell(
            "Gazette",
            "Aurora ships its third model",
            "https://www.google.com/url?q=https://m.lab.example/a3",
            after=day,
        ),
        tell("Aurora", "Introducing Aurora 3", "http://www.lab.example/a3/", after=2 * day, lab="aurora"),
    ]
    (story,) = group_stories(told)
    assert story.primary.outlet == "Aurora"
    assert story.first.outlet == "Letter"
    assert story.told_by == ("Letter", "Gazette")
    assert {join.basis for join in story.joins} == {ADDRESS}
    for _ in range(5):
        random.Random(7).shuffle(told)  # noqa: S311 - any order will do
        assert group_stories(told) == [story]


@pytest.mark.parametrize("url", ["https://lab.example/", "https://lab.example", None])
def test_front_page_joins_nothing(url: str | None) -> None:
    assert len(group_stories([tell("A", "On rivers", url), tell("B", "On mountains", url)])) == 2


def test_page_that_one_outlet_links_from_all_its_entries_joins_nothing() -> None:
    page = "https://lab.example/blog"
    told = [tell("A", "On rivers", page), tell("A", "On lakes", page), tell("B", "On mountains", page)]
    assert len(group_stories(told)) == 3


def test_release_is_one_story_within_its_window() -> None:
    near, far = RELEASE_WINDOW, RELEASE_WINDOW + timedelta(days=1)
    first = tell("Aurora", "Introducing Aurora 3", lab="aurora")
    (story,) = group_stories([first, tell("B", "Lab releases Aurora 3 with a licence", after=near)], MODELS)
    assert (story.model, story.joins[0].basis) == ("aurora/aurora-3", RELEASE)
    assert len(group_stories([first, tell("B", "Lab releases Aurora 3 again", after=far)], MODELS)) == 2


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("Introducing Aurora 3", "aurora/aurora-3"),
        ("Aurora 3", "aurora/aurora-3"),
        ("Aurora-3 发布 2026/11/01", "aurora/aurora-3"),
        ("Introducing Aurora 3 mini", "aurora/aurora-3-mini"),
        ("Introducing Aurora 3.1", None),
        ("Introducing Aurora 3 and Aurora 3 mini", None),
        ("How Aurora 3 changed the way our whole team writes", None),
    ],
)
def test_title_presents_one_model_or_none(title: str, model: str | None) -> None:
    assert Announcements(MODELS).find_model(title) == model


def test_alike_titles_join_within_their_window_and_not_of_one_outlet() -> None:
    title = "Harbour acquires the compiler maker Quay"
    near, far = TITLE_WINDOW, TITLE_WINDOW + timedelta(hours=1)
    (story,) = group_stories(
        [tell("A", title), tell("B", "Harbour acquires compiler maker Quay", after=near)]
    )
    assert story.joins[0].basis == TITLE
    assert len(group_stories([tell("A", title), tell("B", title, after=far)])) == 2
    assert len(group_stories([tell("A", title), tell("A", title)])) == 2


def test_chain_of_small_changes_does_not_join_its_ends() -> None:
    titles = [
        "harbour lends quay forty engineers",
        "harbour lends quay forty engineers for dredging",
        "quay forty engineers for dredging canals north",
    ]
    stories = group_stories([tell(f"Outlet {n}", title) for n, title in enumerate(titles)])
    ends = [{member.document.title for member in story.members} for story in stories]
    assert not any({titles[0], titles[2]} <= end for end in ends)


def test_release_told_by_three_outlets_is_counted_and_listed_once_with_who_told() -> None:
    told = [
        document("Aurora", "Introducing Aurora 3", "https://lab.example/a3", NOW - timedelta(days=1)),
        document(
            "Letter", "Aurora 3 is here", "https://lab.example/a3?utm_source=x", NOW - timedelta(hours=20)
        ),
        document("Gazette", "Aurora 3 released", "https://gazette.example/1", NOW - timedelta(hours=9)),
        document("Copies", "Introducing Aurora 3", "https://lab.example/a3", NOW - timedelta(days=2)),
    ]
    provenance = Provenance("feeds", Basis.OBSERVED, 1)
    found = list_releases(
        MODELS[:1],
        [make_release("Someone", ReleaseKind.ANNOUNCEMENT, AS_OF)],
        AS_OF,
        model_evidence=(),
        release_evidence=(),
        documents=[StoredDocument(each, provenance) for each in told],
        outlets={"Aurora": Outlet("aurora"), "Copies": Outlet("aurora", is_official=False)},
    )
    (line,) = found.lines
    assert line.told_by == ("Aurora", "Copies", "Letter", "Gazette")  # a copy of the lab's pages is not it
    assert line.url == "https://lab.example/a3"
    assert found.seen == 2


def test_declared_words_of_the_rule_stand_in_its_documentation() -> None:
    import analyzers.stories as rule

    assert re.search(r"`address`.*`release`.*`title`", rule.__doc__ or "", re.DOTALL)
