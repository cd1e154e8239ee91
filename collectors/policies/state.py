"""What is remembered of a page between two looks."""

from __future__ import annotations

from datetime import date

import msgspec

from collectors.policies.judging import CONFIRMED_ON_DAYS
from collectors.states import State

KEPT_FORMS = 4
"""Of so many texts the lines' marks are kept, to compare the next one with."""

KEPT_TEXTS = 1_000
"""Of so many texts it is remembered that they were seen. Beyond, the database still knows them."""


class Suspect(msgspec.Struct, omit_defaults=True):
    """A text that is not believed yet: its hash, the last day it was seen, on how many days."""

    text: str
    day: str
    days: int = 1


class PolicyState(State, omit_defaults=True):
    """`url`: what was asked. `extraction`, `rules`: what made text and readings of the page. `body`: hash of
    the last answer that was believed. `text`: hash of the text in force, since `since`, of `length`
    characters. `seen`: every text. `forms`: the lines' marks of the latest ones. `moved`: lines added and
    removed on the day `moved_on`. `told`: attributes of the document that were handed out."""

    url: str = ""
    etag: str | None = None
    last_modified: str | None = None
    extraction: str = ""
    rules: int = 0
    body: str = ""
    text: str = ""
    since: str = ""
    length: int = 0
    seen: list[str] = msgspec.field(default_factory=list)
    forms: dict[str, str] = msgspec.field(default_factory=dict)
    moved_on: str = ""
    moved: list[int] = msgspec.field(default_factory=lambda: [0, 0])
    suspect: Suspect | None = None
    told: dict[str, str] = msgspec.field(default_factory=dict)

    def confirm(self, text: str, day: date) -> bool:
        """Note one more sighting of a text that is not believed; True when it was seen often enough."""
        today = day.isoformat()
        known = self.suspect
        if known is None or known.text != text:
            self.suspect = known = Suspect(text, today)
        elif known.day != today:
            self.suspect = known = Suspect(text, today, known.days + 1)
        return known.days >= CONFIRMED_ON_DAYS

    def put_in_force(self, text: str, marks: str, length: int, day: date) -> None:
        """Remember that this text holds from that day on."""
        self.text, self.since, self.length, self.suspect = text, day.isoformat(), length, None
        self.seen = [*(each for each in self.seen if each != text), text][-KEPT_TEXTS:]
        forms = {key: value for key, value in self.forms.items() if key != text}
        self.forms = dict([*forms.items(), (text, marks)][-KEPT_FORMS:])

    def add_moved(self, added: int, removed: int, day: date) -> tuple[int, int]:
        """Add up what moved on a day; of several changes of one day the sum is told."""
        if self.moved_on != day.isoformat():
            self.moved_on, self.moved = day.isoformat(), [0, 0]
        self.moved = [self.moved[0] + added, self.moved[1] + removed]
        return self.moved[0], self.moved[1]
