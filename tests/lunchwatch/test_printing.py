"""Texts on their way out: secrets blanked, nothing that steers a terminal, addresses that are ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from lunchwatch.addresses import is_address
from lunchwatch.cli.output import dump, make_unique
from lunchwatch.logging import configure_logging
from lunchwatch.printing import one_line, printable
from lunchwatch.redaction import redact_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("refused hf_abcdefgh123", "refused ***"),
        ("ghp_abcdefgh123 and github_pat_abcdefgh_1", "*** and ***"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("postgresql://ana:pass/word@db/x", "postgresql://***@db/x"),
        ("https://ana@host/x", "https://***@host/x"),
        ("https://a:b@c@host/x", "https://***@host/x"),
        ("postgresql://db/x?user=a&password=b&ssl=1", "postgresql://db/x?user=a&password=***&ssl=1"),
        ("https://host/?Password=geheim", "https://host/?Password=***"),
        ("https://host:8443/@ana/feed of ana@example.org", "https://host:8443/@ana/feed of ana@example.org"),
        ("nothing secret: monkey=1", "nothing secret: monkey=1"),
    ],
)
def test_tokens_and_credentials_are_blanked_and_nothing_else(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@given(st.text())
def test_printable_text_steers_no_terminal_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert not {c for c in shown if (ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    shown.encode()
    assert "\n" not in one_line(text)


def test_printable_text_leaves_every_script_as_it_is() -> None:
    for text in ("Ünïcödé", "模型", "נתונים", "a\u00a0b", "👩\u200d🔬", "zwei\nZeilen"):
        assert printable(text) == text


def test_json_escapes_what_steers_and_reads_back_the_same() -> None:
    value = {"a": "\x1b[31m\x9b\u202e\ud800 模型"}
    assert not set(dump(value)) & set("\x1b\x9b\u202e\ud800")
    assert json.loads(dump(value)) == value


def test_json_knows_no_infinity() -> None:
    assert json.loads(dump({"a": [float("inf"), float("nan"), 1.5]})) == {"a": [None, None, 1.5]}


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "b"])))
def test_names_made_unique_are_and_the_first_of_each_keeps_its_own(names: list[str]) -> None:
    unique = make_unique(names)
    assert len(set(unique)) == len(names)
    assert all(unique[names.index(name)] == name for name in names)


@pytest.mark.parametrize(
    "text", ["ana@example.org", "a.b+c@x-y.example.org", "root@localhost", "o'neil@x.org"]
)
def test_an_address_is_one(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["ana", "ana@", "@x.org", "a b@x.org", "a@x..org", "a..b@x.org", ".a@x.org", "a@x.org\n", "\na@x.org",
     "a@x.org\r\nBcc: b@x.org", "ä@x.org", "a@ä.org", "a@-x.org", "a@x.org.", "A <a@x.org>", "a@b@c", "",
     "a" * 65 + "@x.org", "a@" + "x." * 130 + "org", "a\x00@x.org"],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert not is_address(text)


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What is logged can be read; logging is as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield capsys
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def _fail() -> None:
    raise ValueError("no hf_abcdefgh123\nfor ana@example.org")


def _log_failures() -> None:
    try:
        _fail()
    except ValueError:
        structlog.get_logger().exception("own", links=["https://a:b@host/"])
        logging.getLogger("foreign").exception("theirs %s", "\x1b[31m")


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_exception_in_the_log_is_one_line_without_secrets(
    logs: pytest.CaptureFixture[str], style: str
) -> None:
    configure_logging(verbose=1, quiet=False, style=style)
    _log_failures()
    lines = logs.readouterr().err.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert "ValueError: no *** for ***" in line
        assert "Traceback" not in line
        assert "\x1b[31m" not in line
    assert "https://***@host/" in lines[0]


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_exception_is_spelt_out_when_asked_twice_and_still_without_secrets(
    logs: pytest.CaptureFixture[str], style: str
) -> None:
    configure_logging(verbose=2, quiet=False, style=style)
    _log_failures()
    text = logs.readouterr().err
    assert text.count("Traceback") == 2
    assert "_fail" in text
    assert "hf_abcdefgh123" not in text
    assert "ana@example.org" not in text
