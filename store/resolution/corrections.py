"""What people corrected by hand, as a state that follows from what they told, in its order.

Per subject it holds the models it was linked with by hand, the latest of which is in force, and the models
it is forbidden to be linked with automatically. Every correction is one step:

    told                          state after it
    it is M                       M is the latest link by hand
    it is not M, linked by hand   that link is gone: the one before it is in force, else the names decide
    it is not M, otherwise        the names may not make it M (forbidden, for good)

A link by hand hides what is forbidden, it does not lift it; so telling a link and taking it back leads to
what held before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Corrections:
    """The state of one subject. `linked`: models by hand, each once, the latest last."""

    linked: tuple[str, ...] = ()
    forbidden: frozenset[str] = frozenset()

    @property
    def in_force(self) -> str | None:
        """The model it is by hand; None where the names decide."""
        return self.linked[-1] if self.linked else None

    def tell(self, model: str, *, is_withdrawn: bool) -> Corrections:
        """The state after one more step."""
        others = tuple(key for key in self.linked if key != model)
        if not is_withdrawn:
            return Corrections((*others, model), self.forbidden)
        if model in self.linked:
            return Corrections(others, self.forbidden)
        return Corrections(self.linked, self.forbidden | {model})


def correct(steps: Iterable[tuple[str, bool]]) -> Corrections:
    """The state after all steps, each a model and whether it was withdrawn."""
    state = Corrections()
    for model, is_withdrawn in steps:
        state = state.tell(model, is_withdrawn=is_withdrawn)
    return state
