"""A small reader of HTML pages for tests: a tree of nodes, refusing unbalanced markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input"}
DRAWN = {"path", "rect", "circle", "line"}


@dataclass
class Node:
    """One element. `above` is None for the document itself."""

    tag: str
    attributes: dict[str, str]
    above: Node | None
    inside: list[Node | str] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        yield self
        for item in self.inside:
            if isinstance(item, Node):
                yield from item.walk()

    def find_all(self, tag: str) -> list[Node]:
        return [node for node in self.walk() if node.tag == tag]

    def find(self, identity: str) -> Node:
        return next(node for node in self.walk() if node.attributes.get("id") == identity)

    def ancestors(self) -> Iterator[Node]:
        node = self.above
        while node is not None:
            yield node
            node = node.above

    @property
    def text(self) -> str:
        return "".join(item if isinstance(item, str) else item.text for item in self.inside)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {}, None)
        self.now = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.now)
        self.now.inside.append(node)
        if tag not in VOID:
            self.now = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.now.inside.append(Node(tag, {name: value or "" for name, value in attrs}, self.now))

    def handle_endtag(self, tag: str) -> None:
        if tag != self.now.tag or self.now.above is None:
            raise AssertionError(f"</{tag}> closes <{self.now.tag}>")
        self.now = self.now.above

    def handle_data(self, data: str) -> None:
        self.now.inside.append(data)


def read_page(html: str) -> Node:
    """The page as a tree; AssertionError when an element is not closed where it should be."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.now is reader.root, f"<{reader.now.tag}> is never closed"
    return reader.root
