"""The parts of the documentation that are made from the code: `python -m tests.documents` writes them anew.

README's table of settings comes from the settings' own names, defaults and descriptions, docs/views.md from
the views; a test fails when they have drifted.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, SecretStr

from lunchwatch.settings import Settings
from store.database import open_database
from store.migration import upgrade
from store.views import VIEWS

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
VIEWS_PAGE = ROOT / "docs" / "views.md"
_BEGIN = "<!-- settings: made by `python -m tests.documents`, checked by the tests -->"
_END = "<!-- end of settings -->"


def settings_table() -> str:
    """Every setting: name, default, meaning."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        section = field.default
        if isinstance(section, BaseModel):
            lines += [
                _row(f"{name}.{key}", inner.default, inner.description)
                for key, inner in type(section).model_fields.items()
            ]
        else:
            default = None if field.default_factory else field.default
            lines.append(_row(name, default, field.description))
    return "\n".join(lines)


def _row(name: str, default: object, description: str | None) -> str:
    if not description:
        raise ValueError(f"the setting {name} has no description")
    return f"| `{name}` | {_plain(default)} | {description} |"


def _plain(default: object) -> str:
    if default is None or isinstance(default, SecretStr):
        return "–"
    if isinstance(default, timedelta):
        return f"`{int(default.total_seconds()) // 3600}h`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if default in ((), ""):
        return "empty"
    return f"`{default}`"


def readme() -> str:
    """README with the table of settings made anew."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{settings_table()}\n{_END}{after}"


def views_page() -> str:
    """The page of documented views, with the columns as the database gives them."""
    lines = [
        "# Views",
        "",
        "The stable interface for `lunchwatch sql` and for other tools; made from `store/views.py`. Each row",
        "shows current knowledge: of several rows about the same thing the one told by the latest run, an",
        "own observation before a bundled one. `world` is `live` unless you made others.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/views.db")
        upgrade(database)
        with database.read() as connection:
            for view in VIEWS:
                columns = connection.exec_driver_sql(f"SELECT * FROM {view.name} LIMIT 0").keys()
                lines += [f"## {view.name}", "", view.comment, "", f"`{'`, `'.join(columns)}`", ""]
        database.close()
    return "\n".join(lines)


def main() -> None:
    README.write_text(readme(), encoding="utf-8")
    VIEWS_PAGE.parent.mkdir(exist_ok=True)
    VIEWS_PAGE.write_text(views_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
