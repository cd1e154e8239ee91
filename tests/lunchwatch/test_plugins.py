"""A source of somebody's own: the documented example as people install it, and what is wrong with others."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.collectors.plugin_example_cases import IMAGES, DockerHubSite
from tests.lunchwatch.conftest import PROGRAM, Desk, Done, narrow
from tests.replica.server import Replica

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "plugin_example"
WATCHED = {
    f"LUNCHWATCH_{name}__ENABLED": "false" for name in ("HUB", "GITHUB", "MODELS_DEV", "EPOCH", "ARENA")
}
UNCOUNTED = {
    f"LUNCHWATCH_{name}__ENABLED": "false"
    for name in ("OPENROUTER", "LITELLM", "GENAI_PRICES", "PYPISTATS", "POLICIES")
}


@dataclass
class PluginDesk:
    """A desk with plug-ins installed beside Lunchwatch: a folder on the path with their metadata."""

    desk: Desk
    replica: Replica
    site: DockerHubSite
    settings: dict[str, dict[str, object]] = field(default_factory=dict)

    @property
    def packages(self) -> Path:
        return self.desk.folder / "packages"

    def install(self, name: str, value: str, *, code: str = "", distribution: str | None = None) -> None:
        """Make an entry point visible as an installer would: a module and a .dist-info folder."""
        metadata = self.packages / f"{distribution or name.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution or name}\nVersion: 1.0\n"
        )
        (metadata / "entry_points.txt").write_text(f"[lunchwatch.collectors]\n{name} = {value}\n")
        if code:
            (self.packages / f"{value.partition(':')[0]}.py").write_text(code)

    def run(self, *arguments: str) -> Done:
        """Run the program by itself: forks of the warm one have another path."""
        environment = {
            **self.desk.environment,
            "PYTHONPATH": str(self.packages),
            "LUNCHWATCH_PLUGINS": json.dumps(self.settings),
        }
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=environment,
            cwd=self.desk.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def plugin_desk(tmp_path: Path, replica: Replica, sqlite_url: str) -> PluginDesk:
    """Nothing is collected but feeds and what is installed."""
    site = DockerHubSite()
    replica.sites.insert(0, site)
    settings = {**narrow(replica), **WATCHED, **UNCOUNTED, "LUNCHWATCH_DATABASE_URL": sqlite_url}
    return PluginDesk(Desk(tmp_path, settings), replica, site)


def install_example(plugin_desk: PluginDesk) -> None:
    (code,) = documented("python")
    plugin_desk.install("docker-pulls", "docker_pulls:make", code=code)
    plugin_desk.settings["docker-pulls"] = {
        "images": list(IMAGES),
        "url": f"{plugin_desk.replica.url}/docker",
    }


def documented(language: str) -> list[str]:
    """The blocks of that language in the guide."""
    guide = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8").partition("## A source of your own")[2]
    return [block.partition("```")[0] for block in guide.split(f"```{language}\n")[1:]]


def test_guide_shows_the_example_to_the_letter() -> None:
    assert documented("python") == [(EXAMPLE / "docker_pulls.py").read_text(encoding="utf-8")]
    assert documented("toml")[0] == (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    assert 'docker-pulls = "docker_pulls:make"' in documented("toml")[0]


@pytest.mark.slow
def test_documented_plug_in_is_collected_like_any_other_source(plugin_desk: PluginDesk) -> None:
    install_example(plugin_desk)
    budget = plugin_desk.run("budget", "docker-pulls", "-f", "tsv")
    assert budget.code == 0, budget.err
    assert plugin_desk.replica.host in budget.out
    first = plugin_desk.run("collect", "docker-pulls")
    assert first.code == 0, first.err
    assert "2/2" in first.out
    values = "select subject, value from v_observation where metric = 'docker.pulls' order by subject"
    assert plugin_desk.desk.sql(values) == [["aurora/serve", "120000"], ["harbour/run", "7500000"]]
    assert plugin_desk.desk.sql("select semantics, source from v_metric where metric = 'docker.pulls'") == [
        ["cumulative", "docker-pulls"]
    ]
    again = plugin_desk.run("collect", "docker-pulls")
    assert again.code == 0
    assert plugin_desk.desk.sql("select written from v_run order by run_id desc limit 1") == [["0"]]
    plugin_desk.site.pulls["aurora/serve"] += 5
    plugin_desk.run("collect", "docker-pulls")
    assert plugin_desk.desk.sql(values)[0] == ["aurora/serve", "120005"]
    trend = plugin_desk.desk.run("trend", "docker.pulls", "aurora/serve")
    assert trend.code == 0, trend.err
    assert "docker-pulls" in plugin_desk.desk.run("status").out


def make_code(name: str, *, source: str = "", metrics: str = "", listing: str = "return []") -> str:
    """A plug-in of one class, right but for what is said."""
    return f"""
from collectors.contract import Plugin
from store.records import DataSource, Metric, Semantics

class Own:
    name = source = {name!r}
    def list_targets(self):
        {listing}
    def collect(self, target, state, context):
        return iter(())

def make(settings):
    return Plugin(Own(), DataSource({source or name!r}, "n", "u", "l"), [{metrics}])
"""


BROKEN = {
    "fails": ("import nothing_of_that_name", "cannot be loaded: ModuleNotFoundError"),
    "exits": ("raise SystemExit(5)", "cannot be loaded: SystemExit: 5"),
    "raises": ("def make(settings):\n    raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "gives": ("def make(settings):\n    return 'a collector'", "gives str, not a Plugin"),
    "metric": (
        make_code("metric", metrics="Metric('github.stars', 'u', Semantics.INSTANT, 'metric', 'c')"),
        "brings a metric called github.stars, which there is already",
    ),
    "source": (
        make_code("source", source="other"),
        "brings facts of 'source' and declares the source 'other'",
    ),
    "shapeless": (
        make_code("shapeless").replace("def list_targets", "def list_no_targets"),
        "is not as a collector must be: AttributeError",
    ),
    "targets": (
        make_code("targets", listing="raise KeyError('nowhere')"),
        "names no targets: KeyError: 'nowhere'",
    ),
    "hub": (make_code("hub"), "brings a collector called hub, which there is already"),
}


@pytest.mark.slow
def test_plug_ins_that_cannot_be_used_are_named_and_cost_the_others_nothing(plugin_desk: PluginDesk) -> None:
    install_example(plugin_desk)
    for name, (code, _) in BROKEN.items():
        plugin_desk.install(name, f"broken_{name}:make", code=code)
    plugin_desk.install("twice", "broken_gives:make", distribution="one")
    plugin_desk.install("twice", "broken_gives:make", distribution="another")
    done = plugin_desk.run("collect")
    assert done.code == 0, done.err
    runs = dict(plugin_desk.desk.sql("select collector, outcome from v_run"))
    assert runs["docker-pulls"] == "ok"
    assert runs["feeds"] == "ok"
    assert {runs[name] for name in BROKEN if name != "hub"} == {"failed"}
    reasons = dict(plugin_desk.desk.sql("select collector, reason from v_coverage where status = 'failed'"))
    for name, (_, reason) in BROKEN.items():
        assert reason in reasons["plug-in hub" if name == "hub" else name]
    assert reasons["twice"] == "2 plug-ins are called twice"
    alone = plugin_desk.run("collect", "raises")
    assert alone.code == 1
    assert "no luck" in " ".join(alone.out.split())
    for arguments in (("status",), ("report", "build")):
        assert plugin_desk.run(*arguments).code == 0


def test_plug_in_that_is_switched_off_is_not_even_imported(plugin_desk: PluginDesk) -> None:
    plugin_desk.install("raises", "broken_raises:make", code=BROKEN["raises"][0])
    plugin_desk.settings["raises"] = {"enabled": False}
    assert plugin_desk.run("collect").code == 0
    assert dict(plugin_desk.desk.sql("select collector, outcome from v_run")).keys() == {"feeds"}


def test_settings_of_a_plug_in_that_is_not_installed_are_a_named_error(plugin_desk: PluginDesk) -> None:
    plugin_desk.settings["wheather"] = {"city": "Harbour"}
    done = plugin_desk.run("collect")
    assert done.code == 78
    assert "plugins.wheather: no such collector is installed" in done.err
