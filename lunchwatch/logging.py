"""Messages on stderr: readable on a terminal, JSON under a service manager; never on stdout."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from lunchwatch.printing import one_line, printable
from lunchwatch.redaction import redact_text

_ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_TRACES = ("exc_info", "stack_info", "exception", "traceback", "trace")


def clean(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Blank secrets and mail addresses wherever they stand; nothing steers the terminal."""
    return {key: _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return printable(_ADDRESS.sub("***", redact_text(value)))
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner) for inner in value]
    return value


def summarise_error(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """An exception becomes one line under `error`."""
    error = _find_error(event.get("exc_info"))
    for key in _TRACES:
        event.pop(key, None)
    if error is not None:
        event.setdefault("error", one_line(f"{type(error).__name__}: {error}"))
    return event


def spell_out_error(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """An exception becomes its whole traceback under `exception`."""
    error = _find_error(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return event


def _find_error(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    found = exc_info if isinstance(exc_info, tuple) else sys.exc_info() if exc_info else (None, None, None)
    error = found[1]
    return error if isinstance(error, BaseException) else None


def configure_logging(*, verbose: int, quiet: bool, style: str) -> None:
    """Set up structlog and the standard library's logging alike; tracebacks from -vv on."""
    level = logging.WARNING if verbose == 0 else logging.INFO if verbose == 1 else logging.DEBUG
    if quiet:
        level = logging.ERROR
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        spell_out_error if verbose >= 2 else summarise_error,
        clean,
    ]
    is_console = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if is_console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if level < logging.WARNING and verbose < 2 else level)
