"""Scores in what entries say. The sentences were labelled by hand; nothing may be read that is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.feeds import CatalogueNames, parse_feed
from collectors.feeds.claims import QUOTE_LENGTH, ClaimReader
from lunchwatch.feed_lists import make_names
from store.catalogue import load_catalogue
from store.records import Claim, Document, Kind, Standing, SubjectRef
from tests.collectors.stand import NOW

SENTENCES = Path(__file__).with_name("claim_sentences.tsv")
LABS = {
    "feed_anthropic_news.xml": "anthropic",
    "feed_google_ai.xml": "google",
    "feed_mistral.xml": "mistral",
    "feed_ollama.xml": "",
    "feed_openai_research.xml": "openai",
    "feed_xainews.xml": "xai",
    "deepseek_news.xml": "deepseek",
    "meta_ai_news.xml": "meta",
    "moonshot_blog.xml": "moonshotai",
}
LEAST_RECALL = 0.8
ENTRY = Document(
    SubjectRef("feeds", Kind.DOCUMENT_SOURCE, "Lab"),
    "key",
    "News",
    "https://lab.example/news",
    datetime(2026, 11, 20, 9, tzinfo=UTC),
    "published",
    "",
    "hash",
)


def made_up_names() -> CatalogueNames:
    catalogue = load_catalogue()
    benchmarks = dict(catalogue.spellings.benchmarks)
    units = {key: each.unit for key, each in catalogue.benchmarks.items()}
    models = {
        "aurora/aurora-3": ("aurora", ["Aurora 3"]),
        "meridian/meridian-5.1": ("meridian", ["Meridian 5.1"]),
    }
    return CatalogueNames(models, benchmarks, units, {"aurora": "aurora"})


NAMES = made_up_names()
READER = ClaimReader(NAMES, "aurora")


def read(text: str, *, title: str = "News", markup: str = "") -> list[Claim]:
    return READER.read(replace(ENTRY, title=title), text, markup)


def list_sentences() -> list[tuple[set[str], str]]:
    lines = [line for line in SENTENCES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    pairs = [line.split("\t") for line in lines]
    return [(set() if label == "-" else set(label.split(";")), sentence) for label, sentence in pairs]


def test_nothing_is_read_that_a_sentence_does_not_claim_and_most_that_it_does() -> None:
    wanted = found = right = 0
    for label, sentence in list_sentences():
        claims = {f"{c.model.split('/')[1]} {c.benchmark} {c.score:g}" for c in read(sentence)}
        assert claims <= label, sentence
        wanted, found, right = wanted + len(label), found + len(claims), right + len(claims & label)
    assert right == found
    assert right / wanted >= LEAST_RECALL, f"{right} of {wanted}"


def test_real_feeds_of_labs_hold_one_claim_and_nothing_else_is_read(real_data: Path) -> None:
    names = make_names(load_catalogue())
    claims: list[Claim] = []
    for name, lab in LABS.items():
        body = (real_data / "feeds" / "labs" / name).read_bytes()
        reader = ClaimReader(names, lab)
        parsed = parse_feed(body, "", "https://x.example/", name, NOW, reader=reader, most_entries=1_000)
        claims += [claim for each in parsed.claims.values() for claim in each]
    (claim,) = claims
    assert (claim.model, claim.benchmark, claim.score) == ("Mistral Small 3", "mmlu", 81.0)
    assert claim.standing is Standing.SELF_REPORTED


def test_claim_carries_its_sentence_address_day_settings_and_standing() -> None:
    text = "Preface.\nAurora 3 reaches 30.4% on Humanity’s Last Exam without tools, ahead of others. The end."
    (claim,) = read(text)
    assert claim.quote == "Aurora 3 reaches 30.4% on Humanity’s Last Exam without tools, ahead of others."
    assert (claim.source_url, claim.claimed_on) == (ENTRY.url, ENTRY.published_at.date())
    assert (claim.settings, claim.unit, claim.standing) == (
        "without tools",
        "percent",
        Standing.SELF_REPORTED,
    )
    (other,) = read("Meridian 5.1 scores 80.1% on GPQA Diamond.")
    assert other.standing is Standing.THIRD_PARTY
    assert ClaimReader(NAMES).read(ENTRY, text, "")[0].standing is Standing.THIRD_PARTY


def test_quote_is_cut_and_undated_entry_makes_an_undated_claim() -> None:
    text = "Aurora 3 scores 84.2% on GPQA Diamond, than which " + "little " * 90
    claims = READER.read(replace(ENTRY, published_basis="first_seen"), text, "")
    assert len(claims[0].quote) <= QUOTE_LENGTH
    assert claims[0].claimed_on is None
    assert claims[0].known_at is None


def test_settings_stand_with_the_pair_they_are_said_of() -> None:
    claims = read("Without tools, Aurora 3 gets 30% on HLE and 92% on HumanEval (pass@1).")
    assert {(c.benchmark, c.metric, c.settings) for c in claims} == {
        ("humanitys-last-exam", "", "without tools"),
        ("humaneval", "pass@1", "without tools"),
    }


def test_version_behind_a_benchmark_is_kept_apart() -> None:
    (claim,) = read("Aurora 3 scores 65.9% on LiveCodeBench v6.")
    assert (claim.benchmark, claim.version) == ("livecodebench", "6")


def test_title_names_the_model_of_a_list() -> None:
    text = "MMLU-Pro: 81.3\nGPQA Diamond: 84.2%\nIt runs on a phone."
    assert {(c.model, c.benchmark, c.score) for c in read(text, title="Introducing Aurora 3")} == {
        ("aurora/aurora-3", "mmlu-pro", 81.3),
        ("aurora/aurora-3", "gpqa-diamond", 84.2),
    }
    assert read(text, title="Aurora 3 and Meridian 5.1") == []
    assert read(text, title="News") == []
    assert read("Halcyon 9: MMLU-Pro: 81.3", title="Introducing Aurora 3") == []


def test_new_model_of_the_feeds_own_lab_is_known_by_its_line() -> None:
    (claim,) = read("81% MMLU", title="Introducing Aurora 4")
    assert (claim.model, claim.standing) == ("Aurora 4", Standing.SELF_REPORTED)
    assert (
        ClaimReader(NAMES, "meridian").read(replace(ENTRY, title="Introducing Aurora 4"), "81% MMLU", "")
        == []
    )


def table(*rows: tuple[str, ...]) -> str:
    cells = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table>{''.join(cells)}</table>"


def read_table(*rows: tuple[str, ...]) -> set[tuple[str, str, float]]:
    text = "\n".join(" ".join(row) for row in rows)
    return {
        (c.model, c.benchmark, c.score)
        for c in read("", markup=table(*rows), title=f"About MMLU {text[:0]}1")
    }


def test_table_is_read_either_way_round() -> None:
    expected = {("aurora/aurora-3", "mmlu-pro", 81.3), ("meridian/meridian-5.1", "mmlu-pro", 79.0)}
    assert read_table(("Benchmark", "Aurora 3", "Meridian 5.1"), ("MMLU-Pro", "81.3", "79.0%")) == expected
    assert read_table(("Model", "MMLU-Pro"), ("Aurora 3", "81.3%"), ("Meridian 5.1", "79")) == expected


@pytest.mark.parametrize(
    "rows",
    [
        (("Benchmark", "Aurora 3"), ("MMLU-Pro", "+2.1")),
        (("Benchmark", "Aurora 3"), ("MMLU-Pro", "81.3 / 84.0")),
        (("Benchmark", "Aurora 3"), ("MMLU-Pro", "–")),
        (("Benchmark", "Aurora 3"), ("MMLU-Pro", "0.81")),
        (("Benchmark", "Aurora 3"), ("MMLU-Pro rank", "3")),
        (("Benchmark", "Aurora 3"), ("Price", "81.3")),
        (("Benchmark", "Aurora 3 mini"), ("MMLU-Pro", "81.3")),
        (("Benchmark", "Halcyon 9"), ("MMLU-Pro", "81.3")),
        (("Benchmark", "Aurora 3", "Meridian 5.1"), ("MMLU-Pro", "81.3")),
    ],
)
def test_cell_that_needs_a_guess_is_not_read(rows: tuple[tuple[str, ...], ...]) -> None:
    assert read_table(*rows) == set()


def test_two_scores_for_one_thing_are_none() -> None:
    assert read("Aurora 3 scores 81% on MMLU.\nAurora 3 scores 83% on MMLU.") == []


def test_entry_without_an_address_claims_nothing() -> None:
    assert READER.read(replace(ENTRY, url=None), "Aurora 3 scores 81% on MMLU.", "") == []
