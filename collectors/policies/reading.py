"""Bytes of a page in, title and main text out; also the child process that does it.

    python -P -m collectors.policies.reading      one request a time: a message of JSON and one with the body
                                                  on stdin, a message of JSON on stdout (collectors.child)

Main text comes from trafilatura, with every option stated: fast (its own rules only, no second opinion of
other libraries), recall before precision (half a policy is worse than a stray line), tables kept, links and
formatting dropped, no deduplication (it remembers earlier pages), no metadata (it guesses dates). Markdown
and plain text are taken as they are. Nothing here opens a connection or a file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version

from collectors.child import begin_child, read_message, write_message

_OWN_VERSION = 1
"""To be raised when anything that makes a text of a page changes, here or in wording.py."""

MOST_MEMORY = 1_500_000_000
"""Bytes of address space for the child; 3 MB of hostile HTML took 450 MB."""

HTML = frozenset({"text/html", "application/xhtml+xml"})
PLAIN = frozenset({"text/plain", "text/markdown", "text/x-markdown"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. `title` as the browser's window has it; `text` not yet unified."""

    title: str
    text: str


def describe_extraction() -> str:
    """What makes texts of pages, with versions: another one may make another text of the same page."""
    return f"{_OWN_VERSION}; trafilatura {version('trafilatura')}; lxml {version('lxml')}"


def parse_media_type(content_type: str) -> tuple[str, str]:
    """`text/html; charset=utf-8` as type and character set, in lower case; empty where it says none."""
    media_type, _, parameters = content_type.partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media_type.strip().lower(), value.strip(" \"'").lower()
    return media_type.strip().lower(), ""


def read_page(body: bytes, content_type: str) -> Page:
    """The page's title and main text; both empty where there is none."""
    media_type, charset = parse_media_type(content_type)
    if media_type in PLAIN:
        return Page("", _decode(body, charset) or body.decode(errors="replace"))
    return _read_html(_decode(body, charset) or body)


def _decode(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset) if charset else None
    except (LookupError, UnicodeDecodeError):  # a server that says one thing and sends another
        return None


def _read_html(markup: str | bytes) -> Page:
    from trafilatura import extract, load_html
    from trafilatura.settings import DEFAULT_CONFIG

    tree = load_html(markup)
    if tree is None:
        return Page("", "")
    title = " ".join(" ".join(tree.xpath("//head/title//text()")).split())[:300]
    text = extract(
        tree,
        output_format="txt",
        fast=True,
        favor_recall=True,
        include_comments=False,
        include_tables=True,
        include_links=False,
        include_images=False,
        include_formatting=False,
        deduplicate=False,
        with_metadata=False,
        target_language=None,
        config=DEFAULT_CONFIG,
    )
    return Page(title, text or "")


def _serve() -> None:
    """Answer requests until there are none; what goes wrong with a page is an answer too."""
    import logging

    source, sink = begin_child(MOST_MEMORY)
    logging.disable(logging.CRITICAL)
    while (header := read_message(source)) is not None and (body := read_message(source)) is not None:
        try:
            answer: dict[str, str] = asdict(read_page(body, json.loads(header)["content_type"]))
        except Exception as error:  # noqa: BLE001 - a parser may fail in any way; the parent says what it means
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        write_message(sink, json.dumps(answer).encode())


if __name__ == "__main__":
    _serve()
