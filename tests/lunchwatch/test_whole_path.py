"""From nothing to this week's report, through the installed program, on both databases."""

from __future__ import annotations

import email
import email.policy
import json
import urllib.request
from pathlib import Path

import pytest

from tests.lunchwatch.conftest import Desk, narrow, stop, wait_until
from tests.replica.server import Replica

PRICE = "price.output_usd_per_mtok"
SOURCES = {
    "arena",
    "epoch",
    "feeds",
    "genai-prices",
    "github",
    "github.stars",
    "hub",
    "hub.leaderboards",
    "litellm",
    "models.dev",
    "openrouter",
    "policies",
    "pypistats",
}
RUNS = "select collector, outcome, written, run_id from v_run where basis = 'observed'"


@pytest.mark.slow
def test_a_round_collects_from_every_source_and_the_report_shows_it(desk: Desk, replica: Replica) -> None:
    first = desk.run("run", "--once")
    assert first.code == 0, first.err
    assert "Report" in first.out
    runs = desk.sql(RUNS)
    assert {run[0] for run in runs} == SOURCES
    assert all(outcome == "ok" and int(written) > 0 for _, outcome, written, _ in runs)

    # what the replica answered, what the database holds and what the report shows are the same numbers
    held = {
        (row[0], row[1]): float(row[2])
        for row in desk.sql("select subject, metric, value from v_observation where basis = 'observed'")
    }
    with urllib.request.urlopen(f"{replica.url}/api/models/Qwen/Qwen3-8B") as answer:
        model = json.load(answer)
    assert held["Qwen/Qwen3-8B", "hub.downloads.30d"] == model["downloads"]
    assert held["Qwen/Qwen3-8B", "hub.likes"] == model["likes"]
    with urllib.request.urlopen(f"{replica.url}/api/v3/repos/vllm-project/vllm") as answer:
        assert held["vllm-project/vllm", "github.stars"] == json.load(answer)["stargazers_count"]
    with urllib.request.urlopen(f"{replica.url}/models.dev/api.json") as answer:
        offers = {
            f"{provider}/{name}": offer.get("cost", {})
            for provider, listed in json.load(answer).items()
            for name, offer in listed["models"].items()
        }
    priced = {name: cost for name, cost in offers.items() if (name, PRICE) in held}
    assert priced
    assert all(held[name, PRICE] == pytest.approx(cost["output"]) for name, cost in priced.items())
    titles = {row[0] for row in desk.sql("select title from v_document where source = 'feeds'")}
    with urllib.request.urlopen(f"{replica.url}/feeds/gazette.json") as answer:
        assert {item["title"] for item in json.load(answer)["items"]} <= titles
    shown = json.loads(desk.run("report", "show", "--json").out)
    observed = [s for s in shown["data"]["content"]["sources"] if s["basis"] == "observed"]
    assert {s["key"] for s in observed} == SOURCES
    movers = [m for m in shown["data"]["content"]["movers"] if not m["is_bundled"]]
    assert movers
    page = desk.pages[0].read_text(encoding="utf-8")
    for mover in movers:
        assert mover["value"] == pytest.approx(held[mover["subject"], mover["metric"]], rel=1e-5)
        assert mover["subject"] in page

    second = desk.run("run", "--once")
    assert second.code == 0, second.err
    last = max(int(run[3]) for run in runs)
    again = [run for run in desk.sql(RUNS) if int(run[3]) > last]
    assert {run[0] for run in again} < SOURCES  # what was just read is not read again
    assert {(outcome, written) for _, outcome, written, _ in again} == {("ok", "0")}
    assert len(desk.pages) == 1


@pytest.mark.slow
def test_the_daemon_collects_on_schedule_publishes_once_and_stops_when_asked(
    desk: Desk, replica: Replica
) -> None:
    for reader in ("ana@example.org", "bo@example.org"):
        assert desk.run("subscribers", "add", reader).code == 0
    daemon = desk.start("run", LUNCHWATCH_SCHEDULE__COLLECT_EVERY="3s", LUNCHWATCH_REPORTS__CHARTS="false")

    def rounds() -> int:
        return sum(1 for request in replica.log if request.path == "/models.dev/api.json")

    try:
        assert wait_until(lambda: rounds() >= 2 and len(desk.mail) == 2), (
            desk.folder / "err.txt"
        ).read_text()
        assert wait_until(lambda: rounds() >= 3)
    finally:
        code = stop(daemon)
    assert code == 0, (desk.folder / "err.txt").read_text()
    assert desk.sql("select count(*) from v_issue") == [["1"]]
    assert desk.sql("select state, deliveries from v_delivery") == [["sent", "2"]]
    assert len(desk.mail) == 2
    assert desk.sql("select count(*) from v_run where outcome in ('running', 'crashed')") == [["0"]]
    receivers = {
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["To"] for path in desk.mail
    }
    assert {str(receiver) for receiver in receivers} == {"ana@example.org", "bo@example.org"}
    again = desk.run("digest", "send")
    assert (again.code, len(desk.mail)) == (0, 2)


@pytest.mark.slow
def test_without_a_network_the_first_report_stands_on_the_baseline(tmp_path: Path) -> None:
    from tests.replica.__main__ import make_replica

    with make_replica() as replica:
        settings = narrow(replica)
        replica.go_offline()
        desk = Desk(tmp_path, settings)
        done = desk.run("run", "--once")
    assert done.code == 0, done.err
    assert "Not reached" in done.out
    for source in SOURCES:
        assert source in done.out.partition("Not reached")[2]
    page = desk.pages[0].read_text(encoding="utf-8")
    assert "bundled" in page
    assert "unreachable" in page
    assert "<svg" in page
    assert desk.sql("select count(*) from v_observation where basis = 'observed'") == [["0"]]


@pytest.mark.slow
def test_a_source_that_changed_shape_is_named_and_the_others_go_on(desk: Desk, replica: Replica) -> None:
    replica.fail_next("/models.dev/api.json", 200, body=b'["another shape"]', times=9)
    done = desk.run("collect")
    assert done.code == 0, done.err
    rows = desk.sql("select collector, outcome from v_run where basis = 'observed'")
    runs = {row[0]: row[1] for row in rows}
    assert runs["models.dev"] == "partial"
    assert {runs[name] for name in SOURCES if name != "models.dev"} == {"ok"}
    assert "Traceback" not in done.err + done.out


@pytest.mark.slow
def test_a_collection_that_is_stopped_keeps_what_it_had(desk: Desk, replica: Replica) -> None:
    replica.slow("/models.dev", 12)
    running = desk.start("collect", "openrouter", "models.dev")
    assert wait_until(
        lambda: (
            any(r.path.startswith("/openrouter") and r.status == 200 for r in replica.log)
            and any(r.path.startswith("/models.dev") for r in replica.log)
        )
    )
    code = stop(running, 10)
    assert code == 130
    assert int(desk.sql("select count(*) from v_observation where source = 'openrouter'")[0][0]) > 0
    assert desk.sql("select outcome from v_run where collector = 'models.dev'") == [["interrupted"]]


@pytest.mark.slow
def test_a_killed_collection_loses_nothing_and_the_next_adds_nothing_twice(
    desk: Desk, replica: Replica
) -> None:
    replica.slow("/models.dev/api.json", 12)
    # one worker: the second target begins when the first one is saved
    running = desk.start("collect", "models.dev", LUNCHWATCH_NETWORK__WORKERS="1")
    assert wait_until(lambda: any(r.path == "/models.dev/api.json" for r in replica.log))
    running.kill()
    running.wait()
    kept = int(desk.sql("select count(*) from v_model_fact where basis = 'observed'")[0][0])
    assert kept > 0
    replica.slow("/models.dev/api.json", 0)
    assert desk.run("collect", "models.dev").code == 0
    assert int(desk.sql("select count(*) from v_model_fact where basis = 'observed'")[0][0]) == kept
    written = desk.sql("select written from v_run where collector = 'models.dev' order by run_id")
    assert desk.run("collect", "models.dev").code == 0
    assert desk.sql("select written from v_run where collector = 'models.dev' order by run_id") == [
        *written,
        ["0"],
    ]
