"""Documentation and code cannot drift; the project speaks of itself alone."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from click import Command, Group

from lunchwatch.cli import cli
from tests.documents import README, ROOT, VIEWS_PAGE, readme, views_page


def test_the_table_of_settings_is_the_settings() -> None:
    assert README.read_text(encoding="utf-8") == readme(), "run: python -m tests.documents"


def test_the_page_of_views_is_the_views() -> None:
    assert VIEWS_PAGE.read_text(encoding="utf-8") == views_page(), "run: python -m tests.documents"


def _commands(command: Command, path: str) -> list[tuple[str, Command]]:
    found = [(path, command)]
    if isinstance(command, Group):
        for name, inner in command.commands.items():
            found += _commands(inner, f"{path} {name}")
    return found


@pytest.mark.parametrize(("path", "command"), _commands(cli, "lunchwatch")[1:])
def test_every_command_is_described_and_stands_in_readme(path: str, command: Command) -> None:
    assert command.help
    assert command.help.strip().partition("\n")[0].rstrip().endswith(".")
    if not isinstance(command, Group):
        words = path.split()
        line = rf"`{words[0]} {words[1]}"
        text = README.read_text(encoding="utf-8")
        assert re.search(line, text), f"README does not mention {path}"
        assert words[-1] in text


def test_every_option_says_what_it_does() -> None:
    for path, command in _commands(cli, "lunchwatch"):
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert getattr(parameter, "help", None), f"{path} {parameter.name}"


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_no_file_names_a_folder_of_the_machine_it_was_made_on() -> None:
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    private = re.compile(rb"/(?:work|root|home/[a-z]+)/(?!\.config|\.local)")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            assert not private.search(path.read_bytes()), name
