"""How much a feed would cost to read: elements and attributes counted before feedparser sees them.

feedparser spends some 60 µs on each element, and time that grows with the square on an element's attributes,
so that a megabyte of `<a>` takes half a minute. The strict parser (expat, in C) counts them first. What it
refuses is read by feedparser's loose parser, to which every `<` may begin an element, in CDATA too; a
document type is taken out by feedparser before it reads, so that what expat then sees would be another text.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from store.errors import SourceChanged

MOST_ELEMENTS = 50_000
"""The largest feeds of labs have 2,000 in 700 entries."""

MOST_ATTRIBUTES = 200
"""Of one element, name spaces not counted."""

MOST_REFERENCES = 200_000
"""`&`, which cost the loose parser 3 µs each."""

DEEPEST = 500
"""Elements inside each other; a page's markup has some fifty."""

_TAG = re.compile(rb"<[^<>]*")


def check_weight(document: bytes) -> None:
    """Raise SourceChanged for a document (in UTF-8, as feedparser converts it) that is too costly to read."""
    has_type = b"<!DOCTYPE" in document or b"<!ENTITY" in document
    if has_type or not _is_well_formed(document):
        if document.count(b"<") > MOST_ELEMENTS:
            raise _too_many_elements()
        if document.count(b"&") > MOST_REFERENCES:
            raise SourceChanged("feed", f"malformed, with more than {MOST_REFERENCES:,} references")
        if any(len(tag[0].split()) > MOST_ATTRIBUTES + 1 for tag in _TAG.finditer(document)):
            raise _too_many_attributes()


def _is_well_formed(document: bytes) -> bool:
    depth = count = 0

    def begin(name: str, attributes: dict[str, str]) -> None:  # noqa: ARG001 - the parser's signature
        nonlocal depth, count
        depth += 1
        count += 1
        if count > MOST_ELEMENTS:
            raise _too_many_elements()
        if depth > DEEPEST:
            raise SourceChanged("feed", f"more than {DEEPEST} elements inside each other")
        if len(attributes) > MOST_ATTRIBUTES:
            raise _too_many_attributes()

    def end(name: str) -> None:  # noqa: ARG001 - the parser's signature
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(document, True)  # noqa: FBT003 - takes no keywords
    except expat.ExpatError:
        return False
    return True


def _too_many_elements() -> SourceChanged:
    return SourceChanged("feed", f"more than {MOST_ELEMENTS:,} elements")


def _too_many_attributes() -> SourceChanged:
    return SourceChanged("feed", f"more than {MOST_ATTRIBUTES} attributes of one element")
