"""A collector's batches as the round takes them: what is no batch, and what no collector may raise, is a bug
of that collector alone.

An exit, a panic of a library, an error of a database or a request to stop that nobody made would otherwise
pass for ours and end the round of all the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from collectors.contract import Collector, Context, Target
from lunchwatch.reasons import name_error
from store.errors import Interrupted, StoreError
from store.records import Batch

_END = object()


class CollectorBug(RuntimeError):
    """A collector did what none may."""


def list_batches(
    collector: Collector, target: Target, state: Mapping[str, object], context: Context
) -> Iterator[Batch]:
    """The batches of one target, each as it comes. Raises what the collector raises where it may, else
    CollectorBug."""
    with _judged(context):
        made: object = collector.collect(target, state, context)
        if not isinstance(made, Iterable):
            raise CollectorBug(f"collect() returned {type(made).__name__}, no iterator of batches")
        batches = iter(made)
    while True:
        with _judged(context):
            batch: object = next(batches, _END)
        if batch is _END:
            return
        if not isinstance(batch, Batch):
            raise CollectorBug(f"collect() yielded {type(batch).__name__}, no Batch")
        yield batch


@contextmanager
def _judged(context: Context) -> Iterator[None]:
    """Let pass what a collector may raise."""
    try:
        yield
    except BaseException as error:
        is_stop = isinstance(error, Interrupted) and context.stop.is_set()
        is_allowed = isinstance(error, Exception) and not isinstance(error, (StoreError, Interrupted))
        if is_allowed or is_stop:
            raise
        raise CollectorBug(f"collect() raised {name_error(error)}") from error
