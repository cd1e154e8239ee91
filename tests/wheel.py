"""Build the wheel, install it alone, and run it from a folder with a foreign `store/` and `reports/`, against
a replica of every source: a library that only the tests bring along would be missing here.

    python -m tests.wheel

Run by `make wheel`; it ends with an error when the installed program imports the wrong packages, misses
a packaged file, or ships the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from tests.lunchwatch.conftest import narrow
from tests.replica.__main__ import make_replica

ROOT = Path(__file__).resolve().parents[1]
NOT_READ = "select collector, outcome from v_run where basis = 'observed' and outcome <> 'ok'"
NEEDED = (
    "store/catalogue/models.toml",
    "reports/templates/report.html.j2",
    "migrations/versions/0001_first_light.py",
    "migrations/env.py",
)


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def check_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    missing = [name for name in NEEDED if name not in names]
    if missing:
        sys.exit(f"the wheel misses {', '.join(missing)}")
    baseline = [name for name in names if name.startswith("store/baseline/") and not name.endswith(".py")]
    if not baseline:
        sys.exit("the wheel has no bundled baseline")
    stray = [name for name in names if name.startswith(("tests/", "docs/"))]
    if stray:
        sys.exit(f"the wheel ships {stray[0]}")
    if not any(name.endswith("licenses/NOTICE") for name in names):
        sys.exit("the wheel ships no NOTICE")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="lunchwatch-wheel-") as folder:
        work = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", work / "dist", ROOT, cwd=work)
        (wheel,) = (work / "dist").glob("*.whl")
        check_contents(wheel)

        venv.create(work / "venv", with_pip=True)
        python = work / "venv" / "bin" / "python"
        run(python, "-m", "pip", "--disable-pip-version-check", "-q", "install", wheel, cwd=work)

        foreign = work / "foreign"
        for name in ("store", "reports", "collectors", "analyzers", "lunchwatch", "migrations"):
            (foreign / name).mkdir(parents=True)
            (foreign / name / "__init__.py").write_text(
                "raise RuntimeError('a foreign package was imported')\n"
            )
        program = work / "venv" / "bin" / "lunchwatch"
        with make_replica() as replica:
            settings = {
                **narrow(replica),
                "HOME": str(work / "home"),
                "LUNCHWATCH_DATA_FOLDER": str(work / "data"),
            }
            print(run(program, "version", cwd=foreign, **settings), end="")  # noqa: T201 - a program for people
            print(run(program, "run", "--once", cwd=foreign, **settings), end="")  # noqa: T201 - the same
        failed = run(program, "sql", NOT_READ, cwd=foreign, **settings).splitlines()[1:]
        if failed:
            sys.exit(f"the installed program could not read: {', '.join(failed)}")
        reports = list((work / "data" / "www").rglob("index.html"))
        if not reports or "<svg" not in reports[0].read_text(encoding="utf-8"):
            sys.exit("the installed program wrote no report with charts")
    print("the wheel works from a folder with foreign packages")  # noqa: T201 - the same


if __name__ == "__main__":
    main()
