"""How often and after what pause a failed request is tried again: a policy, not code in a client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` in all; pauses of `first_wait`, then `factor` times more, never above `longest_wait`.

    A source that asks for a longer pause than `longest_wait` seconds is not waited for: its work is
    postponed. Tests use `RetryPolicy(first_wait=0)` or `RetryPolicy(attempts=1)`.
    """

    attempts: int = 3
    first_wait: float = 1.0
    factor: float = 2.0
    longest_wait: float = 4.0

    def waits(self) -> Iterator[float]:
        """The pauses in seconds between attempts: one fewer than attempts."""
        for number in range(self.attempts - 1):
            yield min(self.first_wait * self.factor**number, self.longest_wait)
