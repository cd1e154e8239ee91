"""A release happened once: which of the dates told of it stands, and what was dated by another one. Pure.

An import or a bundle dates a model's facts by its release unless it says otherwise. When the same source
corrects the release, those facts go with it: a model told as "2024-06-01, open" and then as "2024-09-01,
open" was not open in June. What a service is *seen* to say is dated by the day it was seen, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from store.records import Basis

RELEASED_ON = "released_on"


class Speaker(NamedTuple):
    """Who dates by the release: a source, as far as it is imported or bundled."""

    source: str
    basis: Basis

    @property
    def dates_by_release(self) -> bool:
        return self.basis is not Basis.OBSERVED


class ToldDate(NamedTuple):
    """A release date, and the run that told it."""

    run_id: int
    released_on: date


def redate(told: Sequence[ToldDate], run_id: int, valid_from: date) -> date:
    """The day from which a fact holds that run `run_id` told as holding from `valid_from`: the last told
    release where the fact was dated by the release of then, else its own day.

    `told` are the dates that the same speaker told, by run. Example: June by run 1, March by run 2. A fact
    that run 1 dated June holds from March on; one that run 2 dated June holds from June on.
    """
    of_then = [one.released_on for one in told if one.run_id <= run_id][-1:]
    return told[-1].released_on if of_then == [valid_from] else valid_from
