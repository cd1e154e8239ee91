"""What GitHub's refusals, and PyGithub's and requests' exceptions, mean to us. None leaves this package.

limits, primary and secondary, 202           our transport raises them before the libraries see them
401                                          AccessDenied: the token is refused
403 otherwise                                RepositoryRefused
404, 410, 451                                SourceGone, with the status in its words
a redirect that is not followed, HTML,       SourceChanged: PyGithub would make a Repository of it
a body cut short, another host                   whose attributes are all None
anything else                                SourceUnavailable
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from github import GithubException

from collectors.text import clean_message
from store.errors import AccessDenied, SourceChanged, SourceError, SourceGone, SourceUnavailable


class RepositoryRefused(AccessDenied):
    """One repository is refused to us; others may be read."""


class QueryTooLarge(SourceUnavailable):
    """The query asked for too much at once: ask for less."""


def find_refusal(status: int, message: str, what: str, host: str) -> SourceError | None:
    """The error an answer's status stands for; None below 300. (A 304 is one for who did not ask for it.)"""
    if status < 300:
        return None
    if status < 400:
        return SourceChanged("status", f"{what} is redirected with {status}", host=host)
    if status == 401:
        return AccessDenied(
            f"{host} refuses the token ({message or status})",
            host=host,
            remedy="correct github.token, or leave it out",
        )
    if status == 403:
        return RepositoryRefused(f"{what} is refused ({message or status})", host=host)
    if status in (404, 410):
        return SourceGone(f"{what} is deleted or private ({status})", host=host)
    if status == 451:
        return SourceGone(f"{what} is blocked for legal reasons (451)", host=host)
    return SourceUnavailable(f"{what}: {host} answered {status}", host=host)


@contextmanager
def translated_errors(what: str, host: str, token: str | None) -> Iterator[None]:
    """Turn the libraries' errors inside the block into ours; `what` was asked for, `host` was asked.

    `token` is kept out of what they say."""
    try:
        yield
    except GithubException as error:
        failure = find_refusal(error.status, clean_message(error.message or "", token), what, host)
        raise failure or SourceChanged(what, f"unexpected answer {error.status}", host=host) from error
    except requests.exceptions.RequestException as error:
        raise SourceUnavailable(f"{what}: {clean_message(error, token)}", host=host) from error
    except (ArithmeticError, AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        # A body cut short is a ValueError; a redirect to another host a RuntimeError; an empty body, or a
        # list where the library expects an object, a TypeError or AttributeError.
        problem = f"{type(error).__name__} in its answer: {clean_message(error, token)}"
        raise SourceChanged(what, problem, host=host) from error
