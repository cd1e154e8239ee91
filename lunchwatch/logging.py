"""Messages on stderr: readable on a terminal, JSON under a service manager; never on stdout."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

_SECRET = re.compile(r"\b(hf_[A-Za-z0-9]{8,}|gh[pousr]_[A-Za-z0-9]{8,}|github_pat_\w{8,})|(?<=://)[^/@\s]+@")
_ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")


def redact(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Blank tokens, credentials in addresses and mail addresses wherever they stand."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _ADDRESS.sub("***", _SECRET.sub("***", value))
    return event


def configure_logging(*, verbose: int, quiet: bool, style: str) -> None:
    """Set up structlog and the standard library's logging alike."""
    level = logging.WARNING if verbose == 0 else logging.INFO if verbose == 1 else logging.DEBUG
    if quiet:
        level = logging.ERROR
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    is_console = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if is_console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    final: list[Processor] = [renderer] if is_console else [structlog.processors.format_exc_info, renderer]
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if level < logging.WARNING and verbose < 2 else level)
