"""How the watch list and the organisations are divided into targets, to ask as little as possible.

One listing of an owner costs one request for up to 1,000 repositories; a single model costs one each. So
watched models of an owner that is tracked, or of whom several are watched, are read from the owner's
listing, and what the listing does not show is asked for singly. Everything else is asked for singly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from collectors.contract import Target
from collectors.fetching import host_of
from collectors.hub.options import HubOptions

LISTED_FROM = 2
"""Watched models of one owner from which on the owner's listing is cheaper."""


def list_targets(options: HubOptions) -> Sequence[Target]:
    """The targets in order: the watch list, the owners, trending, new."""
    host = host_of(options.origin)
    watched: dict[str, list[str]] = defaultdict(list)
    for model in dict.fromkeys(options.models):
        watched[model.partition("/")[0] if "/" in model else ""].append(model)
    tracked = {name.lower(): name for name in options.organisations}
    owners = {**{name.lower(): name for name in watched if name}, **tracked}
    listed = {
        key: name
        for key, name in owners.items()
        if key in tracked
        or sum(len(models) for owner, models in watched.items() if owner.lower() == key) >= LISTED_FROM
    }
    targets: list[Target] = []
    singles = [model for owner, models in watched.items() if owner.lower() not in listed for model in models]
    if singles:
        targets.append(Target("models", f"{len(singles)} watched models", host, {"models": tuple(singles)}))
    for key, name in listed.items():
        models = tuple(model for owner, found in watched.items() if owner.lower() == key for model in found)
        targets.append(Target(f"author:{name}", name, host, {"models": models, "is_tracked": key in tracked}))
    if options.trending:
        targets.append(Target("trending", "trending models", host))
    if options.new_releases:
        targets.append(Target("new", "new models", host))
    return targets
