"""What huggingface_hub's and httpx2's exceptions mean to us. None of them leaves this package.

GatedRepoError (a kind of RepositoryNotFoundError, so it comes first)   ModelRefused
403, 451                                                                ModelRefused
504, again and again                                                    PageTimedOut
401 that names our credentials                                          AccessDenied
RepositoryNotFoundError, any other 401 or 404                           SourceGone (missing and private
                                                                        look alike: confirm it)
a body that is not JSON, or not of the library's shape                  SourceChanged
any other status, anything from httpx2                                  SourceUnavailable
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
)

from collectors.text import clean_message
from store.errors import AccessDenied, SourceChanged, SourceError, SourceGone, SourceUnavailable

_BAD_CREDENTIALS = "invalid credentials"


class ModelRefused(AccessDenied):
    """One thing is refused to us; others may be read."""


class PageTimedOut(SourceUnavailable):
    """The Hub gave up on a page (504), as it does on deep ones of filtered lists; a smaller one may work."""


def is_too_much(error: SourceError) -> bool:
    """Whether a smaller page may be answered where this one was not: it took too long, or was too large."""
    return isinstance(error, PageTimedOut) or (isinstance(error, SourceChanged) and error.path == "body")


@contextmanager
def translated_errors(what: str, host: str, token: str | None) -> Iterator[None]:
    """Turn the library's errors inside the block into ours; `what` was asked for, `host` was asked.

    `token` is kept out of what they say."""
    try:
        yield
    except HfHubHTTPError as error:
        raise _translate(error, what, host, token) from error
    except httpx2.InvalidURL as error:
        raise SourceChanged(what, f"not an address: {clean_message(error, token)}", host=host) from error
    except httpx2.HTTPError as error:
        raise SourceUnavailable(f"{what}: {clean_message(error, token)}", host=host) from error
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        # JSONDecodeError and UnicodeDecodeError are ValueErrors, a body nested too deeply a RecursionError;
        # the others come from the library's constructors, which take keys and types for granted.
        problem = f"{type(error).__name__} in its answer: {clean_message(error, token)}"
        raise SourceChanged(what, problem, host=host) from error


def _translate(error: HfHubHTTPError, what: str, host: str, token: str | None) -> SourceError:
    status = error.response.status_code
    stated = clean_message(error.response.headers.get("X-Error-Message", ""), token)
    if isinstance(error, GatedRepoError):
        return ModelRefused(
            f"{what} is gated ({status})", host=host, remedy="accept its terms on the Hub and set hub.token"
        )
    if isinstance(error, DisabledRepoError):
        return ModelRefused(f"{what} is disabled by the Hub ({status})", host=host)
    if status == 401 and _BAD_CREDENTIALS in stated.lower():
        return AccessDenied(
            f"{host} refuses the token", host=host, remedy="correct hub.token, or leave it out"
        )
    if isinstance(error, RepositoryNotFoundError) or status in (401, 404):
        return SourceGone(f"{what} is missing or private ({status})", host=host)
    if status in (403, 451):
        return ModelRefused(f"{what} is refused ({status}) {stated}".rstrip(), host=host)
    return SourceUnavailable(f"{what}: {host} answered {status} {stated}".rstrip(), host=host)
