"""Just enough GraphQL to answer the queries a client of ours sends: variables, aliases, fragments.

Reads a document into selections and picks them from plain data; a field the data does not have is an error,
as it is at GitHub. Not for production: no directives, no mutations, no types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\.\.\.|[A-Za-z_]\w*|\$\w+|"(?:[^"\\]|\\.)*"|-?\d+|[{}():,!\[\]=]|\S')


class GraphQLError(Exception):
    """The document cannot be answered."""


@dataclass(slots=True)
class Selection:
    """One selected field; `alias` is its key in the answer."""

    name: str
    alias: str
    arguments: dict[str, object] = field(default_factory=dict)
    selections: list[Selection] = field(default_factory=list)


class _Reader:
    def __init__(self, text: str, variables: Mapping[str, object]) -> None:
        self._tokens: list[str] = [token for token in _TOKEN.findall(text) if token != ","]
        self._position = 0
        self._variables = variables
        self.fragments: dict[str, list[Selection]] = {}
        self.query: list[Selection] = []

    def read(self) -> None:
        while self._position < len(self._tokens):
            word = self._take()
            if word == "fragment":
                name = self._take()
                self._expect("on")
                self._take()
                self.fragments[name] = self._read_selections()
            elif word == "query":
                if self._peek() not in ("(", "{"):
                    self._take()
                if self._peek() == "(":
                    self._skip_declarations()
                self.query = self._read_selections()
            elif word == "{":
                self._position -= 1
                self.query = self._read_selections()
            else:
                raise GraphQLError(f"Expected one of QUERY, FRAGMENT, actual: {word}")

    def _read_selections(self) -> list[Selection]:
        self._expect("{")
        found: list[Selection] = []
        while self._peek() != "}":
            if self._peek() == "...":
                self._take()
                found.append(Selection(f"...{self._take()}", ""))
                continue
            name = alias = self._take()
            if self._peek() == ":":
                self._take()
                name = self._take()
            arguments = self._read_arguments() if self._peek() == "(" else {}
            inner = self._read_selections() if self._peek() == "{" else []
            found.append(Selection(name, alias, arguments, inner))
        self._take()
        return found

    def _read_arguments(self) -> dict[str, object]:
        self._expect("(")
        arguments: dict[str, object] = {}
        while self._peek() != ")":
            name = self._take()
            self._expect(":")
            arguments[name] = self._read_value()
        self._take()
        return arguments

    def _read_value(self) -> object:
        token = self._take()
        if token.startswith("$"):
            if token[1:] not in self._variables:
                raise GraphQLError(f"Variable {token} is not provided")
            return self._variables[token[1:]]
        if token == "{":
            fields: dict[str, object] = {}
            while self._peek() != "}":
                name = self._take()
                self._expect(":")
                fields[name] = self._read_value()
            self._take()
            return fields
        return int(token) if token.lstrip("-").isdigit() else token.strip('"')

    def _skip_declarations(self) -> None:
        while self._take() != ")":
            continue

    def _peek(self) -> str:
        if self._position >= len(self._tokens):
            raise GraphQLError("Expected more, actual: end of document")
        return self._tokens[self._position]

    def _take(self) -> str:
        token = self._peek()
        self._position += 1
        return token

    def _expect(self, token: str) -> None:
        actual = self._take()
        if actual != token:
            raise GraphQLError(f"Expected {token}, actual: {actual}")


def read_query(text: str, variables: Mapping[str, object]) -> list[Selection]:
    """The top-level fields of the document's query, fragments put in their place."""
    reader = _Reader(text, variables)
    reader.read()
    return _expand(reader.query, reader.fragments)


def _expand(selections: list[Selection], fragments: Mapping[str, list[Selection]]) -> list[Selection]:
    expanded: list[Selection] = []
    for selection in selections:
        if selection.name.startswith("..."):
            expanded.extend(_expand(fragments[selection.name[3:]], fragments))
        else:
            inner = _expand(selection.selections, fragments)
            expanded.append(Selection(selection.name, selection.alias, selection.arguments, inner))
    return expanded


def pick(value: object, selections: list[Selection]) -> object:
    """What was selected of plain data; a callable in it is called with the field's arguments."""
    if value is None or not selections:
        return value
    if isinstance(value, list):
        return [pick(item, selections) for item in value]
    assert isinstance(value, dict)
    answer: dict[str, object] = {}
    for selection in selections:
        if selection.name not in value:
            raise GraphQLError(f"Field '{selection.name}' doesn't exist on this type")
        found = value[selection.name]
        if callable(found):
            found = found(selection.arguments)
        answer[selection.alias] = pick(found, selection.selections)
    return answer
