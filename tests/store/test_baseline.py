"""The bundled history: complete, declared, dated, and equal to the tables it restates."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeAlias

import pytest

from store.baseline import Bundle, list_bundles, load_bundles
from store.baseline.components import CODES, FIRST_LOAD, parse_listing
from store.baseline.notation import Line, parse_date, parse_days, parse_events, parse_values, read_lines
from store.catalogue import Catalogue, load_catalogue
from store.framework import Component, Listing, assess, parse_facts
from store.records import (
    Claim,
    Document,
    Fact,
    Figure,
    Kind,
    Link,
    ModelFact,
    ModelRecord,
    Observation,
    Openness,
    Precision,
    Standing,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "baseline"
ROOT = Path(__file__).resolve().parents[2]

Row: TypeAlias = Mapping[str, str]

ACCESSIBILITY = {
    "": Openness.UNKNOWN,
    "Open weights (unrestricted)": Openness.UNRESTRICTED,
    "Open weights (restricted use)": Openness.RESTRICTED,
    "Open weights (non-commercial)": Openness.NONCOMMERCIAL,
    "API access": Openness.API,
    "Hosted access (no API)": Openness.HOSTED,
    "Unreleased": Openness.UNRELEASED,
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def bundles(catalogue: Catalogue) -> dict[str, Bundle]:
    return {bundle.name: bundle for bundle in load_bundles(catalogue)}


def table(name: str) -> list[Row]:
    if not SHARED.is_dir():
        pytest.skip(f"the tables to compare with are not beside this checkout ({SHARED.name}/ is absent)")
    with (SHARED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def observed(bundle: Bundle, metric: str) -> dict[tuple[str, date], float]:
    values: dict[tuple[str, date], float] = {}
    for record in bundle.records:
        if isinstance(record, Observation) and record.metric == metric:
            assert values.setdefault((record.subject.name, record.day), record.value) == record.value
    return values


def facts(bundle: Bundle, attribute: str) -> dict[str, list[tuple[date, str]]]:
    values: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for record in bundle.records:
        if isinstance(record, Fact) and record.attribute == attribute:
            values[record.subject.name].append((record.valid_from, record.value))
    return values


def day(text: str) -> date:
    return date.fromisoformat(text)


# --------------------------------------------------------------------------- notation


def test_days_and_values_are_differences() -> None:
    assert parse_days("2024-02-28 2 365") == [date(2024, 2, 28), date(2024, 3, 1), date(2025, 3, 1)]
    assert parse_values("10 -2 - 0.5", 4) == [10, 8, None, 8.5]
    assert parse_values("-", 3) == [None, None, None]


def test_series_of_unequal_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 days but 2 values"):
        parse_values("1 2", 3)


def test_events_carry_their_day() -> None:
    assert list(parse_events("2025-06-04", "+3/15c 12=2.5/10 0x")) == [
        (date(2025, 6, 4), "+", "3/15c"),
        (date(2025, 6, 16), "=", "2.5/10"),
        (date(2025, 6, 16), "x", ""),
    ]
    with pytest.raises(ValueError, match="not an event"):
        list(parse_events("2025-06-04", "12"))


def test_month_is_its_first_day_with_precision_month() -> None:
    assert parse_date("2025-04") == (date(2025, 4, 1), Precision.MONTH)
    assert parse_date("2025-04-28") == (date(2025, 4, 28), Precision.DAY)


# --------------------------------------------------------------------------- every bundle


def moments(bundle: Bundle) -> Iterator[tuple[date | None, datetime | None]]:
    for record in bundle.records:
        match record:
            case Observation():
                yield record.day, record.known_at
            case Fact() | ModelFact():
                yield record.valid_from, record.known_at
            case Document():
                yield record.published_at.date(), record.known_at
            case Figure():
                yield record.as_of, record.known_at
            case Claim():
                yield record.claimed_on or bundle.through, record.known_at
            case _:
                yield None, None


def test_every_row_is_known_at_midnight_of_its_day(bundles: dict[str, Bundle]) -> None:
    for bundle in bundles.values():
        for about, known_at in moments(bundle):
            if about is not None:
                assert known_at == datetime.combine(about, time.min, tzinfo=UTC), bundle.name
                assert about <= bundle.through, bundle.name


@pytest.mark.parametrize("name", ["hub_downloads", "github_stars", "prices", "ratings", "policies"])
def test_series_go_through_the_stated_day(bundles: dict[str, Bundle], name: str) -> None:
    bundle = bundles[name]
    assert max(r.day for r in bundle.records if isinstance(r, Observation)) <= bundle.through
    assert max(about for about, _ in moments(bundle) if about is not None) == bundle.through


def test_every_metric_is_declared(catalogue: Catalogue, bundles: dict[str, Bundle]) -> None:
    used = {r.metric for b in bundles.values() for r in b.records if isinstance(r, Observation)}
    assert used
    assert used <= set(catalogue.metrics)


def test_every_source_and_licence_agrees_with_catalogue_and_notice(catalogue: Catalogue) -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for described in list_bundles():
        source = catalogue.sources[described.data_source]
        assert described.licence == source.licence, described.name
        assert source.name in notice
        assert source.url in notice
        assert source.licence in notice
        assert source.changes, described.name


def test_every_data_file_is_described_and_every_described_file_is_there() -> None:
    shipped = {path.name for path in (ROOT / "store" / "baseline").iterdir() if path.suffix == ".tsv"}
    assert {described.file_name for described in list_bundles()} == shipped


def test_identity_of_observations_and_facts_is_unique(bundles: dict[str, Bundle]) -> None:
    for bundle in bundles.values():
        seen: Counter[tuple[str, ...]] = Counter()
        for r in bundle.records:
            match r:
                case Observation():
                    seen["observation", r.subject.name, r.metric, str(r.day)] += 1
                case Fact():
                    seen["fact", r.subject.name, r.attribute, str(r.valid_from)] += 1
                case ModelFact():
                    seen["model fact", r.model, r.attribute, str(r.valid_from)] += 1
                case Document():
                    seen["document", r.subject.name, r.key] += 1
                case Claim():
                    identity = (r.model, r.benchmark, r.version, r.metric, r.source_url, r.settings)
                    seen["claim", *identity] += 1
                case Figure():
                    seen["figure", r.measure, str(r.as_of), r.source] += 1
                case ModelRecord():
                    seen["model", r.key] += 1
                case Link():
                    seen["link", r.subject.source, r.subject.name] += 1
                case _:
                    pytest.fail(f"{bundle.name} holds {r}")
        assert [identity for identity, count in seen.items() if count > 1] == [], bundle.name


def test_a_hub_repository_is_linked_to_one_model_only(
    catalogue: Catalogue, bundles: dict[str, Bundle]
) -> None:
    links: dict[str, set[str]] = defaultdict(set)
    told = [*catalogue.records(), *bundles["models"].records, *bundles["components"].records]
    for record in told:
        if isinstance(record, Link):
            links[record.subject.name].add(record.model)
    assert {name: models for name, models in links.items() if len(models) > 1} == {}


def test_links_of_bundles_lead_to_models_that_exist(catalogue: Catalogue, bundles: dict[str, Bundle]) -> None:
    keys = {model.key for model in catalogue.models}
    for name in ("models", "components"):
        keys |= {r.key for r in bundles[name].records if isinstance(r, ModelRecord)}
    linked = {r.model for b in bundles.values() for r in b.records if isinstance(r, Link)}
    assert linked <= keys


def test_models_of_bundle_and_catalogue_do_not_contradict(
    catalogue: Catalogue, bundles: dict[str, Bundle]
) -> None:
    said = {(r.model, r.attribute) for r in catalogue.records() if isinstance(r, ModelFact)}
    for name in ("models", "components"):
        again = {(r.model, r.attribute) for r in bundles[name].records if isinstance(r, ModelFact)}
        assert said & again == set()
        said |= again


def test_capability_levels_can_be_priced_on_both_sides(bundles: dict[str, Bundle]) -> None:
    scored = {r.model for r in bundles["capability_index"].records if isinstance(r, Link)}
    offered = {r.model for r in bundles["prices"].records if isinstance(r, Link)}
    both = scored & offered
    assert {"openai/gpt-5.2", "anthropic/claude-opus-4-6", "deepseek/deepseek-v3.2", "zhipuai/glm-5"} <= both


# --------------------------------------------------------------------------- row by row


def test_hub_downloads_equal_the_table(bundles: dict[str, Bundle]) -> None:
    """Left out: exact repeats of the value before (stale copies) and values that were not fetched."""
    downloads: dict[tuple[str, date], float] = {}
    likes: dict[tuple[str, date], float] = {}
    parameters: dict[str, list[tuple[date, str]]] = defaultdict(list)
    last: dict[str, str] = {}
    for row in table("hub_downloads"):
        name, at = row["hub_id"], day(row["date"])
        known = [value for _, value in parameters[name]]
        if known[-1:] != [row["parameters"]]:
            parameters[name].append((at, row["parameters"]))
        if last.get(name) == row["downloads_30d"]:
            continue
        last[name] = row["downloads_30d"]
        downloads[name, at] = float(row["downloads_30d"])
        if row["likes"]:
            likes[name, at] = float(row["likes"])
        assert row["licence"] == ""
    bundle = bundles["hub_downloads"]
    assert observed(bundle, "hub.downloads.30d") == downloads
    assert observed(bundle, "hub.likes") == likes
    assert facts(bundle, "parameters") == parameters


def test_github_stars_equal_the_table(catalogue: Catalogue, bundles: dict[str, Bundle]) -> None:
    columns = {"github.stars": "stars", "github.forks": "forks", "github.open_issues": "open_issues"}
    rows = table("github_stars")
    for metric, column in columns.items():
        expected = {
            (catalogue.current_repository_name(row["repo"]), day(row["date"])): float(row[column])
            for row in rows
        }
        assert len(expected) == len(rows)
        assert observed(bundles["github_stars"], metric) == expected


def test_prices_equal_the_table(bundles: dict[str, Bundle]) -> None:
    """Left out: all but the last price of a day, two prices per token in a per-million field, and
    removals that only respell a name."""
    prices: dict[str, dict[tuple[str, date], float]] = {"input": {}, "output": {}, "cache_read": {}}
    listed: dict[str, list[tuple[date, bool]]] = defaultdict(list)
    weights: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in table("prices"):
        plain = row["model"].replace("%2F", "/").strip()
        name, at = f"{row['provider']}/{plain}", day(row["at"])
        if row["event"] == "removed":
            if plain == row["model"]:
                listed[name].append((at, True))
            continue
        if 0 < float(row["input_usd_per_mtok"]) < 1e-5:
            assert (row["provider"], row["at"]) == ("openrouter", "2026-03-20")
            continue
        if row["event"] == "added" or listed[name]:
            listed[name].append((at, False))
        for which, values in prices.items():
            values.pop((name, at), None)
            if row[f"{which}_usd_per_mtok"]:
                values[name, at] = float(row[f"{which}_usd_per_mtok"])
        if row["open_weights"]:
            stated = "true" if row["open_weights"] == "True" else "false"
            if [value for _, value in weights[name]][-1:] != [stated]:
                weights[name].append((at, stated))
    bundle = bundles["prices"]
    for which, values in prices.items():
        assert observed(bundle, f"price.{which}_usd_per_mtok") == values
    assert facts(bundle, "open_weights") == {name: said for name, said in weights.items() if said}
    withdrawn = facts(bundle, "withdrawn")
    for name, events in listed.items():
        of_day = dict(events)  # the last word of each day
        changes = list(of_day.items())
        kept = [e for n, e in enumerate(changes) if n == 0 or changes[n - 1][1] != e[1]]
        assert withdrawn.get(name, []) == [(at, "true" if gone else "false") for at, gone in kept], name


def test_ratings_equal_the_table(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["ratings"]
    rows = table("ratings")
    expected: dict[str, dict[tuple[str, date], float]] = defaultdict(dict)
    licences, organisations = {}, {}
    for row in rows:
        key = f"{row['board']}/{row['model']}", day(row["board_date"])
        plus, minus = row["ci95"].split("/")
        rating = float(row["rating"])
        expected["arena.text.rating"][key] = rating
        expected["arena.text.rating_ci_low"][key] = rating + float(minus)
        expected["arena.text.rating_ci_high"][key] = rating + float(plus)
        expected["arena.text.votes"][key] = float(row["votes"])
        organisations[key[0]] = row["organisation"]
        if row["licence"]:
            licences[key[0]] = row["licence"]
    for metric, values in expected.items():
        assert len(values) == len(rows)
        assert observed(bundle, metric) == values
    assert {name: said[0][1] for name, said in facts(bundle, "licence").items()} == licences
    assert {name: said[0][1] for name, said in facts(bundle, "organisation").items()} == organisations


def test_capability_index_equals_the_table(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["capability_index"]
    rows = {f"eci/{row['model_version'].strip()}": row for row in table("capability_index")}
    published = date(2026, 4, 10)
    assert observed(bundle, "epoch.eci") == {
        (name, published): float(row["eci"]) for name, row in rows.items()
    }
    for attribute, column in (("organisation", "organization"), ("country", "country")):
        said = {name: values[0][1] for name, values in facts(bundle, attribute).items()}
        assert said == {name: row[column] for name, row in rows.items()}
    released = {name: values[0][1] for name, values in facts(bundle, "released_on").items()}
    assert released == {name: row["release_date"] for name, row in rows.items() if row["release_date"]}
    openness = {name: values[0][1] for name, values in facts(bundle, "openness").items()}
    assert openness == {name: ACCESSIBILITY[row["accessibility"]].value for name, row in rows.items()}
    basis = {name: values[0][1] for name, values in facts(bundle, "openness_basis").items()}
    assert basis == {name: row["accessibility_basis"] for name, row in rows.items()}


def test_training_compute_equals_the_table(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["training_compute"]
    rows = {f"compute/{row['model'].strip()}": row for row in table("training_compute")}
    assert len(rows) == 140
    for attribute, column in (
        ("organisation", "organisation"),
        ("hardware", "hardware"),
        ("confidence", "confidence"),
    ):
        expected = {
            name: [(day(row["published_on"]), row[column])] for name, row in rows.items() if row[column]
        }
        assert facts(bundle, attribute) == expected
    for attribute in ("training_flop", "parameters", "hardware_quantity"):
        numbers = {name: float(values[0][1]) for name, values in facts(bundle, attribute).items()}
        assert numbers == {name: float(row[attribute]) for name, row in rows.items() if row[attribute]}
    openness = {name: values[0][1] for name, values in facts(bundle, "openness").items()}
    assert openness == {name: ACCESSIBILITY[row["accessibility"]].value for name, row in rows.items()}


def test_models_equal_the_table(catalogue: Catalogue, bundles: dict[str, Bundle]) -> None:
    """Left out: what the catalogue checked by hand, a context of 0, and Hub links of moving names."""
    bundle, rows = bundles["models"], {row["model"].lower(): row for row in table("models")}
    records = {r.key: r for r in bundle.records if isinstance(r, ModelRecord)}
    assert records.keys() == rows.keys()
    said: dict[tuple[str, str], str] = {}
    for r in bundle.records:
        if isinstance(r, ModelFact):
            said[r.model, r.attribute] = r.value
            about = rows[r.model]["released_on"]
            assert r.precision is (Precision.MONTH if len(about) == 7 else Precision.DAY)
            assert r.valid_from.isoformat().startswith(about)
    links = {r.subject.name for r in [*bundle.records, *catalogue.records()] if isinstance(r, Link)}
    for key, row in rows.items():
        assert records[key].lab == row["lab"]
        assert said[key, "open_weights"] == ("true" if row["open_weights"] == "1" else "false")
        assert said.get((key, "context_tokens"), "0") == (row["context_tokens"] or "0")
        if row["hub_id"]:
            assert row["hub_id"] in links
        if not catalogue.knows_model(key):
            assert (records[key].name, records[key].family or "") == (row["name"], row["family"])
            assert said[key, "released_on"].startswith(row["released_on"])
            assert said.get((key, "licence"), "") == row["licence"]


# --------------------------------------------------------------------------- components

UNREAD = {"DeepSeek-V3-test", "Llama-3-8B-Instruct"}
"""A test entry, and a second entry of one model and day."""
THREE_LICENCES = {"weights_license": "fp", "training_code_license": "tr", "datasets_license": "ds"}


def listings() -> dict[str, tuple[Line, Listing]]:
    lines = list(read_lines("components.tsv"))
    assert len({line.columns[0] for line in lines}) == len(lines)
    return {line.columns[0]: (line, parse_listing(line)) for line in lines}


def test_components_equal_the_table(shared_folder: Path) -> None:
    with (shared_folder / "data/openness/mot_models.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["file"].removeprefix("models/").removesuffix(".yml"): row for row in csv.DictReader(file)}
    assert rows.keys() >= UNREAD
    found = listings()
    assert found.keys() == rows.keys() - UNREAD
    for stem, (line, listing) in found.items():
        row = rows[stem]
        if row["producer"]:
            assert line.group == (row["producer"],)
        assert (line.columns[3], line.columns[4]) == (row["date"], row["n_components"])
        hub_name = line.text(2)
        assert hub_name is None or hub_name in row["huggingface"]
        said = {kind: given["name"].strip() for kind, given in json.loads(row["license"]).items()}
        assert listing.by_kind == {kind: name for kind, name in said.items() if name}
        for column, code in THREE_LICENCES.items():
            assert (listing.own.get(CODES[code]) or "") == row[column].strip(), (stem, column)


def test_components_are_codes_that_stand_for_all_seventeen() -> None:
    assert set(CODES.values()) == set(Component)
    assert len(CODES) == 17
    named = [listing for _, listing in listings().values() if not listing.unnamed]
    assert len(named) == 47


def test_the_class_at_load_time_is_the_one_the_facts_in_force_give(
    catalogue: Catalogue, bundles: dict[str, Bundle]
) -> None:
    told = [r for r in bundles["components"].records if isinstance(r, ModelFact)]
    classes: Counter[str | None] = Counter()
    for model in {r.model for r in told}:
        facts = {r.attribute: r.value for r in sorted(told, key=lambda r: r.valid_from) if r.model == model}
        listing = parse_facts(facts)
        assert listing is not None
        found = assess(listing, catalogue.classify_licence).fact
        assert found == facts.get("mof_class"), model
        classes[found] += 1
    assert classes == {"1": 13, "2": 1, "3": 13, None: 12, "none": 231}


def test_known_classes_are_found_under_the_keys_of_the_catalogue(bundles: dict[str, Bundle]) -> None:
    told = {
        r.model: r.value
        for r in bundles["components"].records
        if isinstance(r, ModelFact) and r.attribute == "mof_class"
    }
    assert told["allenai/olmo-7b"] == "1"
    assert told["eleutherai/pythia-12b"] == "1"
    assert told["eleutherai/polyglot-ko"] == "2"  # no intermediate parameters
    assert told["eleutherai/gpt-neox-20b"] == "3"  # no evaluation data
    assert told["openai/gpt-oss-120b"] == "none"  # no data card
    assert told["meta/llama-3.1-8b-instruct"] == "none"  # the licence limits use
    assert "llm360/amber" not in told  # sixteen components listed, most not known by name


def test_no_entry_counts_before_the_first_load(bundles: dict[str, Bundle]) -> None:
    days = {r.valid_from for r in bundles["components"].records if isinstance(r, ModelFact)}
    assert min(days) == FIRST_LOAD
    assert min(line.columns[3] for line, _ in listings().values()) < FIRST_LOAD.isoformat()


def test_claims_equal_the_table(catalogue: Catalogue, bundles: dict[str, Bundle]) -> None:
    def expected(row: Row) -> tuple[str, ...]:
        name = catalogue.find_benchmark(row["benchmark"])
        assert name is not None, row["benchmark"]
        version = name.version or row["version"]
        score = str(float(row["score"]))
        return row["model"], name.benchmark, version, row["metric"], score, row["date"], row["source"]

    rows = Counter(expected(row) for row in table("claims"))
    claims = [record for record in bundles["claims"].records if isinstance(record, Claim)]
    assert rows == Counter(
        (c.model, c.benchmark, c.version, c.metric, str(c.score), str(c.claimed_on or ""), c.source_url)
        for c in claims
    )
    assert {c.unit for c in claims} == {"percent"}
    standings = Counter(c.standing for c in claims)
    assert set(standings) == {Standing.SELF_REPORTED, Standing.THIRD_PARTY}


def test_figures_equal_the_tables_without_their_overlap(bundles: dict[str, Bundle]) -> None:
    figures = {
        (f.measure, f.as_of.isoformat() if f.precision is Precision.DAY else f"{f.as_of:%Y-%m}", f.value): f
        for f in bundles["figures"].records
        if isinstance(f, Figure)
    }
    missing = 0
    for row in table("published_figures"):
        figure = figures.pop((row["measure"], row["as_of"], float(row["value"])))
        assert (figure.unit, figure.source, figure.sponsor_interest, figure.notes) == (
            row["unit"],
            row["source"],
            row["sponsor_interest"],
            row["notes"],
        )
    for row in table("build_or_buy"):
        found = figures.pop((f"{row['case']}: {row['measure']}", row["as_of"], float(row["value"])), None)
        if found is None:
            assert row["measure"] == "cost of the day"  # stands among the published figures
            missing += 1
            continue
        assert (found.unit, found.source, found.notes) == (row["unit"], row["source"], row["notes"])
    for row in table("gpu_prices"):
        found = figures.pop((f"{row['gpu']} {row['kind']}", row["as_of"], float(row["usd_per_hour"])), None)
        if found is None:
            assert row["kind"] == "one-year contract"  # stands among the published figures
            missing += 1
            continue
        assert found.unit == "USD per hour"
        assert found.source == row["source"].removesuffix(" (secondary quotation)")
        assert found.notes.endswith(row["notes"])
    assert missing == 4
    assert figures == {}


def test_policy_versions_equal_the_table(bundles: dict[str, Bundle]) -> None:
    rows: Counter[tuple[str, ...]] = Counter()
    added: Counter[tuple[str, date]] = Counter()
    removed: Counter[tuple[str, date]] = Counter()
    for row in table("policy_changes"):
        name, at = f"{row['service']}/{row['document']}", day(row["recorded_at"])
        sentence = f"{row['document']}: {row['lines_added']} lines added, {row['lines_removed']} removed"
        rows[name, str(at), sentence, row["kind"]] += 1
        if row["kind"] == "change":
            added[name, at] += int(row["lines_added"])
            removed[name, at] += int(row["lines_removed"])
    bundle = bundles["policies"]
    assert rows == Counter(
        (r.subject.name, str(r.published_at.date()), r.title, r.text)
        for r in bundle.records
        if isinstance(r, Document)
    )
    assert observed(bundle, "policy.lines_added") == dict(added)
    assert observed(bundle, "policy.lines_removed") == dict(removed)


def test_subjects_are_of_the_kind_their_source_has(bundles: dict[str, Bundle]) -> None:
    kinds = {
        "hub": Kind.HUB_MODEL,
        "github": Kind.GITHUB_REPO,
        "models.dev": Kind.OFFER,
        "arena": Kind.BOARD_ENTRY,
        "epoch": Kind.BOARD_ENTRY,
        "policies": Kind.DOCUMENT_SOURCE,
    }
    seen = {
        (r.subject.source, r.subject.kind)
        for bundle in bundles.values()
        for r in bundle.records
        if isinstance(r, Observation | Fact | Document | Link)
    }
    assert seen == set(kinds.items())
