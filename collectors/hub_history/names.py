"""The immutable ids of repositories, asked of the Hub one by one: for a file that knows them by these."""

from __future__ import annotations

import re
from urllib.parse import quote

import msgspec

from collectors.contract import Context
from collectors.hub_history.columns import HubHistoryOptions
from store.errors import AccessDenied, SourceChanged, SourceGone, SourceMissing

ID = re.compile(r"[0-9a-f]{24}")
"""What a Hub id looks like; a name has a slash or is shorter."""


class _Model(msgspec.Struct):
    native_id: str = msgspec.field(name="_id")
    name: str = msgspec.field(name="id")


def fetch_id(name: str, options: HubHistoryOptions, context: Context) -> tuple[str, str] | None:
    """(id, the name it has now) of a repository; None for one that is not there or not shown to us.

    Raises SourceChanged when the Hub's answer has another shape."""
    token = {"Authorization": f"Bearer {options.token}"} if options.token else {}
    url = f"{options.endpoint.rstrip('/')}/api/models/{quote(name)}?expand=createdAt"
    try:
        fetched = context.fetcher.fetch(url, accept="application/json", headers=token)
    except (AccessDenied, SourceMissing, SourceGone):
        return None
    try:
        model = msgspec.json.decode(fetched.body, type=_Model)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SourceChanged("$", f"not a model: {error}") from error
    return (model.native_id, model.name) if ID.fullmatch(model.native_id) else None
