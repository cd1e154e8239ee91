"""One tree of errors. Each says who must act, and knows the exit code it ends a command with.

    LunchwatchError
    ├── ConfigurationError            the operator: a setting is wrong           exit 78
    ├── CredentialsError              the operator: missing or refused           exit 4
    ├── NotFound                      the user: no such thing                    exit 5
    ├── Refused                       the user: the question makes no sense      exit 2
    ├── Unreadable                    the user: a file is not as it must be      exit 1
    ├── SourceError                   somebody outside                           exit 1
    │   ├── SourceUnavailable         transient; try again at `retry_at`
    │   │   ├── HostUnreachable       no connection: the network or the host is down
    │   │   └── SourceMissing         404: not there today, which is not yet gone
    │   ├── RateLimited               postpone the host until `retry_at`
    │   ├── SourceGone                retire the target, keep the finding
    │   ├── SourceChanged             the maintainer: `path` is missing or of another shape
    │   └── AccessDenied              the operator: the source refuses us
    ├── Interrupted                   nobody: we were asked to stop              exit 130
    ├── StoreError                    the operator: the database                 exit 1
    │   ├── Busy                      somebody else holds the lock; try again    exit 75
    │   └── SchemaMismatch            run `lunchwatch db upgrade`                exit 78
    └── DeliveryError                 the operator: mail could not be written    exit 1

Anything else that escapes is a bug.
"""

from __future__ import annotations

from datetime import datetime

_ECHOED = 80


def cut(text: str) -> str:
    """What a user wrote, for a message that repeats it: at most 80 characters, with a mark where it was
    cut."""
    return text if len(text) <= _ECHOED else f"{text[: _ECHOED - 1]}…"


class LunchwatchError(Exception):
    """An error a user can act on. `remedy` says what to do about it, where we know."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


class ConfigurationError(LunchwatchError):
    exit_code = 78


class CredentialsError(LunchwatchError):
    exit_code = 4


class NotFound(LunchwatchError):
    exit_code = 5


class Refused(LunchwatchError):
    exit_code = 2


class Unreadable(LunchwatchError):
    pass


class Interrupted(LunchwatchError):
    exit_code = 130


class SourceError(LunchwatchError):
    """Something outside failed. `host` is where; `retry_at` when trying again makes sense."""

    def __init__(
        self,
        message: str,
        *,
        host: str | None = None,
        retry_at: datetime | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.host = host
        self.retry_at = retry_at


class SourceUnavailable(SourceError):
    pass


class HostUnreachable(SourceUnavailable):
    pass


class SourceMissing(SourceUnavailable):
    pass


class RateLimited(SourceError):
    pass


class SourceGone(SourceError):
    pass


class SourceChanged(SourceError):
    """A required field is missing or of another type; `path` names it, as in `data[3].id`."""

    def __init__(self, path: str, problem: str, *, host: str | None = None) -> None:
        super().__init__(f"{path}: {problem}", host=host, remedy="report it, with -vv output")
        self.path = path


class AccessDenied(SourceError):
    exit_code = 4


class StoreError(LunchwatchError):
    pass


class Busy(StoreError):
    exit_code = 75


class SchemaMismatch(StoreError):
    exit_code = 78


class DeliveryError(LunchwatchError):
    pass
