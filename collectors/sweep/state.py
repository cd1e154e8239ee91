"""What a sweep remembers between its pages and its passes. Written with each page, in its transaction."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from collectors.states import WalkState
from collectors.sweep.options import PASS_LASTS
from collectors.sweep.parsing import Picked


class Pass(msgspec.Struct, omit_defaults=True):
    """One pass over the list, as far as it came.

    `cursor`: where the next page begins, None at the beginning. `size`: models asked for at once; `steady`:
    smaller pages in a row. `models`, `malformed`, `repeated`: counted so far. `reached`: how far back the
    list was read, `edge`: the ids there. `waiting`: what is to be recorded and not written yet, by id.
    `idle`: pages in a row without anything new. `is_second`: begun anew since the Hub refused its own cursor.
    `totals`: models, downloads and likes by slice. `landmark`: a cursor left behind to notice a list that
    runs in a circle; `to_landmark`: pages until the next one is set, of which there were `landmarks`."""

    begun_at: datetime
    size: int
    cursor: str | None = None
    pages: int = 0
    steady: int = 0
    models: int = 0
    malformed: int = 0
    repeated: int = 0
    reached: datetime | None = None
    edge: list[str] = []
    waiting: dict[str, Picked] = {}
    idle: int = 0
    is_second: bool = False
    totals: dict[str, list[int]] = {}
    landmark: str | None = None
    to_landmark: int = 1
    landmarks: int = 0

    @property
    def day(self) -> date:
        """The UTC day the sums of the pass are about."""
        return self.begun_at.date()

    def goes_in_circles(self) -> bool:
        """Whether the cursor to go on from is one left behind; call it once a page.

        Brent's way: a landmark after 1, 2, 4, 8 … pages. Any circle is noticed within about twice its
        length, and nothing but one cursor is remembered (R. P. Brent, BIT 20, 1980, p. 176-184)."""
        if self.cursor is not None and self.cursor == self.landmark:
            return True
        self.to_landmark -= 1
        if self.to_landmark == 0:
            self.landmarks += 1
            self.landmark, self.to_landmark = self.cursor, 2**self.landmarks
        return False


class Count(msgspec.Struct, omit_defaults=True):
    """How many models a pass counted, on which day and on how many pages."""

    day: date
    models: int
    pages: int = 0


class SweepState(WalkState, omit_defaults=True):
    """`complete`: the last pass that was believed; `doubted`: the last one that had shrunk too much to be.
    `endpoint`: whose they are."""

    endpoint: str = ""
    current: Pass | None = None
    complete: Count | None = None
    doubted: Count | None = None

    def begin(self, now: datetime, size: int) -> Pass:
        """The pass to go on with."""
        if self.current is None or not now - PASS_LASTS < self.current.begun_at <= now:
            self.current = Pass(now, size)
        self.current.size = min(self.current.size, size)
        return self.current
